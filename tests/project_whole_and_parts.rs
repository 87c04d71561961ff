//! A plan and its racks: spares counted once, the limit named whatever the order, and what has no price said.

mod project_support;

use project_support::{after, catalog};
use sizewright::catalog::ServerId;
use sizewright::project::sensitivity::relaxed;
use sizewright::project::{Outcome, Project, Severity, outcome};
use sizewright::rack::{Face, HalfUnits, PowerMode, RackLayout, place};
use sizewright::sizing::Resource;
use sizewright::sizing::serving::ModeKind;
use sizewright::units::{Seconds, TokensPerSecond, Watts};

/// Mounts something by hand in the first rack.
fn mount(plan: &mut Project, server: &str, unit: u32) {
    let limits = plan.rack_limits(catalog(), &plan.racks.layouts[0]);
    let bottom = HalfUnits::floor_of(unit);
    let layout = &plan.racks.layouts[0];
    let mounted = place(layout, &limits, &catalog().servers, &ServerId::new(server), bottom, Face::Front);
    plan.racks.layouts[0] = mounted.expect("free");
}

/// The first rack so many times.
fn copies(plan: &mut Project, racks: u32) {
    let first = plan.racks.layouts[0].clone();
    plan.racks.layouts = (1..=racks).map(|n| RackLayout { name: format!("Rack {n}"), ..first.clone() }).collect();
}

#[test]
fn spare_servers_are_no_capacity_in_the_whole_its_racks_its_ways_or_its_problems() {
    for (racks, spare) in [(1, 1), (1, 10), (2, 1), (3, 25), (3, 60), (2, 1_000)] {
        let out = after(|plan| {
            copies(plan, racks);
            plan.racks.spare_servers = spare;
            plan.needs.demand.users = 1_000_000;
        });
        let each = out.scenarios[0].servers[0].serving.as_ref().expect("a plan").sessions.likely;
        let capacity = (racks * 20).saturating_sub(spare);
        assert_eq!(out.total.sessions.likely, capacity * each, "{racks} racks, {spare} spare");
        let of_racks: u32 = out.racks.iter().map(|rack| rack.total.sessions.likely).sum();
        assert_eq!(of_racks, out.total.sessions.likely, "{racks} racks, {spare} spare");
        let of_models: u32 = out.models.iter().map(|model| model.total.sessions.likely).sum();
        assert_eq!(of_models, out.total.sessions.likely);
        let [_, ways, _] = out.scenarios[0].sessions_in(ModeKind::Partitioned).expect("processors");
        assert_eq!(ways, out.total.sessions.likely);
        let said = format!("the racks carry {} sessions", out.total.sessions.likely);
        // Without any session there is no demand for them either.
        let says = out.problems.iter().any(|problem| problem.message.starts_with(&said));
        assert_eq!(says, capacity > 0, "{:#?}", out.problems);
        if racks == 1 {
            assert_eq!(out.racks[0].money.usd_per_mtok, out.money.usd_per_mtok, "one rack is the whole");
        }
        // So many racks carry the peak beside the spares, and one fewer does not.
        let (Some(needed), Some(peak)) = (out.demand.racks_needed, out.demand.peak_sessions) else {
            assert_eq!(capacity, 0);
            continue;
        };
        let peak = u64::from(peak);
        let carried = |racks: u32| u64::from((racks * 20).saturating_sub(spare)) * u64::from(each);
        if spare <= capacity {
            assert!(carried(needed) >= peak && carried(needed - 1) < peak, "{needed} racks, {spare} spare");
        }
    }
}

#[test]
fn the_limit_named_does_not_follow_the_order_of_the_racks() {
    let bound = |low_first: bool| {
        let out = after(|plan| {
            let first = plan.racks.layouts[0].clone();
            let low = RackLayout { name: "Low".to_owned(), height_units: 20, rack_type: None, ..first.clone() };
            plan.racks.layouts = if low_first { vec![low, first] } else { vec![first, low] };
        });
        (out.total.binding, out.demand.racks_needed.is_some())
    };
    assert_eq!(bound(true), bound(false));
}

