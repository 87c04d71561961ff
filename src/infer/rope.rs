//! Rotary position embedding: each pair of a head's components is turned by an angle that grows with the position,
//! fast for the first pairs and slowly for the last (Su et al. 2021, arXiv:2104.09864), and how models stretch it to
//! contexts longer than those they were first trained on.

use super::architecture::Pairing;

/// How fast pairs turn, and what is stretched.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RopeShape {
    /// Components of a head that are turned.
    pub dim: usize,
    /// Pair `i` turns by base^(-2i / dim) a position.
    pub base: f32,
    /// Stretched contexts are longer by this.
    pub factor: f32,
    /// Turned components are multiplied by this.
    pub magnitude: f32,
    pub scaling: Scaling,
}

/// How positions are stretched.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scaling {
    /// All speeds are divided by the factor.
    Linear,
    /// Speeds are divided by the factor and by one of two tables: the long one for contexts beyond the original (Ding
    /// et al. 2024, arXiv:2402.13753).
    Long { original_context: usize },
    /// Slow pairs as linear, fast ones not at all, with a ramp between (Peng et al. 2023, arXiv:2309.00071): a pair is
    /// fast if it turns `beta_fast` times in the original context, slow if fewer than `beta_slow` times.
    Yarn { original_context: usize, beta_fast: f32, beta_slow: f32, log_multiplier: f32 },
}

/// Divisors of the speeds from the file, one for each pair, or empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Divisors {
    /// `rope_freqs`: Llama 3.1's stretch.
    pub always: Vec<f32>,
    /// `rope_factors_long`.
    pub long: Vec<f32>,
    /// `rope_factors_short`.
    pub short: Vec<f32>,
}

/// The angles of one model.
pub(super) struct Rope {
    /// Angle of each pair at position 1.
    speeds: Vec<f64>,
    magnitude: f64,
    pairing: Pairing,
}

impl Rope {
    /// For contexts of up to `context_tokens`.
    pub fn new(shape: &RopeShape, pairing: Pairing, divisors: &Divisors, context_tokens: usize) -> Self {
        let factor = f64::from(shape.factor);
        let table = match shape.scaling {
            _ if !divisors.always.is_empty() => &divisors.always,
            Scaling::Long { original_context } if context_tokens > original_context => &divisors.long,
            Scaling::Long { .. } => &divisors.short,
            Scaling::Linear | Scaling::Yarn { .. } => &divisors.always,
        };
        let speeds = (0..shape.dim / 2)
            .map(|pair| {
                let speed = f64::from(shape.base).powf(-2.0 * pair as f64 / shape.dim as f64);
                let speed = speed / f64::from(table.get(pair).copied().unwrap_or(1.0));
                let share = shape.share_of_own_speed(pair);
                speed * share + speed / factor * (1.0 - share)
            })
            .collect();
        // Stretched attention spreads thin; YaRN sharpens it by 0.1 ln(factor) + 1 in queries and keys alike.
        let sharper = |multiplier: f64| if factor > 1.0 { 0.1 * multiplier * factor.ln() + 1.0 } else { 1.0 };
        let yarn = match shape.scaling {
            Scaling::Yarn { log_multiplier: 0.0, .. } => sharper(1.0),
            Scaling::Yarn { log_multiplier, .. } => sharper(1.0) / sharper(f64::from(log_multiplier)),
            Scaling::Linear | Scaling::Long { .. } => 1.0,
        };
        Self { speeds, magnitude: f64::from(shape.magnitude) * yarn, pairing }
    }

    /// Cosine and sine of each pair's angle at a position, times the magnitude.
    pub fn angles(&self, position: usize) -> Vec<(f32, f32)> {
        let turn = |speed: &f64| {
            let (sine, cosine) = (speed * position as f64).sin_cos();
            ((cosine * self.magnitude) as f32, (sine * self.magnitude) as f32)
        };
        self.speeds.iter().map(turn).collect()
    }

    /// Turns each head of `head_dim` components in `row`.
    pub fn turn(&self, row: &mut [f32], head_dim: usize, angles: &[(f32, f32)]) {
        for head in row.chunks_exact_mut(head_dim) {
            match self.pairing {
                Pairing::Neighbours => {
                    for (pair, &(cosine, sine)) in head.chunks_exact_mut(2).zip(angles) {
                        if let [a, b] = pair {
                            (*a, *b) = (*a * cosine - *b * sine, *a * sine + *b * cosine);
                        }
                    }
                }
                Pairing::Halves => {
                    let (first, second) = head.split_at_mut(angles.len());
                    for ((a, b), &(cosine, sine)) in first.iter_mut().zip(second).zip(angles) {
                        (*a, *b) = (*a * cosine - *b * sine, *a * sine + *b * cosine);
                    }
                }
            }
        }
    }
}

