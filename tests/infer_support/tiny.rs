//! A small random model of each architecture, and what a plain forward pass must know of it. Shapes differ from one to
//! the next so that no two sizes of one model are equal by chance.

use super::{Gguf, Random, Tensor, Value, tiny_llama};

/// Width of the residual stream.
pub const WIDTH: usize = 64;
/// Entries of the vocabulary, that of [`tiny_llama`].
pub const VOCABULARY: usize = 259;

/// How experts are weighed.
#[derive(Clone, Copy, PartialEq)]
pub enum Routing {
    Renormalised,
    Plain,
    OfChosen,
}

/// What the file does not say by the tensors it has.
#[derive(Clone)]
pub struct Facts {
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head: usize,
    pub inner: usize,
    /// Turned components of a head are halves apart, not neighbours.
    pub halves: bool,
    pub turned: usize,
    /// Angle of a pair at position 1 in a layer; 0 where nothing turns.
    pub speed: fn(layer: usize, pair: usize) -> f64,
    pub magnitude: f64,
    /// Positions a layer sees.
    pub window: fn(layer: usize) -> usize,
    pub activation: fn(gate: f64, up: f64) -> f64,
    pub embedding_scale: f64,
    pub residual_scale: f64,
    pub attention_scale: f64,
    pub logit_scale: f64,
    pub attention_cap: f64,
    pub logit_cap: f64,
    /// `post_attention_norm` comes before the feed-forward block, not after attention.
    pub norm_follows_sum: bool,
    /// Queries and keys are normalised over all heads together.
    pub all_heads: bool,
    pub experts: usize,
    pub used: usize,
    pub routing: Routing,
}

/// A model and its facts.
pub struct Tiny {
    pub name: &'static str,
    pub gguf: Gguf,
    pub facts: Facts,
}

fn silu(gate: f64, up: f64) -> f64 {
    gate / (1.0 + (-gate).exp()) * up
}

fn gelu(gate: f64, up: f64) -> f64 {
    let inner = (2.0 / std::f64::consts::PI).sqrt() * (gate + 0.044_715 * gate * gate * gate);
    0.5 * gate * (1.0 + inner.tanh()) * up
}

fn clamped(gate: f64, up: f64) -> f64 {
    let (x, y) = (gate.min(7.0), up.clamp(-7.0, 7.0));
    x / (1.0 + (-1.702 * x).exp()) * (y + 1.0)
}

/// base^(-2 pair / dim).
fn speed(base: f64, pair: usize, dim: usize) -> f64 {
    base.powf(-2.0 * pair as f64 / dim as f64)
}

fn everything(_: usize) -> usize {
    usize::MAX
}

fn plain() -> Facts {
    Facts {
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head: 16,
        inner: 96,
        halves: false,
        turned: 16,
        speed: |_, pair| speed(10_000.0, pair, 16),
        magnitude: 1.0,
        window: everything,
        activation: silu,
        embedding_scale: 1.0,
        residual_scale: 1.0,
        attention_scale: 0.25,
        logit_scale: 1.0,
        attention_cap: 0.0,
        logit_cap: 0.0,
        norm_follows_sum: false,
        all_heads: false,
        experts: 0,
        used: 0,
        routing: Routing::Renormalised,
    }
}

/// Builds files.
struct Builder {
    gguf: Gguf,
    architecture: &'static str,
    random: Random,
}

impl Builder {
    /// Metadata of the small Llama under another name, without its tensors.
    fn new(architecture: &'static str, facts: &Facts) -> Self {
        let mut gguf = tiny_llama(3);
        gguf.tensors.clear();
        let metadata = gguf.metadata.clone();
        let rename = |key: String| key.replace("llama.", &format!("{architecture}."));
        gguf.metadata = metadata.into_iter().map(|(key, value)| (rename(key), value)).collect();
        gguf.set("general.architecture", Value::Text(architecture.to_owned()));
        let mut builder = Self { gguf, architecture, random: Random(8) };
        for (key, count) in [
            ("block_count", facts.layers),
            ("attention.head_count", facts.heads),
            ("attention.head_count_kv", facts.kv_heads),
            ("attention.key_length", facts.head),
            ("attention.value_length", facts.head),
            ("rope.dimension_count", facts.turned),
            ("feed_forward_length", facts.inner),
        ] {
            builder.set(key, Value::U32(count as u32));
        }
        if facts.experts > 0 {
            builder.set("expert_count", Value::U32(facts.experts as u32));
            builder.set("expert_used_count", Value::U32(facts.used as u32));
        }
        builder
    }

