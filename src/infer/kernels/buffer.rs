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
    /// What was allocated, up to a cache line before the start.
    base: NonNull<u8>,
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
        let base = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        let over = base.as_ptr().align_offset(ALIGNMENT);
        // SAFETY: `layout` left room for a cache line more than the values take, and `over` is less than one.
        let start = unsafe { base.add(over) }.cast();
        Some(Self { base, start, length })
    }

    /// Asked for without the alignment and a cache line longer: zeros the system has at hand cost nothing until they are
    /// written, but aligned ones are written at once by whoever provides them.
    fn layout(length: usize) -> Option<Layout> {
        let bytes = length.checked_mul(size_of::<T>())?.checked_add(ALIGNMENT)?;
        Layout::from_size_align(bytes, size_of::<T>()).ok()
    }
}

impl<T: Plain> Drop for Buffer<T> {
    fn drop(&mut self) {
        if let Some(layout) = Self::layout(self.length) {
            // SAFETY: allocated in `zeros` with the same layout.
            unsafe { dealloc(self.base.as_ptr(), layout) }
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
