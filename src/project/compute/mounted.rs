//! What stands in one rack or in all: servers by kind and by what they serve, each with what it does there.

use super::serve::runs_models;
use crate::catalog::{Catalog, Server};
use crate::project::{Project, ServerOutcome};
use crate::rack::{RackLimits, planned_power};
use crate::sizing::power::{self, ExpectedPower};
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
    /// Mean load over its capacity: see [`super::load`].
    pub(super) load: f64,
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
        planned_power(self.server, &draws_counted(project))
    }

    /// Draw of one at the expected load. `None`: nobody published it.
    pub(super) fn expected_each(&self, project: &Project, catalog: &Catalog) -> Option<Watts> {
        self.expected(project, catalog).map(|expected| expected.power)
    }

    /// The same with its band.
    pub(super) fn expected(&self, project: &Project, catalog: &Catalog) -> Option<ExpectedPower> {
        let load = if self.runs_models() { self.load } else { 1.0 };
        self.at_load(project, catalog, load)
    }

    /// Draw of one that does nothing. What runs no model draws the same whatever the models do. `None`: as above.
    pub(super) fn idle_each(&self, project: &Project, catalog: &Catalog) -> Option<Watts> {
        self.drawn_each(project, catalog, if self.runs_models() { 0.0 } else { 1.0 })
    }

    /// Draw of one at this load. `None`: as above.
    pub(super) fn drawn_each(&self, project: &Project, catalog: &Catalog, load: f64) -> Option<Watts> {
        self.at_load(project, catalog, load).map(|expected| expected.power)
    }

    fn at_load(&self, project: &Project, catalog: &Catalog, load: f64) -> Option<ExpectedPower> {
        let batch = batch(self.server, self.plan(), catalog);
        power::expected(&self.server.power, batch, load, project.racks.per_server_cap)
    }
}

/// How draws are counted in the budget; nothing is limited.
pub(super) fn draws_counted(project: &Project) -> RackLimits {
    RackLimits {
        power_mode: project.racks.power_mode,
        load: Some(project.money.utilisation),
        per_server_cap: project.racks.per_server_cap,
        ..RackLimits::default()
    }
}

/// Sessions in one step of its accelerators. `None`: it has none.
pub(super) fn batch(server: &Server, plan: Option<&ServingPlan>, catalog: &Catalog) -> Option<u32> {
    let mut fitted = server.devices.iter().filter_map(|fitted| catalog.devices.get(&fitted.device));
    // Without a plan its accelerators are as good as working for one session each.
    fitted.any(|device| !device.is_processor()).then(|| plan.map_or(1, |plan| plan.mode.sessions_of_a_copy()))
}

/// Servers with what the scenario they serve does on them, at the typed load.
pub(super) fn as_served<'a, S: AsRef<[ServerOutcome]>>(
    project: &Project,
    kinds: &[Kind<'a>],
    scenarios: &'a [S],
) -> Vec<Mounted<'a>> {
    let of = |kind: &Kind<'a>| Mounted {
        server: kind.server,
        serves: kind.serves,
        count: kind.count,
        capacity: kind.count,
        work: kind
            .serves
            .and_then(|at| scenarios.get(at))
            .and_then(|scenario| scenario.as_ref().iter().find(|work| work.server == kind.server.id)),
        load: project.money.utilisation,
    };
    kinds.iter().map(of).collect()
}

/// The same servers, were all of them to serve the scenario of this place, whose outcome on each is given, at the typed load.
pub(super) fn all_serving<'a>(
    project: &Project,
    kinds: &[(&'a Server, u32)],
    scenario: usize,
    servers: &'a [ServerOutcome],
) -> Vec<Mounted<'a>> {
    let of = |&(server, count): &(&'a Server, u32)| {
        let work = servers.iter().find(|work| work.server == server.id);
        let capacity = work.map_or(count, |work| work.capacity);
        let load = project.money.utilisation;
        Mounted { server, serves: work.map(|_| scenario), count, capacity, work, load }
    };
    kinds.iter().map(of).collect()
}

/// How many of each kind are kept for failures: of those that carry most first, so that what is promised holds whichever
/// fails. `each`: sessions of one, and how many there are. This is the one place where spares are chosen.
fn spares(each: &[(u32, u32)], mut spare: u32) -> Vec<u32> {
    let mut order: Vec<usize> = (0..each.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(each.get(*at).map(|(carries, _)| *carries)));
    let mut taken = vec![0; each.len()];
    for at in order {
        if let (Some(taken), Some((_, count))) = (taken.get_mut(at), each.get(at)) {
            *taken = spare.min(*count);
            spare -= *taken;
        }
    }
    taken
}

/// Sets the spares of all servers that would serve one scenario apart.
pub(super) fn set_spares_apart(servers: &mut [ServerOutcome], spare: u32) {
    let carries = |server: &ServerOutcome| server.serving.as_ref().map_or(0, |plan| plan.sessions.likely);
    let each: Vec<(u32, u32)> = servers.iter().map(|server| (carries(server), server.count)).collect();
    for (server, taken) in servers.iter_mut().zip(spares(&each, spare)) {
        server.capacity = server.count - taken;
    }
}

/// With so many servers kept for failures.
pub(super) fn with_spares(mut mounted: Vec<Mounted<'_>>, spare: u32) -> Vec<Mounted<'_>> {
    let carries = |kind: &Mounted<'_>| kind.plan().map_or(0, |plan| plan.sessions.likely);
    let count = |kind: &Mounted<'_>| if kind.runs_models() { kind.count } else { 0 };
    let each: Vec<(u32, u32)> = mounted.iter().map(|kind| (carries(kind), count(kind))).collect();
    for (kind, taken) in mounted.iter_mut().zip(spares(&each, spare)) {
        kind.capacity = kind.count - taken;
    }
    mounted
}

/// The spares of all racks, to be found in them one after the other.
pub(super) struct Spares<'a>(Vec<(Kind<'a>, u32)>);

impl<'a> Spares<'a> {
    /// Those that were set apart among what stands in all racks.
    pub(super) fn of(all: &[Mounted<'a>]) -> Self {
        let of = |kind: &Mounted<'a>| {
            let spare = kind.count - kind.capacity;
            (Kind { server: kind.server, serves: kind.serves, count: kind.count }, spare)
        };
        Self(all.iter().map(of).filter(|(_, spare)| *spare > 0).collect())
    }

    /// How many of each group of a rack are spares; they are not found again in the next.
    pub(super) fn take(&mut self, groups: &[Kind<'_>]) -> Vec<u32> {
        let mut of = |group: &Kind<'_>| {
            let same = |kind: &Kind<'_>| kind.server.id == group.server.id && kind.serves == group.serves;
            let Some((_, left)) = self.0.iter_mut().find(|(kind, _)| same(kind)) else { return 0 };
            let taken = group.count.min(*left);
            *left -= taken;
            taken
        };
        groups.iter().map(&mut of).collect()
    }
}

/// Draw, without any cap, of the kind that draws most among those that run models. `None`: none has a known draw.
pub(super) fn fullest_uncapped(servers: &[(&Server, u32)]) -> Option<Watts> {
    let models = servers.iter().filter(|(server, _)| runs_models(server));
    models.filter_map(|(server, _)| server.power.planned()).reduce(Watts::max)
}
