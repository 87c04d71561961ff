//! From a plan to everything that follows: the default plan, the edges, the laws.

use sizewright::catalog::{Catalog, GridId, ModelId, ServerId, ServerPower, WeightFormat};
use sizewright::project::{Outcome, Project, Severity, outcome};
use sizewright::rack::{Face, HalfUnits, RackLayout, place};
use sizewright::sizing::Resource;
use sizewright::units::{GramsCo2e, Joules, RackUnits, Seconds, TokensPerSecond, Usd, Watts};

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog is sound")
}

fn plan() -> Project {
    Project::default_plan(catalog())
}

/// The default plan after one change.
fn after(change: impl FnOnce(&mut Project)) -> Outcome {
    let mut plan = plan();
    change(&mut plan);
    outcome(&plan, catalog())
}

fn kilowatts(kilowatts: f64) -> Outcome {
    after(|plan| plan.racks.power_budget = Watts::from_kilowatts(kilowatts))
}

#[track_caller]
fn check_says(outcome: &Outcome, severity: Severity, words: &[&str]) {
    let found = outcome.problems.iter().any(|problem| {
        let text = format!("{}: {}", problem.place, problem.message);
        problem.severity == severity && words.iter().all(|word| text.contains(word))
    });
    assert!(found, "no problem says {words:?}: {:#?}", outcome.problems);
}

#[track_caller]
fn check_close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
}

#[test]
fn the_default_plan_is_the_articles_rack() {
    let out = after(|_| {});
    assert_eq!(out.total.servers, 20);
    assert_eq!(out.total.servers_bound_by, Some(Resource::Power));
    assert_eq!(out.total.binding, Some(Resource::Power));
    assert_eq!(out.total.planned_power, Watts::from_kilowatts(12.5));
    assert_eq!(out.racks.len(), 1);
    assert_eq!(out.racks[0].layout.placements.len(), 20);
    let names: Vec<&str> = out.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names, ["Llama 3 8B", "Llama 3.2 3B", "Llama 3.3 70B"]);
    let sessions: Vec<u32> = out.scenarios.iter().map(|scenario| scenario.total.sessions.likely).collect();
    assert!(sessions[1] > sessions[0] && sessions[0] > sessions[2], "a smaller model serves more: {sessions:?}");
    assert!(out.problems.iter().all(|problem| problem.severity == Severity::Warning), "{:#?}", out.problems);
}

#[test]
fn servers_follow_the_power_slider_until_the_rack_is_full() {
    for (kw, servers, bound) in [
        (10.0, 16, Resource::Power),
        (12.5, 20, Resource::Power),
        (13.125, 21, Resource::RackUnits),
        (20.0, 21, Resource::RackUnits),
    ] {
        let out = kilowatts(kw);
        assert_eq!((out.total.servers, out.total.servers_bound_by), (servers, Some(bound)), "{kw} kW");
    }
}

#[test]
fn more_power_never_lowers_servers_or_sessions() {
    let fills = ["ampere-2u-ampereone-a192", "nvidia-dgx-h100", "dell-poweredge-r760xa-4x-l40s"];
    for fill in fills {
        let mut before = (0, 0);
        for step in 0..80 {
            let out = after(|plan| {
                plan.racks.fill = Some(ServerId::new(fill));
                plan.racks.power_budget = Watts::from_watts(f64::from(step) * 333.0);
            });
            let now = (out.total.servers, out.total.sessions.likely);
            assert!(now.0 >= before.0 && now.1 >= before.1, "{fill} at {} W: {before:?} to {now:?}", step * 333);
            before = now;
        }
    }
}

#[test]
fn removing_a_limit_never_lowers_sessions() {
    let limited = |plan: &mut Project| {
        plan.racks.reserve_share = 0.1;
        plan.racks.spare_servers = 1;
        plan.racks.layouts[0].reserved_units = 4;
        plan.needs.time_to_first_token = Some(Seconds::from_secs(5.0));
    };
    let base = after(limited).total.sessions.likely;
    type Change = fn(&mut Project);
    let relax: [(&str, Change); 7] = [
        ("reserve", |plan| plan.racks.reserve_share = 0.0),
        ("spare servers", |plan| plan.racks.spare_servers = 0),
        ("reserved units", |plan| plan.racks.layouts[0].reserved_units = 0),
        ("first token", |plan| plan.needs.time_to_first_token = None),
        ("weight and depth", |plan| plan.racks.layouts[0].rack_type = None),
        ("budget", |plan| plan.racks.power_budget = Watts::from_kilowatts(1e6)),
        ("height", |plan| plan.racks.layouts[0].height_units = 52),
    ];
    for (what, relax) in relax {
        let relaxed = after(|plan| {
            limited(plan);
            relax(plan);
        });
        assert!(relaxed.total.sessions.likely >= base, "{what}");
    }
}

