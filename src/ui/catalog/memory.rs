//! How the tables of the catalog were looked at last: columns, sorting, pinned entries. Remembered from one start to the
//! next; none of it is in the plan.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Most tables, columns and pins taken up from a stored text, and longest word in it: far beyond what there is.
const MOST: usize = 64;
const LONGEST: usize = 200;

/// What is remembered. Missing parts are as at first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CatalogMemory {
    /// Title of the table shown.
    pub kind: String,
    /// Each table by its title.
    pub tables: BTreeMap<String, TableMemory>,
}

/// What is remembered of one table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TableMemory {
    /// Titles of the columns left out. `None`: as at first.
    pub hidden: Option<BTreeSet<String>>,
    /// Title of the column it is sorted by, and whether the largest is first.
    pub sort: Option<(String, bool)>,
    /// Ids of the pinned entries.
    pub pinned: Vec<String>,
}

impl CatalogMemory {
    /// Takes out what no table can have written. Titles and ids that are no more are the tables' own to forget.
    pub fn mended(mut self) -> Self {
        let short = |text: &String| text.len() <= LONGEST;
        self.tables = self.tables.into_iter().filter(|(title, _)| short(title)).take(MOST).collect();
        for table in self.tables.values_mut() {
            if let Some(hidden) = &mut table.hidden {
                *hidden = std::mem::take(hidden).into_iter().filter(short).take(MOST).collect();
            }
            table.sort = table.sort.take().filter(|(title, _)| short(title));
            let mut seen = BTreeSet::new();
            table.pinned.retain(|id| short(id) && seen.insert(id.clone()));
            table.pinned.truncate(super::compare::MOST_PINNED);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_read_back_and_nonsense_is_taken_out() {
        let table = TableMemory {
            hidden: Some(BTreeSet::from(["Vendor".to_owned(), "x".repeat(LONGEST + 1)])),
            sort: Some(("Memory (GiB)".to_owned(), true)),
            pinned: ["a", "a", "b", "c", "d", "e", "f", "g"].map(str::to_owned).to_vec(),
        };
        let memory =
            CatalogMemory { kind: "Devices".to_owned(), tables: BTreeMap::from([("Devices".to_owned(), table)]) };
        let text = ron::to_string(&memory).expect("it can be written");
        let back = ron::from_str::<CatalogMemory>(&text).expect("and read").mended();
        let table = back.tables.get("Devices").expect("the table");
        assert_eq!(table.hidden, Some(BTreeSet::from(["Vendor".to_owned()])));
        assert_eq!(table.sort, Some(("Memory (GiB)".to_owned(), true)));
        assert_eq!(table.pinned, ["a", "b", "c", "d", "e", "f"]);
        let partial: CatalogMemory = ron::from_str("(kind: \"Grids\")").expect("missing parts are defaults");
        assert!(partial.tables.is_empty());
    }
}
