//! A device of this machine made again: what the system tells now, laid over what the entry held before.

use std::collections::BTreeSet;

use crate::catalog::{Date, Device, DeviceClass, DeviceFacts, DeviceId, FieldNote, Provenance, Rates, Standing};

/// A machine of which nothing is known yet.
pub(super) fn blank(id: DeviceId, day: &Date) -> Device {
    Device {
        id,
        name: String::new(),
        vendor: String::new(),
        class: DeviceClass::Other,
        form_factor: String::new(),
        memory: None,
        memory_bandwidth: None,
        rates: Rates::default(),
        power_limit: None,
        price: None,
        released: None,
        facts: DeviceFacts::default(),
        notes: None,
        provenance: Provenance {
            source: String::new(),
            date: day.clone(),
            standing: Standing::Measured,
            fields: Vec::new(),
        },
    }
}

/// What was known of a machine, and what is known of it now.
pub(super) struct Merge<'a> {
    pub before: Option<&'a Device>,
    /// Fields the user corrects now.
    pub typed: &'a BTreeSet<&'static str>,
    /// Fields whose value is a new one.
    pub fresh: BTreeSet<&'static str>,
}

impl Merge<'_> {
    /// Whether the user typed this field of the entry once, and does not now.
    fn is_held(&self, field: &str) -> bool {
        let note = self.before.and_then(|before| before.provenance.note(field));
        !self.typed.contains(field) && note.is_some_and(FieldNote::is_typed)
    }

    /// The new value, whatever was known.
    pub fn take<T>(&mut self, field: &'static str, new: T) -> Option<T> {
        self.fresh.insert(field);
        Some(new)
    }

    /// The new value, else the one of before; what the user clears now is unknown.
    pub fn or_before<T>(&mut self, field: &'static str, new: Option<T>, old: Option<T>) -> Option<T> {
        if self.is_held(field) {
            return old;
        }
        match new {
            Some(new) => self.take(field, new),
            None if self.typed.contains(field) => {
                self.fresh.insert(field);
                None
            }
            None => old,
        }
    }

    /// The same of what is never unknown.
    pub fn always<T>(&mut self, field: &'static str, new: T, old: T) -> T {
        if self.is_held(field) {
            return old;
        }
        self.fresh.insert(field);
        new
    }

    /// Notes on what is kept, each with the date it had.
    pub fn kept_notes(&self) -> Vec<FieldNote> {
        let Some(before) = self.before else { return Vec::new() };
        let dated = |note: &FieldNote| note.clone().dated(before.provenance.date_of(&note.field).cloned());
        before.provenance.fields.iter().filter(|note| !self.fresh.contains(note.field.as_str())).map(dated).collect()
    }
}
