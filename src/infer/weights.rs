//! Tensors from file to memory: matrices packed for the kernels, in parallel; short vectors as floats; types without a
//! kernel of ours as candle's quantised tensors.
//!
//! The file is read in stripes, not mapped: a mapped file that someone cuts short kills the process that touches it,
//! while a read only fails. Length and time of change are looked at again in the end.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use candle_core::quantized::{GgmlDType, QMatMul, ggml_file::qtensor_from_ggml};
use candle_core::{Device, Module, Tensor};

use super::InferError;
use super::gguf::{Files, Gguf, TensorInfo, TensorType};
use super::kernels::{Format, Packed, TILE_ROWS, pack_tile};
use crate::units::Bytes;

/// Bytes of the file one thread reads at a time.
const STRIPE: usize = 1 << 19;

/// A weight matrix `[rows, columns]`.
pub(super) enum Matrix {
    /// For our kernels.
    Packed(Packed),
    /// For candle's.
    Other {
        /// Rows, that is outputs.
        rows: usize,
        /// Bytes in memory.
        bytes: usize,
        /// The weights.
        weights: QMatMul,
    },
}

impl Matrix {
    /// Outputs.
    pub const fn rows(&self) -> usize {
        match self {
            Self::Packed(packed) => packed.rows,
            Self::Other { rows, .. } => *rows,
        }
    }

    /// Rows rounded up to whole tiles: the room a row of products takes.
    pub const fn padded_rows(&self) -> usize {
        self.rows().next_multiple_of(TILE_ROWS)
    }

    /// Size in memory.
    pub fn bytes(&self) -> Bytes {
        match self {
            Self::Packed(packed) => Bytes::new(packed.data.len() as u64),
            Self::Other { bytes, .. } => Bytes::new(*bytes as u64),
        }
    }

    /// One row as floats.
    pub fn row(&self, row: usize, out: &mut [f32]) -> Result<(), InferError> {
        match self {
            Self::Packed(packed) => packed.row(row, out),
            Self::Other { weights, .. } => {
                let id = u32::try_from(row).unwrap_or(u32::MAX);
                let values = Tensor::new(&[id], &Device::Cpu)
                    .and_then(|ids| weights.embedding(&ids))
                    .and_then(|rows| rows.flatten_all()?.to_vec1::<f32>())
                    .map_err(compute)?;
                out.iter_mut().zip(values).for_each(|(to, from)| *to = from);
            }
        }
        Ok(())
    }

    /// `rows` rows of `columns` floats through a matrix of candle's: `[rows, outputs]`.
    pub fn multiply_other(weights: &QMatMul, x: Vec<f32>, rows: usize) -> Result<Vec<f32>, InferError> {
        let columns = x.len() / rows.max(1);
        Tensor::from_vec(x, (rows, columns), &Device::Cpu)
            .and_then(|x| weights.forward(&x))
            .and_then(|products| products.flatten_all()?.to_vec1::<f32>())
            .map_err(compute)
    }
}

