//! The built-in catalog and the user's changes over it.
//!
//! Editing is by whole entries: `put` the entry as it should be, `remove` it, `restore` the built-in one. Undo is the
//! layer of before; layers compare by value.

use serde::{Deserialize, Serialize};

use super::bounded::at_most;
use super::kept::Kept;
use super::table::Table;
use super::{
    ApiPrice, ApiPriceId, Device, DeviceId, ElectricityPrice, ElectricityPriceId, EngineProfile, EngineProfileId,
    FormatLoss, FormatLossId, Grid, GridId, MOST_ENTRIES, Model, ModelId, RackType, RackTypeId, Server, ServerId, Site,
    SiteId, WeightMix, WeightMixId,
};

/// Every table of facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    /// Language models.
    pub models: Table<Model>,
    /// Accelerators and processors.
    pub devices: Table<Device>,
    /// Servers and other rack-mounted things.
    pub servers: Table<Server>,
    /// Racks.
    pub rack_types: Table<RackType>,
    /// Carbon intensity by country.
    pub grids: Table<Grid>,
    /// Electricity prices.
    pub electricity_prices: Table<ElectricityPrice>,
    /// Prices of hosted models.
    pub api_prices: Table<ApiPrice>,
    /// Mixes of the user's own.
    pub weight_mixes: Table<WeightMix>,
    /// Engines as set up.
    pub engine_profiles: Table<EngineProfile>,
    /// Published losses of weight formats.
    pub format_losses: Table<FormatLoss>,
    /// Overheads of buildings.
    pub sites: Table<Site>,
}

/// What a user added, changed or removed. Saved with the plan; laid over whatever the built-in catalog is then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Layer {
    /// Models added or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Model>,
    /// Devices added or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// Servers added or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Server>,
    /// Racks added or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rack_types: Vec<RackType>,
    /// Grids added or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grids: Vec<Grid>,
    /// Electricity prices added or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub electricity_prices: Vec<ElectricityPrice>,
    /// API prices added or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub api_prices: Vec<ApiPrice>,
    /// Mixes of weights added or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weight_mixes: Vec<WeightMix>,
    /// Engine profiles added or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub engine_profiles: Vec<EngineProfile>,
    /// Losses of formats added or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub format_losses: Vec<FormatLoss>,
    /// Sites added or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<Site>,
    /// Built-in models taken out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    pub removed_models: Vec<ModelId>,
    /// Built-in devices taken out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    pub removed_devices: Vec<DeviceId>,
    /// Built-in servers taken out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    pub removed_servers: Vec<ServerId>,
    /// Built-in racks taken out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    pub removed_rack_types: Vec<RackTypeId>,
    /// Built-in grids taken out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    pub removed_grids: Vec<GridId>,
    /// Built-in electricity prices taken out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    pub removed_electricity_prices: Vec<ElectricityPriceId>,
    /// Built-in API prices taken out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    pub removed_api_prices: Vec<ApiPriceId>,
    /// Mixes of weights taken out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    pub removed_weight_mixes: Vec<WeightMixId>,
    /// Engine profiles taken out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    pub removed_engine_profiles: Vec<EngineProfileId>,
    /// Losses of formats taken out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    pub removed_format_losses: Vec<FormatLossId>,
    /// Sites taken out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    pub removed_sites: Vec<SiteId>,
}

/// What a layer says of one entry at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Excerpt {
    /// Nothing but that.
    of: Layer,
    /// Where the entry stood among its kind.
    place: usize,
}

/// How the user's catalog and the built-in one stand to each other at one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryState {
    /// As it came with the program.
    BuiltIn,
    /// A built-in entry the user changed.
    Changed,
    /// The user's own.
    Added,
    /// A built-in entry the user took out.
    Removed,
}

impl Layer {
    /// Adds an entry or changes the one with its id.
    pub fn put<T: Kept>(&mut self, entry: T) {
        T::removed_mut(self).retain(|id| id != entry.id());
        let entries = T::changed_mut(self);
        match entries.iter_mut().find(|old| old.id() == entry.id()) {
            Some(old) => *old = entry,
            None => entries.push(entry),
        }
    }

    /// Takes an entry out: the user's own for good, a built-in one until it is restored.
    pub fn remove<T: Kept>(&mut self, builtin: &Catalog, id: &T::Id) {
        T::changed_mut(self).retain(|entry| entry.id() != id);
        if T::table(builtin).get(id).is_some() && !T::removed(self).contains(id) {
            T::removed_mut(self).push(id.clone());
        }
    }

    /// Forgets what the user did to an entry, so that the built-in one, if there is one, shows again. Says whether there
    /// was anything to forget.
    pub fn restore<T: Kept>(&mut self, id: &T::Id) -> bool {
        let touched = self.is_changed::<T>(id);
        T::changed_mut(self).retain(|entry| entry.id() != id);
        T::removed_mut(self).retain(|removed| removed != id);
        touched
    }

    /// What the layer says of one entry, to be put back by [`Layer::put_back`] whatever is done to the others meanwhile.
    pub fn excerpt<T: Kept>(&self, id: &T::Id) -> Excerpt {
        let mut of = Self::default();
        let place = T::changed(self).iter().position(|entry| entry.id() == id);
        T::changed_mut(&mut of).extend(place.and_then(|place| T::changed(self).get(place)).cloned());
        T::removed_mut(&mut of).extend(T::removed(self).iter().find(|removed| *removed == id).cloned());
        Excerpt { of, place: place.unwrap_or_default() }
    }

    /// Says of one entry again what an excerpt of it says, in the place where that stood.
    pub fn put_back<T: Kept>(&mut self, id: &T::Id, excerpt: &Excerpt) {
        match T::changed(&excerpt.of).iter().find(|entry| entry.id() == id) {
            Some(entry) => {
                T::removed_mut(self).retain(|removed| removed != id);
                let entries = T::changed_mut(self);
                match entries.iter_mut().find(|old| old.id() == id) {
                    Some(old) => *old = entry.clone(),
                    None => entries.insert(excerpt.place.min(entries.len()), entry.clone()),
                }
            }
            None => {
                T::changed_mut(self).retain(|entry| entry.id() != id);
                let gone = T::removed(&excerpt.of).contains(id);
                T::removed_mut(self).retain(|removed| gone || removed != id);
                if gone && !T::removed(self).contains(id) {
                    T::removed_mut(self).push(id.clone());
                }
            }
        }
    }

    /// Whether the user added, changed or removed this entry.
    pub fn is_changed<T: Kept>(&self, id: &T::Id) -> bool {
        T::changed(self).iter().any(|entry| entry.id() == id) || T::removed(self).contains(id)
    }

    /// Where an entry comes from. `None`: neither catalog knows it.
    pub fn state_of<T: Kept>(&self, builtin: &Catalog, id: &T::Id) -> Option<EntryState> {
        let known = T::table(builtin).get(id).is_some();
        let changed = T::changed(self).iter().any(|entry| entry.id() == id);
        match (known, changed) {
            (true, true) => Some(EntryState::Changed),
            (false, true) => Some(EntryState::Added),
            (true, false) if T::removed(self).contains(id) => Some(EntryState::Removed),
            (true, false) => Some(EntryState::BuiltIn),
            (false, false) => None,
        }
    }
}
