//! Memory: a stacked bar against what the devices have, and under it the ledger line by line.

use egui::Ui;
use smol_str::SmolStr;

use crate::catalog::Standing;
use crate::sizing::memory::{MemoryKind, MemoryLedger, MemoryPart};
use crate::sizing::{Basis, BasisInput, Estimate, Verdict};
use crate::ui::theme::{Tokens, tokens};
use crate::ui::widgets::{Segment, Shown, bar_ui, figure_ui, refusal_ui, section_ui, unknown_ui};
use crate::units::Bytes;

/// The words for a part of the ledger.
pub const fn memory_word(kind: MemoryKind) -> &'static str {
    match kind {
        MemoryKind::Weights => "Weights",
        MemoryKind::KvCache => "KV cache",
        MemoryKind::Buffers => "Buffers",
        MemoryKind::Runtime => "Runtime",
    }
}

/// The parts of a ledger as segments of a bar.
pub fn memory_segments(ledger: &MemoryLedger, colors: &Tokens) -> Vec<Segment> {
    let segment = |part: &MemoryPart| Segment {
        amount: part.likely.as_f64(),
        fill: colors.memory(part.kind),
        hover: format!("{}: {}", memory_word(part.kind), part.likely),
    };
    ledger.parts.iter().map(segment).collect()
}

/// Draws bar and ledger.
pub fn ledger_ui(ui: &mut Ui, sized: &Estimate) {
    section_ui(ui, "MEMORY");
    let ledger = match &sized.memory {
        Ok(ledger) => ledger,
        Err(refusal) => return refusal_ui(ui, "Memory needed", refusal),
    };
    let colors = tokens(ui);
    let segments = memory_segments(ledger, colors);
    let total = ledger.total();
    let words = match sized.capacity {
        Some(capacity) => format!("Memory: {total} of {capacity}"),
        None => format!("Memory: {total}, capacity unknown"),
    };
    bar_ui(ui, &words, &segments, sized.capacity.map(Bytes::as_f64), 26.0);
    for part in &ledger.parts {
        ui.horizontal(|ui| {
            let (square, _) = ui.allocate_exact_size(egui::vec2(10.0, 14.0), egui::Sense::hover());
            ui.painter().rect_filled(square.shrink2(egui::vec2(0.0, 2.0)), 2.0, colors.memory(part.kind));
            ui.vertical(|ui| figure_ui(ui, &shown(part)));
        });
    }
    ui.separator();
    let basis = total_basis(&ledger.parts);
    let likely = total.to_string();
    figure_ui(ui, &Shown { name: "Memory in all", likely, band: String::new(), basis: &basis });
    match sized.capacity {
        Some(capacity) => {
            let basis = capacity_basis(total, capacity);
            let (name, left) = match sized.verdict {
                Verdict::DoesNotFit { short } => ("Short by", short),
                Verdict::Fits { spare } | Verdict::Tight { spare } => ("Spare", spare),
                Verdict::Unknown => return,
            };
            figure_ui(ui, &Shown { name, likely: left.to_string(), band: String::new(), basis: &basis });
        }
        None => unknown_ui(ui, "Spare", "The device's memory depends on what is fitted: type it in the catalog"),
    }
}

fn shown(part: &MemoryPart) -> Shown<'_> {
    let band = if part.low == part.high { String::new() } else { format!("[{} – {}]", part.low, part.high) };
    Shown { name: memory_word(part.kind), likely: part.likely.to_string(), band, basis: &part.basis }
}

fn total_basis(parts: &[MemoryPart]) -> Basis {
    let input = |part: &MemoryPart| {
        BasisInput::new(memory_word(part.kind), part.likely, part.basis.standing, part.basis.formula.as_str())
    };
    Basis {
        standing: parts.iter().map(|part| part.basis.standing).max().unwrap_or(Standing::Computed),
        formula: SmolStr::new_static("The sum of the parts"),
        inputs: parts.iter().map(input).collect(),
        band: SmolStr::default(),
    }
}

fn capacity_basis(total: Bytes, capacity: Bytes) -> Basis {
    Basis {
        standing: Standing::Computed,
        formula: SmolStr::new_static("What the devices have, less what is needed; less than 5 % to spare is tight"),
        inputs: vec![
            BasisInput::new("the devices have", capacity, Standing::Cited, "the catalog, or what is fitted"),
            BasisInput::new("needed", total, Standing::Computed, "the sum of the parts above"),
        ],
        band: SmolStr::default(),
    }
}
