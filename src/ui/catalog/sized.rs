//! Columns of the models that are computed: memory in a format and context, speed on a device, score for its size.
//!
//! The numbers are `sizing`'s own estimate of one session, the same as in the sizing pane; when they are made is
//! `sizer`'s.

use egui::Ui;

use super::sizer::{Numbers, Sizer, Three};
use super::value::Value;
use crate::catalog::{DeviceId, Model, Standing, Taxonomy, WeightFormat, nominal_billions};
use crate::sizing::Figure;
use crate::ui::sizing::memory_word;
use crate::ui::widgets::{standing_ui, why_ui};
use crate::units::{Significant, TokensPerSecond};

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

impl Sizer {
    pub(super) fn value_of(&self, column: SizedColumn, model: &Model, numbers: Numbers) -> Value {
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
                    standing_ui(ui, Standing::Computed);
                    for part in &ledger.parts {
                        ui.label(format!("{}: {} [{} – {}]", memory_word(part.kind), part.likely, part.low, part.high));
                        let inputs = part.basis.inputs.iter().filter(|input| !input.source.is_empty());
                        let sources: std::collections::BTreeSet<&str> = inputs.map(|input| &*input.source).collect();
                        let sources: Vec<&str> = sources.into_iter().collect();
                        ui.weak(format!("{} ({})", part.basis.formula, sources.join("; ")));
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
                    let setting = score.setting.as_ref().map(|setting| format!(", {setting}")).unwrap_or_default();
                    ui.strong(format!("{}{setting}: {}", score.benchmark, Significant(score.score)));
                    standing_ui(ui, score_standing(model));
                    let date = score.date.as_ref().unwrap_or(&model.provenance.date);
                    ui.label(format!("{}, {date}", score.source));
                    match column {
                        SizedColumn::ScorePerBillion => computed_ui(ui, "score / all parameters in 10^9"),
                        SizedColumn::ScorePerGb => computed_ui(ui, "score / GB it needs, as in that column"),
                        SizedColumn::Band | SizedColumn::Memory | SizedColumn::Decode | SizedColumn::Score => {}
                    }
                }
                None => drop(ui.label(format!("Nobody published its score in {}", key.chosen.benchmark))),
            },
        }
    }
}

/// What the scores of a model rest on: each names who published it, unless the user typed them.
pub(super) fn score_standing(model: &Model) -> Standing {
    let typed = model.provenance.note("quality").filter(|note| note.is_typed());
    typed.map_or(Standing::Cited, |note| note.standing)
}

fn computed_ui(ui: &mut Ui, formula: &str) {
    standing_ui(ui, Standing::Computed);
    ui.label(formula);
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
    standing_ui(ui, Standing::Computed);
    ui.weak(taxonomy.source());
}