    fn set(&mut self, key: &str, value: Value) {
        self.gguf.set(&format!("{}.{key}", self.architecture), value);
    }

    fn add(&mut self, name: &str, shape: &[usize], around: f32, spread: f32) {
        let count = shape.iter().product();
        let bytes = (0..count).flat_map(|_| (around + spread * self.random.float()).to_le_bytes()).collect();
        let shape = shape.iter().map(|&size| size as u64).collect();
        self.gguf.tensors.push(Tensor { name: name.to_owned(), shape, kind: 0, bytes, offset: None });
    }

    /// All layers' tensors by their parts: norms are vectors around 1, biases around 0, matrices between.
    fn layers(&mut self, facts: &Facts, parts: &[(&str, &[usize])]) {
        self.add("token_embd.weight", &[WIDTH, VOCABULARY], 0.0, 1.0);
        self.add("output_norm.weight", &[WIDTH], 1.0, 0.1);
        for layer in 0..facts.layers {
            for (part, shape) in parts {
                let around = if part.contains("norm") { 1.0 } else { 0.0 };
                self.add(&format!("blk.{layer}.{part}"), shape, around, 0.3);
            }
        }
    }

    fn done(self, name: &'static str, facts: Facts) -> Tiny {
        Tiny { name, gguf: self.gguf, facts }
    }
}

const NORMS: [(&str, &[usize]); 2] = [("attn_norm.weight", &[WIDTH]), ("ffn_norm.weight", &[WIDTH])];
const ATTENTION: [(&str, &[usize]); 4] = [
    ("attn_q.weight", &[WIDTH, 64]),
    ("attn_k.weight", &[WIDTH, 32]),
    ("attn_v.weight", &[WIDTH, 32]),
    ("attn_output.weight", &[64, WIDTH]),
];
const BLOCK: [(&str, &[usize]); 3] =
    [("ffn_gate.weight", &[WIDTH, 96]), ("ffn_up.weight", &[WIDTH, 96]), ("ffn_down.weight", &[96, WIDTH])];
const EXPERTS: [(&str, &[usize]); 4] = [
    ("ffn_gate_inp.weight", &[WIDTH, 6]),
    ("ffn_gate_exps.weight", &[WIDTH, 48, 6]),
    ("ffn_up_exps.weight", &[WIDTH, 48, 6]),
    ("ffn_down_exps.weight", &[48, WIDTH, 6]),
];

/// The plain block of an architecture with further parts.
fn block(architecture: &'static str, facts: &Facts, more: &[(&str, &[usize])]) -> Builder {
    let mut builder = Builder::new(architecture, facts);
    builder.layers(facts, &[&NORMS[..], &ATTENTION, &BLOCK, more].concat());
    builder
}

/// The same with experts for a feed-forward block.
fn mixture(architecture: &'static str, facts: &Facts, more: &[(&str, &[usize])]) -> Builder {
    let mut builder = Builder::new(architecture, facts);
    builder.layers(facts, &[&NORMS[..], &ATTENTION, &EXPERTS, more].concat());
    builder
}

/// One of each kind.
pub fn all() -> Vec<Tiny> {
    let mut all = vec![llama(), llama_3(), mistral(), smollm3(), qwen2(), qwen3(), gemma(), gemma2(), gemma3()];
    all.extend([phi3(8), phi3(40), granite(), olmo2(), olmo3(), yarn(), mixtral(), qwen3moe(), olmoe()]);
    all.extend([granitemoe(), gpt_oss(), llama_3_with_a_window()]);
    all
}

