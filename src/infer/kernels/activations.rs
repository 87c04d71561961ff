//! Rows of activations: what a matrix is multiplied with, as floats and in 8 bits.

use super::buffer::Buffer;
use super::rows::BLOCK;
use super::tile::{MOST_ROWS, Panel, RECORD};

/// Rows of activations as floats, and in 8 bits by panels of as many rows as the kernels take at once (see [`Panel`]).
pub(in crate::infer) struct Activations {
    floats: Buffer<f32>,
    records: Buffer<u8>,
    rows: usize,
    /// Values of a row, and from one row to the next (rounded up to 32).
    columns: usize,
    stride: usize,
    /// Rows of a full panel, and of the last.
    width: usize,
    last_width: usize,
}

/// Some rows that lie in one panel.
#[derive(Clone, Copy)]
pub(super) struct Placed {
    pub panel: Panel,
    /// The panel's first row.
    pub first: usize,
    /// Rows there are.
    pub count: usize,
    /// Rows the panel has room for: what the kernel takes.
    pub width: usize,
}

/// Where one row is written to. Different rows do not overlap.
pub(super) struct Place {
    /// `stride` floats.
    pub floats: *mut f32,
    /// The start of its panel,
    pub panel: *mut u8,
    /// how many rows the panel has room for,
    pub width: usize,
    /// and which of them this is.
    pub row: usize,
}

impl Activations {
    /// Room for `rows` of up to `columns` values; `None` where there is no memory.
    pub fn new(rows: usize, columns: usize) -> Option<Self> {
        let stride = columns.next_multiple_of(BLOCK);
        // A kernel reads all the rows its panel has room for: the last panel may have more than there are.
        let padded = rows.checked_add(MOST_ROWS)?;
        Some(Self {
            floats: Buffer::zeros(padded.checked_mul(stride)?)?,
            records: Buffer::zeros(padded.checked_mul(stride / BLOCK)?.checked_mul(RECORD)?)?,
            rows: 0,
            columns,
            stride,
            width: 1,
            last_width: 1,
        })
    }

    /// The floats of row `row`.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.floats[row * self.stride..][..self.columns]
    }

    /// Values of a row.
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// From one row of floats to the next: a multiple of 32.
    pub(super) const fn stride(&self) -> usize {
        self.stride
    }

    /// Takes the shape of `rows` of `columns` values, in panels of the given `widths` (smallest first).
    pub(super) fn shape(&mut self, rows: usize, columns: usize, widths: &[usize]) {
        (self.rows, self.columns, self.stride) = (rows, columns, columns.next_multiple_of(BLOCK));
        self.width = widths.last().copied().unwrap_or(1);
        let left = (rows.max(1) - 1) % self.width + 1;
        // The smallest panel that takes all that is left over; what it has beyond is computed and let go.
        self.last_width = widths.iter().copied().find(|&width| width >= left).unwrap_or(self.width);
        let end = (rows - left.min(rows)) + self.last_width;
        let fits = end * self.stride <= self.floats.len() && end * self.panel_bytes(1) <= self.records.len();
        assert!(fits, "more activations than room for them");
    }

    const fn panel_bytes(&self, width: usize) -> usize {
        width * (self.stride / BLOCK) * RECORD
    }

    fn geometry(&self, row: usize) -> (usize, usize, usize) {
        let first = row - row % self.width;
        let count = self.width.min(self.rows - first);
        (first, count, if first + self.width >= self.rows { self.last_width } else { self.width })
    }

    /// Where rows are written to: a function of the row, which must be below the number of rows.
    pub(super) fn places(&mut self) -> impl Fn(usize) -> Place + Sync {
        let (floats, records) = (Shared(self.floats.as_mut_ptr()), Shared(self.records.as_mut_ptr()));
        let this = &*self;
        move |row| {
            assert!(row < this.rows);
            let (floats, records) = (&floats, &records);
            let (first, _, width) = this.geometry(row);
            // SAFETY: `shape` asserted that both lie within their buffers.
            unsafe {
                let (floats, panel) = (floats.0.add(row * this.stride), records.0.add(this.panel_bytes(first)));
                Place { floats, panel, width, row: row - first }
            }
        }
    }

    /// The panels of the first `rows` rows, which must be all there are, or fill whole panels.
    pub(super) fn panels(&self, rows: usize) -> impl Iterator<Item = Placed> {
        assert!(rows == self.rows || rows < self.rows && rows.is_multiple_of(self.width));
        (0..rows).step_by(self.width).map(|row| {
            let (first, count, width) = self.geometry(row);
            let records = self.records[self.panel_bytes(first)..].as_ptr();
            let floats = self.floats[first * self.stride..].as_ptr();
            Placed { panel: Panel { records, floats, stride: self.stride }, first, count, width }
        })
    }

    /// Whether all rows a panel has room for lie in the buffers.
    #[cfg(test)]
    pub(super) fn holds(&self, placed: &Placed) -> bool {
        let end = placed.first + placed.width;
        end * self.stride <= self.floats.len() && end * self.panel_bytes(1) <= self.records.len()
    }

    /// What the 8-bit form of row `row` stands for.
    #[cfg(test)]
    pub fn rounded(&self, row: usize) -> Vec<f32> {
        let (first, _, width) = self.geometry(row);
        let (panel, row) = (&self.records[self.panel_bytes(first)..], row - first);
        let value = |column: usize| {
            let block = &panel[column / BLOCK * RECORD * width..][..RECORD * width];
            let scale = &block[BLOCK * width + 4 * row..][..4];
            let scale = f32::from_ne_bytes([scale[0], scale[1], scale[2], scale[3]]);
            f32::from(block[BLOCK * row + column % BLOCK].cast_signed()) * scale
        };
        (0..self.columns).map(value).collect()
    }
}

/// A pointer that threads may share because they write to different places.
struct Shared<T>(*mut T);
// SAFETY: see the type; used in `places` alone, whose places do not overlap.
unsafe impl<T> Sync for Shared<T> {}
// SAFETY: as above.
unsafe impl<T> Send for Shared<T> {}
