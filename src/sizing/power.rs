//! Power against load: what a server draws while it is partly busy.
//!
//! Processors: linear from idle to full, the usual model (Fan, Weber, Barroso 2007). Accelerators: even a small batch
//! draws about 60 % of the limit, so between 8 and 130 sessions a copy the draw rises with the logarithm of the batch. With
//! less than one session at work on average they stand idle for the rest of the time: linear from idle to what one draws.

mod curve;

use crate::catalog::{ServerPower, Standing};
use crate::units::Watts;

pub use curve::{DrawBySessions, SpeedByCap, draw_by_sessions, speed_by_cap};

/// Idle over full draw where nobody published the idle draw of a processor server: median of two-socket results of 2020
/// and 2021, SPECpower_ssj2008 (761 results; range in 2021 0.16 to 0.44), read 2026-11.
pub const IDLE_SHARE_PROCESSOR: f64 = 0.23;
/// Ends of it: the range of the results of 2021, taken as an 80 % band, so on the wide side.
pub const IDLE_SHARE_PROCESSOR_ENDS: (f64, f64) = (0.16, 0.44); // SPECpower_ssj2008, read 2026-11
/// The same for accelerator servers: least over most of a GB200 tray, 1,000 W over 6,667 W, NVIDIA DPS device
/// specifications, read 2026-11.
pub const IDLE_SHARE_ACCELERATOR: f64 = 0.15;
/// Draw over power limit at a batch of 8 or less: median of H100 chat runs, ML.ENERGY, read 2026-11.
pub const ACCELERATOR_SHARE_SMALL_BATCH: f64 = 0.61;
/// Draw over power limit at a batch of 130 or more: as above.
pub const ACCELERATOR_SHARE_LARGE_BATCH: f64 = 0.84;

/// Measured draw over this formula's: from one run in ten below to one in ten above of 216 runs of H100 and B200, ML.ENERGY
/// (the rows of `data/accuracy/serving.ron` that were not set aside), computed 2026-11-29.
pub const ACCELERATOR_SHARE_ENDS: (f64, f64) = (0.71, 1.15);
/// Where the band of an expected draw comes from.
pub const BAND: &str = "of the expected draw, where the idle draw is assumed (SPECpower 2021: 0.16 to 0.44 of full) or \
                        accelerators are at work (0.71 to 1.15 of the formula in 216 runs of H100 and B200)";

const SMALL_BATCH: f64 = 8.0;
const LARGE_BATCH: f64 = 130.0;

/// Linear in the load, 0 to 1.
pub fn at_load(idle: Watts, full: Watts, load: f64) -> Watts {
    let load = if load.is_nan() { 0.0 } else { load.clamp(0.0, 1.0) };
    idle + (full - idle) * load
}

/// Draw of an accelerator over its power limit while it generates for `batch` sessions.
pub fn accelerator_share(batch: f64) -> f64 {
    let batch = batch.clamp(SMALL_BATCH, LARGE_BATCH);
    let way = (batch / SMALL_BATCH).ln() / (LARGE_BATCH / SMALL_BATCH).ln();
    ACCELERATOR_SHARE_SMALL_BATCH + (ACCELERATOR_SHARE_LARGE_BATCH - ACCELERATOR_SHARE_SMALL_BATCH) * way
}

/// How speed follows power under a cap: `speed ~ power^0.18`. LLaMA 65B on an A100 capped from 250 to 175 W lost 6 to 7 %
/// of its speed and saved 23 % of its energy (summary of arXiv 2310.03003, read 2026-11): ln(0.937) / ln(0.7).
const SPEED_PER_POWER: f64 = 0.18;
/// The deepest cap measured, over the power without it.
pub const DEEPEST_CAP_MEASURED: f64 = 0.7; // the same run

/// Speed left under a cap, over the speed without it, 0 to 1: generating waits for memory, so a cap costs far less speed
/// than power. Below [`DEEPEST_CAP_MEASURED`] it is assumed to fall in step with the power.
pub fn speed_under_cap(full: Watts, cap: Watts) -> f64 {
    let share = cap.max(Watts::ZERO) / full;
    if share >= 1.0 || share.is_nan() {
        return 1.0;
    }
    let measured = share.max(DEEPEST_CAP_MEASURED).powf(SPEED_PER_POWER);
    measured * (share / DEEPEST_CAP_MEASURED).min(1.0)
}

/// What a server is expected to draw, and what that rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedPower {
    /// The draw.
    pub power: Watts,
    /// Lower end of its 80 % band, where the error of an assumed idle draw or of a batch's share is known; else the draw.
    pub low: Watts,
    /// Upper end: as above.
    pub high: Watts,
    /// `Cited` where idle and full draw are published, `Assumed` where the idle share was put in or the typical draw stands in
    /// for the full one.
    pub standing: Standing,
}