#[test]
fn a_server_larger_than_the_budget_gives_none_and_the_shortfall() {
    let out = after(|plan| plan.racks.fill = Some(ServerId::new("nvidia-dgx-b200")));
    assert_eq!((out.total.servers, out.total.sessions.likely), (0, 0));
    assert_eq!(out.total.servers_bound_by, Some(Resource::Power));
    check_says(&out, Severity::Error, &["Rack 1", "exceeds the rack's budget by 1800 W"]);
}

#[test]
fn a_target_no_device_reaches_says_the_best_speed() {
    let out = after(|plan| plan.needs.target_speed = TokensPerSecond::from_tokens_per_second(10_000.0));
    assert_eq!(out.total.sessions.likely, 0);
    assert_eq!(out.total.binding, Some(Resource::SessionSpeed));
    assert_eq!(out.total.speed_per_session, None);
    assert_eq!(out.money.usd_per_mtok, None);
    check_says(&out, Severity::Warning, &["Llama 3 8B", "tokens/s at best"]);
}

#[test]
fn a_model_that_does_not_fit_names_the_format_that_does() {
    let out = after(|plan| {
        plan.racks.fill = Some(ServerId::new("dell-poweredge-r760xa-2x-l40s"));
        plan.scenarios[2].format = WeightFormat::F16;
        plan.selected = 2;
    });
    assert_eq!(out.total.sessions.likely, 0);
    assert_eq!(out.total.binding, Some(Resource::Memory));
    check_says(&out, Severity::Warning, &["Llama 3.3 70B", "would run"]);
}

#[test]
fn nobody_asks_for_nothing() {
    let out = after(|plan| plan.needs.demand.users = 0);
    assert_eq!((out.demand.peak_sessions, out.demand.racks_needed), (Some(0), Some(0)));
    check_says(&out, Severity::Warning, &["users is 0"]);
}

#[test]
fn a_pue_below_one_is_refused() {
    let out = after(|plan| plan.money.pue = 0.9);
    check_says(&out, Severity::Error, &["money.pue", "1 or more"]);
    assert_eq!(out.money.site_energy_per_year, None);
    assert_eq!(out.money.energy_per_1k_tokens, None);
    assert_eq!(out.money.usd_per_mtok, None);
}

#[test]
fn without_use_there_are_no_tokens_and_no_price_of_one() {
    let out = after(|plan| plan.money.utilisation = 0.0);
    check_says(&out, Severity::Warning, &["no tokens"]);
    assert_eq!(out.money.tokens_per_year, 0.0);
    assert_eq!((out.money.usd_per_mtok, out.money.energy_per_1k_tokens), (None, None));
    assert!(out.money.it_energy_per_year > Some(Joules::ZERO), "idle servers draw");
}

#[test]
fn a_free_and_clean_grid_leaves_the_servers_alone_to_pay() {
    let out = after(|plan| {
        plan.money.grid_g_per_kwh = Some(0.0);
        plan.money.electricity_usd_per_kwh = 0.0;
    });
    let marginal = out.money.marginal_usd_per_mtok.expect("tokens");
    assert_eq!((marginal.low, marginal.likely, marginal.high), (Usd::ZERO, Usd::ZERO, Usd::ZERO));
    assert_eq!(out.money.carbon_per_year, out.money.embodied_per_year);
    let unknown = after(|plan| plan.money.grid = GridId::new("nowhere"));
    assert_eq!(unknown.money.carbon_per_year, None, "an unknown grid is not a clean one");
    check_says(&unknown, Severity::Warning, &["nowhere", "carbon is unknown"]);
}

