//! Memory for all weights of a model in one piece: what is used one after the other lies one after the other, and the
//! system can give large pages, which many small pieces would not fill. With small pages a model of a billion weights of
//! 4 bits generated at four fifths of the speed (2 threads of an EPYC 9004 in a virtual machine, 2026-11).

use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;

use super::buffer::Buffer;

/// A cache line.
const ALIGNMENT: usize = 64;
/// What x86-64 and most 64-bit ARM systems call a huge page.
const LARGE_PAGE: usize = 2 << 20;

/// A part of a piece of memory that is its own alone; the piece is let go with the last of its parts.
pub(in crate::infer) struct Slab {
    start: NonNull<u8>,
    length: usize,
    /// Only held: each part goes by its own pointer.
    _whole: Arc<Buffer<u8>>,
}

// SAFETY: parts do not overlap and each has one owner, like a boxed slice.
unsafe impl Send for Slab {}
// SAFETY: as above.
unsafe impl Sync for Slab {}

impl Slab {
    /// Parts of that many zeros each, on cache-line boundaries and in this order; `None` where the system refuses, or the
    /// size is beyond addressing.
    pub fn zeros(lengths: &[usize]) -> Option<Vec<Self>> {
        let room = |length: usize| length.checked_next_multiple_of(ALIGNMENT);
        let bytes = lengths.iter().try_fold(0_usize, |sum, &length| sum.checked_add(room(length)?))?;
        // Small ones have no use for large pages.
        let slack = if bytes < LARGE_PAGE { 0 } else { LARGE_PAGE };
        let mut whole = Buffer::<u8>::zeros(bytes.checked_add(slack)?)?;
        let base = whole.as_mut_ptr();
        let over = if slack == 0 { 0 } else { base.align_offset(LARGE_PAGE) };
        // SAFETY: `over` is less than the slack, or zero; buffers begin on a cache line.
        let start = unsafe { base.add(over) };
        if slack > 0 {
            whole.ask_for_large_pages();
        }
        let (whole, mut at) = (Arc::new(whole), 0);
        let part = |&length: &usize| {
            // SAFETY: the rooms of all parts together are `bytes` from `start` on.
            let start = NonNull::new(unsafe { start.add(at) })?;
            at += room(length)?;
            Some(Self { start, length, _whole: Arc::clone(&whole) })
        };
        lengths.iter().map(part).collect()
    }
}

impl Deref for Slab {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        // SAFETY: `length` bytes from `start` on are initialised and this part's own; the borrow is that of `self`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl DerefMut for Slab {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `deref`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_apart_on_cache_lines_and_outlive_each_other() {
        for lengths in [&[5, 64, 0, 130][..], &[3 << 20, 1, 1 << 20], &[]] {
            let mut parts = Slab::zeros(lengths).unwrap();
            assert!(parts.iter().zip(lengths).all(|(part, &length)| part.len() == length));
            assert!(parts.iter().all(|part| part.iter().all(|&byte| byte == 0)));
            assert!(parts.iter().all(|part| part.as_ptr().addr().is_multiple_of(ALIGNMENT)));
            for (i, part) in parts.iter_mut().enumerate() {
                part.fill(i as u8 + 1);
            }
            while let Some(last) = parts.pop() {
                assert!(last.iter().all(|&byte| usize::from(byte) == parts.len() + 1));
            }
        }
    }

    #[test]
    fn what_no_memory_holds_is_refused() {
        assert!(Slab::zeros(&[usize::MAX]).is_none());
        assert!(Slab::zeros(&[usize::MAX / 2, usize::MAX / 2, 64]).is_none());
    }
}
