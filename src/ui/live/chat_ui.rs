//! The conversation as drawn in one column. Of a long one only what can be seen is laid out: the height of the rest is
//! remembered from when it was last drawn.

use egui::{
    CollapsingHeader, Frame, Id, Key, KeyboardShortcut, Margin, Modifiers, RichText, ScrollArea, Ui, UiBuilder, vec2,
};

use super::blocks_ui::{blocks_ui, visible};
use super::chat::{Answer, AnswerState, Chat, Exchange};
use super::draft::Draft;
use super::draft_ui::{DraftField, field_ui, long_ui};
use super::names::{named, small_button};
use crate::ui::theme::tokens;

/// What the user asked of the conversation in this frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatAction {
    /// Ask this suggestion.
    Ask(String),
    /// Ask the question at this place in these words; what came after it goes.
    Edit(usize, String),
    /// Have this column answer the last question anew.
    Again(usize),
}

/// A question being put in other words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editing {
    /// Its place in the conversation.
    pub place: usize,
    /// The words so far.
    pub draft: Draft,
}

/// What one column's drawing remembers.
#[derive(Clone, Debug, Default)]
pub struct ChatView {
    width: f32,
    heights: Vec<Remembered>,
}

/// The height of one exchange, and what it was drawn of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Remembered {
    height: f32,
    /// Bytes of question and answer, and whether more may come.
    of: (usize, usize, bool),
}

/// One column's view of the conversation, given to what draws it.
pub struct Column<'a> {
    /// Which column.
    pub number: usize,
    /// What is said while an answer has not begun: why it waits.
    pub waits: &'a str,
    /// Questions to begin with, shown while there is no conversation.
    pub suggestions: &'a [&'a str],
}

/// Draws the conversation.
pub fn chat_ui(
    ui: &mut Ui,
    chat: &Chat,
    column: &Column<'_>,
    view: &mut ChatView,
    editing: &mut Option<Editing>,
) -> Option<ChatAction> {
    let mut action = None;
    let area = ScrollArea::vertical().id_salt(("live chat", column.number)).auto_shrink(false).stick_to_bottom(true);
    area.show(ui, |ui| {
        if chat.exchanges().is_empty() {
            action = begin_ui(ui, column);
            return;
        }
        view.fit(ui.available_width(), chat.exchanges().len());
        for (place, exchange) in chat.exchanges().iter().enumerate() {
            let last = place + 1 == chat.exchanges().len();
            let edited = editing.as_ref().is_some_and(|editing| editing.place == place);
            let Some(answer) = exchange.answers.get(column.number) else { continue };
            let parts = &answer.parts;
            let length = parts.answer.as_str().len() + parts.thoughts.as_str().len();
            let of = (exchange.prompt.as_str().len(), length, answer.is_open());
            let slot = view.heights.get(place).copied().unwrap_or_default();
            if slot.of == of && slot.height > 0.0 && !edited && !visible(ui, slot.height) {
                ui.allocate_space(vec2(ui.available_width(), slot.height));
                continue;
            }
            let id = Id::unique(("live exchange", column.number, place));
            let drawn = ui.scope_builder(UiBuilder::new().scope_id(id), |ui| {
                exchange_ui(ui, exchange, answer, column, place, last, editing)
            });
            action = drawn.inner.or(action.take());
            if let Some(slot) = view.heights.get_mut(place) {
                *slot = Remembered { height: drawn.response.rect.height(), of };
            }
        }
    });
    action
}

impl ChatView {
    /// Heights for this width: those of another width are scaled, near enough until they are drawn again.
    fn fit(&mut self, width: f32, count: usize) {
        self.heights.resize(count, Remembered::default());
        if self.width > 0.0 && (self.width - width).abs() > 0.5 {
            let scale = self.width / width.max(1.0);
            self.heights.iter_mut().for_each(|slot| slot.height *= scale);
        }
        self.width = width;
    }
}

fn begin_ui(ui: &mut Ui, column: &Column<'_>) -> Option<ChatAction> {
    let mut action = None;
    if column.number > 0 {
        ui.weak("Answers to the same questions appear here");
        return None;
    }
    ui.add_space(8.0);
    ui.weak("Ask it anything, or begin with one of these:");
    for suggestion in column.suggestions {
        if ui.button(*suggestion).clicked() {
            action = Some(ChatAction::Ask((*suggestion).to_owned()));
        }
    }
    action
}

