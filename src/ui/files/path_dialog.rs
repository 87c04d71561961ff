//! A dialog inside the window: a field for the path, for machines without a system dialog.

use std::path::PathBuf;

use egui::{Key, Modal};

use super::{Purpose, Question, with_extension};

/// The open dialog.
#[derive(Debug)]
pub struct PathDialog {
    purpose: Purpose,
    text: String,
    /// The path a press of "Replace" would overwrite.
    replacing: Option<PathBuf>,
    problem: Option<String>,
    focused: bool,
}

/// What the dialog came to in this frame.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// Still open.
    Open,
    /// Closed without a path.
    Cancelled,
    /// A path, with its ending; replacing a file there is agreed.
    Chosen(PathBuf),
}

impl PathDialog {
    /// A dialog for a question.
    pub fn new(question: &Question) -> Self {
        let folder = question.folder.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default();
        let text = folder.join(&question.file_name).display().to_string();
        Self { purpose: question.purpose, text, replacing: None, problem: None, focused: false }
    }

    /// A dialog that only asks whether to replace this file.
    pub fn replace(purpose: Purpose, path: PathBuf) -> Self {
        Self { purpose, text: path.display().to_string(), replacing: Some(path), problem: None, focused: true }
    }

    /// What the path is for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Draws it over everything else.
    pub fn ui(&mut self, ctx: &egui::Context) -> Outcome {
        let modal = Modal::new(egui::Id::unique("path dialog")).show(ctx, |ui| {
            ui.set_width(460.0);
            ui.heading(self.purpose.title());
            if self.replacing.is_some() { self.replace_ui(ui) } else { self.path_ui(ui) }
        });
        if modal.inner == Outcome::Open && modal.should_close() { Outcome::Cancelled } else { modal.inner }
    }

    fn path_ui(&mut self, ui: &mut egui::Ui) -> Outcome {
        let label = ui.label(if self.purpose.is_folder() {
            "Path of the folder".to_owned()
        } else {
            format!("Path of the file (.{})", self.purpose.extensions().join(", ."))
        });
        let field =
            ui.add(egui::TextEdit::singleline(&mut self.text).desired_width(f32::INFINITY)).labelled_by(label.id);
        if !self.focused {
            field.request_focus();
            self.focused = true;
        }
        if let Some(problem) = &self.problem {
            ui.colored_label(ui.visuals().error_fg_color, format!("❌ {problem}"));
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let mut outcome = Outcome::Open;
        ui.horizontal(|ui| {
            if ui.button(self.purpose.go_on()).clicked() || entered {
                outcome = self.confirm();
            }
            if ui.button("Cancel").clicked() {
                outcome = Outcome::Cancelled;
            }
        });
        outcome
    }

    fn replace_ui(&mut self, ui: &mut egui::Ui) -> Outcome {
        let Some(path) = self.replacing.clone() else { return Outcome::Open };
        ui.label(format!("There is a file at {} already.", path.display()));
        let mut outcome = Outcome::Open;
        ui.horizontal(|ui| {
            if ui.button("Replace").clicked() {
                outcome = Outcome::Chosen(path);
            }
            if ui.button("Keep it").clicked() {
                outcome = Outcome::Cancelled;
            }
        });
        outcome
    }

    fn confirm(&mut self) -> Outcome {
        let typed = self.text.trim();
        if typed.is_empty() {
            self.problem = Some("Type a path first".to_owned());
            return Outcome::Open;
        }
        if !self.purpose.writes_file() {
            return Outcome::Chosen(PathBuf::from(typed));
        }
        let path = with_extension(&PathBuf::from(typed), self.purpose.extension());
        if path.exists() {
            self.replacing = Some(path);
            return Outcome::Open;
        }
        Outcome::Chosen(path)
    }
}
