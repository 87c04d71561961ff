//! Which kind is shown, what stands above its table, and the dialogs about entries and layers.

use egui::{Button, Popup, PopupCloseBehavior, RichText, Ui};

use super::compare::{MOST_PINNED, compare_ui};
use super::details::details_ui;
use super::edits::{Act, NewEntry, RowDialog, act_on, dialog_ui};
use super::layers::{MergeDialog, ReviewDialog};
use super::memory::{CatalogMemory, TableMemory};
use super::rows::Show;
use super::sized::SizedFor;
use super::sizer::Sizer;
use super::table::{Computed, NAME, TableState, table_ui, titles};
use super::value::{Column, Row};
use super::{columns, fixed, toolbar};
use crate::catalog::Layer;
use crate::ui::command::Command;
use crate::ui::messages::Severity;
use crate::ui::scene::Scene;
use crate::ui::widgets::filter_ui;

/// One table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Models,
    #[default]
    Devices,
    Servers,
    RackTypes,
    Grids,
    ElectricityPrices,
    ApiPrices,
    EngineProfiles,
    WeightFormats,
    FormatLosses,
    WeightMixes,
    Sites,
}

impl Kind {
    const ALL: [Self; 12] = [
        Self::Models,
        Self::Devices,
        Self::Servers,
        Self::RackTypes,
        Self::Grids,
        Self::ElectricityPrices,
        Self::ApiPrices,
        Self::EngineProfiles,
        Self::WeightFormats,
        Self::FormatLosses,
        Self::WeightMixes,
        Self::Sites,
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
            Self::WeightMixes => "Weight mixes",
            Self::WeightFormats => "Weight formats",
            Self::EngineProfiles => "Engines",
            Self::FormatLosses => "Format losses",
            Self::Sites => "Sites",
        }
    }
}

impl Kind {
    /// Titles that its table can be sorted by.
    fn titles(self) -> Vec<&'static str> {
        let own = match self {
            Self::Models => titles(columns::MODELS),
            Self::Devices => titles(columns::DEVICES),
            Self::Servers => titles(columns::SERVERS),
            Self::RackTypes => titles(columns::RACK_TYPES),
            Self::Grids => titles(columns::GRIDS),
            Self::ElectricityPrices => titles(columns::ELECTRICITY_PRICES),
            Self::ApiPrices => titles(columns::API_PRICES),
            Self::WeightMixes => titles(columns::WEIGHT_MIXES),
            Self::EngineProfiles => titles(columns::ENGINE_PROFILES),
            Self::FormatLosses => titles(columns::FORMAT_LOSSES),
            Self::Sites => titles(columns::SITES),
            Self::WeightFormats => Vec::new(),
        };
        std::iter::once(NAME).chain(own).collect()
    }
}

/// What was asked for from outside of the pane, done when it is drawn.
#[derive(Debug, Default)]
struct Asked {
    merge: std::collections::VecDeque<(String, Layer)>,
    review: bool,
}

/// The pane.
#[derive(Debug, Default)]
pub struct CatalogPane {
    kind: Kind,
    tables: std::collections::BTreeMap<Kind, TableState>,
    sizer: Sizer,
    only_differences: bool,
    asked: Asked,
    merge: Option<MergeDialog>,
    review: Option<ReviewDialog>,
}

impl CatalogPane {
    /// Shows another user's changes, read from a file, for merging.
    pub fn offer_layer(&mut self, file: String, theirs: Layer) {
        self.asked.merge.push_back((file, theirs));
    }

    /// Shows the user's changes beside the built-in catalog.
    pub const fn review(&mut self) {
        self.asked.review = true;
    }

    /// Forgets what was being done to entries of the plan before. How the tables are looked at stays; another user's
    /// changes that wait are held against the new plan.
    pub fn begin_plan(&mut self) {
        for state in self.tables.values_mut() {
            state.forget_plan();
        }
        if let Some(dialog) = self.merge.take() {
            self.asked.merge.push_front(dialog.into_parts());
        }
        self.review = None;
    }

