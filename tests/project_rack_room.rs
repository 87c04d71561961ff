//! Feeds, air, demand, hosted prices and sensitivity of whole plans.

mod project_support;

use project_support::{after, catalog};
use sizewright::catalog::{ApiPriceId, ServerId};
use sizewright::export::at_the_peak;
use sizewright::project::sensitivity::{relaxed, relief, tornado};
use sizewright::project::{BreakEven, Demand, Outcome, Project, Queueing, Remembered, outcome, power_curves};
use sizewright::rack::cooling::{CoolingKind, RoomCooling, USUAL_RISE_KELVIN};
use sizewright::rack::{Feeds, Phases, PowerMode, Redundancy, Region};
use sizewright::sizing::Resource;
use sizewright::units::{Amperes, Metres, Seconds, TokensPerSecond, Usd, Volts, Watts};

fn feeds(volts: f64, amperes: f64, redundancy: Redundancy) -> Option<Feeds> {
    Some(Feeds {
        region: Region::NorthAmerica,
        voltage: Volts::from_volts(volts),
        breaker: Amperes::from_amperes(amperes),
        phases: Phases::Three,
        power_factor: 1.0,
        planning_share: 1.0,
        redundancy,
    })
}

#[test]
fn a_feed_weaker_than_the_budget_is_the_binding_limit() {
    // 208 V, 30 A at 80 %: 8,646 VA carry 13 servers of 625 W.
    let out = after(|plan| plan.racks.feeds = feeds(208.0, 30.0, Redundancy::AAndB));
    assert_eq!((out.total.servers, out.total.binding), (13, Some(Resource::Feed)));
    let loads = out.racks[0].feeds.expect("there are feeds");
    assert_eq!(loads.b_after_a_is_lost, Some(Watts::from_watts(13.0 * 625.0)));
    assert_eq!(loads.a, Watts::from_watts(13.0 * 625.0 / 2.0));
    assert!(loads.b_after_a_is_lost <= Some(loads.usable), "losing A overloads nothing");
    let two = after(|plan| plan.racks.feeds = feeds(208.0, 30.0, Redundancy::TwoAdded));
    assert_eq!((two.total.servers, two.total.binding), (20, Some(Resource::Power)), "two feeds add up");
    let strong = after(|plan| plan.racks.feeds = feeds(208.0, 60.0, Redundancy::AAndB));
    assert_eq!((strong.total.servers, strong.total.binding), (20, Some(Resource::Power)));
}

#[test]
fn a_dense_rack_asks_for_more_than_air() {
    let rack = |kilowatts, fill: &str| {
        let out = after(|plan| {
            plan.racks.power_budget = Watts::from_kilowatts(kilowatts);
            plan.racks.fill = Some(ServerId::new(fill));
        });
        (out.racks[0].cooling, out.problems.iter().any(|problem| problem.message.contains("of heat")))
    };
    assert_eq!(rack(12.5, "ampere-2u-ampereone-a192"), (CoolingKind::Air, false));
    assert_eq!(rack(25.0, "nvidia-dgx-h100"), (CoolingKind::ContainedAir, true));
    assert_eq!(rack(45.0, "nvidia-dgx-h100"), (CoolingKind::Liquid, true));
}

/// A room of open aisles that carries so much away from each rack.
fn carries(kilowatts: f64) -> Option<RoomCooling> {
    Some(RoomCooling::usual(CoolingKind::Air).carrying(Watts::from_kilowatts(kilowatts)))
}

#[test]
fn a_room_that_carries_away_less_than_the_budget_is_the_binding_limit() {
    let out = after(|plan| plan.racks.cooling = carries(10.0));
    assert_eq!((out.total.servers, out.total.binding), (16, Some(Resource::Cooling)));
    let more = after(|plan| plan.racks.cooling = carries(20.0));
    assert_eq!((more.total.servers, more.total.binding), (20, Some(Resource::Power)));
    let mut plan = Project::default_plan(catalog());
    plan.racks.cooling = carries(10.0);
    let all = relaxed(&plan, catalog(), &outcome(&plan, catalog()));
    let gain = |limit| all.iter().find(|each| each.limit == limit).map(|each| each.servers);
    assert_eq!((gain(Resource::Cooling), gain(Resource::Power)), (Some(17), Some(16)), "11 kW are a server more");
    assert!(
        !relaxed(&Project::default_plan(catalog()), catalog(), &after(|_| {}))
            .iter()
            .any(|each| each.limit == Resource::Cooling)
    );
}

