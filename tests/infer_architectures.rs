//! Each architecture, each kernel tier: logits of small random models against a forward pass in plain arithmetic.
#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod infer_support;

use infer_support::oracle::Oracle;
use infer_support::tiny::{Tiny, all};
use infer_support::{Random, Value, tiny_llama};
use sizewright::infer::{Bench, HeaderExperts, HeaderWindow, InferError, KvFormat, LoadOptions, Model, Tier, inspect};

/// Tokens of a pass; some windows and original contexts are shorter.
const TOKENS: usize = 40;

fn tokens() -> Vec<u32> {
    (0..TOKENS as u32).map(|i| i * 97 % 256).collect()
}

fn options(tier: Option<Tier>) -> LoadOptions {
    LoadOptions { context_tokens: 64, threads: Some(2), tier, ..LoadOptions::default() }
}

/// The largest difference as a share of the largest value.
fn difference<'a>(got: impl IntoIterator<Item = &'a f32>, expected: impl IntoIterator<Item = f64>) -> f64 {
    let (mut worst, mut largest) = (0.0_f64, 0.0_f64);
    for (got, expected) in got.into_iter().zip(expected) {
        worst = worst.max((f64::from(*got) - expected).abs());
        largest = largest.max(expected.abs());
    }
    worst / largest
}

#[test]
fn every_architecture_and_tier_computes_what_plain_arithmetic_does() {
    let tokens = tokens();
    for tiny in all() {
        let expected = Oracle::new(&tiny).logits(&tokens);
        let (_guard, path) = tiny.gguf.write();
        for tier in Tier::ALL.into_iter().filter(|tier| tier.is_available()) {
            let mut model = Model::load(&path, &options(Some(tier))).unwrap();
            let mut off = Vec::new();
            model
                .score(&tokens, |position, logits| off.push(difference(logits, expected[position].iter().copied())))
                .unwrap();
            let worst = off.iter().copied().fold(0.0, f64::max);
            println!("{} {tier:?}: {worst:.1e}, {} positions", tiny.name, off.iter().filter(|&&o| o > 2e-3).count());
            // Weights are plain floats here; what is lost is the cache's half precision, 2^-11 of each value.
            assert!(worst < 2e-3, "{} {tier:?}: {worst} of the largest logit off", tiny.name);
        }
    }
}

