//! The report: one fixed text for one fixed outcome, and everything the default plan rests on.

use sizewright::catalog::{Catalog, Date, Standing};
use sizewright::export::report;
use sizewright::project::{Outcome, Project, Queueing, Staircase, outcome, runs_of_equal_racks};
use sizewright::rack::RackLayout;
use sizewright::sizing::memory::{MemoryKind, MemoryPart};
use sizewright::sizing::serving::{Sense, ServingMode, ServingPlan};
use sizewright::sizing::{Basis, BasisInput, Figure, Refusal, Resource, Verdict};
use sizewright::units::{Bytes, Seconds, TokensPerSecond, Usd, Watts};

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog is sound")
}

/// The entries the default plan used on 2026-11-20: the fixed text must not follow the catalog.
fn fixed_catalog() -> Catalog {
    Catalog::from_ron_str("report_catalog.ron", include_str!("golden/report_catalog.ron")).expect("a sound catalog")
}

fn day() -> Date {
    Date::parse("2026-11-20").expect("a day")
}

fn basis() -> Basis {
    Basis {
        standing: Standing::Computed,
        formula: "bandwidth / bytes read".into(),
        inputs: vec![BasisInput::new("bandwidth", "333 GB/s", Standing::Cited, "a data sheet, 2024")],
        band: "half to twice".into(),
    }
}

fn figure<Q>(low: Q, likely: Q, high: Q) -> Figure<Q> {
    Figure { low, likely, high, basis: basis() }
}

fn speed(low: f64, likely: f64, high: f64) -> Figure<TokensPerSecond> {
    let per_second = TokensPerSecond::from_tokens_per_second;
    figure(per_second(low), per_second(likely), per_second(high))
}

/// The default plan with made-up speeds in place of the computed ones, so that the text stays when the formulas move.
fn fixed(catalog: &Catalog) -> (Project, Outcome) {
    let mut plan = Project::default_plan(catalog);
    plan.name = "Rack | of the *office*".to_owned();
    plan.needs.demand.users = 2_000;
    plan.scenarios.truncate(2);
    let mut out = outcome(&plan, catalog);
    let part = |kind, gib| {
        let size = Bytes::from_gib(gib);
        MemoryPart { kind, low: size, likely: size, high: size, basis: basis() }
    };
    for (at, scenario) in out.scenarios.iter_mut().enumerate() {
        let refusal =
            || Refusal { reason: "one session alone reaches 5.00 tokens/s at best".to_owned(), nearest: None };
        let server = &mut scenario.servers[0];
        let estimate = server.estimate.as_mut().expect("the demo's server has devices");
        estimate.memory.as_mut().expect("the shapes are published").parts =
            vec![part(MemoryKind::Weights, 4.5), part(MemoryKind::KvCache, 0.25), part(MemoryKind::Buffers, 0.5)];
        estimate.verdict = Verdict::Fits { spare: Bytes::from_gib(506.75) };
        estimate.decode = Ok(speed(10.0, 20.0, 40.0));
        server.serving = match at {
            0 => Ok(ServingPlan {
                mode: ServingMode::Partitioned { processes: 2, threads_per_process: 96, batch: 4 },
                sessions: figure(4, 8, 16),
                speed_per_session: speed(9.0, 11.0, 14.0),
                total_speed: speed(44.0, 88.0, 176.0),
                time_to_first_token: Some(figure(
                    Seconds::from_secs(0.5),
                    Seconds::from_secs(1.0),
                    Seconds::from_secs(2.0),
                )),
                device_power: None,
                binding: Resource::Bandwidth,
                counted_by: Sense::Mean,
            }),
            _ => Err(refusal()),
        };
        let mut total = out.total.clone();
        let n = if at == 0 { 1 } else { 0 };
        total.sessions = figure(80 * n, 160 * n, 320 * n);
        total.total_speed = speed(880.0 * f64::from(n), 1_760.0 * f64::from(n), 3_520.0 * f64::from(n));
        total.counted_by = vec![Sense::Mean; if at == 0 { 1 } else { 0 }];
        total.speed_per_session = (at == 0).then(|| speed(9.0, 11.0, 14.0));
        total.server_binding = Some(if at == 0 { Resource::Bandwidth } else { Resource::SessionSpeed });
        total.binding = Some(if at == 0 { Resource::Power } else { Resource::SessionSpeed });
        scenario.total = total;
        let mut money = out.money.clone();
        let usd = Usd::from_usd;
        money.tokens_per_year = 2.775e10 * f64::from(n);
        money.usd_per_mtok = (at == 0).then(|| figure(usd(1.25), usd(2.5), usd(5.0)));
        money.marginal_usd_per_mtok = (at == 0).then(|| figure(usd(0.16), usd(0.32), usd(0.64)));
        (money.energy_per_1k_tokens, money.carbon_per_1k_tokens, money.carbon_per_mtok) = (None, None, None);
        scenario.money = money;
    }
    (out.total, out.money) = (out.scenarios[0].total.clone(), out.scenarios[0].money.clone());
    out.racks[0].total = out.total.clone();
    (out.demand.mean_sessions, out.demand.peak_sessions, out.demand.racks_needed) = (Some(16.0), Some(48), Some(1));
    out.load_of_readers = Some(0.1);
    out.demand.queueing = Some(Queueing {
        offered: 48.0,
        sessions: 50,
        share_waiting: Some(0.25),
        mean_wait: Some(Seconds::from_secs(1.5)),
        share_too_late: None,
        sessions_where_few_wait: Some(60),
        share_turned_away: 0.1,
        users: 500,
        share_turned_away_of_these: Some(0.09),
        slowed_to: None,
    });
    out.staircase = Some(Staircase {
        tokens_per_year: 5.4e9,
        servers: 6,
        spares: 0,
        for_tokens: 2,
        for_peak: 6,
        own_per_year: Some(Usd::from_usd(20_000.0)),
        hosted_per_year: None,
    });
    out.problems.truncate(0);
    (plan, out)
}

