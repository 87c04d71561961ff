//! Memory that a model leaves to everything else on the machine.
//!
//! A system grants more memory than it has and ends some program once the pages are written: so what is left is looked at
//! while weights are packed and while caches fill, and the load or the answer ends before nothing is.

use super::InferError;
use crate::units::Bytes;

/// What a model leaves free: room for the window, and for what is written between two looks.
const RESERVE: Bytes = Bytes::new(256 << 20); // own choice, 2026-11-29
/// Written between two looks, which take some 50 us each.
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

/// What is left while caches fill: they were granted whole, and take memory page by page as they are written.
pub(super) struct Filling {
    free: fn() -> Option<Bytes>,
    /// Filled since it was looked at.
    since: Bytes,
}

impl Filling {
    /// On a machine that has so much free when asked; `None`: it does not tell, and nothing is refused.
    pub const fn new(free: fn() -> Option<Bytes>) -> Self {
        Self { free, since: Bytes::ZERO }
    }

    /// Before so many bytes more are filled. What was refused is looked at again when it is tried again.
    ///
    /// # Errors
    /// [`InferError::Memory`] where they would leave less than the reserve.
    pub fn fill(&mut self, bytes: Bytes) -> Result<(), InferError> {
        let since = self.since + bytes;
        self.since = if since < STEP {
            since
        } else {
            check_room((self.free)(), bytes, "more of the KV cache")?;
            Bytes::ZERO
        };
        Ok(())
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
    use std::sync::atomic::{AtomicU64, Ordering};

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

    #[test]
    fn caches_are_looked_at_every_step_and_again_after_a_refusal() {
        static LEFT: AtomicU64 = AtomicU64::new(0);
        let mib = Bytes::from_mib;
        let leave = |left: f64| LEFT.store(mib(left).get(), Ordering::Relaxed);
        let mut filling = Filling::new(|| Some(Bytes::new(LEFT.load(Ordering::Relaxed))));
        assert!(filling.fill(mib(63.0)).is_ok(), "too little to look");
        let refused = filling.fill(mib(1.0)).unwrap_err();
        assert!(refused.to_string().contains("more of the KV cache"), "{refused}");
        leave(256.5);
        assert!(filling.fill(mib(1.0)).is_err(), "the reserve would be touched");
        leave(257.0);
        assert!(filling.fill(mib(1.0)).is_ok());
        leave(0.0);
        assert!(filling.fill(mib(63.0)).is_ok(), "a step goes from look to look");
        assert!(filling.fill(mib(1.0)).is_err());
        // All at once: it must fit beside the reserve.
        leave(355.0);
        assert!(filling.fill(mib(100.0)).is_err());
        leave(356.0);
        assert!(filling.fill(mib(100.0)).is_ok());
        assert!(Filling::new(|| None).fill(mib(1e9)).is_ok());
    }
}
