//! What a rack draws, weighs and gives off, what a year costs, and the hosted model beside it, in the answer of
//! `sizewright rack --json`. Units stand in the keys; what cannot be told is null.

use serde_json::{Map, Value, json};

use super::figures;
use crate::project::{BreakEven, HostedComparison, MoneyOutcome, RackOutcome, Staircase};
use crate::rack::{FeedLoads, LineLoads};
use crate::units::{AirFlow, Amperes, GramsCo2e, Joules, RackUnits, Usd, Watts};

/// Feeds, lines, weight, heat and air of a rack.
pub fn of_rack(rack: &RackOutcome) -> Map<String, Value> {
    named([
        ("height_u", json!(rack.layout.height_units)),
        ("used_u", json!(rack.used_units)),
        ("usable_power_w", json!(rack.usable_power.as_watts())),
        ("weight_kg", json!(rack.weight.as_kilograms())),
        ("devices_without_weight", json!(rack.without_weight)),
        ("devices_without_power", json!(rack.without_power)),
        ("centre_of_mass_u", json!(rack.load.centre_of_mass.map(RackUnits::as_units))),
        ("share_of_static_load", json!(rack.load.of_static)),
        ("share_of_rolling_load", json!(rack.load.of_rolling)),
        ("heat_btu_per_hour", json!(rack.heat_btu_per_hour)),
        ("air_m3_per_s", json!(rack.air_flow.map(AirFlow::as_cubic_metres_per_second))),
        ("cooling", json!(rack.cooling.label())),
        ("liquid_cooled_devices", json!(rack.liquid_only)),
        ("feeds", json!(rack.feeds.as_ref().map(feeds))),
        ("lines", json!(rack.lines.as_ref().map(lines))),
    ])
}

fn feeds(feeds: &FeedLoads) -> Value {
    let watts = |power: Option<Watts>| power.map(Watts::as_watts);
    json!({
        "usable_w_each": feeds.usable.as_watts(),
        "a_w": feeds.a.as_watts(),
        "b_w": watts(feeds.b),
        "b_after_a_is_lost_w": watts(feeds.b_after_a_is_lost),
        "a_after_b_is_lost_w": watts(feeds.a_after_b_is_lost),
        "lost_with_a_w": feeds.lost_with_a.as_watts(),
        "lost_with_b_w": feeds.lost_with_b.as_watts(),
        "devices_without_power": feeds.unknown,
    })
}

fn lines(lines: &LineLoads) -> Value {
    let amperes = |lines: Option<[Amperes; 3]>| lines.map(|each| each.map(Amperes::as_amperes));
    json!({
        "usable_amperes_each": lines.usable.as_amperes(),
        "a_amperes": amperes(Some(lines.a)),
        "b_amperes": amperes(lines.b),
        "b_after_a_is_lost_amperes": amperes(lines.b_after_a_is_lost),
        "a_after_b_is_lost_amperes": amperes(lines.a_after_b_is_lost),
    })
}

/// A year in money, energy and carbon, what one token more costs, and the hosted model.
pub fn of_money(money: &MoneyOutcome) -> Map<String, Value> {
    let usd = |usd: Option<Usd>| json!(usd.map(Usd::as_usd));
    let kilograms = |carbon: Option<GramsCo2e>| json!(carbon.map(GramsCo2e::as_kilograms));
    named([
        ("marginal_usd_per_mtok", json!(money.marginal_usd_per_mtok.as_ref().map(|it| figures::band(it, Usd::as_usd)))),
        ("gco2_per_mtok", json!(money.carbon_per_mtok.as_ref().map(|it| figures::band(it, GramsCo2e::as_grams)))),
        ("tokens_per_year", json!(money.tokens_per_year)),
        ("it_energy_kwh_per_year", json!(money.it_energy_per_year.map(Joules::as_kilowatt_hours))),
        ("site_energy_kwh_per_year", json!(money.site_energy_per_year.map(Joules::as_kilowatt_hours))),
        ("power_usd_per_year", usd(money.power_cost_per_year)),
        ("capital_usd_per_year", usd(money.capital_per_year)),
        ("support_usd_per_year", usd(money.support_per_year)),
        ("carbon_kg_per_year", kilograms(money.carbon_per_year)),
        ("making_carbon_kg_per_year", kilograms(money.embodied_per_year)),
        ("hosted", json!(money.hosted.as_ref().map(hosted))),
    ])
}

fn hosted(hosted: &HostedComparison) -> Value {
    let (verdict, tokens) = match hosted.break_even {
        BreakEven::From { tokens_per_year } => ("cheaper from there on", Some(tokens_per_year)),
        BreakEven::BeyondCapacity { tokens_per_year } => ("beyond what these servers make", Some(tokens_per_year)),
        BreakEven::Never => ("never cheaper", None),
        BreakEven::Unknown => ("unknown", None),
    };
    json!({
        "name": hosted.name,
        "provider": hosted.provider,
        "date": hosted.date,
        "usd_per_mtok": hosted.hosted_usd_per_mtok.as_usd(),
        "utilisation": hosted.utilisation,
        "saving_share": hosted.saving_share,
        "saving_usd_per_year": hosted.saving_per_year.map(Usd::as_usd),
        "break_even": verdict,
        "break_even_tokens_per_year": tokens,
    })
}

/// Servers for what the readers ask for.
pub fn of_staircase(stairs: &Staircase) -> Value {
    json!({
        "tokens_per_year": stairs.tokens_per_year,
        "servers": stairs.servers,
        "spare_servers": stairs.spares,
        "servers_for_tokens": stairs.for_tokens,
        "servers_for_peak": stairs.for_peak,
        "own_usd_per_year": stairs.own_per_year.map(Usd::as_usd),
        "hosted_usd_per_year": stairs.hosted_per_year.map(Usd::as_usd),
    })
}

fn named<const N: usize>(figures: [(&'static str, Value); N]) -> Map<String, Value> {
    figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