#[test]
fn no_cooling_taken_from_a_plan_ever_lowers_its_sessions() {
    let free = after(|_| {}).total.sessions.likely;
    for kilowatts in [0.0, 0.5, 5.0, 12.4, 12.5, 40.0] {
        let limited = after(|plan| plan.racks.cooling = carries(kilowatts)).total.sessions.likely;
        assert!(limited <= free, "{kilowatts}");
    }
    let unknown = |room: &mut RoomCooling| (room.heat, room.kind) = (None, CoolingKind::Liquid);
    let liquid = after(|plan| {
        plan.racks.cooling = carries(5.0);
        plan.racks.cooling.iter_mut().for_each(unknown);
    });
    assert_eq!(liquid.total.sessions.likely, free, "liquid of which nothing is said limits nothing");
}

#[test]
fn a_room_that_is_cooled_for_it_is_told_nothing_and_warm_air_at_the_inlet_is() {
    let dense = |room: Option<RoomCooling>| {
        after(|plan| {
            plan.racks.power_budget = Watts::from_kilowatts(45.0);
            plan.racks.fill = Some(ServerId::new("nvidia-dgx-h100"));
            plan.racks.cooling = room;
        })
    };
    let says = |out: &Outcome, what: &str| out.problems.iter().any(|problem| problem.message.contains(what));
    assert!(says(&dense(None), "of heat"));
    assert!(!says(&dense(carries(45.0)), "of heat"));
    let at = |celsius: f64| {
        after(|plan| {
            plan.racks.cooling = carries(45.0);
            plan.racks.cooling.iter_mut().for_each(|room| room.inlet_celsius = Some(celsius));
        })
    };
    for (celsius, said) in [(24.0, None), (29.0, Some("ASHRAE recommends 18 to 27")), (35.0, Some("class A1 allow"))] {
        let out = at(celsius);
        assert_eq!(says(&out, "at the inlet"), said.is_some(), "{celsius}");
        assert!(said.is_none_or(|said| says(&out, said)), "{celsius}");
    }
}

#[test]
fn over_capacity_sessions_slow_down_or_wait() {
    let calm = after(|_| {}).demand.queueing.expect("sessions");
    assert_eq!(calm.slowed_to, None);
    assert!(calm.share_waiting.expect("below capacity") < 0.01);
    let crowd = after(|plan| plan.needs.demand.users = 200_000);
    let queueing = crowd.demand.queueing.expect("sessions");
    assert_eq!((queueing.share_waiting, queueing.mean_wait), (None, None), "the queue grows without end");
    assert!(queueing.share_turned_away > 0.5);
    let slowed = queueing.slowed_to.expect("over capacity");
    let all = slowed * queueing.offered;
    assert!((all / crowd.total.total_speed.likely - 1.0).abs() < 1e-9, "the speed of all is shared among all");
    let racks = crowd.demand.racks_needed.expect("racks");
    assert!(racks * crowd.total.sessions.likely >= crowd.demand.peak_sessions.expect("a peak"));
    assert!(crowd.problems.iter().any(|problem| problem.message.contains("racks like Rack 1")));
}

#[test]
fn the_wait_follows_the_spread_of_service_times_and_nothing_else_does() {
    let at = |spread: f64| {
        let crowd = after(|plan| {
            plan.needs.demand.users = 5_200;
            plan.needs.demand.service_spread = spread;
        });
        crowd.demand.queueing.expect("sessions")
    };
    let (alike, usual, wide) = (at(0.0), at(1.0), at(2.0));
    let wait = |queueing: &Queueing| queueing.mean_wait.expect("below capacity");
    assert!((wait(&usual) / wait(&alike) - 2.0).abs() < 1e-9 && (wait(&wide) / wait(&usual) - 2.5).abs() < 1e-9);
    assert_eq!(Queueing { mean_wait: usual.mean_wait, ..wide }, usual);
}

