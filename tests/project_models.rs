//! Several models in the same racks: each server serves what it names, money is counted once, and a removed scenario is
//! handled.

use sizewright::catalog::{Catalog, ServerId};
use sizewright::project::file;
use sizewright::project::{Outcome, Project, ServedModel, Severity, outcome};
use sizewright::rack::{Face, HalfUnits, RackLayout, place};
use sizewright::units::Watts;

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog is sound")
}

fn compute(plan: &Project) -> Outcome {
    outcome(plan, catalog())
}

const DEMO: &str = "ampere-2u-ampereone-a192";
const SWITCH: &str = "nvidia-sn2201";

/// The default rack with `small` demo servers that serve the small model (B), the rest filled with the selected one (A).
fn mixed(small: u32) -> Project {
    let mut plan = Project::default_plan(catalog());
    plan.racks.layouts[0] = with_small(&plan, plan.racks.layouts[0].clone(), small);
    plan
}

fn with_small(plan: &Project, mut layout: RackLayout, small: u32) -> RackLayout {
    let limits = plan.rack_limits(catalog(), &layout);
    for n in 0..small {
        let bottom = HalfUnits::floor_of(1 + 2 * n);
        layout = place(&layout, &limits, &catalog().servers, &ServerId::new(DEMO), bottom, Face::Front).expect("free");
        layout.placements.last_mut().expect("placed").serves = Some(1);
    }
    layout
}

#[track_caller]
fn check_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{what}: {found} is not {expected}");
}

/// Models together are the racks, in sessions, tokens, power, money and carbon.
#[track_caller]
fn check_sums(models: &[ServedModel], total: &sizewright::project::Totals, money: &sizewright::project::MoneyOutcome) {
    let add = |read: &dyn Fn(&ServedModel) -> f64| models.iter().map(read).sum::<f64>();
    check_close(add(&|m| f64::from(m.total.servers)), f64::from(total.servers), "servers");
    check_close(add(&|m| f64::from(m.total.sessions.likely)), f64::from(total.sessions.likely), "sessions");
    check_close(add(&|m| f64::from(m.total.sessions.low)), f64::from(total.sessions.low), "fewest sessions");
    check_close(
        add(&|m| m.total.total_speed.likely.as_tokens_per_second()),
        total.total_speed.likely.as_tokens_per_second(),
        "tokens/s",
    );
    check_close(add(&|m| m.total.planned_power.as_watts()), total.planned_power.as_watts(), "planned watts");
    check_close(add(&|m| m.total.expected_power.as_watts()), total.expected_power.as_watts(), "expected watts");
    check_close(add(&|m| m.money.tokens_per_year), money.tokens_per_year, "tokens a year");
    check_close(
        add(&|m| m.money.it_energy_per_year.expect("draws").as_joules()),
        money.it_energy_per_year.expect("draws").as_joules(),
        "energy",
    );
    let usd = |usd: Option<sizewright::units::Usd>| usd.map_or(f64::NAN, |usd| usd.as_usd());
    check_close(add(&|m| usd(m.money.power_cost_per_year)), usd(money.power_cost_per_year), "electricity or rent");
    if money.capital_per_year.is_some() {
        check_close(add(&|m| usd(m.money.capital_per_year)), usd(money.capital_per_year), "capital");
    }
    let carbon = |m: &sizewright::project::MoneyOutcome| m.carbon_per_year.map_or(f64::NAN, |it| it.as_grams());
    check_close(add(&|m| carbon(&m.money)), carbon(money), "carbon");
}

