//! What stands in a cell, and how a typed text gets into an entry. Which columns there are is in `columns`.

use crate::catalog::validate::Checked;
use crate::catalog::{
    ApiPrice, ApiPriceId, Architecture, Catalog, Device, DeviceClass, DeviceFacts, DeviceId, ElectricityPrice,
    ElectricityPriceId, Engine, EngineProfile, EngineProfileId, EngineSettings, FormatLoss, FormatLossId, Grid, GridId,
    Kept, Model, ModelId, ModelKind, Provenance, RackType, RackTypeId, Rates, Server, ServerId, Site, SiteId, Standing,
    TensorGroup, TensorType, WeightFormat, WeightMix, WeightMixId,
};
use crate::project::{Project, Scenario};

/// An entry that can stand in a table: it is checked when edited, and its source says that it was.
pub trait Row: Kept + Checked + 'static {
    /// Where it comes from, to note what was typed.
    fn provenance_mut(&mut self) -> &mut Provenance;
    /// Makes it another entry.
    fn rename(&mut self, id: Self::Id, name: String);
    /// An entry of which nothing is known yet but its name.
    fn blank(id: Self::Id, name: String, provenance: Provenance) -> Self;
    /// Titles of columns that are not shown until they are asked for.
    const HIDDEN_AT_FIRST: &'static [&'static str] = &[];
    /// What its menu calls taking it into the plan. `None`: the plan takes no entry of this kind so.
    const USE: Option<&'static str> = None;
    /// Takes it into the plan.
    fn use_in(&self, project: &mut Project) {
        let _ = project;
    }
    /// Why the entry cannot be taken out. `None`: it can.
    fn kept_because(&self) -> Option<&'static str> {
        None
    }
    /// What it names that the catalog does not have, in words for a field. `None`: nothing.
    fn names_nothing(&self, catalog: &Catalog) -> Option<String> {
        let _ = catalog;
        None
    }
    /// Itself, where it is a model: models have columns that are computed.
    fn as_model(&self) -> Option<&Model> {
        None
    }
}

macro_rules! row {
    ($type:ident, $id:ty $(, $model:ident)?; { $($field:ident: $value:expr),* $(,)? } $($more:tt)*) => {
        row!($type, $id $(, $model)?; |id, name, provenance| Self { id, name, provenance, $($field: $value),* }; $($more)*);
    };
    (
        $type:ident, $id:ty $(, $model:ident)?; |$new_id:ident, $new_name:ident, $new_provenance:ident| $blank:expr; $($more:tt)*
    ) => {
        impl Row for $type {
            $($more)*
            fn provenance_mut(&mut self) -> &mut Provenance {
                &mut self.provenance
            }
            fn rename(&mut self, id: $id, name: String) {
                self.id = id;
                self.name = name;
            }
            fn blank($new_id: $id, $new_name: String, $new_provenance: Provenance) -> Self {
                $blank
            }
            $(fn as_model(&self) -> Option<&Model> {
                let $model = self;
                Some($model)
            })?
        }
    };
}

/// In place of words nobody gave yet, where words must be there.
const UNKNOWN: &str = "unknown";
/// Units of the usual rack, for a new one.
const USUAL_RACK: u32 = 42;
/// The year a new grid's average is of, until it is typed.
const RECENT_YEAR: u16 = 2025;