#[test]
fn redundant_servers_are_paid_and_powered_but_no_capacity() {
    let (all, spare) = (after(|_| {}), after(|plan| plan.racks.spare_servers = 1));
    assert_eq!(spare.total.sessions.likely, all.total.sessions.likely / 20 * 19);
    assert_eq!(spare.total.planned_power, all.total.planned_power);
    assert_eq!(spare.money.capital_per_year, all.money.capital_per_year);
    assert_eq!(after(|plan| plan.racks.spare_servers = u32::MAX).total.sessions.likely, 0);
}

#[test]
fn energy_money_and_carbon_are_the_sums_of_their_parts() {
    let out = after(|plan| {
        plan.racks.layouts.push(RackLayout::empty("Rack 2", 20));
        plan.money.support_share = 0.05;
    });
    let racks = |read: fn(&sizewright::project::RackOutcome) -> f64| out.racks.iter().map(read).sum::<f64>();
    check_close(out.total.planned_power.as_watts(), racks(|rack| rack.total.planned_power.as_watts()));
    check_close(out.total.expected_power.as_watts(), racks(|rack| rack.total.expected_power.as_watts()));
    assert_eq!(out.total.sessions.likely, out.racks.iter().map(|rack| rack.total.sessions.likely).sum::<u32>());
    for rack in &out.racks {
        let groups: f64 = rack
            .groups
            .iter()
            .map(|group| f64::from(group.count) * group.planned_power_each.expect("known").as_watts())
            .sum();
        check_close(rack.total.planned_power.as_watts(), groups);
    }
    let money = &out.money;
    check_close(
        money.it_energy_per_year.expect("draws").as_kilowatt_hours(),
        out.total.expected_power.as_kilowatts() * 8_760.0,
    );
    check_close(
        money.site_energy_per_year.expect("a PUE").as_joules(),
        money.it_energy_per_year.expect("draws").as_joules() * 1.2,
    );
    let cost = money.power_cost_per_year.expect("a price")
        + money.capital_per_year.expect("prices")
        + money.support_per_year.expect("prices");
    let per_mtok = money.usd_per_mtok.as_ref().expect("tokens").likely;
    check_close(per_mtok.as_usd(), cost.as_usd() / money.tokens_per_year * 1e6);
    let of_use = money.site_energy_per_year.expect("a PUE").as_kilowatt_hours() * money.grid_g_per_kwh.expect("a grid");
    let carbon = GramsCo2e::from_grams(of_use) + money.embodied_per_year.expect("years");
    check_close(money.carbon_per_year.expect("known").as_grams(), carbon.as_grams());
}

#[test]
fn bands_are_carried_through_in_order() {
    let out = after(|_| {});
    let sessions = &out.total.sessions;
    assert!(sessions.low < sessions.likely && sessions.likely < sessions.high);
    let one = out.scenarios[0].servers[0].serving.as_ref().expect("a plan");
    assert_eq!((sessions.low, sessions.high), (one.sessions.low * 20, one.sessions.high * 20));
    let usd = out.money.usd_per_mtok.expect("tokens");
    assert!(usd.low < usd.likely && usd.likely < usd.high);
    assert_eq!(sessions.basis.standing, one.sessions.basis.standing.max(sessions.basis.standing));
}

#[test]
fn bands_of_energy_money_and_carbon_hold_the_error_of_every_assumption_and_name_it() {
    let out = after(|_| {});
    let speed = &out.total.total_speed;
    let of_speed = [speed.likely / speed.high, speed.likely / speed.low];
    let (energy, carbon) =
        (out.money.energy_per_1k_tokens.expect("tokens"), out.money.carbon_per_mtok.expect("tokens"));
    // Half loaded of 0.23 idle; 0.16 and 0.44 are the ends: 0.615, 0.58 and 0.72 of full.
    let by_hand = |of_speed: f64, of_draw: f64| (of_speed.ln().powi(2) + of_draw.ln().powi(2)).sqrt().exp();
    check_close(energy.high / energy.likely, by_hand(of_speed[1], 0.72 / 0.615));
    check_close(energy.likely / energy.low, by_hand(of_speed[0], 0.58 / 0.615));
    assert!(carbon.high / carbon.likely > of_speed[1], "an assumed making is in doubt");
    for (basis, words) in [(&energy.basis, "the idle draw is assumed"), (&carbon.basis, "an assumed making")] {
        assert!(basis.band.contains(words) && basis.band.contains("quadrature"), "{}", basis.band);
    }
    // At full load nothing of the draw is assumed.
    let full = after(|plan| plan.money.utilisation = 1.0).money.energy_per_1k_tokens.expect("tokens");
    check_close(full.high / full.likely, of_speed[1]);
    assert!(full.basis.band.contains("of the speed alone"), "{}", full.basis.band);
    let rented = after(|plan| plan.money.colocation_usd_per_kw_month = Some(150.0)).money.usd_per_mtok.expect("tokens");
    check_close(rented.high / rented.likely, of_speed[1]);
}