/// Mean draw of a server at `load` (mean over capacity, 0 to 1); `cap` limits it. `batch`: sessions in one step of its
/// accelerators, 1 where each device has one or nothing is served; `None`: it has no accelerators. `None` in return: nobody
/// published any draw.
pub fn expected(power: &ServerPower, batch: Option<u32>, load: f64, cap: Option<Watts>) -> Option<ExpectedPower> {
    let full = power.planned()?;
    // Under a cap the busy part of the time draws less; what is drawn idle stays.
    let busiest = cap.map_or(full, |cap| full.min(cap.max(Watts::ZERO)));
    let (idle, standing) = idle(power, full, batch.is_some());
    let draw = |idle: Watts, of_share: f64| {
        let idle = idle.min(busiest);
        match batch.map(f64::from) {
            // The whole server follows its accelerators: a DGX H100 of 10.2 kW typically draws 6.5 to 8.5 kW, which is the
            // same 0.64 to 0.83.
            Some(batch) => {
                let working = if load > 0.0 { batch * load.min(1.0) } else { 0.0 };
                let at_work = (full * (busy_share(power, working) * of_share)).min(busiest).max(idle);
                at_load(idle, at_work, working)
            }
            None => at_load(idle, busiest, load),
        }
    };
    let (share_low, share_high) = if power.is_typical_only() { (1.0, 1.0) } else { ACCELERATOR_SHARE_ENDS };
    let (idle_low, idle_high) = match (power.idle, batch) {
        (None, None) => (full * IDLE_SHARE_PROCESSOR_ENDS.0, full * IDLE_SHARE_PROCESSOR_ENDS.1),
        // Nobody published how the idle draw of accelerators scatters.
        (Some(_), _) | (None, Some(_)) => (idle, idle),
    };
    Some(ExpectedPower {
        power: draw(idle, 1.0),
        low: draw(idle_low, share_low),
        high: draw(idle_high, share_high),
        standing: if power.is_typical_only() { Standing::Assumed } else { standing },
    })
}

/// Draw of a server over its full draw while its accelerators generate for `batch` sessions. A typical draw is one under
/// load already.
fn busy_share(power: &ServerPower, batch: f64) -> f64 {
    if power.is_typical_only() { 1.0 } else { accelerator_share(batch) }
}

