//! A forward pass in plain double-precision arithmetic, slow and obvious, that shares no line with the engine.

use super::Gguf;
use super::tiny::{Facts, Routing, Tiny, WIDTH};

/// The tensors of a file as numbers.
pub struct Oracle<'a> {
    gguf: &'a Gguf,
    facts: &'a Facts,
}

impl<'a> Oracle<'a> {
    pub fn new(tiny: &'a Tiny) -> Self {
        Self { gguf: &tiny.gguf, facts: &tiny.facts }
    }

    fn get(&self, name: &str) -> Option<Vec<f64>> {
        let tensor = self.gguf.tensors.iter().find(|tensor| tensor.name == name)?;
        let floats = tensor.bytes.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap())));
        Some(floats.collect())
    }

    /// `x` through rows `from..from + rows` of a matrix, or all where `rows` is 0, with the bias of these rows.
    fn part(&self, name: &str, x: &[f64], from: usize, rows: usize) -> Vec<f64> {
        let weights = self.get(&format!("{name}.weight")).unwrap_or_else(|| panic!("{name}"));
        let bias = self.get(&format!("{name}.bias"));
        let rows = if rows == 0 { weights.len() / x.len() } else { rows };
        let weights = weights.chunks_exact(x.len()).enumerate().skip(from).take(rows);
        weights
            .map(|(row, w)| {
                w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + bias.as_ref().map_or(0.0, |bias| bias[row])
            })
            .collect()
    }

    fn times(&self, name: &str, x: &[f64]) -> Vec<f64> {
        self.part(name, x, 0, 0)
    }

    /// Normalised where the file has weights of that name, as it is where not.
    fn norm(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let Some(weights) = self.get(&format!("{name}.weight")) else { return x.to_vec() };
        let mean = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        x.iter().zip(weights).map(|(x, w)| x / (mean + 1e-5).sqrt() * w).collect()
    }

    /// Logits after each token.
    pub fn logits(&self, tokens: &[u32]) -> Vec<Vec<f64>> {
        let facts = self.facts;
        let embedding = self.get("token_embd.weight").unwrap();
        let embed = |&token: &u32| -> Vec<f64> {
            let row = &embedding[token as usize * WIDTH..][..WIDTH];
            row.iter().map(|x| x * facts.embedding_scale).collect()
        };
        let mut stream: Vec<Vec<f64>> = tokens.iter().map(embed).collect();
        for layer in 0..facts.layers {
            let attended = self.attention(layer, &stream);
            for (x, out) in stream.iter_mut().zip(attended) {
                let name = |part: &str| format!("blk.{layer}.{part}");
                let out = if facts.norm_follows_sum { out } else { self.norm(&name("post_attention_norm"), &out) };
                x.iter_mut().zip(out).for_each(|(x, out)| *x += out * facts.residual_scale);
                let normed = match facts.norm_follows_sum {
                    true => self.norm(&name("post_attention_norm"), x),
                    false => self.norm(&name("ffn_norm"), x),
                };
                let out = if facts.experts > 0 { self.mixture(layer, &normed) } else { self.block(layer, "", &normed) };
                let out = self.norm(&name("post_ffw_norm"), &out);
                x.iter_mut().zip(out).for_each(|(x, out)| *x += out * facts.residual_scale);
            }
        }
        let head = if self.get("output.weight").is_some() { "output" } else { "token_embd" };
        let cap = |x: f64| if facts.logit_cap == 0.0 { x } else { facts.logit_cap * (x / facts.logit_cap).tanh() };
        let logits = |x: &Vec<f64>| self.times(head, &self.norm("output_norm", x));
        stream.iter().map(|x| logits(x).iter().map(|x| cap(x * facts.logit_scale)).collect()).collect()
    }

    /// What attention makes of the stream, through the output matrix.
    fn attention(&self, layer: usize, stream: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let (facts, name) = (self.facts, |part: &str| format!("blk.{layer}.{part}"));
        let (wide, narrow) = (facts.heads * facts.head, facts.kv_heads * facts.head);
        let fused = self.get(&name("attn_qkv.weight")).is_some();
        let project = |part: &str, from: usize, rows: usize| -> Vec<Vec<f64>> {
            let normed = stream.iter().map(|x| self.norm(&name("attn_norm"), x));
            normed
                .map(|x| match fused {
                    true => self.part(&name("attn_qkv"), &x, from, rows),
                    false => self.times(&name(part), &x),
                })
                .collect()
        };
        let prepare = |rows: Vec<Vec<f64>>, norm: &str| -> Vec<Vec<Vec<f64>>> {
            let prepared = rows.into_iter().enumerate().map(|(position, row)| {
                let row = if facts.all_heads { self.norm(&name(norm), &row) } else { row };
                let heads = row.chunks_exact(facts.head).map(|head| {
                    let head = if facts.all_heads { head.to_vec() } else { self.norm(&name(norm), head) };
                    self.turn(&head, layer, position)
                });
                heads.collect()
            });
            prepared.collect()
        };
        let queries = prepare(project("attn_q", 0, wide), "attn_q_norm");
        let keys = prepare(project("attn_k", wide, narrow), "attn_k_norm");
        let values = project("attn_v", wide + narrow, narrow);
        let sinks = self.get(&name("attn_sinks.weight"));
        let attend = |position: usize| {
            let mut attended = Vec::new();
            for head in 0..facts.heads {
                let kv = head / (facts.heads / facts.kv_heads);
                let seen = (position + 1).saturating_sub((facts.window)(layer))..position + 1;
                let score = |at: usize| {
                    let dot: f64 = queries[position][head].iter().zip(&keys[at][kv]).map(|(q, k)| q * k).sum();
                    let score = dot * facts.attention_scale;
                    let cap = facts.attention_cap;
                    if cap == 0.0 { score } else { cap * (score / cap).tanh() }
                };
                let scores: Vec<f64> = seen.clone().map(score).collect();
                let sink = sinks.as_ref().map(|sinks| sinks[head]);
                let highest = scores.iter().copied().chain(sink).fold(f64::NEG_INFINITY, f64::max);
                let total: f64 = scores.iter().copied().chain(sink).map(|score| (score - highest).exp()).sum();
                attended.extend((0..facts.head).map(|d| {
                    let weighted = seen.clone().zip(&scores);
                    weighted
                        .map(|(at, score)| (score - highest).exp() / total * values[at][kv * facts.head + d])
                        .sum::<f64>()
                }));
            }
            self.times(&name("attn_output"), &attended)
        };
        (0..stream.len()).map(attend).collect()
    }

    fn turn(&self, head: &[f64], layer: usize, position: usize) -> Vec<f64> {
        let facts = self.facts;
        let mut out = head.to_vec();
        for pair in 0..facts.turned / 2 {
            let speed = (facts.speed)(layer, pair);
            if speed == 0.0 {
                continue;
            }
            let (a, b) = if facts.halves { (pair, pair + facts.turned / 2) } else { (2 * pair, 2 * pair + 1) };
            let (sine, cosine) = (position as f64 * speed).sin_cos();
            out[a] = (head[a] * cosine - head[b] * sine) * facts.magnitude;
            out[b] = (head[a] * sine + head[b] * cosine) * facts.magnitude;
        }
        out
    }

    /// Gate, up and down; gate and up in one matrix where the file has them so.
    fn block(&self, layer: usize, suffix: &str, x: &[f64]) -> Vec<f64> {
        let name = |part: &str| format!("blk.{layer}.{part}{suffix}");
        let (gate, up) = match self.get(&format!("{}.weight", name("ffn_gate"))) {
            Some(_) => (self.times(&name("ffn_gate"), x), self.times(&name("ffn_up"), x)),
            None => {
                let both = self.times(&name("ffn_up"), x);
                let (gate, up) = both.split_at(both.len() / 2);
                (gate.to_vec(), up.to_vec())
            }
        };
        let inner: Vec<f64> = gate.iter().zip(up).map(|(&gate, up)| (self.facts.activation)(gate, up)).collect();
        self.times(&name("ffn_down"), &inner)
    }

    fn mixture(&self, layer: usize, x: &[f64]) -> Vec<f64> {
        let (facts, name) = (self.facts, |part: &str| format!("blk.{layer}.{part}"));
        let scores = self.times(&name("ffn_gate_inp"), x);
        let mut order: Vec<usize> = (0..facts.experts).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let chosen = &order[..facts.used];
        let all: f64 = scores.iter().map(|score| score.exp()).sum();
        let taken: f64 = chosen.iter().map(|&expert| scores[expert].exp()).sum();
        let total = if facts.routing == Routing::Plain { all } else { taken };
        let mut out = match self.get(&name("ffn_up_shexp.weight")) {
            Some(_) => self.block(layer, "_shexp", x),
            None => vec![0.0; WIDTH],
        };
        for &expert in chosen {
            let part = |part: &str, x: &[f64], rows: usize| self.part(&name(part), x, expert * rows, rows);
            let (gate, up) = (part("ffn_gate_exps", x, facts.inner), part("ffn_up_exps", x, facts.inner));
            let inner: Vec<f64> = gate.iter().zip(up).map(|(&gate, up)| (facts.activation)(gate, up)).collect();
            let down = part("ffn_down_exps", &inner, WIDTH);
            out.iter_mut().zip(down).for_each(|(out, down)| *out += scores[expert].exp() / total * down);
        }
        out
    }
}
