//! Electrical feeds of a rack: what a breaker lets through, and what each feed carries, in normal running and after the
//! other is lost.
//!
//! Sources: NEC 210.20 as read at itecnotes.com and Raritan (continuous load, three hours and more, at most 80 % of the
//! branch rating), read 2026-11; IEC 60309 ratings of 16, 32 and 63 A may be used in full.

use serde::{Deserialize, Serialize};

use super::lines::Feed;
use super::{PlacementKey, RackLayout, RackLimits, breaker_power};
use crate::catalog::{Server, Table};
use crate::units::{Amperes, VoltAmperes, Volts, Watts};

/// Share of a breaker's rating a load of three hours and more may use in North America.
const NORTH_AMERICA_CONTINUOUS: f64 = 0.8; // NEC 210.20, read 2026-11

/// One feed of a rack, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feeds {
    /// Whose rules hold for the breaker.
    pub region: Region,
    /// Line to line where there are three phases, else line to neutral.
    #[serde(rename = "volts")]
    pub voltage: Volts,
    /// Rating of the breaker.
    #[serde(rename = "breaker_amperes")]
    pub breaker: Amperes,
    /// Phases of each feed.
    pub phases: Phases,
    /// Real over apparent power of the servers; 0.95 to 0.99 for today's supplies.
    pub power_factor: f64,
    /// Share of the rating to plan with, on top of the region's rule: 0.8 on many sites. 1: all of it.
    pub planning_share: f64,
    /// How many feeds there are, and what for.
    pub redundancy: Redundancy,
}

/// Rules for continuous load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Region {
    /// At most 80 % of the rating.
    NorthAmerica,
    /// The whole rating.
    Iec,
}

/// Phases of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Phases {
    /// One.
    One,
    /// Three.
    Three,
}

/// How many feeds a rack has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Redundancy {
    /// One feed.
    Single,
    /// Two, each of which must carry the whole rack when the other is lost.
    AAndB,
    /// Two that add up; nothing is left of what hangs on one when it is lost.
    TwoAdded,
}

impl Region {
    /// Every rule in the order they are offered.
    pub const ALL: [Self; 2] = [Self::Iec, Self::NorthAmerica];

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Iec => "IEC: all of it",
            Self::NorthAmerica => "NEC: 80 %",
        }
    }
}

impl Phases {
    /// Both.
    pub const ALL: [Self; 2] = [Self::One, Self::Three];

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::One => "one phase",
            Self::Three => "three phases",
        }
    }
}

impl Redundancy {
    /// All of them in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Single, Self::AAndB, Self::TwoAdded];

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Single => "one feed",
            Self::AAndB => "A and B, either alone",
            Self::TwoAdded => "two that add up",
        }
    }
}

/// What the feeds of one rack carry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeedLoads {
    /// What one feed may carry.
    pub usable: Watts,
    /// On feed A in normal running.
    pub a: Watts,
    /// On feed B in normal running. `None`: there is one feed.
    pub b: Option<Watts>,
    /// On feed B after A is lost. `None`: there is one feed, so everything is lost.
    pub b_after_a_is_lost: Option<Watts>,
    /// On feed A after B is lost. `None`: as above.
    pub a_after_b_is_lost: Option<Watts>,
    /// Lost with feed A: what has one supply and hangs there.
    pub lost_with_a: Watts,
    /// Lost with feed B, likewise.
    pub lost_with_b: Watts,
    /// Of the mounted things, those whose draw nobody published.
    pub unknown: u32,
}

/// Where the cords of a mounted thing hang.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangs {
    /// On one feed.
    On(Feed),
    /// On either: it lives while one of them does.
    OnBoth,
}

impl Hangs {
    /// Whether it has power after a feed is lost, if the other holds.
    pub fn outlives(self, lost: Feed) -> bool {
        self != Self::On(lost)
    }
}

impl FeedLoads {
    /// The feed that is left after the worse of both losses, and what it carries then. `None`: there is one feed.
    pub fn worse_loss(&self) -> Option<(Feed, Watts)> {
        let (b, a) = self.b_after_a_is_lost.zip(self.a_after_b_is_lost)?;
        Some(if a > b { (Feed::A, a) } else { (Feed::B, b) })
    }

    /// Whether anything has power after this feed is lost: there is another, and its breaker holds.
    pub fn holds_without(&self, lost: Feed) -> bool {
        let after = match lost {
            Feed::A => self.b_after_a_is_lost,
            Feed::B => self.a_after_b_is_lost,
        };
        after.is_some_and(|after| after <= self.usable * (1.0 + 1e-9))
    }
}

impl Feeds {
    /// Apparent power of one feed at this share of its rating: `V * I`, times the square root of 3 for three phases.
    fn apparent(&self, share: f64) -> VoltAmperes {
        let phases = match self.phases {
            Phases::One => 1.0,
            Phases::Three => 3f64.sqrt(),
        };
        self.voltage * self.breaker * (phases * share)
    }

    /// Share of the rating that counts: the region's rule or the planning share, whichever is less.
    pub fn usable_share(&self) -> f64 {
        let continuous = match self.region {
            Region::NorthAmerica => NORTH_AMERICA_CONTINUOUS,
            Region::Iec => 1.0,
        };
        continuous.min(self.planning_share)
    }

