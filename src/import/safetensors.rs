//! Headers of safetensors files: which tensors, how many numbers of which type. The tensors themselves are not read.
//!
//! The format (<https://github.com/huggingface/safetensors>, read 2026-11): eight bytes that say how long the header
//! is, the header as JSON, the tensors without holes. The `safetensors` crate reads a header only with the whole file
//! in memory or mapped, so the header is parsed here, name by name, with its own limit of 100 MB.

use std::borrow::Cow;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs::File;
use std::hash::{Hash as _, Hasher as _};
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde::Deserializer as _;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::ImportError;
use crate::catalog::Stamp;

/// The longest header the format allows.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Dimensions of a tensor; frameworks know up to 64 (NumPy 2), models use five.
const MOST_DIMENSIONS: usize = 64;

/// What the headers of a model's files hold together.
#[derive(Debug, Default)]
pub(super) struct Tensors {
    /// Files read.
    pub files: usize,
    /// By type: tensors, numbers, bytes.
    pub types: BTreeMap<String, Sum>,
    /// Numbers of the language model, one a parameter.
    pub parameters: u64,
    /// Bits of the language model that pack several parameters into one number.
    pub packed_bits: u64,
    /// Parameters of towers for pictures and sound.
    pub towers: u64,
    /// Parameters by layer, for those beyond the ones a model generates with.
    pub layers: BTreeMap<u32, u64>,
    /// Whether there is an output head of its own.
    pub head: bool,
}

/// Tensors of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    /// How many.
    pub tensors: u64,
    /// Numbers in them.
    pub numbers: u64,
    /// Bytes of them.
    pub bytes: u64,
}

impl Tensors {
    /// Bytes of all tensors.
    pub fn bytes(&self) -> u64 {
        self.types.values().fold(0, |all, sum| all.saturating_add(sum.bytes))
    }

    /// Adds the tensors of one file.
    ///
    /// # Errors
    /// A file that cannot be read, is none, or whose header lies.
    pub fn add(&mut self, path: &Path) -> Result<(), ImportError> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let fail = |cause| ImportError::Read { path: path.to_owned(), cause };
        let file = File::open(path).map_err(fail)?;
        let facts = file.metadata().map_err(fail)?;
        if !facts.is_file() {
            return Err(wrong(&name, "it is not a regular file"));
        }
        let mut one = Self::default();
        let read = one.add_header(&name, &file, facts.len(), fail);
        if Stamp::of(&facts) != Stamp::of(&file.metadata().map_err(fail)?) {
            return Err(ImportError::changed(&name));
        }
        read?;
        self.join(one);
        Ok(())
    }

    /// Adds the tensors of a file of `length` bytes.
    ///
    /// # Errors
    /// As [`Tensors::add`].
    pub fn add_header(
        &mut self,
        name: &str,
        mut file: impl Read,
        length: u64,
        fail: impl Fn(std::io::Error) -> ImportError,
    ) -> Result<(), ImportError> {
        let Some(room) = length.checked_sub(8) else {
            return Err(wrong(name, format!("it has {length} bytes, and a safetensors file at least 8: get it again")));
        };
        let mut size = [0; 8];
        file.read_exact(&mut size).map_err(&fail)?;
        let size = u64::from_le_bytes(size);
        if size > room.min(MAX_HEADER_BYTES) {
            let text = "byte 0: it says that its header is";
            return Err(wrong(
                name,
                format!(
                    "{text} {size} bytes long, and {} are possible: it is no safetensors file, or a pointer to one",
                    room.min(MAX_HEADER_BYTES)
                ),
            ));
        }
        let mut header = Vec::new();
        file.take(size).read_to_end(&mut header).map_err(&fail)?;
        if header.len() as u64 != size {
            return Err(wrong(
                name,
                format!("it ended after {} bytes of its header: it changed while it was read, try again", header.len()),
            ));
        }
        let mut read = Header { names: HashSet::new(), spans: Vec::new(), found: Self::default() };
        let mut parser = serde_json::Deserializer::from_slice(&header);
        parser.deserialize_map(&mut read).and_then(|()| parser.end()).map_err(|error| {
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            wrong(name, format!("byte {} of its header: {what}", error.column()))
        })?;
        without_holes(name, &mut read.spans, room - size)?;
        self.join(read.found);
        Ok(())
    }

    fn join(&mut self, one: Self) {
        self.files += 1;
        for (kind, sum) in one.types {
            let all = self.types.entry(kind).or_default();
            all.tensors = all.tensors.saturating_add(sum.tensors);
            all.numbers = all.numbers.saturating_add(sum.numbers);
            all.bytes = all.bytes.saturating_add(sum.bytes);
        }
        for (layer, parameters) in one.layers {
            let all = self.layers.entry(layer).or_default();
            *all = all.saturating_add(parameters);
        }
        self.parameters = self.parameters.saturating_add(one.parameters);
        self.packed_bits = self.packed_bits.saturating_add(one.packed_bits);
        self.towers = self.towers.saturating_add(one.towers);
        self.head |= one.head;
    }

    /// Sorts one tensor by what its name says it is.
    fn count(&mut self, name: &str, tensor: &Tensor, bits: u64, numbers: u64, bytes: u64) {
        let sum = self.types.entry(tensor.dtype.to_string()).or_default();
        sum.tensors += 1;
        sum.numbers = sum.numbers.saturating_add(numbers);
        sum.bytes = sum.bytes.saturating_add(bytes);
        if is_of_quantization(name) {
            return;
        }
        self.head |= name.ends_with("lm_head.weight");
        if is_of_tower(name) {
            self.towers = self.towers.saturating_add(numbers);
            return;
        }
        if matches!(&*tensor.dtype, "I32" | "U32" | "I64" | "U64" | "U8") {
            self.packed_bits = self.packed_bits.saturating_add(numbers.saturating_mul(bits));
            return;
        }
        self.parameters = self.parameters.saturating_add(numbers);
        if let Some(layer) = layer_of(name) {
            let all = self.layers.entry(layer).or_default();
            *all = all.saturating_add(numbers);
        }
    }
}