#[test]
fn few_users_are_turned_away_less_than_endless_ones_and_the_report_says_so() {
    let mut plan = Project::default_plan(catalog());
    plan.needs.demand =
        Demand { users: 500, active_share: 1.0, requests_per_active_hour: 4.0, ..plan.needs.demand.clone() };
    // Half of the users at once, on hardly more sessions.
    let calm = outcome(&plan, catalog());
    let sessions = f64::from(calm.total.sessions.likely);
    plan.needs.demand.peak_factor = 0.95 * sessions / calm.demand.mean_sessions.expect("busy");
    let out = outcome(&plan, catalog());
    let queueing = out.demand.queueing.expect("sessions");
    let these = queueing.share_turned_away_of_these.expect("less than a session each");
    assert!(these < 0.95 * queueing.share_turned_away, "{queueing:?}");
    let words = at_the_peak(&queueing);
    assert!(words.contains("(Erlang B)") && words.contains("500 users ask nothing while they are answered"), "{words}");
}

#[test]
fn the_hosted_model_compared_with_decides_what_is_saved() {
    let against = |id: &str| after(|plan| plan.money.compared_api = Some(ApiPriceId::new(id))).money;
    let dear = against("gpt-5.5");
    let hosted = dear.hosted.expect("in the catalog");
    // Half a prompt token for one generated: 0.5 x 5 + 30.
    assert_eq!(hosted.hosted_usd_per_mtok, Usd::from_usd(32.5));
    let own = dear.usd_per_mtok.expect("tokens").likely;
    let share = hosted.saving_share.expect("a share");
    assert!((share - (1.0 - own / hosted.hosted_usd_per_mtok)).abs() < 1e-12);
    assert!(matches!(hosted.break_even, BreakEven::From { tokens_per_year } if tokens_per_year < dear.tokens_per_year));
    let cheap = against("llama-3.1-8b-groq").hosted.expect("in the catalog");
    assert!(cheap.saving_share.expect("a share") < 0.0, "a loss is shown");
    assert!(cheap.saving_per_year.expect("a sum") < Usd::ZERO);
    assert!(!matches!(cheap.break_even, BreakEven::From { .. }));
    assert_eq!(against("nobody").hosted, None);
}

#[test]
fn at_break_even_both_cost_the_same() {
    let out = after(|plan| {
        plan.money.compared_api = Some(ApiPriceId::new("gpt-4o"));
        plan.money.support_share = 0.04;
    });
    let money = &out.money;
    let hosted = money.hosted.as_ref().expect("in the catalog");
    let BreakEven::From { tokens_per_year } = hosted.break_even else { panic!("{:?}", hosted.break_even) };
    let fixed = money.capital_per_year.expect("prices") + money.support_per_year.expect("prices");
    let marginal = money.marginal_usd_per_mtok.as_ref().expect("tokens").likely;
    let own = fixed + marginal * (tokens_per_year / 1e6);
    let theirs = hosted.hosted_usd_per_mtok * (tokens_per_year / 1e6);
    assert!((own / theirs - 1.0).abs() < 1e-9, "{own} {theirs}");
}

#[test]
fn relaxing_the_limit_that_binds_brings_sessions_and_another_does_not() {
    let plan = Project::default_plan(catalog());
    let base = outcome(&plan, catalog());
    let all = relaxed(&plan, catalog(), &base);
    let gain = |limit| all.iter().find(|relaxed| relaxed.limit == limit).expect("listed").gain;
    // Power binds in the rack: a tenth more is one server more, and then the rack is full.
    let of_one = i64::from(base.total.sessions.likely / 20);
    assert_eq!(gain(Resource::Power), of_one);
    assert_eq!(gain(Resource::RackUnits), 0);
    assert!(gain(Resource::SessionSpeed) > 0);
    assert_eq!(gain(Resource::Memory), 0, "512 GiB are more than enough");
    assert!(all.windows(2).all(|pair| pair[0].gain >= pair[1].gain), "the best first");
}

#[test]
fn the_tornado_puts_what_matters_most_on_top() {
    let mut plan = Project::default_plan(catalog());
    plan.money.residual_share = 0.0;
    let swings = tornado(&plan, catalog());
    let swing = |input| swings.iter().find(|swing| swing.input == input).expect("listed");
    assert!(swings.windows(2).all(|pair| pair[0].usd_width() >= pair[1].usd_width()));
    // Servers cost far more than electricity here.
    assert!(swing("server price").usd_width() > swing("electricity price").usd_width());
    assert_eq!(swing("residual value").usd_width(), 0.0, "a fifth of nothing");
    let [fast, slow] = [swing("speed of each session").sessions[1], swing("speed of each session").sessions[0]];
    assert!(slow > fast, "slower sessions are more of them");
    assert_eq!(swing("PUE").sessions_width(), 0);
}

