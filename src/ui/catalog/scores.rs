//! Quality scores of a model: benchmark, setting, score, source and date, a line each; added, changed and deleted in place.
//!
//! What is typed is kept in a draft until all lines are sound; the model has the last sound ones meanwhile.

use egui::{CollapsingHeader, Grid, ScrollArea, TextEdit, Ui};

use super::cell::{note_typed, problem_of};
use super::value::{parse, plain};
use crate::catalog::{Date, Model, QualityScore};
use crate::ui::documents::today;
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;

/// Fields of a line with their widths, in points.
const FIELDS: [(&str, f32); 5] =
    [("Benchmark", 130.0), ("Setting", 130.0), ("Score", 60.0), ("Source", 230.0), ("Date", 80.0)];
/// No field is longer, in characters.
const LONGEST: usize = 400;

/// Lines being changed.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoresDraft {
    /// Id of the model.
    model: String,
    /// What the model has.
    taken: Vec<QualityScore>,
    /// As typed: the fields in order.
    lines: Vec<[String; FIELDS.len()]>,
    problem: Option<String>,
}

impl ScoresDraft {
    fn of(model: &Model) -> Self {
        let line = |score: &QualityScore| {
            [
                score.benchmark.clone(),
                score.setting.clone().unwrap_or_default(),
                plain(score.score),
                score.source.clone(),
                score.date.as_ref().map(ToString::to_string).unwrap_or_default(),
            ]
        };
        let lines = model.quality.iter().map(line).collect();
        Self { model: model.id.to_string(), taken: model.quality.clone(), lines, problem: None }
    }

    /// The scores as typed, or the first thing wrong with them.
    fn scores(&self) -> Result<Vec<QualityScore>, String> {
        self.lines
            .iter()
            .enumerate()
            .map(|(at, line)| score_of(line).map_err(|problem| format!("Score {}: {problem}", at + 1)))
            .collect()
    }
}

fn score_of([benchmark, setting, score, source, date]: &[String; FIELDS.len()]) -> Result<QualityScore, String> {
    let words = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(QualityScore {
        benchmark: words(benchmark).ok_or("type the benchmark")?,
        setting: words(setting),
        // Some benchmarks go below zero.
        score: match score.trim().strip_prefix('-') {
            Some(rest) => -parse(rest)?.ok_or("type the score")?,
            None => parse(score)?.ok_or("type the score")?,
        },
        source: words(source).ok_or("type who published it")?,
        date: words(date).map(Date::try_from).transpose()?,
    })
}

/// Draws the scores of a model, folded at first.
pub fn scores_ui(ui: &mut Ui, scene: &mut Scene<'_>, model: &Model, draft: &mut Option<ScoresDraft>) {
    // Undone, imported or of another model: what is typed is about something else.
    let same = draft.as_ref().is_some_and(|draft| draft.model == model.id.as_str() && draft.taken == model.quality);
    if !same {
        *draft = Some(ScoresDraft::of(model));
    }
    let Some(draft) = draft else { return };
    let header = CollapsingHeader::new(format!("Quality scores ({})", model.quality.len())).id_salt("quality scores");
    header.show(ui, |ui| {
        let mut changed = lines_ui(ui, draft);
        ui.horizontal(|ui| {
            if ui.button("Add a score").on_hover_text("One more line, to be filled in").clicked() {
                let day = today().map(|day| day.to_string()).unwrap_or_default();
                let mut line = <[String; FIELDS.len()]>::default();
                if let Some(date) = line.last_mut() {
                    *date = day;
                }
                draft.lines.push(line);
                changed = true;
            }
            if let Some(problem) = &draft.problem {
                ui.colored_label(tokens(ui).bad, format!("❌ {problem}"));
            }
        });
        if changed {
            take(scene, model, draft);
        }
    });
    ui.add_space(4.0);
}

/// Draws a field for each value. Whether anything was changed.
fn lines_ui(ui: &mut Ui, draft: &mut ScoresDraft) -> bool {
    let (mut changed, mut deleted) = (false, None);
    ScrollArea::both().max_height(180.0).id_salt("scores").show(ui, |ui| {
        Grid::new("scores").num_columns(FIELDS.len() + 1).spacing([6.0, 4.0]).show(ui, |ui| {
            for (title, _) in FIELDS {
                ui.strong(title);
            }
            ui.end_row();
            for (at, line) in draft.lines.iter_mut().enumerate() {
                for ((title, width), text) in FIELDS.into_iter().zip(line) {
                    let field = TextEdit::singleline(text).char_limit(LONGEST).desired_width(width);
                    changed |= ui.add(field).accessible_name(format!("{title} of score {}", at + 1)).changed();
                }
                let button = ui.small_button("Delete").on_hover_text("Delete this score");
                button.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Delete score {}", at + 1))
                });
                if button.clicked() {
                    deleted = Some(at);
                }
                ui.end_row();
            }
        });
    });
    if let Some(at) = deleted {
        draft.lines.remove(at);
    }
    changed || deleted.is_some()
}

/// Puts the lines into the model where all of them are sound; else says what is wrong.
fn take(scene: &mut Scene<'_>, model: &Model, draft: &mut ScoresDraft) {
    let made = draft.scores().and_then(|quality| {
        let mut changed = Model { quality, ..model.clone() };
        note_typed(&mut changed.provenance, "quality");
        problem_of(&changed).map_or(Ok(changed), Err)
    });
    match made {
        Ok(changed) => {
            draft.taken.clone_from(&changed.quality);
            draft.problem = None;
            if changed.quality != model.quality {
                scene.project.layer.put(changed);
                scene.project.layer.drop_unchanged(scene.base);
            }
        }
        Err(problem) => draft.problem = Some(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_score_once_benchmark_score_and_source_are_there() {
        let line = |values: [&str; 5]| score_of(&values.map(str::to_owned));
        let score = line(["MMLU", "5-shot", "65.5", "its card", "2026-11"]).expect("a score");
        assert_eq!((score.setting.as_deref(), score.score), (Some("5-shot"), 65.5));
        assert_eq!(line(["Arena", "", "-3", "its card", ""]).expect("a score").score, -3.0);
        for (bad, word) in [
            (["", "", "1", "s", ""], "benchmark"),
            (["b", "", "", "s", ""], "score"),
            (["b", "", "1,5", "s", ""], "decimal point"),
            (["b", "", "NaN", "s", ""], "zero or more"),
            (["b", "", "1", " ", ""], "published"),
            (["b", "", "1", "s", "soon"], "date"),
        ] {
            let problem = line(bad).expect_err(word);
            assert!(problem.contains(word), "{problem}");
        }
    }
}
