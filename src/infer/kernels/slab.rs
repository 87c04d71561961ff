//! Memory for all weights of a model, or for all its keys and values, in one piece: what is used one after the other lies
//! one after the other, and the system can give large pages, which many small pieces would not fill. With small pages a
//! model of a billion weights of 4 bits generated at four fifths of the speed, and one of 135 million behind 4,096 tokens
//! at six sevenths (2 threads of an EPYC 9004 in a virtual machine, 2026-11).

use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;

use super::buffer::{Buffer, Plain};

/// A cache line.
const ALIGNMENT: usize = 64;
/// What x86-64 and most 64-bit ARM systems call a huge page.
const LARGE_PAGE: usize = 2 << 20;

/// The pages asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::infer) enum Pages {
    /// As the system gives them: what is never touched takes no memory.
    Ordinary,
    /// Large ones where the system gives them on request: quicker to read, but taken whole.
    Large,
}

/// A part of a piece of memory that is its own alone; the piece is let go with the last of its parts.
pub(in crate::infer) struct Slab<T: Plain = u8> {
    start: NonNull<T>,
    length: usize,
    /// Only held: each part goes by its own pointer.
    _whole: Arc<Buffer<u8>>,
}

// SAFETY: parts do not overlap and each has one owner, like a boxed slice.
unsafe impl<T: Plain> Send for Slab<T> {}
// SAFETY: as above.
unsafe impl<T: Plain> Sync for Slab<T> {}

impl<T: Plain> Slab<T> {
    /// Parts of that many zeros each, on cache-line boundaries and in this order; `None` where the system refuses, or the
    /// size is beyond addressing.
    pub fn zeros(lengths: &[usize], pages: Pages) -> Option<Vec<Self>> {
        let room = |length: usize| length.checked_mul(size_of::<T>())?.checked_next_multiple_of(ALIGNMENT);
        let bytes = lengths.iter().try_fold(0_usize, |sum, &length| sum.checked_add(room(length)?))?;
        // Small pieces have no use for large pages.
        let slack = if bytes < LARGE_PAGE || pages == Pages::Ordinary { 0 } else { LARGE_PAGE };
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
            let start = NonNull::new(unsafe { start.add(at) }.cast::<T>())?;
            at += room(length)?;
            Some(Self { start, length, _whole: Arc::clone(&whole) })
        };
        lengths.iter().map(part).collect()
    }
}

impl<T: Plain> Deref for Slab<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: `length` values from `start` on are initialised and this part's own; the borrow is that of `self`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl<T: Plain> DerefMut for Slab<T> {
    fn deref_mut(&mut self) -> &mut [T] {
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
            let mut parts = Slab::<u16>::zeros(lengths, Pages::Large).unwrap();
            assert!(parts.iter().zip(lengths).all(|(part, &length)| part.len() == length));
            assert!(parts.iter().all(|part| part.iter().all(|&number| number == 0)));
            assert!(parts.iter().all(|part| part.as_ptr().addr().is_multiple_of(ALIGNMENT)));
            for (i, part) in parts.iter_mut().enumerate() {
                part.fill(i as u16 + 1);
            }
            while let Some(last) = parts.pop() {
                assert!(last.iter().all(|&number| usize::from(number) == parts.len() + 1));
            }
        }
    }

    #[test]
    fn what_no_memory_holds_is_refused() {
        assert!(Slab::<u8>::zeros(&[usize::MAX], Pages::Ordinary).is_none());
        assert!(Slab::<u16>::zeros(&[usize::MAX / 2 + 1], Pages::Ordinary).is_none());
        assert!(Slab::<u8>::zeros(&[usize::MAX / 2, usize::MAX / 2, 64], Pages::Ordinary).is_none());
    }
}
