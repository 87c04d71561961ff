//! What the window remembers from one run to the next: layout, theme, choices of view. None of it is in the plan.

use std::path::{Path, PathBuf};

use egui_tiles::Tree;
use serde::{Deserialize, Serialize};

use super::catalog::SizedFor;
use super::panes::{self, Pane};
use super::sizing::Ways;
use crate::catalog::{DeviceId, WeightMixId};

/// Files remembered.
const RECENT: usize = 8;

/// What is remembered. Missing or unknown parts fall back to the defaults.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// The panes.
    pub tree: Tree<Pane>,
    /// System, dark or light.
    pub theme: egui::ThemePreference,
    /// 1 is 100 %.
    pub zoom: f32,
    /// Plans opened or saved, newest first.
    pub recent: Vec<PathBuf>,
    /// The device of the sizing pane.
    pub device: Option<DeviceId>,
    /// How many of it.
    pub device_count: u32,
    /// Memory fitted around a device that has none of its own, in GiB.
    pub fitted_gib: u32,
    /// A mix of weights of the user's own, in the sizing pane.
    pub mix: Option<WeightMixId>,
    /// Sessions at once in the sizing pane.
    pub sessions: u32,
    /// Further ways to run a model, in the sizing pane.
    pub ways: Ways,
    /// What the computed columns of the catalog's models are for.
    pub sized_for: SizedFor,
    /// The catalog's entry that is most like this machine.
    pub machine: Option<DeviceId>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            tree: panes::default_tree(),
            theme: egui::ThemePreference::System,
            zoom: 1.0,
            recent: Vec::new(),
            device: None,
            device_count: 1,
            fitted_gib: 256,
            mix: None,
            sessions: 1,
            ways: Ways::default(),
            sized_for: SizedFor::default(),
            machine: None,
        }
    }
}

impl View {
    /// Puts what a hand-edited or older file got wrong right.
    pub fn mended(mut self) -> Self {
        if !panes::is_sound(&self.tree) {
            self.tree = panes::default_tree();
        }
        if !self.zoom.is_finite() {
            self.zoom = 1.0;
        }
        self.zoom = self.zoom.clamp(0.5, 3.0);
        self.device_count = self.device_count.clamp(1, 1024);
        self.fitted_gib = self.fitted_gib.clamp(1, 100_000);
        self.sessions = self.sessions.clamp(1, 100_000);
        self.ways.mend();
        self.sized_for.context_tokens = self.sized_for.context_tokens.clamp(1, 10_000_000);
        self.recent.truncate(RECENT);
        self
    }

    /// Puts a file at the head of the recent ones.
    pub fn remember_file(&mut self, path: &Path) {
        self.recent.retain(|other| other != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(RECENT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_survives_being_stored_and_forgives_what_is_missing() {
        let mut view = View::default();
        view.remember_file(Path::new("/a.ron"));
        view.remember_file(Path::new("/b.ron"));
        view.remember_file(Path::new("/a.ron"));
        let text = ron::to_string(&view).expect("a view can be written");
        let back: View = ron::from_str(&text).expect("and read");
        assert_eq!(back.mended().recent, [Path::new("/a.ron"), Path::new("/b.ron")]);
        let partial: View = ron::from_str("(zoom: NaN, device_count: 0)").expect("missing parts are defaults");
        let mended = partial.mended();
        assert_eq!((mended.zoom, mended.device_count), (1.0, 1));
    }
}
