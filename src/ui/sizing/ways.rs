//! Further ways to run a model: shared with the host's processor where it does not fit, and guessing ahead.

use egui::Ui;
use serde::{Deserialize, Serialize};

use super::pane::{speed_text, time_text};
use crate::catalog::{Catalog, Device, DeviceId, Engine, ModelId};
use crate::sizing::speed::speculative::{self, Draft, MOST_GUESSES, Speculation};
use crate::sizing::speed::split::{self, Host};
use crate::sizing::{Estimate, Hardware, Verdict, Workload};
use crate::ui::widgets::{PickerEntry, Shown, figure_ui, integer_ui, picker_ui, refusal_ui, section_ui};
use crate::units::{Bytes, Significant};

/// What was chosen; remembered with the view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ways {
    /// The host's processor. `None`: none picked yet.
    pub host: Option<DeviceId>,
    /// Its memory in GiB.
    pub host_gib: u32,
    /// Whether tokens are guessed ahead.
    pub guessing: bool,
    /// Who guesses. `None`: the model's own draft layers.
    pub draft: Option<ModelId>,
    /// Tokens guessed at once.
    pub guesses: u32,
    /// Tokens a pass yields. `None`: as published.
    pub accepted: Option<f64>,
}

impl Default for Ways {
    fn default() -> Self {
        Self { host: None, host_gib: 64, guessing: false, draft: None, guesses: 3, accepted: None }
    }
}

impl Ways {
    /// Puts what a hand-edited or older file got wrong right.
    pub fn mend(&mut self) {
        self.host_gib = self.host_gib.clamp(1, 100_000);
        self.guesses = self.guesses.clamp(1, MOST_GUESSES);
        self.accepted = self.accepted.filter(|tokens| tokens.is_finite());
    }

