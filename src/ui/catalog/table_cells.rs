//! What stands in a table beside the values that can be changed: titles, the pin and menu of a row, names, computed values.

use egui::{Button, Response, RichText, Ui};

use super::cell::{column_source_ui, source_ui};
use super::light::{Spot, Wide, button_ui, label_ui};
use super::rows::SortBy;
use super::sized::SizedColumn;
use super::sizer::Sizer;
use super::value::{Column, Row, Value};
use crate::catalog::{EntryState, Model, Standing};
use crate::ui::theme::tokens;
use crate::ui::widgets::{hatch, standing_icon};

/// Title of a column; a click sorts by it, largest first, then the other way, then not.
pub fn title_ui(ui: &mut Ui, title: &'static str, sort: &mut SortBy) {
    let arrow = match sort {
        Some((by, true)) if *by == title => " ⏷",
        Some((by, false)) if *by == title => " ⏶",
        _ => "",
    };
    let button = Button::new(RichText::new(format!("{title}{arrow}")).strong()).frame_when_inactive(false).truncate();
    let button = ui.add(button).on_hover_text(format!("Sort by {title}"));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Sort by {title}")));
    if button.clicked() {
        *sort = match *sort {
            Some((by, true)) if by == title => Some((title, false)),
            Some((by, false)) if by == title => None,
            _ => Some((title, true)),
        };
    }
}

/// The star that pins an entry, and the button of its menu.
pub fn pin_and_menu_ui(ui: &Ui, spot: Spot, name: &str, pinned: bool) -> (Response, Response) {
    let tokens = tokens(ui);
    let color = if pinned { tokens.accent } else { tokens.hatch };
    let mark = RichText::new(if pinned { "★" } else { "☆" }).color(color);
    let pin = button_ui(ui, spot, mark, Wide::Text { from: 0.0, least: 20.0 });
    pin.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::CheckBox, true, pinned, format!("Pin {name} for comparing"))
    });
    let menu = Spot { id: spot.id.with("menu"), ..spot };
    let beside = Wide::Text { from: pin.rect.width(), least: 0.0 };
    let menu = button_ui(ui, menu, RichText::new("⏷").weak(), beside);
    (pin.on_hover_text("Pin for comparing"), menu)
}

/// A value of an entry that was taken out.
pub fn removed_ui<T: Row>(ui: &Ui, spot: Spot, entry: &T, column: &Column<T>) {
    let value = (column.value)(entry);
    let text = value.shown();
    let label = label_ui(ui, spot, RichText::new(text.as_str()).weak());
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &text));
    label.on_hover_ui(|ui| column_source_ui(ui, entry, column, &value));
}

/// Name of an entry, and whether it is the user's.
pub fn name_ui<T: Row>(ui: &mut Ui, entry: &T, standing: Option<EntryState>) {
    let word = match standing {
        Some(EntryState::Added) => "yours",
        Some(EntryState::Changed) => "changed",
        Some(EntryState::Removed) => "removed",
        Some(EntryState::BuiltIn) | None => "",
    };
    if !word.is_empty() {
        ui.label(RichText::new(word).small().color(tokens(ui).accent));
    }
    let label = ui.add(egui::Label::new(entry.name()).truncate());
    label.on_hover_ui(|ui| {
        ui.set_max_width(420.0);
        ui.strong(entry.name());
        ui.weak(entry.id().to_string());
        source_ui(ui, entry.provenance(), "");
    });
}

/// A computed value of a model, or that it is still being made.
pub fn sized_ui(ui: &Ui, spot: Spot, sizer: &mut Sizer, column: SizedColumn, at: usize, model: &Model) {
    let tokens = tokens(ui);
    let Some((value, standing)) = sizer.value(column, at, model) else {
        let label = label_ui(ui, spot, RichText::new("…").weak());
        label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, "…"));
        label.on_hover_text("Being computed");
        return;
    };
    let text = sizer.text(column, &value);
    let marked = value != Value::Unknown && standing != Standing::Cited && column != SizedColumn::Band;
    let mut rich = if marked {
        RichText::new(format!("{} {text}", standing_icon(standing)))
    } else {
        RichText::new(text.as_str())
    };
    rich = if value == Value::Unknown { rich.color(tokens.text_weak) } else { rich.color(tokens.text) };
    if column == SizedColumn::Band && value != Value::Unknown {
        rich = rich.small().background_color(tokens.raised);
    }
    let label = label_ui(ui, spot, rich);
    if value == Value::Unknown {
        hatch(ui.painter(), label.rect, tokens.hatch.gamma_multiply(0.4));
    }
    label.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{} of {}: {text}", column.title(), model.name))
    });
    label.on_hover_ui(|ui| sizer.why_ui(ui, column, model));
}
