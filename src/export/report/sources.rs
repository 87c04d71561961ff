//! Every catalog entry the plan rests on, with its source, its date and what stands on something else; then what the user
//! set.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Entry, Provenance};
use crate::export::band;
use crate::export::markdown::{Table, plain};
use crate::project::{LoadSource, Project};

pub(super) fn section(project: &Project, catalog: &Catalog) -> String {
    let racks = &project.racks;
    let mut table = Table::new(&["entry", "standing", "source", "date"]);
    let mut notes = String::new();
    let mut add = |kind: &str, name: &str, provenance: &Provenance| {
        let (standing, date) = (provenance.standing.label().to_owned(), provenance.date.to_string());
        table.row([format!("{kind}: {name}"), standing, provenance.source.clone(), date]);
        for note in &provenance.fields {
            let date = note.date.as_ref().map(|date| format!(", {date}")).unwrap_or_default();
            let (field, source) = (plain(&note.field), plain(&format!("{}{date}", note.source)));
            notes += &format!("- {}, {field}: {} ({source})\n", plain(name), note.standing.label());
        }
    };
    let models: BTreeSet<_> = project.scenarios.iter().map(|scenario| &scenario.model).collect();
    for model in models.into_iter().filter_map(|id| catalog.models.get(id)) {
        add("model", model.name(), model.provenance());
    }
    let placed = racks.layouts.iter().flat_map(|layout| &layout.placements).map(|placement| &placement.server);
    let servers: BTreeSet<_> = placed.chain(&racks.fill).collect();
    let servers: Vec<_> = servers.into_iter().filter_map(|id| catalog.servers.get(id)).collect();
    for server in &servers {
        add("server", server.name(), server.provenance());
    }
    let devices: BTreeSet<_> = servers.iter().flat_map(|server| &server.devices).map(|fitted| &fitted.device).collect();
    for device in devices.into_iter().filter_map(|id| catalog.devices.get(id)) {
        add("device", device.name(), device.provenance());
    }
    let rack_types: BTreeSet<_> = racks.layouts.iter().filter_map(|layout| layout.rack_type.as_ref()).collect();
    for rack in rack_types.into_iter().filter_map(|id| catalog.rack_types.get(id)) {
        add("rack", rack.name(), rack.provenance());
    }
    if let Some(grid) = catalog.grids.get(&project.money.grid) {
        add("grid", grid.name(), grid.provenance());
    }
    if let Some(site) = project.money.site_in(catalog) {
        add("site", site.name(), site.provenance());
    }
    if let Some(price) = project.money.electricity_price_in(catalog) {
        add("electricity price", price.name(), price.provenance());
    }
    let profiles: BTreeSet<_> = project.scenarios.iter().map(crate::project::Scenario::profile_id).collect();
    for profile in profiles.iter().filter_map(|id| catalog.engine_profiles.get(id)) {
        add("engine", profile.name(), profile.provenance());
    }
    if let Some(price) = project.money.compared_api.as_ref().and_then(|id| catalog.api_prices.get(id)) {
        add("hosted price", price.name(), price.provenance());
    }
    let notes = if notes.is_empty() { String::new() } else { format!("Of these, on something else:\n\n{notes}\n") };
    format!("## Sources\n\n{}{notes}{}", table.finish(), set_by_the_user(project, catalog))
}

fn set_by_the_user(project: &Project, catalog: &Catalog) -> String {
    let (racks, money) = (&project.racks, &project.money);
    let mut text = "Set in this plan, without a source of its own:\n\n".to_owned();
    let mut say = |what: &str, value: String| text += &format!("- {what}: {}\n", plain(&value));
    say(
        "rack budget",
        format!("{:.0} W, {} % kept back", racks.power_budget.as_watts(), band::percent(racks.reserve_share)),
    );
    say("draw counted with", racks.power_mode.label().to_owned());
    if let Some(cap) = racks.per_server_cap {
        say("cap of each server", format!("{:.0} W", cap.as_watts()));
    }
    if let Some(feeds) = &racks.feeds {
        say("feeds", feeds.redundancy.label().to_owned());
        say("breakers", format!("{} at {}, {}", feeds.breaker, feeds.voltage, feeds.phases.label()));
        say("breaker rule", feeds.region.label().to_owned());
        say("share of the breakers planned with", format!("{} %", band::percent(feeds.planning_share)));
        say("power factor", feeds.power_factor.to_string());
    }
    say("speed of a session counted by", project.needs.sense.label().to_owned());
    say("spread of answer times", project.needs.demand.service_spread.to_string());
    if money.electricity_price_in(catalog).is_none() {
        say("electricity", format!("{} USD per kWh", money.electricity_usd_per_kwh));
    }
    if money.site_in(catalog).is_none() {
        say("PUE", money.pue.to_string());
    }
    match money.utilisation_from {
        LoadSource::Typed => say("utilisation", format!("{} %", band::percent(money.utilisation))),
        LoadSource::Readers => say("utilisation", "what the readers cause".to_owned()),
    }
    say("life of a server", format!("{} years", money.years));
    let layer = &project.layer;
    let own = layer.entries();
    if own > 0 {
        say("catalog entries of the user's own", own.to_string());
    }
    text
}
