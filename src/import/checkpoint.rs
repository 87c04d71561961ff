//! A model as its makers publish it: `config.json`, an index, safetensors files, each with or without the others.
//!
//! The configuration gives the shapes, and the shapes the parameters. Headers of the files, where they are there, give
//! the exact count and the bytes of each type; an index gives the exact bytes. Where two of them disagree the report
//! says so and the more direct one holds: headers before index before shapes.

use std::path::{Path, PathBuf};

use super::count::{self, Parameters};
use super::report::Findings;
use super::safetensors::Tensors;
use super::{ImportError, config, file, shards};
use crate::catalog::{Architecture, Date, FieldNote, Model, ModelId, ModelKind, Provenance, Standing};
use crate::units::{Bytes, thousands};

/// The list of a mixture of a trillion parameters is some twenty megabytes.
pub(super) const MAX_INDEX_BYTES: usize = 64 * 1024 * 1024;

/// Shapes that give a count further from the exact one than this are missing something.
const SAME_COUNT: f64 = 0.005; // the project's own bar for a parameter count

/// The files of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Checkpoint {
    /// Its configuration.
    pub config: Option<PathBuf>,
    /// Its index.
    pub index: Option<PathBuf>,
    /// Its weights.
    pub weights: Vec<PathBuf>,
}

impl Checkpoint {
    /// The file it is called after.
    pub fn first(&self) -> Option<&Path> {
        self.config.as_deref().or(self.index.as_deref()).or_else(|| self.weights.first().map(PathBuf::as_path))
    }

    /// Reads the files and says what is in them.
    pub fn read(&self, day: &Date, findings: &mut Findings) {
        let config = self.config.as_deref().and_then(|path| noted(findings, |f| read_config(path, f)));
        let index = self.index.as_deref().and_then(|path| noted(findings, |_| read_index(path)));
        let mut tensors = Tensors::default();
        for path in &self.weights {
            noted(findings, |_| tensors.add(path));
        }
        if let Some(index) = &index {
            missing_files(self, index, findings);
        }
        let whole = tensors.files == self.weights.len();
        let parts = Parts {
            name: config.as_ref().and_then(|(config, _)| config.name.as_deref()).map(last_part).or_else(|| self.name()),
            sources: self.sources(),
            config,
            index,
            tensors: (tensors.files > 0).then_some(tensors),
            whole,
        };
        parts.entry(day, findings);
    }

    /// A name from where the files lie, for those that do not say theirs.
    fn name(&self) -> Option<String> {
        let path = self.first()?;
        own_name(path.file_name()?.to_str()?).or_else(|| folder_name(&std::path::absolute(path).ok()?))
    }

