//! Labelled inputs: slider with a number beside it, whole number, choice, filter.
//!
//! The label names the input for screen readers and tests; hovering it says what it changes. Drawing an input never writes:
//! a plan may hold a finer number than a field shows, or one beyond its range, and keeps it until somebody changes it.

use std::ops::RangeInclusive;

use egui::{Align, DragValue, Id, Layout, Response, Slider, SliderClamping, TextEdit, Ui};

/// How a slider's places map to values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps.
    Linear,
    /// Equal factors.
    Logarithmic,
}

/// What a slider sets.
pub struct SliderField<'a> {
    /// Name with its unit, for example "Rack power (kW)". Unique in the window.
    pub name: &'a str,
    /// What it changes, in a sentence.
    pub hover: &'a str,
    /// What it may be.
    pub range: RangeInclusive<f64>,
    /// How its places map to values.
    pub scale: Scale,
    /// Smallest step.
    pub step: f64,
}

/// A slider under its name, with the number to its right. True where the value changed.
pub fn slider_ui(ui: &mut Ui, field: &SliderField<'_>, value: &mut f64) -> bool {
    let mut changed = false;
    let label = ui
        .horizontal(|ui| {
            let label = ui.label(field.name);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let speed =
                    if field.scale == Scale::Logarithmic { (*value * 0.01).max(field.step) } else { field.step };
                changed |= edited_ui(
                    ui,
                    |shown| DragValue::new(shown).speed(speed).max_decimals(3),
                    &field.range,
                    value,
                    (label.id, field.hover),
                );
            });
            label
        })
        .inner;
    ui.spacing_mut().slider_width = ui.available_width() - 4.0;
    let slider = Slider::new(value, field.range.clone())
        .clamping(SliderClamping::Edits)
        .logarithmic(field.scale == Scale::Logarithmic)
        .step_by(if field.scale == Scale::Logarithmic { 0.0 } else { field.step })
        .show_value(false);
    changed |= ui.add(slider).labelled_by(label.id).on_hover_text(field.hover).changed();
    changed
}

/// A number to drag or to type, on a copy of the value; true where the reader changed it. The range opens for a value beyond
/// it, so that drawing does not pull it in; and what a field writes back when it is left is what it showed, which may be
/// rounded: no edit.
fn edited_ui(
    ui: &mut Ui,
    number: impl FnOnce(&mut f64) -> DragValue<'_>,
    range: &RangeInclusive<f64>,
    value: &mut f64,
    (label, hover): (Id, &str),
) -> bool {
    let open = range.start().min(*value)..=range.end().max(*value);
    let mut shown = *value;
    let response = ui.add(number(&mut shown).range(open)).labelled_by(label).on_hover_text(hover);
    let edited = response.changed() && !response.lost_focus();
    if edited {
        *value = shown;
    }
    edited
}

/// A whole number beside its name. True where it changed.
pub fn integer_ui(ui: &mut Ui, name: &str, hover: &str, range: RangeInclusive<u32>, value: &mut u32) -> bool {
    let speed = (f64::from(*value) * 0.02).max(0.2);
    ui.horizontal(|ui| {
        let label = ui.label(name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let open = (*range.start()).min(*value)..=(*range.end()).max(*value);
            let number = DragValue::new(value).range(open).speed(speed);
            ui.add(number).labelled_by(label.id).on_hover_text(hover).changed()
        })
        .inner
    })
    .inner
}

/// A slider of a share between 0 and 1, shown in per cent. True where it changed.
pub fn share_slider_ui(ui: &mut Ui, field: &SliderField<'_>, share: &mut f64) -> bool {
    let mut percent = *share * 100.0;
    let changed = slider_ui(ui, field, &mut percent);
    if changed {
        *share = percent / 100.0;
    }
    changed
}

/// What a number beside its name sets.
pub struct NumberField<'a> {
    /// Name with its unit. Unique in the window.
    pub name: &'a str,
    /// What it changes, in a sentence.
    pub hover: &'a str,
    /// What it may be.
    pub range: RangeInclusive<f64>,
    /// Digits after the point, at most.
    pub decimals: usize,
}

impl NumberField<'_> {
    fn drag<'v>(&self, value: &'v mut f64) -> DragValue<'v> {
        let finest = 0.1f64.powi(i32::try_from(self.decimals).unwrap_or(0));
        let speed = (value.abs() * 0.01).max(finest * 0.5);
        DragValue::new(value).speed(speed).max_decimals(self.decimals)
    }

    /// Draws the number alone.
    fn edited_ui(&self, ui: &mut Ui, value: &mut f64, label: Id) -> bool {
        edited_ui(ui, |shown| self.drag(shown), &self.range, value, (label, self.hover))
    }
}

/// A number beside its name. True where it changed.
pub fn number_ui(ui: &mut Ui, field: &NumberField<'_>, value: &mut f64) -> bool {
    ui.horizontal(|ui| {
        let label = ui.label(field.name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| field.edited_ui(ui, value, label.id)).inner
    })
    .inner
}

/// A share between 0 and 1, shown in per cent beside its name. True where it changed.
pub fn percent_ui(ui: &mut Ui, field: &NumberField<'_>, share: &mut f64) -> bool {
    let mut percent = *share * 100.0;
    let changed = number_ui(ui, field, &mut percent);
    if changed {
        *share = percent / 100.0;
    }
    changed
}

/// A number that may be off: a box to tick, and the number while it is ticked, at first `usual`. True where it changed.
pub fn optional_number_ui(ui: &mut Ui, field: &NumberField<'_>, usual: f64, value: &mut Option<f64>) -> bool {
    ui.horizontal(|ui| {
        let mut on = value.is_some();
        let tick = ui.checkbox(&mut on, field.name).on_hover_text(field.hover);
        if tick.changed() {
            *value = on.then_some(usual);
        }
        let Some(number) = value else { return tick.changed() };
        let drag = |ui: &mut Ui| field.edited_ui(ui, number, tick.id);
        ui.with_layout(Layout::right_to_left(Align::Center), drag).inner | tick.changed()
    })
    .inner
}

/// One of a few, beside its name. Returns the one picked in this frame.
pub fn choice_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    hover: &str,
    current: T,
    all: impl IntoIterator<Item = T>,
    word: impl Fn(T) -> String,
) -> Option<T> {
    let mut picked = None;
    ui.horizontal(|ui| {
        let label = ui.label(name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let width = ui.available_width().min(150.0);
            let combo = egui::ComboBox::from_id_salt(name).width(width).height(320.0).truncate();
            let shown = combo.selected_text(word(current)).show_ui(ui, |ui| {
                for each in all {
                    if ui.selectable_label(each == current, word(each)).clicked() && each != current {
                        picked = Some(each);
                    }
                }
            });
            shown.response.labelled_by(label.id).on_hover_text(hover);
        });
    });
    picked
}

/// A field that narrows a list, named for what it narrows.
pub fn filter_ui(ui: &mut Ui, name: &str, text: &mut String) -> Response {
    let field = TextEdit::singleline(text).hint_text(name).desired_width(ui.available_width().min(260.0));
    ui.add(field).accessible_name(name)
}
