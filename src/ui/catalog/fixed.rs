//! Kinds that are part of the program and are not edited: weight formats, engines, published site overheads.
//!
//! Their numbers are read from where they are computed with; nothing is repeated here.

use std::sync::LazyLock;

use egui::{Align, Button, Layout, RichText, Ui};
use egui_extras::{Column as Width, TableBuilder};

use crate::catalog::{Engine, SITES, WeightFormat};
use crate::sizing::buffers::ServedProfile;
use crate::sizing::kv_cache::CacheProfile;
use crate::sizing::weights::layout::{self, FormatKind, Storage};
use crate::ui::scene::Scene;
use crate::ui::widgets::matches;
use crate::units::Significant;

const ROW: f32 = 24.0;

/// One table.
pub struct FixedTable {
    titles: &'static [&'static str],
    rows: Vec<FixedRow>,
}

struct FixedRow {
    cells: Vec<String>,
    source: String,
    /// A site overhead the plan can take.
    pue: Option<f64>,
}

/// Weight formats and what their usual matrix takes.
pub static FORMATS: LazyLock<FixedTable> = LazyLock::new(|| FixedTable {
    titles: &["Name", "Id", "Kind", "Bits of the usual matrix", "Mixed", "Source"],
    rows: WeightFormat::ALL.iter().map(|&format| format_row(format)).collect(),
});

/// Engines and how they lay out the cache.
pub static ENGINES: LazyLock<FixedTable> = LazyLock::new(|| FixedTable {
    titles: &[
        "Name",
        "Id",
        "Cache block (tokens)",
        "Kept beyond a window (tokens)",
        "Versions",
        "Prompt tokens of a step",
        "Source",
    ],
    rows: Engine::ALL.iter().map(|&engine| engine_row(engine)).collect(),
});

/// Published site overheads.
pub static SITE_TABLE: LazyLock<FixedTable> = LazyLock::new(|| FixedTable {
    titles: &["Name", "PUE", "Year", "Source"],
    rows: SITES
        .iter()
        .map(|site| FixedRow {
            cells: vec![site.name.to_owned(), site.pue.to_string(), site.year.to_string(), site.source.to_owned()],
            source: format!("{} (cited, {})", site.source, site.year),
            pue: Some(site.pue),
        })
        .collect(),
});

fn format_row(format: WeightFormat) -> FixedRow {
    // As the engine that reads it stores it.
    let (kind, engine) = match layout::kind(format) {
        FormatKind::Gguf => ("GGUF", Engine::LlamaCpp),
        FormatKind::Checkpoint => ("checkpoint", Engine::Vllm),
        FormatKind::Mlx => ("MLX", Engine::Mlx),
    };
    let storage = Storage::of(format, engine);
    let source = layout::source(format).to_owned();
    FixedRow {
        cells: vec![
            format.label().to_owned(),
            format.id().to_owned(),
            kind.to_owned(),
            Significant(storage.bits_per_weight()).to_string(),
            if storage.is_mixed() { "some tensors in more bits" } else { "no" }.to_owned(),
            source.clone(),
        ],
        source: format!("{source} (cited)"),
        pue: None,
    }
}

fn engine_row(engine: Engine) -> FixedRow {
    let cache = CacheProfile::of(engine);
    let served = ServedProfile::of(engine);
    let source = CacheProfile::source(engine);
    FixedRow {
        cells: vec![
            engine.label().to_owned(),
            engine.id().to_owned(),
            cache.block_tokens.to_string(),
            cache.window_slack.to_string(),
            served.map_or("counted from its graph", |profile| profile.label).to_owned(),
            served.map_or_else(|| "as its graph".to_owned(), |profile| profile.token_budget.to_string()),
            source.to_owned(),
        ],
        source: format!("{source} (cited)"),
        pue: None,
    }
}

impl FixedTable {
    /// Draws it.
    pub fn ui(&self, ui: &mut Ui, scene: &mut Scene<'_>, filter: &str) {
        let rows: Vec<&FixedRow> =
            self.rows.iter().filter(|row| filter.is_empty() || matches(filter, &row.cells.join(" "), "")).collect();
        let mut builder = TableBuilder::new(ui)
            .id_salt(self.titles)
            .striped(true)
            .resizable(true)
            .auto_shrink(false)
            .cell_layout(Layout::left_to_right(Align::Center));
        for title in self.titles {
            let width = match *title {
                "Name" => 220.0,
                "Source" => 420.0,
                _ => 130.0,
            };
            builder = builder.column(Width::initial(width).at_least(60.0).clip(true));
        }
        let mut chosen = None;
        builder
            .header(ROW, |mut header| {
                for title in self.titles {
                    header.col(|ui| drop(ui.add(egui::Label::new(RichText::new(*title).strong()).truncate())));
                }
            })
            .body(|body| {
                body.rows(ROW, rows.len(), |mut row| {
                    let Some(line) = rows.get(row.index()) else { return };
                    for (at, cell) in line.cells.iter().enumerate() {
                        row.col(|ui| {
                            if let (1, Some(pue)) = (at, line.pue) {
                                let button = ui.add(Button::new(cell).small());
                                let name = line.cells.first().map_or("", String::as_str);
                                button.widget_info(|| {
                                    let words = format!("Use PUE {cell} of {name}");
                                    egui::WidgetInfo::labeled(egui::Role::Button, true, words)
                                });
                                if button.on_hover_text("Use it in this plan").clicked() {
                                    chosen = Some(pue);
                                }
                                return;
                            }
                            let label = ui.add(egui::Label::new(cell.as_str()).truncate());
                            label.on_hover_text(line.source.as_str());
                        });
                    }
                });
            });
        if let Some(pue) = chosen {
            scene.project.money.pue = pue;
        }
    }

    /// How many rows it has.
    pub const fn len(&self) -> usize {
        self.rows.len()
    }
}
