//! What is stored and then attended to, against softmax written out in double precision over what rounding leaves.

use half::f16;

use super::*;
use crate::infer::kernels::tests::support::{Random, tiers};
use crate::infer::kernels::{Attention, Tier};

#[test]
fn a_layer_with_a_window_keeps_the_window_and_a_pass() {
    for (window, context, places) in
        [(usize::MAX, 1000, 1008), (512, 8192, 640), (512, 600, 608), (4096, 1 << 20, 4224), (100, 4096, 256)]
    {
        let kind = LayerKind { window, turns: true };
        assert_eq!(capacity(&kind, context), places, "window {window} of {context}");
    }
}

#[test]
fn a_format_is_known_by_its_name() {
    for format in KvFormat::ALL {
        assert_eq!(KvFormat::from_name(format.name()), Some(format));
    }
    assert_eq!(KvFormat::from_name("q4_0"), None);
}

#[test]
fn eight_bits_take_17_of_32_parts_of_half_floats() {
    let size = |format| {
        let kinds = [LayerKind { window: usize::MAX, turns: true }; 30];
        KvCache::of(Shape { heads: 3, head_dim: 64 }, &kinds, 2048, format).unwrap().bytes().get()
    };
    // 2 x 30 layers x 3 heads x 64 x 2,048 tokens.
    assert_eq!(size(KvFormat::F16), 2 * 30 * 3 * 64 * 2048 * 2);
    assert_eq!(size(KvFormat::Q8_0) * 32, size(KvFormat::F16) * 17);
}

/// A cache is used again from an earlier position only while what is seen from there was not overwritten.
#[test]
fn a_turn_goes_on_only_from_what_is_still_there() {
    let kinds = [(usize::MAX, 0), (100, 0)].map(|(window, _)| LayerKind { window, turns: true });
    let mut cache = KvCache::of(Shape { heads: 1, head_dim: 16 }, &kinds, 1000, KvFormat::F16).unwrap();
    let engine = Engine::new(1, None);
    let row = [1.0; 16];
    let made = Made { keys: &row, values: &row, stride: 16, rows: 1 };
    for position in 0..200 {
        cache.store(&engine, 1, position, &made);
    }
    assert!((0..=200).all(|position| cache.resumes_at(position)), "256 places hold all of 200");
    for position in 200..600 {
        cache.store(&engine, 1, position, &made);
    }
    // Positions 344 to 599 are there; the token at 443 sees 344 to 443.
    assert!(cache.resumes_at(600) && cache.resumes_at(443) && !cache.resumes_at(442) && cache.resumes_at(0));
    cache.store(&engine, 1, 0, &made);
    assert!(cache.resumes_at(1));
}

/// A cache of 96 KiB a position, of which each token takes memory of its own.
fn large(context_tokens: usize) -> KvCache {
    let kinds = [LayerKind { window: usize::MAX, turns: true }; 12];
    KvCache::of(Shape { heads: 16, head_dim: 128 }, &kinds, context_tokens, KvFormat::F16).unwrap()
}

#[test]
fn a_cache_that_fills_ends_before_the_machine_s_memory_and_goes_on_once_there_is_more() {
    let engine = Engine::new(1, None);
    // It is looked at after 64 MiB: 683 positions.
    let mut cache = large(4096);
    let mut filling = Filling::new(|| Some(Bytes::from_mib(255.0)));
    let mut reach = |end: usize, filling: &mut Filling| cache.reach(&engine, end, filling);
    assert!((1..=682).all(|end| reach(end, &mut filling).is_ok()));
    for _ in 0..2 {
        assert!(matches!(reach(683, &mut filling), Err(InferError::Memory { .. })), "each time it is tried");
    }
    assert!(reach(600, &mut filling).is_ok(), "what is taken is taken");
    // With more left, and where the system does not tell.
    assert!(reach(683, &mut Filling::new(|| Some(Bytes::from_gib(1.0)))).is_ok());
    assert!((684..=1024).all(|end| reach(end, &mut Filling::new(|| None)).is_ok()));
}

