//! Memory that a load leaves to everything else on the machine.
//!
//! A system grants more memory than it has and ends some program once the pages are written: so what is left is looked at
//! while weights are packed, and the load ends before nothing is.

use super::InferError;
use crate::units::Bytes;

/// What a load leaves free: room for the window, and for what is packed between two looks.
const RESERVE: Bytes = Bytes::new(256 << 20); // own choice, 2026-11-29
/// Packed between two looks, which take some 50 us each.
const STEP: Bytes = Bytes::new(64 << 20); // own choice, 2026-11-29

/// What is left while weights of so many bytes are packed.
pub(super) struct Reserve {
    free: fn() -> Option<Bytes>,
    all: Bytes,
    /// Packed when it is looked at next.
    next: Bytes,
    /// What was left when it was too little.
    short: Option<Bytes>,
}

impl Reserve {
    /// On a machine that has so much free when asked; `None`: it does not tell, and nothing is refused.
    pub const fn new(free: fn() -> Option<Bytes>, all: Bytes) -> Self {
        Self { free, all, next: STEP, short: None }
    }

    /// Whether enough is left once that fraction of all is packed.
    pub fn is_kept(&mut self, fraction: f64) -> bool {
        let packed = self.all.scaled(fraction);
        if packed >= self.next {
            self.next = packed + STEP;
            self.short = (self.free)().filter(|&free| free < RESERVE);
        }
        self.short.is_none()
    }

    /// Why a load was ended, where this ended it.
    pub fn refusal(&self) -> Option<InferError> {
        let left = self.short?;
        let what = format!("the weights, as this machine has {left} left");
        Some(InferError::Memory { what, bytes: self.all.get() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_ends_once_less_than_the_reserve_is_left_and_small_ones_never_ask() {
        let enough: fn() -> Option<Bytes> = || Some(RESERVE);
        let too_little: fn() -> Option<Bytes> = || Some(Bytes::from_mib(255.0));
        for (free, mib, kept) in [
            (enough, 1000.0, true),
            (too_little, 1000.0, false),
            (too_little, 60.0, true),
            ((|| None) as fn() -> Option<Bytes>, 1000.0, true),
        ] {
            let mut reserve = Reserve::new(free, Bytes::from_mib(mib));
            let all = (0..=100_u32).all(|percent| reserve.is_kept(f64::from(percent) / 100.0));
            assert_eq!((all, reserve.refusal().is_none()), (kept, kept), "of {mib} MiB");
        }
    }
}
