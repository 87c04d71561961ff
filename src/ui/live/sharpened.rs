//! What a run taken over as a measurement did to the estimate it was held against: how that was before, how it is now.

use egui::{Label, RichText, Role, Ui, WidgetInfo};

use super::names::named;
use super::predict::{Inputs, Prediction};
use crate::sizing::{Estimate, Figure, Refusal};
use crate::ui::theme::tokens;
use crate::ui::widgets::Shown;
use crate::units::{Significant, TokensPerSecond};

/// The estimate of a run as it was before the run became a measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    made_from: Inputs,
    estimate: Option<Estimate>,
}

/// What became of one estimated speed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharpened {
    /// Before and now: "Estimated speed: 61.0 tokens/s [30.1 – 120] before, 74.0 tokens/s [66.0 – 82.0] now".
    pub words: String,
    /// What the measurements of the device did to it.
    pub why: String,
    /// Whether the band is narrower now.
    pub narrower: bool,
}

impl Before {
    /// The estimate as it is.
    pub fn of((inputs, prediction): (&Inputs, &Prediction)) -> Self {
        Self { made_from: inputs.clone(), estimate: prediction.estimate.clone() }
    }

    /// What became of it. Empty where the estimate of now is one of another run or device, and where the measurements of
    /// the device say what they said before, as when the one added was taken back.
    pub fn until(&self, (inputs, prediction): (&Inputs, &Prediction)) -> Vec<Sharpened> {
        let alike = Inputs { own: self.made_from.own.clone(), ..inputs.clone() } == self.made_from;
        if !alike || inputs.own == self.made_from.own {
            return Vec::new();
        }
        let (Some(before), Some(now)) = (&self.estimate, &prediction.estimate) else { return Vec::new() };
        let decode = speed("Estimated speed", &before.decode, &now.decode);
        let prefill = speed("Estimated speed of reading a prompt", &before.prefill, &now.prefill);
        decode.into_iter().chain(prefill).collect()
    }
}

type Speed = Result<Figure<TokensPerSecond>, Refusal>;

/// `None`: there is no estimate, or no measurement of it.
fn speed(name: &str, before: &Speed, now: &Speed) -> Option<Sharpened> {
    let (before, now) = (before.as_ref().ok()?, now.as_ref().ok()?);
    let why = now.basis.own_words()?.to_owned();
    let text = |figure: &Figure<TokensPerSecond>| {
        let shown = Shown::new(name, figure, "tokens/s", |v| Significant(v.as_tokens_per_second()).to_string());
        format!("{} {}", shown.likely, shown.band)
    };
    let words = match (text(before), text(now)) {
        (before, now) if before == now => format!("{name}: {now}, as before"),
        (before, now) => format!("{name}: {before} before, {now} now"),
    };
    let width = |figure: &Figure<TokensPerSecond>| figure.high / figure.low;
    Some(Sharpened { words, why, narrower: width(now) < width(before) })
}

/// Draws it, under the button that added the run.
pub fn sharpened_ui(ui: &mut Ui, all: &[Sharpened], column: usize) {
    for Sharpened { words, why, narrower } in all {
        let (mark, colour) = if *narrower { ("✔", tokens(ui).good) } else { ("–", tokens(ui).text_weak) };
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.colored_label(colour, mark);
            let label = ui.colored_label(colour, words);
            label.widget_info(|| WidgetInfo::labeled(Role::Label, true, named(words, column)));
        });
        ui.add(Label::new(RichText::new(format!("It is {why}")).small().color(tokens(ui).text_weak)).wrap());
    }
    if all.iter().any(|sharpened| sharpened.narrower) {
        let words = "Other models on this machine are estimated from it, too: see the Sizing pane";
        ui.add(Label::new(RichText::new(words).small().color(tokens(ui).text_weak)).wrap());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Standing;
    use crate::sizing::{Basis, BasisInput, OWN};

    fn figure(low: f64, likely: f64, high: f64, own: bool) -> Speed {
        let input = BasisInput::new(OWN, "x 1.2", Standing::Measured, "shifted by +20 % from 1 measurement");
        let basis = Basis {
            standing: Standing::Computed,
            formula: "a formula".into(),
            inputs: if own { vec![input] } else { Vec::new() },
            band: "a band".into(),
        };
        let speed = TokensPerSecond::from_tokens_per_second;
        Ok(Figure { low: speed(low), likely: speed(likely), high: speed(high), basis })
    }

    #[test]
    fn an_estimate_is_shown_as_it_was_and_as_it_is() {
        let sharpened = speed("Estimated speed", &figure(30.0, 60.0, 120.0, false), &figure(66.0, 72.0, 78.0, true));
        let sharpened = sharpened.expect("there is a measurement");
        assert_eq!(
            sharpened.words,
            "Estimated speed: 60.0 tokens/s [30.0 – 120] before, 72.0 tokens/s [66.0 – 78.0] now"
        );
        assert_eq!(sharpened.why, "shifted by +20 % from 1 measurement");
        assert!(sharpened.narrower);
    }

    #[test]
    fn an_estimate_that_stays_is_said_to_stay() {
        let sharpened = speed("Estimated speed", &figure(30.0, 60.0, 120.0, false), &figure(30.0, 60.0, 120.0, true));
        let sharpened = sharpened.expect("there is a measurement");
        assert_eq!(sharpened.words, "Estimated speed: 60.0 tokens/s [30.0 – 120], as before");
        assert!(!sharpened.narrower);
    }

    #[test]
    fn a_speed_without_a_measurement_says_nothing() {
        let same = figure(30.0, 60.0, 120.0, false);
        assert_eq!(speed("Estimated speed", &same, &same), None);
    }
}
