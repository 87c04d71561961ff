//! Tensors from file to memory: matrices packed for the kernels, in parallel; short vectors as floats.
//!
//! The file is read in stripes, not mapped: a mapped file that someone cuts short kills the process that touches it,
//! while a read only fails. Length and time of change are looked at again in the end.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::InferError;
use super::gguf::{Files, Gguf, TensorInfo, TensorType};
use super::kernels::{Format, Packed, TILE_ROWS, pack_tile};

mod types;

pub(super) use types::{as_packed, check as check_types};

/// Bytes of the file one thread reads at a time.
const STRIPE: usize = 1 << 19;

/// A matrix that [`Plan::read`] will bring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned(usize);

/// The tensors a model needs, gathered before anything large is allocated.
pub(super) struct Plan<'a> {
    gguf: &'a Gguf,
    files: Files,
    matrices: Vec<TensorInfo>,
}

impl<'a> Plan<'a> {
    /// Over an open header.
    pub fn new(gguf: &'a Gguf) -> Result<Self, InferError> {
        Ok(Self { gguf, files: Files::open(gguf)?, matrices: Vec::new() })
    }

    /// Asks for a matrix of that shape.
    pub fn matrix(&mut self, name: &str, rows: usize, columns: usize) -> Result<Planned, InferError> {
        let parts = self.parts(name, &[rows], columns)?;
        parts.first().copied().ok_or_else(|| self.gguf.wrong(name, "it has no rows"))
    }

    /// Asks for matrices of so many rows each that lie one below the other in one tensor: experts, or queries, keys and
    /// values in one.
    pub fn parts(&mut self, name: &str, rows_of: &[usize], columns: usize) -> Result<Vec<Planned>, InferError> {
        let tensor = self.gguf.tensor(name)?;
        let rows: usize = rows_of.iter().sum();
        if (tensor.rows, tensor.columns) != (rows, columns) {
            let problem = format!("its shape is {} x {}, not {rows} x {columns}", tensor.rows, tensor.columns);
            return Err(self.gguf.wrong(name, problem));
        }
        if types::format(tensor.kind).is_none() {
            return Err(types::unsupported(self.gguf, tensor.kind, name));
        }
        let row_bytes = (columns / tensor.kind.block_values() * tensor.kind.block_bytes()) as u64;
        let mut offset = tensor.offset;
        let first = self.matrices.len();
        self.matrices.extend(rows_of.iter().map(|&rows| {
            let part = TensorInfo { rows, offset, bytes: rows as u64 * row_bytes, ..tensor.clone() };
            offset += part.bytes;
            part
        }));
        Ok((first..self.matrices.len()).map(Planned).collect())
    }

    /// Whether the file has a tensor.
    pub fn has(&self, name: &str) -> bool {
        self.gguf.tensors.contains_key(name)
    }

    /// Reads a vector of `length` floats, or none where the file has no such tensor.
    pub fn optional(&self, name: &str, length: usize) -> Result<Vec<f32>, InferError> {
        if self.has(name) { self.vector(name, length) } else { Ok(Vec::new()) }
    }

    /// Reads a vector of `length` floats.
    pub fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>, InferError> {
        self.floats(name, 1, length)
    }

    /// Reads `count` vectors of `length` floats, or none where the file has no such tensor.
    pub fn optional_vectors(&self, name: &str, count: usize, length: usize) -> Result<Vec<Vec<f32>>, InferError> {
        if !self.has(name) {
            return Ok(Vec::new());
        }
        Ok(self.floats(name, count, length)?.chunks_exact(length.max(1)).map(<[f32]>::to_vec).collect())
    }

