//! Plans on the command line: the report, the racks, and the program where no window can open.

#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod cli_support;

use cli_support::{answer, json, refusal, run};

#[test]
fn without_a_display_the_default_plan_is_reported_as_text() {
    let ran = run(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.complaints);
    let words = ["neither DISPLAY nor WAYLAND_DISPLAY", "sizewright estimate", "sizewright report", "12.5 kW"];
    for word in if cfg!(feature = "gui") { &words[..] } else { &words[1..] } {
        assert!(ran.out.contains(word), "`{word}` is missing: {}", ran.out);
    }
    if cfg!(feature = "infer") {
        assert!(ran.complaints.contains("tokens/s"), "no generation: {}", ran.complaints);
    }
}

#[test]
#[cfg(feature = "gui")]
fn a_display_that_does_not_answer_is_said_plainly() {
    let output = cli_support::program(&[]).env("DISPLAY", ":987").output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaints}");
    assert!(complaints.contains("the window could not be opened"), "{complaints}");
    assert!(complaints.contains("sizewright report"), "{complaints}");
    assert!(!complaints.contains("panicked"), "{complaints}");
}

#[test]
fn the_default_rack_carries_sessions_within_its_power() {
    let rack = json(&["rack", "--json"]);
    assert!(rack["servers"].as_u64().is_some_and(|servers| servers > 0), "{rack}");
    let ends = ["low", "likely", "high"].map(|end| rack["sessions"][end].as_u64().unwrap());
    assert!(ends.is_sorted() && ends[1] > 0, "{ends:?}");
    assert!(rack["power_w"].as_f64().is_some_and(|watts| watts > 0.0 && watts <= 12_500.0), "{rack}");
    assert!(rack["binding_limit"].is_string(), "{rack}");
    for key in ["tokens_per_second", "wh_per_1k_tokens", "gco2_per_1k_tokens"] {
        assert!(rack[key]["likely"].as_f64().is_some_and(|value| value > 0.0), "{key}: {}", rack[key]);
    }
    assert!(rack.get("usd_per_mtok").is_some());
    assert_eq!(rack["racks"].as_array().map(Vec::len), Some(1));
    assert_eq!(rack["racks"][0]["sessions"]["likely"], rack["sessions"]["likely"]);
    assert_eq!(rack["scenarios"].as_array().map(Vec::len), Some(3));
    assert!(answer(&["rack"]).contains("sessions"));
}

#[test]
fn every_figure_of_a_rack_stands_in_its_json_for_each_rack_each_model_and_all() {
    let all = json(&["rack", "--json"]);
    let of_one = |object: &serde_json::Value, what: &str| {
        assert!(object["servers"].is_u64() && object["binding_limit"].is_string(), "{what}: {object}");
        assert!(object["power_w"].is_f64() && object["expected_power_w"].is_f64() && object["idle_power_w"].is_f64());
        for key in ["sessions", "tokens_per_second", "wh_per_1k_tokens", "gco2_per_1k_tokens", "usd_per_mtok"] {
            let ends = ["low", "likely", "high"].map(|end| object[key][end].as_f64());
            assert!(ends.iter().all(Option::is_some) && ends.is_sorted(), "{what}, {key}: {ends:?}");
        }
    };
    of_one(&all, "all");
    for list in ["racks", "models"] {
        assert_eq!(all[list].as_array().map(Vec::len), Some(1), "{list}");
        of_one(&all[list][0], list);
        assert_eq!(all[list][0]["usd_per_mtok"]["likely"], all["usd_per_mtok"]["likely"], "{list}: one is the whole");
    }
    assert_eq!(all["models"][0]["model"], all["scenario"]["model"]);
    assert_eq!(all["counted_by"], "mean delivered");
    let peak = &all["demand"]["at_the_peak"];
    for share in ["share_waiting_erlang_c", "share_turned_away_erlang_b", "share_turned_away_engset"] {
        assert!(peak[share].as_f64().is_some_and(|share| (0.0..1.0).contains(&share)), "{share}: {peak}");
    }
    assert_eq!((&all["demand"]["users"], &all["demand"]["service_spread"]), (&7_000.into(), &1.0.into()));
    let modes = all["scenarios"][0]["modes"].as_array().expect("ways of serving");
    assert_eq!(modes.len(), 3);
    assert_eq!(modes.iter().filter(|mode| mode["best"] == true).count(), 1, "{modes:?}");
}

