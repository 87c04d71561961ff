//! The left column: what the user decides. Edits the plan directly; every change shows in the same frame.

use egui::{ScrollArea, Ui};

use super::widgets::{PickerEntry, Scale, SliderField, choice_ui, integer_ui, picker_ui, section_ui, slider_ui};
use crate::catalog::{Catalog, Engine, KvFormat, Model, WeightFormat};
use crate::project::{Project, Scenario};
use crate::units::{TokensPerSecond, Watts};

/// Draws the column.
pub fn needs_ui(ui: &mut Ui, project: &mut Project, catalog: &Catalog) {
    ui.add_space(4.0);
    ui.strong("Needs");
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 6.0);
        scenarios_ui(ui, project, catalog);
        requests_ui(ui, project);
        rack_ui(ui, project);
        money_ui(ui, project, catalog);
    });
}

/// Letter of a scenario's tab: A, B, C.
fn letter(at: usize) -> char {
    u8::try_from(at).ok().and_then(|at| b'A'.checked_add(at)).filter(u8::is_ascii_uppercase).map_or('?', char::from)
}

fn scenarios_ui(ui: &mut Ui, project: &mut Project, catalog: &Catalog) {
    section_ui(ui, "SCENARIO");
    let mut selected = project.selected.min(project.scenarios.len().saturating_sub(1));
    ui.horizontal(|ui| {
        for (at, scenario) in project.scenarios.iter().enumerate() {
            let tab = ui.selectable_label(at == selected, format!("Scenario {}", letter(at)));
            if tab.on_hover_text(format!("{}: the racks and the numbers follow it", scenario.name)).clicked() {
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
    if project.selected != selected {
        project.selected = selected;
    }
    if let Some(scenario) = project.scenarios.get_mut(selected) {
        scenario_ui(ui, scenario, catalog);
    }
}

fn scenario_ui(ui: &mut Ui, scenario: &mut Scenario, catalog: &Catalog) {
    ui.label("Model").on_hover_text("From the catalog; every number follows it");
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
    let engines = Engine::ALL.iter().copied();
    let hover = "The program that runs the model: decides buffers, padding and batching";
    if let Some(engine) = choice_ui(ui, "Engine", hover, scenario.engine, engines, |engine| engine.label().to_owned()) {
        scenario.engine = engine;
    }
    let hover = "Memory for the cache is kept for this many tokens of each session";
    integer_ui(ui, "Context (tokens)", hover, 1..=10_000_000, &mut scenario.context_tokens);
    if let Some(most) = current.and_then(|model| model.context_tokens).filter(|most| scenario.context_tokens > *most) {
        let color = super::theme::tokens(ui).warn;
        ui.colored_label(color, format!("⚠ beyond the {most} tokens its makers state"));
    }
}

/// Size and licence, for the list of models.
fn detail(model: &Model) -> String {
    let size = model.parameters_total.map_or_else(
        || "size undisclosed".to_owned(),
        |count| format!("{}B", crate::units::Significant(count as f64 / 1e9)),
    );
    format!("{size}  {}", model.license.as_deref().unwrap_or(""))
}

fn requests_ui(ui: &mut Ui, project: &mut Project) {
    section_ui(ui, "READERS");
    let needs = &mut project.needs;
    integer_ui(ui, "Prompt (tokens)", "Length of a typical prompt", 1..=10_000_000, &mut needs.prompt_tokens);
    integer_ui(ui, "Answer (tokens)", "Length of a typical answer", 1..=10_000_000, &mut needs.output_tokens);
    let mut words = needs.target_words_per_minute();
    let field = SliderField {
        name: "Reading speed (words/min)",
        hover: "How fast each session must be: 250 is usual reading, 450 is skimming",
        range: 20.0..=6000.0,
        scale: Scale::Logarithmic,
        step: 1.0,
    };
    if slider_ui(ui, &field, &mut words) {
        needs.set_target_words_per_minute(words);
    }
    let mut speed = needs.target_speed.as_tokens_per_second();
    let field = SliderField {
        name: "Speed per session (tokens/s)",
        hover: "The same speed in tokens: what each session must get at least",
        range: 0.5..=150.0,
        scale: Scale::Logarithmic,
        step: 0.1,
    };
    if slider_ui(ui, &field, &mut speed) {
        needs.target_speed = TokensPerSecond::from_tokens_per_second(speed);
    }
}

fn rack_ui(ui: &mut Ui, project: &mut Project) {
    section_ui(ui, "RACK");
    let racks = &mut project.racks;
    let mut power = racks.power_budget.as_kilowatts();
    let field = SliderField {
        name: "Rack power (kW)",
        hover: "Power budget of one rack: limits how many servers it takes",
        range: 1.0..=150.0,
        scale: Scale::Logarithmic,
        step: 0.1,
    };
    if slider_ui(ui, &field, &mut power) {
        // Tenths of a kilowatt: what one can order, and what a reader can compare.
        racks.power_budget = Watts::from_watts((power * 10.0).round() * 100.0);
    }
    let field = SliderField {
        name: "Power kept back (%)",
        hover: "Share of the budget for network, management and distribution",
        range: 0.0..=50.0,
        scale: Scale::Linear,
        step: 1.0,
    };
    percent_ui(ui, &field, &mut racks.reserve_share);
}

fn money_ui(ui: &mut Ui, project: &mut Project, catalog: &Catalog) {
    section_ui(ui, "ENERGY AND MONEY");
    let money = &mut project.money;
    let field = SliderField {
        name: "Utilisation (%)",
        hover: "Mean load over capacity: what the servers really do over a year",
        range: 1.0..=100.0,
        scale: Scale::Linear,
        step: 1.0,
    };
    percent_ui(ui, &field, &mut money.utilisation);
    let field = SliderField {
        name: "PUE",
        hover: "Power of the whole site over power of the racks: 1.2 is good, 1.54 was the world's mean in 2025",
        range: 1.0..=2.5,
        scale: Scale::Linear,
        step: 0.01,
    };
    slider_ui(ui, &field, &mut money.pue);
    let field = SliderField {
        name: "Electricity (USD/kWh)",
        hover: "Price of a kilowatt-hour",
        range: 0.01..=0.60,
        scale: Scale::Linear,
        step: 0.01,
    };
    slider_ui(ui, &field, &mut money.electricity_usd_per_kwh);
    ui.label("Grid").on_hover_text("Whose carbon intensity counts");
    let grid = catalog.grids.get(&money.grid);
    let name = grid.map_or_else(|| format!("{} (not in the catalog)", money.grid), |grid| grid.name.clone());
    let entries = catalog.grids.iter().map(|grid| PickerEntry {
        id: &grid.id,
        name: &grid.name,
        detail: format!("{:.0} g/kWh, {}", grid.intensity_g_per_kwh, grid.year),
    });
    if let Some(id) = picker_ui(ui, "Grid", &name, entries) {
        money.grid = id;
    }
}

fn percent_ui(ui: &mut Ui, field: &SliderField<'_>, share: &mut f64) {
    let mut percent = *share * 100.0;
    if slider_ui(ui, field, &mut percent) {
        *share = percent / 100.0;
    }
}
