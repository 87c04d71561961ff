//! Another user's changes held against one's own catalog, entry by entry, and taken over one by one.
//!
//! Nothing is decided here: the items say what is new, the same, different or taken out, and `take` does what was chosen.

use super::difference::{FieldChange, field_changes};
use super::kept::{Kept, every_kind};
use super::{Catalog, Layer};

/// Names an entry whatever its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryKey {
    /// "model", "device", ...
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

/// One entry of another user's layer.
#[derive(Clone, Debug, PartialEq)]
pub struct MergeItem {
    /// Which entry.
    pub key: EntryKey,
    /// Its name for people.
    pub name: String,
    /// How it stands to one's own catalog.
    pub standing: MergeStanding,
    /// Whether one changed or removed this entry oneself: then the two contradict each other.
    pub mine_changed: bool,
}

/// How another user's entry stands to one's own.
#[derive(Clone, Debug, PartialEq)]
pub enum MergeStanding {
    /// One does not have it.
    New,
    /// It is the same here.
    Same,
    /// These fields differ: `old` is one's own value, `new` theirs.
    Differs(Vec<FieldChange>),
    /// They took it out, and it is here.
    Removed,
}

/// Every entry of another user's layer against the catalog `base` with one's own changes over it.
pub fn merge_items(base: &Catalog, mine: &Layer, theirs: &Layer) -> Vec<MergeItem> {
    let own = base.with(mine);
    let mut items = Vec::new();
    every_kind!(items_of(&own, mine, theirs, &mut items));
    items
}

fn items_of<T: Kept>(own: &Catalog, mine: &Layer, theirs: &Layer, items: &mut Vec<MergeItem>) {
    let table = T::table(own);
    let item = |id: &T::Id, name: &str, standing| MergeItem {
        key: EntryKey { kind: T::KIND, id: id.to_string() },
        name: name.to_owned(),
        standing,
        mine_changed: mine.is_changed::<T>(id),
    };
    for entry in T::changed(theirs) {
        let standing = match table.get(entry.id()) {
            None => MergeStanding::New,
            Some(here) if here == entry => MergeStanding::Same,
            Some(here) => MergeStanding::Differs(field_changes(here, entry)),
        };
        items.push(item(entry.id(), entry.name(), standing));
    }
    for id in T::removed(theirs) {
        match table.get(id) {
            Some(here) => items.push(item(id, here.name(), MergeStanding::Removed)),
            None => items.push(item(id, &id.to_string(), MergeStanding::Same)),
        }
    }
}

impl Layer {
    /// Takes over what another layer says of one entry: its values, or that it is taken out. An entry the other layer
    /// does not speak of stays as it is.
    pub fn take_entry(&mut self, base: &Catalog, theirs: &Self, key: &EntryKey) {
        every_kind!(take_one(self, base, theirs, key));
    }

    /// Whether this layer says anything of one entry.
    pub fn says_of(&self, key: &EntryKey) -> bool {
        let mut says = false;
        every_kind!(says_of_one(self, key, &mut says));
        says
    }

    /// Forgets what this layer says of one entry. Says whether there was anything to forget.
    pub fn forget(&mut self, key: &EntryKey) -> bool {
        let mut touched = false;
        every_kind!(forget_one(self, key, &mut touched));
        touched
    }
}

fn take_one<T: Kept>(mine: &mut Layer, base: &Catalog, theirs: &Layer, key: &EntryKey) {
    if T::KIND != key.kind {
        return;
    }
    let id = T::Id::from(key.id.as_str());
    if let Some(entry) = T::changed(theirs).iter().find(|entry| *entry.id() == id) {
        mine.put(entry.clone());
    } else if T::removed(theirs).contains(&id) {
        mine.remove::<T>(base, &id);
    }
}

fn says_of_one<T: Kept>(layer: &Layer, key: &EntryKey, says: &mut bool) {
    if T::KIND == key.kind {
        *says |= layer.is_changed::<T>(&T::Id::from(key.id.as_str()));
    }
}

fn forget_one<T: Kept>(layer: &mut Layer, key: &EntryKey, touched: &mut bool) {
    if T::KIND == key.kind {
        *touched |= layer.restore::<T>(&T::Id::from(key.id.as_str()));
    }
}
