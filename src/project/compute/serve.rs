//! One scenario on each kind of server: what one session gets alone, and how many sessions there can be.
//!
//! The estimate of one session alone leaves a power cap out of account; the sessions do not.

use super::remembered::{Asked, Remembered};
use crate::catalog::{Catalog, Model, Server, Standing};
use crate::project::{MeasuredSessions, Project, Scenario, ServerOutcome};
use crate::sizing::calibration::OwnDevices;
use crate::sizing::serving::{self, ModePlan, ServedWays, ServingPlan, SessionTarget};
use crate::sizing::{self, BasisInput, Figure, Hardware, OWN, Refusal, Workload, power};
use crate::units::TokensPerSecond;

/// One outcome for each kind that is there to run models; switches and shelves are left out.
pub(super) fn on_each(
    remembered: &mut Remembered,
    project: &Project,
    catalog: &Catalog,
    own: &OwnDevices,
    scenario: &Scenario,
    model: Option<&Model>,
    kinds: &[(&Server, u32)],
) -> Vec<ServerOutcome> {
    let needs = &project.needs;
    let target =
        SessionTarget { speed: needs.target_speed, sense: needs.sense, time_to_first_token: needs.time_to_first_token };
    kinds
        .iter()
        .filter(|(server, _)| runs_models(server))
        .map(|&(server, count)| {
            let ready = model
                .ok_or_else(|| refusal(format!("the catalog has no model `{}`", scenario.model)))
                .and_then(|model| devices(server, catalog).map(|hardware| (model, hardware)))
                .and_then(|ready| {
                    let speed = target.speed.as_tokens_per_second();
                    if speed > 0.0 && speed.is_finite() { Ok(ready) } else { Err(refusal(NO_TARGET.to_owned())) }
                });
            let (estimate, ServedWays { best: serving, modes }) = match ready {
                Ok((model, hardware)) => {
                    let profile = scenario.profile(catalog);
                    let left = speed_left(project, server);
                    let calibration = own.of(&hardware.device.id);
                    let asked = Asked { scenario, profile, model, hardware, needs, target, left, calibration };
                    let (estimate, ways) = remembered.find(&asked, || {
                        let alone = scenario.workload(model, profile, needs, 1);
                        let mut ways = under_cap(&alone, &hardware, &target, left);
                        if calibration.rows() > 0 {
                            ways = each_plan(ways, &without_own_rows, &|refusal| refusal);
                        }
                        (sizing::estimate_with(&alone, &hardware, calibration), ways)
                    });
                    (Ok(estimate), ways)
                }
                Err(refusal) => (Err(refusal.clone()), ServedWays { best: Err(refusal), modes: Vec::new() }),
            };
            ServerOutcome {
                server: server.id.clone(),
                name: server.name.clone(),
                count,
                capacity: count,
                estimate,
                serving,
                modes,
            }
        })
        .collect()
}

/// What was measured of the like of this scenario on the devices of all these servers but the spares. `None`: of one kind there
/// is nothing.
pub(super) fn measured(
    project: &Project,
    catalog: &Catalog,
    scenario: &Scenario,
    servers: &[ServerOutcome],
) -> Option<MeasuredSessions> {
    let needs = &project.needs;
    let (mut sessions, mut slowest, mut lengths) = (0u32, f64::INFINITY, Vec::new());
    for each in servers {
        let server = catalog.servers.get(&each.server)?;
        let hardware = devices(server, catalog).ok()?;
        let found = serving::measured::on(&serving::measured::Asked {
            device: hardware.device.id.as_str(),
            devices: hardware.count,
            model: scenario.model.as_str(),
            format: scenario.format,
            engine: scenario.engine,
            sense: needs.sense,
            target: needs.target_speed.as_tokens_per_second(),
            lengths: (needs.prompt_tokens, needs.output_tokens),
        })?;
        // Nothing was measured under a cap.
        if speed_left(project, server) < 1.0 {
            return None;
        }
        sessions = sessions.saturating_add(found.sessions.saturating_mul(each.capacity));
        slowest = slowest.min(found.speed);
        let prompts = match found.prompt {
            Some(tokens) => format!("prompts of {tokens}"),
            None => "prompts of unpublished length".to_owned(),
        };
        let words = format!("{prompts} and answers of {} tokens", found.answer);
        if !lengths.contains(&words) {
            lengths.push(words);
        }
    }
    (!servers.is_empty()).then(|| MeasuredSessions {
        sessions,
        speed: TokensPerSecond::from_tokens_per_second(slowest),
        lengths: lengths.join("; "),
    })
}

