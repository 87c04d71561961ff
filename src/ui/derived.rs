//! What follows from the plan, remembered with the inputs it was made from and made anew when they differ.
//!
//! Compared by equality: cheaper than hashing, and it works on floats.

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::project::sensitivity::{Relaxed, relief};
use crate::project::{Outcome, Project, Remembered, outcome_remembering};

/// The catalog with the plan's changes, and the outcome.
#[derive(Debug)]
pub struct Derived {
    made_from: Project,
    /// The built-in catalog with what the plan keeps of an older one: what the user's changes lie over.
    base: Arc<Catalog>,
    catalog: Arc<Catalog>,
    /// Counts the catalogs made.
    catalog_version: u64,
    outcome: Arc<Outcome>,
    /// The limit that binds, relaxed by a tenth.
    relief: Option<Relaxed>,
    /// Answers that a change leaves as they were.
    remembered: Remembered,
}

impl Derived {
    /// Computes everything for a plan.
    pub fn new(built_in: &Catalog, project: &Project) -> Self {
        let base = Arc::new(project.base(built_in));
        let catalog = Arc::new(base.with(&project.layer));
        let mut remembered = Remembered::default();
        let outcome = Arc::new(outcome_remembering(&mut remembered, project, &catalog));
        let relief = relief(&mut remembered, project, &catalog, &outcome);
        Self { made_from: project.clone(), base, catalog, catalog_version: 0, outcome, relief, remembered }
    }

    /// Whether the plan has changed since.
    pub fn is_stale(&self, project: &Project) -> bool {
        self.made_from != *project
    }

    /// Computes anew what the change touches.
    pub fn update(&mut self, built_in: &Catalog, project: &Project) {
        if !self.is_stale(project) {
            return;
        }
        if self.made_from.layer != project.layer || self.made_from.catalog_used != project.catalog_used {
            if self.made_from.catalog_used != project.catalog_used {
                self.base = Arc::new(project.base(built_in));
            }
            self.catalog = Arc::new(self.base.with(&project.layer));
            self.catalog_version += 1;
        }
        self.outcome = Arc::new(outcome_remembering(&mut self.remembered, project, &self.catalog));
        self.relief = relief(&mut self.remembered, project, &self.catalog, &self.outcome);
        self.made_from = project.clone();
    }

    /// The catalog with the plan's changes.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog)
    }

    /// What the user's changes of the catalog lie over.
    pub fn base(&self) -> Arc<Catalog> {
        Arc::clone(&self.base)
    }

    /// Differs from any earlier one once the catalog has changed: what rests on the catalog compares this alone.
    pub const fn catalog_version(&self) -> u64 {
        self.catalog_version
    }

    /// What a tenth more of the binding limit would bring. `None`: nothing binds, or a tenth more of it means nothing.
    pub const fn relief(&self) -> Option<&Relaxed> {
        self.relief.as_ref()
    }

    /// What follows from the plan.
    pub fn outcome(&self) -> Arc<Outcome> {
        Arc::clone(&self.outcome)
    }
}
