//! Size bands of models: "small", "medium", "large", as three sources draw them.
//!
//! Bands are about the size in a model's name, not the exact count: "70B" is 70.55 billion parameters and still 70B. A
//! mixture of experts is filed by all its parameters, since they decide the memory; its speed follows the active ones.

use super::Model;

/// Whose bands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Taxonomy {
    /// Bands without holes or overlaps that both others can be read off from.
    #[default]
    Unified,
    /// Small, medium and large by deployment.
    Guide,
    /// Small language models, and all others.
    SlmCutOff,
}

/// One band: sizes above the band before it, up to its own end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SizeBand {
    /// Name, for example "Compact".
    pub name: &'static str,
    /// Its range in words.
    pub range: &'static str,
    /// Where it ends, in billions of parameters; infinite for the last.
    end: f64,
    /// Whether a size of exactly `end` is in it.
    end_included: bool,
}

const fn below(name: &'static str, range: &'static str, end: f64) -> SizeBand {
    SizeBand { name, range, end, end_included: false }
}

const fn up_to(name: &'static str, range: &'static str, end: f64) -> SizeBand {
    SizeBand { name, range, end, end_included: true }
}

// The guide's table has a hole between 7B and 8B and puts 70B into two bands; the unified bands close both.
const UNIFIED: &[SizeBand] = &[
    below("Nano", "below 1B", 1.0),
    below("Small", "1B to below 8B", 8.0),
    below("Compact", "8B to below 10B", 10.0),
    up_to("Medium", "10B to 70B", 70.0),
    up_to("Large", "above 70B to 500B", 500.0),
    below("Frontier", "above 500B to below 1,000B", 1000.0),
    up_to("Trillion+", "1,000B and more", f64::INFINITY),
];
const GUIDE: &[SizeBand] = &[
    below("Below the guide", "below 1B: the guide begins at 1B", 1.0),
    below("Small", "1B to 7B: edge, local, low latency", 8.0),
    up_to("Medium", "8B to 70B: business, balanced", 70.0),
    up_to("Large", "above 70B, 500B and more: complex reasoning, research, enterprise", f64::INFINITY),
];
const SLM: &[SizeBand] = &[
    below("SLM", "below 10B: a small language model", 10.0),
    below("LLM", "10B to below 1,000B: a large language model", 1000.0),
    up_to("Above 1T", "1,000B and more", f64::INFINITY),
];

impl Taxonomy {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Unified, Self::Guide, Self::SlmCutOff];

    /// Its name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unified => "Unified",
            Self::Guide => "Guide",
            Self::SlmCutOff => "SLM cut-off",
        }
    }

    /// Where its bands come from, and what was decided where the source does not say.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Unified => {
                "Sizewright's own, 2026-11: half-open bands that hold the other two. 8B and 9B are a band of their own \
                 because the guide calls them medium and the cut-off calls them small; exactly 70B is Medium"
            }
            Self::Guide => {
                "\"The Ultimate Guide to LLM Model Size\": Small 1-7B, Medium 8-70B, Large 70-500B+. It leaves a hole \
                 between 7B and 8B, counted as Small, and names 70B twice, counted as Medium"
            }
            Self::SlmCutOff => {
                "\"The AI Cost Apocalypse\": a small language model has fewer than 10B parameters, often 1-7B; large ones \
                 have hundreds of billions, some above 1T. What lies between is counted as large"
            }
        }
    }

    /// Its bands, the smallest first.
    pub const fn bands(self) -> &'static [SizeBand] {
        match self {
            Self::Unified => UNIFIED,
            Self::Guide => GUIDE,
            Self::SlmCutOff => SLM,
        }
    }

    /// The band of a size in billions of parameters. `None`: not a size.
    pub fn band_of(self, billions: f64) -> Option<&'static SizeBand> {
        if !(billions > 0.0 && billions.is_finite()) {
            return None;
        }
        self.bands().iter().find(|band| billions < band.end || (band.end_included && billions == band.end))
    }
}

