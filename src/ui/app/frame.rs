//! One frame, in order: answers taken up, panels drawn, commands done, undo fed.

use super::App;
use crate::ui::files::{Answer, PathDialog, Purpose, dropped, with_extension};
use crate::ui::panes::{Behavior, Pane, is_in_front};
use crate::ui::scene::Scene;
use crate::ui::{command, needs, outcome, shell, theme};

/// Below this width, in points, the two columns share one side: a 1280 point screen at 200 % is 640 wide.
const NARROW: f32 = 900.0;

impl App {
    /// Draws everything and does what was asked for.
    pub fn frame_ui(&mut self, ui: &mut egui::Ui) {
        let ctx = ui.ctx().clone();
        self.take_up_answers();
        self.live.take_up_events(&ctx, &mut self.messages);
        self.commands.extend(command::from_keys(&ctx));
        self.commands.extend(dropped_files(&ctx, is_in_front(&self.view.tree, Pane::Catalog)));
        self.ask_before_closing(&ctx);

        let shown = shell::MenuShown {
            changed: self.has_changes(),
            can_undo: self.history.can_undo(&self.project),
            can_redo: self.history.can_redo(&self.project),
        };
        shell::menu_ui(ui, &shown, &self.view, &mut self.project.name, &mut self.commands);
        shell::status_ui(ui, &self.messages, self.live.status(), self.document.path.as_deref(), &mut self.commands);

        self.columns_ui(ui);
        let (base, catalog, derived) = (self.derived.base(), self.derived.catalog(), self.derived.outcome());
        let frame = egui::Frame::new().fill(theme::tokens(ui).canvas);
        egui::CentralPanel::no_frame().frame(frame).show(ui, |ui| {
            let mut scene = Scene {
                built_in: &self.built_in,
                base: &base,
                catalog: &catalog,
                catalog_version: self.derived.catalog_version(),
                outcome: &derived,
                project: &mut self.project,
                commands: &mut self.commands,
                messages: &mut self.messages,
            };
            let (rack, sizing, table, live) = (&mut self.rack, &mut self.sizing, &mut self.catalog, &mut self.live);
            let (sensitivity, accuracy, report) = (&mut self.sensitivity, &mut self.accuracy, &mut self.report);
            let super::View { tree, sized_for, device, device_count, fitted_gib, mix, sessions, ways, machine, .. } =
                &mut self.view;
            let mut choice = crate::ui::sizing::Choice { device, count: device_count, fitted_gib, mix, sessions, ways };
            let mut draw = |ui: &mut egui::Ui, pane: Pane| match pane {
                Pane::Rack => rack.ui(ui, &mut scene),
                Pane::Sizing => sizing.ui(ui, &mut scene, &mut choice),
                Pane::Catalog => table.ui(ui, &mut scene, sized_for),
                Pane::Live => live.ui(ui, &mut scene, machine),
                Pane::Sensitivity => sensitivity.ui(ui, &scene),
                Pane::Accuracy => accuracy.ui(ui, &scene),
                Pane::Report => report.ui(ui, &mut scene),
            };
            tree.ui(&mut Behavior { draw: &mut draw }, ui);
        });

        self.commands.extend(command::take_left(&ctx));
        self.dialogs_ui(&ctx);
        self.do_commands(&ctx);
        self.history.feed(&ctx, &self.project);
        self.show_title(&ctx);
        // egui has keys of its own for the zoom; what they did is remembered too.
        self.view.zoom = ctx.zoom_factor();
        if self.derived.is_stale(&self.project) {
            // Changed in a pane: draw again before anything is seen, so that no two numbers disagree.
            ctx.request_discard("the plan changed");
        }
    }

    /// What the user decides, and what follows: at both sides, or one above the other where the window is narrow.
    fn columns_ui(&mut self, ui: &mut egui::Ui) {
        let (catalog, outcome) = (self.derived.catalog(), self.derived.outcome());
        let readers = outcome.load_of_readers;
        if ui.available_width() < NARROW {
            egui::Panel::left("both columns").default_size(232.0).size_range(200.0..=300.0).show(ui, |ui| {
                let half = egui::vec2(ui.available_width(), ui.available_height() * 0.5);
                let layout = egui::Layout::top_down(egui::Align::Min);
                ui.allocate_ui_with_layout(half, layout, |ui| {
                    needs::needs_ui(ui, &mut self.project, &catalog, readers)
                });
                ui.separator();
                self.derived.update(&self.built_in, &self.project);
                outcome::outcome_ui(ui, &self.derived, &self.project, &mut self.change);
            });
            return;
        }
        egui::Panel::left("needs").default_size(262.0).size_range(230.0..=380.0).show(ui, |ui| {
            needs::needs_ui(ui, &mut self.project, &catalog, readers);
        });
        // What was moved on the left shows on the right and in the middle in this very frame.
        self.derived.update(&self.built_in, &self.project);
        egui::Panel::right("outcome").default_size(252.0).size_range(220.0..=360.0).show(ui, |ui| {
            outcome::outcome_ui(ui, &self.derived, &self.project, &mut self.change);
        });
    }

    fn take_up_answers(&mut self) {
        let Some(purpose) = self.asked else { return };
        let Some(answer) = self.picker.answer() else { return };
        self.asked = None;
        match answer {
            Answer::Cancelled => self.after_saving = None,
            Answer::NoDialog => self.path_dialog = Some(PathDialog::new(&self.question(purpose))),
            Answer::Several(paths) => {
                if purpose == Purpose::ImportMeasurements {
                    self.commands.push(command::Command::ImportFiles(paths));
                } else if let Some(path) = paths.first() {
                    self.use_path(purpose, path);
                }
            }
            Answer::Chosen(path) => {
                let full =
                    if purpose.writes_file() { with_extension(&path, purpose.extension()) } else { path.clone() };
                if full != path && full.exists() {
                    // The dialog asked about the name without its ending.
                    self.path_dialog = Some(PathDialog::replace(purpose, full));
                } else {
                    self.use_path(purpose, &full);
                }
            }
        }
    }

    fn ask_before_closing(&mut self, ctx: &egui::Context) {
        if ctx.input(|input| input.viewport().close_requested()) && !self.closing && self.has_changes() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.commands.push(command::Command::Quit);
        }
    }

    fn show_title(&mut self, ctx: &egui::Context) {
        let mark = if self.has_changes() { "*" } else { "" };
        let title = format!("{}{mark} – Sizewright", self.project.name);
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

/// What files let go over the window ask for. (Not on Wayland, where the window library tells nothing of them.)
fn dropped_files(ctx: &egui::Context, over_catalog: bool) -> Vec<command::Command> {
    let paths =
        ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect::<Vec<_>>());
    dropped::commands(&paths, over_catalog)
}