row!(Model, ModelId, model; {
    family: UNKNOWN.to_owned(),
    kind: ModelKind::Dense,
    parameters_total: None,
    parameters_active: None,
    architecture: None::<Architecture>,
    context_tokens: None,
    license: None,
    released: None,
    quality: Vec::new(),
    tags: Vec::new(),
    notes: None,
}
    const HIDDEN_AT_FIRST: &'static [&'static str] = &["Kind", "Vocabulary (tokens)", "Notes"];
    const USE: Option<&'static str> = Some("Use in this scenario");
    fn use_in(&self, project: &mut Project) {
        if let Some(scenario) = selected(project) {
            (scenario.model, scenario.name) = (self.id.clone(), self.name.clone());
        }
    }
);
row!(Device, DeviceId; {
    vendor: UNKNOWN.to_owned(),
    class: DeviceClass::Other,
    form_factor: UNKNOWN.to_owned(),
    memory: None,
    memory_bandwidth: None,
    rates: Rates::default(),
    power_limit: None,
    price: None,
    released: None,
    facts: DeviceFacts::default(),
    notes: None,
}
    const HIDDEN_AT_FIRST: &'static [&'static str] = &[
        "Bus (bits)",
        "Efficiency cores",
        "Threads per core",
        "All-core clock (GHz)",
        "Last-level cache (MiB)",
        "Vector instructions",
        "Kind of memory",
        "Microarchitecture",
        "FP32 (TFLOPS)",
        "FP16, sums in 16 bits (TFLOPS)",
        "FP4 (TFLOPS)",
        "Compute dies",
        "Notes",
    ];
);
row!(Server, ServerId; |id, name, provenance| Server::unknown(id, name, provenance);
    const HIDDEN_AT_FIRST: &'static [&'static str] = &["Full depth", "Power supplies", "Cooling", "Embodied (kgCO2e)", "Notes"];
    fn names_nothing(&self, catalog: &Catalog) -> Option<String> {
        let lost = self.devices.iter().find(|fitted| catalog.devices.get(&fitted.device).is_none())?;
        Some(format!("the catalog has no device `{}`: type the id of one it has", lost.device))
    }
);
row!(RackType, RackTypeId; {
    vendor: UNKNOWN.to_owned(),
    height_units: USUAL_RACK,
    depth: None,
    weight: None,
    static_load: None,
    rolling_load: None,
    notes: None,
}
    const HIDDEN_AT_FIRST: &'static [&'static str] = &["Notes"];
);
// What must be there is asked for before the entry is made: these zeros are never kept.
row!(Grid, GridId; { year: RECENT_YEAR, intensity_g_per_kwh: 0.0 }
    const USE: Option<&'static str> = Some("Use as the plan's grid");
    fn use_in(&self, project: &mut Project) {
        (project.money.grid, project.money.grid_g_per_kwh) = (self.id.clone(), None);
    }
);
row!(ElectricityPrice, ElectricityPriceId; { usd_per_kwh: 0.0 }
    const USE: Option<&'static str> = Some("Use its price in the plan");
    fn use_in(&self, project: &mut Project) {
        project.money.take_electricity(self);
    }
);
row!(ApiPrice, ApiPriceId; {
    provider: UNKNOWN.to_owned(),
    input_usd_per_mtok: 0.0,
    output_usd_per_mtok: 0.0,
    cached_input_usd_per_mtok: None,
}
    const USE: Option<&'static str> = Some("Compare the plan with it");
    fn use_in(&self, project: &mut Project) {
        project.money.compared_api = Some(self.id.clone());
    }
);
// A mix must name a group; Q4_K_M stores its head so itself.
row!(WeightMix, WeightMixId; { base: WeightFormat::Q4KM, types: std::iter::once((TensorGroup::Head, TensorType::Q6K)).collect() });

row!(EngineProfile, EngineProfileId; {
    engine: Engine::LlamaCpp,
    versions: UNKNOWN.to_owned(),
    settings: EngineSettings::of(Engine::LlamaCpp),
}
    const USE: Option<&'static str> = Some("Use in this scenario");
    fn use_in(&self, project: &mut Project) {
        if let Some(scenario) = selected(project) {
            scenario.run_by(self);
        }
    }
    fn kept_because(&self) -> Option<&'static str> {
        self.is_default().then_some("The program has formulas for this engine: change its numbers, or restore them")
    }
);
row!(FormatLoss, FormatLossId; {
    format: WeightFormat::Q4KM,
    measured_on: UNKNOWN.to_owned(),
    perplexity: 0.0,
    perplexity_more: 0.0,
    deviation: None,
});
row!(Site, SiteId; { year: RECENT_YEAR, pue: 0.0 }
    const USE: Option<&'static str> = Some("Use its PUE in the plan");
    fn use_in(&self, project: &mut Project) {
        project.money.take_site(self);
    }
);

fn selected(project: &mut Project) -> Option<&mut Scenario> {
    let last = project.scenarios.len().checked_sub(1)?;
    project.scenarios.get_mut(project.selected.min(last))
}

/// One column.
pub struct Column<T> {
    /// Title, with the unit.
    pub title: &'static str,
    /// The field's name in data files, where its source is noted.
    pub field: &'static str,
    /// What stands in the cell.
    pub value: fn(&T) -> Value,
    /// How it is edited.
    pub edit: Edit<T>,
}

