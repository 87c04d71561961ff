//! What the window remembers from one start to the next, as texts under keys of eframe's storage.

use serde::de::DeserializeOwned;

use super::App;
use crate::ui::catalog::CatalogMemory;
use crate::ui::messages::Severity;
use crate::ui::view::View;

/// Layout, theme, choices of view.
const VIEW: &str = "view";
/// How the catalog's tables were looked at.
const CATALOG: &str = "catalog";
/// Longest remembered text taken up, in bytes: a layout is some 10,000.
const MOST_REMEMBERED: usize = 1 << 20;

impl App {
    /// Takes up what an earlier run remembered.
    pub fn restore(&mut self, storage: &dyn eframe::Storage, ctx: &egui::Context) {
        self.restore_texts(|key| storage.get_string(key), ctx);
    }

    /// The same, whatever the texts come from. One that cannot be read is told of, and what it was about is as at first.
    pub fn restore_texts(&mut self, text: impl Fn(&str) -> Option<String>, ctx: &egui::Context) {
        if let Some(view) = self.read::<View>(text(VIEW), "layout, theme and zoom") {
            self.view = view.mended();
            ctx.set_theme(self.view.theme);
            ctx.set_zoom_factor(self.view.zoom);
        }
        if let Some(memory) = self.read::<CatalogMemory>(text(CATALOG), "columns, sorting and pins of the catalog") {
            self.catalog.restore(&memory.mended());
        }
    }

    /// Keys and texts for the next start.
    pub fn to_remember(&self) -> Vec<(&'static str, String)> {
        let view = ron::to_string(&self.view);
        let catalog = ron::to_string(&self.catalog.memory());
        // Plain values of this program's own can be written; one that could not would be as at first.
        [(VIEW, view), (CATALOG, catalog)].into_iter().filter_map(|(key, text)| Some((key, text.ok()?))).collect()
    }

    fn read<T: DeserializeOwned>(&mut self, text: Option<String>, what: &str) -> Option<T> {
        let text = text?;
        let read = if text.len() > MOST_REMEMBERED {
            Err("it is too long".to_owned())
        } else {
            ron::from_str(&text).map_err(|error| error.to_string())
        };
        match read {
            Ok(read) => Some(read),
            Err(problem) => {
                let text = format!("What was remembered of {what} cannot be read and is as at first: {problem}");
                self.messages.say(Severity::Warning, text);
                None
            }
        }
    }
}
