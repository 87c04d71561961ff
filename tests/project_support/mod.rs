//! The built-in catalog, and what follows from the default plan after a change.

#![allow(dead_code, reason = "each test file uses its part")]

use sizewright::catalog::Catalog;
use sizewright::project::{Outcome, Project, outcome};

pub fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog is sound")
}

/// What follows from the default plan after one change.
pub fn after(change: impl FnOnce(&mut Project)) -> Outcome {
    let mut plan = Project::default_plan(catalog());
    change(&mut plan);
    outcome(&plan, catalog())
}
