//! What a processor must offer for products of weights and activations to be written once: some lanes of floats and of
//! integers, one lane a row of weights, and four neighbouring weight bytes of each lane.
//!
//! Apart from `lanes`, because registers decide here: a tier works through the 16 rows of a tile in as many parts as
//! keep the sums of most rows of activations in its registers.

/// `16 / PARTS` lanes. `F` holds a float of each, `I` an integer of 32 bits, `W` 4 weight bytes. `Short` collects products
/// before they are widened to `I`; where the processor widens at once it is `I` itself.
///
/// # Safety
/// Every function needs the processor features of the implementing tier, and every pointer must be valid for what is
/// read or written through it: one element for each lane unless said otherwise. No alignment is assumed.
pub(super) trait Dots: Copy {
    type F: Copy;
    type I: Copy;
    type W: Copy;
    type Short: Copy;

    /// Into how many parts the 16 rows of a tile are cut.
    const PARTS: usize;
    /// Whether [`Dots::dot_high`] leaves 128 times the activations in the sum.
    const KEEPS_BIAS: bool;
    /// Whether scales of 256 columns are kept from one block of 32 to the next, which takes registers, or read anew.
    const KEEPS_SCALES: bool = false;

    unsafe fn splat(value: f32) -> Self::F;
    unsafe fn load(from: *const f32) -> Self::F;
    unsafe fn store(to: *mut f32, value: Self::F);
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F;
    /// `a * *b` in each lane.
    unsafe fn mul_by(a: Self::F, b: *const f32) -> Self::F;
    /// `a * b + c`, rounded once.
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// `a * *b + c`.
    unsafe fn fma_by(a: Self::F, b: *const f32, c: Self::F) -> Self::F;
    unsafe fn halves(from: *const u16) -> Self::F;
    /// Floats of the first 16 bits.
    unsafe fn brain_halves(from: *const u16) -> Self::F;
    /// Unsigned bytes.
    unsafe fn bytes(from: *const u8) -> Self::F;
    /// Signed bytes.
    unsafe fn signed_bytes(from: *const i8) -> Self::F;
    /// The low and the high four bits of bytes.
    unsafe fn nibbles(from: *const u8) -> (Self::F, Self::F);
    /// Floats with these exponents, as the bits have them: 2^(byte - 127), and zero for zero.
    unsafe fn powers(from: *const u8) -> Self::F;

    /// 4 bytes for each lane.
    unsafe fn load_w(from: *const u8) -> Self::W;
    /// The low four bits of each byte.
    unsafe fn low(w: Self::W) -> Self::W;
    /// The high four bits of each byte.
    unsafe fn high(w: Self::W) -> Self::W;
    /// The two bits at `SHIFT` (0, 2, 4 or 6) of each byte.
    unsafe fn two<const SHIFT: u32>(w: Self::W) -> Self::W;
    /// Adds `VALUE` to the bytes whose bit is set; 4 bits for each lane lie at `bits`.
    unsafe fn add_where<const VALUE: i8>(w: Self::W, bits: *const u8) -> Self::W;
    /// The two bits at `SHIFT` of each byte of `bits`, moved to bits 4 and 5 and joined to `w`.
    unsafe fn join_two<const SHIFT: u32>(w: Self::W, bits: Self::W) -> Self::W;
    /// Each byte, 0 to 15, replaced by the table's value there.
    unsafe fn look_up(table: &[u8; 16], w: Self::W) -> Self::W;

    unsafe fn zero() -> Self::I;
    /// The integer there, in each lane.
    unsafe fn all(from: *const i32) -> Self::I;
    unsafe fn to_f(value: Self::I) -> Self::F;
    /// A collection of products that will end in `sum`.
    unsafe fn begin(sum: Self::I) -> Self::Short;
    /// To each lane adds the products of its 4 weights with the 4 signed bytes at `a`. Between `begin` and `end` at
    /// most 8 times weights up to 15, 4 times up to 31, 2 times up to 63.
    unsafe fn dot(short: Self::Short, w: Self::W, a: *const i8) -> Self::Short;
    /// `sum` with what was collected since `begin(sum)`.
    unsafe fn end(sum: Self::I, short: Self::Short) -> Self::I;
    /// As `dot`, on the sum itself, with weights of a full byte that stand 128 too high; see [`Dots::KEEPS_BIAS`].
    unsafe fn dot_high(sum: Self::I, w: Self::W, a: *const i8) -> Self::I;
}
