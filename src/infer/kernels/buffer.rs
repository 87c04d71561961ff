//! Memory for weights and caches: on cache-line boundaries, zero at first, refused rather than fatal where it is not
//! to be had.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;

/// A cache line, and the widest vector register.
const ALIGNMENT: usize = 64;

/// Plain numbers for which all bits zero is zero, and any bits are a value.
pub(in crate::infer) trait Plain: Copy + Send + Sync {}
impl Plain for u8 {}
impl Plain for i8 {}
impl Plain for u16 {}
impl Plain for i32 {}
impl Plain for f32 {}

/// A fixed number of plain numbers on a cache-line boundary.
pub(in crate::infer) struct Buffer<T: Plain> {
    start: NonNull<T>,
    length: usize,
}

// SAFETY: it owns its memory alone, like a boxed slice.
unsafe impl<T: Plain> Send for Buffer<T> {}
// SAFETY: as above.
unsafe impl<T: Plain> Sync for Buffer<T> {}

impl<T: Plain> Buffer<T> {
    /// `length` zeros; `None` where the system refuses, or the size is beyond addressing.
    pub fn zeros(length: usize) -> Option<Self> {
        let layout = Self::layout(length)?;
        // SAFETY: the layout's size is not zero, see `layout`.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) })?.cast();
        Some(Self { start, length })
    }

    fn layout(length: usize) -> Option<Layout> {
        let bytes = length.checked_mul(size_of::<T>())?.max(1);
        Layout::from_size_align(bytes, ALIGNMENT).ok()
    }
}

impl<T: Plain> Drop for Buffer<T> {
    fn drop(&mut self) {
        if let Some(layout) = Self::layout(self.length) {
            // SAFETY: allocated in `zeros` with the same layout.
            unsafe { dealloc(self.start.as_ptr().cast(), layout) }
        }
    }
}

impl<T: Plain> std::ops::Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: `length` values were allocated and are initialised; the borrow is that of `self`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl<T: Plain> std::ops::DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}
