//! One kind of entry, in order, found by id.

use std::collections::BTreeMap;

use super::id::{
    ApiPriceId, DeviceId, ElectricityPriceId, EngineProfileId, FormatLossId, GridId, ModelId, RackTypeId, ServerId,
    SiteId, WeightMixId,
};
use super::{
    ApiPrice, Device, ElectricityPrice, EngineProfile, FormatLoss, Grid, Model, Provenance, RackType, Server, Site,
    WeightMix,
};

/// What every kind of entry has.
pub trait Entry: Clone + PartialEq + serde::Serialize {
    /// Its id type.
    type Id: Clone + Ord + std::fmt::Display + for<'a> From<&'a str>;
    /// What an entry of this kind is called in messages, for example "device".
    const KIND: &'static str;
    /// Its id.
    fn id(&self) -> &Self::Id;
    /// Its name for people.
    fn name(&self) -> &str;
    /// Where it comes from.
    fn provenance(&self) -> &Provenance;
}

macro_rules! entry {
    ($type:ty, $id:ty, $kind:literal) => {
        impl Entry for $type {
            type Id = $id;
            const KIND: &'static str = $kind;
            fn id(&self) -> &$id {
                &self.id
            }
            fn name(&self) -> &str {
                &self.name
            }
            fn provenance(&self) -> &Provenance {
                &self.provenance
            }
        }
    };
}

entry!(Model, ModelId, "model");
entry!(Device, DeviceId, "device");
entry!(Server, ServerId, "server");
entry!(RackType, RackTypeId, "rack type");
entry!(Grid, GridId, "grid");
entry!(ElectricityPrice, ElectricityPriceId, "electricity price");
entry!(ApiPrice, ApiPriceId, "API price");
entry!(WeightMix, WeightMixId, "weight mix");
entry!(EngineProfile, EngineProfileId, "engine profile");
entry!(FormatLoss, FormatLossId, "format loss");
entry!(Site, SiteId, "site");

/// Entries of one kind in a stable order.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<T: Entry> {
    entries: Vec<T>,
    place: BTreeMap<T::Id, usize>,
}

impl<T: Entry> Default for Table<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), place: BTreeMap::new() }
    }
}

impl<T: Entry> Table<T> {
    /// The entry with this id. `None`: there is none.
    pub fn get(&self, id: &T::Id) -> Option<&T> {
        self.place.get(id).and_then(|&at| self.entries.get(at))
    }

    /// All entries in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.entries.iter()
    }

    /// All entries in order, for tables that draw visible rows only.
    pub fn as_slice(&self) -> &[T] {
        &self.entries
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts an entry in the place of the one with its id, or at the end. Returns the one replaced.
    pub fn put(&mut self, entry: T) -> Option<T> {
        if let Some(slot) = self.place.get(entry.id()).and_then(|&at| self.entries.get_mut(at)) {
            return Some(std::mem::replace(slot, entry));
        }
        self.place.insert(entry.id().clone(), self.entries.len());
        self.entries.push(entry);
        None
    }

    /// Takes an entry out. Returns it.
    pub fn remove(&mut self, id: &T::Id) -> Option<T> {
        let at = self.place.remove(id)?;
        let entry = self.entries.remove(at);
        for place in self.place.values_mut().filter(|place| **place > at) {
            *place -= 1;
        }
        Some(entry)
    }
}

impl<T: Entry> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let mut table = Self::default();
        for entry in entries {
            table.put(entry);
        }
        table
    }
}
