//! The plan: what the user decided ([`Project`]), what follows from it ([`Outcome`]), and its file.
//!
//! `Project` is the one edited value: undo, saving, "has it changed?" and every cache key are about it alone. `Outcome` is
//! computed from it and the catalog, never edited and never saved.

pub mod check;
mod compute;
mod default_plan;
pub mod file;
mod lack;
mod measurement;
mod money;
mod needs;
mod outcome;
mod racks;
mod runs;
mod scenario;
pub mod sensitivity;
mod serves;
mod uses;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Layer};
use crate::rack::{RackLayout, RackLimits};

pub use compute::{PowerCurves, Remembered, power_curves};
pub use lack::{Lack, Lacks};
pub use measurement::{Added, MOST_MEASUREMENTS, OwnMeasurement};
pub use money::{LoadSource, Money};
pub use needs::{Demand, Needs};
pub use outcome::{
    BreakEven, DemandOutcome, HostedComparison, MeasuredSessions, ModelDemand, MoneyOutcome, Outcome, PlanProblem,
    Queueing, RackGroup, RackOutcome, ScenarioOutcome, ServedModel, ServerOutcome, SessionsLeft, Severity, Staircase,
    Totals, outcome, outcome_remembering,
};
pub use racks::Racks;
pub use runs::{name_of_run, runs_of_equal_racks};
pub use scenario::Scenario;
pub use uses::uses;

/// Everything the user decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// As the user calls it.
    pub name: String,
    /// What readers need.
    pub needs: Needs,
    /// Models to compare, in the order shown.
    pub scenarios: Vec<Scenario>,
    /// Which of them the racks serve: a place in `scenarios`. Beyond the end: the last.
    pub selected: usize,
    /// The racks and their power.
    pub racks: Racks,
    /// Prices, time and carbon.
    pub money: Money,
    /// What the user changed in the catalog.
    pub layer: Layer,
    /// Entries the plan was saved with that differ from today's built-in catalog: they keep an old plan's numbers. Empty
    /// for a new plan. The user's own changes (`layer`) lie over them.
    pub catalog_used: Layer,
    /// What was measured on the user's own machines.
    #[serde(default, deserialize_with = "measurement::read")]
    pub measurements: Vec<OwnMeasurement>,
}

impl Project {
    /// The plan the app opens on: a 42U rack, 12.5 kW, at least 10 tokens/s a session.
    pub fn default_plan(catalog: &Catalog) -> Self {
        default_plan::default_plan(catalog)
    }

    /// The catalog this plan is computed with: the built-in one, over it what the plan was saved with, over that the
    /// user's changes. Copies every table: keep the result while `layer` and `catalog_used` stay the same.
    pub fn catalog(&self, built_in: &Catalog) -> Catalog {
        self.base(built_in).with(&self.layer)
    }

    /// What the user's changes lie over: the built-in catalog, over it what the plan was saved with. Copies every table.
    pub fn base(&self, built_in: &Catalog) -> Catalog {
        built_in.with(&self.catalog_used)
    }

    /// The limits that hold in one rack of this plan, for its edits.
    pub fn rack_limits(&self, catalog: &Catalog, layout: &RackLayout) -> RackLimits {
        compute::limits(self, catalog, layout)
    }

    /// The scenario the racks serve. `None`: there is no scenario at all.
    pub fn selected_scenario(&self) -> Option<&Scenario> {
        self.scenarios.get(self.scenario_served(None)?)
    }
}
