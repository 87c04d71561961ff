//! Two curves of one server: what it draws with so many sessions at work, and what a cap leaves of its speed.
//!
//! Both are the formulas of [`super`] at evenly spaced places, so that a curve and a figure never differ.

use smol_str::SmolStr;

use super::{
    ACCELERATOR_SHARE_LARGE_BATCH, ACCELERATOR_SHARE_SMALL_BATCH, DEEPEST_CAP_MEASURED, IDLE_SHARE_ACCELERATOR,
    IDLE_SHARE_PROCESSOR, LARGE_BATCH, SMALL_BATCH, SPEED_PER_POWER, expected, idle, speed_under_cap,
};
use crate::catalog::{ServerPower, Standing};
use crate::sizing::{Basis, BasisInput};
use crate::units::{TokensPerSecond, Watts};

/// Pieces a curve is drawn in.
const PIECES: u32 = 40; // finer than a small plot shows; the planner's own, 2026-11-29

/// Draw of a server by how many of its sessions are at work.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawBySessions {
    /// Sessions at work and the draw then, from none to all.
    pub points: Vec<(u32, Watts)>,
    /// Where it comes from.
    pub basis: Basis,
}

/// Draw of a server with none of its `sessions` at work, with some, and with all. `batch` and `cap`: as for [`expected`].
/// `None`: nobody published any draw.
pub fn draw_by_sessions(
    power: &ServerPower,
    batch: Option<u32>,
    sessions: u32,
    cap: Option<Watts>,
) -> Option<DrawBySessions> {
    let full = power.planned()?;
    let pieces = sessions.min(PIECES);
    let at = |piece: u32| u64::from(sessions) * u64::from(piece) / u64::from(pieces.max(1));
    let points = (0..=pieces).map(|piece| {
        // No more than `sessions`, which is as wide.
        let working = u32::try_from(at(piece)).unwrap_or(sessions);
        let load = if sessions == 0 { 0.0 } else { f64::from(working) / f64::from(sessions) };
        expected(power, batch, load, cap).map(|expected| (working, expected.power))
    });
    Some(DrawBySessions { points: points.collect::<Option<Vec<_>>>()?, basis: draw_basis(power, full, batch, cap) })
}

fn draw_basis(power: &ServerPower, full: Watts, batch: Option<u32>, cap: Option<Watts>) -> Basis {
    let (idle, idle_standing) = idle(power, full, batch.is_some());
    let idle_source = match (idle_standing, batch) {
        (Standing::Assumed, None) => format!(
            "nobody published it: {} of full, median of two-socket SPECpower results of 2020 and 2021",
            percent(IDLE_SHARE_PROCESSOR)
        ),
        (Standing::Assumed, Some(_)) => {
            format!("nobody published it: {} of full, as a GB200 tray", percent(IDLE_SHARE_ACCELERATOR))
        }
        (_, _) => "the catalog".to_owned(),
    };
    let mut inputs = vec![full_draw(power, full), BasisInput::new("idle draw", idle, idle_standing, idle_source)];
    inputs.extend(cap.map(|cap| BasisInput::new("cap", cap, Standing::Cited, "the plan")));
    let formula = match batch {
        None => "idle + (full - idle) x sessions at work / sessions, linear (Fan, Weber, Barroso 2007)".to_owned(),
        Some(_) if power.is_typical_only() => {
            "full with a session at work on each copy, as the typical draw is one under load; below, in step from idle"
                .to_owned()
        }
        Some(batch) => {
            inputs.push(BasisInput::new(
                format!("share of full at a batch of {SMALL_BATCH} or less, and of {LARGE_BATCH} or more"),
                format!("{ACCELERATOR_SHARE_SMALL_BATCH} and {ACCELERATOR_SHARE_LARGE_BATCH}"),
                Standing::Measured,
                "medians of H100 chat runs, ML.ENERGY, read 2026-11",
            ));
            inputs.push(BasisInput::new(
                "sessions of a copy, all at work",
                batch,
                Standing::Computed,
                "the serving plan",
            ));
            "full x a share that rises with the logarithm of the batch; with less than one session at work on a copy, in \
             step from idle"
                .to_owned()
        }
    };
    let standing = inputs.iter().map(|input| input.standing).fold(Standing::Computed, Ord::max);
    Basis { standing, formula: formula.into(), inputs, band: SmolStr::default() }
}

