//! One row out of a packed tile, as floats: what the token embedding looks up. Slow and plain.

use half::{bf16, f16};

use super::pack::{Format, MASKS, PART_SCALES};
use super::tile::{IQ4_NL, MXFP4};

/// Writes row `row` (0 to 15) of a tile to `out`.
pub(super) fn row(format: Format, tile: &[u8], row: usize, out: &mut [f32]) {
    for (block, out) in tile.chunks_exact(format.block_bytes()).zip(out.chunks_exact_mut(format.block_columns())) {
        let (head, body) = block.split_at(format.head_bytes());
        match format {
            Format::Q2K | Format::Q3K => small_k_row(format, head, body, row, out),
            Format::Q4K | Format::Q5K | Format::Q6K => k_row(format, head, body, row, out),
            _ => plain_row(format, head, body, row, out),
        }
    }
}

fn plain_row(format: Format, scales: &[u8], quants: &[u8], row: usize, out: &mut [f32]) {
    let (d, m) = match format {
        Format::Q4_0 | Format::Q5_0 | Format::Q8_0 | Format::Iq4Nl => (half_at(scales, 2 * row), 0.0),
        Format::Mxfp4 => (f32::from_bits(u32::from(scales[row]) << 23), 0.0),
        Format::Q4_1 | Format::Q5_1 => (half_at(scales, 2 * row), half_at(scales, 32 + 2 * row)),
        Format::Q2K | Format::Q3K | Format::Q4K | Format::Q5K | Format::Q6K => (1.0, 0.0),
        Format::F16 | Format::Bf16 | Format::F32 => (1.0, 0.0),
    };
    for (column, out) in out.iter_mut().enumerate() {
        let value = match format {
            Format::Q4_0 => f32::from(nibble(quants, row, column)) - 8.0,
            Format::Q4_1 => f32::from(nibble(quants, row, column)),
            Format::Q5_0 => f32::from(five_bits(quants, row, column)) - 16.0,
            Format::Q5_1 => f32::from(five_bits(quants, row, column)),
            Format::Q8_0 => f32::from(quants[64 * (column / 4) + 4 * row + column % 4]) - 128.0,
            Format::Iq4Nl => from_table(&IQ4_NL, nibble(quants, row, column)),
            Format::Mxfp4 => from_table(&MXFP4, nibble(quants, row, column)),
            // Done above.
            Format::Q2K | Format::Q3K | Format::Q4K | Format::Q5K | Format::Q6K => 0.0,
            Format::F16 => half_at(quants, 2 * row),
            Format::Bf16 => bf16::from_le_bytes([quants[2 * row], quants[2 * row + 1]]).to_f32(),
            Format::F32 => {
                let at = 4 * row;
                f32::from_le_bytes([quants[at], quants[at + 1], quants[at + 2], quants[at + 3]])
            }
        };
        *out = d * value + m;
    }
}

fn half_at(bytes: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([bytes[at], bytes[at + 1]]).to_f32()
}

/// What four bits stand for: tables are 128 too high.
fn from_table(table: &[u8; 16], nibble: u8) -> f32 {
    f32::from(table[usize::from(nibble & 15)]) - 128.0
}

/// The 8 parts of a block of a K type, each with so many bytes of quants: their scales, their quants, where they go.
fn parts<'a>(
    body: &'a [u8],
    quants: usize,
    out: &'a mut [f32],
) -> impl Iterator<Item = (&'a [u8], &'a [u8], &'a mut [f32])> {
    let parts = body.chunks_exact(PART_SCALES + quants).zip(out.chunks_exact_mut(32));
    parts.map(|(part, out)| (&part[..PART_SCALES], &part[PART_SCALES..], out))
}

fn small_k_row(format: Format, head: &[u8], body: &[u8], row: usize, out: &mut [f32]) {
    let masks = if format == Format::Q2K { 0 } else { MASKS };
    let d = half_at(head, 2 * row);
    for (scales, quants, out) in parts(body, masks + 128, out) {
        for (column, out) in out.iter_mut().enumerate() {
            let scale = scales[16 * (column / 16) + row];
            let two = quants[masks + 64 * (column / 16) + 4 * row + column % 4] >> (2 * (column / 4 % 4)) & 3;
            *out = if format == Format::Q2K {
                d * f32::from(scale & 15) * f32::from(two) - half_at(head, 32 + 2 * row) * f32::from(scale >> 4)
            } else {
                d * f32::from(scale.cast_signed()) * (f32::from(two | mask_bit(quants, row, column) << 2) - 4.0)
            };
        }
    }
}

fn k_row(format: Format, head: &[u8], body: &[u8], row: usize, out: &mut [f32]) {
    let d = half_at(head, 2 * row);
    let quants = match format {
        Format::Q4K => 256,
        Format::Q5K => MASKS + 256,
        _ => 384,
    };
    for (scales, quants, out) in parts(body, quants, out) {
        for (column, out) in out.iter_mut().enumerate() {
            *out = match format {
                Format::Q6K => {
                    let (half, within) = (column / 16, column % 16);
                    let quants = &quants[192 * half..];
                    let two = quants[4 * row + column % 4] >> (2 * (within / 4)) & 3;
                    let value = nibble(&quants[64..], row, within) | two << 4;
                    d * f32::from(scales[16 * half + row].cast_signed()) * (f32::from(value) - 32.0)
                }
                _ => {
                    let value = match format {
                        Format::Q5K => five_bits(quants, row, column),
                        _ => nibble(quants, row, column),
                    };
                    let minimum = half_at(head, 32 + 2 * row) * f32::from(scales[16 + row]);
                    d * f32::from(scales[row]) * f32::from(value) - minimum
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
    nibble(&quants[MASKS..], row, column) | mask_bit(quants, row, column) << 4
}

/// The bit of a column in the masks.
fn mask_bit(masks: &[u8], row: usize, column: usize) -> u8 {
    masks[8 * (column / 4) + row / 2] >> (4 * (row % 2) + column % 4) & 1
}
