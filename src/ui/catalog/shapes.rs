//! All shapes of a model as one text: layers and what each keeps, heads, experts, towers. Changed in place; the model has
//! the last sound text meanwhile.

use egui::{CollapsingHeader, ScrollArea, TextEdit, Ui};

use super::cell::{note_typed, problem_of};
use crate::catalog::{Architecture, Model};
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;

/// Height beyond which the text scrolls, in points.
const MOST_HEIGHT: f32 = 220.0;
/// Characters of the text; the engine's own limit is in bytes and higher.
const LONGEST: usize = 10_000; // own choice, 2026-11-29

/// A text being changed.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapesDraft {
    /// Id of the model.
    model: String,
    /// What the model has.
    taken: Architecture,
    text: String,
    problem: Option<String>,
}

impl ShapesDraft {
    fn of(model: &Model) -> Self {
        let taken = model.architecture.clone().unwrap_or_default();
        let (text, problem) = match taken.to_text() {
            Ok(text) => (text, None),
            Err(problem) => (String::new(), Some(problem)),
        };
        Self { model: model.id.to_string(), taken, text, problem }
    }
}

/// Draws the shapes of a model, folded at first.
pub fn shapes_ui(ui: &mut Ui, scene: &mut Scene<'_>, model: &Model, draft: &mut Option<ShapesDraft>) {
    // Undone, imported or of another model: what is typed is about something else.
    let now = model.architecture.clone().unwrap_or_default();
    if !draft.as_ref().is_some_and(|draft| draft.model == model.id.as_str() && draft.taken == now) {
        *draft = Some(ShapesDraft::of(model));
    }
    let Some(draft) = draft else { return };
    let header = CollapsingHeader::new("Layers and shapes").id_salt("layers and shapes");
    header.show(ui, |ui| {
        ui.weak("As in a catalog file; import a config.json to have it filled in. Bytes of weights and cache follow from it");
        let field = TextEdit::multiline(&mut draft.text).code_editor().char_limit(LONGEST).desired_width(f32::INFINITY);
        let area = ScrollArea::vertical().max_height(MOST_HEIGHT).id_salt("shapes text");
        let field = area.show(ui, |ui| ui.add(field)).inner.accessible_name("Layers and shapes as text");
        if field.changed() {
            take(scene, model, draft);
        }
        if let Some(problem) = &draft.problem {
            ui.colored_label(tokens(ui).bad, format!("❌ {problem}"));
        }
    });
    ui.add_space(4.0);
}

/// Puts the shapes into the model where they are sound; else says what is wrong.
fn take(scene: &mut Scene<'_>, model: &Model, draft: &mut ShapesDraft) {
    let made = Architecture::from_text(&draft.text).and_then(|shapes| {
        let mut changed = Model { architecture: Some(shapes), ..model.clone() };
        note_typed(&mut changed.provenance, "architecture");
        problem_of(&changed).map_or(Ok(changed), Err)
    });
    match made {
        Ok(changed) => {
            draft.taken = changed.architecture.clone().unwrap_or_default();
            draft.problem = None;
            if changed.architecture != model.architecture {
                scene.project.layer.put(changed);
                scene.project.layer.drop_unchanged(scene.base);
            }
        }
        Err(problem) => draft.problem = Some(problem),
    }
}
