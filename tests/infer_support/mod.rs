//! Writing small GGUF files, honest or not, and random numbers that are the same on every machine.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod oracle;
pub mod tiny;
pub mod worker;

use std::path::PathBuf;

/// A metadata value.
#[derive(Clone)]
pub enum Value {
    U32(u32),
    F32(f32),
    Text(String),
    Texts(Vec<String>),
    I32s(Vec<i32>),
    /// Type number and bytes as they are.
    Raw(u32, Vec<u8>),
}

/// A tensor of one type with its bytes.
#[derive(Clone)]
pub struct Tensor {
    pub name: String,
    /// Row length first, as GGUF has it.
    pub shape: Vec<u64>,
    pub kind: u32,
    pub bytes: Vec<u8>,
    /// In place of the offset the writer computes.
    pub offset: Option<u64>,
}

/// A file to be.
#[derive(Clone, Default)]
pub struct Gguf {
    pub metadata: Vec<(String, Value)>,
    pub tensors: Vec<Tensor>,
    /// In place of the true counts.
    pub tensor_count: Option<u64>,
    pub key_count: Option<u64>,
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

impl Gguf {
    pub fn set(&mut self, key: &str, value: Value) {
        self.metadata.retain(|(known, _)| known != key);
        self.metadata.push((key.to_owned(), value));
    }

    pub fn remove(&mut self, key: &str) {
        self.metadata.retain(|(known, _)| known != key);
    }

    pub fn tensor(&mut self, name: &str) -> &mut Tensor {
        self.tensors.iter_mut().find(|tensor| tensor.name == name).unwrap()
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF\x03\0\0\0".to_vec();
        out.extend(self.tensor_count.unwrap_or(self.tensors.len() as u64).to_le_bytes());
        out.extend(self.key_count.unwrap_or(self.metadata.len() as u64).to_le_bytes());
        for (key, value) in &self.metadata {
            text(&mut out, key);
            match value {
                Value::U32(number) => {
                    out.extend(4_u32.to_le_bytes());
                    out.extend(number.to_le_bytes());
                }
                Value::F32(number) => {
                    out.extend(6_u32.to_le_bytes());
                    out.extend(number.to_le_bytes());
                }
                Value::Text(value) => {
                    out.extend(8_u32.to_le_bytes());
                    text(&mut out, value);
                }
                Value::Texts(texts) => {
                    out.extend(9_u32.to_le_bytes());
                    out.extend(8_u32.to_le_bytes());
                    out.extend((texts.len() as u64).to_le_bytes());
                    texts.iter().for_each(|value| text(&mut out, value));
                }
                Value::I32s(numbers) => {
                    out.extend(9_u32.to_le_bytes());
                    out.extend(5_u32.to_le_bytes());
                    out.extend((numbers.len() as u64).to_le_bytes());
                    numbers.iter().for_each(|number| out.extend(number.to_le_bytes()));
                }
                Value::Raw(kind, bytes) => {
                    out.extend(kind.to_le_bytes());
                    out.extend(bytes);
                }
            }
        }
        let mut offset = 0;
        for tensor in &self.tensors {
            text(&mut out, &tensor.name);
            out.extend((tensor.shape.len() as u32).to_le_bytes());
            tensor.shape.iter().for_each(|size| out.extend(size.to_le_bytes()));
            out.extend(tensor.kind.to_le_bytes());
            out.extend(tensor.offset.unwrap_or(offset).to_le_bytes());
            offset += (tensor.bytes.len() as u64).next_multiple_of(32);
        }
        out.resize(out.len().next_multiple_of(32), 0);
        for tensor in &self.tensors {
            out.extend(&tensor.bytes);
            out.resize(out.len().next_multiple_of(32), 0);
        }
        out
    }

    /// Writes it into a folder of its own, removed with the guard.
    pub fn write(&self) -> (tempfile::TempDir, PathBuf) {
        write(&self.to_bytes())
    }
}

/// Writes bytes as `model.gguf` into a folder of its own.
pub fn write(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
    pub fn below(&mut self, limit: usize) -> usize {
        (self.bits() % limit as u64) as usize
    }
    /// In [-1, 1).
    pub fn float(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// The letters byte-level vocabularies write the 256 bytes with, in the order of the bytes.
pub fn letters() -> Vec<String> {
    let mut next = 0x100_u32;
    (0..=255_u8)
        .map(|byte| {
            let code = match byte {
                0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => u32::from(byte),
                _ => {
                    next += 1;
                    next - 1
                }
            };
            char::from_u32(code).unwrap().to_string()
        })
        .collect()
}

/// A small Llama with random F32 weights: 2 layers, width 64, 4 heads over 2 key heads of 16, 256 bytes and 2 control
/// tokens for a vocabulary.
pub fn tiny_llama(seed: u64) -> Gguf {
    let mut gguf = Gguf::default();
    let u32s = [
        ("block_count", 2),
        ("context_length", 64),
        ("embedding_length", 64),
        ("feed_forward_length", 96),
        ("attention.head_count", 4),
        ("attention.head_count_kv", 2),
    ];
    gguf.set("general.architecture", Value::Text("llama".to_owned()));
    for (key, value) in u32s {
        gguf.set(&format!("llama.{key}"), Value::U32(value));
    }
    gguf.set("llama.attention.layer_norm_rms_epsilon", Value::F32(1e-5));
    let mut tokens = letters();
    tokens.extend(["<|im_start|>".to_owned(), "<|im_end|>".to_owned()]);
    let mut types = vec![1; 256];
    types.extend([3, 3, 1]);
    gguf.set("tokenizer.ggml.model", Value::Text("gpt2".to_owned()));
    gguf.set("tokenizer.ggml.pre", Value::Text("gpt-2".to_owned()));
    gguf.set("tokenizer.ggml.tokens", Value::Texts(tokens));
    gguf.set("tokenizer.ggml.token_type", Value::I32s(types));
    gguf.set("tokenizer.ggml.merges", Value::Texts(vec!["Ã ©".to_owned()]));
    // A merge needs its result in the vocabulary.
    if let Some((_, Value::Texts(tokens))) = gguf.metadata.iter_mut().find(|(key, _)| key == "tokenizer.ggml.tokens") {
        tokens.push("Ã©".to_owned());
    }
    let mut random = Random(seed);
    let mut add = |name: &str, shape: &[u64], around: f32, spread: f32| {
        let count: u64 = shape.iter().product();
        let bytes = (0..count).flat_map(|_| (around + spread * random.float()).to_le_bytes()).collect();
        gguf.tensors.push(Tensor { name: name.to_owned(), shape: shape.to_vec(), kind: 0, bytes, offset: None });
    };
    add("token_embd.weight", &[64, 259], 0.0, 1.0);
    add("output_norm.weight", &[64], 1.0, 0.1);
    for layer in 0..2 {
        let mut block = |part: &str, shape: &[u64], around, spread| {
            add(&format!("blk.{layer}.{part}.weight"), shape, around, spread);
        };
        block("attn_norm", &[64], 1.0, 0.1);
        block("attn_q", &[64, 64], 0.0, 0.3);
        block("attn_k", &[64, 32], 0.0, 0.3);
        block("attn_v", &[64, 32], 0.0, 0.3);
        block("attn_output", &[64, 64], 0.0, 0.3);
        block("ffn_norm", &[64], 1.0, 0.1);
        block("ffn_gate", &[64, 96], 0.0, 0.3);
        block("ffn_up", &[64, 96], 0.0, 0.3);
        block("ffn_down", &[96, 64], 0.0, 0.3);
    }
    gguf
}
