//! Which entries are shown, and in which order: found once, and kept until something it rests on changes.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::value::{Column, Row, Value};
use crate::catalog::{Catalog, Entry, EntryState, Layer};
use crate::ui::widgets::matches;

/// Whose entries are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// All that are there.
    #[default]
    All,
    /// The user's own.
    Yours,
    /// Built-in ones the user changed.
    Changed,
    /// Built-in ones the user took out.
    Removed,
}

impl Show {
    /// All four.
    pub const ALL: [Self; 4] = [Self::All, Self::Yours, Self::Changed, Self::Removed];

    /// In words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Yours => "Yours",
            Self::Changed => "Changed",
            Self::Removed => "Removed",
        }
    }
}

/// How rows are sorted: by the column of this title. `None` stands for the catalog's order.
pub type SortBy = Option<(&'static str, bool)>;

/// What an order of rows rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsKey {
    /// Counts changes of the catalog.
    pub catalog: u64,
    /// Narrows the rows.
    pub filter: String,
    /// Whose entries.
    pub show: Show,
    /// The sorting: title of the column, and whether the largest is first.
    pub sort: SortBy,
    /// Counts changes of what is computed, where sorted by that; else 0.
    pub computed: u64,
}

/// Places of the entries shown, in order, with what they were found for.
#[derive(Debug, Default)]
pub struct RowCache {
    key: Option<RowsKey>,
    /// Places in the catalog's table; in the built-in one where removed entries are shown.
    pub order: Vec<usize>,
    /// Entries of this kind, shown or not.
    pub total: usize,
    /// How many of them are the user's own, changed and removed.
    pub counts: [usize; 3],
}

impl RowCache {
    /// Whether it was found for this.
    pub fn is_for(&self, key: &RowsKey) -> bool {
        self.key.as_ref() == Some(key)
    }

    /// How many entries a button stands for.
    pub const fn count(&self, show: Show) -> usize {
        let [yours, changed, removed] = self.counts;
        match show {
            Show::All => self.total,
            Show::Yours => yours,
            Show::Changed => changed,
            Show::Removed => removed,
        }
    }

    /// Finds the rows. `computed` gives the value of a row by which it is sorted where no column has that title; `by_name`
    /// says that it is the name, whose first order is that of the alphabet.
    pub fn find<T: Row>(
        &mut self,
        (key, by_name): (RowsKey, bool),
        (catalog, built_in, layer): (&Catalog, &Catalog, &Layer),
        columns: &[Column<T>],
        computed: impl Fn(usize, &T) -> Value,
    ) {
        let here = T::table(catalog).as_slice();
        // Sets: a layer may hold thousands of imported entries.
        let theirs: BTreeSet<&T::Id> = T::changed(layer).iter().map(Entry::id).collect();
        let gone: BTreeSet<&T::Id> = T::removed(layer).iter().collect();
        let original = T::table(built_in);
        let state = |entry: &T| match (original.get(entry.id()).is_some(), theirs.contains(entry.id())) {
            (true, true) => EntryState::Changed,
            (false, true) => EntryState::Added,
            (true, false) if gone.contains(entry.id()) => EntryState::Removed,
            (true | false, false) => EntryState::BuiltIn,
        };
        let own = T::changed(layer).iter().filter(|entry| state(entry) == EntryState::Added).count();
        self.counts = [own, theirs.len() - own, gone.len()];
        self.total = here.len();
        let wanted: Box<dyn Fn(&T) -> bool + '_> = match key.show {
            Show::All => Box::new(|_| true),
            Show::Yours => Box::new(|entry| state(entry) == EntryState::Added),
            Show::Changed => Box::new(|entry| state(entry) == EntryState::Changed),
            Show::Removed => Box::new(|entry| state(entry) == EntryState::Removed),
        };
        let entries = if key.show == Show::Removed { T::table(built_in).as_slice() } else { here };
        let mut rows: Vec<(usize, &T)> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| wanted(entry))
            .filter(|(_, entry)| key.filter.is_empty() || matches(&key.filter, entry.name(), &detail(*entry, columns)))
            .collect();
        if let Some((title, largest_first)) = key.sort {
            let column = columns.iter().find(|column| column.title == title);
            // Each value is made once, not at each comparison.
            let mut by: Vec<(Value, usize)> = rows
                .iter()
                .map(|(at, entry)| match column {
                    Some(column) => ((column.value)(entry), *at),
                    None => (computed(*at, entry), *at),
                })
                .collect();
            let first = if column.is_none() && by_name { !largest_first } else { largest_first };
            by.sort_by(|a, b| compare(&a.0, &b.0, first));
            self.order = by.into_iter().map(|(_, at)| at).collect();
        } else {
            self.order = rows.drain(..).map(|(at, _)| at).collect();
        }
        self.key = Some(key);
    }
}

/// The words of an entry that a filter looks into, beside its name.
fn detail<T: Row>(entry: &T, columns: &[Column<T>]) -> String {
    let mut all = entry.id().to_string();
    for column in columns {
        if let Value::Text(text) = (column.value)(entry) {
            all.push(' ');
            all.push_str(&text);
        }
    }
    all
}

/// Unknown is last whichever way the rest goes.
fn compare(a: &Value, b: &Value, largest_first: bool) -> Ordering {
    let known = match (a, b) {
        (Value::Unknown, Value::Unknown) => return Ordering::Equal,
        (Value::Unknown, _) => return Ordering::Greater,
        (_, Value::Unknown) => return Ordering::Less,
        (Value::Number(a), Value::Number(b)) => a.total_cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Number(_), Value::Text(_)) => Ordering::Less,
        (Value::Text(_), Value::Number(_)) => Ordering::Greater,
    };
    if largest_first { known.reverse() } else { known }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_last_whichever_way_a_column_is_sorted() {
        for largest_first in [true, false] {
            assert_eq!(compare(&Value::Unknown, &Value::Number(1.0), largest_first), Ordering::Greater);
            assert_eq!(compare(&Value::Number(1.0), &Value::Unknown, largest_first), Ordering::Less);
        }
        assert_eq!(compare(&Value::Number(1.0), &Value::Number(2.0), true), Ordering::Greater);
    }
}
