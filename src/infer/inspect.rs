//! What a GGUF file says about itself, read from its header alone: enough to predict its memory before loading it.

use std::collections::BTreeMap;
use std::path::Path;

use super::InferError;
use super::gguf::{Gguf, TensorType};
use super::hyper::{Hyper, Shape, architecture};
use super::tokenizer::Tokenizer;
use super::weights::check_types;
use crate::units::Bytes;

/// The header of a model file.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelHeader {
    /// The model's own name, or the file's where it has none.
    pub name: String,
    /// Architecture as GGUF names it: "llama".
    pub architecture: String,
    /// Weights counted one by one, embeddings included.
    pub parameters: u64,
    /// The file on disk.
    pub file_bytes: Bytes,
    /// The tensors on disk.
    pub weight_bytes: Bytes,
    /// The tensor type with the most bytes: "Q4_1".
    pub tensor_type: String,
    /// Each tensor type with its number of tensors and bytes, most bytes first.
    pub tensor_types: Vec<(String, usize, Bytes)>,
    /// The longest context the model was trained for, in tokens.
    pub context_length: usize,
    /// Blocks of attention and feed-forward.
    pub layers: usize,
    /// Width of the residual stream.
    pub embedding_length: usize,
    /// Inner width of the feed-forward block.
    pub feed_forward: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Entries of the vocabulary.
    pub vocabulary: usize,
    /// Whether the embedding table is the output matrix, too: the file has no other.
    pub tied_embeddings: bool,
    /// Weights one token passes through: of the experts those of one token.
    pub parameters_active: u64,
    /// Experts, where there are any.
    pub experts: Option<HeaderExperts>,
    /// Layers that see only the latest tokens. `None`: none, or a file this program cannot run.
    pub window: Option<HeaderWindow>,
    /// The mix of tensor types by llama.cpp's name, "Q4_K - Medium", where the file tells.
    pub file_type: Option<&'static str>,
    /// Why this program cannot run it, where it cannot.
    pub unsupported: Option<InferError>,
}

/// Experts of a model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderExperts {
    /// Experts of a layer.
    pub count: usize,
    /// Experts of one token.
    pub used: usize,
    /// Layers that have none.
    pub dense_layers: usize,
    /// Inner width of those layers, 0 where the file does not say.
    pub dense_feed_forward: usize,
    /// Inner width of the expert every token passes through, 0 where there is none.
    pub shared: usize,
}

/// Layers of a model file with a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderWindow {
    /// Tokens such a layer sees.
    pub tokens: usize,
    /// How many layers are such.
    pub layers: usize,
}