#[test]
fn what_is_placed_by_hand_stays_and_the_rest_is_filled() {
    let mut plan = plan();
    let limits = plan.rack_limits(catalog(), &plan.racks.layouts[0]);
    let dgx = ServerId::new("nvidia-dgx-h100");
    let layout = place(&plan.racks.layouts[0], &limits, &catalog().servers, &dgx, HalfUnits::floor_of(1), Face::Front);
    plan.racks.layouts[0] = layout.expect("10.2 of 12.5 kW");
    let out = outcome(&plan, catalog());
    let groups: Vec<_> = out.racks[0].groups.iter().map(|group| (group.server.as_str(), group.count)).collect();
    assert_eq!(groups, [("nvidia-dgx-h100", 1), ("ampere-2u-ampereone-a192", 3)]);
    assert_eq!(out.racks[0].placed_by_hand, 1);
    plan.racks.power_budget = Watts::from_kilowatts(10.0);
    let out = outcome(&plan, catalog());
    check_says(&out, Severity::Error, &["Rack 1", "DGX H100 at U1", "200 W more than its budget"]);
}

#[test]
fn a_power_cap_lets_more_servers_in() {
    let out = after(|plan| plan.racks.per_server_cap = Some(Watts::from_watts(600.0)));
    assert_eq!(out.total.planned_power, Watts::from_watts(12_000.0));
    assert_eq!(out.total.servers, 20, "and the next would be 12,600 W");
    let out = after(|plan| plan.racks.per_server_cap = Some(Watts::from_watts(595.0)));
    assert_eq!((out.total.servers, out.total.servers_bound_by), (21, Some(Resource::RackUnits)));
}

#[test]
fn a_cap_slows_each_session_and_its_sessions_still_reach_the_target() {
    let (free, capped) = (after(|_| {}), after(|plan| plan.racks.per_server_cap = Some(Watts::from_watts(450.0))));
    let one = |out: &Outcome| out.scenarios[0].servers[0].serving.clone().expect("a plan");
    assert!(one(&capped).sessions.likely <= one(&free).sessions.likely);
    assert!(one(&capped).total_speed.likely < one(&free).total_speed.likely);
    assert!(one(&capped).speed_per_session.likely >= TokensPerSecond::from_tokens_per_second(10.0));
    let energy = |out: &Outcome| out.money.energy_per_1k_tokens.as_ref().expect("tokens").likely;
    assert!(energy(&capped) < energy(&free), "a cap saves energy for each token");
    let deep = after(|plan| plan.racks.per_server_cap = Some(Watts::from_watts(300.0)));
    check_says(&deep, Severity::Warning, &["never measured"]);
    let none = after(|plan| plan.racks.per_server_cap = Some(Watts::ZERO));
    assert_eq!(none.total.sessions.likely, 0);
}

#[test]
fn no_split_of_the_power_exceeds_the_budget() {
    let servers: Vec<&ServerId> = catalog().servers.iter().map(|server| &server.id).collect();
    for seed in 0..300usize {
        let out = after(|plan| {
            plan.racks.power_budget = Watts::from_watts((seed * 173 % 40_000) as f64);
            plan.racks.reserve_share = (seed % 5) as f64 / 20.0;
            plan.racks.per_server_cap = (seed % 3 == 0).then(|| Watts::from_watts((seed * 37 % 9_000) as f64 + 1.0));
            plan.racks.fill = servers.get(seed * 31 % servers.len()).map(|id| (*id).clone());
        });
        for rack in &out.racks {
            let (drawn, may) = (rack.total.planned_power.as_watts(), rack.usable_power.as_watts());
            assert!(drawn <= may + 1e-6, "seed {seed}: {drawn} of {may} W");
            assert!(rack.total.expected_power <= rack.total.planned_power * (1.0 + 1e-9), "seed {seed}");
        }
    }
}

