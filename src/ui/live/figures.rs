//! What was measured in this run, beside what was predicted for this machine; and the time of each token.

use egui::{Grid, RichText, Ui};
use egui_plot::{Line, Plot, PlotPoints};

use super::own::{Ran, own_ui};
use super::session::Session;
use crate::catalog::{Device, DeviceId, Engine, KvFormat, Model, ModelId, WeightFormat};
use crate::sizing::calibration::Calibration;
use crate::sizing::{Estimate, Hardware, Workload, estimate_with};
use crate::ui::own::MachineForm;
use crate::ui::scene::Scene;
use crate::ui::sizing::time_text;
use crate::ui::theme::tokens;
use crate::ui::widgets::{PickerEntry, picker_ui, section_ui};
use crate::units::{Bytes, Significant, TokensPerSecond};

/// The embedded model's entry in the catalog.
const EMBEDDED: &str = "smollm2-135m";
/// Its file's type.
const FORMAT: WeightFormat = WeightFormat::Q4_1;
/// What an answer is taken to be like for the prediction, in tokens, until there is one.
const USUAL: (u32, u32) = (32, 128);

/// Draws the figures.
pub fn figures_ui(
    ui: &mut Ui,
    session: &Session,
    scene: &mut Scene<'_>,
    machine: &mut Option<DeviceId>,
    guessed: Option<&DeviceId>,
    processor: Option<&str>,
    form: &mut Option<MachineForm>,
) {
    section_ui(ui, "MEASURED HERE, AND PREDICTED");
    let catalog = scene.catalog;
    let device = machine.as_ref().or(guessed).and_then(|id| catalog.devices.get(id));
    let model = catalog.models.get(&ModelId::new(EMBEDDED));
    let predicted =
        device.zip(model).map(|(device, model)| predict(session, model, device, scene.outcome.own.of(&device.id)));
    let predicted = predicted.as_ref();
    Grid::new("live figures").num_columns(3).striped(true).spacing([14.0, 4.0]).show(ui, |ui| {
        ui.weak("");
        ui.weak("measured");
        ui.weak("predicted");
        ui.end_row();
        let speed = |v: TokensPerSecond| Significant(v.as_tokens_per_second()).to_string();
        let decode = session.decode().map(|v| format!("{} tokens/s", speed(v)));
        let expected = predicted.and_then(|p| p.decode.as_ref().ok());
        let expected = expected.map(|f| format!("{} [{} – {}]", speed(f.likely), speed(f.low), speed(f.high)));
        row(ui, "Speed", "Live speed", decode, expected);
        let first = session.first_token.map(time_text);
        let expected = predicted.and_then(|p| p.time_to_first_token.as_ref().ok());
        let expected =
            expected.map(|f| format!("{} [{} – {}]", time_text(f.likely), time_text(f.low), time_text(f.high)));
        row(ui, "First token after", "Live time to first token", first, expected);
        let memory = session.memory_used().map(|used| used.to_string());
        let expected = predicted.and_then(|p| p.memory.as_ref().ok()).map(|ledger| ledger.total());
        let own = session.model.as_ref().map(|model| model.weight_bytes + model.kv_cache_bytes);
        row(ui, "Memory of the model", "Live memory", memory, expected.or(own).map(|bytes: Bytes| bytes.to_string()));
    });
    if let Some(words) = session.decode().map(|v| v.as_words_per_minute(scene.project.needs.words_per_token)) {
        ui.label(format!("That is {} words a minute; people read 250, skim 450", Significant(words)));
    }
    machine_ui(ui, scene, machine, device, processor);
    let ran = Ran { model: ModelId::new(EMBEDDED), format: FORMAT, processor };
    own_ui(ui, session, scene, device, ran, form, machine);
    plot_ui(ui, session);
}

fn row(ui: &mut Ui, name: &str, spoken: &str, measured: Option<String>, predicted: Option<String>) {
    ui.label(name);
    let text = measured.unwrap_or_else(|| "–".to_owned());
    let label = ui.label(RichText::new(&text).strong());
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{spoken}: {text}")));
    ui.label(predicted.unwrap_or_else(|| "unknown".to_owned()));
    ui.end_row();
}

fn predict(session: &Session, model: &Model, device: &Device, own: &Calibration) -> Estimate {
    let tokens = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).max(1);
    let (prompt, output) = session
        .summary
        .as_ref()
        .map_or(USUAL, |summary| (tokens(summary.prompt_tokens), tokens(summary.generated_tokens)));
    let context = session.model.as_ref().map_or(2048, |model| tokens(model.context_tokens));
    let workload = Workload {
        model,
        format: FORMAT,
        kv_format: KvFormat::F16,
        engine: Engine::LlamaCpp,
        context_tokens: context,
        prompt_tokens: prompt,
        output_tokens: output,
        sessions: 1,
    };
    estimate_with(&workload, &Hardware { device, count: 1, memory: None }, own)
}

fn machine_ui(
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
        let entries = scene.catalog.devices.iter().filter(|device| device.class.is_processor());
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

fn plot_ui(ui: &mut Ui, session: &Session) {
    section_ui(ui, "TIME OF EACH TOKEN (MS)");
    let color = tokens(ui).accent;
    let points: PlotPoints<'_> =
        (1u32..).map(f64::from).zip(session.token_millis.iter().copied()).map(|(x, y)| [x, y]).collect();
    Plot::new("token times")
        .height(ui.available_height().clamp(90.0, 200.0))
        .include_y(0.0)
        .include_y(10.0)
        .include_x(0.0)
        .include_x(20.0)
        .allow_scroll(false)
        .x_axis_label("token")
        .show(ui, |plot| {
            plot.line(Line::new("ms a token", points).color(color));
        });
}
