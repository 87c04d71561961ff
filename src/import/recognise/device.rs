//! Devices by the names drivers and processors give themselves.
//!
//! A name is a set of words without the noise of trade marks, plus details (memory, socket) that one side may leave out.

use super::super::{Reader, report::Findings};
use super::some_names;
use crate::catalog::{Certainty, Device, DeviceId, Match, Recognised};

/// Words that say nothing about which device it is.
const NOISE: &[&str] = &[
    "nvidia",
    "amd",
    "ati",
    "intel",
    "apple",
    "corporation",
    "corp",
    "inc",
    "geforce",
    "tesla",
    "gpu",
    "graphics",
    "igpu",
    "cpu",
    "processor",
    "generation",
    "gen",
    "edition",
    "workstation",
    "core",
    "six",
    "eight",
    "twelve",
    "sixteen",
];

/// Words in brackets that name a driver or a chip and not the device.
const DRIVERS: &[&str] =
    &["radv", "llpc", "amdvlk", "navi", "gfx", "aco", "bmg", "dg2", "adl", "rpl", "tgl", "mtl", "lnl", "llvm"];

/// A name taken apart; each list sorted and without doubles.
#[derive(Debug, Default, PartialEq)]
struct Words {
    names: Vec<String>,
    details: Vec<String>,
}

/// A device of the catalog, ready to be compared.
pub(in super::super) struct Known {
    id: DeviceId,
    name: String,
    processor: bool,
    base: Words,
    /// What stands in brackets: cores, a cloud's name, or what the graphics of a processor are called.
    bracket: Vec<String>,
}

impl Known {
    pub fn new(device: &Device) -> Self {
        let (outside, inside) = match device.name.split_once('(') {
            Some((outside, rest)) => (outside, rest.trim_end().trim_end_matches(')')),
            None => (device.name.as_str(), ""),
        };
        Self {
            id: device.id.clone(),
            name: device.name.clone(),
            processor: device.is_processor(),
            base: words(outside),
            bracket: words(inside).names,
        }
    }

    /// How well a name fits. `None`: not.
    fn fits(&self, wanted: &Words) -> Option<Certainty> {
        let all: Vec<String> = merged(&self.base.names, &self.bracket);
        // A word with letters and digits is a name of its own ("8060s"); a count of cores is not.
        let has = |word: &str, kind: fn(&char) -> bool| word.chars().any(|c| kind(&c));
        let alias = self.bracket.iter().any(|word| {
            !word.ends_with("core") && has(word, char::is_ascii_digit) && has(word, char::is_ascii_alphabetic)
        });
        let certainty = if wanted.names == all || (alias && wanted.names == self.bracket) {
            Certainty::Certain
        } else if wanted.names == self.base.names {
            Certainty::Likely
        } else {
            return None;
        };
        let within = |some: &[String], all: &[String]| some.iter().all(|word| all.contains(word));
        match (within(&wanted.details, &self.base.details), within(&self.base.details, &wanted.details)) {
            (true, true) => Some(certainty),
            (false, false) => None,
            (true, false) | (false, true) => Some(Certainty::Likely),
        }
    }
}

/// The device a list of names stands for, and how many of it.
pub(in super::super) fn devices(
    reader: &Reader<'_>,
    text: &str,
    processor: bool,
    findings: &mut Findings,
) -> (Recognised<DeviceId>, Option<u32>) {
    let mut names: Vec<&str> = text.split([',', ';']).map(str::trim).filter(|name| !name.is_empty()).collect();
    let count = if names.is_empty() { None } else { u32::try_from(names.len()).ok() };
    names.dedup();
    if let Some(id) = &reader.known.device {
        let entry = Some(Match { id: id.clone(), certainty: Certainty::Certain });
        return (Recognised { text: text.to_owned(), entry }, count.or(processor.then_some(1)));
    }
    if names.is_empty() {
        findings.missing("the device: the file does not name it, say which it was");
        return (Recognised { text: String::new(), entry: None }, None);
    }
    if processor {
        // Libraries that multiply matrices are listed as devices beside the processor.
        let found: Vec<_> =
            names.iter().map(|name| one(reader, name, true)).filter(|one| one.entry.is_some()).collect();
        findings.guessed("one processor did the work: the file does not say whether there are more");
        return match <[_; 1]>::try_from(found) {
            Ok([device]) => (device, Some(1)),
            Err(_) => {
                missing(reader, text, true, findings);
                (Recognised { text: text.to_owned(), entry: None }, Some(1))
            }
        };
    }
    match names.as_slice() {
        [name] => {
            let found = one(reader, name, false);
            if found.entry.is_none() {
                missing(reader, name, false, findings);
            }
            (found, count)
        }
        _ => {
            findings.missing(format!("the device: `{text}` are unlike ones, and the file does not say which did what"));
            (Recognised { text: text.to_owned(), entry: None }, count)
        }
    }
}

