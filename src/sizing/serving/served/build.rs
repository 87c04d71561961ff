//! How old an engine's build is: kernels change faster than models, so the date is an input.
//!
//! Fixed times shrink slowly and smoothly with the date; block-scaled 8-bit experts under vLLM had a penalty that went
//! away within months. A version that is not listed takes the date of the newest one below it.
//!
//! The dates are **assumed**: to the month as remembered from the projects' release pages, not looked up. What hangs on
//! them: a month off moves fixed times of a layer and a step by 2 % ([`FIXED_TIME_RATE`]), the time of a request by 8 %
//! ([`REQUEST_RATE`]), and, only for block-scaled 8-bit experts under vLLM between 0.12 and 0.16, the padding penalty by a
//! third. The constants were fitted with these same dates, so an error common to a version is mostly absorbed.

use crate::catalog::Engine;

/// Years after November 2025.
pub type Age = f64;

/// Newest build the constants have seen: nothing is extrapolated beyond it.
pub const NEWEST: Age = 0.42; // SGLang nightly of 2026-04-02, the newest of the rows fitted
/// A build of the second half of 2025, where a measurement names none.
pub const UNSTATED: Age = -0.08; // rows without a version were published from October 2025 on

/// Releases as (version, years after November 2025), oldest first; assumed, see above.
const VLLM: &[(&str, Age)] = &[
    ("0.9", -0.42),
    ("0.10", -0.27),
    ("0.11", -0.08),
    ("0.12", 0.09),
    ("0.13", 0.13),
    ("0.14", 0.22),
    ("0.15", 0.26),
    ("0.16", 0.31),
    ("0.17", 0.35),
    ("0.18", 0.40),
    ("0.19", NEWEST),
];
const SGLANG: &[(&str, Age)] = &[
    ("0.4", -0.40),
    ("0.5", -0.15),
    ("0.5.5", 0.02),
    ("0.5.6", 0.09),
    ("0.5.7", 0.17),
    ("0.5.8", 0.23),
    ("0.5.9", 0.31),
    ("0.5.10", NEWEST),
];
const TENSORRT_LLM: &[(&str, Age)] =
    &[("0.20", -0.40), ("1.0", -0.25), ("1.1", -0.12), ("1.2", 0.2), ("1.3", 0.28), ("1.4", NEWEST)];

/// The age of a build from its engine's version as written; text without a number is a nightly of early 2026.
pub fn age_of(engine: Engine, version: &str) -> Age {
    let version = version.trim();
    if version.is_empty() {
        return UNSTATED;
    }
    let releases = match engine {
        Engine::Vllm => VLLM,
        Engine::Sglang => SGLANG,
        Engine::TensorRtLlm => TENSORRT_LLM,
        Engine::LlamaCpp | Engine::Mlx | Engine::MlcLlm | Engine::ExLlama => return UNSTATED,
    };
    let wanted = numbers(version);
    if wanted.is_empty() {
        return 0.3; // nightlies in the rows fitted are of February to April 2026
    }
    let latest_older = releases.iter().rfind(|(release, _)| numbers(release) <= wanted);
    latest_older.or(releases.first()).map_or(UNSTATED, |(_, age)| *age)
}

/// The leading dotted numbers of a version: "1.2.0rc6.post3" is 1, 2, 0.
fn numbers(version: &str) -> Vec<u32> {
    let mut all = Vec::new();
    for part in version.trim_start_matches('v').split('.') {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        let Ok(number) = digits.parse() else { break };
        all.push(number);
        if digits.len() < part.len() {
            break;
        }
    }
    all
}

/// Yearly rate at which fixed times of a layer and a step shrink. Chosen, not fitted: engines and dates go together in
/// the rows, and a free rate made unseen families worse.
pub const FIXED_TIME_RATE: f64 = 0.2;
/// The same for the time of a request: scheduling moved off the critical path during these months.
pub const REQUEST_RATE: f64 = 1.0;
/// Until then the penalty of padded experts is whole ...
const PADDED_UNTIL: Age = 0.1;
/// ... and afterwards it halves every two months: kernels chosen by batch came with vLLM 0.13 and later.
const PADDED_RATE: f64 = 4.0;

/// What is left of the penalty of padded experts.
pub fn padded_left(age: Age) -> f64 {
    (-PADDED_RATE * (age - PADDED_UNTIL).max(0.0)).exp()
}

/// Factor on a fixed time that shrinks at `rate` a year.
pub fn shrunk(rate: f64, age: Age) -> f64 {
    (-rate * age.min(NEWEST)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_versions_are_not_older() {
        for (engine, versions) in [
            (Engine::Vllm, ["0.8.5", "0.11.1", "0.12.0", "0.16.0", "v0.17.1", "1.4"]),
            (Engine::Sglang, ["0.4.3", "0.5.4", "0.5.6.post2", "0.5.9", "0.5.11", "0.6"]),
            (Engine::TensorRtLlm, ["0.19", "1.0.0rc3", "1.1.0rc2.post2", "1.2.0rc6.post3", "1.3.0rc1", "2.0"]),
        ] {
            let ages: Vec<Age> = versions.iter().map(|version| age_of(engine, version)).collect();
            assert!(ages.is_sorted(), "{engine}: {ages:?}");
            assert!(ages.iter().all(|age| *age <= NEWEST));
        }
    }

    #[test]
    fn a_version_nobody_can_read_is_still_a_date() {
        for text in ["", "  ", "nightly-dev", "glm5-hopper", "99999999999999999999", "...", "-1"] {
            assert!(age_of(Engine::Sglang, text).is_finite(), "{text}");
        }
        assert_eq!(age_of(Engine::Vllm, ""), UNSTATED);
        assert_eq!(padded_left(0.0), 1.0);
        assert!(padded_left(0.35) < 0.4);
    }
}
