//! Columns of the models that are computed: memory in a format and context, speed on a device, score for its size.
//!
//! The numbers are `sizing`'s own estimate of one session, the same as in the sizing pane. They are made for the rows
//! that are seen, and kept until what they rest on changes; sorting by one makes a few more in each frame until all are
//! there.

use std::collections::BTreeMap;

use egui::Ui;

use super::value::Value;
use crate::catalog::{Device, DeviceId, Model, Taxonomy, WeightFormat, nominal_billions};
use crate::project::{Needs, Scenario};
use crate::sizing::calibration::Calibration;
use crate::sizing::{Estimate, Figure, Hardware, estimate_with};
use crate::ui::scene::Scene;
use crate::ui::sizing::memory_word;
use crate::ui::widgets::why_ui;
use crate::units::{Bytes, Significant, TokensPerSecond};

/// Estimates made in one frame beyond those of visible rows, while rows wait to be sorted by them.
const A_FRAME: usize = 24;

/// What the computed columns are for; remembered with the view.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct SizedFor {
    /// How weights are stored.
    pub format: WeightFormat,
    /// Context of the one session, in tokens.
    pub context_tokens: u32,
    /// On which device. `None`: the first of the catalog.
    pub device: Option<DeviceId>,
    /// The benchmark whose score is shown.
    pub benchmark: String,
    /// Whose size bands.
    pub taxonomy: Taxonomy,
}

impl Default for SizedFor {
    fn default() -> Self {
        Self {
            format: WeightFormat::Q4KM,
            context_tokens: 8192,
            device: Some("nvidia-geforce-rtx-4090".into()),
            benchmark: "MMLU".to_owned(),
            taxonomy: Taxonomy::default(),
        }
    }
}

/// One computed column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizedColumn {
    /// The size band.
    Band,
    /// Weights, cache and buffers together.
    Memory,
    /// Generated tokens per second of one session alone.
    Decode,
    /// Score of the benchmark chosen.
    Score,
    /// The same for each 10^9 parameters.
    ScorePerBillion,
    /// The same for each GB of memory.
    ScorePerGb,
}

impl SizedColumn {
    /// In the order they stand in.
    pub const ALL: [Self; 6] =
        [Self::Band, Self::Memory, Self::Decode, Self::Score, Self::ScorePerBillion, Self::ScorePerGb];

    /// Title, with the unit.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Band => "Size band",
            Self::Memory => "Needs (GB)",
            Self::Decode => "Decode (tokens/s)",
            Self::Score => "Score",
            Self::ScorePerBillion => "Score per 10^9",
            Self::ScorePerGb => "Score per GB",
        }
    }
}

/// Low, likely, high.
type Three = (f64, f64, f64);

/// What is kept of one estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Numbers {
    memory_gb: Option<Three>,
    decode: Option<Three>,
}

/// What the numbers rest on.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    catalog: u64,
    scenario: Scenario,
    needs: Needs,
    chosen: SizedFor,
    device: Device,
    calibration: Calibration,
}

/// Makes the numbers and keeps them.
#[derive(Debug, Default)]
pub struct Sizer {
    key: Option<Key>,
    made: BTreeMap<usize, Numbers>,
    generation: u64,
}

impl Sizer {
    /// Forgets what no longer holds.
    pub fn refresh(&mut self, scene: &Scene<'_>, chosen: &SizedFor) {
        let devices = &scene.catalog.devices;
        let device = chosen.device.as_ref().and_then(|id| devices.get(id)).or_else(|| devices.iter().next());
        let (Some(device), Some(scenario)) = (device, scene.project.selected_scenario()) else {
            self.key = None;
            self.made.clear();
            return;
        };
        let calibration = scene.outcome.own.of(&device.id);
        let same = self.key.as_ref().is_some_and(|key| {
            key.catalog == scene.catalog_version
                && key.chosen == *chosen
                && key.scenario == *scenario
                && key.needs == scene.project.needs
                && key.calibration == *calibration
        });
        if !same {
            self.key = Some(Key {
                catalog: scene.catalog_version,
                scenario: scenario.clone(),
                needs: scene.project.needs.clone(),
                chosen: chosen.clone(),
                device: device.clone(),
                calibration: calibration.clone(),
            });
            self.made.clear();
            self.generation += 1;
        }
    }

