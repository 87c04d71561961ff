//! A column's model: which is loaded, the list to choose another from, and what one is about to load.

use std::path::Path;

use egui::{Frame, Margin, RichText, Ui};

use super::engine::ModelChoice;
use super::memory_ui::{Expected, memory_ui};
use super::names::{named, small_button};
use super::offer::{Look, Offer};
use super::session::{Session, Stage};
use super::settings::Settings;
use super::settings_ui::{Loading, context_ui, settings_ui};
use super::shelf::Shelf;
use crate::infer::{ModelHeader, thread_words};
use crate::ui::theme::tokens;
use crate::ui::widgets::{PickerEntry, picker_ui};
use crate::units::Significant;

/// The embedded model as the list calls it.
const EMBEDDED: &str = "SmolLM2 135M (built in)";

/// What stopping a load does.
const STOP_LOADING: &str =
    "Give the load up. A model that was let go to make room comes back; a second stop ends that, too";

/// What the user asked for in this frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelAction {
    /// Look at this model, and show what is known of it before loading.
    Look(ModelChoice),
    /// Ask for a file.
    OpenFile,
    /// Look through the folders again.
    Scan,
    /// Load the model looked at.
    Load,
    /// Do not.
    Leave,
    /// Load the present model again: after a failure, or with other settings.
    LoadAgain,
    /// Give the load up.
    StopLoading,
}

/// The name of a model before it is loaded.
pub fn choice_name(choice: &ModelChoice) -> String {
    match choice {
        ModelChoice::Embedded => EMBEDDED.to_owned(),
        ModelChoice::File(path) => file_name(path),
    }
}

fn file_name(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A column's model, and what there is to choose from.
pub struct Bar<'a> {
    /// Which column.
    pub column: usize,
    /// The model loaded, being loaded, or wanted.
    pub choice: &'a ModelChoice,
    /// What its engine does.
    pub session: &'a Session,
    /// The models there are.
    pub shelf: &'a Shelf,
    /// Whether it was loaded otherwise than it is set now.
    pub stale: bool,
    /// What loading it as it is set now will take. `None`: it is loaded so, or on its way.
    pub again: Option<&'a Expected>,
    /// Whether another is looked at: loading that is the question then, and not loading this one.
    pub looking: bool,
}

/// Draws the row to choose with and the settings behind their button.
pub fn bar_ui(ui: &mut Ui, bar: &Bar<'_>, settings: &mut Settings) -> Option<ModelAction> {
    let &Bar { column, choice, session, shelf, stale, again, looking } = bar;
    let mut action = None;
    ui.horizontal(|ui| {
        ui.scope(|ui| {
            ui.set_max_width((ui.available_width() - 190.0).clamp(90.0, 340.0));
            if let Some(choice) = list_ui(ui, column, choice, shelf) {
                action = Some(ModelAction::Look(choice));
            }
        });
        let open = ui.button("Open…");
        open.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, named("Open a model file…", column)));
        if open.on_hover_text("A GGUF file from disk; or drop one on the window").clicked() {
            action = Some(ModelAction::OpenFile);
        }
        let hover = match (shelf.is_scanning(), shelf.scan()) {
            (true, _) => "Looking for models on this machine…".to_owned(),
            (false, Some(scan)) => {
                let cut = if scan.cut_short { ", and stopped there" } else { "" };
                let folders = "LM Studio, llama.cpp, Hugging Face and Ollama";
                format!("Look again for models of {folders} on this machine: found {}{cut}", scan.models.len())
            }
            (false, None) => "Look for models on this machine".to_owned(),
        };
        if small_button(ui, "⟳", &named("Look for models", column), &hover) {
            action = Some(ModelAction::Scan);
        }
        let loading = Loading { loaded: session.model.as_ref(), again: again.filter(|_| stale) };
        if settings_ui(ui, column, settings, &loading) {
            action = Some(ModelAction::LoadAgain);
        }
    });
    stage_ui(ui, column, session, again, looking).or(action)
}

fn list_ui(ui: &mut Ui, column: usize, choice: &ModelChoice, shelf: &Shelf) -> Option<ModelChoice> {
    let current = choice_name(choice);
    let embedded = PickerEntry { id: &ModelChoice::Embedded, name: EMBEDDED, detail: "ready at once".to_owned() };
    let entries = shelf.models().map(|(id, model)| PickerEntry {
        id,
        name: &model.name,
        detail: format!("{}  {}", model.bytes, model.place),
    });
    picker_ui(ui, &named("Live model", column), &current, std::iter::once(embedded).chain(entries))
}

