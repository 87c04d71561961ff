//! Every kernel of every tier this machine has, held to its portable twin bit for bit on seeded shapes, tails and extremes.
//! Nothing but the kernels is used here, so it also runs where only they are built, as under emulation.

use super::super::*;
use super::support::{Random, pack, source, tiers};

/// Products of `rows` rows by a tier.
fn products(tier: Tier, weights: &Packed, x: &[f32], rows: usize) -> Vec<f32> {
    let engine = Engine::new(1, Some(tier));
    let mut activations = Activations::new(rows, weights.columns).unwrap();
    engine.take(x, weights.columns, weights.columns, rows, &mut activations);
    let stride = weights.tiles() * TILE_ROWS;
    let mut out = vec![0.0; rows * stride];
    let target = Target::Store(&mut out);
    engine.multiply(&mut [Product { weights, target, stride }], &activations, rows);
    out
}

/// Whole numbers are exact and floats are added in the same order and rounded as often: so nothing may differ.
fn check(format: Format, outputs: usize, columns: usize, rows: usize, x: &[f32], random: &mut Random) {
    let weights = pack(format, outputs, columns, &source(format, outputs, columns, random));
    let expected = products(Tier::Portable, &weights, x, rows);
    for tier in tiers().filter(|tier| *tier != Tier::Portable) {
        let got = products(tier, &weights, x, rows);
        same(&format!("{format:?} {tier:?} {outputs}x{columns}, {rows} rows"), &got, &expected);
    }
}

/// Compares bits; any "not a number" is as good as another.
fn same(case: &str, got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len());
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        let equal = got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan();
        assert!(equal, "{case}, value {at}: {got:e} for {expected:e}");
    }
}

#[test]
fn products_are_those_of_the_portable_twin() {
    let mut random = Random(7);
    for format in Format::ALL {
        for (outputs, columns, rows) in
            [(16, 32_usize, 1), (40, 576, 2), (16, 64, 3), (33, 96, 5), (16, 1536, 7), (16, 256, 12), (16, 32, 29)]
        {
            let columns = columns.next_multiple_of(format.block_columns());
            let x = random.floats(rows * columns);
            check(format, outputs, columns, rows, &x, &mut random);
        }
    }
}

#[test]
fn extremes_are_those_of_the_portable_twin() {
    let mut random = Random(8);
    for format in Format::ALL {
        let columns = 64_usize.next_multiple_of(format.block_columns());
        for x in [0.0, 1.0, -1.0, 1e-30, 1e-40, 1e30] {
            check(format, 16, columns, 4, &vec![x; 4 * columns], &mut random);
        }
        // Signs that turn at every value drive sums of pairs to both ends of their range.
        let turning: Vec<f32> = (0..6 * columns).map(|at| if at % 2 == 0 { 1.0 } else { -1.0 }).collect();
        check(format, 16, columns, 6, &turning, &mut random);
    }
}

