//! What follows from the plan, remembered with the inputs it was made from and made anew when they differ.
//!
//! Compared by equality: cheaper than hashing, and it works on floats.

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::project::{Outcome, Project, outcome};

/// The catalog with the plan's changes, and the outcome.
#[derive(Debug)]
pub struct Derived {
    made_from: Project,
    catalog: Arc<Catalog>,
    /// Counts the catalogs made.
    catalog_version: u64,
    outcome: Arc<Outcome>,
}

impl Derived {
    /// Computes everything for a plan.
    pub fn new(built_in: &Catalog, project: &Project) -> Self {
        let catalog = Arc::new(project.catalog(built_in));
        let outcome = Arc::new(outcome(project, &catalog));
        Self { made_from: project.clone(), catalog, catalog_version: 0, outcome }
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
            self.catalog = Arc::new(project.catalog(built_in));
            self.catalog_version += 1;
        }
        self.outcome = Arc::new(outcome(project, &self.catalog));
        self.made_from = project.clone();
    }

    /// The catalog with the plan's changes.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog)
    }

    /// Differs from any earlier one once the catalog has changed: what rests on the catalog compares this alone.
    pub const fn catalog_version(&self) -> u64 {
        self.catalog_version
    }

    /// What follows from the plan.
    pub fn outcome(&self) -> Arc<Outcome> {
        Arc::clone(&self.outcome)
    }
}
