//! Device, verdict, figures.

use egui::{RichText, ScrollArea, Ui};

use super::ledger::ledger_ui;
use crate::catalog::{Catalog, Device, DeviceId, WeightMix, WeightMixId};
use crate::sizing::memory::Stored;
use crate::sizing::serving::{SessionTarget, most_sessions};
use crate::sizing::verdict::Nearest;
use crate::sizing::weights::Storage;
use crate::sizing::{Estimate, Figure, Hardware, Refusal, estimate_as, estimate_with};
use crate::ui::own::list_ui;
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;
use crate::ui::widgets::{
    PickerEntry, Shown, choice_ui, figure_ui, integer_ui, picker_ui, refusal_ui, section_ui, unknown_ui, verdict_mark,
};
use crate::units::{Bytes, Seconds, Significant, TokensPerSecond};

/// What the pane sizes on; remembered with the view.
pub struct Choice<'a> {
    /// The device. `None`: none picked yet.
    pub device: &'a mut Option<DeviceId>,
    /// How many of it hold one copy of the model.
    pub count: &'a mut u32,
    /// Memory fitted, in GiB, where the device has none of its own.
    pub fitted_gib: &'a mut u32,
    /// A mix of weights of the user's own in place of the scenario's format. `None`: the format.
    pub mix: &'a mut Option<WeightMixId>,
    /// Sessions at once.
    pub sessions: &'a mut u32,
    /// Shared with the host, guessing ahead.
    pub ways: &'a mut super::Ways,
}

/// The pane.
#[derive(Debug, Default)]
pub struct SizingPane;

impl SizingPane {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, choice: &mut Choice<'_>) {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width() - 6.0);
            let picked = choice.device.as_ref().and_then(|id| scene.catalog.devices.get(id));
            let Some(device) = picked.or_else(|| first_choice(scene)) else {
                ui.label("The catalog has no device: add one in the Catalog pane");
                return;
            };
            device_ui(ui, scene.catalog, device, choice);
            let Some(scenario) = scene.project.selected_scenario().cloned() else {
                ui.label("The plan has no scenario: add one on the left");
                return;
            };
            let Some(model) = scene.catalog.models.get(&scenario.model) else {
                ui.colored_label(
                    tokens(ui).bad,
                    format!("❌ The catalog has no model `{}`: pick another on the left", scenario.model),
                );
                return;
            };
            let profile = scenario.profile(scene.catalog);
            let mut workload = scenario.workload(model, profile, &scene.project.needs, *choice.sessions);
            let hardware = Hardware { device, count: *choice.count, memory: fitted(device, choice) };
            let mix = mix_ui(ui, scene.catalog, choice);
            let calibration = scene.outcome.own.of(&device.id);
            let sized = match mix.and_then(|mix| Some((mix, Storage::try_from(mix).ok()?))) {
                Some((mix, storage)) => {
                    workload.format = mix.base;
                    let rule = "your own mix over it; llama.cpp's rules for the rest";
                    estimate_as(&workload, &hardware, Stored { storage: &storage, name: &mix.name, rule }, calibration)
                }
                None => estimate_with(&workload, &hardware, calibration),
            };
            ui.add_space(6.0);
            let stored = mix.map_or_else(|| scenario.format.to_string(), |mix| mix.name.clone());
            ui.label(RichText::new(format!("{} in {stored} on {}", model.name, device.name)).weak());
            verdict_ui(ui, &sized);
            ledger_ui(ui, &sized);
            ui.add_space(4.0);
            let nearest = speeds_ui(ui, &sized);
            if mix.is_none() {
                choice.ways.ui(ui, scene.catalog, &workload, &hardware, &sized);
            }
            section_ui(ui, "SERVED TO MANY");
            if mix.is_some() {
                ui.weak(format!("These are in the published {}, not in your mix", scenario.format));
            }
            let target = SessionTarget {
                speed: scene.project.needs.target_speed,
                sense: scene.project.needs.sense,
                time_to_first_token: scene.project.needs.time_to_first_token,
            };
            let served = scenario.workload(model, profile, &scene.project.needs, 1);
            match most_sessions(&served, &hardware, &target) {
                Ok(plan) => {
                    figure_ui(ui, &Shown::new("Sessions at the speed asked", &plan.sessions, "", |n| n.to_string()));
                    figure_ui(ui, &Shown::new("Each gets", &plan.speed_per_session, "tokens/s", speed_text));
                    figure_ui(ui, &Shown::new("All, with prompts", &plan.total_speed, "tokens/s", speed_text));
                    ui.weak(format!("Bound by {}", plan.binding.label()));
                    if scene.outcome.own.of(&device.id).rows() > 0 {
                        ui.weak("Your measurements of one session do not move these");
                    }
                }
                Err(refusal) => refusal_ui(ui, "Sessions at the speed asked", &refusal),
            }
            list_ui(ui, scene);
            if let Some(nearest) = nearest {
                apply(scene, choice, &nearest);
            }
        });
    }
}