/// The size a model is sold under must be this close to its count, as a factor, to be believed: Gemma 7B has 8.5 billion.
const NAME_TOLERANCE: f64 = 1.3; // own limit, 2026-11-20

/// The size in a model's name, in billions of parameters; else the exact count. `None`: its makers tell neither.
pub fn nominal_billions(model: &Model) -> Option<f64> {
    let counted = model.parameters_total.map(|count| count as f64 / 1e9);
    let in_name = |text: &str| {
        let mut sizes = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).filter_map(size_word);
        sizes.find(|size| {
            counted.is_none_or(|counted| *size <= counted * NAME_TOLERANCE && counted <= *size * NAME_TOLERANCE)
        })
    };
    in_name(&model.name).or(counted)
}

/// "70B", "0.5b", "135M" or "1T" in billions.
fn size_word(word: &str) -> Option<f64> {
    let (number, unit) = word.split_at_checked(word.len().checked_sub(1)?)?;
    let times = match unit {
        "B" | "b" => 1.0,
        "M" | "m" => 1e-3,
        "T" | "t" => 1e3,
        _ => return None,
    };
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    number.parse::<f64>().ok().map(|number| number * times).filter(|size| *size > 0.0 && size.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_border_is_in_the_band_its_source_puts_it_in() {
        use Taxonomy as T;
        for (taxonomy, billions, band) in [
            (T::Unified, 0.135, "Nano"),
            (T::Unified, 0.999, "Nano"),
            (T::Unified, 1.0, "Small"),
            (T::Unified, 7.999, "Small"),
            (T::Unified, 8.0, "Compact"),
            (T::Unified, 10.0, "Medium"),
            (T::Unified, 70.0, "Medium"),
            (T::Unified, 70.1, "Large"),
            (T::Unified, 500.0, "Large"),
            (T::Unified, 500.1, "Frontier"),
            (T::Unified, 999.9, "Frontier"),
            (T::Unified, 1000.0, "Trillion+"),
            (T::Guide, 0.5, "Below the guide"),
            (T::Guide, 7.5, "Small"),
            (T::Guide, 8.0, "Medium"),
            (T::Guide, 70.0, "Medium"),
            (T::Guide, 70.1, "Large"),
            (T::Guide, 2000.0, "Large"),
            (T::SlmCutOff, 9.999, "SLM"),
            (T::SlmCutOff, 10.0, "LLM"),
            (T::SlmCutOff, 1000.0, "Above 1T"),
        ] {
            assert_eq!(taxonomy.band_of(billions).map(|band| band.name), Some(band), "{taxonomy:?} {billions}");
        }
        for no_size in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Taxonomy::ALL.iter().all(|taxonomy| taxonomy.band_of(no_size).is_none()), "{no_size}");
        }
    }

    #[test]
    fn the_name_decides_and_not_the_exact_count() {
        let catalog = Catalog::builtin().expect("the built-in catalog");
        let mut model = catalog.models.get(&"llama-3.3-70b".into()).expect("a model").clone();
        for (name, counted, nominal) in [
            ("Llama 3.3 70B", Some(70_550_000_000), Some(70.0)),
            ("Gemma 7B", Some(8_540_000_000), Some(7.0)),
            ("Qwen3 30B-A3B", Some(30_530_000_000), Some(30.0)),
            ("Mixtral 8x7B", Some(46_700_000_000), Some(46.7)),
            ("SmolLM2-135M-Instruct", Some(134_515_008), Some(0.135)),
            ("Gemma 3n E2B", Some(5_980_000_000), Some(5.98)),
            ("Kimi 1T", None, Some(1000.0)),
            ("Claude Opus", None, None),
        ] {
            name.clone_into(&mut model.name);
            model.parameters_total = counted;
            assert_eq!(nominal_billions(&model), nominal, "{name}");
        }
    }
}
