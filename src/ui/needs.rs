//! The left column: what the user decides. Edits the plan directly; every change shows in the same frame.
//!
//! What most people set stands open; the rest is folded under a word for it, so that the column stays short.

mod cooling;
mod feeds;
mod money;
mod rack;
mod readers;
mod scenario;

use egui::{CollapsingHeader, ScrollArea, Ui};

pub use scenario::letter;

use crate::catalog::Catalog;
use crate::project::Project;

/// Draws the column. `load_of_readers`: see [`crate::project::Outcome`].
pub fn needs_ui(ui: &mut Ui, project: &mut Project, catalog: &Catalog, load_of_readers: Option<f64>) {
    ui.add_space(4.0);
    ui.strong("Needs");
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 6.0);
        scenario::scenarios_ui(ui, project, catalog);
        readers::readers_ui(ui, &mut project.needs);
        rack::rack_ui(ui, &mut project.racks);
        money::money_ui(ui, &mut project.money, catalog, load_of_readers);
    });
}

/// Inputs that few people change, folded away.
fn folded_ui(ui: &mut Ui, title: &str, hover: &str, content: impl FnOnce(&mut Ui)) {
    let shown = CollapsingHeader::new(title).id_salt(title).show_unindented(ui, content);
    shown.header_response.on_hover_text(hover);
}