#[test]
fn the_tornado_swings_what_the_plan_has_and_leaves_out_what_it_has_not() {
    let optional = [
        "power kept back",
        "cap of each server",
        "spare servers",
        "wait for the first token",
        "rent of the site",
        "support",
    ];
    let bare = tornado(&Project::default_plan(catalog()), catalog());
    assert!(bare.iter().all(|swing| !optional.contains(&swing.input)), "{bare:?}");
    let mut plan = Project::default_plan(catalog());
    plan.racks.power_budget = Watts::from_kilowatts(8.0);
    plan.racks.reserve_share = 0.1;
    plan.racks.per_server_cap = Some(Watts::from_watts(450.0));
    plan.racks.spare_servers = 2;
    plan.needs.time_to_first_token = Some(Seconds::from_secs(2.0));
    plan.money.colocation_usd_per_kw_month = Some(200.0);
    plan.money.support_share = 0.05;
    let all = tornado(&plan, catalog());
    let swing = |input| all.iter().find(|swing| swing.input == input).expect("listed");
    for input in optional {
        let swing = swing(input);
        assert!(swing.usd_width() > 0.0 || swing.sessions_width() > 0, "{swing:?}");
    }
    assert_eq!(swing("rent of the site").sessions_width(), 0);
    assert!(swing("spare servers").sessions[0] > swing("spare servers").sessions[1], "spares are no capacity");
    assert_eq!(swing("electricity price").usd_width(), 0.0, "the rent stands in for it");
}

#[test]
fn a_target_above_every_device_still_has_an_answer_to_everything() {
    let mut plan = Project::default_plan(catalog());
    plan.needs.target_speed = TokensPerSecond::from_tokens_per_second(1e6);
    plan.money.compared_api = Some(ApiPriceId::new("gpt-5.5"));
    let base = outcome(&plan, catalog());
    assert_eq!(base.demand.queueing, None);
    assert_eq!(base.money.hosted.as_ref().expect("named").break_even, BreakEven::Unknown);
    assert!(relaxed(&plan, catalog(), &base).iter().all(|relaxed| relaxed.sessions == 0));
    assert!(tornado(&plan, catalog()).iter().all(|swing| swing.usd_width() == 0.0));
}

/// The default plan over two three-phase feeds of this voltage and breaker, all of which may be used.
fn over_feeds(volts: f64, amperes: f64) -> Project {
    let mut plan = Project::default_plan(catalog());
    plan.racks.feeds = feeds(volts, amperes, Redundancy::AAndB).map(|feeds| Feeds { region: Region::Iec, ..feeds });
    plan
}

#[test]
fn each_line_of_the_feeds_is_shown_against_its_breaker_before_and_after_a_is_lost() {
    let out = outcome(&over_feeds(400.0, 32.0), catalog());
    let lines = out.racks[0].lines.as_ref().expect("three phases");
    // 20 servers of 625 W: seven, seven and six of them on the lines, half of each on A.
    let amperes = |servers: f64| servers * 625.0 / (400.0 / 3f64.sqrt());
    let close = |found: Amperes, expected: f64| (found.as_amperes() - expected).abs() < 1e-6;
    let after = lines.b_after_a_is_lost.expect("two feeds");
    assert!(
        close(after[0], amperes(7.0)) && close(after[1], amperes(7.0)) && close(after[2], amperes(6.0)),
        "{after:?}"
    );
    assert!(close(lines.a[0], amperes(3.5)), "{:?}", lines.a);
    assert_eq!(lines.cords.len(), 40, "two cords for each server");
    assert!(out.problems.iter().all(|problem| !problem.message.contains("line L")), "{:#?}", out.problems);
}