#[test]
fn a_report_is_the_same_text_every_time() {
    let catalog = fixed_catalog();
    let (plan, out) = fixed(&catalog);
    let text = report(&plan, &catalog, &out, &day());
    assert_eq!(text, report(&plan, &catalog, &out, &day()));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/report.md");
    // To accept a change: UPDATE_GOLDEN=1 cargo test --test export_report, then read the difference.
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).expect("written");
    }
    let golden = std::fs::read_to_string(path).expect("the golden file");
    for (line, (found, expected)) in text.lines().zip(golden.lines()).enumerate() {
        assert_eq!(found, expected, "line {} of {path}", line + 1);
    }
    assert_eq!(text.lines().count(), golden.lines().count());
}

#[test]
fn every_entry_used_stands_in_the_report_with_source_and_date() {
    let plan = Project::default_plan(catalog());
    let out = outcome(&plan, catalog());
    let text = report(&plan, catalog(), &out, &day()).replace('\\', "");
    for scenario in &plan.scenarios {
        let model = catalog().models.get(&scenario.model).expect("in the catalog");
        assert!(text.contains(&model.name) && text.contains(&model.provenance.source), "{}", model.id);
    }
    for server in catalog().servers.iter().filter(|server| Some(&server.id) == plan.racks.fill.as_ref()) {
        assert!(text.contains(&server.provenance.source) && text.contains(server.provenance.date.as_str()));
        for note in &server.provenance.fields {
            assert!(text.contains(&note.source), "{}", note.field);
        }
        let device = catalog().devices.get(&server.devices[0].device).expect("in the catalog");
        assert!(text.contains(&device.provenance.source), "{}", device.id);
    }
    for heading in ["The answer", "The question", "Models on these racks", "Racks", "Money, energy, carbon", "Sources"]
    {
        assert!(text.contains(&format!("# {heading}\n")), "{heading}");
    }
    for problem in &out.problems {
        assert!(text.contains(&problem.message.replace('\\', "")), "{}", problem.message);
    }
    assert!(text.contains("2026-11-20") && !text.contains("NaN") && !text.contains(" inf"));
}

#[test]
fn tables_have_as_many_cells_in_each_row_whatever_things_are_called() {
    let mut plan = Project::default_plan(catalog());
    plan.scenarios[0].name = "a | b || c\n| d".to_owned();
    plan.racks.layouts[0].name = "<b>|</b>".to_owned();
    let text = report(&plan, catalog(), &outcome(&plan, catalog()), &day());
    let mut columns = None;
    for line in text.lines() {
        let cells = line.starts_with('|').then(|| line.replace("\\|", "").matches('|').count());
        if let (Some(before), Some(now)) = (columns, cells) {
            assert_eq!(before, now, "{line}");
        }
        columns = cells;
    }
    assert!(!text.contains("<b>"));
}

#[test]
fn equal_racks_share_a_row_and_one_with_a_spare_has_its_own() {
    let mut plan = Project::default_plan(catalog());
    let like = plan.racks.layouts[0].clone();
    plan.racks.layouts = (1..=1_000).map(|n| RackLayout { name: format!("Rack {n}"), ..like.clone() }).collect();
    plan.racks.spare_servers = 1;
    let out = outcome(&plan, catalog());
    let text = report(&plan, catalog(), &out, &day());
    assert!(text.contains("| Rack 1 to Rack 999 (999 racks), each | 20 x Ampere"), "{text}");
    assert!(text.contains("| Rack 1000 | 20 x Ampere"), "the last has the spare");
    let told = runs_of_equal_racks(&out.racks).map(|run| run.len() as u32 * run[0].total.sessions.likely);
    assert_eq!(told.sum::<u32>(), out.total.sessions.likely, "the rows add up to the whole");
}

#[test]
fn equal_racks_have_a_problem_once() {
    let mut plan = Project::default_plan(catalog());
    let like = plan.racks.layouts[0].clone();
    plan.racks.layouts = (1..=40).map(|n| RackLayout { name: format!("Rack {n}"), ..like.clone() }).collect();
    plan.racks.power_budget = Watts::from_watts(100.0);
    let problems = outcome(&plan, catalog()).problems;
    let of_racks: Vec<_> = problems.iter().filter(|problem| problem.place.starts_with("Rack 1")).collect();
    assert_eq!(of_racks.len(), 1, "{of_racks:#?}");
    assert_eq!(of_racks[0].place, "Rack 1 to Rack 40 (40 racks)");
}