    /// Draws what applies to this estimate.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        catalog: &Catalog,
        workload: &Workload<'_>,
        hardware: &Hardware<'_>,
        sized: &Estimate,
    ) {
        let too_large = matches!(sized.verdict, Verdict::DoesNotFit { .. });
        if too_large && workload.engine == Engine::LlamaCpp && hardware.count == 1 && !hardware.device.is_processor() {
            self.host_ui(ui, catalog, workload, hardware);
        }
        if !too_large {
            self.guessing_ui(ui, catalog, workload, hardware, sized);
        }
    }

    fn host_ui(&mut self, ui: &mut Ui, catalog: &Catalog, workload: &Workload<'_>, hardware: &Hardware<'_>) {
        section_ui(ui, "SHARED WITH THE HOST");
        ui.label("What does not fit on the device can stay in the host's memory, computed by its processor.");
        let device = self.host.as_ref().and_then(|id| catalog.devices.get(id));
        ui.horizontal(|ui| {
            ui.label("Host processor");
            ui.set_max_width(330.0);
            let processors = catalog.devices.iter().filter(|device| device.is_processor());
            let entries = processors.map(|it| PickerEntry { id: &it.id, name: &it.name, detail: bandwidth(it) });
            if let Some(id) = picker_ui(ui, "Host processor", device.map_or("Pick one", |it| &it.name), entries) {
                self.host = Some(id);
            }
        });
        ui.scope(|ui| {
            ui.set_max_width(330.0);
            integer_ui(ui, "Host memory (GiB)", "Memory fitted around the processor", 1..=100_000, &mut self.host_gib);
        });
        let Some(device) = device else {
            ui.weak("Pick the processor to see how fast both are together");
            return;
        };
        let host = Host { device, memory: Some(Bytes::from_gib(f64::from(self.host_gib))) };
        match split::best(workload, hardware, &host) {
            Err(refusal) => refusal_ui(ui, "Shared decode speed", &refusal),
            Ok(shared) => {
                ui.label(format!("{}; {} stay with the host", shared.offload.placement, shared.offload.on_host()));
                figure_ui(ui, &Shown::new("Shared decode speed", &shared.decode, "tokens/s", speed_text));
                figure_ui(ui, &Shown::new("Shared prefill speed", &shared.prefill, "tokens/s", speed_text));
                figure_ui(ui, &Shown::new("Shared time to first token", &shared.time_to_first_token, "", time_text));
                let percent = Significant((shared.host_share * 100.0).round());
                ui.weak(format!("The host takes {percent} % of each token's time"));
            }
        }
    }

    fn guessing_ui(
        &mut self,
        ui: &mut Ui,
        catalog: &Catalog,
        workload: &Workload<'_>,
        hardware: &Hardware<'_>,
        sized: &Estimate,
    ) {
        let hover = "Speculative decoding: a draft guesses tokens, the model checks several in one pass";
        ui.add_space(4.0);
        ui.checkbox(&mut self.guessing, "Guess tokens ahead").on_hover_text(hover);
        let Ok(ledger) = &sized.memory else { return };
        if !self.guessing {
            return;
        }
        let drafter = self.draft.as_ref().and_then(|id| catalog.models.get(id));
        ui.scope(|ui| {
            ui.set_max_width(330.0);
            let own = ModelId::from("");
            let first = PickerEntry { id: &own, name: OWN_LAYERS, detail: "multi-token prediction, EAGLE".to_owned() };
            let smaller = catalog.models.iter().filter(|it| it.parameters_total < workload.model.parameters_total);
            let smaller = smaller.map(|it| PickerEntry { id: &it.id, name: &it.name, detail: String::new() });
            let current = drafter.map_or(OWN_LAYERS, |it| &it.name);
            if let Some(id) = picker_ui(ui, "Draft", current, std::iter::once(first).chain(smaller)) {
                self.draft = (id != own).then_some(id);
            }
            integer_ui(
                ui,
                "Guesses at once",
                "Tokens guessed before the model checks",
                1..=MOST_GUESSES,
                &mut self.guesses,
            );
            let published =
                drafter.is_none().then(|| speculative::published_acceptance(workload.model, self.guesses)).flatten();
            self.acceptance_ui(ui, published);
        });
        let draft = drafter.map_or(Draft::OwnLayers, |model| Draft::Model(model, workload.format));
        let speculation = Speculation { draft, guesses: self.guesses, accepted: self.accepted };
        match speculative::decode(workload, hardware, ledger, &speculation) {
            Err(refusal) => refusal_ui(ui, "Decode speed when guessing", &refusal),
            Ok(fast) => {
                figure_ui(ui, &Shown::new("Decode speed when guessing", &fast.decode, "tokens/s", speed_text));
                ui.weak(format!("x {:.2} of the speed without; the draft takes {}", fast.gain, fast.memory));
            }
        }
    }

    /// Tokens a pass yields: as published where somebody did, or the user's own.
    fn acceptance_ui(&mut self, ui: &mut Ui, published: Option<f64>) {
        let most = f64::from(self.guesses) + 1.0;
        let mut own = self.accepted.is_some();
        ui.horizontal(|ui| {
            if ui
                .checkbox(&mut own, "Tokens a pass yields")
                .on_hover_text("Measure it: it depends on the text")
                .changed()
            {
                self.accepted = own.then(|| published.unwrap_or(most / 2.0));
            }
            match (&mut self.accepted, published) {
                (Some(tokens), _) => {
                    let field = egui::DragValue::new(tokens).range(0.1..=most).speed(0.02).max_decimals(2);
                    ui.add(field).on_hover_text("Your own figure").accessible_name("Tokens a pass yields, your own");
                }
                (None, Some(tokens)) => {
                    ui.weak(format!("{tokens:.2} as published for code"));
                }
                (None, None) => {
                    ui.weak("nobody published it");
                }
            }
        });
    }
}

const OWN_LAYERS: &str = "The model's own draft layers";

fn bandwidth(device: &Device) -> String {
    device
        .memory_bandwidth
        .map_or_else(|| "bandwidth unknown".to_owned(), |rate| format!("{} GB/s", Significant(rate.as_giga())))
}
