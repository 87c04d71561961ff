//! Which model, in which formats, on which engine: up to three, one of which the racks serve.

use egui::Ui;

use crate::catalog::{Catalog, Engine, KvFormat, Model, WeightFormat};
use crate::project::{Project, Scenario};
use crate::ui::theme;
use crate::ui::widgets::{NumberField, PickerEntry, choice_ui, integer_ui, number_ui, picker_ui, section_ui};
use crate::units::Significant;

/// Letter of a scenario's tab: A, B, C.
pub fn letter(at: usize) -> char {
    u8::try_from(at).ok().and_then(|at| b'A'.checked_add(at)).filter(u8::is_ascii_uppercase).map_or('?', char::from)
}

/// Tabs of the scenarios, and the one selected.
pub fn scenarios_ui(ui: &mut Ui, project: &mut Project, catalog: &Catalog) {
    section_ui(ui, "SCENARIO");
    let shown = project.selected.min(project.scenarios.len().saturating_sub(1));
    let mut selected = shown;
    ui.horizontal(|ui| {
        for (at, scenario) in project.scenarios.iter().enumerate() {
            let tab = ui.selectable_label(at == selected, format!("Scenario {}", letter(at)));
            if tab.on_hover_text(format!("{}: every server that names no other serves it", scenario.name)).clicked() {
                selected = at;
            }
        }
        if project.scenarios.len() < 3
            && ui.button("+").on_hover_text("Add a scenario: a copy of this one").clicked()
            && let Some(copy) = project.scenarios.get(selected).cloned()
        {
            project.scenarios.push(copy);
            selected = project.scenarios.len() - 1;
        }
    });
    if selected != shown {
        project.selected = selected;
    }
    let mut removed = false;
    ui.horizontal(|ui| {
        ui.label("Model").on_hover_text("From the catalog; every number follows it");
        if project.scenarios.len() > 1 {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                removed = ui.small_button("Remove").on_hover_text(removal_words(project, selected)).clicked();
            });
        }
    });
    if removed {
        project.remove_scenario(selected);
        selected = project.selected;
    }
    let several = project.serves_several();
    if let Some(scenario) = project.scenarios.get_mut(selected) {
        scenario_ui(ui, scenario, catalog);
        if several {
            weight_ui(ui, scenario);
        }
    }
}

/// How often the model is asked for beside the others that the racks serve.
fn weight_ui(ui: &mut Ui, scenario: &mut Scenario) {
    let field = NumberField {
        name: "Asked for (weight)",
        hover: "Its part of all requests beside the other models served: 2 is asked for twice as often as 1",
        range: 0.0..=1_000_000.0,
        decimals: 2,
    };
    number_ui(ui, &field, &mut scenario.request_weight);
}

/// What removing a scenario does.
fn removal_words(project: &Project, at: usize) -> String {
    let (by_hand, filling) = project.named_by(at);
    let named = match (by_hand, filling) {
        (0, false) => return format!("Remove scenario {}", letter(at)),
        (0, true) => "what fills the racks names it".to_owned(),
        (some, false) => format!("{some} mounted servers name it"),
        (some, true) => format!("{some} mounted servers and what fills the racks name it"),
    };
    format!("Remove scenario {}: {named}, and would serve the selected scenario", letter(at))
}

fn scenario_ui(ui: &mut Ui, scenario: &mut Scenario, catalog: &Catalog) {
    let current = catalog.models.get(&scenario.model);
    let name = current.map_or_else(|| format!("{} (not in the catalog)", scenario.model), |model| model.name.clone());
    let entries =
        catalog.models.iter().map(|model| PickerEntry { id: &model.id, name: &model.name, detail: detail(model) });
    if let Some(id) = picker_ui(ui, "Model", &name, entries) {
        if let Some(model) = catalog.models.get(&id) {
            scenario.name = model.name.clone();
        }
        scenario.model = id;
    }
    let formats = WeightFormat::ALL.iter().copied();
    let hover = "How the weights are stored: smaller is faster and fits sooner, at some loss of quality";
    if let Some(format) = choice_ui(ui, "Weights", hover, scenario.format, formats, |format| format.label().to_owned())
    {
        scenario.format = format;
    }
    let formats = KvFormat::ALL.iter().copied();
    let hover = "How keys and values of past tokens are stored";
    if let Some(format) = choice_ui(ui, "Cache", hover, scenario.kv_format, formats, |format| format.label().to_owned())
    {
        scenario.kv_format = format;
    }
    engine_ui(ui, scenario, catalog);
    let hover = "Memory for the cache is kept for this many tokens of each session";
    integer_ui(ui, "Context (tokens)", hover, 1..=10_000_000, &mut scenario.context_tokens);
    if let Some(most) = current.and_then(|model| model.context_tokens).filter(|most| scenario.context_tokens > *most) {
        let color = theme::tokens(ui).warn;
        ui.colored_label(color, format!("⚠ beyond the {most} tokens its makers state"));
    }
}

/// The engine by how it is set up: the default setting of each, and the user's own.
fn engine_ui(ui: &mut Ui, scenario: &mut Scenario, catalog: &Catalog) {
    let profiles = catalog.engine_profiles.as_slice();
    let own = |at: usize| profiles.get(at).map_or_else(String::new, |profile| profile.name.clone());
    let hover = "The program that runs the model and how it is set up: decides buffers, padding and batching";
    let id = scenario.profile_id();
    let Some(current) = profiles.iter().position(|profile| profile.id == id) else {
        // A catalog without the engine's profile: its default settings hold.
        let engines = Engine::ALL.iter().copied();
        let name = |engine: Engine| engine.label().to_owned();
        if let Some(engine) = choice_ui(ui, "Engine", hover, scenario.engine, engines, name) {
            (scenario.engine, scenario.engine_profile) = (engine, None);
        }
        return;
    };
    let chosen = choice_ui(ui, "Engine", hover, current, 0..profiles.len(), own);
    if let Some(profile) = chosen.and_then(|at| profiles.get(at)) {
        scenario.run_by(profile);
    }
}

/// Size and licence, for the list of models.
fn detail(model: &Model) -> String {
    let size = model
        .parameters_total
        .map_or_else(|| "size undisclosed".to_owned(), |count| format!("{}B", Significant(count as f64 / 1e9)));
    format!("{size}  {}", model.license.as_deref().unwrap_or(""))
}