#[test]
fn weights_at_the_ends_of_their_range_do_not_overflow_short_sums() {
    for format in Format::ALL {
        let columns = 256;
        for byte in [0x00, 0xff, 0x0f, 0xf0, 0x80, 0x7f] {
            let mut source = source(format, 16, columns, &mut Random(9));
            let block = format.source_row_bytes(columns) / (columns / format.block_columns());
            for block in source.chunks_exact_mut(block) {
                // The scales stay as they are.
                let (from, to) = match format {
                    Format::Q2K => (16, 80),
                    Format::Q3K => (0, 96),
                    Format::Q6K => (0, 192),
                    Format::Q4K | Format::Q5K => (16, block.len()),
                    Format::Q4_1 | Format::Q5_1 => (4, block.len()),
                    Format::Mxfp4 => (1, block.len()),
                    Format::F16 | Format::Bf16 | Format::F32 => (0, 0),
                    Format::Q4_0 | Format::Q5_0 | Format::Q8_0 | Format::Iq4Nl => (2, block.len()),
                };
                block[from..to].fill(byte);
            }
            let weights = pack(format, 16, columns, &source);
            for sign in [1.0, -1.0] {
                let x = vec![sign; 2 * columns];
                let expected = products(Tier::Portable, &weights, &x, 2);
                for tier in tiers() {
                    same(&format!("{format:?} {tier:?} {byte}"), &products(tier, &weights, &x, 2), &expected);
                }
            }
        }
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn attention_in_8_bits_agrees_with_its_portable_twin() {
    use super::super::attend::{Field, Query};
    use super::super::dispatch::Kernels;
    use super::super::many::attend_many;
    use super::super::portable::Portable;
    use super::super::stored::Halves;

    if !Tier::Avx512Vnni.is_available() {
        return;
    }
    let mut random = Random(11);
    for (head_dim, count, softcap, window) in [(64_usize, 19, 0.0, 1000), (20, 8, 5.0, 1000), (80, 3, 0.0, 150)] {
        let (padded, positions) = (head_dim.next_multiple_of(16), 300_usize);
        let capacity = positions.next_multiple_of(16);
        let mut halves = |count: usize| -> Vec<u16> {
            random.floats(count).iter().map(|&x| half::f16::from_f32(x).to_bits()).collect()
        };
        let (keys, values) = (halves(capacity * head_dim), halves(capacity * padded));
        let queries = random.floats(count * head_dim);
        let stored = Halves { keys: keys.as_ptr(), values: values.as_ptr() };
        let field = Field { capacity, head_dim, padded, scale: 0.5, softcap, from: 40, to: positions };
        let run = |portable: bool| {
            let (mut sums, mut ends) = (vec![0.0_f32; count * padded], vec![[0.0_f32; 2]; count]);
            let asked: Vec<Query> = (queries.chunks(head_dim).zip(sums.chunks_mut(padded)).zip(&mut ends).enumerate())
                .map(|(row, ((values, sum), [maximum, weight]))| {
                    let end = positions - count + row + 1;
                    let first = end.saturating_sub(window);
                    Query { values: values.as_ptr(), first, end, sum: sum.as_mut_ptr(), maximum, weight }
                })
                .collect();
            // SAFETY: the buffers are as long as the field says, and the tier is available.
            unsafe {
                match (portable, Kernels::of(Tier::Avx512Vnni).many) {
                    (false, Some(many)) => (many.halves)(&asked, &field, &stored),
                    _ => attend_many::<Portable, Halves>(&asked, &field, &stored),
                }
            }
            (sums, ends)
        };
        let ((sums, ends), (twin_sums, twin_ends)) = (run(false), run(true));
        let pairs = sums.iter().zip(&twin_sums).chain(ends.as_flattened().iter().zip(twin_ends.as_flattened()));
        for (got, twin) in pairs {
            // A weight at the middle of two steps may fall to either: a 255th of it.
            assert!((got - twin).abs() <= 1e-2 * twin.abs().max(1.0), "head {head_dim}: {got} for {twin}");
        }
    }
}

/// What `make` gives for each tier is what it gives for the portable one.
fn same_by_all(case: &str, make: impl Fn(&Engine) -> Vec<f32>) {
    let by = |tier| make(&Engine::new(1, Some(tier)));
    let expected = by(Tier::Portable);
    for tier in tiers() {
        same(&format!("{case}, {tier:?}"), &by(tier), &expected);
    }
}

/// Numbers of all sizes, so that sums round.
fn of_all_sizes(count: usize, random: &mut Random) -> Vec<f32> {
    random.floats(count).iter().map(|x| x * 2.0_f32.powi((random.bits() % 12) as i32 - 6)).collect()
}

#[test]
fn rows_are_normalised_and_rounded_as_by_the_portable_twin() {
    let mut random = Random(10);
    for columns in [16, 20, 64, 576, 1000, 2048] {
        let (x, weight) = (of_all_sizes(3 * columns, &mut random), random.floats(columns));
        same_by_all(&format!("{columns} columns"), |engine| {
            let mut made = Activations::new(3, columns).unwrap();
            engine.normalize(&x, columns, &weight, 1e-5, 3, &mut made);
            (0..3).flat_map(|row| [made.row(row).to_vec(), made.rounded(row)].concat()).collect()
        });
    }
}

#[test]
fn gates_bend_as_those_of_the_portable_twin() {
    let mut random = Random(11);
    let [gate, up] = [0, 1].map(|_| pack(Format::F32, 320, 32, &source(Format::F32, 320, 32, &mut random)));
    let mut x: Vec<f32> = of_all_sizes(32 * 8, &mut random);
    x.iter_mut().step_by(7).for_each(|x| *x *= 1000.0);
    for bend in [Gate::Silu, Gate::Gelu] {
        same_by_all(&format!("{bend:?}"), |engine| {
            let mut activations = Activations::new(8, 32).unwrap();
            engine.take(&x, 32, 32, 8, &mut activations);
            let mut out = vec![0.0; 8 * 320];
            let target = Target::Gated(&mut out, bend, &up);
            engine.multiply(&mut [Product { weights: &gate, target, stride: 320 }], &activations, 8);
            out
        });
    }
}

#[test]
fn attention_is_that_of_the_portable_twin() {
    let mut random = Random(12);
    let all = usize::MAX;
    // The last two and the second are many queries at once: so many that units of work differ from tier to tier.
    for (heads, kv_heads, head_dim, rows, position, softcap, window) in [
        (9, 3, 64, 1, 300, 0.0, all),
        (4, 2, 20_usize, 19, 130, 0.0, all),
        (8, 1, 32, 1, 1100, 0.0, all),
        (2, 2, 128, 3, 12, 5.0, all),
        (9, 3, 64, 72, 340, 0.0, all),
        (6, 2, 80, 72, 400, 5.0, 150),
    ] {
        let (capacity, padded) = (1536_usize, usize::next_multiple_of(head_dim, 16));
        let mut halves = |count: usize| -> Vec<u16> {
            of_all_sizes(count, &mut random).iter().map(|x| half::f16::from_f32(*x).to_bits()).collect()
        };
        let (keys, values) = (halves(kv_heads * capacity * head_dim), halves(kv_heads * capacity * padded));
        let queries = random.floats(rows * heads * head_dim);
        let attention = Attention {
            queries: &queries,
            query_stride: heads * head_dim,
            cached: Cached::Halves { keys: &keys, values: &values },
            capacity,
            heads,
            kv_heads,
            head_dim,
            rows,
            position,
            window,
            scale: 0.3,
            softcap,
            sinks: &[],
        };
        same_by_all(&format!("{heads} heads of {head_dim}, {rows} rows at {position}"), |engine| {
            let mut out = vec![0.0; queries.len()];
            engine.attend(&attention, &mut out);
            out
        });
    }
}
