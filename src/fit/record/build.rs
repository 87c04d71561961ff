//! Putting a record together: words that repeat go into lists once, samples of a large collection apart from its name.

use std::collections::{BTreeMap, BTreeSet};

use crate::accuracy::record::Names;
use crate::accuracy::{Record, Run, Trust, Value};

/// Sources that begin alike up to the first comma are samples of one collection if there are more than this.
const COLLECTION: usize = 20;

/// A run in words.
pub struct Described<'a> {
    /// Catalog id of the device.
    pub device: &'a str,
    /// Catalog id of the model.
    pub model: &'a str,
    /// Weight format.
    pub format: &'a str,
    /// Engine, backend, devices.
    pub setup: String,
    /// What it scatters with.
    pub class: &'a str,
    /// How far its source is trusted.
    pub trust: Trust,
    /// Sessions, tokens of a prompt, in the cache before, generated.
    pub load: [Option<f64>; 4],
    /// Who published it.
    pub source: &'a str,
    /// Why it was set aside. `None`: it was not.
    pub reason: Option<&'a str>,
}

/// A record in the making.
pub struct RecordBuilder {
    record: Record,
    places: [BTreeMap<String, usize>; 6],
    sources: Vec<String>,
    not_judged: BTreeMap<String, u32>,
}

/// The place of a word in its list, put there if need be.
fn place(word: &str, list: &mut Vec<String>, places: &mut BTreeMap<String, usize>) -> usize {
    if let Some(at) = places.get(word) {
        return *at;
    }
    list.push(word.to_owned());
    places.insert(word.to_owned(), list.len() - 1);
    list.len() - 1
}

impl RecordBuilder {
    /// A record of constants fitted on a day, from a table with so many rows.
    pub fn new(date: &str, constants: &str, rows_read: usize) -> Self {
        let rows_read = u32::try_from(rows_read).unwrap_or(u32::MAX);
        let record = Record { date: date.to_owned(), constants: constants.to_owned(), rows_read, ..Record::default() };
        Self { record, places: Default::default(), sources: Vec::new(), not_judged: BTreeMap::new() }
    }

    /// Adds a run.
    pub fn push(&mut self, of: &Described<'_>, values: Vec<Value>) {
        let Names { devices, models, formats, setups, classes, reasons, .. } = &mut self.record.names;
        let [in_devices, in_models, in_formats, in_setups, in_classes, in_reasons] = &mut self.places;
        let [sessions, prompt, depth, output] = of.load;
        let run = Run {
            device: place(of.device, devices, in_devices),
            model: place(of.model, models, in_models),
            format: place(of.format, formats, in_formats),
            setup: place(&of.setup, setups, in_setups),
            class: place(of.class, classes, in_classes),
            trust: of.trust,
            sessions,
            prompt,
            depth,
            output,
            // Known when all sources are.
            source: 0,
            detail: String::new(),
            reason: of.reason.map(|reason| place(reason, reasons, in_reasons)),
            values,
        };
        self.record.runs.push(run);
        self.sources.push(of.source.to_owned());
    }

    /// Counts a row that is not judged.
    pub fn leave(&mut self, reason: String) {
        *self.not_judged.entry(reason).or_default() += 1;
    }

    /// The record.
    pub fn done(mut self) -> Record {
        let mut samples = BTreeMap::<&str, BTreeSet<&str>>::new();
        for (base, sample) in self.sources.iter().filter_map(|source| source.split_once(", ")) {
            samples.entry(base).or_default().insert(sample);
        }
        let mut places = BTreeMap::new();
        for (run, source) in self.record.runs.iter_mut().zip(&self.sources) {
            let (base, detail) = source
                .split_once(", ")
                .filter(|(base, _)| samples.get(base).is_some_and(|samples| samples.len() > COLLECTION))
                .unwrap_or((source, ""));
            run.source = place(base, &mut self.record.names.sources, &mut places);
            run.detail = detail.to_owned();
        }
        let mut not_judged: Vec<(String, u32)> = self.not_judged.into_iter().collect();
        not_judged.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        Record { not_judged, ..self.record }
    }
}
