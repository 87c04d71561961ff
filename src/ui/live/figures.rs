//! What was measured of a run, beside what was predicted for this machine.

use egui::{Grid, RichText, Ui};

use super::meter::Meter;
use super::names::named;
use super::predict::Prediction;
use super::session::Session;
use crate::catalog::{Device, DeviceId};
use crate::sizing::{Figure, Refusal};
use crate::ui::scene::Scene;
use crate::ui::sizing::time_text;
use crate::ui::theme::tokens;
use crate::ui::widgets::{PickerEntry, Shown, picker_ui, value_ui};
use crate::units::{Bytes, Significant, TokensPerSecond};

/// One column's figures.
pub struct Figures<'a> {
    /// Which column.
    pub column: usize,
    /// What was measured.
    pub session: &'a Session,
    /// What was predicted. `None`: the model's header is not known yet.
    pub prediction: Option<&'a Prediction>,
}

fn speed(v: TokensPerSecond) -> String {
    Significant(v.as_tokens_per_second()).to_string()
}

/// Draws speed and time to the first token, measured and predicted; under them what belongs to the whole process.
pub fn figures_ui(ui: &mut Ui, figures: &Figures<'_>, whole: &[Whole]) {
    let session = figures.session;
    let estimate = figures.prediction.and_then(|prediction| prediction.estimate.as_ref());
    Grid::new(("live figures", figures.column)).num_columns(3).striped(true).spacing([10.0, 3.0]).show(ui, |ui| {
        ui.weak("");
        ui.weak("measured");
        ui.weak("predicted");
        ui.end_row();
        let name = |name| named(name, figures.column);
        let decode = session.decode().map(|v| format!("{} tokens/s", speed(v)));
        measured_ui(ui, "Speed", &name("Live speed"), decode);
        predicted_ui(ui, &name("Predicted speed"), estimate.map(|estimate| &estimate.decode), speed, "tokens/s");
        let prefill = session.summary.as_ref().and_then(|summary| summary.prefill);
        let prefill = prefill.map(|v| format!("{} tokens/s", speed(v)));
        measured_ui(ui, "Prompt read at", &name("Live prompt speed"), prefill);
        let expected = estimate.map(|estimate| &estimate.prefill);
        predicted_ui(ui, &name("Predicted speed of reading a prompt"), expected, speed, "tokens/s");
        measured_ui(ui, "First token after", &name("Live time to first token"), session.first_token.map(time_text));
        let expected = estimate.map(|estimate| &estimate.time_to_first_token);
        predicted_ui(ui, &name("Predicted time to first token"), expected, time_text, "");
        for Whole { name, spoken, measured, predicted } in whole {
            row(ui, name, spoken, measured.clone(), predicted.clone());
        }
    });
}

/// One column's figures in a line, where two columns leave no room for more.
pub fn line_ui(ui: &mut Ui, figures: &Figures<'_>) {
    let session = figures.session;
    let estimate = figures.prediction.and_then(|prediction| prediction.estimate.as_ref());
    let decode = session.decode().map_or_else(|| "–".to_owned(), |v| format!("{} tokens/s", speed(v)));
    let label = ui.label(RichText::new(&decode).strong());
    let spoken = format!("{}: {decode}", named("Live speed", figures.column));
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    if let Some(expected) = estimate.and_then(|estimate| estimate.decode.as_ref().ok()) {
        let name = named("Predicted speed", figures.column);
        let shown = Shown::new(&name, expected, "tokens/s", speed);
        value_ui(ui, &shown, &format!("predicted {}", speed(expected.likely)), "");
    }
    if let Some(first) = session.first_token {
        let text = format!("first after {}", time_text(first));
        let spoken = format!("{}: {}", named("Live time to first token", figures.column), time_text(first));
        let weak = ui.weak(text).on_hover_text("From the question to the first token of the answer");
        weak.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    }
}

