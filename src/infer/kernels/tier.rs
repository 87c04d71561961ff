//! Which kernels a processor can run.

/// A family of kernels, slowest first. All give the same numbers to the last bit, hence the same text.
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

    /// The tier of that name, letter case aside: what the variable `SIZEWRIGHT_KERNELS` may hold.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name().eq_ignore_ascii_case(name.trim()))
    }
}
