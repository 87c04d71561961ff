//! How long a change of the plan takes, as the window computes it: the outcome and what a tenth more of the binding limit
//! brings, with what earlier answers left. Not a law but a measurement, so it is asked for:
//!
//!     cargo test --release --no-default-features --test project_speed -- --ignored --nocapture

use std::time::{Duration, Instant};

use sizewright::catalog::Catalog;
use sizewright::project::sensitivity::relief;
use sizewright::project::{Project, Remembered, outcome_remembering};
use sizewright::rack::RackLayout;
use sizewright::units::{TokensPerSecond, Watts};

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog is sound")
}

/// The default plan with so many racks; `alike`: all the same, else no two of neighbours.
fn racks(count: u32, alike: bool) -> Project {
    let mut plan = Project::default_plan(catalog());
    let first = plan.racks.layouts[0].clone();
    let reserved = |n: u32| if alike { 0 } else { n % 20 };
    let layout = |n| RackLayout { reserved_units: reserved(n), name: format!("Rack {n}"), ..first.clone() };
    plan.racks.layouts = (0..count).map(layout).collect();
    plan
}

type Turn = fn(&mut Project, f64);

/// Sliders of the window, each turned a little further in every step, by a share from 0 to 1.
const SLIDERS: [(&str, Turn); 6] = [
    ("rack power", |plan, x| plan.racks.power_budget = Watts::from_watts(10_000.0 + 10_000.0 * x)),
    ("speed of each session", |plan, x| {
        plan.needs.target_speed = TokensPerSecond::from_tokens_per_second(5.0 + 10.0 * x);
    }),
    ("utilisation", |plan, x| plan.money.utilisation = 0.2 + 0.6 * x),
    ("electricity", |plan, x| plan.money.electricity_usd_per_kwh = 0.05 + 0.3 * x),
    ("PUE", |plan, x| plan.money.pue = 1.0 + x),
    ("context", |plan, x| plan.scenarios[0].context_tokens = 1_024 + (4_096.0 * x) as u32),
];

#[test]
#[ignore = "a measurement of a release build"]
fn each_slider_recomputes_the_outcome_within_a_frame() {
    for (count, alike) in [(1, true), (50, true), (50, false), (1_000, true), (1_000, false)] {
        for (name, turn) in SLIDERS {
            let mut plan = racks(count, alike);
            let mut remembered = Remembered::default();
            let mut outcome_only: Vec<Duration> = Vec::new();
            let mut whole: Vec<Duration> = Vec::new();
            for step in 0..40 {
                turn(&mut plan, f64::from(step) / 40.0);
                let start = Instant::now();
                let out = outcome_remembering(&mut remembered, &plan, catalog());
                outcome_only.push(start.elapsed());
                std::hint::black_box(relief(&mut remembered, &plan, catalog(), &out));
                whole.push(start.elapsed());
            }
            outcome_only.sort_unstable();
            whole.sort_unstable();
            println!(
                "{count:5} racks {}, {name:22} outcome median {:?}, 95 % below {:?}; with relief {:?}, {:?}",
                if alike { "alike" } else { "mixed" },
                outcome_only[20],
                outcome_only[37],
                whole[20],
                whole[37]
            );
        }
    }
}
