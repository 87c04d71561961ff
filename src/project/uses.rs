//! What in a plan rests on a catalog entry: said before the entry is deleted.

use super::Project;
use crate::catalog::{
    ApiPrice, Catalog, Device, ElectricityPrice, EngineProfile, Entry, EntryKey, Grid, Model, RackType, Server,
    ServerId, Site,
};

/// What in the plan names this entry, in words, for example "scenario \"Llama 3 8B\"". Empty: nothing.
///
/// `catalog` is the plan's own: a device is in use where a server holds it, mounted or not, which would name nothing.
pub fn uses(project: &Project, catalog: &Catalog, key: &EntryKey) -> Vec<String> {
    let id = key.id.as_str();
    match key.kind {
        kind if kind == Model::KIND => {
            let scenarios = project.scenarios.iter().filter(|scenario| scenario.model.as_str() == id);
            let mut all: Vec<String> = scenarios.map(|scenario| format!("scenario \"{}\"", scenario.name)).collect();
            let rows = project.measurements.iter();
            let rows = rows.filter(|own| own.measurement.model.id().is_some_and(|model| model.as_str() == id)).count();
            all.extend(measurements(rows));
            all
        }
        kind if kind == Device::KIND => {
            let holds = |server: &&Server| server.devices.iter().any(|fitted| fitted.device.as_str() == id);
            let (here, elsewhere): (Vec<&Server>, Vec<&Server>) =
                catalog.servers.iter().filter(holds).partition(|server| !mounted(project, &server.id).is_empty());
            let mut all: Vec<String> =
                here.iter().map(|server| format!("server \"{}\" of the racks", server.name)).collect();
            all.extend(elsewhere.iter().map(|server| format!("server \"{}\" of the catalog", server.name)));
            let rows = project.measurements.iter();
            let rows =
                rows.filter(|own| own.measurement.device.id().is_some_and(|device| device.as_str() == id)).count();
            all.extend(measurements(rows));
            all
        }
        kind if kind == Server::KIND => mounted(project, &ServerId::new(id)),
        kind if kind == RackType::KIND => project
            .racks
            .layouts
            .iter()
            .filter(|layout| layout.rack_type.as_ref().is_some_and(|rack| rack.as_str() == id))
            .map(|layout| format!("rack \"{}\"", layout.name))
            .collect(),
        kind if kind == Grid::KIND && project.money.grid.as_str() == id => vec!["the plan's grid".to_owned()],
        kind if kind == Site::KIND && project.money.site.as_ref().is_some_and(|site| site.as_str() == id) => {
            vec!["the plan's PUE".to_owned()]
        }
        kind if kind == ElectricityPrice::KIND
            && project.money.electricity_price.as_ref().is_some_and(|price| price.as_str() == id) =>
        {
            vec!["the plan's price of electricity".to_owned()]
        }
        kind if kind == EngineProfile::KIND => {
            let run = project.scenarios.iter().filter(|scenario| scenario.profile_id().as_str() == id);
            run.map(|scenario| format!("scenario \"{}\"", scenario.name)).collect()
        }
        kind if kind == ApiPrice::KIND
            && project.money.compared_api.as_ref().is_some_and(|price| price.as_str() == id) =>
        {
            vec!["the hosted model the plan is compared with".to_owned()]
        }
        _ => Vec::new(),
    }
}

/// Where a server stands in the plan.
fn mounted(project: &Project, id: &ServerId) -> Vec<String> {
    let fill = project.racks.fill.as_ref() == Some(id);
    let placed = project.racks.layouts.iter().filter_map(|layout| {
        let count = layout.placements.iter().filter(|placement| placement.server == *id).count();
        (count > 0).then(|| format!("{count} in \"{}\"", layout.name))
    });
    fill.then(|| "the filling of the racks".to_owned()).into_iter().chain(placed).collect()
}

fn measurements(rows: usize) -> Option<String> {
    (rows > 0).then(|| format!("{rows} of your measurements"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_the_default_plan_says_what_rests_on_it() {
        let catalog = Catalog::builtin().expect("the built-in catalog");
        let plan = Project::default_plan(catalog);
        let of = |kind: &'static str, id: &str| uses(&plan, catalog, &EntryKey { kind, id: id.to_owned() });
        let model = plan.selected_scenario().expect("a scenario").model.clone();
        assert!(of(Model::KIND, model.as_str()).first().is_some_and(|use_| use_.starts_with("scenario")));
        let fill = plan.racks.fill.clone().expect("a filling");
        assert_eq!(of(Server::KIND, fill.as_str()), ["the filling of the racks"]);
        let server = catalog.servers.get(&fill).expect("the server");
        let device = server.devices.first().expect("a device").device.clone();
        assert_eq!(of(Device::KIND, device.as_str()), [format!("server \"{}\" of the racks", server.name)]);
        // A server that stands in no rack of the plan would name nothing too.
        assert!(of(Device::KIND, "ampereone-a192-32x").iter().any(|use_| use_.ends_with("of the catalog")));
        assert_eq!(of(Grid::KIND, plan.money.grid.as_str()), ["the plan's grid"]);
        assert!(of(Device::KIND, "nvidia-t4").is_empty() && of("nonsense", "nvidia-t4").is_empty());
    }
}
