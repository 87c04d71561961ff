//! The panes in the middle: which there are, how they are arranged at first, and the tabs they hang in.

use egui_tiles::{Tile, Tiles, Tree};
use serde::{Deserialize, Serialize};

/// One place to work in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Pane {
    /// The drawn rack.
    Rack,
    /// One model on one device.
    Sizing,
    /// Facts and their sources.
    Catalog,
    /// The embedded model.
    Live,
    /// What moves the answer.
    Sensitivity,
    /// Measured against estimated.
    Accuracy,
    /// What will be exported.
    Report,
}

impl Pane {
    /// All, in the order of their tabs.
    pub const ALL: [Self; 7] =
        [Self::Rack, Self::Sizing, Self::Catalog, Self::Live, Self::Sensitivity, Self::Accuracy, Self::Report];

    /// Its tab's words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rack => "Rack",
            Self::Sizing => "Sizing",
            Self::Catalog => "Catalog",
            Self::Live => "Live",
            Self::Sensitivity => "Sensitivity",
            Self::Accuracy => "Accuracy",
            Self::Report => "Report",
        }
    }
}

/// The arrangement at first: one row of tabs.
pub fn default_tree() -> Tree<Pane> {
    let mut tiles = Tiles::default();
    let panes: Vec<_> = Pane::ALL.into_iter().map(|pane| tiles.insert_pane(pane)).collect();
    let root = tiles.insert_tab_tile(panes);
    let mut tree = Tree::new(egui::Id::unique("panes"), root, tiles);
    show(&mut tree, Pane::Rack);
    tree
}

/// Brings a pane to the front; one that was closed comes back as a tab.
pub fn show(tree: &mut Tree<Pane>, pane: Pane) {
    let found = tree.tiles.find_pane(&pane);
    if let Some(tile) = found {
        tree.tiles.set_visible(tile, true);
    } else {
        let tile = tree.tiles.insert_pane(pane);
        match tree.root {
            Some(root) => tree.move_tile_to_container(tile, root, usize::MAX, false),
            None => tree.root = Some(tile),
        }
    }
    tree.make_active(|_, tile| matches!(tile, Tile::Pane(each) if *each == pane));
}

/// Whether a pane can be seen: it is the active one of its tabs, all the way up.
pub fn is_in_front(tree: &Tree<Pane>, pane: Pane) -> bool {
    let shown = tree.active_tiles();
    tree.tiles.find_pane(&pane).is_some_and(|tile| shown.contains(&tile))
}

/// Whether a remembered arrangement can be used: every pane in it once. A file edited by hand may say anything.
pub fn is_sound(tree: &Tree<Pane>) -> bool {
    let count =
        |pane: Pane| tree.tiles.tiles().filter(|tile| matches!(tile, Tile::Pane(each) if *each == pane)).count();
    tree.root.is_some_and(|root| tree.tiles.get(root).is_some()) && Pane::ALL.into_iter().all(|pane| count(pane) == 1)
}

/// How the tabs look and what is inside; `draw` draws one pane.
pub struct Behavior<'a> {
    /// Draws a pane.
    pub draw: &'a mut dyn FnMut(&mut egui::Ui, Pane),
}

impl egui_tiles::Behavior<Pane> for Behavior<'_> {
    fn pane_ui(&mut self, ui: &mut egui::Ui, _tile: egui_tiles::TileId, pane: &mut Pane) -> egui_tiles::UiResponse {
        let fill = super::theme::tokens(ui).canvas;
        egui::Frame::new().fill(fill).inner_margin(10.0).show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            (self.draw)(ui, *pane);
        });
        egui_tiles::UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> egui::WidgetText {
        pane.title().into()
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        28.0
    }

    fn tab_title_spacing(&self, _visuals: &egui::Visuals) -> f32 {
        12.0
    }

    fn tab_bar_color(&self, visuals: &egui::Visuals) -> egui::Color32 {
        super::theme::Tokens::of(visuals).panel
    }

    fn tab_bg_color(
        &self,
        visuals: &egui::Visuals,
        _tiles: &Tiles<Pane>,
        _tile: egui_tiles::TileId,
        state: &egui_tiles::TabState,
    ) -> egui::Color32 {
        let tokens = super::theme::Tokens::of(visuals);
        if state.active { tokens.canvas } else { tokens.panel }
    }

    fn tab_text_color(
        &self,
        visuals: &egui::Visuals,
        _tiles: &Tiles<Pane>,
        _tile: egui_tiles::TileId,
        state: &egui_tiles::TabState,
    ) -> egui::Color32 {
        let tokens = super::theme::Tokens::of(visuals);
        if state.active { tokens.accent } else { tokens.text_weak }
    }

    fn simplification_options(&self) -> egui_tiles::SimplificationOptions {
        egui_tiles::SimplificationOptions { all_panes_must_have_tabs: true, ..Default::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pane_is_there_at_first_and_comes_back_after_closing() {
        let mut tree = default_tree();
        assert!(is_sound(&tree));
        let tile = tree.tiles.find_pane(&Pane::Live).expect("there at first");
        tree.remove_recursively(tile);
        assert!(!is_sound(&tree));
        show(&mut tree, Pane::Live);
        assert!(is_sound(&tree));
    }
}