#[test]
fn a_line_that_would_carry_too_much_is_a_problem_though_the_feed_as_a_whole_is_not() {
    // 17 servers (10,625 W) are within 11,085 W of 400 V 16 A, but six of them on one line draw 16.2 A.
    let out = outcome(&over_feeds(400.0, 16.0), catalog());
    let rack = &out.racks[0];
    let feeds = rack.feeds.as_ref().expect("feeds");
    assert!(feeds.b_after_a_is_lost.expect("two") <= feeds.usable, "the feed holds");
    let said = out.problems.iter().any(|problem| {
        problem.place == "Rack 1"
            && problem.message.contains("line L1 of feed B")
            && problem.message.contains("A is lost")
    });
    assert!(said, "{:#?}", out.problems);
}

#[test]
fn the_expected_draw_in_the_budget_follows_the_utilisation_and_is_the_one_energy_is_counted_with() {
    let at = |utilisation: f64| {
        after(|plan| {
            plan.racks.power_mode = PowerMode::Expected;
            plan.racks.power_budget = Watts::from_kilowatts(5.0);
            plan.money.utilisation = utilisation;
        })
    };
    let (calm, busy, full) = (at(0.2), at(0.6), at(1.0));
    assert!(calm.total.servers > busy.total.servers && busy.total.servers > full.total.servers);
    assert_eq!(full.total.servers, 8, "5 kW over 625 W");
    for out in [calm, busy, full] {
        assert!((out.total.planned_power / out.total.expected_power - 1.0).abs() < 1e-9);
        assert!(out.total.planned_power <= Watts::from_kilowatts(5.0));
    }
}

#[test]
fn idle_servers_draw_less_than_busy_ones_and_something() {
    let out = outcome(&Project::default_plan(catalog()), catalog());
    let total = &out.total;
    assert!(total.idle_power > Watts::ZERO && total.idle_power < total.expected_power, "{}", total.idle_power);
    let models: f64 = out.models.iter().map(|model| model.total.idle_power.as_watts()).sum();
    assert!((models - total.idle_power.as_watts()).abs() < 1e-6);
}

#[test]
fn what_a_tenth_more_of_the_binding_limit_brings_is_what_relaxing_it_alone_says() {
    let plan = Project::default_plan(catalog());
    let base = outcome(&plan, catalog());
    let mut remembered = Remembered::default();
    let relief = relief(&mut remembered, &plan, catalog(), &base).expect("power binds");
    let all = relaxed(&plan, catalog(), &base);
    assert_eq!(Some(&relief), all.iter().find(|each| each.limit == relief.limit));
    assert_eq!((relief.limit, relief.servers), (Resource::Power, 21));
    assert!(all.iter().any(|each| each.limit == Resource::Weight), "weight is a limit, too");
}

#[test]
fn the_air_shown_is_at_the_rise_and_altitude_of_the_room() {
    let air = |rise_kelvin: f64, metres: f64| {
        let out = after(|plan| {
            let altitude = Metres::from_metres(metres);
            let (heat, air) = (Some(Watts::from_kilowatts(50.0)), None);
            let kind = CoolingKind::Air;
            plan.racks.cooling = Some(RoomCooling { kind, heat, air, rise_kelvin, altitude, inlet_celsius: None });
        });
        out.racks[0].air_flow.expect("a rise").as_cubic_metres_per_second()
    };
    // 12.5 kW / (1.2 kg/m3 x 1,006 J/(kg K) x 20 K) = 0.5177 m3/s; 0.743 of the density at 8,000 ft.
    assert!((air(20.0, 0.0) - 0.5177).abs() < 0.0001, "{}", air(20.0, 0.0));
    assert!((air(20.0, 2_438.4) - 0.5177 / 0.743).abs() < 0.001);
    let usual = after(|_| {}).racks[0].air_flow.expect("a rise").as_cubic_metres_per_second();
    assert!((air(USUAL_RISE_KELVIN, 0.0) - usual).abs() < 1e-12);
    let high = after(|plan| {
        let altitude = Metres::from_metres(20_000.0);
        plan.racks.cooling = Some(RoomCooling { altitude, ..RoomCooling::usual(CoolingKind::Air) });
    });
    assert!(high.problems.iter().any(|problem| problem.place == "racks.cooling.altitude_m"), "{:#?}", high.problems);
}