fn llama() -> Tiny {
    block("llama", &plain(), &[]).done("llama", plain())
}

/// With the divisors of Llama 3.1, biases throughout, and an output matrix of its own.
fn llama_3() -> Tiny {
    let facts = Facts {
        speed: |_, pair| speed(500_000.0, pair, 16) / [1.0, 1.0, 2.0, 3.0, 8.0, 8.0, 8.0, 8.0][pair],
        ..plain()
    };
    let biases: [(&str, &[usize]); 4] =
        [("attn_output.bias", &[WIDTH]), ("ffn_gate.bias", &[96]), ("ffn_up.bias", &[96]), ("ffn_down.bias", &[WIDTH])];
    let builder = with_divisors(block("llama", &facts, &biases));
    builder.done("llama 3.1", facts)
}

/// The same divisors where all layers have a window.
fn llama_3_with_a_window() -> Tiny {
    let facts = Facts {
        speed: |_, pair| speed(500_000.0, pair, 16) / [1.0, 1.0, 2.0, 3.0, 8.0, 8.0, 8.0, 8.0][pair],
        window: |_| 9,
        ..plain()
    };
    let mut builder = with_divisors(block("llama", &facts, &[]));
    builder.set("attention.sliding_window", Value::U32(9));
    builder.done("llama 3.1 with a window", facts)
}

fn with_divisors(mut builder: Builder) -> Builder {
    builder.set("rope.freq_base", Value::F32(500_000.0));
    builder.add("output.weight", &[WIDTH, VOCABULARY], 0.0, 0.5);
    builder.add("rope_freqs.weight", &[8], 1.0, 0.0);
    let divisors = [1.0_f32, 1.0, 2.0, 3.0, 8.0, 8.0, 8.0, 8.0];
    builder.gguf.tensor("rope_freqs.weight").bytes = divisors.iter().flat_map(|d| d.to_le_bytes()).collect();
    builder
}

fn mistral() -> Tiny {
    let facts = Facts { window: |_| 7, ..plain() };
    let mut builder = block("llama", &facts, &[]);
    builder.set("attention.sliding_window", Value::U32(7));
    builder.done("mistral", facts)
}

fn smollm3() -> Tiny {
    let turns = |layer: usize, pair| if (layer + 1).is_multiple_of(4) { 0.0 } else { speed(10_000.0, pair, 16) };
    let facts = Facts { layers: 5, speed: turns, ..plain() };
    block("smollm3", &facts, &[]).done("smollm3", facts)
}

fn qwen2() -> Tiny {
    let facts = Facts { halves: true, ..plain() };
    let biases: [(&str, &[usize]); 3] = [("attn_q.bias", &[64]), ("attn_k.bias", &[32]), ("attn_v.bias", &[32])];
    block("qwen2", &facts, &biases).done("qwen2", facts)
}

fn qwen3() -> Tiny {
    let facts = Facts { halves: true, ..plain() };
    let norms: [(&str, &[usize]); 2] = [("attn_q_norm.weight", &[16]), ("attn_k_norm.weight", &[16])];
    block("qwen3", &facts, &norms).done("qwen3", facts)
}

/// Heads twice as wide as the stream allows, as Gemma 2B's.
fn wide_heads(facts: Facts) -> Facts {
    Facts { halves: true, head: 32, turned: 32, activation: gelu, embedding_scale: 8.0, ..facts }
}

const WIDE_ATTENTION: [(&str, &[usize]); 4] = [
    ("attn_q.weight", &[WIDTH, 128]),
    ("attn_k.weight", &[WIDTH, 64]),
    ("attn_v.weight", &[WIDTH, 64]),
    ("attn_output.weight", &[128, WIDTH]),
];
const POST_NORMS: [(&str, &[usize]); 2] =
    [("post_attention_norm.weight", &[WIDTH]), ("post_ffw_norm.weight", &[WIDTH])];

