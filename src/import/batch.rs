//! Reading whatever a user points at, and taking over what they agree to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::report::Findings;
use super::sources::{self, Source};
use super::{ImportError, ImportReport, Importer, Known, together};
use crate::catalog::{Catalog, DeviceId, Kept, Layer, Measurement, every_kind, field_changes, validate};

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files and models; the library of NetBox has some five thousand.
    pub files: usize,
    /// Folders within folders.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 50_000, depth: 12 }
    }
}

/// What everything that was pointed at holds. Nothing of it is applied yet.
#[derive(Debug, Default)]
pub struct Report {
    /// File by file, model by model.
    pub files: Vec<ImportReport>,
    /// Files of folders that are of no kind this program reads.
    pub passed_over: usize,
}

/// Reads files and folders. Never fails: what is wrong stands in the reports.
pub fn read(paths: &[PathBuf], limits: &Limits, catalog: &Catalog, known: Known) -> Report {
    Importer::new(catalog, known).read(paths, limits)
}

/// As [`read`], telling again and again how many are read and how many there are. Stops where `go_on` says no: `None`.
pub fn read_while(
    paths: &[PathBuf],
    limits: &Limits,
    catalog: &Catalog,
    known: Known,
    go_on: impl Fn(usize, usize) -> bool,
) -> Option<Report> {
    Importer::new(catalog, known).read_while(paths, limits, go_on)
}

impl Importer<'_> {
    /// Reads files and folders. One bad file is reported and the others are read.
    pub fn read(&self, paths: &[PathBuf], limits: &Limits) -> Report {
        self.read_while(paths, limits, |_, _| true).unwrap_or_default()
    }

    fn read_while(&self, paths: &[PathBuf], limits: &Limits, go_on: impl Fn(usize, usize) -> bool) -> Option<Report> {
        let sources = sources::of(paths, limits);
        let count = sources.found.len();
        let small: Vec<(usize, &str, &Path)> = (sources.found.iter().enumerate())
            .filter_map(|(at, (label, source))| match source {
                Source::File(path) if together::is_small(path) => Some((at, label.as_str(), path.as_path())),
                Source::File(_) | Source::Checkpoint(_) => None,
            })
            .collect();
        let read = |(_, label, path): &(usize, &str, &Path)| self.named_file(label, path);
        let read = together::each(&small, read, |done| go_on(done, count))?;
        let place = |(at, report): (usize, ImportReport)| small.get(at).map(|(place, ..)| (*place, report));
        let mut read: BTreeMap<usize, ImportReport> = read.into_iter().filter_map(place).collect();
        let mut done = read.len();
        let mut files = Vec::new();
        for (at, (label, source)) in sources.found.iter().enumerate() {
            if let Some(report) = read.remove(&at) {
                files.push(report);
                continue;
            }
            if !go_on(done, count) {
                return None;
            }
            done += 1;
            files.push(match source {
                Source::File(path) => self.named_file(label, path),
                Source::Checkpoint(checkpoint) => self.checkpoint(label, checkpoint),
            });
        }
        for (label, problem) in sources.problems {
            let mut findings = Findings::new(&label);
            findings.problem(problem);
            files.push(findings.report(None));
        }
        let mut report = Report { files, passed_over: sources.passed_over };
        report.settle();
        report.set_aside_servers_of_nothing(self.catalog);
        Some(report)
    }
}

/// What to do with an entry whose id the catalog has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Leave the one that is there.
    Keep,
    /// Put the new one in its place.
    Replace,
}

/// What was done with the entries of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Entries that were not there before.
    pub added: usize,
    /// Entries that took the place of another.
    pub replaced: usize,
    /// Entries that were there, the same.
    pub same: usize,
    /// Entries that were left alone, and in what they differ.
    pub kept: Vec<String>,
}

impl Applied {
    /// In one line.
    pub fn words(&self) -> String {
        let Self { added, replaced, same, kept } = self;
        let mut words = format!("{added} entries added");
        for (count, what) in [(*replaced, "replaced"), (*same, "there already"), (kept.len(), "left as they were")] {
            if count > 0 {
                words += &format!(", {count} {what}");
            }
        }
        words
    }
}

impl Report {
    /// All measurements.
    pub fn measurements(&self) -> impl Iterator<Item = &Measurement> {
        self.files.iter().flat_map(|file| &file.measurements)
    }

    /// Number of entries for the catalog.
    pub fn entries(&self) -> usize {
        fn count<T: Kept>(files: &[ImportReport], all: &mut usize) {
            *all += files.iter().map(|file| T::changed(&file.entries).len()).sum::<usize>();
        }
        let mut all = 0;
        every_kind!(count(&self.files, &mut all));
        all
    }