#[test]
fn what_is_kept_back_of_the_budget_is_no_budget_in_the_report_either() {
    let mut plan = Project::default_plan(catalog());
    plan.racks.reserve_share = 0.2;
    let second = RackLayout { name: "Rack 2".to_owned(), ..plan.racks.layouts[0].clone() };
    plan.racks.layouts.push(second);
    let text = report(&plan, catalog(), &outcome(&plan, catalog()), &day());
    // 16 servers of 625 W in each of two racks of 12.5 kW, a fifth of it kept back.
    assert!(text.contains("| power, planned | 20.0 of 20.0 kW |"), "{text}");
}

#[test]
fn an_empty_plan_has_a_report_too() {
    let mut plan = Project::default_plan(catalog());
    plan.scenarios.clear();
    plan.racks.layouts.clear();
    let text = report(&plan, catalog(), &outcome(&plan, catalog()), &day());
    assert!(text.contains("no model to serve") && text.contains("there is no rack"));
}

#[test]
fn the_report_gives_the_reason_of_each_case_for_what_is_unknown() {
    type Case = (fn(&mut Project), &'static str);
    let cases: [Case; 4] = [
        (
            |plan| plan.money.colocation_usd_per_kw_month = Some(150.0),
            "Electricity is in the rent: one million tokens more cost nothing on top of it.",
        ),
        (
            |plan| plan.money.pue = 0.9,
            "What one million tokens more cost in electricity is unknown: the PUE is impossible.",
        ),
        (
            |plan| plan.money.grid = sizewright::catalog::GridId::new("nowhere"),
            "unknown: the catalog does not have the plan's grid",
        ),
        (|plan| plan.money.utilisation = 0.0, "no tokens"),
    ];
    for (change, words) in cases {
        let mut plan = Project::default_plan(catalog());
        change(&mut plan);
        let out = outcome(&plan, catalog());
        let text = report(&plan, catalog(), &out, &day());
        assert!(text.contains(words), "{words}: {text}");
        assert!(!text.contains("cost unknown"), "{text}");
    }
}

#[test]
fn each_run_of_equal_racks_has_its_paragraph_with_what_a_lost_feed_takes_and_all_that_was_set_is_listed() {
    use sizewright::rack::{Feeds, Phases, Redundancy, Region};
    use sizewright::units::{Amperes, Volts};
    let mut plan = Project::default_plan(catalog());
    let like = plan.racks.layouts[0].clone();
    let low = RackLayout { name: "Low rack".to_owned(), height_units: 20, ..like.clone() };
    plan.racks.layouts.extend([RackLayout { name: "Rack 2".to_owned(), ..like }, low]);
    plan.racks.feeds = Some(Feeds {
        region: Region::NorthAmerica,
        voltage: Volts::from_volts(415.0),
        breaker: Amperes::from_amperes(32.0),
        phases: Phases::Three,
        power_factor: 0.97,
        planning_share: 0.9,
        redundancy: Redundancy::Single,
    });
    let out = outcome(&plan, catalog());
    let text = report(&plan, catalog(), &out, &day()).replace('\\', "");
    let of_both =
        text.lines().find(|line| line.starts_with("Rack 1 to Rack 2 (2 racks), each: ")).expect("a paragraph");
    let of_low = text.lines().find(|line| line.starts_with("Low rack: ")).expect("a paragraph of its own");
    for (paragraph, draw) in [(of_both, "12,500 W"), (of_low, "6,250 W")] {
        assert!(paragraph.contains("% of the static load limit") && paragraph.contains("% of the rolling one"));
        assert!(paragraph.contains(&format!("{draw} go out with feed A")), "{paragraph}");
        assert!(paragraph.contains("Sessions left: 0 without the feed"), "{paragraph}");
    }
    for set in [
        "- feeds: one feed",
        "- breakers: 32.0 A at 415 V, three phases",
        "- breaker rule: NEC: 80 %",
        "- share of the breakers planned with: 90 %",
        "- power factor: 0.97",
        "- speed of a session counted by: mean delivered",
        "- spread of answer times: 1",
    ] {
        assert!(text.contains(set), "{set}: {text}");
    }
}

#[test]
fn a_price_of_electricity_that_was_picked_has_its_source_and_one_that_was_typed_has_none() {
    let mut plan = Project::default_plan(catalog());
    let price = catalog().electricity_prices.get(&"us-ohio-industrial".into()).expect("the price");
    let told = |plan: &Project| report(plan, catalog(), &outcome(plan, catalog()), &day()).replace('\\', "");
    assert!(told(&plan).contains("- electricity: 0.11 USD per kWh"));
    plan.money.take_electricity(price);
    let text = told(&plan);
    assert!(
        text.contains(&format!("| electricity price: {} |", price.name)) && text.contains(&price.provenance.source)
    );
    assert!(text.contains("x 0.079 USD per kWh (Ohio, industrial)") && !text.contains("- electricity:"), "{text}");
}
