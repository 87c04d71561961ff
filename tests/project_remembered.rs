//! An outcome that remembers earlier answers is the outcome worked out anew, whatever was changed in between.

use sizewright::catalog::{Catalog, EngineProfile, KvFormat, WeightFormat};
use sizewright::project::{Project, Remembered, outcome, outcome_remembering};
use sizewright::sizing::serving::Sense;
use sizewright::units::{Bytes, TokensPerSecond, Watts};

type Change = fn(&mut Project, &Catalog);

fn builtin() -> &'static Catalog {
    Catalog::builtin().unwrap_or_else(|error| panic!("{error}"))
}

fn first(project: &mut Project) -> &mut sizewright::project::Scenario {
    project.scenarios.first_mut().expect("the default plan has scenarios")
}

/// The profile of the first scenario, changed by the user.
fn profile(project: &mut Project, catalog: &Catalog, change: fn(&mut EngineProfile)) {
    let mut own = first(project).profile(catalog).expect("every engine has one").clone();
    change(&mut own);
    project.layer.put(own);
}

#[test]
fn what_is_remembered_is_never_stale() {
    let mut plan = Project::default_plan(builtin());
    let mut remembered = Remembered::default();
    let changes: &[(&str, Change)] = &[
        ("nothing", |_, _| ()),
        ("reading speed", |plan, _| plan.needs.target_speed = TokensPerSecond::from_tokens_per_second(5.0)),
        ("prompt", |plan, _| plan.needs.prompt_tokens = 1_024),
        ("answer", |plan, _| plan.needs.output_tokens = 17),
        ("context", |plan, _| first(plan).context_tokens = 8_192),
        ("weights", |plan, _| first(plan).format = WeightFormat::Q8_0),
        ("cache", |plan, _| first(plan).kv_format = KvFormat::Q8_0),
        ("which gap counts", |plan, _| plan.needs.sense = Sense::P95),
        ("rack power", |plan, _| plan.racks.power_budget = Watts::from_kilowatts(8.0)),
        ("server cap", |plan, _| plan.racks.per_server_cap = Some(Watts::from_watts(400.0))),
        ("step of the engine", |plan, catalog| {
            profile(plan, catalog, |profile| profile.settings.step_tokens *= 16);
        }),
        ("rounding of the engine", |plan, catalog| {
            profile(plan, catalog, |profile| profile.settings.cache_block_tokens = 16_384);
        }),
        ("layers of the model", |plan, catalog| {
            let mut model = catalog.models.get(&first(plan).model).expect("the model").clone();
            model.parameters_total = model.parameters_total.map(|total| total / 2);
            plan.layer.put(model);
        }),
        ("memory of the server", |plan, catalog| {
            let fill = plan.racks.fill.clone().expect("the default rack is filled");
            let mut server = catalog.servers.get(&fill).expect("the server").clone();
            server.memory = Some(Bytes::from_gib(16.0));
            plan.layer.put(server);
        }),
        ("back to the default plan", |plan, catalog| *plan = Project::default_plan(catalog)),
    ];
    for (what, change) in changes {
        let catalog = plan.catalog(builtin());
        change(&mut plan, &catalog);
        let catalog = plan.catalog(builtin());
        let found = outcome_remembering(&mut remembered, &plan, &catalog);
        assert!(found == outcome(&plan, &catalog), "after a change of: {what}");
    }
}
