//! One row out of a packed tile, as floats: what the token embedding looks up. Slow and plain.

use half::{bf16, f16};

use super::pack::Format;
use super::tile::{IQ4_NL, MXFP4};

/// Writes row `row` (0 to 15) of a tile to `out`.
pub(super) fn row(format: Format, columns: usize, tile: &[u8], row: usize, out: &mut [f32]) {
    let (scales, quants) = tile.split_at(format.scale_plane_bytes(columns));
    match format {
        Format::Q2K | Format::Q3K => return small_k_row(format, scales, quants, row, out),
        Format::Q4K | Format::Q5K | Format::Q6K => return k_row(format, scales, quants, row, out),
        _ => {}
    }
    let blocks = out.chunks_exact_mut(format.block_columns()).enumerate();
    for (block, out) in blocks {
        let (d, m) = match format {
            Format::Q4_0 | Format::Q5_0 | Format::Q8_0 | Format::Iq4Nl => (half_at(scales, 32 * block + 2 * row), 0.0),
            Format::Mxfp4 => (f32::from_bits(u32::from(scales[16 * block + row]) << 23), 0.0),
            Format::Q4_1 | Format::Q5_1 => {
                (half_at(scales, 64 * block + 2 * row), half_at(scales, 64 * block + 32 + 2 * row))
            }
            Format::Q2K | Format::Q3K | Format::Q4K | Format::Q5K | Format::Q6K => (1.0, 0.0),
            Format::F16 | Format::Bf16 | Format::F32 => (1.0, 0.0),
        };
        for (column, out) in out.iter_mut().enumerate() {
            let value = match format {
                Format::Q4_0 => f32::from(nibble(&quants[256 * block..], row, column)) - 8.0,
                Format::Q4_1 => f32::from(nibble(&quants[256 * block..], row, column)),
                Format::Q5_0 => f32::from(five_bits(&quants[320 * block..], row, column)) - 16.0,
                Format::Q5_1 => f32::from(five_bits(&quants[320 * block..], row, column)),
                Format::Q8_0 => f32::from(quants[512 * block + 64 * (column / 4) + 4 * row + column % 4]) - 128.0,
                Format::Iq4Nl => from_table(&IQ4_NL, nibble(&quants[256 * block..], row, column)),
                Format::Mxfp4 => from_table(&MXFP4, nibble(&quants[256 * block..], row, column)),
                // Done above.
                Format::Q2K | Format::Q3K | Format::Q4K | Format::Q5K | Format::Q6K => 0.0,
                Format::F16 => half_at(quants, 32 * block + 2 * row),
                Format::Bf16 => {
                    bf16::from_le_bytes([quants[32 * block + 2 * row], quants[32 * block + 2 * row + 1]]).to_f32()
                }
                Format::F32 => {
                    let at = 64 * block + 4 * row;
                    f32::from_le_bytes([quants[at], quants[at + 1], quants[at + 2], quants[at + 3]])
                }
            };
            *out = d * value + m;
        }
    }
}

fn half_at(bytes: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([bytes[at], bytes[at + 1]]).to_f32()
}

/// What four bits stand for: tables are 128 too high.
fn from_table(table: &[u8; 16], nibble: u8) -> f32 {
    f32::from(table[usize::from(nibble & 15)]) - 128.0
}

fn small_k_row(format: Format, scales: &[u8], quants: &[u8], row: usize, out: &mut [f32]) {
    let (scale_bytes, part_bytes) = if format == Format::Q2K { (320, 128) } else { (288, 192) };
    for (index, out) in out.chunks_exact_mut(32).enumerate() {
        let (scales, quants) = (&scales[index / 8 * scale_bytes..], &quants[index * part_bytes..]);
        let d = half_at(scales, 2 * row);
        for (column, out) in out.iter_mut().enumerate() {
            let at = 16 * (2 * (index % 8) + column / 16) + row;
            let two = quants[64 * (column / 16) + 4 * row + column % 4] >> (2 * (column / 4 % 4)) & 3;
            *out = if format == Format::Q2K {
                let both = scales[64 + at];
                d * f32::from(both & 15) * f32::from(two) - half_at(scales, 32 + 2 * row) * f32::from(both >> 4)
            } else {
                let third = quants[128 + 8 * (column / 4) + row / 2] >> (4 * (row % 2) + column % 4) & 1;
                d * f32::from(scales[32 + at].cast_signed()) * (f32::from(two | third << 2) - 4.0)
            };
        }
    }
}

fn k_row(format: Format, scales: &[u8], quants: &[u8], row: usize, out: &mut [f32]) {
    let (scale_bytes, part_bytes) = match format {
        Format::Q4K => (320, 256),
        Format::Q5K => (320, 320),
        _ => (288, 384),
    };
    for (index, out) in out.chunks_exact_mut(32).enumerate() {
        let (scales, quants) = (&scales[index / 8 * scale_bytes..], &quants[index * part_bytes..]);
        let part = index % 8;
        let d = half_at(scales, 2 * row);
        for (column, out) in out.iter_mut().enumerate() {
            *out = match format {
                Format::Q6K => {
                    let two = quants[256 + 64 * (column / 16) + 4 * row + column % 4] >> (2 * (column / 4 % 4)) & 3;
                    let scale = scales[32 + 16 * (2 * part + column / 16) + row].cast_signed();
                    d * f32::from(scale) * (f32::from(nibble(quants, row, column) | two << 4) - 32.0)
                }
                _ => {
                    let scale = d * f32::from(scales[64 + 16 * part + row]);
                    let minimum = half_at(scales, 32 + 2 * row) * f32::from(scales[192 + 16 * part + row]);
                    let value = match format {
                        Format::Q5K => five_bits(quants, row, column),
                        _ => nibble(quants, row, column),
                    };
                    scale * f32::from(value) - minimum
                }
            };
        }
    }
}

fn nibble(quants: &[u8], row: usize, column: usize) -> u8 {
    let byte = quants[64 * (column / 8) + 4 * row + column % 4];
    if column % 8 < 4 { byte & 15 } else { byte >> 4 }
}

fn five_bits(quants: &[u8], row: usize, column: usize) -> u8 {
    let byte = quants[256 + 8 * (column / 4) + row / 2];
    let bit = byte >> (4 * (row % 2) + column % 4) & 1;
    nibble(quants, row, column) | bit << 4
}
