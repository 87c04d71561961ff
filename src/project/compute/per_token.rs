//! A yearly amount over the tokens of a year. Its band is of everything whose error is known: the speed, an assumed draw,
//! an assumed footprint. They err for reasons of their own, so logarithms of their factors are added in quadrature.

use smol_str::{SmolStr, format_smolstr};

use crate::catalog::Standing;
use crate::project::{LoadSource, Project, Totals};
use crate::sizing::{Basis, BasisInput, Figure};
use crate::units::Significant;

/// How wrong one part of an amount may be: its 80 % band as factors, and where that comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    /// Lower end over the likely value.
    pub(super) low: f64,
    /// Upper end over it.
    pub(super) high: f64,
    /// What is doubtful, and the source of its band.
    pub(super) words: &'static str,
}

impl Doubt {
    /// The same for a sum of which the doubtful part is this share.
    pub(super) fn of_a_part(self, share: f64) -> Self {
        let share = if share.is_finite() { share } else { 0.0 };
        Self { low: 1.0 + (self.low - 1.0) * share, high: 1.0 + (self.high - 1.0) * share, ..self }
    }

    fn is_none(&self) -> bool {
        self.low >= 1.0 && self.high <= 1.0
    }
}

/// What is told of a yearly amount.
pub(super) struct Amount<Q> {
    /// In a year.
    pub(super) sum: Q,
    /// What its parts may be wrong by.
    pub(super) doubts: Vec<Doubt>,
    /// How a token's part of it is made.
    pub(super) formula: &'static str,
    /// What it is.
    pub(super) name: &'static str,
    /// As shown.
    pub(super) shown: String,
}

/// Yearly amounts over the tokens of a year.
pub(super) struct PerToken<'a> {
    pub(super) project: &'a Project,
    pub(super) total: &'a Totals,
    /// Low, likely, high.
    pub(super) tokens: [f64; 3],
}

impl PerToken<'_> {
    fn utilisation(&self) -> BasisInput {
        let load = self.total.utilisation;
        match self.project.money.utilisation_from {
            LoadSource::Typed => BasisInput::new("utilisation", load, Standing::Assumed, "set in this plan"),
            LoadSource::Readers => BasisInput::new(
                "utilisation",
                Significant(load),
                Standing::Computed,
                "tokens the readers of this plan ask for / tokens the servers can make",
            ),
        }
    }

    /// For `each` tokens. `None`: no tokens.
    pub(super) fn figure<Q>(&self, each: f64, amount: Amount<Q>) -> Option<Figure<Q>>
    where
        Q: Copy + std::ops::Mul<f64, Output = Q>,
    {
        let [few, likely, many] = self.tokens;
        // Fewer than one token a year is none.
        if likely < 1.0 || !likely.is_finite() {
            return None;
        }
        let doubts: Vec<Doubt> = amount.doubts.into_iter().filter(|doubt| !doubt.is_none()).collect();
        // Many tokens make each of them cheap: the ends of the band change places. Where the low end is no token at all
        // there is no upper end to state; the likely value stands in.
        let cheap = [likely / many].into_iter().chain(doubts.iter().map(|doubt| doubt.low));
        let dear = [if few >= 1.0 { likely / few } else { 1.0 }];
        let dear = dear.into_iter().chain(doubts.iter().map(|doubt| doubt.high));
        let speed = &self.total.total_speed;
        let basis = Basis {
            standing: Standing::Computed.max(speed.basis.standing),
            formula: SmolStr::new_static(amount.formula),
            inputs: vec![
                BasisInput::new(SmolStr::new_static(amount.name), amount.shown, Standing::Computed, "this plan"),
                BasisInput::new(
                    "tokens/s at full load",
                    speed.likely,
                    speed.basis.standing,
                    speed.basis.formula.clone(),
                ),
                self.utilisation(),
            ],
            band: words(&speed.basis.band, &doubts),
        };
        let likely = amount.sum * (each / likely);
        Some(Figure::with_factors(likely, 1.0 / away(cheap), away(dear), basis))
    }
}

/// Independent errors together, as a factor of 1 or more.
fn away(factors: impl Iterator<Item = f64>) -> f64 {
    let squares: f64 = factors.map(|factor| factor.max(f64::MIN_POSITIVE).ln().powi(2)).sum();
    squares.sqrt().exp()
}

fn words(speed: &SmolStr, doubts: &[Doubt]) -> SmolStr {
    if speed.is_empty() && doubts.is_empty() {
        return SmolStr::default();
    }
    let each: Vec<&str> = doubts.iter().map(|doubt| doubt.words).collect();
    match (speed.is_empty(), each.as_slice()) {
        (_, []) => format_smolstr!("of the speed alone ({speed}); prices, PUE and draws as if exact"),
        (true, _) => format_smolstr!("{}; prices, PUE and all else as if exact", each.join("; ")),
        (false, _) => format_smolstr!(
            "of the speed ({speed}); {}; added in quadrature; prices, PUE and all else as if exact",
            each.join("; ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_errors_add_in_quadrature_and_one_alone_stays_what_it_is() {
        assert!((away([1.5].into_iter()) - 1.5).abs() < 1e-12);
        assert!((away([1.0, 1.0 / 1.5].into_iter()) - 1.5).abs() < 1e-12);
        // 3, 4, 5 in logarithms.
        let together = away([3f64.exp(), (-4f64).exp()].into_iter());
        assert!((together - 5f64.exp()).abs() < 1e-9 * together);
        assert_eq!(away([].into_iter()), 1.0);
    }

    #[test]
    fn a_doubt_of_a_tenth_of_a_sum_moves_it_a_tenth_as_far() {
        let half = Doubt { low: 0.5, high: 1.5, words: "" };
        let tenth = half.of_a_part(0.1);
        assert!((tenth.low - 0.95).abs() < 1e-12 && (tenth.high - 1.05).abs() < 1e-12);
        assert!(half.of_a_part(0.0).is_none() && half.of_a_part(f64::NAN).is_none());
    }
}
