//! How far the predictions were off, by component, as text.

use std::fmt::Write as _;

use super::MemoryRow;
use crate::accuracy::summary::{mean, median};

/// Published logs print hundredths of a MiB: closer than one of these is exact.
const EXACT_WITHIN_BYTES: f64 = 0.01 * 1_048_576.0; // llama.cpp prints %.2f MiB

/// A table: rows, predicted, exact, within 1 %, median and mean error, bias, share inside the band.
pub fn summary(rows: &[MemoryRow]) -> String {
    let mut components: Vec<&str> = rows.iter().map(|row| row.component.as_str()).collect();
    components.sort_unstable();
    components.dedup();
    let mut text = String::from(
        "component           rows predicted  exact  within 1 %  median error  mean error    bias  in band\n",
    );
    for component in components {
        let of: Vec<&MemoryRow> = rows.iter().filter(|row| row.component == component).collect();
        line(&mut text, component, &of);
        if component == "weights_file" {
            let stated: Vec<&MemoryRow> = of.iter().copied().filter(|row| row.layout_stated).collect();
            line(&mut text, "  layout stated", &stated);
        }
    }
    text
}

fn line(text: &mut String, name: &str, rows: &[&MemoryRow]) {
    let mut errors: Vec<f64> = Vec::new();
    let (mut predicted, mut exact, mut close, mut inside, mut bias) = (0usize, 0usize, 0usize, 0usize, 0.0);
    for row in rows {
        let (Some([low, likely, high]), Some(measured)) = (row.predicted, row.measured) else { continue };
        predicted += 1;
        let off = likely.as_f64() - measured.as_f64();
        let share = off / measured.as_f64().max(1.0);
        exact += usize::from(off.abs() <= EXACT_WITHIN_BYTES);
        close += usize::from(share.abs() <= 0.01);
        let (least, most) = (low.as_f64() - EXACT_WITHIN_BYTES, high.as_f64() + EXACT_WITHIN_BYTES);
        inside += usize::from(least <= measured.as_f64() && measured.as_f64() <= most);
        bias += share;
        errors.push(share.abs() * 100.0);
    }
    let count = predicted.max(1) as f64;
    let average = mean(errors.iter().copied()).unwrap_or(0.0);
    let middle = median(errors.into_iter()).unwrap_or(0.0);
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{name:18} {:5} {predicted:9} {exact:6} {close:11} {middle:11.2} % {average:9.2} % {:+6.1} % {:6.0} %",
        rows.len(),
        bias / count * 100.0,
        inside as f64 / count * 100.0
    );
}