    /// Lays the entries over `catalog`: into `layer`, the user's changes to it.
    pub fn apply(&self, catalog: &Catalog, layer: &mut Layer, existing: Existing) -> Applied {
        let mut done = Applied::default();
        every_kind!(take(&self.files, catalog, layer, existing, &mut done));
        done
    }

    /// Of entries with one id the first one stays; the others are explained.
    fn settle(&mut self) {
        every_kind!(once(&mut self.files));
    }
}

impl Report {
    /// A server that names a device nobody has is set aside: it would have no numbers, and no word about it.
    fn set_aside_servers_of_nothing(&mut self, catalog: &Catalog) {
        let read: BTreeSet<DeviceId> =
            self.files.iter().flat_map(|file| &file.entries.devices).map(|device| device.id.clone()).collect();
        let known = |id: &DeviceId| read.contains(id) || catalog.devices.get(id).is_some();
        for report in &mut self.files {
            let file = report.file.clone();
            let mut set_aside = Vec::new();
            report.entries.servers.retain(|server| match server.lost_device(known) {
                None => true,
                Some(lost) => {
                    set_aside.push(ImportError::Entry(validate::no_such_device(&file, server, lost)));
                    false
                }
            });
            report.problems.extend(set_aside);
        }
    }
}

fn once<T: Kept>(files: &mut [ImportReport]) {
    // Places, not copies: an import may be as large as memory allows.
    let mut first: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut set_aside: BTreeMap<usize, (BTreeSet<usize>, Vec<ImportError>)> = BTreeMap::new();
    for (number, report) in files.iter().enumerate() {
        for (at, entry) in T::changed(&report.entries).iter().enumerate() {
            let id = entry.id().to_string();
            let Some(&(file, place)) = first.get(&id) else {
                first.insert(id, (number, at));
                continue;
            };
            let there = files.get(file);
            let same = there.and_then(|there| T::changed(&there.entries).get(place)) == Some(entry);
            let difference = if same { "the same" } else { "another" };
            let message = format!(
                "the {} `{id}` is in {} already, {difference}: the first one is taken, rename this one to have both",
                T::KIND,
                there.map(|there| there.file.as_str()).unwrap_or_default()
            );
            let (places, errors) = set_aside.entry(number).or_default();
            places.insert(at);
            errors.push(ImportError::File { file: report.file.clone(), message });
        }
    }
    for (number, (places, errors)) in set_aside {
        if let Some(report) = files.get_mut(number) {
            let mut at = 0..;
            T::changed_mut(&mut report.entries).retain(|_| at.next().is_some_and(|at| !places.contains(&at)));
            report.problems.extend(errors);
        }
    }
}

fn take<T: Kept>(files: &[ImportReport], catalog: &Catalog, layer: &mut Layer, existing: Existing, done: &mut Applied) {
    // The layer of a user may be long, and a library too: look ids up in a map.
    let mut mine: BTreeMap<String, usize> =
        T::changed(layer).iter().enumerate().map(|(at, entry)| (entry.id().to_string(), at)).collect();
    for entry in files.iter().flat_map(|file| T::changed(&file.entries)) {
        let id = entry.id().to_string();
        let own = mine.get(&id).copied();
        let there = match own {
            Some(at) => T::changed(layer).get(at),
            None => T::table(catalog).get(entry.id()).filter(|_| !T::removed(layer).contains(entry.id())),
        };
        match there {
            Some(there) if same(there, entry) => {
                done.same += 1;
                continue;
            }
            Some(there) if existing == Existing::Keep => {
                let fields: Vec<String> = field_changes(there, entry).into_iter().map(|change| change.field).collect();
                let some = fields.iter().take(6).cloned().collect::<Vec<_>>().join(", ");
                let more = if fields.len() > 6 { format!(" and {} more", fields.len() - 6) } else { String::new() };
                done.kept.push(format!("{} `{id}` is there already and differs in {some}{more}", T::KIND));
                continue;
            }
            Some(_) => done.replaced += 1,
            None => done.added += 1,
        }
        match own.and_then(|at| T::changed_mut(layer).get_mut(at)) {
            Some(place) => *place = entry.clone(),
            None => {
                T::removed_mut(layer).retain(|removed| removed != entry.id());
                mine.insert(id, T::changed(layer).len());
                T::changed_mut(layer).push(entry.clone());
            }
        }
    }
}

/// Entries that differ by nothing but the day they were read are the same.
fn same<T: Kept>(there: &T, entry: &T) -> bool {
    field_changes(there, entry).iter().all(|change| {
        let of_a_note = change.field.starts_with("provenance.fields[") && change.field.ends_with("].date");
        change.field == "provenance.date" || of_a_note
    })
}