/// 1 / sqrt(32).
const SCALE_OF_32: f64 = 0.176_776_695_296_636_9;

fn gemma() -> Tiny {
    let facts =
        wide_heads(Facts { attention_scale: SCALE_OF_32, speed: |_, pair| speed(10_000.0, pair, 32), ..plain() });
    let mut builder = Builder::new("gemma", &facts);
    builder.layers(&facts, &[&NORMS[..], &WIDE_ATTENTION, &BLOCK].concat());
    builder.done("gemma", facts)
}

fn gemma2() -> Tiny {
    let facts = wide_heads(Facts {
        layers: 3,
        attention_scale: SCALE_OF_32,
        attention_cap: 20.0,
        logit_cap: 30.0,
        speed: |_, pair| speed(10_000.0, pair, 32),
        window: |layer| if layer % 2 == 0 { 9 } else { usize::MAX },
        ..plain()
    });
    let mut builder = Builder::new("gemma2", &facts);
    builder.layers(&facts, &[&NORMS[..], &WIDE_ATTENTION, &BLOCK, &POST_NORMS].concat());
    builder.set("attention.sliding_window", Value::U32(9));
    builder.set("attn_logit_softcapping", Value::F32(20.0));
    builder.set("final_logit_softcapping", Value::F32(30.0));
    builder.done("gemma2", facts)
}

/// The sixth layer sees everything, turns from another base and is stretched eight times.
fn gemma3() -> Tiny {
    let turns = |layer: usize, pair| match layer % 6 {
        5 => speed(1_000_000.0, pair, 32) / 8.0,
        _ => speed(10_000.0, pair, 32),
    };
    let facts = wide_heads(Facts {
        layers: 7,
        attention_scale: SCALE_OF_32,
        speed: turns,
        window: |layer| if layer % 6 == 5 { usize::MAX } else { 5 },
        ..plain()
    });
    let norms: [(&str, &[usize]); 2] = [("attn_q_norm.weight", &[32]), ("attn_k_norm.weight", &[32])];
    let mut builder = Builder::new("gemma3", &facts);
    builder.layers(&facts, &[&NORMS[..], &WIDE_ATTENTION, &BLOCK, &POST_NORMS, &norms].concat());
    builder.set("attention.sliding_window", Value::U32(5));
    builder.set("rope.freq_base", Value::F32(1_000_000.0));
    builder.set("rope.scaling.type", Value::Text("linear".to_owned()));
    builder.set("rope.scaling.factor", Value::F32(8.0));
    builder.done("gemma3", facts)
}

const LONG: [f32; 6] = [1.5, 2.0, 3.0, 5.0, 9.0, 20.0];
const SHORT: [f32; 6] = [1.0, 1.0, 1.25, 1.5, 2.0, 2.5];

/// One matrix for queries, keys and values, one for gate and up, 12 of 16 components turned; the contexts of the tests
/// are longer than the original one of 8 and shorter than that of 4,096.
fn phi3(original_context: u32) -> Tiny {
    let long = |_: usize, pair: usize| speed(10_000.0, pair, 12) / f64::from(LONG[pair]);
    let short = |_: usize, pair: usize| speed(10_000.0, pair, 12) / f64::from(SHORT[pair]);
    let (name, original, speed): (_, _, fn(usize, usize) -> f64) =
        if original_context < 40 { ("phi3 long", 8, long) } else { ("phi3 short", 4096, short) };
    let facts = Facts { halves: true, turned: 12, speed, magnitude: f64::from(1.19_f32), ..plain() };
    let parts: [(&str, &[usize]); 4] = [
        ("attn_qkv.weight", &[WIDTH, 128]),
        ("attn_output.weight", &[64, WIDTH]),
        ("ffn_up.weight", &[WIDTH, 192]),
        ("ffn_down.weight", &[96, WIDTH]),
    ];
    let mut builder = Builder::new("phi3", &facts);
    builder.layers(&facts, &[&NORMS[..], &parts].concat());
    builder.set("rope.scaling.original_context_length", Value::U32(original));
    builder.set("rope.scaling.type", Value::Text("longrope".to_owned()));
    builder.set("rope.scaling.attn_factor", Value::F32(1.19));
    for (name, divisors) in [("rope_factors_long.weight", LONG), ("rope_factors_short.weight", SHORT)] {
        builder.add(name, &[6], 1.0, 0.0);
        builder.gguf.tensor(name).bytes = divisors.iter().flat_map(|d| d.to_le_bytes()).collect();
    }
    builder.done(name, facts)
}

