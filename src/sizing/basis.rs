//! Why a number is what it is: formula, inputs, constants, sources, in words one can recompute. Copies share the texts, for
//! a basis goes into every number that follows from its own.

use smol_str::{SmolStr, ToSmolStr};

use crate::catalog::{Model, Standing};

/// How a figure was made. Shown on "why?", printed in reports, written to JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    /// What the figure rests on as a whole: its weakest input decides.
    pub standing: Standing,
    /// The formula in words and symbols.
    pub formula: SmolStr,
    /// Every number that went in.
    pub inputs: Vec<BasisInput>,
    /// How the band was made, and how wrong this class has been on machines the formula never saw. Empty: exact.
    pub band: SmolStr,
}

/// One number that went into a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct BasisInput {
    /// What it is, for example "weights read per token".
    pub name: SmolStr,
    /// With its unit, as shown.
    pub value: SmolStr,
    /// What it rests on.
    pub standing: Standing,
    /// Where it comes from, with its date.
    pub source: SmolStr,
}

impl BasisInput {
    /// An input.
    pub fn new(
        name: impl Into<SmolStr>,
        value: impl ToSmolStr,
        standing: Standing,
        source: impl Into<SmolStr>,
    ) -> Self {
        Self { name: name.into(), value: value.to_smolstr(), standing, source: source.into() }
    }
}

/// How constants of a fit begin to say where they are from.
pub const FITTED: &str = "fitted on";
/// What an input is called that comes from the user's own measurements.
pub const OWN: &str = "your own measurements";

impl Basis {
    /// Whether constants fitted to measurements went in: how wrong those were is known.
    pub fn is_fitted(&self) -> bool {
        self.inputs.iter().any(|input| input.source.starts_with(FITTED))
    }

    /// What the user's own measurements did to it, in words. `None`: there are none.
    pub fn own_words(&self) -> Option<&str> {
        self.inputs.iter().find(|input| input.name == OWN).map(|input| input.source.as_str())
    }
}

/// What a count from a model's shapes rests on, and one input for each note by which one of `fields` is assumed.
pub fn of_shapes(model: &Model, fields: &[&str]) -> (Standing, Vec<BasisInput>) {
    let mut notes: Vec<_> = fields.iter().filter_map(|field| model.provenance.note(field)).collect();
    notes.dedup();
    let doubtful: Vec<BasisInput> = notes
        .into_iter()
        .filter(|note| note.standing == Standing::Assumed)
        .map(|note| BasisInput::new(&note.field, "assumed", Standing::Assumed, &note.source))
        .collect();
    let whole = if model.provenance.standing == Standing::Assumed { Standing::Assumed } else { Standing::Computed };
    (if doubtful.is_empty() { whole } else { Standing::Assumed }, doubtful)
}

impl std::fmt::Display for Basis {
    /// As plain text: the formula, then one line an input, then the band.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.formula)?;
        for input in &self.inputs {
            write!(f, "\n  {} = {} ({})", input.name, input.value, input.source)?;
        }
        if !self.band.is_empty() {
            write!(f, "\n  band: {}", self.band)?;
        }
        Ok(())
    }
}