    /// Apparent power one feed may carry by the region's rule and the planning share.
    pub fn usable_apparent(&self) -> VoltAmperes {
        self.apparent(self.usable_share())
    }

    /// Real power one feed may carry.
    pub fn usable(&self) -> Watts {
        Watts::from_watts(self.usable_apparent().as_volt_amperes() * self.power_factor)
    }

    /// Real power the rack may draw over all its feeds, such that losing A overloads nothing.
    pub fn rack_limit(&self) -> Watts {
        match self.redundancy {
            Redundancy::Single | Redundancy::AAndB => self.usable(),
            Redundancy::TwoAdded => self.usable() * 2.0,
        }
    }

    /// Loads of the feeds with what is mounted. What has two supplies or more shares between both feeds; what has one hangs
    /// on the feed that carries less so far.
    pub fn loads(&self, layout: &RackLayout, limits: &RackLimits, servers: &Table<Server>) -> FeedLoads {
        let mut sums = Sums::default();
        let mut unknown = 0;
        for placement in &layout.placements {
            let Some(server) = servers.get(&placement.server) else { continue };
            match breaker_power(server, limits) {
                None => unknown += 1,
                Some(draw) => {
                    sums.add(draw, single_corded(server));
                }
            }
        }
        let Sums { shared, only_a, only_b } = sums;
        let usable = self.usable();
        match self.redundancy {
            Redundancy::Single => {
                let all = shared + only_a + only_b;
                FeedLoads {
                    usable,
                    a: all,
                    b: None,
                    b_after_a_is_lost: None,
                    a_after_b_is_lost: None,
                    lost_with_a: all,
                    lost_with_b: Watts::ZERO,
                    unknown,
                }
            }
            Redundancy::AAndB => FeedLoads {
                usable,
                a: shared / 2.0 + only_a,
                b: Some(shared / 2.0 + only_b),
                b_after_a_is_lost: Some(shared + only_b),
                a_after_b_is_lost: Some(shared + only_a),
                lost_with_a: only_a,
                lost_with_b: only_b,
                unknown,
            },
            Redundancy::TwoAdded => {
                // Each thing hangs on one of the two.
                let half = shared / 2.0;
                FeedLoads {
                    usable,
                    a: half + only_a,
                    b: Some(half + only_b),
                    b_after_a_is_lost: Some(half + only_b),
                    a_after_b_is_lost: Some(half + only_a),
                    lost_with_a: half + only_a,
                    lost_with_b: half + only_b,
                    unknown,
                }
            }
        }
    }

    /// Where each mounted thing hangs, by the rule of [`Self::loads`]. Where two feeds add up, what has several supplies goes to
    /// either in turn, in the order of mounting.
    pub fn hung(
        &self,
        layout: &RackLayout,
        limits: &RackLimits,
        servers: &Table<Server>,
    ) -> Vec<(PlacementKey, Hangs)> {
        let mut sums = Sums::default();
        let mut next = Feed::A;
        let mut where_hangs = |server: &Server| {
            let hangs = sums.add(breaker_power(server, limits).unwrap_or_default(), single_corded(server));
            match (self.redundancy, hangs) {
                (Redundancy::Single, _) => Hangs::On(Feed::A),
                (Redundancy::TwoAdded, Hangs::OnBoth) => {
                    let on = next;
                    next = on.other();
                    Hangs::On(on)
                }
                (Redundancy::AAndB | Redundancy::TwoAdded, hangs) => hangs,
            }
        };
        let known =
            layout.placements.iter().filter_map(|placement| Some((placement.key, servers.get(&placement.server)?)));
        known.map(|(key, server)| (key, where_hangs(server))).collect()
    }
}

/// Where nobody published its supplies it has two, as most servers have.
fn single_corded(server: &Server) -> bool {
    server.power_supplies.as_ref().is_some_and(|supplies| supplies.count == 1)
}

#[derive(Default)]
struct Sums {
    shared: Watts,
    only_a: Watts,
    only_b: Watts,
}

impl Sums {
    fn add(&mut self, draw: Watts, single_corded: bool) -> Hangs {
        let (sum, hangs) = match (single_corded, self.only_a <= self.only_b) {
            (false, _) => (&mut self.shared, Hangs::OnBoth),
            (true, true) => (&mut self.only_a, Hangs::On(Feed::A)),
            (true, false) => (&mut self.only_b, Hangs::On(Feed::B)),
        };
        *sum += draw;
        hangs
    }
}

/// Current in each line of three phases whose loads hang between lines, `between[0]` between L1 and L2, then L2-L3, L3-L1,
/// all of one power factor: `I1^2 = I12^2 + I31^2 + I12 * I31`.
pub fn line_currents(between: [Amperes; 3]) -> [Amperes; 3] {
    let [l12, l23, l31] = between.map(Amperes::as_amperes);
    let line = |x: f64, y: f64| Amperes::from_amperes((x * x + y * y + x * y).sqrt());
    [line(l12, l31), line(l23, l12), line(l31, l23)]
}

#[cfg(test)]
mod tests;
