//! Quantities: what each number of Sizewright counts, how two of them combine, and how one is printed.
//!
//! Every quantity is stored in its SI base unit and is built and read by naming the unit, so a gigabyte can never be
//! taken for a gibibyte, nor a watt for a kilowatt-hour. Two quantities combine only where physics says so (bytes over
//! seconds are bytes per second). NaN and infinity are refused where a number enters (`catalog`, `project`, `cli`),
//! not here.

mod bytes;
mod print;
mod rate;
#[macro_use]
mod quantity;

pub use bytes::Bytes;
pub use print::{Significant, in_percent, thousands};
pub use quantity::{
    AirFlow, Amperes, Flop, FlopPerSecond, GramsCo2e, Hertz, Joules, Kilograms, Metres, RackUnits, Seconds,
    TokensPerSecond, Usd, VoltAmperes, Volts, Watts,
};
pub use rate::BytesPerSecond;
