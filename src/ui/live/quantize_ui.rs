//! The window in which a smaller file is made of a model: formats with size and published loss, progress, result.

use std::path::PathBuf;

use egui::{ProgressBar, RichText, ScrollArea, Ui};

use super::memory_ui::{Expected, memory_ui};
use super::quantize::{Choice, Choices, Made, Measured, Progress, Smaller, TextChoice, words};
use crate::catalog::{Catalog, WeightFormat};
use crate::infer::ModelHeader;
use crate::ui::theme::tokens;
use crate::units::Significant;

/// What the user asked for in this frame.
#[derive(Clone, Debug, PartialEq)]
pub enum SmallerAction {
    /// Ask where the file is to be written.
    ChoosePlace,
    /// Ask for a text to measure on.
    ChooseText,
    /// Load the new file, whose header this is, in the second column.
    Compare(PathBuf, Option<Box<ModelHeader>>),
}

/// Draws the window where it is open. `expected` is what measuring the model will take, and once there is a new file what
/// opening that will.
pub fn window_ui(
    ctx: &egui::Context,
    smaller: &mut Smaller,
    catalog: &Catalog,
    expected: Option<&Expected>,
) -> Option<SmallerAction> {
    let (mut open, mut action) = (smaller.open, None);
    let window = egui::Window::new("Make a smaller file").collapsible(false).resizable(false).default_width(440.0);
    window.open(&mut open).show(ctx, |ui| {
        ui.set_width(440.0);
        action = content_ui(ui, smaller, catalog, expected);
    });
    smaller.open &= open;
    action
}

fn content_ui(
    ui: &mut Ui,
    smaller: &mut Smaller,
    catalog: &Catalog,
    expected: Option<&Expected>,
) -> Option<SmallerAction> {
    let bad = tokens(ui).bad;
    match smaller.progress.clone() {
        Progress::Idle => {}
        Progress::Looking => {
            ui.weak("Reading the header of the model…");
        }
        Progress::Choosing(choices) => return choosing_ui(ui, smaller, &choices, catalog, expected),
        Progress::Working(work, fraction) => {
            ui.label(format!("{}…", words(work)));
            ui.add(ProgressBar::new(fraction as f32).show_percentage());
            if ui.button("Stop making the file").clicked() {
                smaller.stop();
            }
        }
        Progress::Made(made) => return made_ui(ui, smaller, &made, catalog, expected),
        Progress::Failed(problem) => {
            ui.colored_label(bad, format!("❌ {problem}"));
            again_ui(ui, smaller);
        }
        Progress::Stopped => {
            ui.label("Stopped; no file was written");
            again_ui(ui, smaller);
        }
    }
    None
}

fn again_ui(ui: &mut Ui, smaller: &mut Smaller) {
    ui.horizontal(|ui| {
        if smaller.has_choices() && ui.button("Choose another format").clicked() {
            smaller.choose_again();
        }
        if ui.button("Close this").clicked() {
            smaller.open = false;
        }
    });
}

fn choosing_ui(
    ui: &mut Ui,
    smaller: &mut Smaller,
    choices: &Choices,
    catalog: &Catalog,
    expected: Option<&Expected>,
) -> Option<SmallerAction> {
    let colors = tokens(ui);
    let name = choices.source.file_name().unwrap_or_default().to_string_lossy();
    ui.label(format!("{name}, {}", choices.source_bytes));
    if choices.formats.is_empty() {
        ui.label("No format offered here makes this file smaller");
        return None;
    }
    if !choices.again.is_empty() {
        let types = choices.again.join(", ");
        let warning = format!("⚠ It is in {types} already: what that lost stays lost, and a smaller format loses more");
        ui.colored_label(colors.warn, warning);
    }
    ScrollArea::vertical().max_height(260.0).auto_shrink([false, true]).show(ui, |ui| {
        for choice in &choices.formats {
            let chosen = smaller.format == Some(choice.format);
            let radio = ui.radio(chosen, choice_words(choice, choices, catalog));
            if radio.on_hover_text(loss_source(choice.format, catalog)).clicked() {
                smaller.format = Some(choice.format);
            }
        }
    });
    // Most stand in one table: its source is told once; that of a single format is in its hover text.
    let told = choices.formats.iter().find_map(|choice| catalog.published_loss(choice.format));
    if let Some(told) = told {
        let source = format!("Losses: {}. Smaller models lose more", loss_source(told.format, catalog));
        ui.add(egui::Label::new(RichText::new(source).small().color(colors.text_weak)).wrap());
    }
    let action = measuring_ui(ui, smaller, expected);
    ui.button("Choose where and make it…").clicked().then_some(SmallerAction::ChoosePlace).or(action)
}