/// What is loaded, or how far the loading is, or why it failed.
fn stage_ui(
    ui: &mut Ui,
    column: usize,
    session: &Session,
    again: Option<&Expected>,
    looking: bool,
) -> Option<ModelAction> {
    let mut action = None;
    match &session.stage {
        Stage::Failed(problem) => {
            ui.colored_label(tokens(ui).bad, format!("❌ {problem}"));
            if looking {
                return None;
            }
            if ui.button(named("Try to load again", column)).clicked() {
                action = Some(ModelAction::LoadAgain);
            }
            // Of what cannot even be read nothing can be said.
            if let Some(expected) = again.filter(|expected| expected.prediction.is_some()) {
                memory_ui(ui, "Predicted memory", column, expected);
            }
        }
        Stage::Loading(fraction) => {
            ui.horizontal(|ui| {
                ui.label("Loading…");
                ui.add(egui::ProgressBar::new(*fraction as f32).desired_width(120.0));
                if small_button(ui, "Stop", &named("Stop loading", column), STOP_LOADING) {
                    action = Some(ModelAction::StopLoading);
                }
            });
        }
        Stage::Asleep if looking => {}
        Stage::Asleep => {
            ui.weak("Choose a model, or load the same one again with other settings");
            if ui.button(named("Load this model", column)).clicked() {
                action = Some(ModelAction::LoadAgain);
            }
            if let Some(expected) = again {
                memory_ui(ui, "Predicted memory", column, expected);
            }
        }
        Stage::Ready | Stage::Reading(_) | Stage::Writing => {
            if let Some(model) = &session.model {
                let text = format!(
                    "{}, {}, context {}, {}, {} kernels, loaded in {:.2} s",
                    model.tensor_types,
                    model.weight_bytes,
                    model.context_tokens,
                    thread_words(model.threads, model.threads_by),
                    model.tier,
                    model.load_time.as_secs()
                );
                let words = RichText::new(&text).small().color(tokens(ui).text_weak);
                ui.add(egui::Label::new(words).truncate()).on_hover_text(format!("{}\n{text}", model.name));
            }
        }
    }
    action
}

/// Draws what is known of a model before it is loaded: what it is, what it will take, and whether that is free.
pub fn offer_ui(
    ui: &mut Ui,
    column: usize,
    offer: &Offer,
    settings: &mut Settings,
    expected: &Expected,
) -> Option<ModelAction> {
    let mut action = None;
    let colors = tokens(ui);
    let frame = Frame::new().fill(colors.panel).stroke((1.0, colors.accent)).corner_radius(6.0);
    frame.inner_margin(Margin::same(8)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.strong(choice_name(&offer.choice));
        let mut can_load = false;
        match &offer.look {
            Look::Reading => {
                ui.weak("Reading its header…");
            }
            Look::Unreadable(problem) => {
                ui.colored_label(colors.bad, format!("❌ {problem}"));
            }
            Look::Header(header) => {
                ui.label(facts(header));
                match &header.unsupported {
                    Some(reason) => {
                        ui.colored_label(colors.bad, format!("❌ {reason}"));
                    }
                    None => {
                        can_load = true;
                        context_ui(ui, &named("Context to load with (tokens)", column), settings);
                        memory_ui(ui, "Memory to load it", column, expected);
                    }
                }
            }
        }
        ui.horizontal(|ui| {
            let accent = RichText::new("Load").color(colors.on_accent).strong();
            let load = ui.add_enabled(can_load, egui::Button::new(accent).fill(colors.accent));
            load.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, can_load, named("Load", column)));
            if load.clicked() {
                action = Some(ModelAction::Load);
            }
            if ui.button(named("Do not load", column)).clicked() {
                action = Some(ModelAction::Leave);
            }
        });
    });
    action
}

/// What a header says, in a line.
fn facts(header: &ModelHeader) -> String {
    format!(
        "{}: {}, {} parameters in {}, file of {}, trained for {} tokens of context",
        header.name,
        header.architecture,
        parameters(header.parameters),
        header.tensor_type,
        header.file_bytes,
        header.context_length
    )
}

/// "135M", "1.24B".
fn parameters(count: u64) -> String {
    let count = count as f64;
    if count < 1e9 { format!("{}M", Significant(count / 1e6)) } else { format!("{}B", Significant(count / 1e9)) }
}
