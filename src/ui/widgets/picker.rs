//! Choosing one of hundreds: a button that opens a list with a filter, of which only visible rows are drawn.

use egui::{Button, Key, Popup, PopupCloseBehavior, Role, ScrollArea, Ui, WidgetInfo, vec2};

/// One line of the list.
pub struct PickerEntry<'a, Id> {
    /// What picking it returns.
    pub id: &'a Id,
    /// First rank.
    pub name: &'a str,
    /// Second rank; also searched.
    pub detail: String,
}

const WIDTH: f32 = 340.0;
const HEIGHT: f32 = 300.0;

/// The button, named `name` and showing `current`. Returns what was picked in this frame.
pub fn picker_ui<'a, Id: Clone + PartialEq + 'a>(
    ui: &mut Ui,
    name: &str,
    current: &str,
    entries: impl Iterator<Item = PickerEntry<'a, Id>>,
) -> Option<Id> {
    let button = Button::new(current).right_text("⏷").truncate().min_size(vec2(ui.available_width(), 0.0));
    let response = ui.add(button);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, name);
        info.current_text_value = Some(current.to_owned());
        info
    });
    let mut picked = None;
    let filter_id = response.id.with("filter");
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(WIDTH).show(|ui| {
        ui.set_width(WIDTH);
        let mut filter = ui.data(|data| data.get_temp::<String>(filter_id)).unwrap_or_default();
        let filter_name = format!("Filter: {name}");
        let field =
            egui::TextEdit::singleline(&mut filter).id(filter_id).hint_text(filter_name.as_str()).desired_width(WIDTH);
        let field = ui.add(field).accessible_name(filter_name);
        if !field.has_focus() && !field.lost_focus() {
            field.request_focus();
        }
        let found: Vec<_> = entries.filter(|entry| matches(&filter, entry.name, &entry.detail)).collect();
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if entered {
            picked = found.first().map(|entry| entry.id.clone());
        }
        if found.is_empty() {
            ui.weak("Nothing matches; clear the filter to see all");
        }
        let row = ui.text_style_height(&egui::TextStyle::Body) + 8.0;
        ScrollArea::vertical().max_height(HEIGHT).auto_shrink([false, true]).show_rows(
            ui,
            row,
            found.len(),
            |ui, rows| {
                for entry in found.get(rows).unwrap_or_default() {
                    let line = Button::selectable(entry.name == current, entry.name)
                        .right_text(egui::RichText::new(&entry.detail).weak().small())
                        .truncate()
                        .min_size(vec2(ui.available_width(), row - 4.0));
                    let line = ui.add(line);
                    line.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, entry.name));
                    if line.clicked() {
                        picked = Some(entry.id.clone());
                    }
                }
            },
        );
        ui.data_mut(|data| data.insert_temp(filter_id, filter));
        if picked.is_some() {
            ui.data_mut(|data| data.remove::<String>(filter_id));
            ui.close();
        }
    });
    picked
}

/// Whether each word of the filter is in the name or the detail, whatever the case.
pub fn matches(filter: &str, name: &str, detail: &str) -> bool {
    let (name, detail) = (name.to_lowercase(), detail.to_lowercase());
    filter.to_lowercase().split_whitespace().all(|word| name.contains(word) || detail.contains(word))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn each_word_of_a_filter_counts() {
        assert!(matches("", "Llama 3 8B", ""));
        assert!(matches("8b llama", "Llama 3 8B", ""));
        assert!(matches("meta 8b", "Llama 3 8B", "Meta"));
        assert!(!matches("llama 70b", "Llama 3 8B", ""));
    }
}