/// How a column's cells are edited.
pub enum Edit<T> {
    /// Not at all: it follows from other columns by this formula.
    Computed(&'static str),
    /// A number in the column's unit; nothing typed: unknown.
    Number(fn(&mut T, Option<f64>) -> Result<(), String>),
    /// Words; nothing typed: unknown.
    Text(fn(&mut T, &str) -> Result<(), String>),
    /// One of these words.
    Choice(fn() -> Vec<&'static str>, fn(&mut T, &str) -> Result<(), String>),
}

impl<T: Row> Column<T> {
    /// What the value of an entry rests on.
    pub fn standing(&self, entry: &T) -> Standing {
        match self.edit {
            Edit::Computed(_) => Standing::Computed,
            Edit::Number(_) | Edit::Text(_) | Edit::Choice(..) => entry.provenance().standing_of(self.field),
        }
    }

    /// Puts a typed text into an entry.
    ///
    /// # Errors
    /// Why it cannot be, in words for the field.
    pub fn put(&self, entry: &mut T, text: &str) -> Result<(), String> {
        match self.edit {
            Edit::Computed(_) => Err("this cannot be changed here".to_owned()),
            Edit::Number(set) => set(entry, parse(text)?),
            Edit::Text(set) | Edit::Choice(_, set) => set(entry, text.trim()),
        }
    }

    /// Whether a new entry needs a value here.
    pub fn must_be_there(&self, entry: &T) -> bool {
        // A choice begins with a usual one.
        !matches!(self.edit, Edit::Computed(_) | Edit::Choice(..)) && self.put(&mut entry.clone(), "").is_err()
    }

    /// Whether it is edited here.
    pub fn is_edited(&self) -> bool {
        !matches!(self.edit, Edit::Computed(_))
    }
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Words.
    Text(String),
    /// A number in the column's unit.
    Number(f64),
    /// Nobody knows.
    Unknown,
}

impl Value {
    /// Words that are there.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Words that may not be there.
    pub fn words(text: Option<&str>) -> Self {
        text.map_or(Self::Unknown, Self::text)
    }

    /// A number that may not be there.
    pub fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Unknown, Self::Number)
    }

    /// As shown.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => plain(*number),
            Self::Unknown => "unknown".to_owned(),
        }
    }

    /// As it stands in a field when editing begins.
    pub fn typed(&self) -> String {
        if *self == Self::Unknown { String::new() } else { self.shown() }
    }
}

/// As a person would type it.
pub fn plain(number: f64) -> String {
    let rounded = (number * 1e6).round() / 1e6;
    rounded.to_string()
}

/// A number out of what was typed: digits, a point, commas between thousands. Empty: nobody knows.
///
/// # Errors
/// Why it is no such number.
pub fn parse(text: &str) -> Result<Option<f64>, String> {
    let text = without_groups(text.trim())?;
    if text.is_empty() {
        return Ok(None);
    }
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
    if !number.is_finite() || number < 0.0 {
        return Err("type a number of zero or more, or nothing for unknown".to_owned());
    }
    Ok(Some(number))
}

/// The text without the commas between groups of three digits; one that stands elsewhere is no such comma.
fn without_groups(text: &str) -> Result<String, String> {
    if !text.contains(',') {
        return Ok(text.to_owned());
    }
    let whole = text.split('.').next().unwrap_or_default();
    let digits = |group: &str| group.chars().all(|c| c.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()) && digits(group));
    let grouped = first && groups.all(|group| group.len() == 3 && digits(group));
    if grouped && whole.matches(',').count() == text.matches(',').count() {
        return Ok(text.replace(',', ""));
    }
    Err(format!("`{text}`: write a decimal point as in 1.5; commas stand between thousands, as in 1,500"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_comma_is_refused_and_not_read_as_ten_times_as_much() {
        for bad in ["1,5", "1,50", "0,125,5", ",5", "1,", "1.5,000", "1234,567", "1,2345", "1,,500"] {
            let problem = parse(bad).expect_err(bad);
            assert!(problem.contains("decimal point"), "{bad}: {problem}");
        }
        assert_eq!(parse("12,345,678.25"), Ok(Some(12_345_678.25)));
    }

    #[test]
    fn a_typed_number_is_read_as_people_write_it() {
        for (text, number) in
            [("1008", Some(1008.0)), (" 1,008.5 ", Some(1008.5)), ("", None), ("  ", None), ("0", Some(0.0))]
        {
            assert_eq!(parse(text), Ok(number), "{text:?}");
        }
        for bad in ["-1", "NaN", "inf", "fast", "1e999"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(plain(1008.0), "1008");
        assert_eq!(plain(0.1 + 0.2), "0.3");
    }
}
