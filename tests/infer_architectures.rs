//! Each architecture, each kernel tier: logits of small random models against a forward pass written out here in plain
//! arithmetic, slow and obvious, that shares no line with the engine.
#![cfg(feature = "infer")]
#![allow(clippy::needless_range_loop, reason = "plain arithmetic reads best with plain indices")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod infer_support;

use infer_support::{Gguf, Random, Tensor, Value, tiny_llama};
use sizewright::infer::{LoadOptions, Model, Tier};

const WIDTH: usize = 64;
const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const HEAD: usize = 16;

/// The small Llama under another name, with what that architecture adds.
fn tiny(architecture: &str) -> Gguf {
    let mut gguf = tiny_llama(3);
    let metadata = gguf.metadata.clone();
    gguf.metadata =
        metadata.into_iter().map(|(key, value)| (key.replace("llama.", &format!("{architecture}.")), value)).collect();
    gguf.set("general.architecture", Value::Text(architecture.to_owned()));
    let mut random = Random(8);
    let mut add = |name: String, length: usize, around: f32| {
        let bytes = (0..length).flat_map(|_| (around + 0.3 * random.float()).to_le_bytes()).collect();
        gguf.tensors.push(Tensor { name, shape: vec![length as u64], kind: 0, bytes, offset: None });
    };
    for layer in 0..2 {
        let mut block = |part: &str, length, around| add(format!("blk.{layer}.{part}"), length, around);
        match architecture {
            "qwen2" => {
                block("attn_q.bias", HEADS * HEAD, 0.0);
                block("attn_k.bias", KV_HEADS * HEAD, 0.0);
                block("attn_v.bias", KV_HEADS * HEAD, 0.0);
            }
            "qwen3" => {
                block("attn_q_norm.weight", HEAD, 1.0);
                block("attn_k_norm.weight", HEAD, 1.0);
            }
            _ => {}
        }
    }
    gguf
}

/// The tensors of a file as floats.
struct Plain<'a>(&'a Gguf);

impl Plain<'_> {
    fn get(&self, name: &str) -> Option<Vec<f64>> {
        let tensor = self.0.tensors.iter().find(|tensor| tensor.name == name)?;
        let floats = tensor.bytes.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap())));
        Some(floats.collect())
    }

    /// `x` through a matrix.
    fn times(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let weights = self.get(&format!("{name}.weight")).unwrap();
        let bias = self.get(&format!("{name}.bias"));
        let rows = weights.chunks_exact(x.len()).enumerate();
        rows.map(|(row, w)| {
            w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + bias.as_ref().map_or(0.0, |bias| bias[row])
        })
        .collect()
    }

    fn norm(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let Some(weights) = self.get(&format!("{name}.weight")) else { return x.to_vec() };
        let mean = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        x.iter().zip(weights).map(|(x, w)| x / (mean + 1e-5).sqrt() * w).collect()
    }

    /// Logits after each token.
    fn logits(&self, tokens: &[u32], halves: bool) -> Vec<Vec<f64>> {
        let embedding = self.get("token_embd.weight").unwrap();
        let mut stream: Vec<Vec<f64>> =
            tokens.iter().map(|&token| embedding[token as usize * WIDTH..][..WIDTH].to_vec()).collect();
        for layer in 0..2 {
            let name = |part: &str| format!("blk.{layer}.{part}");
            let normed: Vec<_> = stream.iter().map(|x| self.norm(&name("attn_norm"), x)).collect();
            let heads = |part: &str, norm: &str, turn: bool| -> Vec<Vec<Vec<f64>>> {
                let rows = normed.iter().enumerate().map(|(position, x)| {
                    let row = self.times(&name(part), x);
                    let heads = row.chunks_exact(HEAD).map(|head| {
                        let head = self.norm(&name(norm), head);
                        if turn { rotate(&head, position, halves) } else { head }
                    });
                    heads.collect()
                });
                rows.collect()
            };
            let queries = heads("attn_q", "attn_q_norm", true);
            let keys = heads("attn_k", "attn_k_norm", true);
            let values = heads("attn_v", "", false);
            for position in 0..tokens.len() {
                let mut attended = Vec::new();
                for head in 0..HEADS {
                    let kv = head / (HEADS / KV_HEADS);
                    let dot = |at: usize| -> f64 {
                        queries[position][head].iter().zip(&keys[at][kv]).map(|(q, k)| q * k).sum()
                    };
                    let weights: Vec<f64> = (0..=position).map(|at| (dot(at) / (HEAD as f64).sqrt()).exp()).collect();
                    let total: f64 = weights.iter().sum();
                    attended.extend(
                        (0..HEAD).map(|d| {
                            weights.iter().enumerate().map(|(at, w)| w / total * values[at][kv][d]).sum::<f64>()
                        }),
                    );
                }
                let out = self.times(&name("attn_output"), &attended);
                stream[position].iter_mut().zip(out).for_each(|(x, out)| *x += out);
            }
            for x in &mut stream {
                let normed = self.norm(&name("ffn_norm"), x);
                let (gate, up) = (self.times(&name("ffn_gate"), &normed), self.times(&name("ffn_up"), &normed));
                let inner: Vec<f64> = gate.iter().zip(up).map(|(g, up)| g / (1.0 + (-g).exp()) * up).collect();
                x.iter_mut().zip(self.times(&name("ffn_down"), &inner)).for_each(|(x, down)| *x += down);
            }
        }
        stream.iter().map(|x| self.times("token_embd", &self.norm("output_norm", x))).collect()
    }
}

