//! A model looked at before it is loaded: its header, once a thread has read it.

use super::engine::ModelChoice;
use crate::infer::ModelHeader;

/// A model somebody may want to load.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Which.
    pub choice: ModelChoice,
    /// What is known of it.
    pub look: Look,
}

/// What is known of a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// Its header is being read.
    Reading,
    /// Its header. It may say that this program cannot run it.
    Header(Box<ModelHeader>),
    /// It is no model file, or cannot be read; the words say why.
    Unreadable(String),
}
