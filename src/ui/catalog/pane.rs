//! Which kind is shown, and the filter above its table.

use egui::Ui;

use super::columns;
use super::table::{TableState, table_ui};
use crate::ui::scene::Scene;
use crate::ui::widgets::filter_ui;

/// One table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    Models,
    #[default]
    Devices,
    Servers,
    RackTypes,
    Grids,
    ElectricityPrices,
    ApiPrices,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Models,
        Self::Devices,
        Self::Servers,
        Self::RackTypes,
        Self::Grids,
        Self::ElectricityPrices,
        Self::ApiPrices,
    ];

    const fn title(self) -> &'static str {
        match self {
            Self::Models => "Models",
            Self::Devices => "Devices",
            Self::Servers => "Servers and more",
            Self::RackTypes => "Racks",
            Self::Grids => "Grids",
            Self::ElectricityPrices => "Electricity prices",
            Self::ApiPrices => "API prices",
        }
    }
}

/// The pane.
#[derive(Debug, Default)]
pub struct CatalogPane {
    kind: Kind,
    table: TableState,
}

impl CatalogPane {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) {
        ui.horizontal_wrapped(|ui| {
            for kind in Kind::ALL {
                if ui.selectable_label(kind == self.kind, kind.title()).clicked() && kind != self.kind {
                    self.kind = kind;
                    self.table = TableState::default();
                }
            }
        });
        ui.horizontal(|ui| {
            filter_ui(ui, "Filter the catalog", &mut self.table.filter);
            ui.weak(self.table.count_text());
        });
        ui.weak("Click a value to change it: every number that rests on it follows. Hover for its source.");
        ui.separator();
        let state = &mut self.table;
        match self.kind {
            Kind::Models => table_ui(ui, scene, state, columns::MODELS),
            Kind::Devices => table_ui(ui, scene, state, columns::DEVICES),
            Kind::Servers => table_ui(ui, scene, state, columns::SERVERS),
            Kind::RackTypes => table_ui(ui, scene, state, columns::RACK_TYPES),
            Kind::Grids => table_ui(ui, scene, state, columns::GRIDS),
            Kind::ElectricityPrices => table_ui(ui, scene, state, columns::ELECTRICITY_PRICES),
            Kind::ApiPrices => table_ui(ui, scene, state, columns::API_PRICES),
        }
    }
}
