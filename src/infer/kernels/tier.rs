//! Which kernels a processor can run.

use std::ffi::OsStr;

use crate::infer::InferError;

/// A family of kernels, slowest first. All give the same numbers to the last bit, hence the same text; but for prompts read
/// behind 512 tokens and more, where AVX512-VNNI rounds attention to 8 bits (`kernels::many`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Plain Rust, any processor.
    Portable,
    /// x86-64 with AVX2, FMA and F16C: most desktops since 2013.
    Avx2,
    /// As AVX2, with the VNNI instruction in its short form: Alder Lake and Zen 5 on.
    AvxVnni,
    /// x86-64 with AVX-512 (F, BW, DQ, VL) and VNNI: servers since 2019, Ryzen since 2022.
    Avx512Vnni,
    /// 64-bit ARM with the dot-product instructions: phones and servers since 2018, all of Apple's since the M1.
    NeonDotprod,
}

impl Tier {
    /// All tiers, slowest first.
    pub const ALL: [Self; 5] = [Self::Portable, Self::Avx2, Self::AvxVnni, Self::Avx512Vnni, Self::NeonDotprod];

    /// The fastest tier of this processor.
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|tier| tier.is_available()).unwrap_or(Self::Portable)
    }

    /// Whether this processor can run it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")
            }
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => is_x86_feature_detected!("avxvnni") && Self::Avx2.is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vnni")
                    && Self::Avx2.is_available()
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::AvxVnni | Self::Avx512Vnni => false,
            #[cfg(target_arch = "aarch64")]
            Self::NeonDotprod => std::arch::is_aarch64_feature_detected!("dotprod"),
            #[cfg(not(target_arch = "aarch64"))]
            Self::NeonDotprod => false,
        }
    }

    /// Its name as shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "AVX2",
            Self::AvxVnni => "AVX-VNNI",
            Self::Avx512Vnni => "AVX512-VNNI",
            Self::NeonDotprod => "NEON-dotprod",
        }
    }

    /// The environment variable that forces a tier: for tests, and to see what a processor without the others gives.
    pub const VARIABLE: &str = "SIZEWRIGHT_KERNELS";

    /// The tier that [`Tier::VARIABLE`] forces, holding this; `None` where it is not set or empty.
    ///
    /// # Errors
    /// A name that is no tier, or a tier this processor lacks: both in words.
    pub fn forced(value: Option<&OsStr>) -> Result<Option<Self>, InferError> {
        let name = value.map(OsStr::to_string_lossy).unwrap_or_default();
        if name.trim().is_empty() {
            return Ok(None);
        }
        let found: String = name.chars().take(40).collect();
        let refuse = |range| InferError::Option { option: Self::VARIABLE, range, found: found.clone() };
        let known = "the name of a kernel tier (portable, AVX2, AVX-VNNI, AVX512-VNNI, NEON-dotprod)";
        let tier = Self::from_name(&name).ok_or_else(|| refuse(known))?;
        match tier.is_available() {
            true => Ok(Some(tier)),
            false => Err(refuse("a kernel tier this processor has; left out it is the fastest")),
        }
    }

    /// The tier of that name, letter case aside.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name().eq_ignore_ascii_case(name.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_is_forced_by_its_name_and_nothing_else() {
        let forced = |name: &str| Tier::forced(Some(OsStr::new(name)));
        assert_eq!(forced("Portable").ok().flatten(), Some(Tier::Portable));
        assert!(forced(" ").is_ok_and(|tier| tier.is_none()) && Tier::forced(None).is_ok_and(|tier| tier.is_none()));
        let refused = forced("sse9").expect_err("no tier").to_string();
        assert!(Tier::ALL.iter().all(|tier| refused.contains(tier.name())), "{refused}");
        let lacking = Tier::ALL.into_iter().find(|tier| !tier.is_available()).expect("no processor has all");
        assert!(forced(lacking.name()).is_err_and(|error| error.to_string().contains("this processor has")));
    }

    /// A run of the tests that is there for one tier (`.ci/run` for NEON) says so, or it would pass without it.
    #[test]
    fn the_tier_that_a_run_of_the_tests_requires_is_available() {
        let Ok(name) = std::env::var("SIZEWRIGHT_REQUIRE_KERNELS") else { return };
        let tier = Tier::from_name(&name).expect("SIZEWRIGHT_REQUIRE_KERNELS names no tier");
        assert!(tier.is_available(), "this processor lacks {}", tier.name());
    }
}
