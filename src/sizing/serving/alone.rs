//! One session has one number: where the single-stream form answers, the forms of several sessions start from it.
//!
//! A form of several sessions is off by `alone / own` where it meets the single-stream form, at one process and one
//! session. That much of its error is taken off there and, as what binds a step changes with every further session, off
//! by the power of one over the square root of the sessions elsewhere. A departure that slows does not fade with the
//! batch, so that one more session never shortens a step. The square root was chosen among powers 0 to 1 on processors
//! left out of the fit, 2026-11-20.

use crate::catalog::{Device, Engine, KvFormat, Model, WeightFormat};
use crate::sizing::calibration::Calibration;
use crate::sizing::speed::conditions::Conditions;
use crate::sizing::speed::{FittedSpeed, Run};
use crate::sizing::weights::WeightCount;
use crate::units::Seconds;

/// How fast a departure fades with sessions and processes.
const FADES: f64 = 0.5;

/// Time of a token of one session on all of the devices under llama.cpp, as shown for one session. `None`: no speed is
/// known.
pub fn time(
    model: &Model,
    format: WeightFormat,
    kv_format: KvFormat,
    (device, devices): (&Device, u32),
    weights: &WeightCount,
    (depth, output_tokens): (f64, u32),
) -> Option<Seconds> {
    let conditions = Conditions::usual(device, Engine::LlamaCpp, devices);
    let run = Run { model, format, kv_format, device, weights, conditions };
    let one = run.decode(FittedSpeed::builtin(), depth, output_tokens, &Calibration::NONE).ok()?;
    Some(one.figure.likely.step())
}

/// Factor on the time of a step of `processes` with `batch` sessions each, where one session alone takes `alone` and the
/// form would give `own`.
pub fn departure(alone: Seconds, own: Seconds, processes: f64, batch: f64) -> f64 {
    let ratio = alone / own;
    if !ratio.is_finite() || ratio <= 0.0 {
        return 1.0;
    }
    let fading = if ratio < 1.0 { processes.max(1.0) * batch.max(1.0) } else { processes.max(1.0) };
    ratio.powf(fading.powf(-FADES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_departure_is_whole_for_one_session_and_fades_with_more() {
        let of =
            |alone, processes, batch| departure(Seconds::from_secs(alone), Seconds::from_secs(1.0), processes, batch);
        for alone in [0.25, 1.0, 3.0] {
            assert!((of(alone, 1.0, 1.0) - alone).abs() < 1e-12);
        }
        assert!((of(0.25, 2.0, 8.0) - 0.25_f64.powf(0.25)).abs() < 1e-12);
        assert!((of(4.0, 4.0, 8.0) - 2.0).abs() < 1e-12, "what slows does not fade with the batch");
        assert!(of(0.25, 1e9, 1.0) > 0.999);
    }

    #[test]
    fn a_time_of_nothing_departs_from_nothing() {
        for (alone, own) in [(0.0, 1.0), (1.0, 0.0), (0.0, 0.0)] {
            assert_eq!(departure(Seconds::from_secs(alone), Seconds::from_secs(own), 1.0, 1.0), 1.0);
        }
    }
}
