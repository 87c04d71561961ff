//! The drawing of the rooms in `src/lib.rs`, read: who may name whom.

use std::collections::{BTreeMap, BTreeSet};

/// Rooms with the rooms they may name.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Reads the drawing in the comment of a `lib.rs`. On a line a room may name all that stands left of it, and what the
/// rooms that the line begins with may name themselves.
pub fn arrows(lib: &str) -> Arrows {
    let mut all = Arrows::new();
    for line in lib.lines().filter_map(|line| line.strip_prefix("//! ")).filter(|line| line.contains(" <- ")) {
        let slots = split(line, "<-");
        let mut left: BTreeSet<String> = BTreeSet::new();
        for (number, slot) in slots.iter().enumerate() {
            let mut here = BTreeSet::new();
            for chain in split(slot.trim().trim_start_matches('{').trim_end_matches('}'), ",") {
                let mut below = left.clone();
                for room in split(&chain, "<-").iter().map(|room| room.trim().to_owned()) {
                    all.entry(room.clone()).or_default().extend(below.iter().cloned());
                    if number == 0 {
                        here.extend(all.get(&room).cloned().unwrap_or_default());
                    }
                    below.insert(room.clone());
                    here.insert(room);
                }
            }
            left.extend(here);
        }
    }
    all
}

/// The parts between separators that stand outside of braces.
fn split(text: &str, separator: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let step = if depth == 0 && rest.starts_with(separator) {
            parts.push(String::new());
            separator.len()
        } else {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if let Some(part) = parts.last_mut() {
                part.push(c);
            }
            c.len_utf8()
        };
        rest = &rest[step..];
    }
    parts
}

/// The rooms a `lib.rs` has: its modules.
pub fn modules(lib: &str) -> BTreeSet<String> {
    lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned).collect()
}