#[test]
fn what_takes_no_unit_cannot_fill_a_rack() {
    let mut catalog = catalog().clone();
    let mut strip = catalog.servers.as_slice()[0].clone();
    strip.id = ServerId::new("strip");
    strip.height = RackUnits::ZERO;
    strip.power = ServerPower::default();
    catalog.servers.put(strip);
    let mut plan = plan();
    plan.racks.fill = Some(ServerId::new("strip"));
    let out = outcome(&plan, &catalog);
    assert_eq!(out.racks[0].layout.placements.len(), 0);
    check_says(&out, Severity::Error, &["takes no rack unit"]);
}

#[test]
fn an_empty_plan_and_unknown_ids_say_so() {
    let empty = after(|plan| {
        plan.scenarios.clear();
        plan.racks.layouts.clear();
    });
    assert_eq!((empty.selected, empty.total.sessions.likely, empty.total.servers), (None, 0, 0));
    check_says(&empty, Severity::Error, &["no model to serve"]);
    check_says(&empty, Severity::Error, &["no rack"]);
    let unknown = after(|plan| {
        plan.scenarios[0].model = ModelId::new("gone");
        plan.selected = 99;
    });
    assert_eq!(unknown.selected, Some(2), "the last stands in");
    check_says(&unknown, Severity::Warning, &["no model `gone`"]);
    let lost = after(|plan| plan.racks.fill = Some(ServerId::new("gone")));
    assert_eq!(lost.total.servers, 0);
    check_says(&lost, Severity::Error, &["no server `gone`"]);
}

