//! The sizes every architecture has, each within a limit far above any model there is, so that products of two stay far
//! below overflow.

use super::super::InferError;
use super::super::gguf::{Array, Gguf, Value};

/// Experts of one layer; the largest models have 512.
pub(super) const MOST_EXPERTS: u64 = 1 << 11;
/// Inner width of a feed-forward block; the widest there are have some 60 thousand.
pub(super) const WIDEST_BLOCK: u64 = 1 << 18;
/// Queries of a token, those of all heads together; the largest models have 24 thousand.
const WIDEST_QUERIES: usize = 1 << 17;

/// The sizes every architecture has.
pub(in crate::infer) struct Shape {
    pub context_length: usize,
    pub layers: usize,
    pub embedding: usize,
    /// Inner width of the feed-forward block; of one expert where there are experts.
    pub feed_forward: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub vocabulary: usize,
}

impl Shape {
    /// From a header of any architecture.
    pub fn read(gguf: &Gguf) -> Result<Self, InferError> {
        let name = gguf.text("general.architecture")?.unwrap_or("").to_owned();
        let key = |rest: &str| format!("{name}.{rest}");
        let within = |rest: &str, value: Option<u64>, limit: u64| match value {
            Some(value) if (1..=limit).contains(&value) => Ok(value as usize),
            Some(value) => Err(gguf.wrong(&key(rest), format!("{value} is not in 1 to {limit}"))),
            None => Err(gguf.wrong(&key(rest), "the key is missing")),
        };
        let count = |rest: &str, limit: u64| within(rest, first_count(gguf, &key(rest))?, limit);
        let embedding = count("embedding_length", 1 << 17)?;
        let heads = count("attention.head_count", 1 << 12)?;
        let kv_heads = match first_count(gguf, &key("attention.head_count_kv"))? {
            None => heads,
            given => within("attention.head_count_kv", given, 1 << 12)?,
        };
        if !heads.is_multiple_of(kv_heads) {
            let problem = format!("{heads} query heads do not share {kv_heads} key heads evenly");
            return Err(gguf.wrong(&key("attention.head_count_kv"), problem));
        }
        let head_dim = match gguf.count(&key("attention.key_length"))? {
            None => embedding / heads,
            given => within("attention.key_length", given, 1 << 11)?,
        };
        if head_dim == 0 || !head_dim.is_multiple_of(2) {
            return Err(gguf.wrong(&key("attention.head_count"), "heads have no even width"));
        }
        // Working buffers are as wide, for many tokens at once.
        if heads * head_dim > WIDEST_QUERIES {
            let problem = format!("{heads} heads of {head_dim} are together wider than {WIDEST_QUERIES}");
            return Err(gguf.wrong(&key("attention.head_count"), problem));
        }
        let experts = gguf.count(&key("expert_count"))?.unwrap_or(0);
        // Of one expert where the file says so; Mixtral's only width is that of an expert.
        let feed_forward = match first_count(gguf, &key("expert_feed_forward_length"))? {
            Some(width) if experts > 0 && width > 0 => within("expert_feed_forward_length", Some(width), WIDEST_BLOCK)?,
            _ => count("feed_forward_length", WIDEST_BLOCK)?,
        };
        Ok(Self {
            context_length: count("context_length", 1 << 28)?,
            layers: count("block_count", 1 << 10)?,
            embedding,
            feed_forward,
            heads,
            kv_heads,
            head_dim,
            vocabulary: gguf.tensor("token_embd.weight")?.rows,
        })
    }

    /// Refuses models whose layers or whose keys and values differ in shape.
    pub(super) fn is_uniform(&self, gguf: &Gguf) -> Result<(), InferError> {
        let name = gguf.text("general.architecture")?.unwrap_or("");
        for rest in ["attention.head_count", "attention.head_count_kv", "feed_forward_length"] {
            if let Some(Value::Array(Array::Numbers(numbers))) = gguf.metadata.get(&format!("{name}.{rest}"))
                && numbers.iter().any(|number| Some(number) != numbers.first())
            {
                return Err(gguf.unsupported("layers that differ in", rest, String::new()));
            }
        }
        match gguf.count(&format!("{name}.attention.value_length"))? {
            Some(length) if length != self.head_dim as u64 => {
                let hint = format!(": values are as wide as keys, {}, here", self.head_dim);
                Err(gguf.unsupported("width of values", &length.to_string(), hint))
            }
            _ => Ok(()),
        }
    }
}

/// A count, or the first of a list of counts: some files give one for each layer.
fn first_count(gguf: &Gguf, key: &str) -> Result<Option<u64>, InferError> {
    match gguf.metadata.get(key) {
        Some(Value::Array(Array::Numbers(numbers))) => Ok(numbers.first().map(|&number| number as u64)),
        _ => gguf.count(key),
    }
}