    fn floats(&self, name: &str, rows: usize, columns: usize) -> Result<Vec<f32>, InferError> {
        let tensor = self.gguf.tensor(name)?;
        if (tensor.rows, tensor.columns) != (rows, columns) {
            let problem = format!("it has {} values, not {}", tensor.elements(), rows * columns);
            return Err(self.gguf.wrong(name, problem));
        }
        let mut bytes = vec![0; tensor.bytes as usize];
        self.files.read(tensor.part, tensor.offset, &mut bytes)?;
        let values: Vec<f32> = match tensor.kind {
            TensorType::F32 => bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            TensorType::F16 => bytes.chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            TensorType::BF16 => {
                bytes.chunks_exact(2).map(|b| half::bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
            }
            other => return Err(self.gguf.wrong(name, format!("a vector of type {} is not read", other.name()))),
        };
        if values.iter().any(|value| !value.is_finite()) {
            return Err(self.gguf.wrong(name, "it holds a value that is not a finite number"));
        }
        Ok(values)
    }

    /// Reads all matrices, on `threads` threads. `progress` is told the fraction done and returns false to stop.
    pub fn read(
        self,
        threads: usize,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Vec<Option<Packed>>, InferError> {
        let shape = |tensor: &TensorInfo| Some((types::format(tensor.kind)?, tensor.rows, tensor.columns));
        let shapes: Option<Vec<_>> = self.matrices.iter().map(shape).collect();
        let mut matrices = shapes.and_then(|shapes| Packed::zeros(&shapes)).ok_or_else(|| InferError::Memory {
            what: "the weights".to_owned(),
            bytes: self.matrices.iter().map(|tensor| tensor.bytes).sum(),
        })?;
        let mut stripes = Vec::new();
        for (tensor, matrix) in self.matrices.iter().zip(&mut matrices) {
            cut(tensor, matrix, &mut stripes);
        }
        self.pack(stripes, threads, progress)?;
        self.files.are_unchanged()?;
        Ok(matrices.into_iter().map(Some).collect())
    }

    fn pack(
        &self,
        mut stripes: Vec<Stripe<'_>>,
        threads: usize,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<(), InferError> {
        let total: u64 = stripes.iter().map(|stripe| stripe.bytes as u64).sum();
        // Popped from the end: the front of the file first.
        stripes.reverse();
        let queue = Mutex::new(stripes);
        let (done, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let failure = Mutex::new(None);
        let work = |mut tell: Option<&mut dyn FnMut(f64) -> bool>| {
            let mut bytes = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let Some(stripe) = queue.lock().unwrap_or_else(PoisonError::into_inner).pop() else { return };
                bytes.resize(stripe.bytes, 0);
                let problem = self.files.read(stripe.part, stripe.offset, &mut bytes).err();
                stripe.pack(&bytes);
                let so_far = done.fetch_add(bytes.len() as u64, Ordering::Relaxed) + bytes.len() as u64;
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

/// Takes a planned matrix out of what was read.
pub(super) fn take(matrices: &mut [Option<Packed>], planned: Planned) -> Result<Packed, InferError> {
    matrices
        .get_mut(planned.0)
        .and_then(Option::take)
        .ok_or_else(|| InferError::Compute { problem: "a planned tensor was taken twice".to_owned() })
}

/// Some tiles of one matrix and where their rows lie in the file.
struct Stripe<'a> {
    kind: TensorType,
    format: Format,
    columns: usize,
    part: usize,
    offset: u64,
    bytes: usize,
    tiles: &'a mut [u8],
}

impl Stripe<'_> {
    fn pack(self, source: &[u8]) {
        let source = types::as_packed(self.kind, source);
        let rows = source.chunks(TILE_ROWS * self.format.source_row_bytes(self.columns));
        for (rows, tile) in rows.zip(self.tiles.chunks_exact_mut(self.format.tile_bytes(self.columns))) {
            pack_tile(self.format, self.columns, rows, tile);
        }
    }
}

fn cut<'a>(tensor: &TensorInfo, packed: &'a mut Packed, stripes: &mut Vec<Stripe<'a>>) {
    let (kind, format, columns) = (tensor.kind, packed.format, packed.columns);
    let tile_source = TILE_ROWS * columns / kind.block_values() * kind.block_bytes();
    let tiles = (STRIPE / tile_source.max(1)).max(1);
    let mut at = 0;
    for tiles in packed.data.chunks_mut(tiles * format.tile_bytes(columns)) {
        let bytes = tiles.len() / format.tile_bytes(columns) * tile_source;
        // The last tile of a matrix may have fewer than 16 rows in the file.
        let bytes = bytes.min(tensor.bytes as usize - at);
        let (part, offset) = (tensor.part, tensor.offset + at as u64);
        stripes.push(Stripe { kind, format, columns, part, offset, bytes, tiles });
        at += bytes;
    }
}