    /// Counts changes of the numbers, for what rests on them.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// Makes a few more of those that are missing. How many there are still to make.
    pub fn make_some<'m>(&mut self, models: impl Iterator<Item = Option<&'m Model>>) -> usize {
        let missing = models.enumerate().filter(|(at, _)| !self.made.contains_key(at));
        let missing: Vec<(usize, &Model)> = missing.filter_map(|(at, model)| Some((at, model?))).collect();
        for (at, model) in missing.iter().take(A_FRAME) {
            self.numbers(*at, model);
        }
        if !missing.is_empty() {
            self.generation += 1;
        }
        missing.len().saturating_sub(A_FRAME)
    }

    /// The whole estimate of one model, as the sizing pane makes it.
    fn estimate(&self, model: &Model) -> Option<Estimate> {
        let key = self.key.as_ref()?;
        let mut workload = key.scenario.workload(model, &key.needs, 1);
        workload.format = key.chosen.format;
        workload.context_tokens = key.chosen.context_tokens;
        let hardware = Hardware { device: &key.device, count: 1, memory: None };
        Some(estimate_with(&workload, &hardware, &key.calibration))
    }

    fn numbers(&mut self, at: usize, model: &Model) -> Numbers {
        if let Some(made) = self.made.get(&at) {
            return *made;
        }
        let made = self.estimate(model).map_or_else(Numbers::default, |estimate| Numbers {
            memory_gb: estimate.memory.ok().map(|ledger| {
                let sum = |pick: fn(&crate::sizing::memory::MemoryPart) -> Bytes| {
                    ledger.parts.iter().map(pick).fold(Bytes::ZERO, |all, part| all + part).as_gb()
                };
                (sum(|part| part.low), ledger.total().as_gb(), sum(|part| part.high))
            }),
            decode: estimate.decode.ok().map(|speed| {
                let of = TokensPerSecond::as_tokens_per_second;
                (of(speed.low), of(speed.likely), of(speed.high))
            }),
        });
        self.made.insert(at, made);
        made
    }

    /// What a row is sorted by: only what was made already.
    pub fn made_value(&self, column: SizedColumn, at: usize, model: &Model) -> Value {
        let numbers = self.made.get(&at).copied().unwrap_or_default();
        self.value_of(column, model, numbers)
    }

    /// What stands in a cell.
    pub fn value(&mut self, column: SizedColumn, at: usize, model: &Model) -> Value {
        let numbers = match column {
            SizedColumn::Band | SizedColumn::Score | SizedColumn::ScorePerBillion => Numbers::default(),
            SizedColumn::Memory | SizedColumn::Decode | SizedColumn::ScorePerGb => self.numbers(at, model),
        };
        self.value_of(column, model, numbers)
    }

    fn value_of(&self, column: SizedColumn, model: &Model, numbers: Numbers) -> Value {
        let likely = |three: Option<Three>| three.map(|(_, likely, _)| likely);
        let score = || self.score(model).map(|score| score.score);
        let over = |size: Option<f64>| Some(score()? / size.filter(|size| *size > 0.0)?);
        Value::number(match column {
            // Sorted by size: bands in their order.
            SizedColumn::Band => nominal_billions(model),
            SizedColumn::Memory => likely(numbers.memory_gb),
            SizedColumn::Decode => likely(numbers.decode),
            SizedColumn::Score => score(),
            SizedColumn::ScorePerBillion => over(model.parameters_total.map(|count| count as f64 / 1e9)),
            SizedColumn::ScorePerGb => over(likely(numbers.memory_gb)),
        })
    }

    fn score<'m>(&self, model: &'m Model) -> Option<&'m crate::catalog::QualityScore> {
        let wanted = &self.key.as_ref()?.chosen.benchmark;
        model.quality.iter().find(|score| score.benchmark == *wanted)
    }

    /// A cell's text.
    pub fn text(&self, column: SizedColumn, value: &Value) -> String {
        match (column, value) {
            (_, Value::Unknown) => "unknown".to_owned(),
            (SizedColumn::Band, Value::Number(billions)) => {
                let taxonomy = self.key.as_ref().map(|key| key.chosen.taxonomy).unwrap_or_default();
                taxonomy.band_of(*billions).map_or("unknown", |band| band.name).to_owned()
            }
            (_, Value::Number(number)) => Significant(*number).to_string(),
            (_, Value::Text(text)) => text.clone(),
        }
    }

    /// What is said when a cell is pointed at: the number with its band, and how it was made.
    pub fn why_ui(&self, ui: &mut Ui, column: SizedColumn, model: &Model) {
        ui.set_max_width(420.0);
        let Some(key) = &self.key else { return };
        match column {
            SizedColumn::Band => band_ui(ui, key.chosen.taxonomy, model),
            SizedColumn::Memory => match self.estimate(model).map(|estimate| estimate.memory) {
                Some(Ok(ledger)) => {
                    let on = &key.device.name;
                    ui.strong(format!(
                        "{} in {}, {} tokens, on {on}",
                        ledger.total(),
                        key.chosen.format,
                        key.chosen.context_tokens
                    ));
                    for part in &ledger.parts {
                        ui.label(format!("{}: {} [{} – {}]", memory_word(part.kind), part.likely, part.low, part.high));
                        ui.weak(part.basis.formula.as_str());
                    }
                }
                Some(Err(refusal)) => drop(ui.label(refusal.reason)),
                None => {}
            },
            SizedColumn::Decode => match self.estimate(model).map(|estimate| estimate.decode) {
                Some(Ok(figure)) => decode_ui(ui, &figure, &key.device.name),
                Some(Err(refusal)) => drop(ui.label(refusal.reason)),
                None => {}
            },
            SizedColumn::Score | SizedColumn::ScorePerBillion | SizedColumn::ScorePerGb => match self.score(model) {
                Some(score) => {
                    ui.strong(format!("{}: {}", score.benchmark, Significant(score.score)));
                    ui.label(format!("{} (cited)", score.source));
                    match column {
                        SizedColumn::ScorePerBillion => drop(ui.label("Score / all parameters in 10^9 (computed)")),
                        SizedColumn::ScorePerGb => drop(ui.label("Score / GB it needs, as in that column (computed)")),
                        _ => {}
                    }
                }
                None => drop(ui.label(format!("Nobody published its score in {}", key.chosen.benchmark))),
            },
        }
    }
}

fn decode_ui(ui: &mut Ui, figure: &Figure<TokensPerSecond>, device: &str) {
    let number = |speed: TokensPerSecond| Significant(speed.as_tokens_per_second()).to_string();
    let (likely, low, high) = (number(figure.likely), number(figure.low), number(figure.high));
    ui.strong(format!("{likely} tokens/s [{low} – {high}] on {device}, one session"));
    why_ui(ui, &figure.basis);
}

fn band_ui(ui: &mut Ui, taxonomy: Taxonomy, model: &Model) {
    let Some(billions) = nominal_billions(model) else {
        ui.label("Its makers do not say how many parameters it has");
        return;
    };
    for each in Taxonomy::ALL {
        if let Some(band) = each.band_of(billions) {
            let line = format!("{}: {} ({})", each.label(), band.name, band.range);
            if each == taxonomy {
                ui.strong(line)
            } else {
                ui.label(line)
            };
        }
    }
    ui.weak(format!(
        "Filed under {}B: the size in its name, else the count; all parameters of a mixture of experts",
        Significant(billions)
    ));
    ui.weak(taxonomy.source());
}