    /// Draws the pane. `chosen` is what the computed columns of models are for.
    pub fn ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, chosen: &mut SizedFor) {
        ui.horizontal_wrapped(|ui| {
            for kind in Kind::ALL {
                if ui.selectable_label(kind == self.kind, kind.title()).clicked() {
                    self.kind = kind;
                }
            }
        });
        ui.separator();
        match self.kind {
            Kind::Models => self.kind_ui(ui, scene, chosen, columns::MODELS),
            Kind::Devices => self.kind_ui(ui, scene, chosen, columns::DEVICES),
            Kind::Servers => self.kind_ui(ui, scene, chosen, columns::SERVERS),
            Kind::RackTypes => self.kind_ui(ui, scene, chosen, columns::RACK_TYPES),
            Kind::Grids => self.kind_ui(ui, scene, chosen, columns::GRIDS),
            Kind::ElectricityPrices => self.kind_ui(ui, scene, chosen, columns::ELECTRICITY_PRICES),
            Kind::ApiPrices => self.kind_ui(ui, scene, chosen, columns::API_PRICES),
            Kind::WeightMixes => self.kind_ui(ui, scene, chosen, columns::WEIGHT_MIXES),
            Kind::EngineProfiles => self.kind_ui(ui, scene, chosen, columns::ENGINE_PROFILES),
            Kind::WeightFormats => self.formats_ui(ui, scene),
            Kind::FormatLosses => self.kind_ui(ui, scene, chosen, columns::FORMAT_LOSSES),
            Kind::Sites => self.kind_ui(ui, scene, chosen, columns::SITES),
        }
        self.layers_ui(ui, scene);
    }

    fn layers_ui(&mut self, ui: &Ui, scene: &mut Scene<'_>) {
        if self.merge.is_none()
            && let Some((file, theirs)) = self.asked.merge.pop_front()
        {
            self.merge = Some(MergeDialog::new(file, theirs, scene));
        }
        if std::mem::take(&mut self.asked.review) {
            self.review = Some(ReviewDialog);
        }
        if self.merge.as_mut().is_some_and(|dialog| !dialog.ui(ui.ctx(), scene)) {
            self.merge = None;
        }
        if self.review.as_ref().is_some_and(|dialog| !dialog.ui(ui.ctx(), scene)) {
            self.review = None;
        }
    }

    fn formats_ui(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        let state = self.tables.entry(self.kind).or_default();
        ui.horizontal_wrapped(|ui| {
            filter_ui(ui, "Filter the catalog", &mut state.filter);
            ui.weak(format!("{} formats, fixed: their bits follow from the layout of a block", fixed::count()));
            ui.weak("What they lose is under Format losses; a mix of your own under Weight mixes");
        });
        fixed::formats_ui(ui, scene, &state.filter);
    }

    /// What is to be remembered of the tables.
    pub fn memory(&self) -> CatalogMemory {
        let of = |state: &TableState| TableMemory {
            hidden: state.hidden.clone(),
            sort: state.sort.map(|(title, first)| (title.to_owned(), first)),
            pinned: state.pinned.clone(),
        };
        let tables = self.tables.iter().map(|(kind, state)| (kind.title().to_owned(), of(state))).collect();
        CatalogMemory { kind: self.kind.title().to_owned(), tables }
    }

    /// Takes up what was remembered. What there is no more of is as at first.
    pub fn restore(&mut self, memory: &CatalogMemory) {
        for kind in Kind::ALL {
            if kind.title() == memory.kind {
                self.kind = kind;
            }
            let Some(table) = memory.tables.get(kind.title()) else { continue };
            let titles = kind.titles();
            let state = self.tables.entry(kind).or_default();
            state.hidden.clone_from(&table.hidden);
            if let Some(hidden) = &mut state.hidden {
                hidden.retain(|title| titles.contains(&title.as_str()));
            }
            state.sort = table
                .sort
                .as_ref()
                .and_then(|(title, first)| Some((titles.iter().copied().find(|other| other == title)?, *first)));
            state.pinned.clone_from(&table.pinned);
        }
    }

    fn kind_ui<T: Row>(
        &mut self,
        ui: &mut Ui,
        scene: &mut Scene<'_>,
        chosen: &mut SizedFor,
        columns: &'static [Column<T>],
    ) {
        let is_models = self.kind == Kind::Models;
        let state = self.tables.entry(self.kind).or_default();
        ui.horizontal_wrapped(|ui| {
            filter_ui(ui, "Filter the catalog", &mut state.filter);
            ui.weak(format!("{} of {} entries", state.rows.order.len(), state.rows.total));
            for show in Show::ALL {
                let count = state.rows.count(show);
                if show != Show::All && count == 0 && state.show != show {
                    continue;
                }
                let words = if show == Show::All { "All".to_owned() } else { format!("{} ({count})", show.label()) };
                if ui.selectable_label(state.show == show, words).clicked() {
                    state.show = show;
                }
            }
            ui.separator();
            if ui.button("New entry…").on_hover_text("An entry of your own").clicked() {
                state.dialog = Some(RowDialog::New(NewEntry::blank(columns)));
            }
            columns_menu(ui, state, columns);
            // Pins of entries that another plan has are remembered, and do not count.
            let here = T::table(scene.catalog);
            let pins = state.pinned.iter().filter(|id| here.get(&T::Id::from(id.as_str())).is_some()).count();
            let words = if state.comparing { "Back to the table".to_owned() } else { format!("Compare ({pins})") };
            let can = state.comparing || pins > 1;
            let hover = "Pin two entries or more with the star in front of their names";
            if ui.add_enabled(can, Button::new(words)).on_hover_text(hover).on_disabled_hover_text(hover).clicked() {
                state.comparing = !state.comparing;
            }
            layer_menu(ui, scene);
        });
        if is_models && state.details.is_none() {
            toolbar::sized_for_ui(ui, scene.catalog, chosen);
        }
        let mut act = None;
        let computed = Computed { sizer: &mut self.sizer, chosen };
        if state.details.is_some() {
            if !details_ui(ui, scene, state, columns) {
                state.details = None;
            }
        } else if state.comparing {
            if let Some(id) = compare_ui(ui, scene, &state.pinned, columns, &mut self.only_differences, computed) {
                act = Some(Act::Pin(id));
            }
        } else {
            act = table_ui(ui, scene, state, columns, computed);
        }
        if let Some(Act::Details(id)) = act {
            state.details = Some(id);
        } else if let Some(act) = act {
            let full = state.pinned.len() >= MOST_PINNED;
            if full && matches!(&act, Act::Pin(id) if !state.pinned.contains(id)) {
                scene.messages.say(Severity::Warning, format!("{MOST_PINNED} entries are pinned: unpin one first"));
            } else if let Some(dialog) = act_on::<T>(scene, act, &mut state.pinned) {
                state.dialog = Some(dialog);
            }
            state.comparing &= state.pinned.len() > 1;
        }
        if let Some(mut dialog) = state.dialog.take()
            && dialog_ui::<T>(ui.ctx(), scene, &mut dialog, &mut state.pinned, columns)
        {
            state.dialog = Some(dialog);
        }
    }
}

