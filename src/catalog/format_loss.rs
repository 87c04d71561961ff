//! What a format was measured to cost in perplexity, by its publishers. What it costs a model at hand is measured, not told
//! from here: losses grow as models get smaller.

use serde::{Deserialize, Serialize};

use super::{Catalog, FormatLossId, Provenance, WeightFormat};

/// A published loss: how much worse one model predicts a text once its weights are stored in a format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormatLoss {
    /// Slug. The loss whose id is its format's own is the one told of that format.
    pub id: FormatLossId,
    /// As shown in lists.
    pub name: String,
    /// The format.
    pub format: WeightFormat,
    /// Model and text it was measured on.
    pub measured_on: String,
    /// Perplexity of the model as trained.
    pub perplexity: f64,
    /// What the format adds to it.
    pub perplexity_more: f64,
    /// Standard error of that difference, of paired tokens. `None`: not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    /// Where it is published.
    pub provenance: Provenance,
}

impl FormatLoss {
    /// The loss as a share of the perplexity as trained: 0.03 is a loss of 3 %.
    pub fn share(&self) -> f64 {
        self.perplexity_more / self.perplexity
    }

    /// Standard error of that share. `None`: not published.
    pub fn share_deviation(&self) -> Option<f64> {
        self.deviation.map(|deviation| deviation / self.perplexity)
    }
}

impl Catalog {
    /// The loss that was published of a format: the entry with the format's own id, else the first of that format. `None`:
    /// nobody published one.
    pub fn published_loss(&self, format: WeightFormat) -> Option<&FormatLoss> {
        let all = &self.format_losses;
        let own = all.get(&FormatLossId::from(format.id())).filter(|loss| loss.format == format);
        own.or_else(|| all.iter().find(|loss| loss.format == format))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_the_published_ones_and_fewer_bits_lose_more() {
        let catalog = Catalog::builtin().expect("the built-in catalog");
        // The same table's own column of perplexities: 6.407115 of Q4_K_M and 9.751568 of Q2_K.
        for (format, perplexity) in [(WeightFormat::Q4KM, 6.407_115), (WeightFormat::Q2K, 9.751_568)] {
            let loss = catalog.published_loss(format).expect("published");
            assert!((loss.perplexity + loss.perplexity_more - perplexity).abs() < 1e-5, "{format}: {}", loss.share());
        }
        let order = [WeightFormat::Q8_0, WeightFormat::Q6K, WeightFormat::Q5KM, WeightFormat::Q4KM, WeightFormat::Q3KM];
        let shares: Vec<f64> =
            order.iter().filter_map(|&format| catalog.published_loss(format)).map(FormatLoss::share).collect();
        assert!(shares.is_sorted() && shares.len() == order.len());
        assert_eq!(catalog.published_loss(WeightFormat::Mlx4), None);
    }
}