#[test]
fn an_empty_first_rack_does_not_hide_how_many_racks_are_needed() {
    let out = after(|plan| {
        copies(plan, 2);
        plan.racks.layouts[0].reserved_units = 42;
        plan.needs.demand.users = 1_000_000;
    });
    assert_eq!(out.racks[0].total.servers, 0);
    assert!(out.demand.racks_needed.is_some_and(|racks| racks > 2));
    assert_eq!(out.demand.racks_like, "Rack 2");
}

#[test]
fn a_panel_or_switch_without_a_price_is_counted_and_leaves_the_cost_known() {
    let bare = after(|_| {});
    let fitted = after(|plan| {
        for unit in [41, 42] {
            mount(plan, "management-switch-1u", unit);
        }
    });
    assert_eq!((fitted.money.without_price, fitted.money.fittings_without_price), (0, 2));
    let usd = fitted.money.usd_per_mtok.expect("servers have prices");
    assert!(usd.basis.inputs.iter().any(|input| input.value.contains("2 fittings")), "{:#?}", usd.basis);
    assert!(bare.money.usd_per_mtok.is_some() && bare.money.fittings_without_price == 0);
    assert!(fitted.problems.iter().any(|problem| problem.message.contains("not in the sum")));
    let mut unpriced = catalog().clone();
    let mut server = unpriced.servers.get(&ServerId::new("ampere-2u-ampereone-a192")).expect("there").clone();
    server.price = None;
    unpriced.servers.put(server);
    let out = outcome(&Project::default_plan(catalog()), &unpriced);
    assert_eq!((out.money.without_price, out.money.usd_per_mtok), (20, None), "a server decides");
}

#[test]
fn panels_in_the_plan_make_way_for_what_fills_and_come_back() {
    let panel = catalog().servers.iter().find(|server| server.name == "1U blanking panel").expect("a panel").id.clone();
    let at = |kilowatts| {
        after(|plan| {
            for unit in 33..=42 {
                mount(plan, panel.as_str(), unit);
            }
            plan.racks.power_budget = Watts::from_kilowatts(kilowatts);
        })
    };
    let (low, high) = (at(10.0), at(20.0));
    assert_eq!((low.total.servers, low.racks[0].placed_by_hand), (16, 10));
    assert_eq!((high.total.servers, high.racks[0].placed_by_hand), (21, 0));
    assert_eq!(high.total.servers_bound_by, Some(Resource::RackUnits));
    assert_eq!(high.racks[0].fill_count.expect("filled").servers, 21);
}

#[test]
fn a_filling_server_beyond_the_budget_is_said_beside_what_is_mounted_by_hand() {
    for hand in ["management-switch-1u", "ampere-2u-ampereone-a192"] {
        let out = after(|plan| {
            mount(plan, hand, 42 - 1);
            plan.racks.fill = Some(ServerId::new("nvidia-dgx-b200"));
        });
        let said = out.problems.iter().any(|problem| {
            problem.severity == Severity::Error
                && problem.place == "Rack 1"
                && problem.message.contains("exceeds what is left of the rack's budget by")
        });
        assert!(said, "{hand}: {:#?}", out.problems);
    }
    let none = after(|plan| {
        mount(plan, "management-switch-1u", 42);
        plan.racks.fill = Some(ServerId::new("nvidia-dgx-b200"));
    });
    assert_eq!(none.total.binding, Some(Resource::Power), "no server, and power is why");
    assert_eq!(none.racks[0].total.binding, Some(Resource::Power));
}