/// Which columns are shown.
fn columns_menu<T: Row>(ui: &mut Ui, state: &mut TableState, columns: &'static [Column<T>]) {
    let button = ui.button("Columns ⏷").on_hover_text("Choose the columns");
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Choose columns"));
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.horizontal(|ui| {
            if ui.button("Usual columns").on_hover_text("As at first").clicked() {
                state.hidden = None;
            }
            if ui.button("All columns").clicked() {
                state.hidden = Some(std::collections::BTreeSet::new());
            }
        });
        egui::ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
            for title in titles(columns) {
                let mut shown = !state.is_hidden::<T>(title);
                if ui.checkbox(&mut shown, format!("Show {title}")).changed() {
                    state.set_hidden::<T>(title, !shown);
                }
            }
        });
    });
}

/// What one does with all of one's changes.
fn layer_menu(ui: &mut Ui, scene: &mut Scene<'_>) {
    let button = ui.button(RichText::new("Your changes ⏷"));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Your changes"));
    Popup::menu(&button.on_hover_text("Export, merge and review what you changed in the catalog")).show(|ui| {
        for command in [Command::ReviewCatalog, Command::ExportCatalog, Command::MergeCatalog] {
            if ui.button(command.label()).clicked() {
                scene.commands.push(command);
            }
        }
    });
}