#[test]
fn no_number_a_plan_can_hold_makes_an_answer_that_is_none() {
    // Every number in turn, and all at once.
    let extremes = [0.0, -1.0, 1e-300, 1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let knobs: [fn(&mut Project, f64); 13] = [
        |plan, x| plan.needs.target_speed = TokensPerSecond::from_tokens_per_second(x),
        |plan, x| plan.needs.time_to_first_token = Some(Seconds::from_secs(x)),
        |plan, x| plan.needs.demand.active_share = x,
        |plan, x| plan.needs.demand.peak_factor = x,
        |plan, x| plan.needs.demand.service_spread = x,
        |plan, x| plan.racks.power_budget = Watts::from_watts(x),
        |plan, x| plan.racks.reserve_share = x,
        |plan, x| plan.racks.per_server_cap = Some(Watts::from_watts(x)),
        |plan, x| plan.money.pue = x,
        |plan, x| plan.money.utilisation = x,
        |plan, x| plan.money.years = x,
        |plan, x| plan.money.electricity_usd_per_kwh = x,
        |plan, x| plan.money.grid_g_per_kwh = Some(x),
    ];
    for x in extremes {
        for (at, turn) in knobs.iter().enumerate() {
            check_numbers(&after(|plan| turn(plan, x)), &format!("knob {at} at {x}"));
        }
        after(|plan| knobs.iter().for_each(|turn| turn(plan, x)));
    }
    for n in [0, 1, u32::MAX] {
        let out = after(|plan| {
            plan.needs.prompt_tokens = n;
            plan.needs.output_tokens = n;
            plan.needs.demand.users = n;
            plan.scenarios.iter_mut().for_each(|scenario| scenario.context_tokens = n);
            plan.racks.layouts[0].height_units = n;
            plan.racks.layouts[0].reserved_units = n / 2;
        });
        check_numbers(&out, &format!("counts of {n}"));
    }
}

/// No figure shown is NaN, infinite or negative.
#[track_caller]
fn check_numbers(out: &Outcome, case: &str) {
    let good = |x: f64| x.is_finite() && x >= 0.0;
    let money = &out.money;
    for (name, figure) in [
        ("usd", money.usd_per_mtok.as_ref().map(|f| [f.low.as_usd(), f.likely.as_usd(), f.high.as_usd()])),
        (
            "energy",
            money.energy_per_1k_tokens.as_ref().map(|f| [f.low.as_joules(), f.likely.as_joules(), f.high.as_joules()]),
        ),
        ("carbon", money.carbon_per_mtok.as_ref().map(|f| [f.low.as_grams(), f.likely.as_grams(), f.high.as_grams()])),
    ] {
        assert!(figure.is_none_or(|ends| ends.into_iter().all(good)), "{case}: {name} {figure:?}");
    }
    assert!(good(out.total.planned_power.as_watts()) && good(out.total.expected_power.as_watts()), "{case}");
    assert!(good(out.total.total_speed.likely.as_tokens_per_second()), "{case}");
}

/// The default plan with so many racks, no two neighbours alike, so that nothing is remembered from one to the next.
fn racks(count: u32) -> Project {
    let mut plan = plan();
    let first = plan.racks.layouts.first().expect("one rack").clone();
    plan.racks.layouts =
        (0..count).map(|n| RackLayout { reserved_units: n % 7, name: format!("Rack {n}"), ..first.clone() }).collect();
    plan
}

#[track_caller]
fn check_time(count: u32, most_millis: u128) {
    let plan = racks(count);
    let fastest = (0..10)
        .map(|_| {
            let start = std::time::Instant::now();
            std::hint::black_box(outcome(&plan, catalog()));
            start.elapsed()
        })
        .min()
        .expect("ten runs");
    println!("{count} racks: {fastest:?}");
    assert!(fastest.as_millis() < most_millis, "{count} racks took {fastest:?}");
}

#[test]
fn fifty_racks_recompute_within_a_frame() {
    // The goal is 4 ms in a release build; this one is barely optimised and its machine is shared.
    check_time(1, 20);
    check_time(50, 40);
}

#[test]
fn a_thousand_racks_stay_usable() {
    check_time(1_000, 400);
}

#[test]
fn what_is_unknown_of_a_token_says_what_is_missing_and_what_is_known_says_nothing() {
    use sizewright::project::Lack;
    let gaudi = |plan: &mut Project| {
        plan.racks.fill = Some(ServerId::new("supermicro-sys-822ga-ngr3-8x-gaudi-3"));
        plan.needs.target_speed = TokensPerSecond::from_tokens_per_second(1.0);
    };
    type Case = (fn(&mut Project), [Option<Lack>; 4]);
    let cases: [Case; 9] = [
        (|_| {}, [None; 4]),
        (|plan| plan.money.utilisation = 0.0, [Some(Lack::Tokens); 4]),
        (|plan| plan.money.pue = 0.9, [Some(Lack::Pue); 4]),
        (
            |plan| plan.money.electricity_usd_per_kwh = -1.0,
            [Some(Lack::ElectricityPrice), Some(Lack::ElectricityPrice), None, None],
        ),
        (|plan| plan.money.grid = GridId::new("nowhere"), [None, None, None, Some(Lack::Grid)]),
        (|plan| plan.money.years = 0.0, [Some(Lack::Terms), None, None, Some(Lack::Terms)]),
        (|plan| plan.money.capital_cost = -0.1, [Some(Lack::Terms), None, None, None]),
        (|plan| plan.money.colocation_usd_per_kw_month = Some(150.0), [None, Some(Lack::InTheRent), None, None]),
        (
            |plan| plan.money.colocation_usd_per_kw_month = Some(-1.0),
            [Some(Lack::Rent), Some(Lack::InTheRent), None, None],
        ),
    ];
    let check = |out: &Outcome, lacks: [Option<Lack>; 4]| {
        let money = &out.money;
        let found = [money.lacks.cost, money.lacks.electricity, money.lacks.energy, money.lacks.carbon];
        assert_eq!(found, lacks);
        let there = [
            money.usd_per_mtok.is_some(),
            money.marginal_usd_per_mtok.is_some(),
            money.energy_per_1k_tokens.is_some(),
            money.carbon_per_mtok.is_some(),
        ];
        assert_eq!(there, lacks.map(|lack| lack.is_none()), "{lacks:?}");
    };
    for (change, lacks) in cases {
        check(&after(change), lacks);
    }
    let out = after(gaudi);
    let draws = Some(Lack::Draws(out.total.servers));
    check(&out, [Some(Lack::Prices(out.total.servers)), draws, draws, draws]);
}
