//! The mean load that tokens, energy and cost are counted with: typed, or what the plan's readers cause.

mod project_support;

use project_support::{after, catalog};
use sizewright::catalog::ApiPriceId;
use sizewright::project::{LoadSource, Outcome, Project, file};
use sizewright::rack::PowerMode;

fn from_readers(plan: &mut Project) {
    plan.money.utilisation_from = LoadSource::Readers;
}

#[track_caller]
fn check_close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
}

fn said(outcome: &Outcome) -> Option<&str> {
    outcome.problems.iter().map(|it| it.message.as_str()).find(|it| it.contains("readers keep them"))
}

#[test]
fn the_load_of_the_readers_is_the_sessions_they_keep_busy_over_those_there_are() {
    let out = after(from_readers);
    let busy = out.demand.mean_sessions.expect("served");
    let load = out.load_of_readers.expect("served");
    check_close(load, busy / f64::from(out.total.sessions.likely));
    check_close(out.total.utilisation, load);
    // The year's tokens are those asked for.
    let asked = out.demand.requests_per_second * 256.0 * 365.0 * 86_400.0;
    check_close(out.money.tokens_per_year, asked);
    check_close(out.money.tokens_per_year, out.staircase.expect("asked for").tokens_per_year);
}

#[test]
fn fewer_readers_make_each_token_dearer_where_the_load_is_theirs_and_not_where_it_is_typed() {
    let usd = |change: &dyn Fn(&mut Project)| after(change).money.usd_per_mtok.expect("tokens").likely.as_usd();
    let fewer = |plan: &mut Project| plan.needs.demand.users /= 2;
    assert_eq!(usd(&|_| {}), usd(&fewer), "typed");
    let halved = usd(&|plan| {
        from_readers(plan);
        fewer(plan);
    });
    assert!(halved > 1.5 * usd(&|plan| from_readers(plan)), "{halved}");
}

#[test]
fn readers_that_ask_for_more_than_there_is_load_the_servers_fully_and_no_more() {
    let out = after(|plan| {
        from_readers(plan);
        plan.needs.demand.users = 1_000_000;
    });
    assert!(out.load_of_readers.expect("served") > 1.0);
    assert_eq!(out.total.utilisation, 1.0);
    let full = after(|plan| plan.money.utilisation = 1.0);
    let usd = |out: &Outcome| out.money.usd_per_mtok.as_ref().expect("tokens").likely;
    assert_eq!((out.money.tokens_per_year, usd(&out)), (full.money.tokens_per_year, usd(&full)));
}

#[test]
fn each_model_has_the_load_of_its_own_readers_and_the_whole_makes_what_all_of_them_ask_for() {
    let out = after(|plan| {
        from_readers(plan);
        plan.racks.layouts.push(plan.racks.layouts[0].clone());
        plan.racks.layouts[1].name = "Rack 2".to_owned();
        // A server of the second model by hand; the others fill the racks.
        let fill = plan.racks.fill.clone().expect("a filling");
        let limits = plan.rack_limits(catalog(), &plan.racks.layouts[0]);
        let servers = &catalog().servers;
        let bottom = sizewright::rack::HalfUnits::floor_of(1);
        let front = sizewright::rack::Face::Front;
        let layout = sizewright::rack::place(&plan.racks.layouts[0], &limits, servers, &fill, bottom, front);
        plan.racks.layouts[0] = layout.expect("an empty rack");
        plan.racks.layouts[0].placements[0].serves = Some(1);
        plan.scenarios[0].request_weight = 3.0;
    });
    let [a, b] = out.models.as_slice() else { panic!("two models") };
    assert_ne!(a.total.utilisation, b.total.utilisation);
    for (model, demand) in out.models.iter().zip(&out.demand.models) {
        let busy = demand.demand.mean_sessions.expect("served");
        check_close(model.total.utilisation, (busy / f64::from(demand.sessions)).min(1.0));
    }
    let models: f64 = out.models.iter().map(|model| model.money.tokens_per_year).sum();
    let racks: f64 = out.racks.iter().map(|rack| rack.money.tokens_per_year).sum();
    check_close(models, out.money.tokens_per_year);
    check_close(racks, out.money.tokens_per_year);
    let energy: f64 =
        out.racks.iter().map(|rack| rack.money.it_energy_per_year.expect("every draw is known").as_joules()).sum();
    check_close(energy / out.money.it_energy_per_year.expect("every draw is known").as_joules(), 1.0);
}

#[test]
fn a_typed_load_far_from_that_of_the_readers_is_said_with_both_numbers() {
    assert_eq!(said(&after(|_| {})), None, "the plan one begins with agrees with itself");
    let few = |plan: &mut Project| plan.needs.demand.users = 2_000;
    let out = after(few);
    let load = out.load_of_readers.expect("served");
    let text = said(&out).expect("half against a few per cent");
    assert!(text.contains("50 % used"), "{text}");
    assert!(load < 0.25 && text.contains(&format!("{} busy", sizewright::units::in_percent(load))), "{text}");
    let typed = |utilisation: f64| {
        after(|plan| {
            few(plan);
            plan.money.utilisation = utilisation;
        })
    };
    assert_eq!(said(&typed(load * 1.9)), None, "near enough");
    assert!(said(&typed(load / 2.1)).is_some(), "too little is far, too");
    let taken = after(|plan| {
        few(plan);
        from_readers(plan);
    });
    assert_eq!(said(&taken), None);
    assert_eq!(said(&after(|plan| plan.needs.demand.users = 0)), None, "said otherwise");
}

#[test]
fn a_saving_says_at_which_use_it_holds() {
    let hosted = |plan: &mut Project| plan.money.compared_api = Some(ApiPriceId::new("gpt-5.5"));
    let out = after(hosted);
    let hosted_then = out.money.hosted.as_ref().expect("the catalog has it");
    let text = sizewright::export::against_hosted(hosted_then);
    assert!(text.contains("if they are 50 % used"), "{text}");
    let out = after(|plan| {
        hosted(plan);
        from_readers(plan);
    });
    let text = sizewright::export::against_hosted(out.money.hosted.as_ref().expect("the catalog has it"));
    let used = sizewright::units::in_percent(out.load_of_readers.expect("served"));
    assert!(text.contains(&format!("if they are {used} used")), "{text}");
}

#[test]
fn how_many_servers_fit_never_follows_from_how_many_there_are() {
    let servers = |source: LoadSource| {
        after(|plan| {
            plan.racks.power_mode = PowerMode::Expected;
            plan.money.utilisation_from = source;
        })
        .total
        .servers
    };
    assert_eq!(servers(LoadSource::Readers), servers(LoadSource::Typed));
}

#[test]
fn an_older_plan_keeps_its_typed_load_and_a_plan_of_the_readers_survives_its_file() {
    let mut plan = Project::default_plan(catalog());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.ron");
    let text = |plan: &Project| {
        file::save(&path, plan, catalog()).expect("written");
        std::fs::read_to_string(&path).expect("read")
    };
    assert!(!text(&plan).contains("utilisation_from"), "an older version reads it");
    from_readers(&mut plan);
    assert!(text(&plan).contains("utilisation_from: Readers"));
}
