//! What every pane is given: the plan to edit, what follows from it, and where to send commands.

use std::sync::Arc;

use super::command::Command;
use super::messages::Messages;
use crate::catalog::Catalog;
use crate::project::{Outcome, Project};

/// One frame's view of the app.
pub struct Scene<'a> {
    /// The catalog as delivered.
    pub built_in: &'a Catalog,
    /// The same with what the plan keeps of an older one: what the user's changes lie over, and what shows again where
    /// they are taken back.
    pub base: &'a Catalog,
    /// The same with the plan's changes: what every number rests on.
    pub catalog: &'a Arc<Catalog>,
    /// Counts the changes of it.
    pub catalog_version: u64,
    /// What follows from the plan.
    pub outcome: &'a Outcome,
    /// The plan.
    pub project: &'a mut Project,
    /// Things to do after drawing.
    pub commands: &'a mut Vec<Command>,
    /// What to tell the user.
    pub messages: &'a mut Messages,
}