/// What stands for the full draw.
fn full_draw(power: &ServerPower, full: Watts) -> BasisInput {
    let (standing, source) = if power.is_typical_only() {
        (Standing::Assumed, "the catalog: no maximum is published, the typical draw stands in")
    } else {
        (Standing::Cited, "the catalog: the most measured, else the plate")
    };
    BasisInput::new("full draw", full, standing, source)
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Speed of a server by its cap, as many sessions at work as now.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeedByCap {
    /// Below the deepest cap measured: assumed to fall in step with the power. Ends where `measured` begins; empty where the
    /// idle draw lies above.
    pub assumed: Vec<(Watts, TokensPerSecond)>,
    /// From the deepest cap measured, or the idle draw, to the plate.
    pub measured: Vec<(Watts, TokensPerSecond)>,
    /// Where it comes from.
    pub basis: Basis,
}

/// Speed by cap, from the idle draw to the plate, of a server that makes `speed` under `cap` now; each session slows down
/// alike. `accelerated`: it has accelerators. `None`: nobody published any draw, or the cap of now leaves no speed.
pub fn speed_by_cap(
    power: &ServerPower,
    accelerated: bool,
    speed: TokensPerSecond,
    cap: Option<Watts>,
) -> Option<SpeedByCap> {
    let full = power.planned()?;
    let now = cap.map_or(1.0, |cap| speed_under_cap(full, cap));
    if now <= 0.0 {
        return None;
    }
    let (idle, standing) = idle(power, full, accelerated);
    let lowest = idle.min(full);
    let highest = power.nameplate.map_or(full, |plate| plate.max(full));
    let deepest = (full * DEEPEST_CAP_MEASURED).max(lowest);
    let uncapped = speed / now;
    let between = |from: Watts, to: Watts| -> Vec<(Watts, TokensPerSecond)> {
        let caps = (0..=PIECES).map(|piece| from + (to - from) * (f64::from(piece) / f64::from(PIECES)));
        caps.map(|cap| (cap, uncapped * speed_under_cap(full, cap))).collect()
    };
    let basis = Basis {
        standing: Standing::Computed.max(standing).max(full_draw(power, full).standing),
        formula: format!(
            "speed without a cap x (cap / full)^{SPEED_PER_POWER}, as many sessions as now; below {} of full in step with \
             the cap",
            percent(DEEPEST_CAP_MEASURED)
        ).into(),
        inputs: vec![
            full_draw(power, full),
            BasisInput::new("speed without a cap", uncapped, Standing::Computed, "the serving plan, its cap taken off"),
            BasisInput::new(
                "deepest cap measured",
                format!("{} of full", percent(DEEPEST_CAP_MEASURED)),
                Standing::Measured,
                "LLaMA 65B on an A100 capped from 250 to 175 W, summary of arXiv 2310.03003, read 2026-11",
            ),
        ],
        band: SmolStr::default(),
    };
    Some(SpeedByCap {
        assumed: if lowest < deepest { between(lowest, deepest) } else { Vec::new() },
        measured: between(deepest, highest),
        basis,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watts(watts: f64) -> Watts {
        Watts::from_watts(watts)
    }

    fn speed(tokens: f64) -> TokensPerSecond {
        TokensPerSecond::from_tokens_per_second(tokens)
    }

    /// A server of 900 W measured and 1,000 W on its plate.
    fn server(idle: Option<f64>) -> ServerPower {
        ServerPower {
            nameplate: Some(watts(1_000.0)),
            max_measured: Some(watts(900.0)),
            idle: idle.map(watts),
            ..ServerPower::default()
        }
    }

    #[test]
    fn more_sessions_at_work_never_draw_less_nor_more_than_the_cap() {
        for batch in [None, Some(1), Some(64), Some(512)] {
            for cap in [None, Some(watts(500.0)), Some(watts(50.0)), Some(watts(5_000.0))] {
                for sessions in [1, 7, 512, u32::MAX] {
                    let curve = draw_by_sessions(&server(None), batch, sessions, cap).expect("published").points;
                    assert_eq!((curve[0].0, curve[curve.len() - 1].0), (0, sessions));
                    assert!(curve.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1), "{curve:?}");
                    let most = cap.map_or(watts(900.0), |cap| cap.min(watts(900.0)));
                    assert!(curve.iter().all(|(_, draw)| *draw <= most), "{batch:?} {cap:?}");
                }
            }
        }
    }

    #[test]
    fn the_draw_with_all_or_none_at_work_is_the_expected_one_at_full_load_or_idle() {
        for batch in [None, Some(64)] {
            for cap in [None, Some(watts(500.0))] {
                let curve = draw_by_sessions(&server(Some(120.0)), batch, 64, cap).expect("published").points;
                let at = |load| expected(&server(Some(120.0)), batch, load, cap).expect("published").power;
                assert_eq!((curve[0].1, curve[curve.len() - 1].1), (at(0.0), at(1.0)));
                assert!(curve.contains(&(32, at(0.5))), "every point is the formula's");
            }
        }
    }

    #[test]
    fn a_higher_cap_never_slows_down_and_beyond_full_draw_brings_nothing() {
        let curve = speed_by_cap(&server(Some(120.0)), false, speed(800.0), None).expect("published");
        let all: Vec<_> = curve.assumed.iter().chain(&curve.measured).copied().collect();
        assert_eq!((all[0].0, all[all.len() - 1].0), (watts(120.0), watts(1_000.0)), "from idle to the plate");
        assert!(all.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1), "{all:?}");
        assert!(all.iter().filter(|(cap, _)| *cap >= watts(900.0)).all(|(_, at)| *at == speed(800.0)));
        assert_eq!(curve.measured[0].0, watts(630.0), "70 % of 900 W");
    }

    #[test]
    fn the_curve_passes_through_the_speed_of_now_whatever_the_cap_of_now() {
        let free = speed_by_cap(&server(None), true, speed(800.0), None).expect("published");
        for cap in [watts(800.0), watts(630.0), watts(400.0)] {
            let now = speed(800.0) * speed_under_cap(watts(900.0), cap);
            let capped = speed_by_cap(&server(None), true, now, Some(cap)).expect("published");
            for (a, b) in free.measured.iter().zip(&capped.measured) {
                assert!(a.0 == b.0 && (a.1 / b.1 - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn what_draws_most_of_its_full_power_idle_has_no_assumed_part() {
        let curve = speed_by_cap(&server(Some(800.0)), false, speed(1.0), None).expect("published");
        assert!(curve.assumed.is_empty());
        assert_eq!(curve.measured[0].0, watts(800.0));
    }

    #[test]
    fn no_draw_or_no_session_or_no_speed_is_no_panic() {
        let unknown = ServerPower::default();
        assert_eq!(draw_by_sessions(&unknown, None, 8, None), None);
        assert_eq!(speed_by_cap(&unknown, false, speed(1.0), None), None);
        assert_eq!(speed_by_cap(&server(None), false, TokensPerSecond::ZERO, Some(Watts::ZERO)), None);
        let idle = draw_by_sessions(&server(Some(120.0)), None, 0, None).expect("published").points;
        assert_eq!(idle, [(0, watts(120.0))]);
    }
}
