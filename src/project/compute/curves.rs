//! Power against sessions and speed against the cap, of one kind of server as the plan has it.

use super::mounted::batch;
use crate::catalog::{Catalog, ServerId};
use crate::project::{Outcome, Project};
use crate::sizing::power::{DrawBySessions, SpeedByCap, draw_by_sessions, speed_by_cap};
use crate::units::Watts;

/// How one server draws and how a cap slows it.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerCurves {
    /// Its sessions at the target, likely.
    pub sessions: u32,
    /// Its draw by how many of them are at work.
    pub draw: DrawBySessions,
    /// Mean sessions at work at the plan's utilisation, and the draw then.
    pub at_the_plans_load: (f64, Watts),
    /// Its speed by the cap.
    pub speed: SpeedByCap,
    /// The plan's cap. `None`: none.
    pub cap: Option<Watts>,
}

/// The curves of a server that serves the scenario at `serves`. `None`: it carries no session, or nobody published its draw.
pub fn power_curves(
    project: &Project,
    catalog: &Catalog,
    outcome: &Outcome,
    server: &ServerId,
    serves: usize,
) -> Option<PowerCurves> {
    let work = outcome.scenarios.get(serves)?.servers.iter().find(|work| work.server == *server)?;
    let plan = work.serving.as_ref().ok().filter(|plan| plan.sessions.likely > 0)?;
    let power = &catalog.servers.get(server)?.power;
    let (sessions, cap) = (plan.sessions.likely, project.racks.per_server_cap);
    let batch = batch(catalog.servers.get(server)?, Some(plan), catalog);
    // As the model is loaded where servers stand for it, else as it would be.
    let served = outcome.models.iter().find(|model| model.scenario == serves).map(|model| &model.total);
    let load = served.unwrap_or(&outcome.scenarios.get(serves)?.total).utilisation;
    let drawn = crate::sizing::power::expected(power, batch, load, cap)?.power;
    Some(PowerCurves {
        sessions,
        draw: draw_by_sessions(power, batch, sessions, cap)?,
        at_the_plans_load: (f64::from(sessions) * load.clamp(0.0, 1.0), drawn),
        speed: speed_by_cap(power, batch.is_some(), plan.total_speed.likely, cap)?,
        cap,
    })
}
