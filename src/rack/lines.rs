//! Which line of three phases each cord hangs on, and the current in each line against its breaker.
//!
//! Power supplies take 200 to 240 V. Where the lines are at most so far apart (208 V in North America) a cord hangs between
//! two of them, L1-L2, L2-L3 or L3-L1; where they are further apart (400 or 415 V) it hangs between one line and neutral.
//! Cords are spread as an electrician would: each on the place that carries least so far, in the order of mounting. A device
//! of `n` supplies has half of them on each of two feeds. Leaves out banks of outlets behind breakers of their own, and
//! reactive currents of unlike power factors.

use super::feed::line_currents;
use super::{Feeds, Phases, PlacementKey, RackLayout, RackLimits, Redundancy, breaker_power};
use crate::catalog::{Server, Table};
use crate::units::{Amperes, Volts, Watts};

/// Supplies take no more than this; above it they hang between a line and neutral.
const MOST_OF_A_SUPPLY: Volts = Volts::from_volts(250.0); // IEC 60320 couplers C13 and C19 are rated 250 V

/// Where the cords of single-phase supplies hang.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hanging {
    /// Between two lines: places L1-L2, L2-L3, L3-L1.
    BetweenLines,
    /// Between a line and neutral: places L1, L2, L3.
    LineToNeutral,
}

/// One of two feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feed {
    /// The first.
    A,
    /// The second.
    B,
}

impl Feed {
    /// The one that is left when this is lost.
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

/// One cord of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cord {
    /// Which device.
    pub key: PlacementKey,
    /// Which feed it hangs on.
    pub feed: Feed,
    /// Which place of it: 0 to 2, see [`Hanging::place`].
    pub place: usize,
}

/// Currents in the lines of a rack's feeds.
#[derive(Clone, Debug, PartialEq)]
pub struct LineLoads {
    /// Where cords hang.
    pub hanging: Hanging,
    /// What each line may carry.
    pub usable: Amperes,
    /// Of feed A in normal running.
    pub a: [Amperes; 3],
    /// Of feed B in normal running. `None`: there is one feed.
    pub b: Option<[Amperes; 3]>,
    /// Of feed B after A is lost. `None`: there is one feed.
    pub b_after_a_is_lost: Option<[Amperes; 3]>,
    /// Of feed A after B is lost. `None`: as above.
    pub a_after_b_is_lost: Option<[Amperes; 3]>,
    /// Every cord, in the order of mounting.
    pub cords: Vec<Cord>,
}

impl Hanging {
    /// The name of a place.
    pub const fn place(self, place: usize) -> &'static str {
        match (self, place) {
            (Self::BetweenLines, 0) => "L1-L2",
            (Self::BetweenLines, 1) => "L2-L3",
            (Self::BetweenLines, _) => "L3-L1",
            (Self::LineToNeutral, 0) => "L1",
            (Self::LineToNeutral, 1) => "L2",
            (Self::LineToNeutral, _) => "L3",
        }
    }
}

impl LineLoads {
    /// The most in any line, whatever happens: its feed, the line (0 to 2), the current, and the feed that is lost then.
    pub fn worst(&self) -> (Feed, usize, Amperes, Option<Feed>) {
        let all = [
            (Feed::A, Some(self.a), None),
            (Feed::B, self.b, None),
            (Feed::B, self.b_after_a_is_lost, Some(Feed::A)),
            (Feed::A, self.a_after_b_is_lost, Some(Feed::B)),
        ];
        let each = all.into_iter().filter_map(|(feed, lines, lost)| Some((feed, lines?, lost)));
        each.flat_map(|(feed, lines, lost)| (0..).zip(lines).map(move |(line, current)| (feed, line, current, lost)))
            .reduce(|most, next| if next.2 > most.2 { next } else { most })
            .unwrap_or((Feed::A, 0, Amperes::ZERO, None))
    }

    /// The feed that is left after the worse of both losses, by its fullest line, and its lines. `None`: there is one feed.
    pub fn worse_loss(&self) -> Option<(Feed, [Amperes; 3])> {
        let (b, a) = self.b_after_a_is_lost.zip(self.a_after_b_is_lost)?;
        let fullest = |lines: [Amperes; 3]| lines.into_iter().fold(Amperes::ZERO, Amperes::max);
        Some(if fullest(a) > fullest(b) { (Feed::A, a) } else { (Feed::B, b) })
    }

    /// How far the fullest line of these lies above their mean, as a share of it; 0 where nothing flows.
    pub fn imbalance(lines: [Amperes; 3]) -> f64 {
        let lines = lines.map(Amperes::as_amperes);
        let mean = lines.iter().sum::<f64>() / 3.0;
        let most = lines.into_iter().fold(0.0, f64::max);
        if mean > 0.0 { most / mean - 1.0 } else { 0.0 }
    }

