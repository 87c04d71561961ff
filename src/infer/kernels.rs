//! The arithmetic on which a forward pass spends its time. The only room with `unsafe`: each kernel is chosen once, at
//! run time, by what the processor has, and is held to its portable twin by a test.

#![allow(clippy::needless_range_loop, reason = "lanes and rows are counted through in several arrays at once")]

mod activations;
mod attend;
mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_dots;
#[cfg(target_arch = "x86_64")]
mod both_parts;
mod buffer;
mod dispatch;
mod dots;
#[cfg(target_arch = "x86_64")]
mod eight_lanes;
mod engine;
mod lanes;
#[cfg(target_arch = "x86_64")]
mod many;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "aarch64")]
mod neon_dots;
mod pack;
mod pool;
mod portable;
mod portable_dots;
mod rows;
mod shares;
mod slab;
mod stored;
mod tier;
mod tile;
mod tile_k;
mod unpack;
#[cfg(target_arch = "x86_64")]
mod wide;

#[cfg(test)]
pub(super) mod tests;

pub(super) use activations::Activations;
pub(super) use attend::SPAN;
pub(super) use attention::{Attention, Cached};
pub(super) use buffer::Buffer;
pub(super) use engine::{Engine, Product, Target};
pub(super) use lanes::LANES;
pub(super) use pack::{Format, Packed, TILE_ROWS, pack_tile};
pub(super) use rows::Gate;
pub(super) use slab::{Pages, Slab};
pub use tier::Tier;
