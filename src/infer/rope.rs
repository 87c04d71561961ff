//! Rotary position embedding: each pair of a head's components is turned by an angle that grows with the position,
//! fast for the first pairs and slowly for the last (Su et al. 2021, arXiv:2104.09864).

use super::hyper::{Hyper, Pairing};

/// The angles of one model.
pub(super) struct Rope {
    /// Angle of pair `i` at position 1: base^(-2i / dim), over the factor.
    speeds: Vec<f64>,
    pairing: Pairing,
}

impl Rope {
    /// `divisors` are those of Llama 3.1's `rope_freqs` tensor, one for each pair, or empty.
    pub fn new(hyper: &Hyper, divisors: &[f32]) -> Self {
        let pairs = hyper.rope_dim / 2;
        let speeds = (0..pairs)
            .map(|pair| {
                let speed = f64::from(hyper.rope_base).powf(-2.0 * pair as f64 / hyper.rope_dim as f64);
                let divisor = divisors.get(pair).copied().unwrap_or(1.0);
                speed / f64::from(hyper.rope_factor) / f64::from(divisor)
            })
            .collect();
        Self { speeds, pairing: hyper.pairing }
    }

    /// Cosine and sine of each pair's angle at a position.
    pub fn angles(&self, position: usize) -> Vec<(f32, f32)> {
        let turn = |speed: &f64| {
            let (sine, cosine) = (speed * position as f64).sin_cos();
            (cosine as f32, sine as f32)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rope(pairing: Pairing) -> Rope {
        Rope { speeds: vec![1.0, 0.01], pairing }
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
}
