//! Turning a GGUF file into another format on disk, piece by piece: no more than a few megabytes of it are in memory.
//!
//! Which type each tensor gets is the caller's to say, as is the number of the file type. Everything else is carried over:
//! metadata byte for byte but for the file type, names and order of the tensors, the alignment. Numbers are quantized by
//! candle-core, block by block and without an importance matrix.

mod convert;
mod layout;
mod target;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::InferError;
use super::gguf::{Array, Files, Gguf, TensorInfo, TensorType, Value};
use super::model::MOST_THREADS;
use crate::units::Bytes;
use layout::Placed;
use target::NewFile;

/// A file whose tensors one may store otherwise: its header.
#[derive(Debug)]
pub struct QuantizeSource {
    gguf: Gguf,
}

/// What a header says that rules on tensor types ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantizeFacts {
    /// Architecture as GGUF names it.
    pub architecture: String,
    /// Blocks.
    pub blocks: u32,
    /// Query heads of a block.
    pub heads: u32,
    /// Key and value heads of a block.
    pub kv_heads: u32,
    /// Routed experts of a block, 0 without any.
    pub experts: u32,
}

/// A file to be written: every tensor with its new type and place.
#[derive(Debug)]
pub struct Quantization<'a> {
    gguf: &'a Gguf,
    file_type: u32,
    placed: Vec<Placed<'a>>,
    header_bytes: u64,
    file_bytes: u64,
}

impl QuantizeSource {
    /// Reads and checks the header; of a model in several files those of all parts.
    ///
    /// # Errors
    /// [`InferError::Read`] or [`InferError::Malformed`].
    pub fn open(path: &Path) -> Result<Self, InferError> {
        Ok(Self { gguf: Gguf::open(path)? })
    }

    /// Name, dimensions (the row's length first) and type of each tensor, in the order of the file.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[u64], &'static str)> {
        self.ordered().map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice(), tensor.kind.name()))
    }

    /// What rules on tensor types ask for. Counts that differ from layer to layer are the first layer's that has any.
    pub fn facts(&self) -> QuantizeFacts {
        let architecture: String = self.text("general.architecture").unwrap_or_default().chars().take(40).collect();
        let count = |rest: &str| {
            let found = match self.gguf.metadata.get(&format!("{architecture}.{rest}"))? {
                Value::Array(Array::Numbers(numbers)) => *numbers.iter().find(|&&number| number > 0.0)?,
                other => other.as_f64()?,
            };
            (0.0..=f64::from(u32::MAX)).contains(&found).then_some(found as u32)
        };
        let heads = count("attention.head_count").unwrap_or(1);
        QuantizeFacts {
            blocks: count("block_count").unwrap_or(0),
            heads,
            kv_heads: count("attention.head_count_kv").unwrap_or(heads),
            experts: count("expert_count").unwrap_or(0),
            architecture,
        }
    }

    /// Size on disk, of all parts.
    pub fn file_bytes(&self) -> Bytes {
        Bytes::new(self.gguf.file_bytes)
    }

    /// Plans the file that results from storing each tensor in the type named, by ggml's names and in the order of
    /// [`QuantizeSource::tensors`]. `None` keeps a tensor as it is. `file_type` is llama.cpp's number of the whole.
    ///
    /// # Errors
    /// [`InferError::Unsupported`] for a type that cannot be read or written here, [`InferError::Malformed`] for rows that
    /// do not divide into its blocks.
    pub fn to(&self, file_type: u32, types: &[Option<&str>]) -> Result<Quantization<'_>, InferError> {
        let mut tensors = Vec::with_capacity(self.gguf.order.len());
        let mut asked = types.iter();
        for tensor in self.ordered() {
            let kind = match asked.next().copied().flatten() {
                None => tensor.kind,
                Some(name) => self.target_type(tensor, name)?,
            };
            tensors.push((tensor, kind));
        }
        let (placed, header_bytes, file_bytes) = layout::place(&self.gguf, tensors)?;
        Ok(Quantization { gguf: &self.gguf, file_type, placed, header_bytes, file_bytes })
    }

    fn target_type(&self, tensor: &TensorInfo, name: &str) -> Result<TensorType, InferError> {
        let of = || format!(" (tensor {})", tensor.name.chars().take(80).collect::<String>());
        let Some(kind) = TensorType::from_name(name) else {
            return Err(self.gguf.unsupported("tensor type", name, of()));
        };
        // What is stored as wanted already is copied, whatever it is.
        if kind == tensor.kind {
            return Ok(kind);
        }
        if !convert::reads(tensor.kind) {
            return Err(self.gguf.unsupported("reading numbers of type", tensor.kind.name(), of()));
        }
        if !convert::writes(kind) {
            return Err(self.gguf.unsupported("writing numbers of type", kind.name(), of()));
        }
        if !tensor.columns.is_multiple_of(kind.block_values()) {
            let problem = format!("rows of {} do not divide into blocks of {}", tensor.columns, kind.block_values());
            return Err(self.gguf.wrong(&tensor.name, problem));
        }
        Ok(kind)
    }

    fn ordered(&self) -> impl Iterator<Item = &TensorInfo> {
        self.gguf.order.iter().filter_map(|name| self.gguf.tensors.get(name))
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.gguf.text(key).ok().flatten()
    }
}

