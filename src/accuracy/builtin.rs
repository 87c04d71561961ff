//! The records that come with the program, read when they are first asked for.

use std::sync::LazyLock;

use super::quantity::Quantity;
use super::record::{Record, Row};

/// What single-stream speed was judged on.
static SINGLE_STREAM: LazyLock<Record> = LazyLock::new(|| read(include_str!("../../data/accuracy/single_stream.ron")));
/// What serving was judged on.
static SERVING: LazyLock<Record> = LazyLock::new(|| read(include_str!("../../data/accuracy/serving.ron")));

/// A record that does not hold together is none: nothing is shown in place of something wrong, and a test fails.
fn read(text: &str) -> Record {
    Record::from_ron_str(text).unwrap_or_default()
}

/// What single-stream speed was judged on.
pub fn single_stream() -> &'static Record {
    &SINGLE_STREAM
}

/// What serving, batches and partitioned processors were judged on.
pub fn serving() -> &'static Record {
    &SERVING
}

/// The record that a quantity is in.
pub fn of(quantity: Quantity) -> &'static Record {
    match quantity {
        Quantity::Decode | Quantity::Prefill => single_stream(),
        Quantity::PerToken | Quantity::FirstToken | Quantity::Throughput | Quantity::Power => serving(),
    }
}

/// All rows, judged or set aside.
pub fn rows() -> impl Iterator<Item = Row<'static>> + Clone {
    single_stream().rows().chain(serving().rows())
}

/// All rows of one quantity, judged or set aside.
pub fn rows_of(quantity: Quantity) -> impl Iterator<Item = Row<'static>> + Clone {
    of(quantity).rows().filter(move |row| row.quantity() == quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_records_parse() {
        for text in
            [include_str!("../../data/accuracy/single_stream.ron"), include_str!("../../data/accuracy/serving.ron")]
        {
            Record::from_ron_str(text).expect("it parses");
        }
    }
}
