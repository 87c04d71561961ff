//! The pane: which rack, the drawing on the left; bars, palette and chart on the right.

use egui::{ScrollArea, Ui, vec2};

use super::act::Act;
use super::bars::bars_ui;
use super::below::{self, Below, chosen_ui, legend_ui, refusal_ui};
use super::chart::chart_ui;
use super::curves::curves_ui;
use super::edits::{self, Edit, Refused};
use super::measure::{Measure, measured};
use super::palette::palette_ui;
use super::row::{Done, NARROWEST, Row, WIDEST, row_ui};
use super::selection::Selection;
use super::settings::settings_ui;
use super::slots::focus_last;
use super::strip::{Column, FEW, columns};
use super::toolbar::{Toolbar, toolbar_ui};
use crate::catalog::ServerId;
use crate::project::RackOutcome;
use crate::rack::{Face, Placement, free_units};
use crate::ui::scene::Scene;
use crate::ui::widgets::section_ui;

/// Height of what is folded away below the chart, in points.
const FOLDED: f32 = 27.0;

/// The pane.
#[derive(Debug)]
pub struct RackPane {
    /// Which rack is edited.
    at: usize,
    /// The same in the frame before: another one comes into sight.
    was_at: usize,
    face: Face,
    filter: String,
    /// What a click on a slot mounts.
    chosen: Option<ServerId>,
    measure: Measure,
    selection: Selection,
    /// How many more of each chosen device.
    copies: u32,
    /// Whether the rack's settings are shown.
    settings: bool,
    /// Whether equal racks are drawn once. `None`: where there are many.
    once: Option<bool>,
    /// How many more racks.
    rack_copies: u32,
    /// The last edit that was refused, and in which rack.
    refused: Option<(usize, Refused)>,
}

impl Default for RackPane {
    fn default() -> Self {
        Self {
            at: 0,
            was_at: 0,
            face: Face::Front,
            filter: String::new(),
            chosen: None,
            measure: Measure::default(),
            selection: Selection::default(),
            copies: 1,
            settings: false,
            once: None,
            rack_copies: 1,
            refused: None,
        }
    }
}