fn missing(reader: &Reader<'_>, name: &str, processor: bool, findings: &mut Findings) {
    let fitting: Vec<&str> =
        candidates(reader, name, processor).into_iter().map(|(known, _)| known.name.as_str()).collect();
    findings.missing(if fitting.is_empty() {
        format!("the device: the catalog has no `{name}`; add it, or say which it was")
    } else {
        format!("the device: `{name}` may be {}; say which", some_names(&fitting))
    });
}

fn one(reader: &Reader<'_>, name: &str, processor: bool) -> Recognised<DeviceId> {
    let entry = match candidates(reader, name, processor).as_slice() {
        [(known, certainty)] => Some(Match { id: known.id.clone(), certainty: *certainty }),
        _ => None,
    };
    Recognised { text: name.to_owned(), entry }
}

/// The devices that fit best, all equally well.
fn candidates<'a>(reader: &'a Reader<'_>, name: &str, processor: bool) -> Vec<(&'a Known, Certainty)> {
    let wanted = words(name);
    if wanted.names.is_empty() {
        return Vec::new();
    }
    let fitting: Vec<_> = reader
        .index
        .devices
        .iter()
        .filter(|known| known.processor == processor)
        .filter_map(|known| Some((known, known.fits(&wanted)?)))
        .collect();
    let best = fitting.iter().map(|(_, certainty)| *certainty).max();
    fitting.into_iter().filter(|(_, certainty)| Some(*certainty) == best).collect()
}

fn merged(some: &[String], others: &[String]) -> Vec<String> {
    let mut all: Vec<String> = some.iter().chain(others).cloned().collect();
    all.sort();
    all.dedup();
    all
}

/// Takes a name apart.
fn words(name: &str) -> Words {
    let mut lower = name.to_lowercase();
    for mark in ["(r)", "(tm)", "®", "™"] {
        lower = lower.replace(mark, " ");
    }
    // "... w/ Radeon Graphics", "... CPU @ 3.40GHz": what follows is another thing.
    let mut rest = lower.as_str();
    for cut in [" w/", " with ", " @"] {
        rest = rest.split(cut).next().unwrap_or_default();
    }
    let mut plain = String::new();
    for (index, part) in rest.split('(').enumerate() {
        let driver = index > 0 && DRIVERS.iter().any(|driver| part.starts_with(driver));
        plain.push(' ');
        plain.push_str(if driver { part.split_once(')').map_or("", |(_, after)| after) } else { part });
    }
    let all: Vec<&str> =
        plain.split(|c: char| !c.is_alphanumeric() && c != '+').filter(|word| !word.is_empty()).collect();
    let mut words = Words::default();
    for (index, &word) in all.iter().enumerate() {
        let next = all.get(index + 1).copied().unwrap_or_default();
        let number = word.chars().all(|c| c.is_ascii_digit());
        if number && next == "core" && all.get(index + 2) == Some(&"gpu") {
            // How many cores a graphics unit has tells Apple's apart; a processor's own count is noise.
            words.names.push(format!("{word}core"));
        } else if number && matches!(next, "gb" | "gib") {
            words.details.push(format!("{word}gb"));
        } else if let Some(gigabytes) = memory(word) {
            words.details.push(gigabytes);
        } else if let Some(detail) = detail(word, &all) {
            words.details.extend(detail.map(str::to_owned));
        } else if !(NOISE.contains(&word)
            || matches!(word, "gb" | "gib")
            || (number && next == "core")
            || ordinal(word))
        {
            words.names.push(word.to_owned());
        }
    }
    for list in [&mut words.names, &mut words.details] {
        list.sort();
        list.dedup();
    }
    words
}

/// "80gb", "16gib".
fn memory(word: &str) -> Option<String> {
    let number = word.strip_suffix("gib").or_else(|| word.strip_suffix("gb"))?;
    (!number.is_empty() && number.chars().all(|c| c.is_ascii_digit())).then(|| format!("{number}gb"))
}

/// How a card is plugged in, under its several names. The H100 for SXM sockets calls itself "H100 80GB HBM3".
fn detail(word: &str, all: &[&str]) -> Option<Option<&'static str>> {
    match word {
        "sxm" | "sxm2" | "sxm3" | "sxm4" | "sxm5" => Some(Some("sxm")),
        "pcie" | "pci" => Some(Some("pcie")),
        "nvl" => Some(Some("nvl")),
        "hbm3" if all.contains(&"h100") => Some(Some("sxm")),
        "hbm2" | "hbm2e" | "hbm3" | "hbm3e" => Some(None),
        _ => None,
    }
}

/// "13th", as in "13th Gen Intel Core".
fn ordinal(word: &str) -> bool {
    ["th", "rd", "nd", "st"].iter().any(|end| {
        word.strip_suffix(end).is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
    })
}
