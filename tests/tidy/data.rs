//! The rule about data files: no fact without a source and a date.

/// Catalog entries without a provenance that names source and date. Other data files name both at least once. Files of
/// the fit hold no facts: a table of constants says its day, rows set aside say why. Rows that a fit was judged on say
/// its day, and whose they are.
pub fn entries_without_source(name: &str, text: &str) -> Vec<String> {
    if name.starts_with("data/constants/") {
        let key = if name.ends_with("_set_aside.ron") { "reason:" } else { "date:" };
        let said = value_after(text, key).is_some_and(|value| !value.trim().is_empty());
        return if said { Vec::new() } else { vec![format!("{name}: no `{key}` anywhere")] };
    }
    if name.starts_with("data/accuracy/") {
        let dated = value_after(text, "date:").is_some_and(|value| !value.trim().is_empty());
        let sources = text.split("\nsources: [\n").nth(1).is_some_and(|list| list.starts_with('"'));
        let missing = [(dated, "date:"), (sources, "sources:")].into_iter().filter(|(there, _)| !there);
        return missing.map(|(_, key)| format!("{name}: no `{key}` anywhere")).collect();
    }
    if !text.contains("entries:") {
        let has = |key: &str| value_after(text, key).is_some_and(|value| !value.trim().is_empty());
        let missing = ["source:", "date:"].into_iter().filter(|key| !has(key));
        return missing.map(|key| format!("{name}: no `{key}` anywhere")).collect();
    }
    let places: Vec<usize> = text.match_indices("id: \"").map(|(at, _)| at).collect();
    let mut found = Vec::new();
    for (number, start) in places.iter().enumerate() {
        let end = places.get(number + 1).copied().unwrap_or(text.len());
        let entry = &text[*start..end];
        let id = value_after(entry, "id:").unwrap_or("?");
        let Some(provenance) = entry.find("provenance: (").map(|at| &entry[at..]) else {
            found.push(format!("{name}: `{id}` has no provenance"));
            continue;
        };
        // Notes on single fields have sources too; the entry's own stands before them.
        let own = provenance.split("fields:").next().unwrap_or(provenance);
        for key in ["source:", "date:"] {
            if value_after(own, key).is_none_or(|value| value.trim().is_empty()) {
                found.push(format!("{name}: `{id}` has no `{key}`"));
            }
        }
    }
    found
}

/// The quoted value after a key.
fn value_after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.get(text.find(key)? + key.len()..)?.trim_start().strip_prefix('"')?.split('"').next()
}
