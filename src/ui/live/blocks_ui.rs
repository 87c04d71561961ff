//! A text in blocks as drawn: one can select and copy it but not change it, and what is out of sight is not laid out.

use egui::{Frame, Id, Margin, Rect, TextEdit, Ui, vec2};

use super::blocks::Blocks;
use super::names::named;

/// Text block by block. The first block goes by the name alone.
pub fn blocks_ui(ui: &mut Ui, text: &Blocks, id: Id, name: &str, column: usize) {
    for block in 0..text.count() {
        let part = if block == 0 { name.to_owned() } else { format!("{name}, part {}", block + 1) };
        let id = id.with(block);
        let shown = text.get(block);
        // A long text's blocks above and below the view are not laid out either.
        let height = ui.data(|data| data.get_temp::<(usize, f32)>(id.with("height")));
        if let Some((_, height)) = height.filter(|(of, _)| *of == shown.len())
            && text.count() > 1
            && !visible(ui, height)
        {
            ui.allocate_space(vec2(ui.available_width(), height));
            continue;
        }
        let height = text_ui(ui, shown, id, &named(&part, column));
        if text.count() > 1 {
            ui.data_mut(|data| data.insert_temp(id.with("height"), (shown.len(), height)));
        }
    }
}

/// Whether what comes next, so high, can be seen.
pub fn visible(ui: &Ui, height: f32) -> bool {
    let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width().max(1.0), height));
    ui.clip_rect().intersects(rect)
}

/// Text one can select and copy but not change. Returns its height.
fn text_ui(ui: &mut Ui, mut text: &str, id: Id, name: &str) -> f32 {
    let field = TextEdit::multiline(&mut text).id(id).desired_rows(1).desired_width(f32::INFINITY);
    let response = ui.add(field.frame(Frame::NONE).margin(Margin::ZERO));
    let height = response.rect.height();
    response.accessible_name(name);
    height
}
