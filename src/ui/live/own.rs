//! Taking a live run over as a measurement of this machine; and making a device of this machine, for models to be estimated on.

use egui::{Button, Color32, Label, RichText, Ui};

use super::names::named;
use super::session::{Session, Stage};
use crate::catalog::{Device, DeviceId, LiveRun, Measurement};
use crate::import::ran::{LEAST_TOKENS, Ran};
use crate::ui::documents::today;
use crate::ui::messages::Severity;
use crate::ui::own::{FormReply, MachineForm, MachineProbe};
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;

/// One column's finished run.
pub struct Run<'a> {
    /// Which column.
    pub column: usize,
    /// What was measured.
    pub session: &'a Session,
    /// What ran.
    pub ran: &'a Ran,
    /// The entry of the catalog that stands for this machine. `None`: none does.
    pub device: Option<&'a Device>,
    /// This machine's processor as the system names it.
    pub processor: Option<&'a str>,
}

/// Draws the button that takes a run over. Where the model is none of the catalog's it says so instead: what was measured
/// of it could not be held against any estimate. True where the plan has a measurement more.
pub fn add_ui(ui: &mut Ui, run: &Run<'_>, scene: &mut Scene<'_>) -> bool {
    let (model, format) = match run.ran.known() {
        Ok(known) => known,
        Err(missing) => {
            let text = format!("No measurement to keep: {missing}");
            ui.label(RichText::new(text).small().color(weak(ui)));
            return false;
        }
    };
    let taken = run.device.and_then(|device| Some((device, live_run(run)?)));
    let name = named("Add as a measurement of this machine", run.column);
    let hover = format!(
        "As {} in {}. Estimates of this device start from it; it is listed in the Sizing pane, where it can be switched off",
        model,
        format.label()
    );
    let button = ui.add_enabled(taken.is_some(), Button::new("Add as a measurement of this machine"));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, taken.is_some(), &name));
    let button = button.on_hover_text(hover);
    // In the open: a button that cannot be pressed says nothing itself.
    let (why_not, colour) = match run.session.disturbed {
        Some(what) => (format!("⚠ No measurement to keep: {what} at the same time. Ask again"), tokens(ui).warn),
        None if run.device.is_none() => ("Say first which device this machine is, or measure it".into(), weak(ui)),
        None if taken.is_none() => ("Wait for the end of an answer of some length".into(), weak(ui)),
        None => Default::default(),
    };
    if !why_not.is_empty() {
        ui.add(Label::new(RichText::new(why_not).small().color(colour)).wrap());
    }
    let (true, Some((device, taken))) = (button.clicked(), taken) else { return false };
    let rows = run.ran.measured_on(&device.id, Vec::<Measurement>::from(taken));
    let done = scene.project.add_measurements(rows);
    let severity = if done.refused.is_empty() { Severity::Info } else { Severity::Warning };
    scene.messages.say(severity, done.words());
    done.added > 0
}

fn weak(ui: &Ui) -> Color32 {
    tokens(ui).text_weak
}

/// Draws what makes a device of this machine, measured. `form` is what is typed; `busy` says why measuring has to wait.
pub fn machine_form_ui(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    form: &mut Option<MachineForm>,
    machine: &mut Option<DeviceId>,
    probe: MachineProbe,
    busy: Option<&str>,
) {
    let Some(typed) = form else {
        let hover = "What the system tells of it, and its memory's bandwidth in two seconds, as a device of the plan: other \
                     models are then estimated on it, and runs can be kept as its measurements";
        if ui.button("Measure this machine…").on_hover_text(hover).clicked() {
            let mut opened = MachineForm::new(probe);
            if busy.is_none() {
                let ctx = ui.ctx().clone();
                opened.begin(move || ctx.request_repaint());
            }
            *form = Some(opened);
        }
        return;
    };
    match typed.ui(ui, scene.project, busy) {
        Some(FormReply::Made(id)) => {
            scene
                .messages
                .say(Severity::Info, format!("This machine is the plan's device {id}; the catalog has it too"));
            *machine = Some(id);
            *form = None;
        }
        Some(FormReply::Left) => *form = None,
        None => {}
    }
}

/// The finished answer as a run. `None`: there is none, it was too short to be timed, something else was at work, or
/// another model is on its way, so that what ran is not what is chosen.
fn live_run(run: &Run<'_>) -> Option<LiveRun> {
    if run.session.stage != Stage::Ready || run.session.disturbed.is_some() {
        return None;
    }
    let summary = run.session.summary.as_ref().filter(|summary| summary.generated_tokens >= LEAST_TOKENS)?;
    let tokens = |count: usize| u32::try_from(count).ok();
    let cache = run.session.model.as_ref().map(|model| model.cache);
    Some(LiveRun {
        own: run.ran.run_here(run.processor, tokens(summary.threads)?, today()?, cache),
        prompt_tokens: tokens(summary.prompt_tokens)?,
        output_tokens: tokens(summary.generated_tokens)?,
        decode: summary.decode?,
        // A prompt that was in the cache in part was not read in that time.
        prefill: summary.prefill.filter(|_| summary.cached_tokens == 0),
        time_to_first_token: summary.time_to_first_token.filter(|_| summary.cached_tokens == 0),
    })
}