fn compute(error: candle_core::Error) -> InferError {
    InferError::Compute { problem: error.to_string() }
}

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
        if format(tensor.kind).is_none() && candle_type(tensor.kind).is_none() {
            return Err(self.gguf.unsupported("tensor type", tensor.kind.name(), format!(" (tensor {name})")));
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
    ) -> Result<Vec<Option<Matrix>>, InferError> {
        let ours = self.matrices.iter().filter_map(|tensor| Some((format(tensor.kind)?, tensor.rows, tensor.columns)));
        let packed = Packed::zeros(&ours.collect::<Vec<_>>()).ok_or_else(|| InferError::Memory {
            what: "the weights".to_owned(),
            bytes: self.matrices.iter().map(|tensor| tensor.bytes).sum(),
        })?;
        let mut packed = packed.into_iter();
        let mut matrices = Vec::with_capacity(self.matrices.len());
        for tensor in &self.matrices {
            matrices.push(match format(tensor.kind).and_then(|_| packed.next()) {
                Some(packed) => Matrix::Packed(packed),
                None => self.other(tensor)?,
            });
        }
        let mut stripes = Vec::new();
        for (tensor, matrix) in self.matrices.iter().zip(&mut matrices) {
            if let Matrix::Packed(packed) = matrix {
                cut(tensor, packed, &mut stripes);
            }
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

    fn other(&self, tensor: &TensorInfo) -> Result<Matrix, InferError> {
        let kind =
            candle_type(tensor.kind).ok_or_else(|| self.gguf.wrong(&tensor.name, "its type is not supported"))?;
        let mut bytes = vec![0; tensor.bytes as usize];
        self.files.read(tensor.part, tensor.offset, &mut bytes)?;
        let shape = vec![tensor.rows, tensor.columns];
        let weights =
            qtensor_from_ggml(kind, &bytes, shape, &Device::Cpu).and_then(QMatMul::from_qtensor).map_err(compute)?;
        Ok(Matrix::Other { rows: tensor.rows, bytes: bytes.len(), weights })
    }
}

/// Takes a planned matrix out of what was read.
pub(super) fn take(matrices: &mut [Option<Matrix>], planned: Planned) -> Result<Matrix, InferError> {
    matrices
        .get_mut(planned.0)
        .and_then(Option::take)
        .ok_or_else(|| InferError::Compute { problem: "a planned tensor was taken twice".to_owned() })
}

/// Some tiles of one matrix and where their rows lie in the file.
struct Stripe<'a> {
    format: Format,
    columns: usize,
    part: usize,
    offset: u64,
    bytes: usize,
    tiles: &'a mut [u8],
}

impl Stripe<'_> {
    fn pack(self, source: &[u8]) {
        let rows = source.chunks(TILE_ROWS * self.format.source_row_bytes(self.columns));
        for (rows, tile) in rows.zip(self.tiles.chunks_exact_mut(self.format.tile_bytes(self.columns))) {
            pack_tile(self.format, self.columns, rows, tile);
        }
    }
}

fn cut<'a>(tensor: &TensorInfo, packed: &'a mut Packed, stripes: &mut Vec<Stripe<'a>>) {
    let (format, columns) = (packed.format, packed.columns);
    let tile_source = TILE_ROWS * format.source_row_bytes(columns);
    let tiles = (STRIPE / tile_source.max(1)).max(1);
    let mut at = 0;
    for tiles in packed.data.chunks_mut(tiles * format.tile_bytes(columns)) {
        let bytes = tiles.len() / format.tile_bytes(columns) * tile_source;
        // The last tile of a matrix may have fewer than 16 rows in the file.
        let bytes = bytes.min(tensor.bytes as usize - at);
        let (part, offset) = (tensor.part, tensor.offset + at as u64);
        stripes.push(Stripe { format, columns, part, offset, bytes, tiles });
        at += bytes;
    }
}

/// Our kernels' format of a type, where there is one.
pub(super) const fn format(kind: TensorType) -> Option<Format> {
    Some(match kind {
        TensorType::Q4_0 => Format::Q4_0,
        TensorType::Q4_1 => Format::Q4_1,
        TensorType::Q5_0 => Format::Q5_0,
        TensorType::Q5_1 => Format::Q5_1,
        TensorType::Q8_0 => Format::Q8_0,
        TensorType::IQ4_NL => Format::Iq4Nl,
        TensorType::MXFP4 => Format::Mxfp4,
        TensorType::Q2_K => Format::Q2K,
        TensorType::Q3_K => Format::Q3K,
        TensorType::Q4_K => Format::Q4K,
        TensorType::Q5_K => Format::Q5K,
        TensorType::Q6_K => Format::Q6K,
        TensorType::F16 => Format::F16,
        TensorType::BF16 => Format::Bf16,
        TensorType::F32 => Format::F32,
        _ => return None,
    })
}

/// Candle's name of a type, where it knows it.
const fn candle_type(kind: TensorType) -> Option<GgmlDType> {
    Some(match kind {
        TensorType::Q8_1 => GgmlDType::Q8_1,
        TensorType::Q8_K => GgmlDType::Q8K,
        _ => return None,
    })
}
