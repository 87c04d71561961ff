//! The plan the app opens on: the rack of the first article.
//!
//! Rack, power and speed: T. Rigoni, "LLMs: Bigger is Not Always Better", Ampere, 18 Dec 2024 (42U, 12.5 kW, at least
//! 10 tokens/s a session); its demo fills the rack with 20 servers of two units and 625 W.

use super::scenario::USUAL_WEIGHT;
use super::{Demand, LoadSource, Money, Needs, Project, Racks, Scenario};
use crate::catalog::{
    Catalog, Engine, GridId, KvFormat, Layer, ModelId, RackTypeId, Server, ServerId, ServerRole, WeightFormat,
};
use crate::rack::{PowerMode, RackLayout};
use crate::sizing::demand::{COMFORTABLE_READING, USUAL_SPREAD, WORDS_PER_TOKEN};
use crate::sizing::serving::Sense;
use crate::units::{RackUnits, Watts};

/// The models compared: small, smaller, large.
const MODELS: [(&str, &str); 3] =
    [("Llama 3 8B", "llama-3-8b"), ("Llama 3.2 3B", "llama-3.2-3b"), ("Llama 3.3 70B", "llama-3.3-70b")];

pub(super) fn default_plan(catalog: &Catalog) -> Project {
    Project {
        name: "Sessions per rack".to_owned(),
        needs: Needs {
            target_speed: COMFORTABLE_READING,
            sense: Sense::Mean,
            words_per_token: WORDS_PER_TOKEN,
            time_to_first_token: None,
            prompt_tokens: 128,
            output_tokens: 256,
            demand: Demand {
                users: 7_000,
                active_share: 0.2,
                requests_per_active_hour: 6.0,
                peak_factor: 3.0,
                service_spread: USUAL_SPREAD,
            },
        },
        scenarios: MODELS
            .into_iter()
            .map(|(name, model)| Scenario {
                name: name.to_owned(),
                model: ModelId::new(model),
                format: WeightFormat::Q4KM,
                kv_format: KvFormat::F16,
                engine: Engine::LlamaCpp,
                engine_profile: None,
                context_tokens: 2_048,
                request_weight: USUAL_WEIGHT,
            })
            .collect(),
        selected: 0,
        racks: Racks {
            layouts: vec![RackLayout { rack_type: rack_type(catalog), ..RackLayout::empty("Rack 1", 42) }],
            fill: demo_server(catalog),
            fill_serves: None,
            power_budget: Watts::from_kilowatts(12.5),
            feeds: None,
            cooling: None,
            reserve_share: 0.0,
            power_mode: PowerMode::MaxMeasured,
            per_server_cap: None,
            spare_servers: 0,
        },
        money: Money {
            electricity_usd_per_kwh: 0.11, // the sister study of the article, rack-level plan of Ampere, 2024
            electricity_price: None,
            grid: GridId::new("usa"),
            grid_g_per_kwh: None,
            pue: 1.2, // as above
            site: None,
            utilisation: 0.5,
            utilisation_from: LoadSource::Typed,
            years: 4.0,
            residual_share: 0.0,
            capital_cost: 0.0,
            support_share: 0.0,
            colocation_usd_per_kw_month: None,
            compared_api: None,
            cached_input_share: 0.0,
        },
        layer: Layer::default(),
        catalog_used: Layer::default(),
        measurements: Vec::new(),
    }
}

/// A common 42U enclosure, for its weight limit and depth.
fn rack_type(catalog: &Catalog) -> Option<RackTypeId> {
    let id = RackTypeId::new("apc-ar3100");
    catalog.rack_types.get(&id).map(|_| id)
}

/// The demo's server: two units, 625 W, models run on its processors. Where the catalog lost it, the first such processor
/// server there is.
fn demo_server(catalog: &Catalog) -> Option<ServerId> {
    let is_processor_server = |server: &&Server| server.role == ServerRole::CpuServer;
    let is_demo = |server: &&Server| {
        server.height == RackUnits::from_units(2.0) && server.power.planned() == Some(Watts::from_watts(625.0))
    };
    let mut servers = catalog.servers.iter().filter(is_processor_server);
    catalog
        .servers
        .iter()
        .filter(is_processor_server)
        .find(is_demo)
        .or_else(|| servers.next())
        .map(|server| server.id.clone())
}