/// Says of served sessions that the device's own measurements do not move them.
fn without_own_rows(mut plan: ServingPlan) -> ServingPlan {
    let note = BasisInput::new(
        OWN,
        "not used",
        Standing::Measured,
        "measurements of one session shift the speed of one session; sessions served together are estimated from the class",
    );
    for basis in [&mut plan.sessions.basis, &mut plan.speed_per_session.basis, &mut plan.total_speed.basis] {
        basis.inputs.push(note.clone());
    }
    plan
}

/// Speed a cap leaves a server: by what it draws at most, whichever draw the plan counts in its budget.
fn speed_left(project: &Project, server: &Server) -> f64 {
    let full = server.power.planned();
    full.zip(project.racks.per_server_cap).map_or(1.0, |(full, cap)| power::speed_under_cap(full, cap))
}

/// Changes the best plan and that of each way, and what refuses them.
fn each_plan(
    ways: ServedWays,
    plan: &dyn Fn(ServingPlan) -> ServingPlan,
    refused: &dyn Fn(Refusal) -> Refusal,
) -> ServedWays {
    let change = |result: Result<ServingPlan, Refusal>| result.map(plan).map_err(refused);
    ServedWays {
        best: change(ways.best),
        modes: ways.modes.into_iter().map(|mode| ModePlan { plan: change(mode.plan), ..mode }).collect(),
    }
}

/// The most sessions of a server whose speed is cut to `left` (0 to 1): as many as would do without the cut at a target that
/// much higher, each then slowed.
fn under_cap(workload: &Workload<'_>, hardware: &Hardware<'_>, target: &SessionTarget, left: f64) -> ServedWays {
    if left >= 1.0 {
        return serving::most_sessions_by_mode(workload, hardware, target);
    }
    if left <= 0.0 {
        let none = refusal("the power cap leaves nothing to run on: raise it".to_owned());
        return ServedWays { best: Err(none), modes: Vec::new() };
    }
    let higher = SessionTarget {
        speed: target.speed / left,
        time_to_first_token: target.time_to_first_token.map(|limit| limit * left),
        ..*target
    };
    let ways = serving::most_sessions_by_mode(workload, hardware, &higher);
    let capped = |plan: ServingPlan| ServingPlan {
        speed_per_session: slowed(plan.speed_per_session, left),
        total_speed: slowed(plan.total_speed, left),
        time_to_first_token: plan.time_to_first_token.map(|wait| slowed(wait, 1.0 / left)),
        ..plan
    };
    each_plan(ways, &capped, &|refusal| Refusal {
        reason: format!("{} under the power cap", refusal.reason),
        ..refusal
    })
}

fn slowed<Q: std::ops::Mul<f64, Output = Q>>(figure: Figure<Q>, by: f64) -> Figure<Q> {
    let mut basis = figure.basis;
    basis.inputs.push(BasisInput::new(
        "speed left under the power cap",
        format!("{by:.3}"),
        Standing::Computed,
        "power^0.18: LLaMA 65B on an A100 capped from 250 to 175 W, arXiv 2310.03003",
    ));
    Figure { low: figure.low * by, likely: figure.likely * by, high: figure.high * by, basis }
}

const NO_TARGET: &str = "the target speed is not above zero: set how many tokens a second each session must get";

/// Whether it is there to run models.
pub(super) fn runs_models(server: &Server) -> bool {
    !server.devices.is_empty()
}

/// The devices of a server that run models: its accelerators, or, where it has none, its processors with the memory of the
/// host shared among them. Where there are several kinds, the first named.
fn devices<'a>(server: &'a Server, catalog: &'a Catalog) -> Result<Hardware<'a>, Refusal> {
    let fitted = || {
        server
            .devices
            .iter()
            .filter_map(|fitted| catalog.devices.get(&fitted.device).map(|device| (device, fitted.count)))
    };
    let (device, count) = fitted()
        .find(|(device, _)| !device.is_processor())
        .or_else(|| fitted().next())
        .filter(|&(_, count)| count > 0)
        .ok_or_else(|| {
            let named: Vec<&str> = server.devices.iter().map(|fitted| fitted.device.as_str()).collect();
            refusal(format!("the catalog has none of the devices of {}: {}", server.name, named.join(", ")))
        })?;
    let of_the_host = device.is_processor() || device.memory.is_none();
    let share = server.memory.filter(|_| of_the_host).map(|memory| memory.scaled(1.0 / f64::from(count)));
    Ok(Hardware { device, count, memory: share })
}

fn refusal(reason: String) -> Refusal {
    Refusal { reason, nearest: None }
}