/// Draw of a server that does nothing, and what that rests on.
fn idle(power: &ServerPower, full: Watts, accelerated: bool) -> (Watts, Standing) {
    let share = if accelerated { IDLE_SHARE_ACCELERATOR } else { IDLE_SHARE_PROCESSOR };
    power.idle.map_or((full * share, Standing::Assumed), |idle| (idle, Standing::Cited))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(full: f64, idle: Option<f64>) -> ServerPower {
        ServerPower {
            max_measured: Some(Watts::from_watts(full)),
            idle: idle.map(Watts::from_watts),
            ..ServerPower::default()
        }
    }

    #[test]
    fn a_processor_server_half_loaded_draws_half_way_from_idle_to_full() {
        // Lenovo SR665, EPYC 7763: 79 W idle, 454 W full (SPECpower 2021).
        let draw = expected(&server(454.0, Some(79.0)), None, 0.5, None).expect("published");
        let half_way = Watts::from_watts(266.5);
        let known = ExpectedPower { power: half_way, low: half_way, high: half_way, standing: Standing::Cited };
        assert_eq!(draw, known);
        let capped =
            expected(&server(454.0, Some(79.0)), None, 0.5, Some(Watts::from_watts(200.0))).expect("published");
        assert_eq!(capped.power, Watts::from_watts(139.5), "half way from idle to the cap");
    }

    #[test]
    fn even_a_small_batch_draws_most_of_an_accelerators_power() {
        assert_eq!(accelerator_share(1.0), ACCELERATOR_SHARE_SMALL_BATCH);
        assert!((accelerator_share(1e9) - ACCELERATOR_SHARE_LARGE_BATCH).abs() < 1e-12);
        // One session on each device is such a batch while it works; at a tenth of the time it is idle for the rest.
        let draw = |load| expected(&server(10_200.0, Some(1_000.0)), Some(1), load, None).expect("published").power;
        let full = 10_200.0 * ACCELERATOR_SHARE_SMALL_BATCH;
        assert!((draw(1.0).as_watts() - full).abs() < 1e-6, "{}", draw(1.0));
        assert!((draw(0.1).as_watts() - (1_000.0 + (full - 1_000.0) * 0.1)).abs() < 1e-6, "{}", draw(0.1));
        assert_eq!(draw(0.0).as_watts(), 1_000.0);
        let dgx = expected(&server(10_200.0, None), Some(64), 0.5, None).expect("published").power;
        assert!((6_500.0..8_500.0).contains(&dgx.as_watts()), "{dgx}, a DGX H100 typically draws 6.5 to 8.5 kW");
    }

    #[test]
    fn a_cap_costs_less_speed_than_power() {
        let watts = Watts::from_watts;
        let left = speed_under_cap(watts(250.0), watts(175.0));
        assert!((0.93..=0.94).contains(&left), "{left}: 6 to 7 % slower was measured");
        // Energy per token is power over speed: 0.7 / 0.937 saves a quarter.
        assert!((0.23..0.27).contains(&(1.0 - 0.7 / left)));
        assert_eq!(speed_under_cap(watts(250.0), watts(300.0)), 1.0);
        assert_eq!(speed_under_cap(watts(250.0), Watts::ZERO), 0.0);
        assert_eq!(speed_under_cap(Watts::ZERO, Watts::ZERO), 1.0);
        let mut before = 0.0;
        for cap in 0..=250 {
            let now = speed_under_cap(watts(250.0), watts(f64::from(cap)));
            assert!(now >= before && now <= 1.0, "{cap}");
            before = now;
        }
    }

    #[test]
    fn a_typical_draw_is_under_load_already_and_not_discounted_again() {
        // A server of eight MI300X: typically 9 kW, and nobody published more.
        let typical = ServerPower { typical: Some(Watts::from_kilowatts(9.0)), ..ServerPower::default() };
        for batch in [1, 64, 512] {
            let draw = expected(&typical, Some(batch), 1.0, None).expect("published").power;
            assert_eq!(draw, Watts::from_kilowatts(9.0), "{batch}");
        }
        let plate = ServerPower { nameplate: Some(Watts::from_kilowatts(10.2)), ..typical };
        let draw = expected(&plate, Some(512), 1.0, None).expect("published").power;
        assert!((draw.as_kilowatts() - 10.2 * ACCELERATOR_SHARE_LARGE_BATCH).abs() < 1e-9, "{draw}: of the plate");
    }

    #[test]
    fn more_load_never_draws_less() {
        for batch in [None, Some(1), Some(64), Some(512)] {
            let mut before = Watts::ZERO;
            for step in 0..=20 {
                let now =
                    expected(&server(1000.0, None), batch, f64::from(step) / 20.0, None).expect("published").power;
                assert!(now >= before && now <= Watts::from_watts(1000.0), "{batch:?} {step}");
                before = now;
            }
        }
    }

    #[test]
    fn a_little_more_load_never_draws_much_more() {
        for batch in [None, Some(1), Some(8), Some(64), Some(512)] {
            for cap in [None, Some(Watts::from_watts(400.0)), Some(Watts::from_watts(50.0))] {
                let at = |step: u32| {
                    let load = f64::from(step) / 100_000.0;
                    expected(&server(1000.0, None), batch, load, cap).expect("published").power.as_watts()
                };
                // At most idle to small batch within one session of 512: 460 W in 195 steps.
                let steepest = (0..100_000).map(|step| at(step + 1) - at(step)).fold(0.0, f64::max);
                assert!(steepest < 3.0, "{batch:?} {cap:?}: {steepest} W in a step");
            }
        }
    }

    #[test]
    fn the_band_of_a_draw_is_that_of_what_was_assumed() {
        let ends = |power: &ServerPower, batch, load| {
            let found = expected(power, batch, load, None).expect("published");
            [found.low, found.power, found.high].map(|draw| (draw.as_watts() * 1e3).round() / 1e3)
        };
        let unknown_idle = server(1000.0, None);
        assert_eq!(ends(&unknown_idle, None, 0.5), [580.0, 615.0, 720.0], "idle 0.16, 0.23 and 0.44 of full");
        assert_eq!(ends(&unknown_idle, None, 1.0), [1000.0; 3]);
        assert_eq!(ends(&server(1000.0, Some(100.0)), None, 0.5), [550.0; 3], "both ends are published");
        assert_eq!(ends(&unknown_idle, Some(8), 1.0), [433.1, 610.0, 701.5], "0.71 and 1.15 of 0.61");
        assert_eq!(ends(&unknown_idle, Some(512), 1.0), [596.4, 840.0, 966.0]);
        assert_eq!(ends(&unknown_idle, Some(512), 0.0), [150.0; 3]);
    }

    #[test]
    fn an_unknown_draw_stays_unknown() {
        assert_eq!(expected(&ServerPower::default(), None, 0.5, None), None);
    }
}
