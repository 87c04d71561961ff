//! Laws of what own rows do to estimates, held on one card of the catalog.

use super::own::Asked;
use super::*;
use crate::catalog::{Catalog, DeviceId, Engine, KvFormat, ModelId, WeightFormat};
use crate::sizing::speed::conditions::Conditions;
use crate::sizing::speed::{FittedSpeed, Run};
use crate::sizing::{Figure, weights};
use crate::units::TokensPerSecond;

const SMALL: &str = "llama-3.2-1b";
const LARGE: &str = "llama-3.1-8b";

/// Estimates of one model on one card, with what is known of the card.
fn decode(model: &str, calibration: &Calibration) -> Figure<TokensPerSecond> {
    with_run(model, |run| run.decode(FittedSpeed::builtin(), 256.0, 128, calibration).expect("known").figure)
}

fn prefill(model: &str, calibration: &Calibration) -> Figure<TokensPerSecond> {
    with_run(model, |run| run.prefill(FittedSpeed::builtin(), 512, 0.0, calibration).expect("known").figure)
}

fn with_run<T>(model: &str, then: impl FnOnce(&Run<'_>) -> T) -> T {
    let catalog = Catalog::builtin().expect("sound");
    let device = catalog.devices.get(&DeviceId::new("nvidia-geforce-rtx-3090")).expect("known");
    let model = catalog.models.get(&ModelId::new(model)).expect("known");
    let format = WeightFormat::Q4KM;
    let weights = weights::count(model, format, Engine::LlamaCpp).expect("counted");
    let conditions = Conditions::usual(device, Engine::LlamaCpp, 1);
    then(&Run { model, format, kv_format: KvFormat::F16, device, weights: &weights, conditions })
}

/// A row measured at so many times the estimate.
fn row(model: &str, asked: Asked, times: f64) -> Evidence {
    with_run(model, |run| {
        let fitted = FittedSpeed::builtin();
        let none = Calibration::none();
        let estimated = match asked {
            Asked::Decode { depth_tokens, output_tokens } => {
                run.decode(fitted, depth_tokens, output_tokens, none).expect("known").figure.likely
            }
            Asked::Prefill { prompt_tokens, depth_tokens } => {
                run.prefill(fitted, prompt_tokens, depth_tokens, none).expect("known").figure.likely
            }
        };
        Evidence::of(run, fitted, asked, estimated * times).expect("estimated")
    })
}

const TOKENS: Asked = Asked::Decode { depth_tokens: 64.0, output_tokens: 128 };
const PROMPT: Asked = Asked::Prefill { prompt_tokens: 512, depth_tokens: 0.0 };

fn decodes(times: &[f64]) -> Calibration {
    Calibration::new(times.iter().map(|times| row(SMALL, TOKENS, *times)).collect(), Vec::new())
}

fn moved(figure: &Figure<TokensPerSecond>, from: &Figure<TokensPerSecond>) -> f64 {
    figure.likely / from.likely
}

fn width(figure: &Figure<TokensPerSecond>) -> f64 {
    (figure.high / figure.low).ln()
}

#[test]
fn a_run_that_was_measured_lies_within_the_band_that_its_measurement_left() {
    for times in [0.2, 0.4, 0.56, 0.8, 0.9, 1.0, 1.1, 1.3, 2.0, 5.0] {
        let tokens = Asked::Decode { depth_tokens: 256.0, output_tokens: 128 };
        let own = Calibration::new(vec![row(SMALL, tokens, times)], vec![row(SMALL, PROMPT, times)]);
        for (what, before, after) in [
            ("decode", decode(SMALL, &Calibration::NONE), decode(SMALL, &own)),
            ("prefill", prefill(SMALL, &Calibration::NONE), prefill(SMALL, &own)),
        ] {
            let measured = before.likely * times;
            let (low, high) = (after.low, after.high);
            assert!(low <= measured && measured <= high, "{what} x {times}: {measured} is not in {low} to {high}");
        }
    }
}

#[test]
fn a_device_without_rows_is_untouched() {
    let before = decode(LARGE, Calibration::none());
    assert_eq!(decode(LARGE, &Calibration::new(Vec::new(), Vec::new())), before);
    assert!(!before.basis.to_string().contains("measurement of this device"));
}

#[test]
fn a_row_equal_to_the_estimate_shifts_nothing_and_narrows_the_band() {
    let before = decode(LARGE, Calibration::none());
    let after = decode(LARGE, &decodes(&[1.0]));
    assert!((moved(&after, &before) - 1.0).abs() < 1e-12);
    assert!(width(&after) <= width(&before));
    assert!(after.basis.to_string().contains("shifted by 0 % from 1 measurement of this device"), "{}", after.basis);
}

#[test]
fn a_prefill_row_leaves_decode_as_it_was_and_the_other_way_round() {
    let known = Calibration::new(Vec::new(), vec![row(SMALL, PROMPT, 1.5)]);
    assert_eq!(decode(LARGE, &known), decode(LARGE, Calibration::none()));
    assert!(moved(&prefill(LARGE, &known), &prefill(LARGE, Calibration::none())) > 1.05);
    assert_eq!(prefill(LARGE, &decodes(&[1.5])), prefill(LARGE, Calibration::none()));
}

#[test]
fn a_shift_goes_towards_what_was_measured_and_never_beyond() {
    let before = decode(LARGE, Calibration::none());
    for times in [0.4, 0.7, 0.9, 1.1, 1.5, 2.5] {
        let towards = moved(&decode(LARGE, &decodes(&[times])), &before);
        let (low, high) = (f64::min(times, 1.0), f64::max(times, 1.0));
        assert!((low..=high).contains(&towards) && towards != 1.0, "measured x{times}, moved x{towards}");
    }
}

#[test]
fn what_is_plainly_different_is_believed_more_than_what_is_a_little_off() {
    let before = decode(LARGE, Calibration::none());
    let share = |times: f64| moved(&decode(LARGE, &decodes(&[times])), &before).ln() / times.ln();
    assert!(share(2.0) > share(1.2) && share(1.2) > share(1.02), "{} {} {}", share(2.0), share(1.2), share(1.02));
}

#[test]
fn the_same_run_is_believed_more_than_another_model() {
    let known = decodes(&[1.4]);
    let same = moved(&decode(SMALL, &known), &decode(SMALL, Calibration::none()));
    let other = moved(&decode(LARGE, &known), &decode(LARGE, Calibration::none()));
    assert!(same > other && other > 1.0, "same x{same}, other x{other}");
}

#[test]
fn rows_that_agree_shift_further_and_narrow_the_band() {
    for times in [0.6, 0.85, 1.2, 1.8] {
        let before = decode(LARGE, Calibration::none());
        let (mut last, mut widest) = (0.0, width(&before));
        for count in 1..=6 {
            let after = decode(LARGE, &decodes(&vec![times; count]));
            let shift = moved(&after, &before).ln().abs();
            assert!(shift > last, "x{times}, {count} rows shift by {shift}, one fewer by {last}");
            assert!(width(&after) <= widest + 1e-12, "x{times}, {count} rows: {} after {widest}", width(&after));
            (last, widest) = (shift, width(&after));
        }
    }
}

#[test]
fn an_absurd_row_is_set_aside_and_said() {
    let before = decode(LARGE, Calibration::none());
    let after = decode(LARGE, &decodes(&[10.0]));
    assert_eq!((after.low, after.likely, after.high), (before.low, before.likely, before.high));
    assert!(after.basis.to_string().contains("not shifted: 1 measurement is too far off"), "{}", after.basis);
    // Among others that agree, a row four times off is strange too.
    let among = decode(LARGE, &decodes(&[1.1, 1.1, 1.12, 1.08, 0.25]));
    assert!(moved(&among, &before) > 1.0, "{}", moved(&among, &before));
    assert_eq!(strange(&[f64::NAN, f64::INFINITY, 2.4, 0.1]), [true, true, true, false]);
}

#[test]
fn hundreds_of_rows_stay_quick_and_finite() {
    let known = decodes(&vec![1.3; 500]);
    let after = decode(LARGE, &known);
    assert!(after.likely.is_finite() && after.low < after.likely && after.likely < after.high);
    assert!(known.rows() <= MOST_ROWS);
}