/// The device shown before any is picked: that of the filling server, else the first of the catalog.
fn first_choice<'a>(scene: &Scene<'a>) -> Option<&'a Device> {
    let server = scene.project.racks.fill.as_ref().and_then(|id| scene.catalog.servers.get(id));
    let fitted =
        server.and_then(|server| server.devices.first()).and_then(|fitted| scene.catalog.devices.get(&fitted.device));
    fitted.or_else(|| scene.catalog.devices.iter().next())
}

fn device_ui(ui: &mut Ui, catalog: &Catalog, device: &Device, choice: &mut Choice<'_>) {
    ui.horizontal(|ui| {
        ui.label("Device");
        ui.scope(|ui| {
            ui.set_max_width(330.0);
            let entries = catalog.devices.iter().map(|device| PickerEntry {
                id: &device.id,
                name: &device.name,
                detail: facts(device),
            });
            if let Some(id) = picker_ui(ui, "Device", &device.name, entries) {
                *choice.device = Some(id);
            }
        });
    });
    ui.horizontal(|ui| {
        ui.weak(facts(device));
    });
    ui.horizontal(|ui| {
        ui.set_max_width(330.0);
        ui.vertical(|ui| {
            integer_ui(
                ui,
                "Devices for one copy",
                "How many of it hold one copy of the model between them",
                1..=1024,
                choice.count,
            );
            if device.memory.is_none() {
                let hover = "What is fitted around each processor; servers in the rack have their own in the catalog";
                integer_ui(ui, "Memory fitted (GiB)", hover, 1..=100_000, choice.fitted_gib);
            }
            integer_ui(ui, "Sessions at once", "Memory is kept for the cache of each", 1..=100_000, choice.sessions);
        });
    });
}

/// A mix of weights of the user's own, where the catalog has any. The one chosen.
fn mix_ui<'a>(ui: &mut Ui, catalog: &'a Catalog, choice: &mut Choice<'_>) -> Option<&'a WeightMix> {
    let mixes = catalog.weight_mixes.as_slice();
    if mixes.is_empty() {
        return None;
    }
    let place = choice.mix.as_ref().and_then(|id| mixes.iter().position(|mix| mix.id == *id));
    let all = std::iter::once(None).chain((0..mixes.len()).map(Some));
    let word = |place: Option<usize>| {
        place.and_then(|at| mixes.get(at)).map_or_else(|| "as on the left".to_owned(), |mix| mix.name.clone())
    };
    let hover = "A mix of your own from the catalog, in place of the format on the left";
    let mut place = place;
    ui.scope(|ui| {
        ui.set_max_width(330.0);
        if let Some(picked) = choice_ui(ui, "Weights of this estimate", hover, place, all, word) {
            place = picked;
            *choice.mix = picked.and_then(|at| mixes.get(at)).map(|mix| mix.id.clone());
        }
    });
    place.and_then(|at| mixes.get(at))
}

/// Memory in place of the device's own, where it has none.
fn fitted(device: &Device, choice: &Choice<'_>) -> Option<Bytes> {
    device.memory.is_none().then(|| Bytes::from_gib(f64::from(*choice.fitted_gib)))
}

