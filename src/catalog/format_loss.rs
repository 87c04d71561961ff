//! What a format was measured to cost in perplexity, by its publishers. What it costs a model at hand is measured, not told
//! from here: losses grow as models get smaller.

use super::WeightFormat;

/// A published loss: perplexity of one model in a format, over that of the model as trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PublishedLoss {
    /// Perplexity in this format over perplexity as trained: 1.03 is a loss of 3 %.
    pub ratio: f64,
    /// Its standard error, of paired tokens.
    pub deviation: f64,
}

/// Where the table stands.
pub const LOSS_SOURCE: &str = "llama.cpp tools/perplexity/README.md, revision f364eb6f";
/// When it was read from there.
pub const LOSS_DATE: &str = "2026-11-20";
/// What was measured.
pub const LOSS_MODEL: &str = "Llama 3 8B on WikiText-2";

/// Perplexity of the model as trained: that of F16, 6.233160, less its difference, 0.001524.
const BASE: f64 = 6.231_636; // LOSS_SOURCE

/// Difference in perplexity and its standard error, files made without an importance matrix. From [`LOSS_SOURCE`].
const fn difference(format: WeightFormat) -> Option<(f64, f64)> {
    use WeightFormat as W;
    Some(match format {
        W::F16 => (0.001_524, 0.000_755),
        W::Q8_0 => (0.002_650, 0.001_006),
        W::Q6K => (0.021_748, 0.001_852),
        W::Q5KM => (0.056_974, 0.002_598),
        W::Q5KS => (0.104_964, 0.003_331),
        W::Q5_1 => (0.106_223, 0.003_476),
        W::Q5_0 => (0.131_591, 0.003_894),
        W::Q4KM => (0.175_482, 0.004_620),
        W::Q4KS => (0.268_895, 0.005_638),
        W::Q4_1 => (0.451_103, 0.008_030),
        W::Q4_0 => (0.468_514, 0.007_951),
        W::Q3KL => (0.556_242, 0.009_171),
        W::Q3KM => (0.656_864, 0.010_071),
        W::Q3KS => (1.632_152, 0.017_733),
        W::Q2K => (3.519_934, 0.033_863),
        _ => return None,
    })
}

impl WeightFormat {
    /// The loss that was published of this format, [`LOSS_MODEL`] by [`LOSS_SOURCE`]. `None`: none was.
    pub fn published_loss(self) -> Option<PublishedLoss> {
        difference(self)
            .map(|(more, deviation)| PublishedLoss { ratio: 1.0 + more / BASE, deviation: deviation / BASE })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_the_published_ones_and_fewer_bits_lose_more() {
        // The same table's own column of perplexities: 6.407115 of Q4_K_M and 9.751568 of Q2_K.
        for (format, perplexity) in [(WeightFormat::Q4KM, 6.407_115), (WeightFormat::Q2K, 9.751_568)] {
            let loss = format.published_loss().expect("published");
            assert!((loss.ratio * BASE - perplexity).abs() < 1e-5, "{format}: {}", loss.ratio);
        }
        let order = [WeightFormat::Q8_0, WeightFormat::Q6K, WeightFormat::Q5KM, WeightFormat::Q4KM, WeightFormat::Q3KM];
        let ratios: Vec<f64> =
            order.iter().filter_map(|format| format.published_loss()).map(|loss| loss.ratio).collect();
        assert!(ratios.is_sorted() && ratios.len() == order.len());
        assert_eq!(WeightFormat::Mlx4.published_loss(), None);
    }
}
