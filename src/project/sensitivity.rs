//! What moves the answer: each limit relaxed by a tenth, and each input of the plan swung both ways.
//!
//! Every line is the plan computed anew with one thing changed, so nothing here is an approximation; for a limit only as far
//! as servers and sessions. The swings take up to forty outcomes: ask for them when they are shown, not on every frame.

mod inputs;

use std::cell::RefCell;

use self::inputs::{INPUTS, Turn};
use super::compute::reach;
use super::{Outcome, Project, Remembered, outcome_remembering};
use crate::catalog::{Catalog, Device, Server};
use crate::sizing::Resource;
use crate::units::{Bytes, Usd};

/// How far a limit is relaxed.
const RELAXED_BY: f64 = 0.1; // the product's own "what would 10 % more bring", 2026-11-20
/// How far an input is swung.
const SWUNG_BY: f64 = 0.2; // the planner's own, 2026-11-20

/// What relaxing one limit brings.
#[derive(Clone, Debug, PartialEq)]
pub struct Relaxed {
    /// Which limit.
    pub limit: Resource,
    /// What was changed, in words.
    pub change: &'static str,
    /// Servers then.
    pub servers: u32,
    /// Sessions then, likely.
    pub sessions: u32,
    /// Sessions more than before; negative where a relaxed limit leads to a worse fit.
    pub gain: i64,
}

/// What one input does to the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// Which input.
    pub input: &'static str,
    /// Sessions with a fifth less and a fifth more of it, likely.
    pub sessions: [u32; 2],
    /// US dollars per million tokens with a fifth less and a fifth more of it, likely. `None`: no honest number.
    pub usd_per_mtok: [Option<Usd>; 2],
}

/// The limits that are relaxed, in the order they are tried; feeds go by what the plan's are.
const LIMITS: [Resource; 10] = [
    Resource::Power,
    Resource::Feed,
    Resource::Cooling,
    Resource::RackUnits,
    Resource::Weight,
    Resource::SessionSpeed,
    Resource::FirstToken,
    Resource::Bandwidth,
    Resource::Memory,
    Resource::Compute,
];

/// Relaxes each limit by a tenth, those that bring most first. `base` is the plan's outcome.
pub fn relaxed(project: &Project, catalog: &Catalog, base: &Outcome) -> Vec<Relaxed> {
    let mut remembered = Remembered::default();
    let feeds = |limit| if limit == Resource::Feed { project.racks.feeds_as_a_limit() } else { Some(limit) };
    let limits = LIMITS.into_iter().filter_map(feeds);
    let each = limits.filter_map(|limit| relax(&mut remembered, project, catalog, base, limit));
    let mut all: Vec<Relaxed> = each.collect();
    all.sort_by_key(|relaxed| std::cmp::Reverse(relaxed.gain));
    all
}

/// The limit that binds, relaxed by a tenth. `None`: nothing binds, or a tenth more of it means nothing (a fixed time).
pub fn relief(remembered: &mut Remembered, project: &Project, catalog: &Catalog, base: &Outcome) -> Option<Relaxed> {
    relax(remembered, project, catalog, base, base.total.binding?)
}

/// One limit relaxed. `None`: the plan has no such limit.
fn relax(
    remembered: &mut Remembered,
    project: &Project,
    catalog: &Catalog,
    base: &Outcome,
    limit: Resource,
) -> Option<Relaxed> {
    let more = 1.0 + RELAXED_BY;
    let mut plan = project.clone();
    let mut with_devices =
        |change: fn(&mut Device, &mut Server)| reach(remembered, project, &changed(project, catalog, change));
    let (change, then) = match limit {
        Resource::Power => {
            plan.racks.power_budget = plan.racks.power_budget * more;
            ("10 % more power in each rack", reach(remembered, &plan, catalog))
        }
        Resource::Feed | Resource::OnlyFeed | Resource::BothFeeds => {
            let feeds = plan.racks.feeds.as_mut()?;
            feeds.breaker = feeds.breaker * more;
            ("breakers rated 10 % higher", reach(remembered, &plan, catalog))
        }
        Resource::Cooling => {
            let room = plan.racks.cooling.as_mut()?;
            *room = room.carrying(room.limit()?.most * more);
            ("10 % more heat carried away", reach(remembered, &plan, catalog))
        }
        Resource::RackUnits => {
            for layout in &mut plan.racks.layouts {
                // At least one unit: a tenth of a low rack is less than any server.
                layout.height_units = layout.height_units.saturating_add((layout.height_units / 10).max(1));
            }
            ("racks 10 % higher", reach(remembered, &plan, catalog))
        }
        Resource::Weight => {
            let mut stronger = catalog.clone();
            let named = project.racks.layouts.iter().filter_map(|layout| layout.rack_type.as_ref());
            let ids: std::collections::BTreeSet<_> = named.collect();
            let mut limited = ids.into_iter().filter_map(|id| catalog.rack_types.get(id).cloned()).peekable();
            limited.peek()?;
            for mut rack in limited {
                rack.static_load = rack.static_load.map(|load| load * more);
                stronger.rack_types.put(rack);
            }
            ("racks that hold 10 % more", reach(remembered, project, &stronger))
        }
        Resource::SessionSpeed => {
            plan.needs.target_speed = plan.needs.target_speed * (1.0 - RELAXED_BY);
            ("10 % less speed for each session", reach(remembered, &plan, catalog))
        }
        Resource::FirstToken => {
            plan.needs.time_to_first_token = Some(plan.needs.time_to_first_token? * more);
            ("10 % more time to the first token", reach(remembered, &plan, catalog))
        }
        Resource::Bandwidth => {
            let faster = with_devices(|device, _| {
                device.memory_bandwidth = device.memory_bandwidth.map(|rate| rate * (1.0 + RELAXED_BY));
            });
            ("memory 10 % faster", faster)
        }
        Resource::Memory => {
            let larger = with_devices(|device, server| {
                let more = |memory: Option<Bytes>| memory.map(|memory| memory.scaled(1.0 + RELAXED_BY));
                (device.memory, server.memory) = (more(device.memory), more(server.memory));
            });
            ("10 % more memory", larger)
        }
        Resource::Compute => {
            let faster = with_devices(|device, _| {
                let rates = &mut device.rates;
                for rate in [&mut rates.fp32, &mut rates.fp16, &mut rates.fp8, &mut rates.int8, &mut rates.fp4] {
                    *rate = rate.map(|rate| rate * (1.0 + RELAXED_BY));
                }
                let clock = &mut device.facts.all_core_clock;
                *clock = clock.map(|clock| clock * (1.0 + RELAXED_BY));
            });
            ("10 % more arithmetic", faster)
        }
        // Fixed times, links and the slots an engine was built with are not bought by the tenth.
        Resource::Overhead | Resource::Interconnect | Resource::EngineSlots => return None,
    };
    let (servers, sessions) = then;
    let gain = i64::from(sessions) - i64::from(base.total.sessions.likely);
    Some(Relaxed { limit, change, servers, sessions, gain })
}