/// Memory and bandwidth in words.
fn facts(device: &Device) -> String {
    let memory = device.memory.map_or_else(|| "memory as fitted".to_owned(), |memory| memory.to_string());
    let bandwidth = device
        .memory_bandwidth
        .map_or_else(|| "bandwidth unknown".to_owned(), |rate| format!("{} GB/s", Significant(rate.as_giga())));
    format!("{memory}, {bandwidth}")
}

fn verdict_ui(ui: &mut Ui, sized: &Estimate) {
    let (icon, words, color) = verdict_mark(sized.verdict, tokens(ui));
    ui.label(RichText::new(format!("{icon} {words}")).size(18.0).strong().color(color));
}

/// A speed as a bare number.
pub fn speed_text(speed: TokensPerSecond) -> String {
    Significant(speed.as_tokens_per_second()).to_string()
}

/// A duration as people say it: "85 ms", "1.2 s".
pub fn time_text(time: Seconds) -> String {
    if time.as_secs() < 1.0 {
        format!("{} ms", Significant(time.as_millis()))
    } else {
        format!("{} s", Significant(time.as_secs()))
    }
}

/// Draws the figures of one session; returns a change the user asked for.
fn speeds_ui(ui: &mut Ui, sized: &Estimate) -> Option<Nearest> {
    section_ui(ui, "ONE SESSION");
    let mut wanted = None;
    let mut refused: Vec<&str> = Vec::new();
    if let (Err(decode), Err(prefill), Err(first)) = (&sized.decode, &sized.prefill, &sized.time_to_first_token)
        && decode == prefill
        && prefill == first
    {
        // One reason, said once.
        figure_or(ui, "Speed", &sized.decode, "tokens/s", speed_text, &mut wanted, &mut refused);
        return wanted;
    }
    figure_or(ui, "Decode speed", &sized.decode, "tokens/s", speed_text, &mut wanted, &mut refused);
    figure_or(ui, "Prefill speed", &sized.prefill, "tokens/s", speed_text, &mut wanted, &mut refused);
    figure_or(ui, "Time to first token", &sized.time_to_first_token, "", time_text, &mut wanted, &mut refused);
    match sized.binding {
        Some(resource) => ui.label(format!("Decode is bound by {}", resource.label())),
        None => {
            return {
                unknown_ui(ui, "Decode is bound by", "");
                wanted
            };
        }
    };
    wanted
}

fn figure_or<Q: Copy + PartialEq>(
    ui: &mut Ui,
    name: &'static str,
    figure: &Result<Figure<Q>, Refusal>,
    unit: &str,
    text: impl Fn(Q) -> String,
    wanted: &mut Option<Nearest>,
    refused: &mut Vec<&str>,
) {
    match figure {
        Ok(figure) => {
            figure_ui(ui, &Shown::new(name, figure, unit, text));
        }
        Err(refusal) => {
            refusal_ui(ui, name, refusal);
            if let Some(nearest) = &refusal.nearest
                && refused.is_empty()
            {
                let words = match nearest {
                    Nearest::Format(format) => format!("Use {format} instead"),
                    Nearest::Context(tokens) => format!("Shorten the context to {tokens} tokens"),
                    Nearest::Devices(count) => format!("Use {count} of this device"),
                };
                if ui.button(words).clicked() {
                    *wanted = Some(nearest.clone());
                }
            }
            refused.push(name);
        }
    }
}

fn apply(scene: &mut Scene<'_>, choice: &mut Choice<'_>, nearest: &Nearest) {
    let at = scene.project.selected.min(scene.project.scenarios.len().saturating_sub(1));
    let Some(scenario) = scene.project.scenarios.get_mut(at) else { return };
    match nearest {
        Nearest::Format(format) => scenario.format = *format,
        Nearest::Context(tokens) => scenario.context_tokens = *tokens,
        Nearest::Devices(count) => *choice.count = *count,
    }
}
