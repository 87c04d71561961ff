//! Which kernels a user forces, from the environment: for tests, and to see what a processor without them would give.
//! And how the engine is to store keys and values.

use super::UsageError;
use crate::infer::{KvFormat, Tier};

/// Names a tier of [`Tier::ALL`].
const VARIABLE: &str = "SIZEWRIGHT_KERNELS";

/// The tier in the variable; `None` where it is not set or empty.
///
/// # Errors
/// A name that is no tier, or a tier this processor lacks.
pub fn forced_tier() -> Result<Option<Tier>, UsageError> {
    std::env::var_os(VARIABLE).map_or(Ok(None), |value| tier_of(&value.to_string_lossy()))
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

fn tier_of(name: &str) -> Result<Option<Tier>, UsageError> {
    if name.trim().is_empty() {
        return Ok(None);
    }
    let shown: String = name.chars().take(40).collect();
    let Some(tier) = Tier::from_name(name) else {
        let known: Vec<_> = Tier::ALL.iter().map(|tier| tier.name()).collect();
        return Err(UsageError(format!("{VARIABLE} is `{shown}`: give one of {}", known.join(", "))));
    };
    if !tier.is_available() {
        let problem =
            format!("{VARIABLE} is `{shown}`, which this processor lacks: leave it out for the fastest it has");
        return Err(UsageError(problem));
    }
    Ok(Some(tier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_is_known_by_its_name_and_nothing_else() {
        assert_eq!(tier_of("Portable").ok().flatten(), Some(Tier::Portable));
        assert!(tier_of(" ").is_ok_and(|tier| tier.is_none()));
        assert!(tier_of("sse9").is_err_and(|error| error.to_string().contains("AVX2")));
    }
}
