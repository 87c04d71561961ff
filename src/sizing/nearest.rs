//! What would run where a workload does not: the next smaller format, a shorter context, more devices.

use super::verdict::Nearest;
use super::{Hardware, Refusal, Workload, memory, weights::layout};
use crate::catalog::WeightFormat;
use crate::units::{Bytes, thousands};

/// Contexts below this are of no use to anybody.
const SHORTEST_CONTEXT: u32 = 512; // own choice, 2026-11-20
/// More devices than this are not offered.
const MOST_DEVICES: u32 = 64; // own choice, 2026-11-20

/// The refusal of a workload that is `short` of memory, with the nearest change that fits.
pub fn does_not_fit(workload: &Workload<'_>, hardware: &Hardware<'_>, need: Bytes, short: Bytes) -> Refusal {
    let there = need.saturating_sub(short);
    let nearest = smaller_format(workload, hardware)
        .map(Nearest::Format)
        .or_else(|| shorter_context(workload, hardware).map(Nearest::Context))
        .or_else(|| more_devices(workload, hardware).map(Nearest::Devices));
    let advice = match &nearest {
        Some(Nearest::Format(format)) => format!("; {format} would fit"),
        Some(Nearest::Context(tokens)) => format!("; a context of {} tokens would fit", thousands(f64::from(*tokens))),
        Some(Nearest::Devices(count)) => format!("; {count} of these devices would hold it"),
        None => String::new(),
    };
    Refusal { reason: format!("needs {need}, {there} are there: short by {short}{advice}"), nearest }
}

fn fits(workload: &Workload<'_>, hardware: &Hardware<'_>) -> Option<Bytes> {
    let need = memory::need(workload, hardware).ok()?;
    (need <= memory::usable(hardware)?).then_some(need)
}

/// The largest of the smaller formats of the same kind that fits.
fn smaller_format(workload: &Workload<'_>, hardware: &Hardware<'_>) -> Option<WeightFormat> {
    let kind = layout::kind(workload.format);
    WeightFormat::ALL
        .iter()
        .filter(|&&format| format != workload.format && layout::kind(format) == kind)
        .filter_map(|&format| Some((fits(&Workload { format, ..*workload }, hardware)?, format)))
        .max_by_key(|(need, _)| *need)
        .map(|(_, format)| format)
}

/// The longest context in steps of 256 that fits.
fn shorter_context(workload: &Workload<'_>, hardware: &Hardware<'_>) -> Option<u32> {
    let with = |steps: u32| Workload { context_tokens: steps * 256, ..*workload };
    let (mut fitting, mut failing) = (SHORTEST_CONTEXT / 256, workload.context_tokens / 256 + 1);
    fits(&with(fitting), hardware)?;
    while failing > fitting + 1 {
        let middle = fitting + (failing - fitting) / 2;
        if fits(&with(middle), hardware).is_some() {
            fitting = middle;
        } else {
            failing = middle;
        }
    }
    (fitting * 256 < workload.context_tokens).then_some(fitting * 256)
}

/// The fewest devices that hold it: each adds more memory than it takes for itself, so the search may halve.
fn more_devices(workload: &Workload<'_>, hardware: &Hardware<'_>) -> Option<u32> {
    let enough = |count| fits(workload, &Hardware { count, ..*hardware }).is_some();
    let (mut failing, mut fitting) = (hardware.count, MOST_DEVICES);
    if failing >= fitting || !enough(fitting) {
        return None;
    }
    while fitting > failing + 1 {
        let middle = failing + (fitting - failing) / 2;
        if enough(middle) {
            fitting = middle;
        } else {
            failing = middle;
        }
    }
    Some(fitting)
}
