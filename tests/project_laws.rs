//! Laws over seeded random plans, whole outcomes: removing a limit never lowers sessions, energy and money are the sums of
//! their parts. And the published vector of one DGX H100, through a plan.

mod project_support;
mod random_support;

use project_support::catalog;
use random_support::Random;
use sizewright::catalog::{Engine, Server, ServerId, ServerRole, WeightFormat};
use sizewright::project::{LoadSource, MoneyOutcome, Project, RackOutcome, outcome};
use sizewright::rack::cooling::{CoolingKind, RoomCooling};
use sizewright::rack::{Face, Feeds, HalfUnits, Phases, PowerMode, RackLayout, Redundancy, Region, place};
use sizewright::sizing::serving::Sense;
use sizewright::units::{Amperes, GramsCo2e, Metres, Seconds, TokensPerSecond, Usd, Volts, Watts};

/// Plans tried for each law.
const PLANS: u64 = 40;

/// Choices for plans.
trait Choices {
    /// 0 to 1.
    fn share(&mut self) -> f64;
    fn one_in(&mut self, of: usize) -> bool;
    fn one_of<T: Copy>(&mut self, of: &[T]) -> T;
}

impl Choices for Random {
    fn share(&mut self) -> f64 {
        (self.next() % 1_000_000) as f64 / 1e6
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A plan as nobody would draw it: several racks, mounted by hand and filled, under every limit there is.
fn random_plan(seed: u64) -> Project {
    let mut random = Random(seed);
    let mut plan = Project::default_plan(catalog());
    let servers: Vec<&ServerId> = catalog()
        .servers
        .iter()
        .filter(|server| !server.devices.is_empty() && server.height.as_units() > 0.0)
        .map(|server| &server.id)
        .collect();
    let switches: Vec<&ServerId> =
        catalog().servers.iter().filter(|server| server.role == ServerRole::Switch).map(|server| &server.id).collect();
    plan.racks.fill = random.one_in(5).then_some(()).map_or_else(|| Some(random.one_of(&servers).clone()), |()| None);
    plan.racks.fill_serves = random.one_in(2).then(|| random.below(3));
    plan.racks.power_budget = Watts::from_kilowatts(5.0 + 60.0 * random.share());
    plan.racks.reserve_share = 0.3 * random.share();
    plan.racks.power_mode = random.one_of(PowerMode::ALL);
    plan.racks.per_server_cap = random.one_in(3).then(|| Watts::from_watts(400.0 + 9_000.0 * random.share()));
    plan.racks.spare_servers = random.below(4) as u32;
    plan.racks.feeds = random.one_in(2).then(|| Feeds {
        region: random.one_of(&Region::ALL),
        voltage: Volts::from_volts(random.one_of(&[208.0, 400.0, 415.0])),
        breaker: Amperes::from_amperes(random.one_of(&[16.0, 32.0, 60.0])),
        phases: random.one_of(&Phases::ALL),
        power_factor: 0.95,
        planning_share: 0.5 + 0.5 * random.share(),
        redundancy: random.one_of(&Redundancy::ALL),
    });
    plan.racks.cooling = random.one_in(2).then(|| RoomCooling {
        heat: random.one_in(2).then(|| Watts::from_kilowatts(5.0 + 40.0 * random.share())),
        altitude: Metres::from_metres(3_000.0 * random.share()),
        ..RoomCooling::usual(random.one_of(&[CoolingKind::Air, CoolingKind::ContainedAir, CoolingKind::Liquid]))
    });
    for scenario in &mut plan.scenarios {
        scenario.format = random.one_of(&[WeightFormat::Q4KM, WeightFormat::Q8_0, WeightFormat::Bf16]);
        scenario.engine = random.one_of(&[Engine::LlamaCpp, Engine::Vllm]);
        scenario.context_tokens = random.one_of(&[1_024, 4_096, 16_384]);
        scenario.request_weight = 3.0 * random.share();
    }
    plan.selected = random.below(3);
    plan.needs.target_speed = TokensPerSecond::from_tokens_per_second(2.0 + 15.0 * random.share());
    plan.needs.sense = random.one_of(&Sense::ALL);
    plan.needs.time_to_first_token = random.one_in(3).then(|| Seconds::from_secs(2.0 + 40.0 * random.share()));
    plan.needs.demand.users = random.below(50_000) as u32;
    plan.money.utilisation = random.share();
    plan.money.utilisation_from = random.one_of(&LoadSource::ALL);
    plan.money.pue = 1.0 + random.share();
    plan.money.support_share = 0.1 * random.share();
    plan.money.colocation_usd_per_kw_month = random.one_in(4).then_some(180.0);
    let like = plan.racks.layouts[0].clone();
    plan.racks.layouts = (0..=random.below(3))
        .map(|at| RackLayout {
            name: format!("Rack {}", at + 1),
            height_units: random.one_of(&[20, 42, 48]),
            reserved_units: random.below(5) as u32,
            ..like.clone()
        })
        .collect();
    for at in 0..plan.racks.layouts.len() {
        for _ in 0..random.below(6) {
            let layout = &plan.racks.layouts[at];
            let limits = plan.rack_limits(catalog(), layout);
            let id = if random.one_in(4) { random.one_of(&switches) } else { random.one_of(&servers) };
            let bottom = HalfUnits::floor_of(1 + random.below(layout.height_units as usize) as u32);
            let Ok(mut placed) = place(layout, &limits, &catalog().servers, id, bottom, Face::Front) else { continue };
            if let Some(last) = placed.placements.last_mut() {
                last.serves = random.one_in(2).then(|| random.below(3));
            }
            plan.racks.layouts[at] = placed;
        }
    }
    plan
}

#[test]
fn removing_a_limit_never_lowers_the_sessions_of_a_random_plan() {
    type Change = fn(&mut Project);
    let relax: [(&str, Change); 10] = [
        ("reserve", |plan| plan.racks.reserve_share = 0.0),
        ("spare servers", |plan| plan.racks.spare_servers = 0),
        ("reserved units", |plan| plan.racks.layouts.iter_mut().for_each(|layout| layout.reserved_units = 0)),
        ("first token", |plan| plan.needs.time_to_first_token = None),
        ("weight and depth", |plan| plan.racks.layouts.iter_mut().for_each(|layout| layout.rack_type = None)),
        ("budget", |plan| plan.racks.power_budget = Watts::from_kilowatts(1e6)),
        ("feeds", |plan| plan.racks.feeds = None),
        ("cooling", |plan| plan.racks.cooling = None),
        ("height", |plan| plan.racks.layouts.iter_mut().for_each(|layout| layout.height_units += 10)),
        ("speed", |plan| plan.needs.target_speed = plan.needs.target_speed * 0.5),
    ];
    let (mut served, mut raised) = (0, 0);
    for seed in 0..PLANS {
        let plan = random_plan(seed);
        let before = outcome(&plan, catalog()).total.sessions.likely;
        served += u32::from(before > 0);
        for (what, relax) in relax {
            let mut relaxed = plan.clone();
            relax(&mut relaxed);
            let after = outcome(&relaxed, catalog()).total.sessions.likely;
            assert!(after >= before, "plan {seed}, without {what}: {before} to {after}");
            raised += u32::from(after > before);
        }
    }
    assert!(
        u64::from(served) > PLANS / 2 && u64::from(raised) > 2 * PLANS,
        "the plans are no test: {served} serve, {raised} were raised"
    );
}

#[track_caller]
fn check_sum(what: &str, seed: u64, parts: impl Iterator<Item = f64>, whole: f64) {
    let sum: f64 = parts.sum();
    assert!((sum - whole).abs() <= 1e-9 * whole.abs().max(1.0), "plan {seed}, {what}: {sum} is not {whole}");
}

#[test]
fn energy_tokens_money_and_carbon_of_a_random_plan_are_the_sums_of_its_racks_and_of_its_models() {
    let energy = |money: &MoneyOutcome| money.it_energy_per_year.expect("every draw is known").as_kilowatt_hours();
    // Most servers have no published price and some no draw: with ones of their own for each, every sum is known.
    let mut priced = catalog().clone();
    for (at, server) in catalog().servers.iter().enumerate() {
        let price = server.price.unwrap_or_else(|| Usd::from_usd(5_000.0 + 700.0 * at as f64));
        let mut known = Server { price: Some(price), ..server.clone() };
        if known.power.is_without_draw() {
            known.power.nameplate = Some(Watts::from_watts(300.0 + 10.0 * at as f64));
        }
        priced.servers.put(known);
    }
    for seed in 0..PLANS {
        let plan = random_plan(seed);
        let out = outcome(&plan, &priced);
        let racks = |read: fn(&RackOutcome) -> f64| out.racks.iter().map(read);
        check_sum("planned W", seed, racks(|it| it.total.planned_power.as_watts()), out.total.planned_power.as_watts());
        check_sum(
            "expected W",
            seed,
            racks(|it| it.total.expected_power.as_watts()),
            out.total.expected_power.as_watts(),
        );
        check_sum("idle W", seed, racks(|it| it.total.idle_power.as_watts()), out.total.idle_power.as_watts());
        check_sum("sessions", seed, racks(|it| it.total.sessions.likely.into()), out.total.sessions.likely.into());
        check_sum("tokens", seed, racks(|it| it.money.tokens_per_year), out.money.tokens_per_year);
        check_sum("energy", seed, out.racks.iter().map(|it| energy(&it.money)), energy(&out.money));
        for rack in &out.racks {
            let groups = rack
                .groups
                .iter()
                .map(|group| f64::from(group.count) * group.expected_power_each.map_or(0.0, Watts::as_watts));
            check_sum("groups", seed, groups, rack.total.expected_power.as_watts());
        }
        let money = &out.money;
        check_sum("8,760 h", seed, std::iter::once(out.total.expected_power.as_kilowatts() * 8_760.0), energy(money));
        let site = money.site_energy_per_year.expect("a PUE").as_kilowatt_hours();
        check_sum("PUE", seed, std::iter::once(energy(money) * plan.money.pue), site);
        let of_use = GramsCo2e::from_kilograms(site * money.grid_g_per_kwh.expect("a grid") / 1e3);
        let making = money.embodied_per_year.expect("years");
        let carbon = |grams: Option<GramsCo2e>| grams.expect("known").as_kilograms();
        check_sum(
            "carbon",
            seed,
            [of_use, making].map(GramsCo2e::as_kilograms).into_iter(),
            carbon(money.carbon_per_year),
        );
        check_sum(
            "racks' carbon",
            seed,
            out.racks.iter().map(|it| carbon(it.money.carbon_per_year)),
            carbon(money.carbon_per_year),
        );
        let usd = |usd: Option<Usd>| usd.map(Usd::as_usd);
        let yearly = |money: &MoneyOutcome| [money.capital_per_year, money.support_per_year, money.power_cost_per_year];
        for (at, whole) in yearly(money).into_iter().enumerate() {
            let parts = out.racks.iter().map(|it| usd(yearly(&it.money)[at]).expect("a price"));
            check_sum("racks' cost", seed, parts, usd(whole).expect("a price"));
            let parts = out.models.iter().map(|it| usd(yearly(&it.money)[at]).expect("a price"));
            if !out.models.is_empty() {
                check_sum("models' cost", seed, parts, usd(whole).expect("a price"));
            }
        }
        if out.models.is_empty() {
            continue;
        }
        let models = || out.models.iter();
        check_sum(
            "models' W",
            seed,
            models().map(|it| it.total.expected_power.as_watts()),
            out.total.expected_power.as_watts(),
        );
        check_sum("models' energy", seed, models().map(|it| energy(&it.money)), energy(money));
        check_sum("models' tokens", seed, models().map(|it| it.money.tokens_per_year), money.tokens_per_year);
        check_sum(
            "models' carbon",
            seed,
            models().map(|it| carbon(it.money.carbon_per_year)),
            carbon(money.carbon_per_year),
        );
    }
}

#[test]
fn one_dgx_h100_of_a_plan_costs_and_emits_a_token_what_is_published() {
    // 1.2114e12 tokens a year (76,824 tokens/s, half used), 10.2 kW all the time, PUE 1.5, 0.12 USD/kWh, 300,000 USD over 4
    // years, 369.473 g/kWh, use alone: 0.0752 USD, 40.9 g a million tokens, 0.1106 Wh a thousand.
    let mut catalog = catalog().clone();
    let id = ServerId::new("nvidia-dgx-h100");
    let mut dgx = catalog.servers.get(&id).expect("the server").clone();
    let flat = Some(Watts::from_kilowatts(10.2));
    (dgx.power.max_measured, dgx.power.nameplate, dgx.power.typical, dgx.power.idle) = (flat, flat, flat, flat);
    (dgx.price, dgx.embodied) = (Some(Usd::from_usd(300_000.0)), Some(GramsCo2e::ZERO));
    catalog.servers.put(dgx);
    let mut plan = Project::default_plan(&catalog);
    plan.racks.fill = Some(id);
    plan.selected = 1;
    (plan.scenarios[1].engine, plan.scenarios[1].format) = (Engine::Vllm, WeightFormat::Bf16);
    (plan.money.pue, plan.money.electricity_usd_per_kwh) = (1.5, 0.12);
    plan.money.grid_g_per_kwh = Some(369.473);
    // The plan's own speed differs from the published one: used so that the year's tokens are the same.
    let full = outcome(&plan, &catalog).total.total_speed.likely.as_tokens_per_second();
    plan.money.utilisation = 0.5 * 76_824.0 / full;
    let out = outcome(&plan, &catalog);
    assert_eq!(out.total.servers, 1);
    assert!((0.1..=1.0).contains(&plan.money.utilisation), "{full} tokens/s");
    let close =
        |found: f64, published: f64| assert!((found / published - 1.0).abs() < 1e-3, "{found} is not {published}");
    close(out.money.tokens_per_year, 1.2114e12);
    close(out.money.site_energy_per_year.expect("a PUE").as_kilowatt_hours(), 134_028.0);
    close(out.money.usd_per_mtok.expect("tokens").likely.as_usd(), 0.0752);
    close(out.money.carbon_per_mtok.expect("tokens").likely.as_grams(), 40.9);
    close(out.money.energy_per_1k_tokens.expect("tokens").likely.as_watt_hours(), 0.1106);
}