fn exchange_ui(
    ui: &mut Ui,
    exchange: &Exchange,
    answer: &Answer,
    column: &Column<'_>,
    place: usize,
    last: bool,
    editing: &mut Option<Editing>,
) -> Option<ChatAction> {
    ui.set_min_width(ui.available_width());
    ui.spacing_mut().item_spacing.y = 2.0;
    let mut action = match editing {
        Some(edited) if edited.place == place && column.number == 0 => edit_ui(ui, editing),
        _ => {
            question_ui(ui, exchange, column, place, editing);
            None
        }
    };
    if let AnswerState::NotAsked = answer.state {
        return action;
    }
    if answer.is_open() && answer.parts.answer.is_blank() && answer.parts.thoughts.is_blank() {
        ui.weak(column.waits);
    }
    if answer.state != AnswerState::Waiting {
        let name = if last { "Answer".to_owned() } else { format!("Answer {}", place + 1) };
        thoughts_ui(ui, answer, column, place, &name);
        let id = Id::unique(("live answer", column.number, place));
        blocks_ui(ui, &answer.parts.answer, id, &name, column.number);
    }
    action = footer_ui(ui, answer, column, place, last).or(action);
    ui.add_space(8.0);
    action
}

/// The question, and in the first column a way to change it.
fn question_ui(ui: &mut Ui, exchange: &Exchange, column: &Column<'_>, place: usize, editing: &mut Option<Editing>) {
    let colors = tokens(ui);
    let frame = Frame::new().fill(colors.accent_soft).corner_radius(6.0).inner_margin(Margin::symmetric(8, 4));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
            let hover = "Put this question in other words; what came after it goes, and can be brought back";
            let name = format!("Edit question {}", place + 1);
            if column.number == 0 && small_button(ui, "Edit", &name, hover) {
                *editing = Some(Editing { place, draft: Draft::of(exchange.prompt.as_str()) });
            }
            let id = Id::unique(("live question", column.number, place));
            let name = format!("Question {}", place + 1);
            ui.vertical(|ui| blocks_ui(ui, &exchange.prompt, id, &name, column.number));
        });
    });
}

fn edit_ui(ui: &mut Ui, editing: &mut Option<Editing>) -> Option<ChatAction> {
    let edited = editing.as_mut()?;
    let name = "Question in other words";
    long_ui(ui, &mut edited.draft, name);
    let return_key = KeyboardShortcut::new(Modifiers::NONE, Key::Enter);
    field_ui(ui, &mut edited.draft, DraftField { name, hint: String::new(), return_key, width: f32::INFINITY });
    let blank = edited.draft.is_blank();
    let mut over = false;
    let mut action = None;
    ui.horizontal(|ui| {
        if ui.add_enabled(!blank, egui::Button::new("Ask this instead")).clicked() {
            action = Some(ChatAction::Edit(edited.place, edited.draft.whole()));
        }
        over = ui.button("Leave it").clicked() || action.is_some();
    });
    if over {
        *editing = None;
    }
    action
}

/// What was thought before the answer, folded away.
fn thoughts_ui(ui: &mut Ui, answer: &Answer, column: &Column<'_>, place: usize, name: &str) {
    let thoughts = &answer.parts.thoughts;
    if thoughts.is_blank() {
        return;
    }
    let thinks = answer.is_open() && answer.parts.is_thinking();
    let words = if thinks { "Thinking…" } else { "Thoughts" };
    let id = Id::unique(("live thoughts", column.number, place));
    let header = CollapsingHeader::new(RichText::new(words).small().color(tokens(ui).text_weak)).id_salt(id);
    let shown = header.show(ui, |ui| {
        let name = format!("Thoughts of {}", name.to_lowercase());
        blocks_ui(ui, thoughts, id.with("text"), &name, column.number);
    });
    let open = shown.openness > 0.5;
    let name = named(&format!("{words}, {}", name.to_lowercase()), column.number);
    let hover = "What the model wrote before its answer; it is not told again";
    let header = shown.header_response.on_hover_text(hover);
    header.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, open, &name));
}

/// How the answer went, and what can be done with it.
fn footer_ui(ui: &mut Ui, answer: &Answer, column: &Column<'_>, place: usize, last: bool) -> Option<ChatAction> {
    let mut action = None;
    if let AnswerState::NotAsked | AnswerState::Waiting | AnswerState::Coming = answer.state {
        return None;
    }
    if let AnswerState::Failed(problem) = &answer.state {
        ui.colored_label(tokens(ui).bad, format!("❌ {problem}"));
    }
    ui.horizontal_wrapped(|ui| {
        if let AnswerState::Done { line, .. } = &answer.state {
            ui.label(RichText::new(line).small().color(tokens(ui).text_weak));
        }
        let hover = "Put this answer on the clipboard";
        if small_button(ui, "Copy", &named(&format!("Copy answer {}", place + 1), column.number), hover) {
            ui.copy_text(answer.parts.answer.as_str().to_owned());
        }
        let hover = "Forget this answer and have another one";
        if last && small_button(ui, "Answer again", &named("Answer again", column.number), hover) {
            action = Some(ChatAction::Again(column.number));
        }
    });
    action
}
