//! Where everything lies in the file to be: its header to the byte, the tensors behind it, and the pieces to convert.

use super::super::InferError;
use super::super::gguf::{Files, Gguf, TensorInfo, TensorType};
use super::convert;
use super::target::NewFile;

/// Values converted at a time: a multiple of every block, so that pieces need not end with a row.
const PIECE: u64 = 1 << 19;
/// Version of the quantized types' layouts (`GGML_QNT_VERSION` in ggml.h, read 2026-11-20).
const QUANTIZATION_VERSION: u32 = 2;
/// Version of the format written.
const GGUF_VERSION: u32 = 3;
/// Number of the metadata type that holds both new keys.
const U32: u32 = 4;
/// Magic, version and the two counts.
const FIXED_BYTES: u64 = 24;
/// The two keys written anew, in llama.cpp's order.
const VERSION_KEY: &str = "general.quantization_version";
const TYPE_KEY: &str = "general.file_type";

/// A tensor of the source and what becomes of it.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    pub tensor: &'a TensorInfo,
    pub kind: TensorType,
    /// From the start of the new file.
    pub offset: u64,
    pub bytes: u64,
    /// From the start of its data, as the header has it.
    data_offset: u64,
}

/// A run of values to convert.
pub(super) struct Piece<'a> {
    tensor: &'a TensorInfo,
    kind: TensorType,
    values: u64,
    source_offset: u64,
    pub source_bytes: u64,
    target_offset: u64,
}

/// Whether a key is carried over: all but those written anew and those of a model in several files.
fn is_kept(key: &str) -> bool {
    !key.starts_with("split.") && ![VERSION_KEY, TYPE_KEY].contains(&key)
}

/// Places the tensors; returns them with the size of the header, filling included, and of the file.
pub(super) fn place<'a>(
    gguf: &Gguf,
    tensors: Vec<(&'a TensorInfo, TensorType)>,
) -> Result<(Vec<Placed<'a>>, u64, u64), InferError> {
    let entry = |key: &str| 8 + key.len() as u64 + 8;
    let kept = gguf.entries.iter().filter(|(key, _)| is_kept(key)).map(|(_, range)| range.end - range.start);
    let described =
        tensors.iter().map(|(tensor, _)| 8 + tensor.name.len() as u64 + 4 + 8 * tensor.shape.len() as u64 + 12);
    let header = FIXED_BYTES + kept.sum::<u64>() + entry(VERSION_KEY) + entry(TYPE_KEY) + described.sum::<u64>();
    let header = header.next_multiple_of(gguf.alignment);
    let mut data_offset: u64 = 0;
    let mut placed = Vec::with_capacity(tensors.len());
    for (tensor, kind) in tensors {
        let bytes = convert::bytes(kind, tensor.elements());
        let offset = header.checked_add(data_offset);
        let next = data_offset.checked_add(bytes).and_then(|end| end.checked_next_multiple_of(gguf.alignment));
        let (Some(offset), Some(next)) = (offset, next) else {
            return Err(gguf.wrong(&tensor.name, "the new file would be too large"));
        };
        placed.push(Placed { tensor, kind, offset, bytes, data_offset });
        data_offset = next;
    }
    Ok((placed, header, header.saturating_add(data_offset)))
}

/// The header, filled up to the first tensor. Metadata is copied as it stands in the source.
pub(super) fn header(gguf: &Gguf, files: &Files, placed: &[Placed<'_>], file_type: u32) -> Result<Vec<u8>, InferError> {
    let kept: Vec<_> = gguf.entries.iter().filter(|(key, _)| is_kept(key)).collect();
    let mut out = b"GGUF".to_vec();
    out.extend(GGUF_VERSION.to_le_bytes());
    out.extend((placed.len() as u64).to_le_bytes());
    out.extend((kept.len() as u64 + 2).to_le_bytes());
    for (_, range) in kept {
        let start = out.len();
        out.resize(start.saturating_add((range.end - range.start) as usize), 0);
        files.read(0, range.start, out.get_mut(start..).unwrap_or_default())?;
    }
    for (key, value) in [(VERSION_KEY, QUANTIZATION_VERSION), (TYPE_KEY, file_type)] {
        text(&mut out, key);
        out.extend(U32.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    for Placed { tensor, kind, data_offset, .. } in placed {
        text(&mut out, &tensor.name);
        out.extend((tensor.shape.len() as u32).to_le_bytes());
        tensor.shape.iter().for_each(|size| out.extend(size.to_le_bytes()));
        out.extend(kind.id().to_le_bytes());
        out.extend(data_offset.to_le_bytes());
    }
    out.resize(out.len().next_multiple_of(gguf.alignment as usize), 0);
    Ok(out)
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

impl Placed<'_> {
    /// The runs of values it is converted in.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let all = self.tensor.elements();
        (0..all.div_ceil(PIECE)).map(move |number| {
            let first = number * PIECE;
            let values = PIECE.min(all - first);
            Piece {
                tensor: self.tensor,
                kind: self.kind,
                values,
                source_offset: self.tensor.offset + convert::bytes(self.tensor.kind, first),
                source_bytes: convert::bytes(self.tensor.kind, values),
                target_offset: self.offset + convert::bytes(self.kind, first),
            }
        })
    }
}

impl Piece<'_> {
    /// Reads, converts and writes it.
    pub fn convert(&self, gguf: &Gguf, files: &Files, file: &NewFile) -> Result<(), InferError> {
        let mut bytes = vec![0; self.source_bytes as usize];
        files.read(self.tensor.part, self.source_offset, &mut bytes)?;
        if self.kind != self.tensor.kind {
            let values = convert::decode(self.tensor.kind, &bytes, self.values as usize)?;
            if let Some(problem) = convert::problem(&values, self.kind) {
                return Err(gguf.wrong(&self.tensor.name, problem));
            }
            bytes = convert::encode(self.kind, &values)?;
        }
        file.write(self.target_offset, &bytes)
    }
}