#[test]
fn a_cache_moves_into_large_pages_only_where_enough_is_left() {
    let engine = Engine::new(1, None);
    // 97.5 MiB, of which half is in use when it would move.
    let row = [1.0; 16 * 128];
    let made = Made { keys: &row, values: &row, stride: row.len(), rows: 1 };
    for (free, reached) in [
        ((|| Some(Bytes::from_mib(300.0))) as fn() -> Option<Bytes>, 513),
        (|| Some(Bytes::from_mib(400.0)), usize::MAX),
        (|| None, usize::MAX),
    ] {
        let (mut cache, mut filling) = (large(1040), Filling::new(free));
        cache.reach(&engine, 1, &mut filling).unwrap();
        cache.store(&engine, 3, 0, &made);
        cache.reach(&engine, 512, &mut filling).unwrap();
        assert_eq!(cache.reached, 512);
        cache.reach(&engine, 513, &mut filling).unwrap();
        assert_eq!(cache.reached, reached);
        let Cached::Halves { keys, values } = cache.layer(3) else { panic!("another format") };
        assert!(keys[0] == f16::ONE.to_bits() && values[0] == f16::ONE.to_bits(), "it is still there");
    }
}

#[derive(Clone, Copy)]
struct Case {
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
    rows: usize,
    position: usize,
    window: usize,
    softcap: f32,
    /// Score of head 0's sink, the next head's one higher and so on.
    sink: Option<f32>,
}

/// What a format makes of values that share a scale by 32.
fn rounded(values: &[f32], format: KvFormat) -> Vec<f64> {
    match format {
        KvFormat::F16 => values.iter().map(|&x| f16::from_f32(x).to_f64()).collect(),
        KvFormat::Q8_0 => {
            let block = |block: &[f32]| {
                let scale = block.iter().fold(0.0_f32, |largest, x| largest.max(x.abs())) / 127.0;
                let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
                let half = f16::from_f32(scale).to_f64();
                block.iter().map(|x| f64::from((x * inverse).round_ties_even()) * half).collect::<Vec<_>>()
            };
            values.chunks(32).flat_map(block).collect()
        }
    }
}

/// Keys and values stored chunk by chunk, and attention of the last rows by each tier and two thread counts: the largest
/// error, where values are at most 1, of the tiers that take 8 bits for many queries, and of the others.
fn errors(case: &Case, format: KvFormat, random: &mut Random) -> [f64; 2] {
    let Case { heads, kv_heads, head_dim, rows, position, window, softcap, sink } = *case;
    let sinks: Vec<f32> = sink.iter().flat_map(|sink| (0..heads).map(move |head| sink + head as f32)).collect();
    let (end, stride) = (position + rows, kv_heads * head_dim);
    let (keys, values) = (random.floats(end * stride), random.floats(end * stride));
    let queries: Vec<f32> = random.floats(rows * heads * head_dim).iter().map(|x| x * 4.0).collect();
    let heads_of =
        |floats: &[f32]| -> Vec<Vec<f64>> { floats.chunks_exact(head_dim).map(|head| rounded(head, format)).collect() };
    let (key_heads, value_heads) = (heads_of(&keys), heads_of(&values));
    let mut expected = vec![0.0_f64; queries.len()];
    for (row, head) in (0..rows).flat_map(|row| (0..heads).map(move |head| (row, head))) {
        let (kv, at) = (head / (heads / kv_heads), position + row + 1);
        let seen = at.saturating_sub(window)..at;
        let query = &queries[(row * heads + head) * head_dim..][..head_dim];
        let score = |at: usize| {
            let dot: f64 = query.iter().zip(&key_heads[at * kv_heads + kv]).map(|(q, k)| f64::from(*q) * k).sum();
            let score = dot * f64::from(0.3_f32);
            if softcap == 0.0 { score } else { f64::from(softcap) * (score / f64::from(softcap)).tanh() }
        };
        let scores: Vec<f64> = seen.clone().map(score).collect();
        let maximum = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sink = sinks.get(head).map_or(0.0, |&sink| (f64::from(sink) - maximum).exp());
        let total = sink + scores.iter().map(|score| (score - maximum).exp()).sum::<f64>();
        for (at, score) in seen.zip(&scores) {
            let weight = (score - maximum).exp() / total;
            let to = &mut expected[(row * heads + head) * head_dim..][..head_dim];
            to.iter_mut().zip(&value_heads[at * kv_heads + kv]).for_each(|(to, value)| *to += weight * value);
        }
    }
    let mut errors = [0.0_f64; 2];
    for (tier, threads) in tiers().flat_map(|tier| [(tier, 1), (tier, 3)]) {
        let engine = Engine::new(threads, Some(tier));
        let (kinds, mut filling) = ([LayerKind { window, turns: true }], Filling::new(|| None));
        let mut cache = KvCache::of(Shape { heads: kv_heads, head_dim }, &kinds, end + 40, format).unwrap();
        for from in (0..position).step_by(100) {
            let (keys, values) = (&keys[from * stride..], &values[from * stride..]);
            let rows = 100.min(position - from);
            cache.reach(&engine, from + rows, &mut filling).unwrap();
            cache.store(&engine, 0, from, &Made { keys, values, stride, rows });
        }
        let (keys, values) = (&keys[position * stride..], &values[position * stride..]);
        cache.reach(&engine, end, &mut filling).unwrap();
        cache.store(&engine, 0, position, &Made { keys, values, stride, rows });
        let attention = Attention {
            queries: &queries,
            query_stride: heads * head_dim,
            cached: cache.layer(0),
            capacity: cache.capacity(0),
            heads,
            kv_heads,
            head_dim,
            rows,
            position,
            window,
            scale: 0.3,
            softcap,
            sinks: &sinks,
        };
        let mut out = vec![0.0; queries.len()];
        engine.attend(&attention, &mut out);
        let error = &mut errors[usize::from(tier != Tier::Avx512Vnni)];
        for (got, expected) in out.iter().zip(&expected) {
            assert!(got.is_finite(), "{tier:?}");
            *error = error.max((f64::from(*got) - expected).abs());
        }
    }
    errors
}