#[test]
fn feeds_hold_at_full_load_where_the_budget_counts_the_expected_draw() {
    // 208 V, 30 A at 80 %: 8,646 W, 13 servers of 625 W at full load. At a mean of 30 % each draws 288 W, 30 of them no more.
    let with_mode = |power_mode| {
        after(|plan| {
            plan.racks.feeds = feeds(208.0, 30.0, Redundancy::AAndB);
            plan.racks.power_mode = power_mode;
            plan.money.utilisation = 0.3;
        })
    };
    let (most, expected) = (with_mode(PowerMode::MaxMeasured), with_mode(PowerMode::Expected));
    assert_eq!((expected.total.servers, expected.total.binding), (13, Some(Resource::Feed)));
    assert_eq!(expected.racks[0].feeds, most.racks[0].feeds, "a breaker sees full load");
    assert_eq!(expected.racks[0].lines, most.racks[0].lines);
    assert!(expected.total.planned_power < most.total.planned_power);
    assert_eq!(expected.racks[0].fill_count.map(|count| count.servers), Some(13));
}

#[test]
fn feeds_that_limit_are_called_what_they_are() {
    // 12.5 kW of rack; one feed of 208 V, 20 A at 80 % lets 5.76 kW through.
    for (redundancy, servers, limit, words) in [
        (Redundancy::AAndB, 9, Resource::Feed, "a feed after the other is lost"),
        (Redundancy::Single, 9, Resource::OnlyFeed, "the feed"),
        (Redundancy::TwoAdded, 18, Resource::BothFeeds, "both feeds together"),
    ] {
        let mut plan = Project::default_plan(catalog());
        plan.racks.feeds = feeds(208.0, 20.0, redundancy);
        let out = outcome(&plan, catalog());
        assert_eq!((out.total.servers, out.total.binding), (servers, Some(limit)), "{redundancy:?}");
        assert_eq!(limit.label(), words);
        // More of it brings more under the same name.
        let relief = relief(&mut Remembered::default(), &plan, catalog(), &out).expect("a feed binds");
        assert!(relief.limit == limit && relief.gain > 0, "{relief:?}");
        assert!(relaxed(&plan, catalog(), &out).contains(&relief));
    }
}

#[test]
fn the_reserve_is_kept_of_the_budget_and_not_of_the_feeds() {
    // 208 V, 30 A at 80 %: 8,646 W, below 90 % of 12.5 kW; a tenth of them kept back, too, would carry 12.
    let fed = |reserve| {
        after(|plan| {
            plan.racks.feeds = feeds(208.0, 30.0, Redundancy::AAndB);
            plan.racks.reserve_share = reserve;
        })
    };
    for reserve in [0.0, 0.1, 0.3] {
        let out = fed(reserve);
        assert_eq!((out.total.servers, out.total.binding), (13, Some(Resource::Feed)), "{reserve}");
        assert!((out.racks[0].usable_power.as_watts() - 8_646.0).abs() < 1.0);
    }
    // Half of 12.5 kW is less than they let through: now the budget binds.
    let out = fed(0.5);
    assert_eq!((out.total.servers, out.total.binding), (10, Some(Resource::Power)));
    assert_eq!(out.racks[0].usable_power, Watts::from_watts(6_250.0));
}

#[test]
fn servers_for_the_readers_come_whole_and_the_peak_may_need_more_than_the_tokens() {
    // 7,000 users, 20 % active, 6 requests an hour, 256 tokens each: 2.33 a second, 18.8 billion tokens a year.
    let out = after(|plan| plan.money.compared_api = Some(ApiPriceId::new("gpt-5.5")));
    let stairs = out.staircase.expect("something is asked for");
    assert!((stairs.tokens_per_year / (7.0 / 3.0 * 256.0 * 31_536_000.0) - 1.0).abs() < 1e-9);
    assert_eq!(stairs.servers, stairs.for_tokens.max(stairs.for_peak));
    assert!(stairs.for_peak >= stairs.for_tokens, "a peak of three times the mean");
    let hosted = out.money.hosted.as_ref().expect("compared").hosted_usd_per_mtok.as_usd();
    assert!((stairs.hosted_per_year.expect("compared").as_usd() - hosted * stairs.tokens_per_year / 1e6).abs() < 1e-3);
    let one_more = after(|plan| plan.needs.demand.users = 7_001).staircase.expect("asked for");
    assert!(one_more.servers >= stairs.servers, "a step up or none, never a part of one");
    assert_eq!(after(|plan| plan.needs.demand.users = 0).staircase, None);
}

