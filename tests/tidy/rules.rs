//! The rules about source files. Each takes a path from the root and a text, and returns what is wrong.

use super::source::code_only;

/// Every room with the rooms it may name, lowest first. `src/lib.rs` draws the same, and a test holds the two together.
/// What is not a room (`main.rs`, `lib.rs`) may name all.
pub const ROOMS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("catalog", &["units"]),
    ("sizing", &["units", "catalog"]),
    ("infer", &["units"]),
    ("import", &["units", "catalog", "sizing", "infer"]),
    ("rack", &["units", "catalog", "sizing"]),
    ("accuracy", &["units", "catalog", "sizing"]),
    ("validate", &["units", "catalog", "sizing", "accuracy"]),
    ("fit", &["units", "catalog", "sizing", "accuracy", "validate"]),
    ("project", &["units", "catalog", "sizing", "import", "rack", "accuracy", "validate", "fit"]),
    ("export", &["units", "catalog", "sizing", "import", "rack", "accuracy", "validate", "fit", "project"]),
    ("quantize", &["units", "catalog", "sizing", "infer"]),
    ("cli", EVERYTHING_BELOW_THE_EDGE),
    ("ui", EVERYTHING_BELOW_THE_EDGE),
];

/// What the two rooms that meet the user may name; not each other.
const EVERYTHING_BELOW_THE_EDGE: &[&str] = &[
    "units", "catalog", "sizing", "infer", "import", "rack", "accuracy", "validate", "fit", "project", "export",
    "quantize",
];

/// The room a source file belongs to. `None`: it stands at the door.
fn room_of(name: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    let first = name.strip_prefix("src/")?.split('/').next()?;
    let first = first.strip_suffix(".rs").unwrap_or(first);
    ROOMS.iter().find(|(room, _)| *room == first)
}

/// Rooms named that are not below this one.
pub fn upward_names(name: &str, text: &str) -> Vec<String> {
    let Some((room, below)) = room_of(name) else { return Vec::new() };
    named_rooms(&code_only(text))
        .into_iter()
        .filter(|named| named != room && !below.contains(named))
        .map(|named| format!("{name}: the room `{room}` names `{named}`, which is not below it"))
        .collect()
}

/// Rooms named after `crate::`, alone or in a group.
fn named_rooms(code: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (at, key) in code.match_indices("crate::") {
        let rest = code.get(at + key.len()..).unwrap_or("").trim_start();
        match rest.strip_prefix('{') {
            None => found.extend(room_called(rest)),
            Some(group) => found.extend(heads(group).into_iter().filter_map(room_called)),
        }
    }
    found
}

/// The first words of the parts of a `use` group whose brace is already open.
fn heads(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                parts.push(group[start..at].trim());
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    parts
}

fn room_called(text: &str) -> Option<&'static str> {
    let word: &str = text.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    ROOMS.iter().map(|(room, _)| *room).find(|room| *room == word)
}

/// Names in code, in order.
fn names(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Crates of the window outside of `ui`, candle outside of `infer` and the GGUF importer.
pub fn foreign_names(name: &str, text: &str) -> Vec<String> {
    const WINDOW: &[&str] = &["egui", "eframe", "egui_extras", "egui_plot", "egui_tiles", "rfd", "epaint", "emath"];
    let code = code_only(text);
    let in_ui = name.starts_with("src/ui/") || name == "src/ui.rs";
    let in_infer = name.starts_with("src/infer/") || name == "src/infer.rs" || name.starts_with("src/import/gguf");
    names(&code)
        .filter(|word| (WINDOW.contains(word) && !in_ui) || (word.starts_with("candle_") && !in_infer))
        .map(|word| format!("{name}: `{word}` does not belong into this room"))
        .collect()
}

/// Colours written down outside of the theme. `TRANSPARENT` is the absence of one.
pub fn colour_literals(name: &str, text: &str) -> Vec<String> {
    if name.starts_with("src/ui/theme") {
        return Vec::new();
    }
    let code: String = code_only(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for key in ["Color32::", "Rgba::", "Hsva::", "hex_color!"] {
        for (at, _) in code.match_indices(key) {
            let rest = code.get(at + key.len()..).unwrap_or("");
            let word = names(rest).next().unwrap_or("");
            let made = word.starts_with("from_") || word == "new";
            let named = word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            let absent = matches!(word, "TRANSPARENT" | "PLACEHOLDER");
            if key == "hex_color!" || ((made || named) && !absent) {
                found.push(format!("{name}: `{key}{word}`: take the colour from the theme"));
            }
        }
    }
    found
}

/// Files that do not open with a word on what they are.
pub fn missing_header(name: &str, text: &str) -> Vec<String> {
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!"));
    match first {
        Some(line) if line.starts_with("//!") && line.len() > 4 => Vec::new(),
        _ => vec![format!("{name}: does not open with `//!` and a word on what it is")],
    }
}

/// Files nobody reads to the end.
pub fn too_long(name: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    if lines > 600 { vec![format!("{name}: {lines} lines, 600 at most: divide it")] } else { Vec::new() }
}

/// `unsafe` where nobody looks for it.
pub fn unsafe_outside_kernels(name: &str, text: &str) -> Vec<String> {
    if name.starts_with("src/infer/kernels") {
        return Vec::new();
    }
    let code = code_only(text);
    names(&code)
        .filter(|word| *word == "unsafe")
        .map(|_| format!("{name}: `unsafe` belongs into src/infer/kernels"))
        .collect()
}

/// Folders of one machine, and hosts that only some networks reach. What the rule looks for is put together here, so
/// that this file passes it.
pub fn machine_paths(name: &str, text: &str) -> Vec<String> {
    let folders = ["work", "root", "home", "Users", "mnt"].map(|folder| format!("/{folder}/"));
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let at = format!("{name}:{}", number + 1);
        for folder in &folders {
            // A path starts at the beginning, a blank, a quote or a bracket; "frame/work/" is a word.
            let starts = |place: usize| {
                line[..place]
                    .chars()
                    .next_back()
                    .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | '/'))
            };
            if line.match_indices(folder.as_str()).any(|(place, _)| starts(place)) {
                found.push(format!("{at}: a path of one machine, `{folder}`"));
            }
        }
        for (place, key) in line.match_indices("://") {
            let host: &str = line[place + key.len()..].split(['/', '"', ' ', ')', '>', '`', '\'']).next().unwrap_or("");
            let private =
                ["mirror", "registry.", "artifactory", "nexus", "proxy"].iter().any(|word| host.contains(word));
            let ported = host.rsplit(':').next().is_some_and(|port| host.contains(':') && port.parse::<u16>().is_ok());
            if private || (ported && !host.starts_with("localhost") && !host.starts_with("127.0.0.1")) {
                found.push(format!("{at}: a host that not everybody reaches, `{host}`"));
            }
        }
    }
    found
}