#[test]
fn racks_that_are_alike_but_for_their_numbering_are_named_by_their_own_numbers() {
    let out = after(|plan| {
        mount(plan, "nvidia-dgx-h100", 1);
        copies(plan, 2);
        plan.racks.layouts[1].numbered_from_top = true;
        plan.racks.power_budget = Watts::from_kilowatts(10.0);
    });
    assert!(out.racks[1].layout.numbered_from_top);
    let places = out.racks.iter().map(|rack| rack.problems[0].message.contains("DGX H100 at U35: "));
    assert_eq!(places.collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_longer_prompt_keeps_sessions_busy_for_longer() {
    let mean = |prompt_tokens| {
        let out = after(|plan| {
            plan.needs.prompt_tokens = prompt_tokens;
            plan.needs.output_tokens = 256;
        });
        out.demand.mean_sessions.expect("sessions")
    };
    assert!(mean(2_048) > mean(128), "{} {}", mean(2_048), mean(128));
}

#[test]
fn how_the_draw_is_counted_leaves_the_speed_under_a_cap_alone() {
    let speed = |power_mode, spent: fn(&Outcome) -> f64| {
        let out = after(|plan| {
            plan.racks.fill = Some(ServerId::new("hpe-proliant-rl300-gen11"));
            plan.racks.per_server_cap = Some(Watts::from_watts(400.0));
            plan.racks.power_mode = power_mode;
            plan.needs.target_speed = TokensPerSecond::from_tokens_per_second(5.0);
        });
        let each = out.scenarios[0].servers[0].serving.as_ref().expect("a plan").total_speed.likely;
        assert!(spent(&out) > 0.0);
        each
    };
    let of = |mode| speed(mode, |out| out.total.expected_power.as_watts());
    assert_eq!(of(PowerMode::Nameplate), of(PowerMode::Expected));
    assert_eq!(of(PowerMode::Nameplate), of(PowerMode::MaxMeasured));
}

#[test]
fn the_first_token_is_named_where_it_is_what_limits_and_a_tenth_more_of_it_brings_sessions() {
    let mut plan = Project::default_plan(catalog());
    plan.needs.target_speed = TokensPerSecond::from_tokens_per_second(1.0);
    let free = outcome(&plan, catalog()).scenarios[0].servers[0].serving.clone().expect("a plan");
    let wait = free.time_to_first_token.expect("known").likely;
    plan.needs.time_to_first_token = Some(Seconds::from_secs(wait.as_secs() / 2.0));
    let base = outcome(&plan, catalog());
    let limited = base.scenarios[0].servers[0].serving.as_ref().expect("a plan");
    assert!(limited.sessions.likely < free.sessions.likely);
    assert_eq!(limited.binding, Resource::FirstToken);
    assert_eq!(base.scenarios[0].binding_in(ModeKind::Partitioned), Some(Resource::FirstToken));
    let all = relaxed(&plan, catalog(), &base);
    assert!(all.iter().any(|each| each.limit == Resource::FirstToken), "{all:#?}");
}

#[test]
fn what_relaxing_says_of_servers_and_sessions_is_what_the_whole_outcome_says() {
    let mut plan = Project::default_plan(catalog());
    copies(&mut plan, 3);
    plan.racks.layouts[1].reserved_units = 3;
    plan.racks.spare_servers = 2;
    let base = outcome(&plan, catalog());
    let all = relaxed(&plan, catalog(), &base);
    let power = all.iter().find(|each| each.limit == Resource::Power).expect("a limit");
    plan.racks.power_budget = plan.racks.power_budget * 1.1;
    let then = outcome(&plan, catalog()).total;
    assert_eq!((power.servers, power.sessions), (then.servers, then.sessions.likely));
}

#[test]
fn a_server_of_unknown_draw_is_counted_and_leaves_energy_electricity_and_carbon_unknown() {
    let out = after(|plan| plan.racks.fill = Some(ServerId::new("supermicro-sys-822ga-ngr3-8x-gaudi-3")));
    let servers = out.total.servers;
    assert!(servers > 0);
    let money = &out.money;
    assert_eq!((money.without_draw, money.fittings_without_draw), (servers, 0));
    assert_eq!((money.it_energy_per_year, money.site_energy_per_year, money.power_cost_per_year), (None, None, None));
    assert!(money.marginal_usd_per_mtok.is_none() && money.energy_per_1k_tokens.is_none());
    assert!(money.carbon_per_year.is_none() && money.carbon_per_1k_tokens.is_none() && money.carbon_per_mtok.is_none());
    let says = |out: &Outcome, words: &str| out.problems.iter().any(|problem| problem.message.contains(words));
    assert!(says(&out, &format!("{servers} of the mounted devices have no published draw and run models")));
    // Rent is for the power contracted, so it is known all the same.
    let rented = after(|plan| {
        plan.racks.fill = Some(ServerId::new("supermicro-sys-822ga-ngr3-8x-gaudi-3"));
        plan.money.colocation_usd_per_kw_month = Some(200.0);
    });
    assert!(rented.money.power_cost_per_year.is_some() && rented.money.energy_per_1k_tokens.is_none());
}

#[test]
fn a_panel_or_switch_of_unknown_draw_is_counted_and_leaves_energy_known() {
    let mut catalog = catalog().clone();
    let mut switch = catalog.servers.get(&ServerId::new("management-switch-1u")).expect("there").clone();
    switch.power = sizewright::catalog::ServerPower::default();
    catalog.servers.put(switch);
    let mut plan = Project::default_plan(&catalog);
    mount(&mut plan, "management-switch-1u", 42);
    let out = outcome(&plan, &catalog);
    assert_eq!((out.money.without_draw, out.money.fittings_without_draw), (0, 1));
    assert!(out.money.energy_per_1k_tokens.is_some());
    assert!(out.problems.iter().any(|problem| problem.message.contains("power and energy leave them out")));
}

#[test]
fn a_model_on_servers_of_unknown_draw_pays_its_part_of_the_rent() {
    let out = after(|plan| {
        plan.racks.power_budget = sizewright::units::Watts::from_kilowatts(30.0);
        plan.racks.fill_serves = Some(1);
        mount(plan, "supermicro-sys-822ga-ngr3-8x-gaudi-3", 1);
        plan.racks.layouts[0].placements[0].serves = Some(0);
        plan.money.colocation_usd_per_kw_month = Some(200.0);
    });
    let rent = |model: &sizewright::project::ServedModel| model.money.power_cost_per_year.expect("a rent").as_usd();
    let [unknown, known] = out.models.as_slice() else { panic!("two models: {:#?}", out.models) };
    assert!(rent(unknown) > 0.0, "{}", rent(unknown));
    let all = out.money.power_cost_per_year.expect("a rent").as_usd();
    assert!((rent(unknown) + rent(known) - all).abs() < 1e-6 * all);
}

#[test]
fn an_impossible_pue_or_rent_leaves_the_comparison_unknown_and_does_not_make_power_free() {
    use sizewright::project::BreakEven;
    let compared = |change: fn(&mut Project)| {
        let out = after(|plan| {
            plan.money.compared_api = Some(sizewright::catalog::ApiPriceId::new("gpt-5.5"));
            change(plan);
        });
        out.money.hosted.expect("compared")
    };
    assert!(compared(|_| {}).saving_share.is_some());
    for impossible in [
        (|plan| plan.money.pue = 0.9) as fn(&mut Project),
        |plan| plan.money.electricity_usd_per_kwh = -1.0,
        |plan| plan.money.colocation_usd_per_kw_month = Some(-1.0),
    ] {
        let hosted = compared(impossible);
        assert_eq!((hosted.saving_share, hosted.saving_per_year, hosted.break_even), (None, None, BreakEven::Unknown));
    }
}

#[test]
fn servers_of_which_only_the_typical_draw_is_known_are_counted_and_planned_with_it_in_full() {
    let out = after(|plan| {
        plan.racks.power_budget = sizewright::units::Watts::from_kilowatts(20.0);
        plan.racks.fill = Some(ServerId::new("dell-poweredge-xe9680-8x-mi300x"));
        plan.money.utilisation = 1.0;
    });
    let group = &out.racks[0].groups[0];
    assert_eq!((group.count, group.planned_power_each), (2, group.expected_power_each), "no share of a typical draw");
    let words = "2 of the mounted devices have no published maximum of their draw: the typical draw stands in";
    assert!(out.problems.iter().any(|problem| problem.message == words), "{:#?}", out.problems);
    let plate = after(|_| {});
    assert!(!plate.problems.iter().any(|problem| problem.message.contains("the typical draw stands in")));
}