#[test]
fn servers_for_the_readers_and_the_spares_are_paid_whole_and_draw_for_the_readers_tokens() {
    // A server of 12,000 USD over 4 years with 5 % of support: 3,600 USD a year. It draws 625 W at full load and, nobody
    // having published it, 23 % of that idle: 143.75 W. A watt through a year is 8.76 kWh, x 1.2 x 0.10 USD: 1.0512 USD.
    for (spare, utilisation) in [(0, 0.5), (1, 0.5), (1, 0.9), (5, 0.1)] {
        let out = after(|plan| {
            plan.racks.spare_servers = spare;
            let money = &mut plan.money;
            (money.years, money.residual_share, money.capital_cost, money.support_share) = (4.0, 0.0, 0.0, 0.05);
            (money.pue, money.electricity_usd_per_kwh, money.utilisation) = (1.2, 0.10, utilisation);
        });
        let stairs = out.staircase.expect("something is asked for");
        let servers = f64::from(stairs.servers);
        let spares = f64::from(spare);
        assert_eq!(stairs.spares, spare);
        // All 20 but the spares make the plan's speed.
        let one_in_a_year = out.total.total_speed.likely.as_tokens_per_second() / (20.0 - spares) * 31_536_000.0;
        let load = 7.0 / 3.0 * 256.0 * 31_536_000.0 / (servers * one_in_a_year);
        assert!(load > 0.0 && load < 1.0);
        let watts = servers * (143.75 + 481.25 * load) + spares * 143.75;
        let by_hand = (servers + spares) * 3_600.0 + watts * 1.0512;
        let own = stairs.own_per_year.expect("prices").as_usd();
        assert!((own - by_hand).abs() < 1e-6 * by_hand, "{spare} to spare: {own} is not {by_hand}");
    }
    let rented = after(|plan| {
        plan.racks.spare_servers = 1;
        let money = &mut plan.money;
        (money.years, money.residual_share, money.capital_cost, money.support_share) = (4.0, 0.0, 0.0, 0.05);
        money.colocation_usd_per_kw_month = Some(100.0);
    });
    // 12.5 kW x 100 USD x 12 months, of 20 servers: 750 USD for each of them.
    let stairs = rented.staircase.expect("something is asked for");
    let by_hand = (f64::from(stairs.servers) + 1.0) * (3_600.0 + 750.0);
    assert!((stairs.own_per_year.expect("prices").as_usd() - by_hand).abs() < 1e-6 * by_hand);
}

#[test]
fn the_curves_of_a_server_pass_through_the_figures_the_rack_shows() {
    for fill in ["ampere-2u-ampereone-a192", "nvidia-dgx-h100"] {
        for (utilisation, cap) in [(0.0, None), (0.5, None), (1.0, None), (0.5, Some(600.0)), (1.0, Some(600.0))] {
            let mut plan = Project::default_plan(catalog());
            plan.racks.power_budget = Watts::from_kilowatts(50.0);
            plan.racks.fill = Some(ServerId::new(fill));
            plan.racks.per_server_cap = cap.map(Watts::from_watts);
            plan.money.utilisation = utilisation;
            let out = outcome(&plan, catalog());
            let group = &out.racks[0].groups[0];
            let serves = group.serves.expect("it runs models");
            let Some(curves) = power_curves(&plan, catalog(), &out, &group.server, serves) else {
                assert_eq!(group.sessions_each, 0, "{fill} {cap:?}");
                continue;
            };
            assert_eq!(Some(curves.at_the_plans_load.1), group.expected_power_each, "{fill} {utilisation} {cap:?}");
            let full = curves.draw.points.last().expect("points");
            assert_eq!(full.0, group.sessions_each);
            assert!(utilisation < 1.0 || Some(full.1) == group.expected_power_each);
            let shown = out.scenarios[serves].servers[0].serving.as_ref().expect("sessions").total_speed.likely;
            let fastest = curves.speed.measured.last().expect("points").1;
            assert!(cap.is_some() || fastest == shown, "{fastest} {shown}");
            assert!(fastest >= shown);
        }
    }
}
