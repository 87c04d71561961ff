//! Everything one can ask the window to do, in one list: menus, keys, buttons and tests all send these.
//!
//! A panel edits plain values itself; whatever has an effect beyond a value (a file, a thread, another pane) is sent as a
//! command and done after drawing.

use egui::{Key, KeyboardShortcut, Modifiers};

use super::panes::Pane;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Start a new plan.
    New,
    /// Ask which plan to open.
    Open,
    /// Open this one.
    OpenPath(std::path::PathBuf),
    /// Ask for a model file, to run it in the live pane.
    OpenModel,
    /// Show what is known of this model file in the live pane.
    LookAtModel(std::path::PathBuf),
    /// Ask for a text to measure a smaller file on.
    OpenText,
    /// Ask where to write a model in the format chosen in the live pane.
    SaveModel,
    /// Save where it was last saved, or ask.
    Save,
    /// Ask where to save.
    SaveAs,
    /// Ask for files with measurements, models or machines.
    ImportMeasurements,
    /// Ask for a folder of such files.
    ImportFolder,
    /// Look at these files with measurements.
    ImportFiles(Vec<std::path::PathBuf>),
    /// Ask where to write the report.
    ExportReport,
    /// Ask which folder to write servers and racks into, as NetBox reads them.
    ExportNetbox,
    /// Ask where to write the user's changes of the catalog.
    ExportCatalog,
    /// Ask for another user's changes of the catalog.
    MergeCatalog,
    /// Show these files of others' changes, to merge them.
    MergeFiles(Vec<std::path::PathBuf>),
    /// Show the user's changes beside the built-in catalog.
    ReviewCatalog,
    /// Close the window.
    Quit,
    /// Take the last change back.
    Undo,
    /// Do it again.
    Redo,
    /// Bring a pane to the front, opening it if need be.
    Show(Pane),
    /// Put all panes back where they were at first.
    ResetLayout,
    /// Follow the system, or be dark, or light.
    Theme(egui::ThemePreference),
    /// Larger.
    ZoomIn,
    /// Smaller.
    ZoomOut,
    /// As delivered.
    ZoomReset,
    /// The list of messages.
    Messages,
    /// What this program is.
    About,
    /// The list of keys.
    Shortcuts,
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

/// Keys, with what they do. Longer combinations first: ctrl+Z would otherwise swallow ctrl+shift+Z.
pub const SHORTCUTS: &[(KeyboardShortcut, Command)] = &[
    (ctrl_shift(Key::S), Command::SaveAs),
    (ctrl_shift(Key::Z), Command::Redo),
    (ctrl(Key::N), Command::New),
    (ctrl(Key::O), Command::Open),
    (ctrl(Key::S), Command::Save),
    (ctrl(Key::E), Command::ExportReport),
    (ctrl(Key::Q), Command::Quit),
    (ctrl(Key::Z), Command::Undo),
    (ctrl(Key::Y), Command::Redo),
    (ctrl(Key::Num1), Command::Show(Pane::Rack)),
    (ctrl(Key::Num2), Command::Show(Pane::Sizing)),
    (ctrl(Key::Num3), Command::Show(Pane::Catalog)),
    (ctrl(Key::Num4), Command::Show(Pane::Live)),
    (ctrl(Key::Num5), Command::Show(Pane::Sensitivity)),
    (ctrl(Key::Num6), Command::Show(Pane::Accuracy)),
    (ctrl(Key::Num7), Command::Show(Pane::Report)),
    (KeyboardShortcut::new(Modifiers::NONE, Key::F1), Command::Shortcuts),
];

impl Command {
    /// Its words in menus and in the list of keys.
    pub fn label(&self) -> String {
        match self {
            Self::New => "New plan".to_owned(),
            Self::Open => "Open plan…".to_owned(),
            Self::OpenPath(path) | Self::LookAtModel(path) => path.display().to_string(),
            Self::OpenModel => "Open a model…".to_owned(),
            Self::OpenText => "Measure on another text…".to_owned(),
            Self::SaveModel => "Make a smaller file…".to_owned(),
            Self::Save => "Save plan".to_owned(),
            Self::SaveAs => "Save plan as…".to_owned(),
            Self::ImportMeasurements => "Import files…".to_owned(),
            Self::ImportFolder => "Import a folder…".to_owned(),
            Self::ImportFiles(_) => "Import these measurements…".to_owned(),
            Self::ExportReport => "Export report…".to_owned(),
            Self::ExportNetbox => "Export servers and racks for NetBox…".to_owned(),
            Self::ExportCatalog => "Export my catalog changes…".to_owned(),
            Self::MergeCatalog => "Merge catalog changes…".to_owned(),
            Self::MergeFiles(_) => "Merge these catalog changes…".to_owned(),
            Self::ReviewCatalog => "Review my catalog changes…".to_owned(),
            Self::Quit => "Quit".to_owned(),
            Self::Undo => "Undo".to_owned(),
            Self::Redo => "Redo".to_owned(),
            Self::Show(pane) => format!("Show {}", pane.title()),
            Self::ResetLayout => "Reset layout".to_owned(),
            Self::Theme(egui::ThemePreference::System) => "Theme as the system".to_owned(),
            Self::Theme(egui::ThemePreference::Dark) => "Dark theme".to_owned(),
            Self::Theme(egui::ThemePreference::Light) => "Light theme".to_owned(),
            Self::ZoomIn => "Zoom in".to_owned(),
            Self::ZoomOut => "Zoom out".to_owned(),
            Self::ZoomReset => "Zoom to 100 %".to_owned(),
            Self::Messages => "Messages…".to_owned(),
            Self::About => "About Sizewright…".to_owned(),
            Self::Shortcuts => "Keyboard shortcuts…".to_owned(),
        }
    }

    /// Its key, where it has one.
    pub fn shortcut(&self) -> Option<&'static KeyboardShortcut> {
        SHORTCUTS.iter().find(|(_, command)| command == self).map(|(shortcut, _)| shortcut)
    }
}

/// Leaves a command for the end of this frame: for parts drawn too deep to be handed the list of commands.
pub fn leave(ctx: &egui::Context, command: Command) {
    ctx.data_mut(|data| data.get_temp_mut_or_default::<Vec<Command>>(left()).push(command));
}

/// Takes the commands left.
pub fn take_left(ctx: &egui::Context) -> Vec<Command> {
    ctx.data_mut(|data| data.remove_temp(left())).unwrap_or_default()
}

fn left() -> egui::Id {
    egui::Id::unique("commands left")
}

/// Takes the keys pressed in this frame off the input. A field being edited keeps its own undo.
pub fn from_keys(ctx: &egui::Context) -> Vec<Command> {
    let editing = ctx.text_edit_focused();
    ctx.input_mut(|input| {
        SHORTCUTS
            .iter()
            .filter(|(_, command)| !(editing && matches!(command, Command::Undo | Command::Redo)))
            .filter(|(shortcut, _)| input.consume_shortcut(shortcut))
            .map(|(_, command)| command.clone())
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_key() {
        for (at, (shortcut, command)) in SHORTCUTS.iter().enumerate() {
            for (other, other_command) in SHORTCUTS.iter().skip(at + 1) {
                assert_ne!(shortcut, other, "{command:?} and {other_command:?}");
            }
        }
    }
}