impl PartialEq for InferError {
    /// By what is shown.
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl ModelHeader {
    /// Architecture, size and mix in llama-bench's words: "llama 1B Q4_K - Medium".
    pub fn description(&self) -> String {
        let size = match self.parameters as f64 {
            billions if billions >= 1e9 => format!("{:.0}B", billions / 1e9),
            millions => format!("{:.0}M", millions / 1e6),
        };
        format!("{} {size} {}", self.architecture, self.file_type.unwrap_or(&self.tensor_type))
    }
}

/// Reads the header of a GGUF file; the tensors are not touched.
///
/// # Errors
/// [`InferError::Read`] or [`InferError::Malformed`]; a sound file this program cannot run is not an error here, see
/// [`ModelHeader::unsupported`].
pub fn inspect(path: &Path) -> Result<ModelHeader, InferError> {
    header(&Gguf::open(path)?)
}

/// What an open header says.
pub(super) fn header(gguf: &Gguf) -> Result<ModelHeader, InferError> {
    // Of an architecture nobody knows here, what else is missing says nothing.
    let shape = Shape::read(gguf).map_err(|error| architecture(gguf).err().unwrap_or(error))?;
    let mut types: BTreeMap<TensorType, (usize, u64)> = BTreeMap::new();
    for tensor in gguf.tensors.values() {
        let entry = types.entry(tensor.kind).or_default();
        *entry = (entry.0 + 1, entry.1.saturating_add(tensor.bytes));
    }
    let mut tensor_types: Vec<(String, usize, Bytes)> =
        types.into_iter().map(|(kind, (count, bytes))| (kind.name().to_owned(), count, Bytes::new(bytes))).collect();
    tensor_types.sort_by_key(|&(_, _, bytes)| std::cmp::Reverse(bytes));
    let hyper = Hyper::read(gguf);
    let experts = experts(gguf, &shape)?;
    let file_name = || gguf.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(ModelHeader {
        name: gguf.text("general.name")?.map_or_else(file_name, |name| name.chars().take(200).collect()),
        architecture: gguf.text("general.architecture")?.unwrap_or("").chars().take(40).collect(),
        parameters: gguf.tensors.values().fold(0, |sum: u64, tensor| sum.saturating_add(tensor.elements())),
        file_bytes: Bytes::new(gguf.file_bytes),
        weight_bytes: tensor_types.iter().map(|&(_, _, bytes)| bytes).sum(),
        tensor_type: tensor_types.first().map(|(name, ..)| name.clone()).unwrap_or_default(),
        tensor_types,
        context_length: shape.context_length,
        layers: shape.layers,
        embedding_length: shape.embedding,
        feed_forward: shape.feed_forward,
        heads: shape.heads,
        kv_heads: shape.kv_heads,
        head_dim: shape.head_dim,
        vocabulary: shape.vocabulary,
        tied_embeddings: !gguf.tensors.contains_key("output.weight"),
        parameters_active: active(gguf, experts.as_ref()),
        experts,
        window: hyper.as_ref().ok().and_then(window),
        file_type: gguf.count("general.file_type")?.and_then(file_type),
        unsupported: hyper.err().or_else(|| Tokenizer::is_supported(gguf).err()).or_else(|| check_types(gguf).err()),
    })
}

/// What tells a tensor of all experts of a layer by its name ("blk.0.ffn_down_exps.weight").
const OF_EXPERTS: &str = "_exps.";

/// Experts as the metadata counts them, in whatever architecture.
fn experts(gguf: &Gguf, shape: &Shape) -> Result<Option<HeaderExperts>, InferError> {
    let name = gguf.text("general.architecture")?.unwrap_or("");
    let count = |rest: &str| -> Result<usize, InferError> {
        let found = gguf.count(&format!("{name}.{rest}"))?.unwrap_or(0);
        Ok(usize::try_from(found).unwrap_or(usize::MAX))
    };
    let (all, used) = (count("expert_count")?, count("expert_used_count")?);
    if all == 0 || used == 0 || used > all {
        return Ok(None);
    }
    let with = gguf.tensors.keys().filter(|name| name.ends_with("ffn_down_exps.weight")).count();
    let (dense_layers, shared) = (shape.layers.saturating_sub(with), count("expert_shared_feed_forward_length")?);
    let dense_feed_forward = count("feed_forward_length").unwrap_or(0);
    Ok(Some(HeaderExperts { count: all, used, dense_layers, dense_feed_forward, shared }))
}

fn active(gguf: &Gguf, experts: Option<&HeaderExperts>) -> u64 {
    gguf.tensors.iter().fold(0, |sum: u64, (name, tensor)| {
        let elements = tensor.elements();
        sum.saturating_add(match experts.filter(|_| name.contains(OF_EXPERTS)) {
            Some(experts) => elements / (experts.count as u64) * experts.used as u64,
            None => elements,
        })
    })
}

fn window(hyper: &Hyper) -> Option<HeaderWindow> {
    let local = || hyper.kinds.iter().filter(|kind| kind.is_local());
    let tokens = local().map(|kind| kind.window).next()?;
    Some(HeaderWindow { tokens, layers: local().count() })
}

/// llama.cpp's name of a file type by its number (`llama_ftype_name` in `src/llama-model-loader.cpp`, read 2026-11).
const fn file_type(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "all F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K - Medium",
        11 => "Q3_K - Small",
        12 => "Q3_K - Medium",
        13 => "Q3_K - Large",
        14 => "Q4_K - Small",
        15 => "Q4_K - Medium",
        16 => "Q5_K - Small",
        17 => "Q5_K - Medium",
        18 => "Q6_K",
        21 => "Q2_K - Small",
        25 => "IQ4_NL - 4.5 bpw",
        30 => "IQ4_XS - 4.25 bpw",
        32 => "BF16",
        38 => "MXFP4 MoE",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_model_is_what_its_makers_say() {
        let header = inspect(&super::super::embedded_model().unwrap()).unwrap();
        assert_eq!((header.architecture.as_str(), header.tensor_type.as_str()), ("llama", "Q4_1"));
        // config.json of HuggingFaceTB/SmolLM2-135M-Instruct.
        assert_eq!((header.layers, header.heads, header.kv_heads, header.head_dim), (30, 9, 3, 64));
        assert_eq!((header.context_length, header.vocabulary, header.feed_forward), (8192, 49152, 1536));
        assert_eq!(header.parameters, 134_515_008);
        assert!(header.unsupported.is_none());
    }
}