/// Turns pair `i` by position x 10000^(-2i / 16).
fn rotate(head: &[f64], position: usize, halves: bool) -> Vec<f64> {
    let mut out = head.to_vec();
    for pair in 0..HEAD / 2 {
        let (a, b) = if halves { (pair, pair + HEAD / 2) } else { (2 * pair, 2 * pair + 1) };
        let (sine, cosine) = (position as f64 * 10_000_f64.powf(-2.0 * pair as f64 / HEAD as f64)).sin_cos();
        out[a] = head[a] * cosine - head[b] * sine;
        out[b] = head[a] * sine + head[b] * cosine;
    }
    out
}

#[test]
fn every_architecture_and_tier_computes_what_plain_arithmetic_does() {
    let tokens: Vec<u32> = (0..40).map(|i| i * 97 % 256).collect();
    for (architecture, halves) in [("llama", false), ("qwen2", true), ("qwen3", true)] {
        let gguf = tiny(architecture);
        let expected = Plain(&gguf).logits(&tokens, halves);
        let (_guard, path) = gguf.write();
        for tier in Tier::ALL.into_iter().filter(|tier| tier.is_available()) {
            let options = LoadOptions { context_tokens: 64, threads: Some(2), tier: Some(tier) };
            let mut model = Model::load(&path, &options).unwrap();
            let (mut worst, mut largest) = (0.0_f64, 0.0_f64);
            model
                .score(&tokens, |position, logits| {
                    for (got, expected) in logits.iter().zip(&expected[position]) {
                        worst = worst.max((f64::from(*got) - expected).abs());
                        largest = largest.max(expected.abs());
                    }
                })
                .unwrap();
            // Weights are plain floats here; what is lost is the cache's half precision, 2^-11 of each value.
            assert!(worst < 2e-3 * largest, "{architecture} {tier:?}: {worst} off of {largest}");
        }
    }
}

#[test]
fn a_type_without_a_kernel_of_ours_runs_through_candle() {
    // A feed-forward block of 256 inner values whose last matrix is Q3_K or Q2_K with small scales.
    for (kind, block, scale_at) in [(11, 110, 108), (10, 84, 80)] {
        let mut gguf = tiny_llama(3);
        let mut random = Random(4);
        gguf.set("llama.feed_forward_length", Value::U32(256));
        for tensor in &mut gguf.tensors {
            if tensor.name.contains("ffn_gate") || tensor.name.contains("ffn_up") {
                tensor.shape = vec![64, 256];
                tensor.bytes = (0..64 * 256).flat_map(|_| (0.3 * random.float()).to_le_bytes()).collect();
            }
            if tensor.name.contains("ffn_down") {
                tensor.kind = kind;
                tensor.shape = vec![256, 64];
                tensor.bytes = (0..64 * block).map(|_| random.bits() as u8).collect();
                for block in tensor.bytes.chunks_exact_mut(block) {
                    block[scale_at..scale_at + 2].copy_from_slice(&half::f16::from_f32(1e-3).to_le_bytes());
                    if kind == 10 {
                        block[82..84].copy_from_slice(&half::f16::from_f32(1e-3).to_le_bytes());
                    }
                }
            }
        }
        let (_guard, path) = gguf.write();
        let mut model = Model::load(&path, &LoadOptions { threads: Some(1), ..LoadOptions::default() }).unwrap();
        let tokens: Vec<u32> = (0..20).collect();
        let mut whole = Vec::new();
        model.score(&tokens, |_, logits| whole.push(logits.to_vec())).unwrap();
        // One token at a time takes another path through both libraries.
        for end in 1..tokens.len() {
            let single = model.read(&tokens[..end]).unwrap();
            for (a, b) in single.iter().zip(&whole[end - 1]) {
                assert!(a.is_finite() && (a - b).abs() < 1e-2 * b.abs().max(1.0), "{a} for {b}");
            }
        }
    }
}