fn multipliers(builder: &mut Builder) {
    for (key, value) in
        [("embedding_scale", 12.0), ("residual_scale", 0.22), ("attention.scale", 0.015_625), ("logit_scale", 8.0)]
    {
        builder.set(key, Value::F32(value));
    }
}

fn granite_facts() -> Facts {
    Facts {
        embedding_scale: 12.0,
        residual_scale: f64::from(0.22_f32),
        attention_scale: 0.015_625,
        logit_scale: 0.125,
        ..plain()
    }
}

fn granite() -> Tiny {
    let facts = granite_facts();
    let mut builder = block("granite", &facts, &[]);
    multipliers(&mut builder);
    builder.done("granite", facts)
}

/// With an expert every token takes.
fn granitemoe() -> Tiny {
    let facts = Facts { inner: 48, experts: 6, used: 2, ..granite_facts() };
    let shared: [(&str, &[usize]); 3] = [
        ("ffn_gate_shexp.weight", &[WIDTH, 80]),
        ("ffn_up_shexp.weight", &[WIDTH, 80]),
        ("ffn_down_shexp.weight", &[80, WIDTH]),
    ];
    let mut builder = mixture("granitemoe", &facts, &shared);
    multipliers(&mut builder);
    builder.set("expert_shared_feed_forward_length", Value::U32(80));
    builder.done("granitemoe", facts)
}

fn olmo(name: &'static str, facts: Facts, change: impl Fn(&mut Builder)) -> Tiny {
    let norms: [(&str, &[usize]); 2] = [("attn_q_norm.weight", &[64]), ("attn_k_norm.weight", &[32])];
    let mut builder = Builder::new("olmo2", &facts);
    builder.layers(&facts, &[&ATTENTION[..], &BLOCK, &POST_NORMS, &norms].concat());
    builder.add("output.weight", &[WIDTH, VOCABULARY], 0.0, 0.5);
    change(&mut builder);
    builder.done(name, facts)
}

fn olmo2() -> Tiny {
    olmo("olmo2", Facts { halves: true, all_heads: true, ..plain() }, |_| {})
}

/// YaRN by hand: pairs 0 and 1 of 8 turn as before, from 5 on four times slower, and between in proportion. Original
/// context 1024: 16 ln(1024 / (32 x 2 pi)) / (2 ln 10000) = 1.41, 16 ln(1024 / (2 pi)) / (2 ln 10000) = 4.42.
fn stretched(pair: usize) -> f64 {
    let slow = [0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0][pair];
    speed(10_000.0, pair, 16) * (1.0 - slow + slow / 4.0)
}

fn set_yarn(builder: &mut Builder) {
    builder.set("rope.scaling.type", Value::Text("yarn".to_owned()));
    builder.set("rope.scaling.factor", Value::F32(4.0));
    builder.set("rope.scaling.original_context_length", Value::U32(1024));
}

/// 0.1 ln 4 + 1.
const SHARPER: f64 = 1.138_629_436_111_989;

/// Three layers of four have a window and turn as if nothing were stretched; the magnitude is that of the fourth, so
/// queries and keys of the others are told apart by speed alone.
fn olmo3() -> Tiny {
    let turns = |layer: usize, pair| if layer % 4 == 3 { stretched(pair) } else { speed(10_000.0, pair, 16) };
    let window = |layer: usize| if layer % 4 == 3 { usize::MAX } else { 6 };
    let facts = Facts { layers: 4, halves: true, all_heads: true, speed: turns, window, magnitude: 1.0, ..plain() };
    olmo("olmo3", facts, |builder| {
        set_yarn(builder);
        builder.set("attention.sliding_window", Value::U32(6));
        // What YaRN multiplies by, divided out again.
        builder.set("rope.scaling.attn_factor", Value::F32((1.0 / SHARPER) as f32));
    })
}

