//! A number as the app shows one: name, likely value, band, and behind it the reason why.

use egui::{Align, Layout, Popup, PopupCloseBehavior, Response, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use super::marks;
use crate::sizing::{Basis, Figure, Refusal};
use crate::ui::command::{self, Command};
use crate::ui::panes::Pane;
use crate::ui::theme::tokens;

/// A figure ready to be shown: its texts, and its basis by reference.
pub struct Shown<'a> {
    /// Name, unique in the window, for example "Decode, one session".
    pub name: &'a str,
    /// Likely value with its unit.
    pub likely: String,
    /// The 80 % band, for example "[44.1 - 60.9]". Empty: exact.
    pub band: String,
    /// How it was made.
    pub basis: &'a Basis,
}

impl<'a> Shown<'a> {
    /// From a figure; `number` prints a value without its unit.
    pub fn new<Q: Copy + PartialEq>(
        name: &'a str,
        figure: &'a Figure<Q>,
        unit: &str,
        number: impl Fn(Q) -> String,
    ) -> Self {
        let likely = number(figure.likely);
        let likely = if unit.is_empty() { likely } else { format!("{likely} {unit}") };
        let band = if figure.low == figure.high {
            String::new()
        } else {
            format!("[{} – {}]", number(figure.low), number(figure.high))
        };
        Self { name, likely, band, basis: &figure.basis }
    }

    fn spoken(&self) -> String {
        let band = if self.band.is_empty() { String::new() } else { format!(" {}", self.band) };
        format!("{}: {}{band}", self.name, self.likely)
    }
}

/// One row: name on the left, value and band on the right. A click opens the reason.
pub fn figure_ui(ui: &mut Ui, shown: &Shown<'_>) -> Response {
    let tokens = tokens(ui);
    let row = ui.scope_builder(egui::UiBuilder::new().sense(Sense::click()), |ui| {
        let hovered = ui.response().hovered() || ui.response().has_focus();
        ui.vertical(|ui| {
            ui.horizontal(|ui| {
                let name = RichText::new(shown.name).color(tokens.text_weak);
                silent_label(ui, if hovered { name.underline() } else { name });
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    silent_label(ui, RichText::new(&shown.likely).strong().color(tokens.text));
                });
            });
            if !shown.band.is_empty() {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    silent_label(ui, RichText::new(&shown.band).small().color(tokens.text_weak));
                });
            }
        });
    });
    reason_ui(ui, row.response, shown)
}

/// A figure in a line or a table that says itself what it is, in words and, smaller, in more words. A click opens the reason.
pub fn value_ui(ui: &mut Ui, shown: &Shown<'_>, words: &str, small: &str) -> Response {
    let (mut text, weak) = (egui::text::LayoutJob::default(), tokens(ui).text_weak);
    let small = (!small.is_empty()).then(|| RichText::new(format!(" {small}")).small());
    for part in [Some(RichText::new(words)), small].into_iter().flatten() {
        part.color(weak).append_to(&mut text, ui.style(), egui::FontSelection::Default, ui.layout().vertical_align());
    }
    let response = ui.add(egui::Label::new(text).selectable(false).sense(Sense::click()));
    reason_ui(ui, response, shown)
}

/// What was drawn of a figure says all of it, and opens the reason on a click.
fn reason_ui(ui: &Ui, response: Response, shown: &Shown<'_>) -> Response {
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, shown.spoken()));
    if response.has_focus() {
        ui.painter().rect_stroke(
            response.rect.expand(1.0),
            3.0,
            egui::Stroke::new(1.0, tokens(ui).accent),
            egui::StrokeKind::Outside,
        );
    }
    why_popup(&response, shown.name, &shown.likely, &shown.band, shown.basis);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// Text without a node of its own in the accessibility tree: the row around it says it all.
fn silent_label(ui: &mut Ui, text: RichText) {
    let galley = egui::WidgetText::from(text).into_galley(
        ui,
        Some(egui::TextWrapMode::Truncate),
        ui.available_width(),
        egui::TextStyle::Body,
    );
    let (rect, _) = ui.allocate_exact_size(vec2(galley.size().x, galley.size().y), Sense::hover());
    let color = ui.visuals().text_color();
    ui.painter().galley(rect.min, galley, color);
}

fn why_popup(response: &Response, name: &str, likely: &str, band: &str, basis: &Basis) {
    Popup::menu(response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(420.0)
        .layout(Layout::top_down(Align::Min))
        .show(|ui| {
            ui.set_max_width(420.0);
            egui::ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                ui.strong(format!("Why {name} is {likely} {band}"));
                why_ui(ui, basis);
            });
            if basis.is_fitted() {
                let button = ui.button("How accurate is this?");
                if button.on_hover_text("Shows how far such estimates were off on devices left out").clicked() {
                    command::leave(ui.ctx(), Command::Show(Pane::Accuracy));
                    ui.close();
                }
            }
        });
}

/// The reason for a number: formula, inputs with their sources, band.
pub fn why_ui(ui: &mut Ui, basis: &Basis) {
    marks::standing_ui(ui, basis.standing);
    ui.label(basis.formula.as_str());
    if !basis.inputs.is_empty() {
        ui.separator();
    }
    for input in &basis.inputs {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let color = tokens(ui).standing(input.standing);
            ui.colored_label(color, marks::standing_icon(input.standing))
                .on_hover_text(marks::standing_word(input.standing));
            ui.label(format!("{} =", input.name));
            ui.strong(input.value.as_str());
            if !input.source.is_empty() {
                ui.weak(format!("({})", input.source));
            }
        });
    }
    if !basis.band.is_empty() {
        ui.separator();
        ui.weak(format!("Band: {}", basis.band));
    }
}

/// A row whose value nobody knows: hatched, and the word.
pub fn unknown_ui(ui: &mut Ui, name: &str, why: &str) {
    let tokens = tokens(ui);
    ui.horizontal(|ui| {
        ui.weak(name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let label = ui.weak("unknown");
            marks::hatch(ui.painter(), label.rect.expand2(vec2(4.0, 0.0)), tokens.hatch.gamma_multiply(0.5));
            if !why.is_empty() {
                label.on_hover_text(why);
            }
        });
    });
}

/// A row with a reason in place of a number.
pub fn refusal_ui(ui: &mut Ui, name: &str, refusal: &Refusal) {
    let tokens = tokens(ui);
    ui.weak(name);
    ui.horizontal_wrapped(|ui| {
        ui.colored_label(tokens.warn, "⚠");
        ui.label(&refusal.reason);
    });
}
