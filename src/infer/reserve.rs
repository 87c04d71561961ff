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

/// Refuses to write so many bytes at once where less than the reserve would be left of what is free. `None`: the system
/// does not tell, and nothing is refused.
pub(super) fn check_room(free: Option<Bytes>, bytes: Bytes, what: &str) -> Result<(), InferError> {
    match free.filter(|&free| free < bytes + RESERVE) {
        None => Ok(()),
        Some(free) => {
            let what = format!("{what}, as this machine has {free} left");
            Err(InferError::Memory { what, bytes: bytes.get() })
        }
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

    #[test]
    fn what_is_written_at_once_leaves_the_reserve() {
        let mib = Bytes::from_mib;
        for (free, bytes, fits) in [(1000.0, 744.0, true), (1000.0, 745.0, false), (100.0, 0.0, false)] {
            let checked = check_room(Some(mib(free)), mib(bytes), "four caches");
            assert_eq!(checked.is_ok(), fits, "{bytes} of {free} MiB");
            if let Err(error) = checked {
                assert!(error.to_string().contains("four caches, as this machine has"), "{error}");
            }
        }
        assert!(check_room(None, mib(1e9), "").is_ok());
        assert!(check_room(Some(mib(1.0)), Bytes::new(u64::MAX), "").is_err());
    }
}