/// The catalog with every mounted server and its devices changed.
fn changed(project: &Project, catalog: &Catalog, change: fn(&mut Device, &mut Server)) -> Catalog {
    let racks = &project.racks;
    let mut new = catalog.clone();
    let mounted = racks.layouts.iter().flat_map(|layout| &layout.placements).map(|placement| &placement.server);
    let ids: std::collections::BTreeSet<_> = mounted.chain(&racks.fill).collect();
    for mut server in ids.into_iter().filter_map(|id| catalog.servers.get(id).cloned()) {
        let whole = server.clone();
        for fitted in &whole.devices {
            // From the old catalog, so that a device two servers share is changed once.
            if let Some(mut device) = catalog.devices.get(&fitted.device).cloned() {
                let mut once = whole.clone();
                change(&mut device, &mut once);
                new.devices.put(device);
                server = once;
            }
        }
        new.servers.put(server);
    }
    new
}

/// Swings each input that the plan has a fifth down and up, those that move US dollars per million tokens most first.
pub fn tornado(project: &Project, catalog: &Catalog) -> Vec<Swing> {
    let remembered = RefCell::new(Remembered::default());
    let outcome = |plan: &Project, catalog: &Catalog| outcome_remembering(&mut remembered.borrow_mut(), plan, catalog);
    let swing = |input, change: &dyn Fn(f64) -> Outcome| {
        let ends = [1.0 - SWUNG_BY, 1.0 + SWUNG_BY].map(|k| {
            let out = change(k);
            (out.total.sessions.likely, out.money.usd_per_mtok.map(|usd| usd.likely))
        });
        Swing { input, sessions: ends.map(|end| end.0), usd_per_mtok: ends.map(|end| end.1) }
    };
    // A site's PUE and the catalog's price of electricity are swung as the plan's own numbers.
    let mut own = project.clone();
    (own.money.pue, own.money.site) = (project.money.pue_in(catalog), None);
    (own.money.electricity_usd_per_kwh, own.money.electricity_price) = (project.money.electricity_in(catalog), None);
    let turned = |turn: Turn, k: f64| {
        let mut plan = own.clone();
        turn(&mut plan, k).map(|()| plan)
    };
    let mut all: Vec<Swing> = INPUTS
        .into_iter()
        .filter(|(_, turn)| turned(*turn, 1.0).is_some())
        .map(|(input, turn)| swing(input, &|k| outcome(&turned(turn, k).unwrap_or_else(|| own.clone()), catalog)))
        .collect();
    all.push(swing("server price", &|k| {
        let cheaper =
            changed(project, catalog, |_, server| server.price = server.price.map(|price| price * (1.0 - SWUNG_BY)));
        let dearer =
            changed(project, catalog, |_, server| server.price = server.price.map(|price| price * (1.0 + SWUNG_BY)));
        outcome(project, if k < 1.0 { &cheaper } else { &dearer })
    }));
    all.sort_by(|a, b| b.usd_width().total_cmp(&a.usd_width()).then(b.sessions_width().cmp(&a.sessions_width())));
    all
}

impl Swing {
    /// How far it moves US dollars per million tokens; 0 where one end has no number.
    pub fn usd_width(&self) -> f64 {
        match self.usd_per_mtok {
            [Some(low), Some(high)] => (high - low).as_usd().abs(),
            _ => 0.0,
        }
    }

    /// How far it moves sessions.
    pub const fn sessions_width(&self) -> u32 {
        let [low, high] = self.sessions;
        low.abs_diff(high)
    }
}
