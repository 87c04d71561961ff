//! The user's changes as a whole: merging another user's, and reviewing one's own against the built-in catalog.
//!
//! Both list entry by entry, and do nothing until it is said for which.

use egui::{Button, Modal, RichText, ScrollArea, Ui};

use crate::catalog::{
    Change, Difference, EntryKey, FieldChange, Layer, MergeItem, MergeStanding, differences, merge_items,
    validate::new_problems,
};
use crate::ui::messages::Severity;
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;

const WIDTH: f32 = 660.0;
const HEIGHT: f32 = 340.0;
/// Fields named in a line; all of them are in its hover text.
const NAMED: usize = 2;

/// Another user's changes, looked at before any is taken over.
#[derive(Debug)]
pub struct MergeDialog {
    file: String,
    theirs: Layer,
    items: Vec<(MergeItem, bool)>,
    problem: Option<String>,
}

impl MergeDialog {
    /// With everything new taken, and one's own word kept where both speak.
    pub fn new(file: String, theirs: Layer, scene: &Scene<'_>) -> Self {
        let items = merge_items(scene.base, &scene.project.layer, &theirs)
            .into_iter()
            .map(|item| {
                let take = item.standing != MergeStanding::Same && !item.mine_changed;
                (item, take)
            })
            .collect();
        Self { file, theirs, items, problem: None }
    }

    /// The file's name and what is in it.
    pub fn into_parts(self) -> (String, Layer) {
        (self.file, self.theirs)
    }

    /// Draws it. Whether it stays open.
    pub fn ui(&mut self, ctx: &egui::Context, scene: &mut Scene<'_>) -> bool {
        let modal = Modal::new(egui::Id::unique("merge a catalog")).show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading(format!("Merge {}", self.file));
            let count = |wanted: fn(&MergeStanding) -> bool| {
                self.items.iter().filter(|(item, _)| wanted(&item.standing)).count()
            };
            ui.weak(format!(
                "{} new, {} different, {} taken out, {} the same here. Nothing is merged yet",
                count(|s| *s == MergeStanding::New),
                count(|s| matches!(s, MergeStanding::Differs(_))),
                count(|s| *s == MergeStanding::Removed),
                count(|s| *s == MergeStanding::Same),
            ));
            ui.horizontal(|ui| {
                if ui.button("Take all of theirs").clicked() {
                    self.set_all(true);
                }
                if ui.button("Keep all of mine").clicked() {
                    self.set_all(false);
                }
            });
            self.list_ui(ui);
            if let Some(problem) = &self.problem {
                ui.colored_label(tokens(ui).bad, format!("❌ {problem}"));
            }
            ui.add_space(8.0);
            self.buttons_ui(ui, scene)
        });
        modal.inner && !modal.should_close()
    }

    fn set_all(&mut self, take: bool) {
        for (item, taken) in &mut self.items {
            *taken = take && item.standing != MergeStanding::Same;
        }
    }

    fn list_ui(&mut self, ui: &mut Ui) {
        let line = 26.0;
        let area = ScrollArea::vertical().max_height(HEIGHT).auto_shrink([false, true]);
        area.show_rows(ui, line, self.items.len(), |ui, shown| {
            for (item, take) in self.items.get_mut(shown).unwrap_or_default() {
                ui.horizontal(|ui| item_ui(ui, item, take));
            }
        });
    }

    fn buttons_ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) -> bool {
        let taken = self.items.iter().filter(|(_, take)| *take).count();
        let mut open = true;
        ui.horizontal(|ui| {
            let words = if taken == 1 { "Merge 1 entry".to_owned() } else { format!("Merge {taken} entries") };
            if ui.add_enabled(taken > 0, Button::new(words)).clicked() {
                match self.merged(scene) {
                    Ok(layer) => {
                        scene.project.layer = layer;
                        let text = format!("{taken} entries of {} are in your catalog", self.file);
                        scene.messages.say(Severity::Info, text);
                        open = false;
                    }
                    Err(problem) => self.problem = Some(problem),
                }
            }
            open &= !ui.button("Cancel").clicked();
        });
        open
    }

    /// One's own changes with what was chosen over them, if the catalog then is sound.
    fn merged(&self, scene: &Scene<'_>) -> Result<Layer, String> {
        let mut layer = scene.project.layer.clone();
        for (item, _) in self.items.iter().filter(|(_, take)| *take) {
            layer.take_entry(scene.base, &self.theirs, &item.key);
        }
        layer.drop_unchanged(scene.base);
        // What was wrong before is not theirs to answer for.
        let problems = new_problems(&scene.base.with(&scene.project.layer), &scene.base.with(&layer));
        match problems.into_iter().next() {
            Some(problem) => Err(format!("Nothing was merged: {problem}")),
            None => Ok(layer),
        }
    }
}

