//! Memory for weights and caches: on cache-line boundaries, zero at first, refused rather than fatal where it is not
//! to be had. What is large is mapped by itself, so that the system has it back at once when it is let go: an allocator
//! that has seen large blocks come and go keeps them for the next.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;

use memmap2::{MmapMut, MmapOptions};

/// A cache line, and the widest vector register.
const ALIGNMENT: usize = 64;

/// Bytes from which a buffer is mapped: some pages, so that rounding up to whole ones costs little. A model has some
/// hundreds of such buffers, one with many experts some ten thousand; Linux lets a process have 65,530 mappings.
const LARGE: usize = 256 << 10;

/// Plain numbers for which all bits zero is zero, and any bits are a value.
pub(in crate::infer) trait Plain: Copy + Send + Sync {}
impl Plain for u8 {}
impl Plain for i8 {}
impl Plain for u16 {}
impl Plain for i32 {}
impl Plain for f32 {}

/// A fixed number of plain numbers on a cache-line boundary.
pub(in crate::infer) struct Buffer<T: Plain> {
    memory: Memory,
    start: NonNull<T>,
    length: usize,
}

enum Memory {
    /// What was allocated, up to a cache line before the start.
    Allocated(NonNull<u8>),
    /// Begins on a page boundary.
    Mapped {
        #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "held to be let go with the buffer"))]
        map: MmapMut,
    },
}

// SAFETY: it owns its memory alone, like a boxed slice.
unsafe impl<T: Plain> Send for Buffer<T> {}
// SAFETY: as above.
unsafe impl<T: Plain> Sync for Buffer<T> {}

impl<T: Plain> Buffer<T> {
    /// `length` zeros; `None` where the system refuses, or the size is beyond addressing.
    pub fn zeros(length: usize) -> Option<Self> {
        let layout = Self::layout(length)?;
        if layout.size() >= LARGE {
            let mut map = MmapOptions::new().len(layout.size()).map_anon().ok()?;
            let start = NonNull::new(map.as_mut_ptr())?.cast();
            return Some(Self { memory: Memory::Mapped { map }, start, length });
        }
        // SAFETY: the layout's size is not zero, see `layout`.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        let over = base.as_ptr().align_offset(ALIGNMENT);
        // SAFETY: `layout` left room for a cache line more than the values take, and `over` is less than one.
        let start = unsafe { base.add(over) }.cast();
        Some(Self { memory: Memory::Allocated(base), start, length })
    }

    /// Asks the system for large pages where it gives them on request. A refusal is no harm: small pages do.
    pub fn ask_for_large_pages(&self) {
        #[cfg(target_os = "linux")]
        if let Memory::Mapped { map } = &self.memory {
            let _ = map.advise(memmap2::Advice::HugePage);
        }
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
        if let (Memory::Allocated(base), Some(layout)) = (&self.memory, Self::layout(self.length)) {
            // SAFETY: allocated in `zeros` with the same layout.
            unsafe { dealloc(base.as_ptr(), layout) }
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