    fn sources(&self) -> String {
        let mut names = Vec::new();
        for path in [&self.config, &self.index].into_iter().flatten() {
            names.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        match self.weights.as_slice() {
            [] => {}
            [one] => names.push(one.file_name().unwrap_or_default().to_string_lossy().into_owned()),
            several => names.push(format!("the headers of {} safetensors files", several.len())),
        }
        names.join(", ")
    }
}

/// The name a file bears beside what all such files are called. `None`: it bears none.
fn own_name(file: &str) -> Option<String> {
    let bare = file.split(".safetensors").next().unwrap_or(file);
    let bare = bare.strip_suffix(".json").unwrap_or(bare);
    let own = bare.strip_suffix("config").map_or(bare, |rest| rest.trim_end_matches(['.', '_', '-']));
    (!own.is_empty() && own != "model" && !own.starts_with("model-0")).then(|| last_part(own))
}

/// The folder a file lies in; of a download of the Hugging Face hub the model's own.
fn folder_name(path: &Path) -> Option<String> {
    let mut folders = path.ancestors().skip(1).filter_map(|folder| folder.file_name()?.to_str());
    let nearest = folders.next()?;
    let hub = path.ancestors().filter_map(|f| f.file_name()?.to_str()).find_map(|f| f.strip_prefix("models--"));
    Some(hub.and_then(|it| it.rsplit("--").next()).unwrap_or(nearest).to_owned())
}

/// "Llama-3.1-8B" of "meta-llama/Llama-3.1-8B" or "meta-llama--Llama-3.1-8B".
fn last_part(name: &str) -> String {
    name.rsplit("--").next().unwrap_or(name).rsplit('/').find(|part| !part.is_empty()).unwrap_or(name).to_owned()
}

fn noted<T>(findings: &mut Findings, read: impl FnOnce(&mut Findings) -> Result<T, ImportError>) -> Option<T> {
    match read(findings) {
        Ok(read) => Some(read),
        Err(error) => {
            findings.problem(error);
            None
        }
    }
}

fn named(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn read_config(path: &Path, findings: &mut Findings) -> Result<(config::Config, String), ImportError> {
    let text = file::read_text(path, config::MAX_CONFIG_BYTES)?;
    Ok((config::read(&named(path), &text, findings)?, named(path)))
}

fn read_index(path: &Path) -> Result<shards::Index, ImportError> {
    shards::read(&named(path), &file::read_text(path, MAX_INDEX_BYTES)?)
}

fn missing_files(checkpoint: &Checkpoint, index: &shards::Index, findings: &mut Findings) {
    let there = |wanted: &String| checkpoint.weights.iter().any(|path| named(path) == *wanted);
    let lost: Vec<&String> = index.files().iter().filter(|file| !there(file)).collect();
    if let (Some(first), false) = (lost.first(), checkpoint.weights.is_empty()) {
        let first: String = first.chars().take(80).collect();
        findings.missing(format!("{} of the {} files the index names, {first} first", lost.len(), index.files().len()));
    }
}

/// What was read of one model.
pub(super) struct Parts {
    /// Its name. `None`: nothing says.
    pub name: Option<String>,
    /// The files, for the entry's source.
    pub sources: String,
    /// The configuration and the name of its file.
    pub config: Option<(config::Config, String)>,
    /// The index.
    pub index: Option<shards::Index>,
    /// The headers.
    pub tensors: Option<Tensors>,
    /// Whether all headers could be read.
    pub whole: bool,
}

impl Parts {
    /// A configuration by itself.
    pub fn of_config(file: &str, config: config::Config) -> Self {
        let name = config.name.as_deref().map(last_part).or_else(|| own_name(file));
        let config = Some((config, file.to_owned()));
        Self { name, sources: file.to_owned(), config, index: None, tensors: None, whole: true }
    }

    /// A file of weights by itself.
    pub fn of_tensors(file: &str, tensors: Tensors) -> Self {
        Self {
            name: own_name(file),
            sources: file.to_owned(),
            config: None,
            index: None,
            tensors: Some(tensors),
            whole: true,
        }
    }

    /// Makes the entry, and says how.
    pub fn entry(self, day: &Date, findings: &mut Findings) {
        let Some(name) = self.name.clone().filter(|_| self.config.is_some() || self.tensors.is_some()) else {
            if let Some(index) = &self.index {
                self.say_index(index, findings);
            }
            findings.problem(ImportError::File {
                file: self.sources.clone(),
                message: "holds no shapes: put the model's config.json or its safetensors files beside it".to_owned(),
            });
            return;
        };
        let (config, _) = self.config.as_ref().map_or((None, ""), |(config, file)| (Some(config), file.as_str()));
        let mut model = Model {
            id: ModelId::new(slug(&name)),
            name,
            family: config.map_or("unknown", |config| config.family).to_owned(),
            kind: config.map_or(ModelKind::Undisclosed, |config| config.kind),
            parameters_total: None,
            parameters_active: None,
            architecture: config.map(|config| config.architecture.clone()),
            context_tokens: config.and_then(|config| config.context_tokens),
            license: None,
            released: None,
            quality: Vec::new(),
            tags: Vec::new(),
            notes: None,
            provenance: Provenance {
                source: self.sources.clone(),
                date: day.clone(),
                standing: Standing::Cited,
                fields: Vec::new(),
            },
        };
        if let Some(architecture) = &model.architecture {
            findings.read(shapes_in_words(&model.family, architecture));
        }
        let by_shapes = count::parameters(&model);
        self.parameters(&mut model, by_shapes, findings);
        if let Some(index) = &self.index {
            self.say_index(index, findings);
        }
        if let Some(tensors) = &self.tensors {
            say_types(tensors, findings);
        }
        for what in ["licence", "release date", "quality scores"] {
            findings.missing(format!("{what}: such files do not say"));
        }
        findings.entry(model);
    }

    /// Total and active parameters, from the most direct source there is.
    fn parameters(&self, model: &mut Model, by_shapes: Option<Parameters>, findings: &mut Findings) {
        let note = |model: &mut Model, field: &str, source: String| {
            model.provenance.fields.push(FieldNote::new(field, Standing::Computed, source));
        };
        let exact = self.exact(model, findings);
        if let Some(shapes) = by_shapes {
            findings.read(format!("{} parameters by the shapes", thousands(shapes.total as f64)));
            let share = shapes.active as f64 / shapes.total.max(1) as f64;
            let total = exact.as_ref().map_or(shapes.total, |(total, _)| *total);
            model.parameters_active = Some((total as f64 * share).round() as u64).map(|active| active.min(total));
            note(model, "parameters_active", "counted from the shapes".to_owned());
        }
        match (exact, by_shapes) {
            (Some((total, how)), shapes) => {
                findings.read(format!("{} parameters by {how}", thousands(total as f64)));
                if let Some(shapes) = shapes {
                    let off = shapes.total as f64 / total.max(1) as f64 - 1.0;
                    if off.abs() > SAME_COUNT {
                        findings.guessed(format!(
                            "which tensors there are: the shapes give {:+.1} % of the exact count",
                            off * 100.0
                        ));
                    }
                }
                model.parameters_total = Some(total);
                note(model, "parameters_total", format!("counted by {how}"));
            }
            (None, Some(shapes)) => {
                model.parameters_total = Some(shapes.total);
                note(model, "parameters_total", "counted from the shapes".to_owned());
            }
            (None, None) => findings.missing("the number of parameters"),
        }
    }

    /// The exact count, and what it was counted by. `None`: nothing tells exactly.
    fn exact(&self, model: &mut Model, findings: &mut Findings) -> Option<(u64, String)> {
        if let Some(tensors) = &self.tensors {
            let packed = self.packed(tensors, findings)?;
            let total = tensors.parameters.saturating_add(packed);
            let layers = model.architecture.as_ref().map(|architecture| architecture.layers);
            let ahead = tensors.layers.keys().filter(|layer| layers.is_some_and(|layers| **layer >= layers)).count();
            if let (Some(architecture), true) = (&mut model.architecture, ahead > 0) {
                architecture.prediction_layers = u32::try_from(ahead).unwrap_or(u32::MAX);
                findings.read(format!("{ahead} further layers that guess tokens ahead"));
            }
            if tensors.towers > 0 {
                findings.read(format!(
                    "{} parameters of towers for pictures or sound, left out of the model's",
                    thousands(tensors.towers as f64)
                ));
                if let Some(architecture) = &mut model.architecture {
                    architecture.towers = Some(crate::catalog::Towers { kept: tensors.towers, quantized: 0 });
                }
            }
            return (total > 0 && self.whole).then(|| (total, "the headers of the weights".to_owned()));
        }
        // Sixteen bits a number and nothing else in the files: the bytes are the count.
        let sixteen = self.config.as_ref().and_then(|(config, _)| config.stored_as.as_deref());
        let bytes = self.index.as_ref()?.bytes().filter(|_| matches!(sixteen, Some("bfloat16" | "float16")))?;
        let total = bytes / 2;
        let shapes = count::parameters(model)?;
        let agree = (shapes.total as f64 / total.max(1) as f64 - 1.0).abs() <= SAME_COUNT;
        agree.then(|| (total, "the bytes of the index at two a number".to_owned()))
    }

    /// Parameters that lie several to a number. `None`: some do, and nothing says how many.
    fn packed(&self, tensors: &Tensors, findings: &mut Findings) -> Option<u64> {
        if tensors.packed_bits == 0 {
            return Some(0);
        }
        let bits = self.config.as_ref().and_then(|(config, _)| config.bits);
        match bits {
            Some(bits) => Some(tensors.packed_bits / u64::from(bits.max(1))),
            None => {
                findings.missing("how many bits a packed weight has: its parameters are counted from the shapes");
                None
            }
        }
    }

    fn say_index(&self, index: &shards::Index, findings: &mut Findings) {
        let tensors = format!("{} tensors in {} files by the index", index.tensors(), index.files().len());
        findings.read(match index.bytes() {
            Some(bytes) => format!("{} bytes of weights ({}); {tensors}", thousands(bytes as f64), Bytes::new(bytes)),
            None => tensors,
        });
        if index.bytes().is_none() {
            findings.missing("metadata.total_size: the index does not say how many bytes the weights take");
        }
    }
}

fn say_types(tensors: &Tensors, findings: &mut Findings) {
    let bytes = tensors.bytes();
    findings.read(format!(
        "{} bytes of weights ({}) in {} safetensors files",
        thousands(bytes as f64),
        Bytes::new(bytes),
        tensors.files
    ));
    for (kind, sum) in &tensors.types {
        findings.read(format!(
            "{kind}: {} tensors, {} numbers, {} bytes",
            sum.tensors,
            thousands(sum.numbers as f64),
            thousands(sum.bytes as f64)
        ));
    }
}

/// The shapes in one line.
pub(super) fn shapes_in_words(family: &str, shapes: &Architecture) -> String {
    let mut words = format!("{family}: {} layers of width {}", shapes.layers, shapes.hidden);
    let mut add = |what: &str, number: Option<u32>| {
        if let Some(number) = number {
            words += &format!(", {what} {number}");
        }
    };
    add("heads", shapes.heads);
    add("of keys and values", shapes.kv_heads);
    add("head size", shapes.head_dim);
    add("feed-forward", shapes.feed_forward);
    add("vocabulary", shapes.vocabulary);
    add("experts", shapes.experts.as_ref().map(|experts| experts.count));
    add("a token takes", shapes.experts.as_ref().map(|experts| experts.per_token));
    words
}

/// A readable id: "Llama-3.1-8B" is `llama-3.1-8b`.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' | '.' | '_' => slug.push(c),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
        if slug.len() >= 100 {
            break;
        }
    }
    slug.trim_matches(['-', '.']).to_owned()
}