const ALL: usize = usize::MAX;

const fn case(
    (heads, kv_heads, head_dim): (usize, usize, usize),
    rows: usize,
    position: usize,
    window: usize,
    softcap: f32,
) -> Case {
    Case { heads, kv_heads, head_dim, rows, position, window, softcap, sink: None }
}

#[test]
fn attention_is_softmax_over_what_each_row_may_see() {
    let mut random = Random(6);
    for case in [
        case((9, 3, 64), 1, 0, ALL, 0.0),
        case((9, 3, 64), 1, 300, ALL, 0.0),
        case((3, 3, 20), 5, 7, ALL, 0.0),
        case((8, 1, 32), 1, 2000, ALL, 0.0),
        case((4, 2, 64), 19, 130, ALL, 0.0),
        case((4, 4, 16), 10, 200, 33, 0.0),
        case((2, 1, 80), 1, 1100, 500, 20.0),
        case((2, 2, 128), 3, 12, ALL, 5.0),
        Case { sink: Some(-1.0), ..case((4, 2, 32), 5, 40, 16, 0.0) },
        Case { sink: Some(3.0), ..case((4, 2, 32), 1, 900, ALL, 0.0) },
        // Windows whose places are used again, several times over.
        case((2, 1, 32), 7, 1000, 33, 0.0),
        case((4, 2, 20), 1, 1531, 200, 0.0),
        case((1, 1, 64), 128, 900, 130, 0.0),
    ] {
        for format in KvFormat::ALL {
            let worst = errors(&case, format, &mut random).into_iter().fold(0.0, f64::max);
            let Case { head_dim, rows, position, .. } = case;
            assert!(worst < 1e-4, "{} head {head_dim}, {rows} rows at {position}: {worst}", format.name());
        }
    }
}

/// Many rows far in: 8-bit products where the tier takes them. A score here is off by about 2^-8 of the largest products,
/// a weight by as much, and of hundreds of positions the errors outweigh each other.
#[test]
fn attention_of_many_rows_far_in_is_off_by_no_more_than_8_bits_make_it() {
    let mut random = Random(7);
    for case in [
        case((9, 3, 64), 40, 700, ALL, 0.0),
        case((8, 1, 80), 5, 1100, ALL, 0.0),
        case((4, 4, 20), 70, 513, ALL, 20.0),
        case((2, 1, 128), 64, 1300, 600, 0.0),
        Case { sink: Some(3.0), ..case((6, 2, 32), 33, 900, ALL, 0.0) },
    ] {
        for format in KvFormat::ALL {
            let [eight_bits, floats] = errors(&case, format, &mut random);
            let name = format!("{} head {}, {} rows", format.name(), case.head_dim, case.rows);
            println!("{name}: {eight_bits:.1e}, {floats:.1e}");
            assert!(floats < 1e-4, "{name}: {floats}");
            assert!(eight_bits < 3e-2, "{name}: {eight_bits}");
        }
    }
}
