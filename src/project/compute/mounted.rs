//! What stands in one rack or in all: servers by kind and by what they serve, each with what it does there.

use super::serve::runs_models;
use crate::catalog::{Catalog, Server};
use crate::project::{Project, ScenarioOutcome, ServerOutcome};
use crate::rack::{RackLimits, planned_power};
use crate::sizing::power;
use crate::sizing::serving::ServingPlan;
use crate::units::Watts;

/// Servers of one kind that serve one scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kind<'a> {
    pub(super) server: &'a Server,
    /// A place in the plan's scenarios. `None`: it runs no model, or there is no scenario.
    pub(super) serves: Option<usize>,
    pub(super) count: u32,
}

/// Such servers with what they do.
#[derive(Clone, Copy)]
pub(super) struct Mounted<'a> {
    pub(super) server: &'a Server,
    pub(super) serves: Option<usize>,
    pub(super) count: u32,
    /// Of them, those that are capacity; the rest may fail.
    pub(super) capacity: u32,
    /// What its scenario does on it. `None`: it runs no model, or there is no scenario.
    pub(super) work: Option<&'a ServerOutcome>,
}

impl Mounted<'_> {
    pub(super) fn runs_models(&self) -> bool {
        runs_models(self.server)
    }

    pub(super) fn plan(&self) -> Option<&ServingPlan> {
        self.work.and_then(|work| work.serving.as_ref().ok())
    }

    /// Draw of one as planned. `None`: nobody published it.
    pub(super) fn planned_each(&self, project: &Project) -> Option<Watts> {
        let racks = &project.racks;
        let counted =
            RackLimits { power_mode: racks.power_mode, per_server_cap: racks.per_server_cap, ..RackLimits::default() };
        planned_power(self.server, &counted)
    }

    /// Draw of one at the expected load. `None`: nobody published it.
    pub(super) fn expected_each(&self, project: &Project, catalog: &Catalog) -> Option<Watts> {
        let load = if self.runs_models() { project.money.utilisation } else { 1.0 };
        self.drawn_each(project, catalog, load)
    }

    /// Draw of one that does nothing. What runs no model draws the same whatever the models do. `None`: as above.
    pub(super) fn idle_each(&self, project: &Project, catalog: &Catalog) -> Option<Watts> {
        self.drawn_each(project, catalog, if self.runs_models() { 0.0 } else { 1.0 })
    }

    fn drawn_each(&self, project: &Project, catalog: &Catalog, load: f64) -> Option<Watts> {
        let accelerated = self
            .server
            .devices
            .iter()
            .filter_map(|fitted| catalog.devices.get(&fitted.device))
            .any(|device| !device.is_processor());
        let mode = self.plan().map(|plan| plan.mode).filter(|_| accelerated);
        power::expected(&self.server.power, mode, load, project.racks.per_server_cap).map(|expected| expected.power)
    }
}

/// Servers with what the scenario they serve does on them.
pub(super) fn as_served<'a>(kinds: &[Kind<'a>], scenarios: &'a [ScenarioOutcome]) -> Vec<Mounted<'a>> {
    let of = |kind: &Kind<'a>| Mounted {
        server: kind.server,
        serves: kind.serves,
        count: kind.count,
        capacity: kind.count,
        work: kind
            .serves
            .and_then(|at| scenarios.get(at))
            .and_then(|scenario| scenario.servers.iter().find(|work| work.server == kind.server.id)),
    };
    kinds.iter().map(of).collect()
}

/// The same servers, were all of them to serve the scenario of this place, whose outcome on each is given.
pub(super) fn all_serving<'a>(
    kinds: &[(&'a Server, u32)],
    scenario: usize,
    servers: &'a [ServerOutcome],
) -> Vec<Mounted<'a>> {
    let of = |&(server, count): &(&'a Server, u32)| {
        let work = servers.iter().find(|work| work.server == server.id);
        Mounted { server, serves: work.map(|_| scenario), count, capacity: count, work }
    };
    kinds.iter().map(of).collect()
}

/// With so many servers kept for failures: those that carry most go first, so that what is promised holds whichever fails.
pub(super) fn with_spares(mut mounted: Vec<Mounted<'_>>, mut spare: u32) -> Vec<Mounted<'_>> {
    let mut order: Vec<usize> = (0..mounted.len()).collect();
    let carries = |at: &usize| mounted.get(*at).and_then(Mounted::plan).map_or(0, |plan| plan.sessions.likely);
    order.sort_by_key(|at| std::cmp::Reverse(carries(at)));
    for at in order {
        if let Some(kind) = mounted.get_mut(at).filter(|kind| kind.runs_models()) {
            let taken = spare.min(kind.count);
            kind.capacity = kind.count - taken;
            spare -= taken;
        }
    }
    mounted
}

/// Draw, without any cap, of the kind that draws most among those that run models. `None`: none has a known draw.
pub(super) fn fullest_uncapped(project: &Project, servers: &[(&Server, u32)]) -> Option<Watts> {
    let uncapped = RackLimits { power_mode: project.racks.power_mode, ..RackLimits::default() };
    let models = servers.iter().filter(|(server, _)| runs_models(server));
    models.filter_map(|(server, _)| planned_power(server, &uncapped)).reduce(Watts::max)
}
