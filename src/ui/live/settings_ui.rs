//! The settings of one column, behind a button: how tokens are drawn, how long, and how the model is loaded.

use egui::{DragValue, Popup, PopupCloseBehavior, Role, TextEdit, Ui, WidgetInfo};

use super::memory_ui::{Expected, memory_ui};
use super::names::named;
use super::settings::{MOST_ANSWER, MOST_CONTEXT, Settings};
use crate::infer::{KvFormat, ModelSummary, thread_words};
use crate::ui::widgets::{choice_ui, integer_ui, section_ui};

/// Width of the popup in points.
const WIDTH: f32 = 290.0;

/// How the column's model is loaded, and what loading it again takes.
pub struct Loading<'a> {
    /// The model loaded.
    pub loaded: Option<&'a ModelSummary>,
    /// What loading it as it is set now will take. `None`: it is loaded so, or cannot be loaded now.
    pub again: Option<&'a Expected>,
}

/// Draws the button and, where it is open, what is behind it. True where the model is to be loaded again with what is
/// set.
pub fn settings_ui(ui: &mut Ui, column: usize, settings: &mut Settings, loading: &Loading<'_>) -> bool {
    let stale = loading.again.is_some();
    let button = ui.button(if stale { "Settings*" } else { "Settings" });
    let name = named("Generation settings", column);
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let button = button.on_hover_text("How tokens are drawn, how long answers may be, context and threads");
    let mut again = false;
    // Not a menu's popup: its fields would look like text.
    let popup = Popup::from_toggle_button_response(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.width(WIDTH).show(|ui| {
        ui.set_width(WIDTH);
        drawing_ui(ui, column, settings);
        length_ui(ui, column, settings);
        section_ui(ui, "LOADING");
        context_ui(ui, &named("Context of the model (tokens)", column), settings);
        cache_ui(ui, &named("Cache of keys and values", column), settings);
        threads_ui(ui, column, settings, loading.loaded);
        if let Some(expected) = loading.again {
            memory_ui(ui, "Memory when loaded again", column, expected);
        }
        ui.horizontal(|ui| {
            again = ui.add_enabled(stale, egui::Button::new(named("Load again with these", column))).clicked();
            if ui.button(named("Settings as delivered", column)).clicked() {
                *settings = Settings::default();
            }
        });
        if again {
            ui.close();
        }
    });
    again
}

/// The context to load a model with.
pub fn context_ui(ui: &mut Ui, name: &str, settings: &mut Settings) {
    let hover = "Tokens the model keeps in mind, question and answer together; memory is taken for all of them at once";
    integer_ui(ui, name, hover, 16..=MOST_CONTEXT, &mut settings.context_tokens);
}

/// How many threads generate, and how many do.
fn threads_ui(ui: &mut Ui, column: usize, settings: &mut Settings, loaded: Option<&ModelSummary>) {
    let hover = "0 tries a few numbers when a model is loaded, none of which takes the window's core, and keeps the fewest \
                 that are as fast as any: of two cores that leaves one, and 2 here uses both, with a window that moves less \
                 smoothly. More threads than cores only wait for each other";
    integer_ui(ui, &named("Threads (0: found by a trial)", column), hover, 0..=256, &mut settings.threads);
    if let Some(model) = loaded {
        let words = format!("In use: {}", thread_words(model.threads, model.threads_by));
        ui.weak(named(&words, column));
    }
}

/// How the tokens kept in mind are stored.
fn cache_ui(ui: &mut Ui, name: &str, settings: &mut Settings) {
    let hover =
        "How the tokens kept in mind are stored: q8_0 takes about half the memory of f16, for a loss rarely seen";
    let word = |format: KvFormat| format.name().to_owned();
    if let Some(picked) = choice_ui(ui, name, hover, settings.cache, KvFormat::ALL, word) {
        settings.cache = picked;
    }
}

fn drawing_ui(ui: &mut Ui, column: usize, settings: &mut Settings) {
    section_ui(ui, "HOW TOKENS ARE DRAWN");
    ui.checkbox(&mut settings.greedy, named("Greedy: always the most likely token", column));
    ui.add_enabled_ui(!settings.greedy, |ui| {
        let hover = "1 draws from the model's own distribution; lower is duller, higher wilder";
        float_ui(ui, &named("Temperature", column), hover, 0.05..=5.0, &mut settings.temperature);
        let hover = "Keep only so many of the most likely tokens; 0 keeps all";
        integer_ui(ui, &named("Top-k", column), hover, 0..=1000, &mut settings.top_k);
        let hover = "Keep the fewest tokens whose probabilities reach this sum; 1 keeps all";
        float_ui(ui, &named("Top-p", column), hover, 0.01..=1.0, &mut settings.top_p);
        let hover = "Keep tokens at least so probable relative to the most likely one; 0 keeps all";
        float_ui(ui, &named("Min-p", column), hover, 0.0..=1.0, &mut settings.min_p);
        let hover = "The same seed gives the same text on the same machine; 0 takes another one for each answer";
        integer_ui(ui, &named("Seed (0: another each time)", column), hover, 0..=u32::MAX, &mut settings.seed);
    });
    let hover = "Above 1 makes repeating one of the last 64 tokens less likely";
    float_ui(ui, &named("Repetition penalty", column), hover, 0.5..=2.0, &mut settings.repetition);
}

fn length_ui(ui: &mut Ui, column: usize, settings: &mut Settings) {
    section_ui(ui, "HOW LONG");
    let hover = "The answer ends after this many tokens";
    integer_ui(ui, &named("Longest answer (tokens)", column), hover, 1..=MOST_ANSWER, &mut settings.max_tokens);
    let label = ui.label(named("Stop texts, one a line", column));
    let field = TextEdit::multiline(&mut settings.stops).desired_rows(2).desired_width(f32::INFINITY).char_limit(2000);
    ui.add(field).labelled_by(label.id).on_hover_text("The answer ends before the first of these to appear in it");
}

/// A number with decimals beside its name.
fn float_ui(ui: &mut Ui, name: &str, hover: &str, range: std::ops::RangeInclusive<f32>, value: &mut f32) {
    ui.horizontal(|ui| {
        let label = ui.label(name);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let number = DragValue::new(value).range(range).speed(0.01).max_decimals(2);
            ui.add(number).labelled_by(label.id).on_hover_text(hover);
        });
    });
}
