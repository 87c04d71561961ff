//! Taking a live run over as a measurement of this machine; where the catalog has no entry for it, making one.

use egui::Ui;

use super::session::Session;
use crate::catalog::{Certainty, Device, DeviceId, LiveRun, Match, Measurement, ModelId, WeightFormat};
use crate::ui::documents::today;
use crate::ui::messages::Severity;
use crate::ui::own::MachineForm;
use crate::ui::scene::Scene;

/// What ran.
pub struct Ran<'a> {
    /// The model's entry in the catalog.
    pub model: ModelId,
    /// How its weights are stored.
    pub format: WeightFormat,
    /// This machine's processor as the system names it.
    pub processor: Option<&'a str>,
}

/// Draws the button; where no device stands for this machine, the form to make one. `form` is what is typed in it.
pub fn own_ui(
    ui: &mut Ui,
    session: &Session,
    scene: &mut Scene<'_>,
    device: Option<&Device>,
    ran: Ran<'_>,
    form: &mut Option<MachineForm>,
    machine: &mut Option<DeviceId>,
) {
    if device.is_none() {
        match form {
            Some(typed) => {
                if let Some(id) = typed.ui(ui, scene.project) {
                    *machine = Some(id);
                    *form = None;
                }
            }
            None => {
                if ui.button("Make a device of this machine…").clicked() {
                    *form = Some(MachineForm::detected(ran.processor));
                }
            }
        }
    }
    let run = device.and_then(|device| Some((device, live_run(session, &ran)?)));
    let button = egui::Button::new("Add as a measurement of this machine");
    let hover = "Estimates of this device start from it; it is listed in the Sizing pane, where it can be switched off";
    let asked =
        ui.add_enabled(run.is_some(), button).on_hover_text(hover).on_disabled_hover_text(if device.is_none() {
            "Say first which device this machine is"
        } else {
            "Let the model answer first, and wait for its end"
        });
    if let (true, Some((device, run))) = (asked.clicked(), run) {
        let mut rows = Vec::<Measurement>::from(run);
        for row in &mut rows {
            row.device.entry = Some(Match { id: device.id.clone(), certainty: Certainty::Certain });
        }
        let done = scene.project.add_measurements(rows);
        let severity = if done.refused.is_empty() { Severity::Info } else { Severity::Warning };
        scene.messages.say(severity, done.words());
    }
}

/// The finished answer as a run. `None`: there is none, or it was too short to be timed.
fn live_run(session: &Session, ran: &Ran<'_>) -> Option<LiveRun> {
    let (summary, model) = (session.summary.as_ref()?, session.model.as_ref()?);
    let tokens = |count: usize| u32::try_from(count).ok();
    Some(LiveRun {
        machine: ran.processor.unwrap_or("this machine").to_owned(),
        threads: tokens(model.threads)?,
        date: today()?,
        model: Some(ran.model.clone()),
        format: Some(ran.format),
        prompt_tokens: tokens(summary.prompt_tokens)?,
        output_tokens: tokens(summary.generated_tokens)?,
        decode: summary.decode?,
        // A prompt that was in the cache in part was not read in that time.
        prefill: summary.prefill.filter(|_| summary.cached_tokens == 0),
        time_to_first_token: summary.time_to_first_token,
    })
}
