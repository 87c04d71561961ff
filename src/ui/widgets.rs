//! Parts that several panes share. Each takes what it shows, returns what the user did, and keeps nothing.

mod bar;
mod field;
mod figure;
mod marks;
mod picker;

pub use bar::{Segment, bar_ui, capacity_bar_ui};
pub use field::{
    NumberField, Scale, SliderField, choice_ui, filter_ui, integer_ui, number_ui, optional_number_ui, percent_ui,
    share_slider_ui, slider_ui,
};
pub use figure::{Shown, figure_ui, refusal_ui, unknown_ui, value_ui, why_ui};
pub use marks::{hatch, severity_color, standing_icon, standing_ui, verdict_mark};
pub use picker::{PickerEntry, matches, picker_ui};

/// A small heading above a group of fields.
pub fn section_ui(ui: &mut egui::Ui, title: &str) {
    ui.add_space(6.0);
    let weak = super::theme::tokens(ui).text_weak;
    ui.label(egui::RichText::new(title).small().strong().color(weak));
}
