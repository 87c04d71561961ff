//! Weight formats, which are part of the program: a layout's bits are arithmetic and not opinion, so they are shown and not
//! edited. What is measured of a format, its loss, is a kind of entry; a mix of one's own is another.
//!
//! Their numbers are read from where they are computed with; nothing is repeated here.

use std::sync::LazyLock;

use egui::{Align, Layout, RichText, Ui};
use egui_extras::{Column as Width, TableBuilder};

use crate::catalog::{Engine, Standing, WeightFormat};
use crate::sizing::weights::layout::{self, FormatKind, Storage};
use crate::ui::scene::Scene;
use crate::ui::widgets::{matches, standing_ui};
use crate::units::Significant;

const ROW: f32 = 24.0;
const TITLES: [&str; 7] = ["Name", "Id", "Kind", "Bits of the usual matrix", "Mixed", "Published loss (%)", "Source"];

struct FixedRow {
    format: WeightFormat,
    /// Name, id, kind, bits, mixed.
    cells: [String; 5],
    source: &'static str,
}

static FORMATS: LazyLock<Vec<FixedRow>> =
    LazyLock::new(|| WeightFormat::ALL.iter().map(|&format| format_row(format)).collect());

fn format_row(format: WeightFormat) -> FixedRow {
    // As the engine that reads it stores it.
    let (kind, engine) = match layout::kind(format) {
        FormatKind::Gguf => ("GGUF", Engine::LlamaCpp),
        FormatKind::Checkpoint => ("checkpoint", Engine::Vllm),
        FormatKind::Mlx => ("MLX", Engine::Mlx),
    };
    let storage = Storage::of(format, engine);
    FixedRow {
        format,
        cells: [
            format.label().to_owned(),
            format.id().to_owned(),
            kind.to_owned(),
            Significant(storage.bits_per_weight()).to_string(),
            if storage.is_mixed() { "some tensors in more bits" } else { "no" }.to_owned(),
        ],
        source: layout::source(format),
    }
}

/// How many formats there are.
pub fn count() -> usize {
    FORMATS.len()
}

/// Draws the formats whose name, id or source the filter is in.
pub fn formats_ui(ui: &mut Ui, scene: &Scene<'_>, filter: &str) {
    let wanted = |row: &&FixedRow| {
        filter.is_empty() || matches(filter, &row.cells.join(" "), "") || matches(filter, row.source, "")
    };
    let rows: Vec<&FixedRow> = FORMATS.iter().filter(wanted).collect();
    let mut builder = TableBuilder::new(ui)
        .id_salt("weight formats")
        .striped(true)
        .resizable(true)
        .auto_shrink(false)
        .cell_layout(Layout::left_to_right(Align::Center));
    for title in TITLES {
        let width = match title {
            "Name" => 190.0,
            "Source" => 360.0,
            _ => 120.0,
        };
        builder = builder.column(Width::initial(width).at_least(60.0).clip(true));
    }
    builder
        .header(ROW, |mut header| {
            for title in TITLES {
                header.col(|ui| drop(ui.add(egui::Label::new(RichText::new(title).strong()).truncate())));
            }
        })
        .body(|body| {
            body.rows(ROW, rows.len(), |mut row| {
                let Some(line) = rows.get(row.index()) else { return };
                for cell in &line.cells {
                    row.col(|ui| {
                        let label = ui.add(egui::Label::new(cell.as_str()).truncate());
                        label.on_hover_ui(|ui| {
                            standing_ui(ui, Standing::Cited);
                            ui.label(line.source);
                        });
                    });
                }
                row.col(|ui| loss_ui(ui, scene, line.format));
                row.col(|ui| drop(ui.add(egui::Label::new(line.source).truncate()).on_hover_text(line.source)));
            });
        });
}

/// The published loss, which is an entry of its own.
fn loss_ui(ui: &mut Ui, scene: &Scene<'_>, format: WeightFormat) {
    let Some(loss) = scene.catalog.published_loss(format) else {
        ui.weak("unknown").on_hover_text("Nobody published one; add it under Format losses");
        return;
    };
    ui.label(format!("{}", Significant(loss.share() * 100.0))).on_hover_ui(|ui| {
        standing_ui(ui, Standing::Computed);
        ui.label("perplexity added / perplexity as trained; change it under Format losses");
        super::cell::source_ui(ui, &loss.provenance, "perplexity_more");
        ui.label(&loss.measured_on);
    });
}