impl RopeShape {
    /// How much of a pair's own speed is kept: 1 for the fast pairs of YaRN, 0 for the slow and for other scalings.
    fn share_of_own_speed(&self, pair: usize) -> f64 {
        let Scaling::Yarn { original_context, beta_fast, beta_slow, .. } = self.scaling else { return 0.0 };
        // The pair that turns so often in the original context.
        let turning = |times: f32| {
            let context = original_context as f64 / (f64::from(times) * 2.0 * std::f64::consts::PI);
            self.dim as f64 * context.ln() / (2.0 * f64::from(self.base).ln())
        };
        let low = turning(beta_fast).floor().max(0.0);
        let high = turning(beta_slow).ceil().min(self.dim as f64 - 1.0);
        1.0 - ((pair as f64 - low) / (high - low).max(0.001)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rope(pairing: Pairing) -> Rope {
        Rope { speeds: vec![1.0, 0.01], magnitude: 1.0, pairing }
    }

    #[test]
    fn position_zero_turns_nothing_and_any_position_keeps_lengths() {
        for pairing in [Pairing::Neighbours, Pairing::Halves] {
            let rope = rope(pairing);
            let before = [1.0, 2.0, 3.0, 4.0];
            let mut row = before;
            rope.turn(&mut row, 4, &rope.angles(0));
            assert_eq!(row, before);
            rope.turn(&mut row, 4, &rope.angles(1234));
            let length = |row: &[f32]| row.iter().map(|x| x * x).sum::<f32>();
            assert!((length(&row) - length(&before)).abs() < 1e-4);
            assert_ne!(row, before);
        }
    }

    #[test]
    fn pairs_are_neighbours_or_halves() {
        let quarter = [(0.0, 1.0), (1.0, 0.0)];
        let mut row = [1.0, 2.0, 3.0, 4.0];
        rope(Pairing::Neighbours).turn(&mut row, 4, &quarter);
        assert_eq!(row, [-2.0, 1.0, 3.0, 4.0]);
        let mut row = [1.0, 2.0, 3.0, 4.0];
        rope(Pairing::Halves).turn(&mut row, 4, &quarter);
        assert_eq!(row, [-3.0, 2.0, 1.0, 4.0]);
    }

    /// gpt-oss: 64 components, base 150,000, 4,096 tokens stretched 32 times.
    fn gpt_oss() -> RopeShape {
        let scaling = Scaling::Yarn { original_context: 4096, beta_fast: 32.0, beta_slow: 1.0, log_multiplier: 0.0 };
        RopeShape { dim: 64, base: 150_000.0, factor: 32.0, magnitude: 1.0, scaling }
    }

    #[test]
    fn yarn_keeps_fast_pairs_and_stretches_slow_ones() {
        let rope = Rope::new(&gpt_oss(), Pairing::Halves, &Divisors::default(), 4096);
        let plain = |pair: f64| 150_000_f64.powf(-pair / 32.0);
        // 64 ln(4096 / (32 x 2 pi)) / (2 ln 150000) = 8.09, 64 ln(4096 / 2 pi) / (2 ln 150000) = 17.40.
        for pair in 0..=8 {
            assert!((rope.speeds[pair] / plain(pair as f64) - 1.0).abs() < 1e-9);
        }
        for pair in 18..32 {
            assert!((rope.speeds[pair] * 32.0 / plain(pair as f64) - 1.0).abs() < 1e-9);
        }
        // Half way up the ramp from 8 to 18: half of each.
        assert!((rope.speeds[13] / plain(13.0) - (0.5 + 0.5 / 32.0)).abs() < 1e-9);
        // 0.1 ln 32 + 1, as in the model's own `YarnRotaryEmbedding`.
        assert!((rope.magnitude - 1.346_573_6).abs() < 1e-6);
    }

    #[test]
    fn a_factor_of_one_changes_nothing_and_long_contexts_take_the_long_table() {
        let unscaled = RopeShape { factor: 1.0, ..gpt_oss() };
        let linear = RopeShape { scaling: Scaling::Linear, ..unscaled.clone() };
        let none = Divisors::default();
        let (one, other) =
            (Rope::new(&unscaled, Pairing::Halves, &none, 1), Rope::new(&linear, Pairing::Halves, &none, 1));
        assert!(one.speeds.iter().zip(&other.speeds).all(|(a, b)| (a - b).abs() < 1e-12) && one.magnitude == 1.0);
        let long = RopeShape { scaling: Scaling::Long { original_context: 4096 }, ..linear };
        let tables = Divisors { long: vec![4.0; 32], short: vec![2.0; 32], always: Vec::new() };
        let speed = |context| Rope::new(&long, Pairing::Halves, &tables, context).speeds[0];
        assert_eq!((speed(4096), speed(4097)), (0.5, 0.25));
    }
}