    /// The places a device hangs on: "A: L1, B: L1".
    pub fn of(&self, key: PlacementKey) -> String {
        let on = |feed| {
            let places = self.cords.iter().filter(move |cord| cord.key == key && cord.feed == feed);
            places.map(|cord| self.hanging.place(cord.place)).collect::<Vec<_>>().join(", ")
        };
        let words = |name, places: String| (!places.is_empty()).then(|| format!("{name}: {places}"));
        let (a, b) = (words("A", on(Feed::A)), words("B", on(Feed::B)));
        a.into_iter().chain(b).collect::<Vec<_>>().join(", ")
    }
}

/// What hangs on the three places of one feed.
#[derive(Clone, Copy, Default)]
struct Places([Watts; 3]);

impl Places {
    /// Hangs a cord on the place that carries least.
    fn hang(&mut self, draw: Watts) -> usize {
        let [first, second, third] = self.0;
        let place = if second < first { if third < second { 2 } else { 1 } } else { usize::from(third < first) * 2 };
        self.add(place, draw);
        place
    }

    fn add(&mut self, place: usize, draw: Watts) {
        if let Some(on) = self.0.get_mut(place) {
            *on += draw;
        }
    }
}

impl Feeds {
    /// Where cords of this feed hang.
    pub fn hanging(&self) -> Hanging {
        if self.voltage <= MOST_OF_A_SUPPLY { Hanging::BetweenLines } else { Hanging::LineToNeutral }
    }

    /// Currents in the lines with what is mounted. `None`: the feeds have one phase, or an impossible voltage.
    pub fn lines(&self, layout: &RackLayout, limits: &RackLimits, servers: &Table<Server>) -> Option<LineLoads> {
        let root = 3f64.sqrt();
        let hanging = self.hanging();
        let volts = match hanging {
            Hanging::BetweenLines => self.voltage.as_volts(),
            Hanging::LineToNeutral => self.voltage.as_volts() / root,
        } * self.power_factor;
        if self.phases != Phases::Three || !(volts > 0.0 && volts.is_finite()) {
            return None;
        }
        let (mut a, mut b) = (Places::default(), Places::default());
        let (mut b_alone, mut a_alone) = (Places::default(), Places::default());
        let mut cords = Vec::new();
        let (mut single_a, mut single_b) = (Watts::ZERO, Watts::ZERO);
        for placement in &layout.placements {
            let Some(server) = servers.get(&placement.server) else { continue };
            let Some(draw) = breaker_power(server, limits).filter(|draw| *draw > Watts::ZERO) else { continue };
            // Where nobody published them: two, as most servers have.
            let supplies = server.power_supplies.as_ref().map_or(2, |supplies| supplies.count).clamp(1, MOST_SUPPLIES);
            let key = placement.key;
            if self.redundancy == Redundancy::Single {
                let each = draw / f64::from(supplies);
                cords.extend((0..supplies).map(|_| Cord { key, feed: Feed::A, place: a.hang(each) }));
            } else if supplies == 1 {
                // On the feed that has fewer watts of such devices, as `Feeds::loads` counts them.
                if single_a <= single_b {
                    single_a += draw;
                    let place = a.hang(draw);
                    a_alone.add(place, draw);
                    cords.push(Cord { key, feed: Feed::A, place });
                } else {
                    single_b += draw;
                    let place = b.hang(draw);
                    b_alone.add(place, draw);
                    cords.push(Cord { key, feed: Feed::B, place });
                }
            } else {
                let (on_a, on_b) = (supplies.div_ceil(2), supplies / 2);
                let half = draw / 2.0;
                // The whole device, once the other feed is lost; where feeds add up it is not there to be lost.
                let whole = match self.redundancy {
                    Redundancy::AAndB => draw,
                    Redundancy::TwoAdded | Redundancy::Single => half,
                };
                for _ in 0..on_a {
                    let place = a.hang(half / f64::from(on_a));
                    a_alone.add(place, whole / f64::from(on_a));
                    cords.push(Cord { key, feed: Feed::A, place });
                }
                for _ in 0..on_b {
                    let place = b.hang(half / f64::from(on_b));
                    b_alone.add(place, whole / f64::from(on_b));
                    cords.push(Cord { key, feed: Feed::B, place });
                }
            }
        }
        let currents = |places: Places| {
            let at = places.0.map(|draw| Amperes::from_amperes(draw.as_watts() / volts));
            match hanging {
                Hanging::BetweenLines => line_currents(at),
                Hanging::LineToNeutral => at,
            }
        };
        let two = self.redundancy != Redundancy::Single;
        Some(LineLoads {
            hanging,
            usable: self.breaker * self.usable_share(),
            a: currents(a),
            b: two.then(|| currents(b)),
            b_after_a_is_lost: two.then(|| currents(b_alone)),
            a_after_b_is_lost: two.then(|| currents(a_alone)),
            cords,
        })
    }
}

/// No device has more supplies.
const MOST_SUPPLIES: u32 = 32; // twice the largest chassis of the catalog, 2026-11

#[cfg(test)]
mod tests;