impl Quantization<'_> {
    /// Size of the file to be, to the byte.
    pub const fn file_bytes(&self) -> Bytes {
        Bytes::new(self.file_bytes)
    }

    /// Size of its tensors, without header and filling.
    pub fn weight_bytes(&self) -> Bytes {
        self.placed.iter().map(|placed| Bytes::new(placed.bytes)).sum()
    }

    /// Types of tensors that lost precision once already and would lose it again, by name. Empty where the source is in 8
    /// bits or more.
    pub fn quantized_again(&self) -> Vec<&'static str> {
        let again = |placed: &&Placed<'_>| {
            placed.kind != placed.tensor.kind && convert::bits(placed.tensor.kind) < convert::bits(TensorType::Q8_0)
        };
        let mut types: Vec<_> = self.placed.iter().filter(again).map(|placed| placed.tensor.kind.name()).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    /// Refuses a place that is taken, as [`Quantization::write`] would: to be asked before what takes long.
    ///
    /// # Errors
    /// [`InferError::Exists`], [`InferError::Write`].
    pub fn may_write(&self, target: &Path, replace: bool) -> Result<(), InferError> {
        target::is_free(target, replace, self.gguf)
    }

    /// Writes the file: beside `target` first, under its name once it is whole. A file of that name is replaced where
    /// `replace` says so, and never if it is the source. `progress` is told the fraction done in [0, 1] and returns false to
    /// stop. Whatever goes wrong, `target` is as it was before and nothing else is left behind.
    ///
    /// # Errors
    /// [`InferError::Exists`], [`InferError::Write`], [`InferError::Read`], [`InferError::Changed`],
    /// [`InferError::Malformed`] for numbers that are not finite, [`InferError::Cancelled`].
    pub fn write(
        &self,
        target: &Path,
        replace: bool,
        threads: usize,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<(), InferError> {
        target::is_free(target, replace, self.gguf)?;
        let files = Files::open(self.gguf)?;
        let file = NewFile::beside(target)?;
        let header = layout::header(self.gguf, &files, &self.placed, self.file_type)?;
        debug_assert!(header.len() as u64 == self.header_bytes);
        file.write(0, &header)?;
        // The filling after the last tensor.
        file.set_length(self.file_bytes)?;
        self.convert(&files, &file, threads.clamp(1, MOST_THREADS), progress)?;
        files.are_unchanged()?;
        target::is_free(target, replace, self.gguf)?;
        file.keep(target)
    }

    fn convert(
        &self,
        files: &Files,
        file: &NewFile,
        threads: usize,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<(), InferError> {
        let pieces = Mutex::new(self.placed.iter().flat_map(Placed::pieces));
        let total: u64 = self.placed.iter().map(|placed| placed.tensor.bytes).sum();
        let (done, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let failure = Mutex::new(None);
        let work = |mut tell: Option<&mut dyn FnMut(f64) -> bool>| {
            while !stop.load(Ordering::Relaxed) {
                let Some(piece) = pieces.lock().unwrap_or_else(PoisonError::into_inner).next() else { return };
                let problem = piece.convert(self.gguf, files, file).err();
                let so_far = done.fetch_add(piece.source_bytes, Ordering::Relaxed) + piece.source_bytes;
                let stopped = tell.as_mut().is_some_and(|tell| !tell(so_far as f64 / total.max(1) as f64));
                if let Some(problem) = problem.or(stopped.then_some(InferError::Cancelled)) {
                    stop.store(true, Ordering::Relaxed);
                    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(problem);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|| work(None));
            }
            work(Some(progress));
        });
        failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }
}
