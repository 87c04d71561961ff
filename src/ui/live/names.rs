//! Accessible names: what is there once in each column must not be called the same in both.

/// A control's name in a column.
pub fn named(name: &str, column: usize) -> String {
    if column == 0 { name.to_owned() } else { format!("{name} (second)") }
}

/// A small button with words of its own for screen readers. True where it was clicked.
pub fn small_button(ui: &mut egui::Ui, words: &str, name: &str, hover: &str) -> bool {
    let text = egui::RichText::new(words).small().color(crate::ui::theme::tokens(ui).accent);
    let button = ui.add(egui::Button::new(text).small().frame_when_inactive(false));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    button.on_hover_text(hover).clicked()
}
