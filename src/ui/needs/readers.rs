//! How fast readers read, how long they wait, how many there are.

use egui::Ui;

use super::folded_ui;
use crate::project::{Demand, Needs};
use crate::sizing::serving::Sense;
use crate::ui::widgets::{
    NumberField, Scale, SliderField, choice_ui, integer_ui, number_ui, optional_number_ui, percent_ui, section_ui,
    slider_ui,
};
use crate::units::{Seconds, TokensPerSecond};

/// Draws the section.
pub fn readers_ui(ui: &mut Ui, needs: &mut Needs) {
    section_ui(ui, "READERS");
    integer_ui(ui, "Prompt (tokens)", "Length of a typical prompt", 1..=10_000_000, &mut needs.prompt_tokens);
    integer_ui(ui, "Answer (tokens)", "Length of a typical answer", 1..=10_000_000, &mut needs.output_tokens);
    let mut words = needs.target_words_per_minute();
    let field = SliderField {
        name: "Reading speed (words/min)",
        hover: "How fast each session must be: 250 is usual reading, 450 is skimming",
        range: 20.0..=6000.0,
        scale: Scale::Logarithmic,
        step: 1.0,
    };
    if slider_ui(ui, &field, &mut words) {
        needs.set_target_words_per_minute(words);
    }
    let mut speed = needs.target_speed.as_tokens_per_second();
    let field = SliderField {
        name: "Speed per session (tokens/s)",
        hover: "The same speed in tokens: what each session must get at least",
        range: 0.5..=150.0,
        scale: Scale::Logarithmic,
        step: 0.1,
    };
    if slider_ui(ui, &field, &mut speed) {
        needs.target_speed = TokensPerSecond::from_tokens_per_second(speed);
    }
    folded_ui(ui, "Waiting and words", "The first token, which speed counts, and how many words a token is", |ui| {
        patience_ui(ui, needs)
    });
    folded_ui(ui, "Demand", "How many people ask, and how often", |ui| demand_ui(ui, &mut needs.demand));
}

fn patience_ui(ui: &mut Ui, needs: &mut Needs) {
    let hover = "Which speed must reach it. A gap is the time between two tokens: the median ignores slow ones, p95 leaves \
                 one in twenty out";
    if let Some(sense) = choice_ui(ui, "At least means", hover, needs.sense, Sense::ALL, |it| it.label().to_owned()) {
        needs.sense = sense;
    }
    let field = NumberField {
        name: "First token within (s)",
        hover: "The longest a reader waits for the first token; off: no limit",
        range: 0.05..=600.0,
        decimals: 2,
    };
    let mut wait = needs.time_to_first_token.map(Seconds::as_secs);
    if optional_number_ui(ui, &field, 2.0, &mut wait) {
        needs.time_to_first_token = wait.map(Seconds::from_secs);
    }
    let field = NumberField {
        name: "Words per token",
        hover: "0.75 for English with today's tokenizers; less for other languages and for code",
        range: 0.05..=2.0,
        decimals: 2,
    };
    // The reading speed is what people mean; the speed in tokens follows it.
    let reading = needs.target_words_per_minute();
    if number_ui(ui, &field, &mut needs.words_per_token) {
        needs.set_target_words_per_minute(reading);
    }
}

fn demand_ui(ui: &mut Ui, demand: &mut Demand) {
    integer_ui(ui, "Users", "People with access", 0..=1_000_000_000, &mut demand.users);
    let field = NumberField {
        name: "Active in an hour (%)",
        hover: "Share of the users who ask something in a usual hour",
        range: 0.0..=100.0,
        decimals: 1,
    };
    percent_ui(ui, &field, &mut demand.active_share);
    let field = NumberField {
        name: "Requests of each per hour",
        hover: "Of a user who is active in that hour",
        range: 0.0..=10_000.0,
        decimals: 1,
    };
    number_ui(ui, &field, &mut demand.requests_per_active_hour);
    let field = NumberField {
        name: "Peak over mean",
        hover: "2 for users all over the world, 3 usual, 5 to 10 for office hours in one place",
        range: 1.0..=100.0,
        decimals: 1,
    };
    number_ui(ui, &field, &mut demand.peak_factor);
    let field = NumberField {
        name: "Spread of answer times",
        hover: "Standard deviation of the time a request takes over its mean: 0 all alike, 0.7 to 1 language models; the wider, \
                the longer requests wait",
        range: 0.0..=10.0,
        decimals: 2,
    };
    number_ui(ui, &field, &mut demand.service_spread);
}
