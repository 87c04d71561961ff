//! Cost, energy and carbon of a token, and the hosted model's price for the same.

use egui::Ui;

use super::line_ui;
use crate::export::against_hosted;
use crate::project::{HostedComparison, Lack, Outcome};
use crate::ui::widgets::{Shown, figure_ui, section_ui, unknown_ui};
use crate::units::Significant;

/// Draws the section.
pub fn money_ui(ui: &mut Ui, outcome: &Outcome) {
    section_ui(ui, "PER TOKEN");
    let money = &outcome.money;
    match &money.usd_per_mtok {
        Some(figure) => {
            figure_ui(ui, &Shown::new("Cost per Mtok", figure, "USD", |v| Significant(v.as_usd()).to_string()));
        }
        None => unknown_ui(ui, "Cost per Mtok", &why(money.lacks.cost)),
    }
    if money.fittings_without_price > 0 {
        ui.weak(format!("Price unknown: {} fittings, not in the sum", money.fittings_without_price))
            .on_hover_text("Panels, switches and other things that run no model: type their price in the catalog");
    }
    match &money.marginal_usd_per_mtok {
        Some(figure) => {
            figure_ui(ui, &Shown::new("Electricity per Mtok", figure, "USD", |v| Significant(v.as_usd()).to_string()));
        }
        None if money.lacks.electricity == Some(Lack::InTheRent) => {
            line_ui(ui, "Electricity per Mtok", "in the rent".to_owned());
        }
        None => unknown_ui(ui, "Electricity per Mtok", &why(money.lacks.electricity)),
    }
    match &money.energy_per_1k_tokens {
        Some(figure) => {
            figure_ui(
                ui,
                &Shown::new("Energy per 1k tokens", figure, "Wh", |v| Significant(v.as_watt_hours()).to_string()),
            );
        }
        None => unknown_ui(ui, "Energy per 1k tokens", &why(money.lacks.energy)),
    }
    match &money.carbon_per_mtok {
        Some(figure) => {
            figure_ui(ui, &Shown::new("Carbon per Mtok", figure, "gCO2e", |v| Significant(v.as_grams()).to_string()));
        }
        None => unknown_ui(ui, "Carbon per Mtok", &why(money.lacks.carbon)),
    }
    if let (Some(all), Some(making)) = (money.carbon_per_year, money.embodied_per_year) {
        let share = if all.as_grams() > 0.0 { (making.as_grams() / all.as_grams() * 100.0).round() } else { 0.0 };
        ui.weak(format!("{share} % of the carbon is of making the servers"))
            .on_hover_text("The rest is of using them, by the grid chosen on the left and its year");
    }
    if let Some(hosted) = &money.hosted {
        hosted_ui(ui, hosted);
    }
}

/// Why a number is not there.
fn why(lack: Option<Lack>) -> String {
    lack.map_or_else(String::new, Lack::words)
}

fn hosted_ui(ui: &mut Ui, hosted: &HostedComparison) {
    section_ui(ui, "AGAINST A HOSTED MODEL");
    let charge = Significant(hosted.hosted_usd_per_mtok.as_usd());
    ui.label(format!("{} of {} charges {charge} USD per Mtok ({})", hosted.name, hosted.provider, hosted.date))
        .on_hover_text("For a million generated tokens with the prompts that belong to them");
    ui.label(against_hosted(hosted));
}