#[test]
fn readers_of_each_model_have_its_own_sessions_and_the_weights_say_how_many_they_are() {
    let mut plan = mixed(4);
    let one = compute(&Project::default_plan(catalog()));
    assert!(one.demand.models.is_empty() && one.demand.queueing.is_some());
    plan.scenarios[1].request_weight = 3.0;
    let out = compute(&plan);
    let of = |at: usize| out.demand.models.iter().find(|model| model.scenario == at).expect("served");
    assert_eq!((of(0).share, of(1).share), (0.25, 0.75));
    for served in &out.models {
        assert_eq!(of(served.scenario).sessions, served.total.sessions.likely, "{}", served.name);
    }
    check_close(of(0).demand.requests_per_second * 4.0, one.demand.requests_per_second, "a quarter of the requests");
    // So many readers of the small model that only its sessions run out.
    plan.needs.demand.users = 8_000;
    plan.scenarios[1].request_weight = 100.0;
    let out = compute(&plan);
    let warned: Vec<&str> = out
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .filter(|text| text.contains("the peak asks"))
        .collect();
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("of Llama 3.2 3B"), "{warned:?}");
    assert!(
        out.demand.peak_sessions < Some(out.total.sessions.likely),
        "together there would be enough: {:?}",
        out.demand
    );
}

#[test]
fn weights_of_requests_are_kept_in_the_plan_and_impossible_ones_refused() {
    let mut plan = mixed(2);
    let path = std::path::Path::new("plan.ron");
    let text = file::to_text(path, &plan, catalog()).expect("written");
    assert!(!text.contains("request_weight"), "the usual weight needs no word");
    plan.scenarios[1].request_weight = 2.5;
    let text = file::to_text(path, &plan, catalog()).expect("written");
    let read = file::from_text(path, &text, catalog()).expect("read");
    assert_eq!(read.project.scenarios[1].request_weight, 2.5);
    let wrong = text.replace("request_weight: 2.5", "request_weight: -1");
    let refused = file::from_text(path, &wrong, catalog()).expect_err("impossible");
    assert!(refused.to_string().contains("scenarios[1].request_weight"), "{refused}");
}

#[test]
fn a_server_serves_what_it_names_and_the_rest_the_selected_scenario() {
    let (all, out) = (compute(&mixed(0)), compute(&mixed(5)));
    let each = |at: usize| {
        let plan = all.scenarios[at].servers[0].serving.as_ref().expect("it is served");
        plan.sessions.likely
    };
    assert_eq!(out.total.servers, 20, "the filling goes on around them");
    assert_eq!(out.total.sessions.likely, 15 * each(0) + 5 * each(1));
    let counts: Vec<_> = out.models.iter().map(|model| (model.scenario, model.total.servers)).collect();
    assert_eq!(counts, [(0, 15), (1, 5)]);
    assert_eq!(out.models[1].total.sessions.likely, 5 * each(1));
    let groups: Vec<_> = out.racks[0].groups.iter().map(|group| (group.serves, group.count)).collect();
    assert_eq!(groups, [(Some(1), 5), (Some(0), 15)]);
    assert_eq!(all.models.len(), 1);
    assert_eq!(all.models[0].total, all.total, "one model is the whole");
    assert_eq!(out.scenarios, all.scenarios, "the comparison asks what all servers would do with one model");
}

#[test]
fn what_fills_the_room_may_name_a_scenario_too() {
    let mut plan = mixed(5);
    plan.racks.fill_serves = Some(2);
    let out = compute(&plan);
    let served: Vec<_> = out.models.iter().map(|model| (model.scenario, model.total.servers)).collect();
    assert_eq!(served, [(1, 5), (2, 15)], "nothing is left for the selected scenario");
    let filled = out.racks[0].layout.placements.iter().skip(out.racks[0].placed_by_hand);
    assert!(filled.into_iter().all(|placement| placement.serves == Some(2)), "kept by hand it serves the same");
}

