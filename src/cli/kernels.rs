//! Which kernels a user forces, from the environment: for tests, and to see what a processor without them would give.
//! And how the engine is to store keys and values.

use super::UsageError;
use crate::infer::{KvFormat, Tier};

/// The tier in [`Tier::VARIABLE`]; `None` where it is not set or empty.
///
/// # Errors
/// A name that is no tier, or a tier this processor lacks.
pub fn forced_tier() -> Result<Option<Tier>, UsageError> {
    let value = std::env::var_os(Tier::VARIABLE);
    Tier::forced(value.as_deref()).map_err(|error| UsageError(error.to_string()))
}

/// The cache format of that name.
///
/// # Errors
/// A name that is none of the engine's.
pub fn cache_format(name: &str) -> Result<KvFormat, UsageError> {
    KvFormat::from_name(name).ok_or_else(|| {
        let known: Vec<_> = KvFormat::ALL.iter().map(|format| format.name()).collect();
        UsageError(format!("--cache-type: give one of {}", known.join(", ")))
    })
}
