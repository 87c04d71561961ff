//! The line below the drawing: a refusal with what would work, else what to do with the chosen devices, else the legend.

use egui::{Align2, FontId, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::act::Act;
use super::edits::{Edit, Refused};
use super::paint::{pattern, role_tag};
use super::serves::serves_menu_ui;
use crate::catalog::{Catalog, ServerRole};
use crate::project::Project;
use crate::rack::PlacementKey;
use crate::ui::theme::tokens;

/// Height kept for it, so that the drawing does not jump: two lines of buttons.
pub const HEIGHT: f32 = 52.0;

/// What was asked for below the drawing.
pub enum Below {
    /// These edits, one after the other.
    Remedy(Vec<Edit>),
    /// Forget the refusal.
    Dismiss,
    /// As from a device.
    Act(Act),
}

/// A refusal, and buttons for what would work.
pub fn refusal_ui(ui: &mut Ui, refused: &Refused) -> Option<Below> {
    let mut wanted = None;
    // One line, whatever it says: the buttons below must stay in sight. The status bar has it whole.
    let words = egui::RichText::new(&refused.words).color(tokens(ui).bad);
    ui.add(egui::Label::new(words).truncate()).on_hover_text(&refused.words);
    ui.horizontal_wrapped(|ui| {
        for remedy in &refused.remedies {
            if ui.button(&remedy.words).on_hover_text("Does what would work instead; can be taken back").clicked() {
                wanted = Some(Below::Remedy(remedy.edits.clone()));
            }
        }
        if ui.button("Leave it").on_hover_text("Forget the refusal; nothing was changed").clicked() {
            wanted = Some(Below::Dismiss);
        }
    });
    wanted
}

/// What can be done with the chosen devices. `named`: what the first of them that runs models is said to serve; `None`: none
/// of them does.
pub fn chosen_ui(
    ui: &mut Ui,
    project: &Project,
    keys: &[PlacementKey],
    named: Option<Option<usize>>,
    copies: &mut u32,
) -> Option<Below> {
    let mut wanted = None;
    ui.horizontal_wrapped(|ui| {
        ui.strong(format!("{} chosen", keys.len()));
        let all = || keys.to_vec();
        for (words, hover, edit) in [
            ("Up 1U", "Move the chosen devices up (arrow up)", Edit::Shift(all(), 2)),
            ("Down 1U", "Move the chosen devices down (arrow down)", Edit::Shift(all(), -2)),
            ("Other face", "Turn the chosen devices to the other face", Edit::Turn(all())),
            ("Take out", "Take the chosen devices out (Delete)", Edit::Remove(all())),
        ] {
            if ui.button(words).on_hover_text(hover).clicked() {
                wanted = Some(Below::Act(Act::Do(edit)));
            }
        }
        if let Some(scenario) = named.and_then(|named| serves_menu_ui(ui, project, named, true)) {
            wanted = Some(Below::Act(Act::Do(Edit::Serve(all(), scenario))));
        }
        let hover = "Mount so many more of each chosen device, at the lowest free units";
        if ui.button("Duplicate").on_hover_text(hover).clicked() {
            wanted = Some(Below::Act(Act::Do(Edit::Duplicate(all(), *copies))));
        }
        let times = egui::DragValue::new(copies).range(1..=240).speed(0.1).prefix("× ");
        let hover = "Copies of each: how many more Duplicate mounts";
        ui.add(times).on_hover_text(hover).accessible_name("Copies of each");
        if ui.button("Choose none").on_hover_text("Choose nothing (Escape)").clicked() {
            wanted = Some(Below::Act(Act::ChooseNothing));
        }
    });
    wanted
}

/// What the colours and patterns mean: the roles the catalog has.
pub fn legend_ui(ui: &mut Ui, catalog: &Catalog) {
    ui.horizontal_wrapped(|ui| {
        for role in [
            ServerRole::CpuServer,
            ServerRole::GpuServer,
            ServerRole::Switch,
            ServerRole::Power,
            ServerRole::Management,
            ServerRole::Shelf,
            ServerRole::Blank,
        ] {
            if !catalog.servers.iter().any(|server| server.role == role) {
                continue;
            }
            // A swatch and its word stay together where the line breaks.
            let (whole, response) = ui.allocate_exact_size(vec2(52.0, 14.0), Sense::hover());
            let area = Rect::from_min_size(whole.min + vec2(0.0, 1.0), vec2(12.0, 12.0));
            let colors = tokens(ui);
            let pen = Stroke::new(0.5, colors.text_weak);
            ui.painter().rect(area, 1.0, colors.role(role), pen, StrokeKind::Inside);
            pattern(ui.painter(), area.shrink(1.0), role, colors);
            let at = whole.left_center() + vec2(16.0, 0.0);
            ui.painter().text(at, Align2::LEFT_CENTER, role_tag(role), FontId::proportional(9.5), colors.text_weak);
            response.widget_info(|| {
                WidgetInfo::labeled(Role::Image, true, format!("{}: {}", role_tag(role), meaning(role)))
            });
            response.on_hover_text(meaning(role));
        }
    });
}

const fn meaning(role: ServerRole) -> &'static str {
    match role {
        ServerRole::CpuServer => "Runs models on its processors",
        ServerRole::GpuServer => "Runs models on accelerators",
        ServerRole::Switch => "Network switch",
        ServerRole::Power => "Power distribution",
        ServerRole::Management => "Cable manager, console, management",
        ServerRole::Shelf => "Shelf or chassis that holds smaller machines",
        ServerRole::Blank => "Panel that closes a free slot",
    }
}