impl RackPane {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) {
        self.at = self.at.min(scene.project.racks.layouts.len().saturating_sub(1));
        self.selection.keep_mounted(&scene.project.racks.layouts);
        let count = scene.project.racks.layouts.len();
        let mut once = self.once.unwrap_or(count > FEW);
        let any_alike = columns(&scene.outcome.racks, count, self.at, true).len() < count;
        let mut bar = Toolbar {
            at: &mut self.at,
            face: &mut self.face,
            measure: &mut self.measure,
            settings: &mut self.settings,
            once: any_alike.then_some(&mut once),
        };
        toolbar_ui(ui, scene.project, &mut bar);
        if once != self.once.unwrap_or(count > FEW) {
            self.once = Some(once);
        }
        let columns = columns(&scene.outcome.racks, scene.project.racks.layouts.len(), self.at, once);
        // A rack added in this frame is worked out before the next one: until then the last one stands in for it.
        let known = scene.outcome.racks.get(self.at);
        let shown = known.or(scene.outcome.racks.last()).filter(|_| !scene.project.racks.layouts.is_empty());
        let Some(shown) = shown else {
            ui.label("The plan has no rack: add one above");
            return;
        };
        let size = ui.available_size();
        let side = side_width(size.x, columns.len());
        let (mut done, mut wanted) = (None, None);
        ui.horizontal_top(|ui| {
            ui.allocate_ui_with_layout(
                vec2(size.x - side - 12.0, size.y),
                egui::Layout::top_down(egui::Align::Min),
                |ui| done = self.drawing_ui(ui, scene, &columns),
            );
            ui.allocate_ui_with_layout(vec2(side, size.y), egui::Layout::top_down(egui::Align::Min), |ui| {
                ui.set_width(side);
                ScrollArea::vertical().id_salt("rack side").auto_shrink(false).show(ui, |ui| {
                    wanted = self.side_ui(ui, scene, shown);
                });
            });
        });
        if known.is_some() {
            self.was_at = self.at;
        }
        match done {
            Some(Asked::Rack(at)) => (self.at, self.was_at) = (at, at),
            Some(Asked::Act(at, act)) => self.act(ui, scene, at, act),
            Some(Asked::Below(asked)) => self.below(ui, scene, asked),
            None => {}
        }
        if let Some(edit) = wanted {
            self.apply(ui, scene, self.at, &edit);
        }
    }

    fn act(&mut self, ui: &Ui, scene: &mut Scene<'_>, at: usize, act: Act) {
        match act {
            Act::Choose(key, how) => {
                if let Some(layout) = scene.project.racks.layouts.get(at) {
                    self.selection.choose(at, key, how, layout);
                    (self.at, self.was_at) = (at, at);
                }
            }
            Act::ChooseNothing => self.selection.clear(),
            Act::Do(edit) => self.apply(ui, scene, at, &edit),
            Act::DoIn(rack, edit) => self.apply(ui, scene, rack, &edit),
            Act::KeepFilling => self.apply(ui, scene, at, &keep_filling(scene)),
        }
    }

    fn below(&mut self, ui: &Ui, scene: &mut Scene<'_>, asked: Below) {
        match asked {
            Below::Dismiss => self.refused = None,
            Below::Act(act) => self.act(ui, scene, self.selection.rack(), act),
            Below::Remedy(edits) => {
                let at = self.refused.take().map_or(self.at, |(at, _)| at);
                for edit in edits {
                    self.apply(ui, scene, at, &edit);
                }
            }
        }
    }

    /// Makes an edit; what was mounted is chosen and has the keyboard.
    fn apply(&mut self, ui: &Ui, scene: &mut Scene<'_>, at: usize, edit: &Edit) {
        self.refused =
            edits::apply(scene.project, at, edit, scene.catalog, scene.messages).err().map(|refused| (at, refused));
        let mounts = matches!(edit, Edit::Place(..) | Edit::Fetch { .. });
        if mounts
            && self.refused.is_none()
            && let Some(layout) = scene.project.racks.layouts.get(at)
        {
            self.selection.choose_last(at, layout);
            (self.at, self.was_at) = (at, at);
            focus_last(ui, at, layout);
        }
    }

    fn drawing_ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, columns: &[Column]) -> Option<Asked> {
        let measured = measured(self.measure, scene.outcome, scene.catalog);
        let row = Row {
            columns,
            at: self.at,
            reveal: self.at != self.was_at,
            face: self.face,
            in_hand: self.chosen.as_ref(),
            selection: &self.selection,
            measured: &measured,
        };
        let drawing = vec2(ui.available_width(), (ui.available_height() - below::HEIGHT).max(80.0));
        let done = ui
            .allocate_ui_with_layout(drawing, egui::Layout::top_down(egui::Align::Min), |ui| row_ui(ui, scene, &row))
            .inner;
        let asked = self.below_ui(ui, scene).map(Asked::Below);
        asked.or(done.map(|done| match done {
            Done::Edit(at) => Asked::Rack(at),
            Done::Act(at, act) => Asked::Act(at, act),
        }))
    }

    fn below_ui(&mut self, ui: &mut Ui, scene: &Scene<'_>) -> Option<Below> {
        if let Some((_, refused)) = &self.refused {
            return refusal_ui(ui, refused);
        }
        let keys = self.selection.of(self.selection.rack());
        if keys.is_empty() {
            legend_ui(ui, scene.catalog);
            return None;
        }
        let named = scene.project.racks.layouts.get(self.selection.rack()).and_then(|layout| {
            let chosen = || keys.iter().filter_map(|key| layout.get(*key));
            let runs = |placement: &&Placement| {
                scene.catalog.servers.get(&placement.server).is_some_and(|server| !server.devices.is_empty())
            };
            chosen().find(runs).map(|placement| placement.serves)
        });
        chosen_ui(ui, scene.project, &keys, named, &mut self.copies)
    }

    fn side_ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, shown: &RackOutcome) -> Option<Edit> {
        let mut wanted = None;
        if self.settings {
            let layouts = &mut scene.project.racks.layouts;
            wanted = settings_ui(ui, layouts, &mut self.at, &mut self.rack_copies, scene.catalog);
        }
        bars_ui(ui, scene, shown);
        section_ui(ui, "SERVERS TO MOUNT");
        let height = ui.available_height();
        let chart = if height > 330.0 { (height * 0.4).max(170.0) } else { 0.0 };
        let palette = (ui.available_height() - chart - 122.0).max(110.0);
        palette_ui(ui, scene.catalog, &mut self.filter, &mut self.chosen, palette);
        ui.horizontal_wrapped(|ui| {
            let fill = ui.add_enabled(self.chosen.is_some(), egui::Button::new("Fill rack"));
            if fill.on_hover_text("Fill the free room of every rack with the server chosen above").clicked() {
                wanted = Some(Edit::FillWith(self.chosen.clone()));
            }
            let here = ui.add_enabled(self.chosen.is_some(), egui::Button::new("Fill this rack"));
            let hover =
                "Mount as many of the server chosen above by hand as this rack takes, at the face that is shown";
            if here.on_hover_text(hover).clicked() {
                wanted = self.chosen.clone().map(|id| Edit::FillHere(id, self.face));
            }
            let fills = scene.project.racks.fill.is_some();
            let stop = ui.add_enabled(fills, egui::Button::new("No filling"));
            if stop.on_hover_text("Only what is mounted by hand").clicked() {
                wanted = Some(Edit::FillWith(None));
            }
            let keep = ui.add_enabled(fills, egui::Button::new("Keep filling"));
            if keep.on_hover_text("Mount by hand what fills every rack, to move it about").clicked() {
                wanted = Some(keep_filling(scene));
            }
            let any = shown.placed_by_hand > 0;
            let empty = ui.add_enabled(any, egui::Button::new("Empty rack"));
            if empty.on_hover_text("Take out all that is mounted by hand").clicked() {
                wanted = Some(Edit::Empty);
            }
            let open = free_units(&shown.layout, &scene.catalog.servers, Face::Front).len();
            let words = if open == 1 { "Close 1 free unit".to_owned() } else { format!("Close {open} free units") };
            let close = ui.add_enabled(open > 0, egui::Button::new(words));
            if close.on_hover_text("Mount a blanking panel in every free unit: else warm air comes back").clicked() {
                wanted = Some(Edit::CloseFreeUnits(shown.layout.clone()));
            }
        });
        if chart > 0.0 {
            section_ui(ui, "SESSIONS BY MODEL");
            chart_ui(ui, scene.outcome, (ui.available_height() - FOLDED - 4.0).max(90.0));
        }
        curves_ui(ui, scene, self.at, shown, &self.selection);
        wanted
    }
}

/// Every rack as it is filled, kept so.
fn keep_filling(scene: &Scene<'_>) -> Edit {
    Edit::KeepFilling(scene.outcome.racks.iter().map(|rack| rack.layout.clone()).collect())
}

/// What was done in the drawing or below it.
enum Asked {
    Rack(usize),
    Act(usize, Act),
    Below(Below),
}

/// Width of the right part. What a wide window has beyond the drawing goes to the list and the chart of one rack, and to
/// the drawing of several.
fn side_width(width: f32, racks: usize) -> f32 {
    let least = (width * 0.48).clamp(180.0, 360.0);
    let drawn = if racks < 2 { WIDEST } else { (NARROWEST + 40.0) * racks.min(20) as f32 };
    (width - drawn - 12.0).max(if racks < 2 { least } else { least.min(300.0) })
}