fn wrong(file: &str, message: impl Into<String>) -> ImportError {
    ImportError::File { file: file.to_owned(), message: message.into() }
}

/// Tensors lie one behind the other and fill the file.
fn without_holes(name: &str, spans: &mut [(u64, u64)], room: u64) -> Result<(), ImportError> {
    spans.sort_unstable();
    let mut end = 0;
    for &(from, to) in spans.iter() {
        if from != end {
            return Err(wrong(
                name,
                format!(
                    "data_offsets: a tensor begins at byte {from} of the data where byte {end} is next: the header is damaged"
                ),
            ));
        }
        end = to;
    }
    if end == room {
        return Ok(());
    }
    Err(wrong(
        name,
        format!(
            "data_offsets: its tensors take {end} bytes and the file has {room}: it is cut off or changed while it was read, get it again"
        ),
    ))
}

/// Scales and tables of a quantization, which are no parameters of the model.
fn is_of_quantization(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "_scale",
        "_scale_inv",
        "_scale_2",
        "_scales",
        ".scales",
        ".scale",
        ".biases",
        ".qzeros",
        ".g_idx",
        ".absmax",
        ".quant_map",
        ".nested_absmax",
        ".nested_quant_map",
        "_zero_point",
        "_shape",
        "_global_scale",
        ".inv_freq",
    ];
    ENDS.iter().any(|end| name.ends_with(end)) || name.contains(".quant_state.")
}

fn is_of_tower(name: &str) -> bool {
    const STARTS: &[&str] = &["vision", "visual", "image", "audio", "speech", "multi_modal_projector", "mm_projector"];
    name.split('.').any(|part| {
        let part = part.strip_prefix("embed_").unwrap_or(part);
        STARTS.iter().any(|start| part.starts_with(start))
    })
}

/// The number behind `layers`.
fn layer_of(name: &str) -> Option<u32> {
    let (_, rest) = name.split_once("layers.")?;
    rest.split('.').next()?.parse().ok().filter(|layer| *layer < 10_000)
}

/// Bits of one number. `None`: nobody knows the type.
fn bits_of(kind: &str) -> Option<u64> {
    Some(match kind {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" => 8,
        "I16" | "U16" | "F16" | "BF16" => 16,
        "I32" | "U32" | "F32" => 32,
        "I64" | "U64" | "F64" | "C64" => 64,
        _ => return None,
    })
}

/// One tensor as its header has it.
#[derive(Deserialize)]
struct Tensor<'a> {
    #[serde(borrow)]
    dtype: Cow<'a, str>,
    shape: Shape,
    data_offsets: (u64, u64),
}

/// The dimensions of a tensor, multiplied as they are read: a list of millions is not kept.
struct Shape {
    /// `None`: more numbers than can be counted.
    numbers: Option<u64>,
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Product;
        impl<'de> Visitor<'de> for Product {
            type Value = Shape;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a shape of at most {MOST_DIMENSIONS} dimensions")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut from: S) -> Result<Shape, S::Error> {
                let mut numbers = Some(1_u64);
                let mut dimensions = 0;
                while let Some(one) = from.next_element::<u64>()? {
                    dimensions += 1;
                    if dimensions > MOST_DIMENSIONS {
                        return Err(S::Error::custom(format!("shape: more than {MOST_DIMENSIONS} dimensions")));
                    }
                    numbers = numbers.and_then(|all| all.checked_mul(one));
                }
                Ok(Shape { numbers })
            }
        }
        from.deserialize_seq(Product)
    }
}

/// A header being read, tensor by tensor.
struct Header {
    names: HashSet<u64>,
    spans: Vec<(u64, u64)>,
    found: Tensors,
}

impl<'de> Visitor<'de> for &mut Header {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors by name")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let tensor: Tensor<'de> = map.next_value()?;
            let short = || name.chars().take(80).collect::<String>();
            let mut hasher = DefaultHasher::new();
            name.hash(&mut hasher);
            if !self.names.insert(hasher.finish()) {
                return Err(M::Error::custom(format!("{}: the tensor appears twice", short())));
            }
            let (from, to) = tensor.data_offsets;
            let Some(bits) = bits_of(&tensor.dtype) else {
                let kind: String = tensor.dtype.chars().take(20).collect();
                return Err(M::Error::custom(format!("{}: dtype: `{kind}` is unknown", short())));
            };
            let (Some(numbers), Some(bytes)) = (tensor.shape.numbers, to.checked_sub(from)) else {
                return Err(M::Error::custom(format!("{}: shape or data_offsets are impossible", short())));
            };
            if numbers.checked_mul(bits).map(|bits| bits.div_ceil(8)) != Some(bytes) {
                let message =
                    format!("{}: data_offsets: {bytes} bytes do not hold {numbers} numbers of {bits} bits", short());
                return Err(M::Error::custom(message));
            }
            self.spans.push((from, to));
            self.found.count(&name, &tensor, bits, numbers, bytes);
        }
        Ok(())
    }
}