fn yarn() -> Tiny {
    let facts = Facts { halves: true, speed: |_, pair| stretched(pair), magnitude: SHARPER, ..plain() };
    let mut builder = block("qwen2", &facts, &[]);
    set_yarn(&mut builder);
    builder.done("qwen2 with yarn", facts)
}

fn mixtral() -> Tiny {
    let facts = Facts { inner: 48, experts: 6, used: 2, ..plain() };
    mixture("llama", &facts, &[]).done("mixtral", facts)
}

fn qwen3moe() -> Tiny {
    let facts = Facts { inner: 48, experts: 6, used: 3, halves: true, ..plain() };
    let norms: [(&str, &[usize]); 2] = [("attn_q_norm.weight", &[16]), ("attn_k_norm.weight", &[16])];
    let mut builder = mixture("qwen3moe", &facts, &norms);
    builder.set("feed_forward_length", Value::U32(96));
    builder.set("expert_feed_forward_length", Value::U32(48));
    builder.done("qwen3moe", facts)
}

fn olmoe() -> Tiny {
    let facts = Facts {
        kv_heads: 4,
        inner: 48,
        experts: 6,
        used: 2,
        halves: true,
        all_heads: true,
        routing: Routing::Plain,
        ..plain()
    };
    let parts: [(&str, &[usize]); 6] = [
        ("attn_q.weight", &[WIDTH, 64]),
        ("attn_k.weight", &[WIDTH, 64]),
        ("attn_v.weight", &[WIDTH, 64]),
        ("attn_output.weight", &[64, WIDTH]),
        ("attn_q_norm.weight", &[64]),
        ("attn_k_norm.weight", &[64]),
    ];
    let mut builder = Builder::new("olmoe", &facts);
    builder.layers(&facts, &[&NORMS[..], &EXPERTS, &parts].concat());
    builder.add("output.weight", &[WIDTH, VOCABULARY], 0.0, 0.5);
    builder.done("olmoe", facts)
}

fn gpt_oss() -> Tiny {
    let facts = Facts {
        layers: 3,
        inner: 48,
        experts: 6,
        used: 4,
        halves: true,
        activation: clamped,
        routing: Routing::OfChosen,
        norm_follows_sum: true,
        speed: |_, pair| stretched(pair),
        magnitude: SHARPER,
        window: |layer| if layer % 2 == 0 { 8 } else { usize::MAX },
        ..plain()
    };
    let parts: [(&str, &[usize]); 11] = [
        ("attn_norm.weight", &[WIDTH]),
        ("post_attention_norm.weight", &[WIDTH]),
        ("attn_sinks.weight", &[4]),
        ("attn_q.bias", &[64]),
        ("attn_k.bias", &[32]),
        ("attn_v.bias", &[32]),
        ("attn_output.bias", &[WIDTH]),
        ("ffn_gate_inp.bias", &[6]),
        ("ffn_gate_exps.bias", &[48, 6]),
        ("ffn_up_exps.bias", &[48, 6]),
        ("ffn_down_exps.bias", &[WIDTH, 6]),
    ];
    let mut builder = Builder::new("gpt-oss", &facts);
    // With this seed no token's fourth and fifth expert are so close that the cache's rounding swaps them.
    builder.random = Random(9);
    builder.layers(&facts, &[&ATTENTION[..], &EXPERTS, &parts].concat());
    builder.add("output.weight", &[WIDTH, VOCABULARY], 0.0, 0.5);
    set_yarn(&mut builder);
    builder.set("attention.sliding_window", Value::U32(8));
    builder.set("expert_feed_forward_length", Value::U32(48));
    builder.done("gpt-oss", facts)
}