#[test]
fn a_rack_that_the_room_cannot_cool_is_bound_by_cooling() {
    use sizewright::rack::cooling::{CoolingKind, RoomCooling};
    let catalog = sizewright::catalog::Catalog::builtin().unwrap();
    let mut plan = sizewright::project::Project::default_plan(catalog);
    plan.racks.cooling = Some(RoomCooling {
        heat: Some(sizewright::units::Watts::from_kilowatts(10.0)),
        inlet_celsius: Some(24.0),
        ..RoomCooling::usual(CoolingKind::Air)
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warm.ron");
    sizewright::project::file::save(&path, &plan, catalog).unwrap();
    let rack = json(&["rack", path.to_str().unwrap(), "--json"]);
    assert_eq!((&rack["binding_limit"], &rack["servers"]), (&"cooling".into(), &16.into()));
    assert_eq!(
        (&rack["heat_limit_w_per_rack"], &rack["heat_limit_basis"]),
        (&10_000.0.into(), &"as the site says".into())
    );
    assert!(json(&["rack", "--json"])["heat_limit_w_per_rack"].is_null(), "unknown is no limit");
}

#[test]
fn servers_of_unknown_draw_are_counted_in_json_and_text_and_their_energy_is_null() {
    let catalog = sizewright::catalog::Catalog::builtin().unwrap();
    let mut plan = sizewright::project::Project::default_plan(catalog);
    plan.racks.fill = Some(sizewright::catalog::ServerId::new("supermicro-sys-822ga-ngr3-8x-gaudi-3"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unknown.ron");
    sizewright::project::file::save(&path, &plan, catalog).unwrap();
    let path = path.to_str().unwrap();
    let rack = json(&["rack", path, "--json"]);
    let servers = &rack["servers"];
    assert!(servers.as_u64().is_some_and(|servers| servers > 0));
    assert_eq!((&rack["servers_without_draw"], &rack["racks"][0]["servers_without_draw"]), (servers, servers));
    for key in ["power_w", "expected_power_w", "idle_power_w", "wh_per_1k_tokens", "gco2_per_1k_tokens"] {
        assert!(rack[key].is_null(), "{key}: {}", rack[key]);
    }
    let why = format!("{servers} servers have no published draw: type one in the catalog");
    assert_eq!(rack["unknown_because"]["wh_per_1k_tokens"], *why, "{}", rack["unknown_because"]);
    assert_eq!(json(&["rack", "--json"])["unknown_because"], serde_json::json!({}));
    let unknown = format!("unknown, of {servers}");
    for command in ["rack", "report"] {
        let text = answer(&[command, path]);
        assert!(text.contains(&unknown), "{command}: {text}");
    }
}

#[test]
fn rack_answers_what_the_window_shows_of_feeds_lines_weight_air_and_money() {
    use sizewright::rack::{Feeds, Phases, Redundancy, Region};
    let catalog = sizewright::catalog::Catalog::builtin().unwrap();
    let mut plan = sizewright::project::Project::default_plan(catalog);
    plan.money.compared_api = Some("gpt-5.5".into());
    plan.racks.feeds = Some(Feeds {
        region: Region::Iec,
        voltage: sizewright::units::Volts::from_volts(400.0),
        breaker: sizewright::units::Amperes::from_amperes(32.0),
        phases: Phases::Three,
        power_factor: 0.98,
        planning_share: 0.8,
        redundancy: Redundancy::AAndB,
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feeds.ron");
    sizewright::project::file::save(&path, &plan, catalog).unwrap();
    let all = json(&["rack", path.to_str().unwrap(), "--json"]);
    let out = sizewright::project::outcome(&plan, catalog);
    let (rack, of) = (&all["racks"][0], &out.racks[0]);
    let close = |found: &serde_json::Value, expected: f64| {
        let found = found.as_f64().expect("a number");
        assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} is not {expected}");
    };
    close(&rack["feeds"]["b_after_a_is_lost_w"], 12_500.0);
    close(&rack["feeds"]["a_after_b_is_lost_w"], 12_500.0);
    let lines = of.lines.as_ref().unwrap();
    for (at, current) in lines.b_after_a_is_lost.unwrap().into_iter().enumerate() {
        close(&rack["lines"]["b_after_a_is_lost_amperes"][at], current.as_amperes());
    }
    close(&rack["weight_kg"], 400.0);
    close(&rack["share_of_static_load"], of.load.of_static.unwrap());
    close(&rack["air_m3_per_s"], of.air_flow.unwrap().as_cubic_metres_per_second());
    assert_eq!((&rack["cooling"], &rack["liquid_cooled_devices"]), (&"open aisles".into(), &0.into()));
    let money = &out.money;
    close(&all["marginal_usd_per_mtok"]["likely"], money.marginal_usd_per_mtok.as_ref().unwrap().likely.as_usd());
    close(&all["power_usd_per_year"], money.power_cost_per_year.unwrap().as_usd());
    let (hosted, of) = (&all["hosted"], money.hosted.as_ref().unwrap());
    assert_eq!(hosted["name"], "GPT-5.5");
    close(&hosted["saving_share"], of.saving_share.unwrap());
    close(&hosted["saving_usd_per_year"], of.saving_per_year.unwrap().as_usd());
    assert!(hosted["break_even"].is_string() && hosted["break_even_tokens_per_year"].is_f64(), "{hosted}");
    let (stairs, of) = (&all["staircase"], out.staircase.unwrap());
    assert_eq!((&stairs["servers"], &stairs["servers_for_peak"]), (&of.servers.into(), &of.for_peak.into()));
    assert_eq!(stairs["spare_servers"], of.spares);
    close(&stairs["hosted_usd_per_year"], of.hosted_per_year.unwrap().as_usd());
    let bare = json(&["rack", "--json"]);
    assert!(bare["racks"][0]["feeds"].is_null() && bare["hosted"].is_null() && bare["sessions_left"].is_null());
}

#[test]
fn the_speed_that_was_counted_is_named_beside_the_one_asked_for() {
    let catalog = sizewright::catalog::Catalog::builtin().unwrap();
    let mut plan = sizewright::project::Project::default_plan(catalog);
    plan.needs.sense = sizewright::sizing::serving::Sense::P95;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("strict.ron");
    sizewright::project::file::save(&path, &plan, catalog).unwrap();
    let path = path.to_str().unwrap();
    // Nobody measured how gaps scatter on a processor: the mean stands in.
    let rack = json(&["rack", path, "--json"]);
    let (asked, counted) = ("19 of 20 gaps (p95)", "mean delivered");
    assert_eq!((&rack["counted_by_asked"], &rack["counted_by"]), (&asked.into(), &counted.into()));
    let text = answer(&["rack", path]);
    assert!(text.contains(&format!("at least 10.0 tokens/s a session ({asked})")) && text.contains(counted), "{text}");
    let report = answer(&["report", path]);
    assert!(report.contains(&format!("At least 10.0 tokens/s a session ({asked};")), "{report}");
    assert!(report.contains(&format!("tokens/s of each session, {counted} |")), "{report}");
    plan.needs.target_speed = sizewright::units::TokensPerSecond::from_tokens_per_second(10_000.0);
    sizewright::project::file::save(folder.path().join("strict.ron").as_path(), &plan, catalog).unwrap();
    assert!(json(&["rack", path, "--json"])["counted_by"].is_null(), "no session was counted");
}

#[test]
fn the_report_goes_to_a_file_or_to_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.md");
    let shown = answer(&["report"]);
    assert!(shown.starts_with("# "), "{shown}");
    assert_eq!(answer(&["report", "--to", path.to_str().unwrap()]), "");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), shown);
    let nowhere = folder.path().join("no-such-folder/report.md");
    refusal(&["report", "--to", nowhere.to_str().unwrap()], 1, &["no-such-folder"]);
}

#[test]
fn a_damaged_plan_is_refused_with_its_name_and_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let newer = "(version: 9999, plan: ())";
    for (name, text, word) in [
        ("empty.ron", "", "empty.ron"),
        ("foreign.ron", "{\"json\": true}", "foreign.ron"),
        ("truncated.ron", "(version: 1, plan: (name: \"x\", needs: (", "truncated.ron"),
        ("newer.ron", newer, "9999"),
        ("unknown.ron", "(version: 1, plan: (nonsense: 3))", "nonsense"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        for command in ["report", "rack"] {
            refusal(&[command, path.to_str().unwrap()], 1, &[name, word]);
        }
    }
    refusal(&["report", "/no/such/plan.ron"], 1, &["/no/such/plan.ron"]);
}

#[test]
fn help_tells_the_exit_codes_and_version_the_version() {
    assert!(answer(&["--help"]).contains("Exit codes"));
    assert_eq!(answer(&["--version"]).trim(), format!("sizewright {}", env!("CARGO_PKG_VERSION")));
}
