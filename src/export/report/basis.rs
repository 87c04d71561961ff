//! How the headline numbers were made: formula, inputs, band.

use crate::export::markdown::plain;
use crate::project::Outcome;
use crate::sizing::Basis;

pub(super) fn section(outcome: &Outcome) -> String {
    let (total, money) = (&outcome.total, &outcome.money);
    let mut text = "## How the numbers were made\n\n".to_owned();
    text += &one("Sessions in all", &total.sessions.basis);
    let chosen = outcome.selected.and_then(|selected| outcome.scenarios.get(selected));
    for server in chosen.map_or(&[][..], |scenario| &scenario.servers) {
        if let Ok(plan) = &server.serving {
            text += &one(&format!("Sessions of one {}", server.name), &plan.sessions.basis);
        }
        if let Ok(estimate) = &server.estimate
            && let Ok(decode) = &estimate.decode
        {
            text += &one(&format!("One session alone on {}", server.name), &decode.basis);
        }
    }
    for (name, basis) in [
        ("USD per million tokens", money.usd_per_mtok.as_ref().map(|figure| &figure.basis)),
        ("Wh per 1,000 tokens", money.energy_per_1k_tokens.as_ref().map(|figure| &figure.basis)),
        ("gCO2e per 1,000 tokens", money.carbon_per_1k_tokens.as_ref().map(|figure| &figure.basis)),
    ] {
        text += &basis.map_or_else(String::new, |basis| one(name, basis));
    }
    text
}

fn one(name: &str, basis: &Basis) -> String {
    let mut text = format!("**{}** ({}): {}\n\n", plain(name), basis.standing.label(), plain(&basis.formula));
    for input in &basis.inputs {
        let (name, value, source) = (plain(&input.name), plain(&input.value), plain(&input.source));
        text += &format!("- {name} = {value} ({}: {source})\n", input.standing.label());
    }
    if !basis.band.is_empty() {
        text += &format!("- band: {}\n", plain(&basis.band));
    }
    if basis.inputs.is_empty() && basis.band.is_empty() { text } else { text + "\n" }
}
