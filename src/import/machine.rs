//! This machine as a device of the catalog: what its system tells, what is guessed from that, and what was measured.
//!
//! Read are the files of Linux's own accounts (proc(5), sysfs), each up to a limit; elsewhere most of it is missing and
//! typed in by the user. The memory's bandwidth is in no file: it is measured elsewhere and handed in. Graphics cards
//! are only named; which entry of the catalog they are the user says.

mod graphics;
mod remade;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use crate::catalog::{Date, Device, DeviceClass, DeviceFacts, DeviceId, FieldNote, Provenance, Standing, VectorIsa};
use crate::units::{Bytes, BytesPerSecond, Hertz};
use remade::{Merge, blank};

/// No account of the system is longer; `/proc/cpuinfo` of 1,024 processors takes 1.5 MB.
const MOST_BYTES: u64 = 8 << 20;
/// No name is longer, in characters.
pub const LONGEST_NAME: usize = 80;
/// More than any memory of today reaches: the fastest accelerators read 8 TB/s (NVIDIA B200 data sheet, 2025).
const FASTEST_MEMORY: BytesPerSecond = BytesPerSecond::from_giga(10_000.0);
/// The processor's name, as a field of the catalog.
pub const NAME: &str = "name";
/// Cores, as a field of the catalog.
pub const CORES: &str = "facts.performance_cores";
/// Memory, as a field of the catalog.
pub const MEMORY: &str = "memory_gib";
/// Field of the catalog that a measurement fills.
pub const BANDWIDTH: &str = "memory_bandwidth_gb_s";
/// What is guessed from the processor's name.
const CLASS: &str = "class";
/// What is guessed from one look at the clock.
const CLOCK: &str = "facts.all_core_clock_ghz";
/// The source of what a user typed.
pub const TYPED: &str = "typed in by you";

/// This machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThisMachine {
    /// The processor as its maker writes it.
    pub processor: Option<String>,
    /// Cores one can compute on at once.
    pub cores: u32,
    /// Memory of the whole machine.
    pub memory: Option<Bytes>,
    /// The clock the busiest core ran at when it was looked: near the one with all cores busy, hence a guess.
    pub clock: Option<Hertz>,
    /// The widest vector instructions the speed formulas know.
    pub vector_isa: Option<VectorIsa>,
    /// Last-level caches of all parts of the processor together.
    pub last_level_cache: Option<Bytes>,
    /// Graphics cards by name.
    pub graphics: Vec<String>,
    /// How fast memory is read, and by whose word.
    pub bandwidth: Option<(BytesPerSecond, Standing, String)>,
    /// Fields of the catalog the user corrected: [`NAME`], [`CORES`], [`MEMORY`]; [`BANDWIDTH`] where it was cleared.
    pub typed: BTreeSet<&'static str>,
}

/// What a value of this machine rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The system tells.
    Read,
    /// A program of ours measured it just now.
    Measured,
    /// It follows from what the system tells, by a rule.
    Guessed,
    /// The user's own word.
    Typed,
    /// Nobody tells.
    Missing,
}

impl Known {
    /// In one word.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Measured => "measured",
            Self::Guessed => "guessed",
            Self::Typed => "typed in",
            Self::Missing => "missing",
        }
    }
}

/// One value of this machine, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it is.
    pub name: &'static str,
    /// What it rests on.
    pub known: Known,
    /// The value, and where it was read. For what is missing, what that means.
    pub text: String,
}

impl ThisMachine {
    /// What the system under `root` tells; `/` for this machine. `processor` is its name for the processor, `cores` are
    /// those one can compute on.
    pub fn detect(root: &Path, processor: Option<String>, cores: usize) -> Self {
        let text = |path: &str| read(&root.join(path)).unwrap_or_default();
        let cpuinfo = text("proc/cpuinfo");
        let clock = values(&cpuinfo, "cpu MHz").filter_map(|text| text.parse::<f64>().ok()).fold(0.0, f64::max);
        Self {
            processor: processor.map(|name| short(&name)).filter(|name| !name.is_empty()),
            cores: u32::try_from(cores).unwrap_or(u32::MAX).max(1),
            memory: total_memory(&text("proc/meminfo")),
            // Between a tired board and three times the fastest of today: anything else is no clock.
            clock: (100.0..20_000.0).contains(&clock).then(|| Hertz::from_giga(clock / 1000.0)),
            vector_isa: vector_isa(),
            last_level_cache: last_level_cache(root),
            graphics: graphics::names(root),
            bandwidth: None,
            typed: BTreeSet::new(),
        }
    }

    /// Takes over a measurement. `how` says what was done, for the entry's source.
    ///
    /// # Errors
    /// In words, where no memory reads that fast: nothing is taken over.
    pub fn measured(&mut self, rate: BytesPerSecond, how: String) -> Result<(), String> {
        plausible(rate)?;
        self.bandwidth = Some((rate, Standing::Measured, how));
        Ok(())
    }

