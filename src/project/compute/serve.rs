//! One scenario on each kind of server: what one session gets alone, and how many sessions there can be.
//!
//! The estimate of one session alone leaves a power cap out of account; the sessions do not.

use crate::catalog::{Catalog, Model, Server, Standing};
use crate::project::{Project, Scenario, ServerOutcome};
use crate::rack::{self, RackLimits};
use crate::sizing::calibration::OwnDevices;
use crate::sizing::serving::{self, ServingPlan, SessionTarget};
use crate::sizing::{self, BasisInput, Figure, Hardware, Refusal, Workload, power};

/// One outcome for each kind that is there to run models; switches and shelves are left out.
pub(super) fn on_each(
    project: &Project,
    catalog: &Catalog,
    own: &OwnDevices,
    scenario: &Scenario,
    model: Option<&Model>,
    kinds: &[(&Server, u32)],
) -> Vec<ServerOutcome> {
    let target =
        SessionTarget { speed: project.needs.target_speed, time_to_first_token: project.needs.time_to_first_token };
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
            let (estimate, serving) = match ready {
                Ok((model, hardware)) => {
                    let alone = scenario.workload(model, scenario.profile(catalog), &project.needs, 1);
                    let left = speed_left(project, server);
                    let calibration = own.of(&hardware.device.id);
                    let serving = under_cap(&alone, &hardware, &target, left);
                    let serving =
                        serving.map(|plan| if calibration.rows() > 0 { without_own_rows(plan) } else { plan });
                    (Ok(sizing::estimate_with(&alone, &hardware, calibration)), serving)
                }
                Err(refusal) => (Err(refusal.clone()), Err(refusal)),
            };
            ServerOutcome { server: server.id.clone(), name: server.name.clone(), count, estimate, serving }
        })
        .collect()
}

/// Says of served sessions that the device's own measurements do not move them.
fn without_own_rows(mut plan: ServingPlan) -> ServingPlan {
    let note = BasisInput::new(
        "your own measurements",
        "not used",
        Standing::Measured,
        "measurements of one session shift the speed of one session; sessions served together are estimated from the class",
    );
    for basis in [&mut plan.sessions.basis, &mut plan.speed_per_session.basis, &mut plan.total_speed.basis] {
        basis.inputs.push(note.clone());
    }
    plan
}

/// Speed a cap leaves a server.
fn speed_left(project: &Project, server: &Server) -> f64 {
    let uncapped = RackLimits { power_mode: project.racks.power_mode, ..RackLimits::default() };
    let full = rack::planned_power(server, &uncapped);
    full.zip(project.racks.per_server_cap).map_or(1.0, |(full, cap)| power::speed_under_cap(full, cap))
}

/// The most sessions of a server whose speed is cut to `left` (0 to 1): as many as would do without the cut at a target that
/// much higher, each then slowed.
fn under_cap(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    target: &SessionTarget,
    left: f64,
) -> Result<ServingPlan, Refusal> {
    if left >= 1.0 {
        return serving::most_sessions(workload, hardware, target);
    }
    if left <= 0.0 {
        return Err(refusal("the power cap leaves nothing to run on: raise it".to_owned()));
    }
    let higher = SessionTarget {
        speed: target.speed / left,
        time_to_first_token: target.time_to_first_token.map(|limit| limit * left),
    };
    let plan = serving::most_sessions(workload, hardware, &higher)
        .map_err(|refusal| Refusal { reason: format!("{} under the power cap", refusal.reason), ..refusal })?;
    Ok(ServingPlan {
        speed_per_session: slowed(plan.speed_per_session, left),
        total_speed: slowed(plan.total_speed, left),
        time_to_first_token: plan.time_to_first_token.map(|wait| slowed(wait, 1.0 / left)),
        ..plan
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
