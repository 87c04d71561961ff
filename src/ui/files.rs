//! Asking for a path: the system's own dialog where there is one, a field to type it into where there is none.
//!
//! A system dialog blocks, so it runs on a thread of its own; the answer is taken up at the start of a later frame.

pub mod dropped;
mod native;
mod path_dialog;
mod scripted;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

pub use native::NativePicker;
pub use path_dialog::{Outcome as PathOutcome, PathDialog};
pub use scripted::ScriptedPicker;

/// What the path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Read a plan.
    OpenPlan,
    /// Write the plan.
    SavePlan,
    /// Write the report.
    ExportReport,
    /// Read files of others: measurements, models, machines. Several may be chosen.
    ImportMeasurements,
    /// Read all such files of a folder.
    ImportFolder,
    /// Run a model.
    OpenModel,
    /// Write the user's changes of the catalog.
    ExportCatalog,
    /// Read another user's changes of the catalog.
    MergeCatalog,
    /// Write a model in another format.
    SaveModel,
    /// Write servers and racks into a folder, as NetBox reads them.
    ExportNetbox,
    /// Read a text to measure it on.
    OpenText,
}

impl Purpose {
    /// Title of the dialog.
    pub const fn title(self) -> &'static str {
        match self {
            Self::OpenPlan => "Open plan",
            Self::SavePlan => "Save plan",
            Self::ExportReport => "Export report",
            Self::ImportMeasurements => "Import files",
            Self::ImportFolder => "Import a folder",
            Self::OpenModel => "Open a model",
            Self::ExportCatalog => "Export catalog changes",
            Self::MergeCatalog => "Merge catalog changes",
            Self::SaveModel => "Make a smaller file",
            Self::ExportNetbox => "Export for NetBox",
            Self::OpenText => "Text to measure on",
        }
    }

    /// The ending such files have, without the dot; the first of several.
    pub fn extension(self) -> &'static str {
        self.extensions().first().copied().unwrap_or_default()
    }

    /// All endings such files have, without the dot.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::OpenPlan | Self::SavePlan | Self::ExportCatalog | Self::MergeCatalog => &["ron"],
            Self::ExportReport => &["md"],
            Self::ImportMeasurements => &["json", "jsonl", "csv", "md", "txt", "yaml", "yml", "safetensors", "gguf"],
            Self::OpenModel | Self::SaveModel => &["gguf"],
            Self::ImportFolder | Self::ExportNetbox => &[],
            Self::OpenText => &["txt", "md", "raw"],
        }
    }

    /// What such files are called in a dialog's filter.
    const fn kind(self) -> &'static str {
        match self {
            Self::OpenPlan | Self::SavePlan => "Sizewright plan",
            Self::ExportReport => "Markdown report",
            Self::ImportMeasurements => "Benchmarks, config.json, safetensors, NetBox YAML",
            Self::ImportFolder | Self::ExportNetbox => "Folder",
            Self::ExportCatalog | Self::MergeCatalog => "Sizewright catalog",
            Self::OpenModel | Self::SaveModel => "GGUF model",
            Self::OpenText => "Text",
        }
    }

    /// The button that goes on, where the path is typed.
    pub const fn go_on(self) -> &'static str {
        match self {
            Self::SavePlan | Self::ExportReport | Self::ExportCatalog | Self::SaveModel => "Save here",
            Self::ExportNetbox => "Write into this folder",
            Self::ImportFolder => "Open this folder",
            Self::OpenPlan | Self::ImportMeasurements | Self::OpenModel | Self::OpenText | Self::MergeCatalog => {
                "Open this file"
            }
        }
    }

    /// What is added to the plan's name where the file would else be called as the plan is.
    pub const fn name_ending(self) -> &'static str {
        if matches!(self, Self::ExportCatalog) { "-catalog" } else { "" }
    }

    /// Whether a folder is asked for, not a file.
    pub const fn is_folder(self) -> bool {
        matches!(self, Self::ImportFolder | Self::ExportNetbox)
    }

    /// Whether one file is written: its ending is added, and before one that is there is replaced it is asked.
    pub const fn writes_file(self) -> bool {
        match self {
            Self::OpenPlan | Self::ImportMeasurements | Self::OpenModel | Self::OpenText | Self::MergeCatalog => false,
            // Of a folder what is there is kept.
            Self::ImportFolder | Self::ExportNetbox => false,
            Self::SavePlan | Self::ExportReport | Self::ExportCatalog | Self::SaveModel => true,
        }
    }
}

/// A question for a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What for.
    pub purpose: Purpose,
    /// Folder to start in, if one is known.
    pub folder: Option<PathBuf>,
    /// File name to propose.
    pub file_name: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// This path. The dialog itself has asked before replacing a file.
    Chosen(PathBuf),
    /// These paths, where several may be chosen.
    Several(Vec<PathBuf>),
    /// The user thought better of it.
    Cancelled,
    /// This machine has no dialog: ask in the window.
    NoDialog,
}

/// Whoever asks the user for a path. At most one question is open at a time.
pub trait FilePicker {
    /// Begins to ask. `wake` is called once the answer is there.
    fn ask(&mut self, question: &Question, wake: Box<dyn Fn() + Send>);
    /// The answer, once.
    fn answer(&mut self) -> Option<Answer>;
}

/// The path with the purpose's ending, added once: `plan` and `plan.ron` both become `plan.ron`.
pub fn with_extension(path: &Path, extension: &str) -> PathBuf {
    if path.extension().is_some_and(|found| found.eq_ignore_ascii_case(OsStr::new(extension))) {
        return path.to_owned();
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(extension);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_is_added_once() {
        for (given, wanted) in [
            ("/a/plan", "/a/plan.ron"),
            ("/a/plan.ron", "/a/plan.ron"),
            ("/a/plan.RON", "/a/plan.RON"),
            ("/a/rack 1.5 kW", "/a/rack 1.5 kW.ron"),
        ] {
            assert_eq!(with_extension(Path::new(given), "ron"), Path::new(wanted));
        }
    }
}