/// Whether the loss is to be measured, what memory that takes, and on which text.
fn measuring_ui(ui: &mut Ui, smaller: &mut Smaller, expected: Option<&Expected>) -> Option<SmallerAction> {
    let mut measure = !smaller.leave_unmeasured;
    let hover = "Perplexity of both files on a text, on this machine; takes longer than the writing, and loads the model \
                 once more beside what is loaded";
    if ui.checkbox(&mut measure, "Measure what it loses").on_hover_text(hover).changed() {
        smaller.set_measured(measure);
    }
    if let Some(expected) = expected.filter(|expected| measure || expected.fits() == Some(false)) {
        memory_ui(ui, "Memory to measure it", 0, expected);
    }
    if !measure {
        return None;
    }
    let mut action = None;
    ui.horizontal_wrapped(|ui| {
        match &smaller.text {
            TextChoice::BuiltIn => ui.label("on the built-in text"),
            TextChoice::File(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                ui.label(format!("on {name}")).on_hover_text(path.display().to_string())
            }
        };
        let hover = "A text of the kind you will use the model on: a file in UTF-8 of at least 1,024 tokens, some pages. \
                     The published losses are on Wikipedia articles";
        if ui.button("Another text…").on_hover_text(hover).clicked() {
            action = Some(SmallerAction::ChooseText);
        }
        if smaller.text != TextChoice::BuiltIn && ui.button("The built-in text").clicked() {
            smaller.text = TextChoice::BuiltIn;
        }
    });
    action
}

/// "Q4_K_M: 4.58 GiB, 31 % of the file, published loss 2.8 %".
fn choice_words(choice: &Choice, choices: &Choices, catalog: &Catalog) -> String {
    let share = 100.0 * choice.bytes.as_f64() / choices.source_bytes.as_f64().max(1.0);
    format!("{}: {}, {share:.0} % of the file, {}", choice.format, choice.bytes, loss_words(choice.format, catalog))
}

fn loss_words(format: WeightFormat, catalog: &Catalog) -> String {
    match catalog.published_loss(format) {
        Some(loss) => format!("published loss {} %", Significant(loss.share() * 100.0)),
        None => "no published loss".to_owned(),
    }
}

/// What a format's loss was measured on, and by whom.
fn loss_source(format: WeightFormat, catalog: &Catalog) -> String {
    catalog.published_loss(format).map_or_else(
        || "Nobody published one".to_owned(),
        |loss| {
            let (source, date) = (&loss.provenance.source, &loss.provenance.date);
            format!("perplexity of {}; {source}, read {date}", loss.measured_on)
        },
    )
}

fn made_ui(
    ui: &mut Ui,
    smaller: &mut Smaller,
    made: &Made,
    catalog: &Catalog,
    expected: Option<&Expected>,
) -> Option<SmallerAction> {
    let [bytes, source] = made.bytes;
    ui.label(format!("Written: {}", made.path.display()));
    ui.label(format!("{}: {bytes}, before {source}", made.format));
    match &made.measured {
        Measured::Loss { before, after, ratio, text, run_on } => {
            ui.label(format!(
                "Perplexity before {:.3} ± {:.3}, after {:.3} ± {:.3}",
                before.value, before.deviation, after.value, after.deviation
            ));
            let loss = format!(
                "Measured loss {:.2} % ± {:.2} % on {} tokens of {text}",
                (ratio.value - 1.0) * 100.0,
                ratio.deviation * 100.0,
                after.scored_tokens
            );
            ui.add(egui::Label::new(RichText::new(loss).strong()).wrap());
            ui.weak(format!("Measured with {run_on}"));
        }
        Measured::NotAsked => {
            ui.weak("What it lost was not measured");
        }
        Measured::Failed(reason) => {
            ui.colored_label(
                tokens(ui).warn,
                format!("⚠ The file is complete; what it lost was not measured: {reason}"),
            );
        }
    }
    let published = format!("{}: {}", loss_words(made.format, catalog), loss_source(made.format, catalog));
    ui.add(egui::Label::new(RichText::new(published).color(tokens(ui).text_weak)).wrap());
    let mut action = None;
    ui.horizontal(|ui| {
        if ui.button("Open it in the second column").clicked() {
            smaller.open = false;
            action = Some(SmallerAction::Compare(made.path.clone(), made.header.clone()));
        }
    });
    if let Some(expected) = expected {
        memory_ui(ui, "Memory to open it", 1, expected);
    }
    again_ui(ui, smaller);
    action
}