    /// The entry's id: of a processor of this name there is one in a plan.
    pub fn id(&self) -> DeviceId {
        let name: String = self.name().to_lowercase();
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
        DeviceId::new(format!("own-{}", if parts.is_empty() { "machine".to_owned() } else { parts.join("-") }))
    }

    fn name(&self) -> &str {
        self.processor.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or("This machine")
    }

    /// As a device. What the entry `before` holds beyond this (a price, a power limit, notes) stays in it with its source,
    /// and so does what the user typed there once: the system that was corrected tells the same again.
    pub fn device(&self, before: Option<&Device>, day: Date) -> Device {
        let name = self.name();
        let mut merge = Merge { before, typed: &self.typed, fresh: BTreeSet::new() };
        let old = before.cloned().unwrap_or_else(|| blank(self.id(), &day));
        let rate = self.bandwidth.as_ref().map(|(rate, ..)| *rate);
        let graphics = (!self.graphics.is_empty()).then(|| format!("Graphics: {}", self.graphics.join(", ")));
        // A measurement is asked for: it goes before what was typed once.
        let memory_bandwidth = match rate {
            Some(rate) => merge.take(BANDWIDTH, rate),
            None => merge.or_before(BANDWIDTH, None, old.memory_bandwidth),
        };
        let device = Device {
            id: self.id(),
            name: merge.always(NAME, format!("{name} (this machine)"), old.name),
            vendor: merge.always("vendor", vendor(name).to_owned(), old.vendor),
            class: merge.always(CLASS, class(name), old.class),
            form_factor: merge.always("form_factor", "this machine".to_owned(), old.form_factor),
            memory: merge.or_before(MEMORY, self.memory, old.memory),
            memory_bandwidth,
            notes: merge.or_before("notes", graphics, old.notes),
            facts: DeviceFacts {
                performance_cores: merge.or_before(CORES, Some(self.cores.max(1)), old.facts.performance_cores),
                all_core_clock: merge.or_before(CLOCK, self.clock, old.facts.all_core_clock),
                vector_isa: merge.or_before("facts.vector_isa", self.vector_isa, old.facts.vector_isa),
                last_level_cache: merge.or_before(
                    "facts.last_level_cache_mib",
                    self.last_level_cache,
                    old.facts.last_level_cache,
                ),
                ..old.facts
            },
            provenance: Provenance {
                source: "this machine's own system, as detected".to_owned(),
                date: day.clone(),
                standing: Standing::Measured,
                fields: Vec::new(),
            },
            ..old
        };
        let fields = self.notes(&merge, &day);
        Device { provenance: Provenance { fields, ..device.provenance }, ..device }
    }

    /// Notes on the fields: those of what is kept with the date they had, and new ones.
    fn notes(&self, merge: &Merge<'_>, day: &Date) -> Vec<FieldNote> {
        let mut fields = merge.kept_notes();
        if merge.fresh.contains(CLASS) {
            fields.push(FieldNote::new(CLASS, Standing::Assumed, "guessed from the processor's name"));
        }
        if merge.fresh.contains(CLOCK) {
            let source = "the clock of the busiest core when it was looked (/proc/cpuinfo)";
            fields.push(FieldNote::new(CLOCK, Standing::Assumed, source));
        }
        let typed = self.typed.iter().filter(|field| **field != BANDWIDTH);
        fields.extend(typed.map(|field| FieldNote::new(*field, Standing::Assumed, TYPED).dated(Some(day.clone()))));
        if let Some((_, standing, source)) = &self.bandwidth {
            fields.push(FieldNote::new(BANDWIDTH, *standing, source.as_str()).dated(Some(day.clone())));
        }
        fields
    }

    /// Each value with what it rests on, to be shown before anything is taken over.
    pub fn told(&self) -> Vec<Told> {
        let said = |field| if self.typed.contains(field) { Known::Typed } else { Known::Read };
        let told = |name, known, text: String| Told { name, known, text };
        let or = |name, value: Option<String>, known, missing: &str| match value {
            Some(text) => told(name, known, text),
            None => told(name, Known::Missing, missing.to_owned()),
        };
        let bandwidth = match &self.bandwidth {
            Some((rate, standing, how)) => {
                let known = if *standing == Standing::Measured { Known::Measured } else { Known::Typed };
                told("Memory bandwidth", known, format!("{:.1} GB/s, {how}", rate.as_giga()))
            }
            None => told("Memory bandwidth", Known::Missing, "speeds need it: measure it, or type it in".to_owned()),
        };
        let graphics = (!self.graphics.is_empty()).then(|| self.graphics.join(", "));
        vec![
            or("Processor", self.processor.clone(), said(NAME), "the system does not name it"),
            told("Cores", said(CORES), self.cores.to_string()),
            or("Memory", self.memory.map(|bytes| bytes.to_string()), said(MEMORY), "the system does not tell"),
            bandwidth,
            told("Kind", Known::Guessed, format!("{} processor, from the name", kind(self.name()))),
            or(
                "Clock",
                self.clock.map(|clock| format!("{:.2} GHz, that of the busiest core just now", clock.as_giga())),
                Known::Guessed,
                "guessed from the bandwidth",
            ),
            or("Instructions", self.vector_isa.map(|isa| format!("{isa:?}")), Known::Read, "not known"),
            or("Graphics", graphics, Known::Read, "the system names no card"),
        ]
    }
}