#[test]
fn models_together_cost_what_the_racks_do_counted_once() {
    let mut plan = mixed(5);
    let layout = plan.racks.layouts[0].clone();
    let limits = plan.rack_limits(catalog(), &layout);
    let switch = ServerId::new(SWITCH);
    assert!(catalog().servers.get(&switch).is_some_and(|server| server.devices.is_empty()), "a switch of the catalog");
    let with_switch = place(&layout, &limits, &catalog().servers, &switch, HalfUnits::floor_of(42), Face::Front);
    plan.racks.layouts[0] = with_switch.expect("the top is free");
    plan.racks.layouts.push(RackLayout::empty("Rack 2", 20));
    plan.racks.spare_servers = 3;
    plan.money.support_share = 0.05;
    for rent in [None, Some(180.0)] {
        plan.money.colocation_usd_per_kw_month = rent;
        let out = compute(&plan);
        assert_eq!(out.models.len(), 2);
        check_sums(&out.models, &out.total, &out.money);
        for rack in &out.racks {
            check_sums(&rack.models, &rack.total, &rack.money);
        }
        let racks: f64 = out.racks.iter().map(|rack| rack.money.it_energy_per_year.expect("draws").as_joules()).sum();
        check_close(racks, out.money.it_energy_per_year.expect("draws").as_joules(), "energy of the racks");
        let paid = |money: &sizewright::project::MoneyOutcome| money.power_cost_per_year.expect("a price").as_usd();
        check_close(out.racks.iter().map(|rack| paid(&rack.money)).sum(), paid(&out.money), "power of the racks");
    }
}

#[test]
fn spare_servers_are_taken_where_they_carry_most_and_models_still_add_up() {
    let mut plan = mixed(5);
    let all = compute(&plan);
    plan.racks.spare_servers = 2;
    let out = compute(&plan);
    let best = all.models.iter().map(|model| model.total.sessions.likely / model.total.servers).max().expect("models");
    assert_eq!(out.total.sessions.likely, all.total.sessions.likely - 2 * best);
    check_sums(&out.models, &out.total, &out.money);
}

#[test]
fn a_scenario_that_is_removed_leaves_its_servers_to_the_selected_one() {
    let mut plan = mixed(5);
    let before = plan.clone();
    plan.remove_scenario(1);
    let out = compute(&plan);
    assert_eq!((out.models.len(), out.models[0].total.servers), (1, 20));
    assert!(out.problems.iter().all(|problem| problem.severity == Severity::Warning), "{:#?}", out.problems);
    assert_ne!(plan, before, "undo has a value to go back to");
    let mut lost = before;
    lost.scenarios.truncate(1);
    let out = compute(&lost);
    let said = |problem: &sizewright::project::PlanProblem| {
        problem.severity == Severity::Error
            && problem.place.contains("serves")
            && problem.message.contains("1 scenarios")
    };
    assert!(out.problems.iter().any(said), "{:#?}", out.problems);
    assert_eq!(out.models.len(), 1, "the selected one stands in");
}

#[test]
fn racks_alike_but_for_what_they_serve_are_not_taken_for_each_other() {
    let mut plan = mixed(5);
    let mut plain = plan.racks.layouts[0].clone();
    plain.name = "Rack 2".to_owned();
    plain.placements.iter_mut().for_each(|placement| placement.serves = None);
    let twin = RackLayout { name: "Rack 3".to_owned(), ..plan.racks.layouts[0].clone() };
    plan.racks.layouts.extend([plain, twin]);
    let out = compute(&plan);
    let servers = |at: usize| out.racks[at].models.iter().map(|model| model.total.servers).collect::<Vec<_>>();
    assert_eq!((servers(0), servers(1), servers(2)), (vec![15, 5], vec![20], vec![15, 5]));
    assert_eq!(out.racks[2].name, "Rack 3");
    assert_eq!(out.racks[2].layout.name, "Rack 3");
    assert_eq!(out.total.planned_power, Watts::from_kilowatts(37.5));
}

#[test]
fn a_plan_with_several_models_is_saved_and_read_as_it_was() {
    let mut plan = mixed(2);
    plan.racks.fill_serves = Some(0);
    let path = std::path::Path::new("plan.ron");
    let text = file::to_text(path, &plan, catalog()).expect("it is written");
    assert!(text.contains("serves: 1") && text.contains("fill_serves: 0"), "{text}");
    let opened = file::from_text(path, &text, catalog()).expect("it reads");
    assert_eq!(opened.project.racks, plan.racks);
    let wrong = text.replace("fill_serves: 0", "fill_serves: 7");
    let refused = file::from_text(path, &wrong, catalog()).expect_err("no such scenario");
    assert!(refused.to_string().contains("fill_serves"), "{refused}");
}
