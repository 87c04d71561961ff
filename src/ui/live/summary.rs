//! After an answer: what this run was, in a line one can quote, and what to make of it.

use egui::{RichText, Ui};

use super::names::named;
use super::session::Session;
use crate::infer::thread_words;
use crate::ui::theme::tokens;
use crate::ui::widgets::section_ui;
use crate::units::{Seconds, Significant, TokensPerSecond};

/// The run in one line. `None`: no answer has ended yet.
pub fn run_line(session: &Session) -> Option<String> {
    let (summary, model) = (session.summary.as_ref()?, session.model.as_ref()?);
    let speed = |v: TokensPerSecond| format!("{} tokens/s", Significant(v.as_tokens_per_second()));
    let read = summary.prompt_tokens.saturating_sub(summary.cached_tokens);
    let mut line = format!("{} ({}): read {read} tokens", model.name, model.tensor_types);
    if let Some(prefill) = summary.prefill {
        line.push_str(&format!(" at {}", speed(prefill)));
    }
    if summary.cached_tokens > 0 {
        line.push_str(&format!(", {} more were still in mind", summary.cached_tokens));
    }
    line.push_str(&format!("; wrote {}", summary.generated_tokens));
    if let Some(decode) = summary.decode {
        line.push_str(&format!(" at {}", speed(decode)));
    }
    if let Some(first) = summary.time_to_first_token {
        line.push_str(&format!(", the first after {}", time(first)));
    }
    let threads = thread_words(summary.threads, model.threads_by);
    Some(format!("{line}; {threads}, {} kernels", summary.tier))
}

fn time(time: Seconds) -> String {
    crate::ui::sizing::time_text(time)
}

/// Draws the summary of a column's last run, where there is one.
pub fn summary_ui(ui: &mut Ui, session: &Session, column: usize) {
    let Some(line) = run_line(session) else { return };
    section_ui(ui, &named("THIS RUN", column));
    ui.label(RichText::new(&line).small());
    ui.horizontal_wrapped(|ui| {
        let copy = ui.small_button("Copy");
        let name = named("Copy the run's figures", column);
        copy.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
        if copy.on_hover_text("Put this line on the clipboard").clicked() {
            ui.copy_text(line.clone());
        }
        let color = tokens(ui).text_weak;
        ui.label(RichText::new("It shows this machine's speed, not how good a model is").small().color(color));
    });
}