/// The figures of the whole process.
pub fn whole_ui(ui: &mut Ui, whole: &[Whole]) {
    Grid::new("live whole").num_columns(3).striped(true).spacing([10.0, 3.0]).show(ui, |ui| {
        for Whole { name, spoken, measured, predicted } in whole {
            let predicted = predicted.as_ref().filter(|text| !text.is_empty());
            row(
                ui,
                name,
                spoken,
                measured.clone(),
                Some(predicted.map(|p| format!("predicted {p}")).unwrap_or_default()),
            );
        }
    });
}

/// A row about the whole process.
pub struct Whole {
    name: &'static str,
    spoken: &'static str,
    measured: Option<String>,
    predicted: Option<String>,
}

/// Memory and processor of the process, against what the loaded models were predicted to take.
pub fn whole(meter: &Meter, predicted: Option<Bytes>, busy: bool) -> Vec<Whole> {
    let share = meter.processor_share().filter(|_| busy);
    // Nothing to compare while no model is there.
    let loaded = predicted != Some(Bytes::ZERO);
    let cores = meter.cores();
    vec![
        Whole {
            name: "Memory of models",
            spoken: "Live memory",
            measured: meter.models_memory().filter(|_| loaded).map(|bytes| bytes.to_string()),
            predicted: if loaded { predicted.map(|bytes| bytes.to_string()) } else { Some(String::new()) },
        },
        Whole {
            name: "Processor",
            spoken: "Live processor share",
            measured: share.map(|share| format!("{:.0} % of {cores} cores", share * 100.0)),
            predicted: Some(String::new()),
        },
    ]
}

fn row(ui: &mut Ui, name: &str, spoken: &str, measured: Option<String>, predicted: Option<String>) {
    measured_ui(ui, name, spoken, measured);
    unsure_ui(ui, &predicted.unwrap_or_else(|| "unknown".to_owned()));
    ui.end_row();
}

/// The first two cells of a row.
fn measured_ui(ui: &mut Ui, name: &str, spoken: &str, measured: Option<String>) {
    ui.label(name);
    let text = measured.unwrap_or_else(|| "–".to_owned());
    let label = ui.label(RichText::new(&text).strong());
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{spoken}: {text}")));
}

/// The last cell: the prediction with its band, which explains itself, or why there is none.
fn predicted_ui<Q: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    expected: Option<&Result<Figure<Q>, Refusal>>,
    number: impl Fn(Q) -> String,
    unit: &str,
) {
    match expected {
        Some(Ok(figure)) => {
            let shown = Shown::new(name, figure, unit, &number);
            value_ui(ui, &shown, &number(figure.likely), &shown.band);
        }
        Some(Err(refusal)) => {
            unsure_ui(ui, "unknown").on_hover_text(&refusal.reason);
        }
        None => {
            let why =
                "No device stands for this machine yet, or how the file stores its weights is not known to the sizing";
            unsure_ui(ui, "unknown").on_hover_text(why);
        }
    }
    ui.end_row();
}

/// What is no measurement.
fn unsure_ui(ui: &mut Ui, text: &str) -> egui::Response {
    let weak = tokens(ui).text_weak;
    ui.label(RichText::new(text).color(weak))
}

/// Which entry of the catalog predictions are made for.
pub fn machine_ui(
    ui: &mut Ui,
    scene: &Scene<'_>,
    machine: &mut Option<DeviceId>,
    device: Option<&Device>,
    processor: Option<&str>,
) {
    let named = processor.unwrap_or("a processor the system does not name");
    if device.is_none() {
        ui.weak(format!(
            "This machine has {named}, which is not in the catalog: pick what is most like it for a prediction"
        ));
    }
    ui.horizontal(|ui| {
        ui.label("Predict as").on_hover_text(format!("This machine: {named}"));
        let current = device.map_or("pick a device", |device| device.name.as_str());
        let entries = scene.catalog.devices.iter().filter(|device| device.is_processor());
        let entries = entries.map(|device| PickerEntry {
            id: &device.id,
            name: &device.name,
            detail: device.form_factor.clone(),
        });
        if let Some(id) = picker_ui(ui, "Predict as", current, entries) {
            *machine = Some(id);
        }
    });
}
