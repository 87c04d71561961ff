//! The catalog entries a plan uses, for embedding, and what no file may take out of it.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, EngineProfile, Layer, Server};
use crate::project::Project;

/// Every entry the plan's numbers rest on, as it is in `catalog` (the plan's own), without those in the user's layer: they
/// are saved there.
pub(super) fn entries_used(project: &Project, catalog: &Catalog) -> Layer {
    let racks = &project.racks;
    let mounted = racks.layouts.iter().flat_map(|layout| &layout.placements).map(|placement| &placement.server);
    let server_ids: BTreeSet<_> = mounted.chain(&racks.fill).collect();
    let servers: Vec<&Server> = server_ids.into_iter().filter_map(|id| catalog.servers.get(id)).collect();
    let device_ids: BTreeSet<_> =
        servers.iter().flat_map(|server| &server.devices).map(|fitted| &fitted.device).collect();
    let measured = || project.measurements.iter().map(|own| &own.measurement);
    let device_ids: BTreeSet<_> = device_ids.into_iter().chain(measured().filter_map(|row| row.device.id())).collect();
    let model_ids: BTreeSet<_> = project.scenarios.iter().map(|scenario| &scenario.model).collect();
    let model_ids: BTreeSet<_> = model_ids.into_iter().chain(measured().filter_map(|row| row.model.id())).collect();
    let rack_ids: BTreeSet<_> = racks.layouts.iter().filter_map(|layout| layout.rack_type.as_ref()).collect();
    let profile_ids: BTreeSet<_> = project.scenarios.iter().map(crate::project::Scenario::profile_id).collect();
    let mut used = Layer {
        models: model_ids.into_iter().filter_map(|id| catalog.models.get(id).cloned()).collect(),
        devices: device_ids.into_iter().filter_map(|id| catalog.devices.get(id).cloned()).collect(),
        servers: servers.into_iter().cloned().collect(),
        rack_types: rack_ids.into_iter().filter_map(|id| catalog.rack_types.get(id).cloned()).collect(),
        grids: catalog.grids.get(&project.money.grid).cloned().into_iter().collect(),
        api_prices: project
            .money
            .compared_api
            .as_ref()
            .and_then(|id| catalog.api_prices.get(id).cloned())
            .into_iter()
            .collect(),
        electricity_prices: project.money.electricity_price_in(catalog).cloned().into_iter().collect(),
        engine_profiles: profile_ids.iter().filter_map(|id| catalog.engine_profiles.get(id).cloned()).collect(),
        sites: project.money.site_in(catalog).cloned().into_iter().collect(),
        ..Layer::default()
    };
    let own = &project.layer;
    used.models.retain(|entry| !own.models.iter().any(|mine| mine.id == entry.id));
    used.devices.retain(|entry| !own.devices.iter().any(|mine| mine.id == entry.id));
    used.servers.retain(|entry| !own.servers.iter().any(|mine| mine.id == entry.id));
    used.rack_types.retain(|entry| !own.rack_types.iter().any(|mine| mine.id == entry.id));
    used.grids.retain(|entry| !own.grids.iter().any(|mine| mine.id == entry.id));
    used.electricity_prices.retain(|entry| !own.electricity_prices.iter().any(|mine| mine.id == entry.id));
    used.engine_profiles.retain(|entry| !own.engine_profiles.iter().any(|mine| mine.id == entry.id));
    used.sites.retain(|entry| !own.sites.iter().any(|mine| mine.id == entry.id));
    used.api_prices.retain(|entry| !own.api_prices.iter().any(|mine| mine.id == entry.id));
    used
}

/// Takes back that a default engine is taken out, which no plan can do without. What was taken back, in words.
pub(super) fn put_defaults_back(layer: &mut Layer) -> Vec<String> {
    let (back, gone) = std::mem::take(&mut layer.removed_engine_profiles)
        .into_iter()
        .partition::<Vec<_>, _>(|id| EngineProfile::engine_of_default(id).is_some());
    layer.removed_engine_profiles = gone;
    back.iter().map(|id| format!("The plan takes out the default engine {id}, which cannot be: it is back")).collect()
}