/// Whether memory can be read that fast.
///
/// # Errors
/// In words.
pub fn plausible(rate: BytesPerSecond) -> Result<BytesPerSecond, String> {
    let found = rate.as_bytes_per_second();
    if !found.is_finite() || found <= 0.0 {
        return Err(format!("a memory bandwidth of {found} bytes/s is none: measure again, or type it in"));
    }
    if found > FASTEST_MEMORY.as_bytes_per_second() {
        let (found, limit) = (rate.as_giga(), FASTEST_MEMORY.as_giga());
        return Err(format!("no memory is read at {found:.0} GB/s, the fastest stay below {limit:.0}: measure again"));
    }
    Ok(rate)
}

fn is_server(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["epyc", "xeon", "graviton", "ampere", "altra", "neoverse"].iter().any(|mark| lower.contains(mark))
}

fn kind(name: &str) -> &'static str {
    if is_server(name) { "server" } else { "desktop" }
}

fn class(name: &str) -> DeviceClass {
    match (is_server(name), cfg!(target_arch = "aarch64")) {
        (true, true) => DeviceClass::CpuServerArm,
        (true, false) => DeviceClass::CpuServerX86,
        (false, _) => DeviceClass::CpuDesktop,
    }
}

fn vendor(name: &str) -> &'static str {
    let lower = name.to_lowercase();
    [("amd", "AMD"), ("intel", "Intel"), ("apple", "Apple")]
        .into_iter()
        .find(|(mark, _)| lower.contains(mark))
        .map_or("unknown", |(_, vendor)| vendor)
}

/// A file of the system, up to the limit. `None`: there is none, or it is not text.
fn read(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// What stands behind a key and a colon, line by line.
fn values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.filter(move |(name, _)| name.trim() == key).map(|(_, value)| value.trim())
}

fn short(name: &str) -> String {
    name.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

fn total_memory(meminfo: &str) -> Option<Bytes> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024).filter(|&bytes| bytes > 0).map(Bytes::new)
}

/// Most processors that are asked for their cache.
const MOST_PROCESSORS: usize = 4_096;

/// Each cache of the third level once: processors that share one name the same neighbours.
fn last_level_cache(root: &Path) -> Option<Bytes> {
    let caches: BTreeMap<String, u64> = (0..MOST_PROCESSORS)
        .map_while(|number| {
            let cache = root.join(format!("sys/devices/system/cpu/cpu{number}/cache/index3"));
            let size = read(&cache.join("size"))?;
            let kibibytes: u64 = size.trim().strip_suffix('K')?.parse().ok()?;
            Some((read(&cache.join("shared_cpu_list"))?, kibibytes))
        })
        .collect();
    let kibibytes = caches.values().fold(0_u64, |sum, &size| sum.saturating_add(size));
    kibibytes.checked_mul(1024).filter(|&bytes| bytes > 0).map(Bytes::new)
}

/// The widest vector instructions of the processor this program runs on that the speed formulas know.
fn vector_isa() -> Option<VectorIsa> {
    #[cfg(target_arch = "x86_64")]
    {
        let known = [
            (std::is_x86_feature_detected!("avx512vnni"), VectorIsa::Avx512Vnni),
            (std::is_x86_feature_detected!("avx512f"), VectorIsa::Avx512),
            (std::is_x86_feature_detected!("avx2"), VectorIsa::Avx2),
            (std::is_x86_feature_detected!("avx"), VectorIsa::Avx),
        ];
        Some(known.into_iter().find_map(|(there, isa)| there.then_some(isa)).unwrap_or(VectorIsa::Sse))
    }
    #[cfg(target_arch = "aarch64")]
    {
        let known = [
            (std::arch::is_aarch64_feature_detected!("i8mm"), VectorIsa::NeonI8mm),
            (std::arch::is_aarch64_feature_detected!("dotprod"), VectorIsa::NeonDotprod),
        ];
        Some(known.into_iter().find_map(|(there, isa)| there.then_some(isa)).unwrap_or(VectorIsa::Neon))
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    None
}