fn item_ui(ui: &mut Ui, item: &MergeItem, take: &mut bool) {
    let name = format!("{} {}", item.key.kind, item.name);
    let (word, fields): (&str, &[FieldChange]) = match &item.standing {
        MergeStanding::New => ("new", &[]),
        MergeStanding::Same => ("same", &[]),
        MergeStanding::Removed => ("taken out by them", &[]),
        MergeStanding::Differs(fields) => ("differs", fields),
    };
    if item.standing == MergeStanding::Same {
        ui.weak(format!("{name}: {word}"));
        return;
    }
    for (theirs, short) in [(false, "Mine"), (true, "Theirs")] {
        let radio = ui.radio(*take == theirs, short);
        let words = if theirs { "Take theirs" } else { "Keep mine" };
        radio.widget_info(|| {
            egui::WidgetInfo::selected(egui::Role::RadioButton, true, *take == theirs, format!("{words}: {name}"))
        });
        if radio.clicked() {
            *take = theirs;
        }
    }
    let own = if item.mine_changed { ", and you changed it too" } else { "" };
    let text = format!("{name}: {word}{own}{}", fields_text(fields, NAMED));
    ui.add(egui::Label::new(text).truncate()).on_hover_text(fields_text(fields, usize::MAX));
}

/// "field: old becomes new" for the first fields.
fn fields_text(fields: &[FieldChange], most: usize) -> String {
    let unknown = || "unknown".to_owned();
    let mut text = String::new();
    let values = fields.iter().filter(|change| !change.field.starts_with("provenance"));
    for (at, change) in values.clone().take(most).enumerate() {
        text += if at == 0 { "; " } else { ", " };
        let (old, new) = (change.old.clone().unwrap_or_else(unknown), change.new.clone().unwrap_or_else(unknown));
        text += &format!("{}: {old} becomes {new}", change.field);
    }
    let count = values.count();
    if count > most {
        text += &format!(" and {} more", count - most);
    }
    if count == 0 && !fields.is_empty() {
        text += "; its source or date";
    }
    text
}

/// One's own changes, and what the plan keeps of an older built-in catalog, against today's.
#[derive(Debug, Default)]
pub struct ReviewDialog;

impl ReviewDialog {
    /// Draws it. Whether it stays open.
    pub fn ui(&self, ctx: &egui::Context, scene: &mut Scene<'_>) -> bool {
        let yours = differences(scene.base, &scene.project.layer);
        let kept = differences(scene.built_in, &scene.project.catalog_used);
        let modal = Modal::new(egui::Id::unique("review of the catalog")).show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading("Changes against the built-in catalog");
            ui.weak("The plan keeps its own entries whatever comes with a newer program; take the built-in one where you like");
            let mut forget = None;
            ScrollArea::vertical().max_height(HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
                if yours.is_empty() && kept.is_empty() {
                    ui.label("There are none");
                }
                for (heading, list, mine) in
                    [("YOUR CHANGES", &yours, true), ("KEPT FROM THE CATALOG THE PLAN WAS SAVED WITH", &kept, false)]
                {
                    if list.is_empty() {
                        continue;
                    }
                    crate::ui::widgets::section_ui(ui, heading);
                    for difference in list {
                        if difference_ui(ui, difference) {
                            forget = Some((EntryKey { kind: difference.kind, id: difference.id.clone() }, mine));
                        }
                    }
                }
            });
            if let Some((key, mine)) = forget {
                let project = &mut *scene.project;
                let layer = if mine { &mut project.layer } else { &mut project.catalog_used };
                layer.forget(&key);
                let kept = project.catalog_used.says_of(&key);
                let again = if kept { "as the plan was saved with it" } else { "as built in" };
                scene.messages.say(Severity::Info, format!("{} {} is {again} again", key.kind, key.id));
            }
            ui.add_space(8.0);
            !ui.button("Close the review").clicked()
        });
        modal.inner && !modal.should_close()
    }
}

/// One entry. True where the built-in one is to hold again.
fn difference_ui(ui: &mut Ui, difference: &Difference) -> bool {
    let mut take = false;
    ui.horizontal(|ui| {
        let name = format!("{} {}", difference.kind, difference.name);
        let (verb, text, hover) = match &difference.change {
            Change::Added => ("Delete", format!("{name}: yours alone"), String::new()),
            Change::Removed => ("Restore", format!("{name}: taken out"), String::new()),
            Change::Fields(fields) => {
                ("Take built-in", format!("{name}{}", fields_text(fields, NAMED)), fields_text(fields, usize::MAX))
            }
        };
        let button = ui.add(Button::new(RichText::new(verb).small()));
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("{verb}: {name}")));
        take = button.clicked();
        ui.add(egui::Label::new(text).truncate()).on_hover_text(hover);
    });
    take
}