#[test]
fn every_tier_gives_the_same_logits_to_the_last_bit() {
    let tokens = tokens();
    for tiny in all() {
        let (_guard, path) = tiny.gguf.write();
        let logits_of = |tier| {
            let mut model = Model::load(&path, &options(Some(tier))).unwrap();
            let mut bits: Vec<u32> = Vec::new();
            model.score(&tokens, |_, logits| bits.extend(logits.iter().map(|logit| logit.to_bits()))).unwrap();
            bits.extend(model.read_on(&tokens[..1]).unwrap().iter().map(|logit| logit.to_bits()));
            bits
        };
        let portable = logits_of(Tier::Portable);
        for tier in Tier::ALL.into_iter().filter(|tier| tier.is_available()) {
            assert!(logits_of(tier) == portable, "{} {tier:?}", tiny.name);
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_logits_to_the_last_bit() {
    // Behind so many positions attention is cut into stretches whose sums are joined.
    let tokens: Vec<u32> = (0..900_u32).map(|i| (i * 97 + i / 7) % 256).collect();
    for mut tiny in all() {
        let (_, length) = tiny.gguf.metadata.iter_mut().find(|(key, _)| key.ends_with(".context_length")).unwrap();
        *length = Value::U32(1024);
        let (_guard, path) = tiny.gguf.write();
        let logits = |threads: usize| {
            let options = LoadOptions { context_tokens: 1024, threads: Some(threads), ..options(None) };
            let mut model = Model::load(&path, &options).unwrap();
            let prompt = model.read(&tokens).unwrap().to_vec();
            (prompt, model.read_on(&[7]).unwrap().to_vec())
        };
        let one = logits(1);
        for threads in [2, 5] {
            assert!(logits(threads) == one, "{} with {threads} threads", tiny.name);
        }
    }
}

#[test]
fn a_cache_in_8_bits_loses_no_more_than_8_bits_do() {
    let tokens = tokens();
    for tiny in all() {
        let expected = Oracle::new(&tiny).logits(&tokens);
        let (_guard, path) = tiny.gguf.write();
        for tier in Tier::ALL.into_iter().filter(|tier| tier.is_available()) {
            let options = LoadOptions { cache: KvFormat::Q8_0, ..options(Some(tier)) };
            let mut model = Model::load(&path, &options).unwrap();
            let mut off = Vec::new();
            model
                .score(&tokens, |position, logits| off.push(difference(logits, expected[position].iter().copied())))
                .unwrap();
            off.sort_by(f64::total_cmp);
            let (median, worst) = (off[off.len() / 2], off[off.len() - 1]);
            println!("{} {tier:?}: median {median:.1e}, worst {worst:.1e}", tiny.name);
            // A key or value is off by up to a 254th of the largest of 32; layers of random weights make more of it.
            assert!(
                median < 2e-2 && worst < 8e-2,
                "{} {tier:?}: {median}, {worst} of the largest logit off",
                tiny.name
            );
        }
    }
}

/// Long enough that layers with a window have used their places again.
#[test]
fn a_layer_with_a_window_forgets_only_what_it_cannot_see() {
    let tokens: Vec<u32> = (0..400_u32).map(|i| (i * 97 + i / 7) % 256).collect();
    let has_windows = |tiny: &Tiny| (0..tiny.facts.layers).any(|layer| (tiny.facts.window)(layer) < 128);
    let with_windows = all().into_iter().filter(has_windows);
    let mut tried = 0;
    for mut tiny in with_windows {
        let (_, length) = tiny.gguf.metadata.iter_mut().find(|(key, _)| key.ends_with(".context_length")).unwrap();
        *length = Value::U32(448);
        let expected = Oracle::new(&tiny).logits(&tokens);
        let (_guard, path) = tiny.gguf.write();
        let options = LoadOptions { context_tokens: 448, ..options(None) };
        let mut model = Model::load(&path, &options).unwrap();
        let mut worst = 0.0_f64;
        model
            .score(&tokens, |position, logits| {
                worst = worst.max(difference(logits, expected[position].iter().copied()));
            })
            .unwrap();
        // Half floats lose a little more in the worst of ten times as many positions; a wrong place is off by all.
        assert!(worst < 5e-3, "{}: {worst} off", tiny.name);
        // The same token by token behind 300.
        model.read(&tokens[..300]).unwrap();
        for position in 300..400 {
            let logits = model.read_on(&tokens[position..=position]).unwrap();
            let off = difference(logits, expected[position].iter().copied());
            assert!(off < 5e-3, "{} at {position}: {off} off", tiny.name);
        }
        // A token of a layer with a window takes no memory beyond 256 places.
        let all_places = Model::load(&path, &LoadOptions { context_tokens: 256, ..options }).unwrap();
        let (long, short) = (model.summary().kv_cache_bytes, all_places.summary().kv_cache_bytes);
        let local = (0..tiny.facts.layers).filter(|&layer| (tiny.facts.window)(layer) < 128).count();
        let everywhere = tiny.facts.layers - local;
        let share = (local * 256 + everywhere * 448) as f64 / (tiny.facts.layers * 256) as f64;
        assert_eq!(long.as_f64(), short.as_f64() * share, "{}", tiny.name);
        tried += 1;
    }
    assert!(tried >= 4, "{tried} architectures have windows");
}

#[test]
fn token_by_token_and_chunk_by_chunk_give_the_logits_of_the_whole_prompt() {
    let tokens = tokens();
    for tiny in all() {
        let (_guard, path) = tiny.gguf.write();
        let mut model = Model::load(&path, &options(None)).unwrap();
        let mut whole = Vec::new();
        model.score(&tokens, |_, logits| whole.push(logits.to_vec())).unwrap();
        for chunk in [1, 7, 16] {
            let mut position = 0;
            for part in tokens.chunks(chunk) {
                let logits = if position == 0 { model.read(part) } else { model.read_on(part) };
                position += part.len();
                let expected = whole[position - 1].iter().map(|&logit| f64::from(logit));
                let off = difference(logits.unwrap(), expected);
                assert!(off < 1e-4, "{}: {off} off after {position} tokens by {chunk}", tiny.name);
            }
        }
    }
}

#[test]
fn sequences_of_a_batch_give_the_logits_each_gives_alone() {
    let all_tokens = tokens();
    // Of unequal length, one of them beyond what a pass takes together with the others.
    let texts: Vec<Vec<u32>> = [40, 3, 17, 1, 40, 40]
        .iter()
        .enumerate()
        .map(|(i, &n)| all_tokens[..n].iter().map(|t| (t + 31 * i as u32) % 256).collect())
        .collect();
    for tiny in all() {
        let (_guard, path) = tiny.gguf.write();
        let mut model = Model::load(&path, &options(None)).unwrap();
        let alone: Vec<Vec<f32>> = texts.iter().map(|text| model.read(text).unwrap().to_vec()).collect();
        let mut batch = model.batch(texts.len()).unwrap();
        // All but the last tokens, then one token of each together.
        let begun: Vec<&[u32]> = texts.iter().map(|text| &text[..text.len() - 1]).collect();
        let logits = batch.read(&begun).unwrap();
        assert!(logits[3].is_empty() && logits[0].len() == 259);
        let ends: Vec<&[u32]> = texts.iter().map(|text| &text[text.len() - 1..]).collect();
        let together = batch.read(&ends).unwrap();
        for (together, alone) in together.iter().zip(&alone) {
            let off = difference(together, alone.iter().map(|&logit| f64::from(logit)));
            assert!(off < 1e-4 && together.len() == alone.len(), "{}: {off} off", tiny.name);
        }
        assert!(batch.read(&begun[..1]).is_err());
        let long = [1; 30];
        assert!(matches!(batch.read(&[&long[..]; 6]), Err(InferError::TooLong { .. })));
        drop(batch);
        assert_eq!(model.read(&texts[0]).unwrap(), alone[0]);
        assert!(model.batch(0).is_err() && model.batch(129).is_err());
    }
}

/// Logits 0, 21, ... of three positions, by llama.cpp; see the file's own header.
fn found_by_llama_cpp() -> Vec<(String, Vec<Vec<f64>>)> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/infer_tiny_llama_cpp.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let numbers = |line: &&str| line.split(' ').map(|number| number.parse().unwrap()).collect();
    lines.chunks_exact(4).map(|four| (four[0].to_owned(), four[1..].iter().map(numbers).collect())).collect()
}

#[test]
fn the_plain_pass_agrees_with_llama_cpp_on_every_architecture() {
    let (found, tokens) = (found_by_llama_cpp(), tokens());
    // It knows no windows on layers of the llama architecture, which is Mistral's, too.
    let windowed = ["mistral", "llama 3.1 with a window"];
    for tiny in all().into_iter().filter(|tiny| !windowed.contains(&tiny.name)) {
        let (_, expected) = found.iter().find(|(name, _)| *name == tiny.name.replace(' ', "_")).unwrap();
        let logits = Oracle::new(&tiny).logits(&tokens);
        for (position, expected) in [0, 19, 39].into_iter().zip(expected) {
            let got: Vec<f32> = logits[position].iter().step_by(21).take(12).map(|&logit| logit as f32).collect();
            let off = difference(&got, expected.iter().copied());
            // Gemma's gate goes through a table of half floats there.
            assert!(off < 2e-3, "{} at {position}: {off} off", tiny.name);
        }
    }
}

#[test]
#[ignore = "writes the files the fixture was made from, into the folder SIZEWRIGHT_TINY names"]
fn write_the_tiny_models() {
    let folder = std::env::var("SIZEWRIGHT_TINY").unwrap();
    for tiny in all() {
        let name = format!("{}.gguf", tiny.name.replace(' ', "_"));
        std::fs::write(std::path::Path::new(&folder).join(name), tiny.gguf.to_bytes()).unwrap();
    }
}

/// A tiny model with a feed-forward block of 256 inner values whose last matrix is of this type.
fn with_down_of(kind: u32, bytes: Vec<u8>) -> infer_support::Gguf {
    let mut gguf = tiny_llama(3);
    let mut random = Random(4);
    gguf.set("llama.feed_forward_length", Value::U32(256));
    for tensor in &mut gguf.tensors {
        if tensor.name.contains("ffn_gate") || tensor.name.contains("ffn_up") {
            tensor.shape = vec![64, 256];
            tensor.bytes = (0..64 * 256).flat_map(|_| (0.3 * random.float()).to_le_bytes()).collect();
        }
        if tensor.name.contains("ffn_down") {
            (tensor.kind, tensor.shape, tensor.bytes) = (kind, vec![256, 64], bytes.clone());
        }
    }
    gguf
}

/// Random blocks whose 16-bit scales, at these places, are small.
fn blocks(bytes: usize, scales: &[usize]) -> Vec<u8> {
    let mut random = Random(5);
    let mut blocks: Vec<u8> = (0..64 * bytes).map(|_| random.bits() as u8).collect();
    for block in blocks.chunks_exact_mut(bytes) {
        for &at in scales {
            block[at..at + 2].copy_from_slice(&half::f16::from_f32(1e-3).to_le_bytes());
        }
    }
    blocks
}

fn all_logits(gguf: &infer_support::Gguf, tokens: &[u32]) -> Vec<Vec<f32>> {
    let (_guard, path) = gguf.write();
    let mut model = Model::load(&path, &LoadOptions { threads: Some(1), ..LoadOptions::default() }).unwrap();
    let mut whole = Vec::new();
    model.score(tokens, |_, logits| whole.push(logits.to_vec())).unwrap();
    // One token at a time takes other kernels.
    for end in 1..tokens.len() {
        let single = model.read(&tokens[..end]).unwrap();
        for (a, b) in single.iter().zip(&whole[end - 1]) {
            assert!(a.is_finite() && (a - b).abs() < 1e-2 * b.abs().max(1.0), "{a} for {b}");
        }
    }
    whole
}

#[test]
fn matrices_of_few_bits_read_alike_one_token_at_a_time_or_all_at_once() {
    let tokens: Vec<u32> = (0..20).collect();
    for (kind, block, scales) in [(11, 110, &[108][..]), (10, 84, &[80, 82]), (23, 136, &[0])] {
        all_logits(&with_down_of(kind, blocks(block, scales)), &tokens);
    }
}

#[test]
fn an_iq4_xs_model_says_what_the_same_values_in_f32_say() {
    const VALUES: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
    let stored = blocks(136, &[0]);
    // ggml's dequantize_row_iq4_xs, word for word.
    let mut floats = Vec::new();
    for block in stored.chunks_exact(136) {
        let d = half::f16::from_le_bytes([block[0], block[1]]).to_f32();
        let high = u16::from_le_bytes([block[2], block[3]]);
        for ib in 0..8 {
            let ls = (i32::from(block[4 + ib / 2]) >> (4 * (ib % 2)) & 15) | (i32::from(high) >> (2 * ib) & 3) << 4;
            let quants = &block[8 + 16 * ib..][..16];
            let nibbles = quants.iter().map(|q| q & 15).chain(quants.iter().map(|q| q >> 4));
            floats.extend(nibbles.map(|nibble| d * (ls - 32) as f32 * f32::from(VALUES[usize::from(nibble)])));
        }
    }
    let floats = floats.into_iter().flat_map(f32::to_le_bytes).collect();
    let tokens: Vec<u32> = (0..20).collect();
    let (made, wanted) =
        (all_logits(&with_down_of(23, stored), &tokens), all_logits(&with_down_of(0, floats), &tokens));
    // Activations are rounded to 8 bits for the one and not for the other.
    let apart = difference(made.iter().flatten(), wanted.iter().flatten().map(|&logit| f64::from(logit)));
    assert!(apart < 0.03, "{apart}");
}

#[test]
fn a_type_without_a_kernel_is_named_before_anything_is_loaded() {
    // IQ3_S, 110 bytes for 256 values.
    let (_guard, path) = with_down_of(21, blocks(110, &[0])).write();
    let unsupported = inspect(&path).unwrap().unsupported.expect("no kernel").to_string();
    assert!(unsupported.contains("IQ3_S") && unsupported.contains("ffn_down"), "{unsupported}");
    let error = Model::load(&path, &LoadOptions::default()).err().expect("refused").to_string();
    assert_eq!(error, unsupported);
}

#[test]
fn a_token_reads_the_experts_it_is_sent_to_and_no_others() {
    for tiny in all() {
        let (_guard, path) = tiny.gguf.write();
        let bench = Bench::load(&path, &options(None)).unwrap();
        let header = inspect(&path).unwrap();
        // Of a matrix of experts every expert has its share; the tiny models store them all in one type.
        let idle_share = if tiny.facts.experts == 0 {
            0.0
        } else {
            let stored = |gguf: &infer_support::Gguf| -> f64 {
                let experts = gguf.tensors.iter().filter(|tensor| tensor.name.contains("_exps.weight"));
                experts.map(|tensor| tensor.bytes.len() as f64).sum()
            };
            stored(&tiny.gguf) * (tiny.facts.experts - tiny.facts.used) as f64 / tiny.facts.experts as f64
        };
        let all = header.weight_bytes.as_f64();
        let read = bench.bytes_per_token().as_f64();
        // Rows are filled up to 16, and an embedding beside a head is not read: a bound, not a count.
        assert!(read <= (all - idle_share) * 1.5, "{}: {read} of {all} less {idle_share}", tiny.name);
        assert!(idle_share == 0.0 || read < all, "{}: {read} of {all}", tiny.name);
    }
}

#[test]
fn a_header_tells_experts_and_windows_as_the_model_has_them() {
    for tiny in all() {
        let (_guard, path) = tiny.gguf.write();
        let (header, facts) = (inspect(&path).unwrap(), &tiny.facts);
        let local: Vec<usize> =
            (0..facts.layers).map(|layer| (facts.window)(layer)).filter(|&window| window != usize::MAX).collect();
        let window = local.first().map(|&tokens| HeaderWindow { tokens, layers: local.len() });
        assert_eq!(header.window, window, "{}", tiny.name);
        let told = header.experts.map(|HeaderExperts { count, used, dense_layers, .. }| (count, used, dense_layers));
        assert_eq!(told, (facts.experts > 0).then_some((facts.experts, facts.used, 0)), "{}", tiny.name);
        // Three matrices of each expert a token does not pass through, and gpt-oss's three biases.
        let idle = (facts.layers * (facts.experts - facts.used) * 3 * infer_support::tiny::WIDTH * facts.inner) as u64;
        let active = header.parameters - header.parameters_active;
        assert!((idle..=idle + idle / 20).contains(&active), "{}: {active} against {idle}", tiny.name);
    }
}
