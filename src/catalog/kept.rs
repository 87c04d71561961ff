//! The kinds of entries, each with its table in a catalog and its changes in a layer: what is done to all of them alike.

use super::layer::{Catalog, Layer};
use super::table::{Entry, Table};
use super::{
    ApiPrice, CatalogError, Device, ElectricityPrice, EngineProfile, FormatLoss, Grid, Model, RackType, Server, Site,
    WeightMix,
};

/// A kind of entry that a catalog has a table of and a layer has changes of.
pub trait Kept: Entry {
    /// What its list is called in a file, for example "devices".
    const LIST: &'static str;
    /// Its table.
    fn table(catalog: &Catalog) -> &Table<Self>;
    /// Its table, to change.
    fn table_mut(catalog: &mut Catalog) -> &mut Table<Self>;
    /// The user's entries of this kind.
    fn changed(layer: &Layer) -> &Vec<Self>;
    /// The user's entries of this kind, to change.
    fn changed_mut(layer: &mut Layer) -> &mut Vec<Self>;
    /// Built-in entries of this kind that the user took out.
    fn removed(layer: &Layer) -> &Vec<Self::Id>;
    /// Built-in entries of this kind that the user took out, to change.
    fn removed_mut(layer: &mut Layer) -> &mut Vec<Self::Id>;
}

/// Calls a generic function once for each kind of entry, in the order of the tables.
macro_rules! every_kind {
    ($function:ident($($argument:expr),* $(,)?)) => {{
        $function::<$crate::catalog::Model>($($argument),*);
        $function::<$crate::catalog::Device>($($argument),*);
        $function::<$crate::catalog::Server>($($argument),*);
        $function::<$crate::catalog::RackType>($($argument),*);
        $function::<$crate::catalog::Grid>($($argument),*);
        $function::<$crate::catalog::ElectricityPrice>($($argument),*);
        $function::<$crate::catalog::ApiPrice>($($argument),*);
        $function::<$crate::catalog::WeightMix>($($argument),*);
        $function::<$crate::catalog::EngineProfile>($($argument),*);
        $function::<$crate::catalog::FormatLoss>($($argument),*);
        $function::<$crate::catalog::Site>($($argument),*);
    }};
}
pub(crate) use every_kind;

macro_rules! kept {
    ($($type:ty: $table:ident, $removed:ident;)+) => {
        $(
            impl Kept for $type {
                const LIST: &'static str = stringify!($table);
                fn table(catalog: &Catalog) -> &Table<Self> {
                    &catalog.$table
                }
                fn table_mut(catalog: &mut Catalog) -> &mut Table<Self> {
                    &mut catalog.$table
                }
                fn changed(layer: &Layer) -> &Vec<Self> {
                    &layer.$table
                }
                fn changed_mut(layer: &mut Layer) -> &mut Vec<Self> {
                    &mut layer.$table
                }
                fn removed(layer: &Layer) -> &Vec<Self::Id> {
                    &layer.$removed
                }
                fn removed_mut(layer: &mut Layer) -> &mut Vec<Self::Id> {
                    &mut layer.$removed
                }
            }
        )+

        impl Catalog {
            /// This catalog with the user's changes applied.
            pub fn with(&self, layer: &Layer) -> Self {
                let mut all = self.clone();
                $(apply::<$type>(&mut all, layer);)+
                all
            }

            /// Takes in the entries of a file. Each id may come once.
            pub(super) fn take(&mut self, file: &str, layer: Layer) -> Result<(), CatalogError> {
                $(take_all(file, &mut self.$table, layer.$table)?;)+
                Ok(())
            }
        }

        impl Layer {
            /// Whether there is no change in it.
            pub fn is_empty(&self) -> bool {
                $(self.$table.is_empty() && self.$removed.is_empty())&&+
            }

            /// How many entries it adds or changes.
            pub fn entries(&self) -> usize {
                [$(self.$table.len()),+].into_iter().sum()
            }

            /// Lays another user's changes over these; where both speak of an entry, theirs holds.
            pub fn merge(&mut self, theirs: Self) {
                $(merge::<$type>(self, theirs.$table, theirs.$removed);)+
            }

            /// Forgets changes that change nothing: entries equal to the built-in ones, and removals of what is not there.
            pub fn drop_unchanged(&mut self, builtin: &Catalog) {
                $(
                    self.$table.retain(|entry| builtin.$table.get(entry.id()) != Some(entry));
                    self.$removed.retain(|id| builtin.$table.get(id).is_some());
                )+
            }

            /// The first kind of which something is taken out.
            pub(super) fn first_removed(&self) -> Option<&'static str> {
                $(if !self.$removed.is_empty() { return Some(stringify!($table)); })+
                None
            }
        }
    };
}

kept! {
    Model: models, removed_models;
    Device: devices, removed_devices;
    Server: servers, removed_servers;
    RackType: rack_types, removed_rack_types;
    Grid: grids, removed_grids;
    ElectricityPrice: electricity_prices, removed_electricity_prices;
    ApiPrice: api_prices, removed_api_prices;
    WeightMix: weight_mixes, removed_weight_mixes;
    EngineProfile: engine_profiles, removed_engine_profiles;
    FormatLoss: format_losses, removed_format_losses;
    Site: sites, removed_sites;
}

fn apply<T: Kept>(all: &mut Catalog, layer: &Layer) {
    let table = T::table_mut(all);
    for id in T::removed(layer) {
        table.remove(id);
    }
    for entry in T::changed(layer) {
        table.put(entry.clone());
    }
}

fn take_all<T: Entry>(file: &str, table: &mut Table<T>, entries: Vec<T>) -> Result<(), CatalogError> {
    for entry in entries {
        let id = entry.id().to_string();
        if table.put(entry).is_some() {
            return Err(CatalogError::Twice { file: file.to_owned(), kind: T::KIND, id });
        }
    }
    Ok(())
}

fn merge<T: Kept>(ours: &mut Layer, changed: Vec<T>, removed: Vec<T::Id>) {
    for id in removed {
        T::changed_mut(ours).retain(|entry| *entry.id() != id);
        if !T::removed(ours).contains(&id) {
            T::removed_mut(ours).push(id);
        }
    }
    for entry in changed {
        ours.put(entry);
    }
}
