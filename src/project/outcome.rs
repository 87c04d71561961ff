//! Everything that follows from a plan: one call, no I/O, no clock, fast enough for every frame a slider moves.

mod demand;
mod money;

use super::{Project, Remembered};
use crate::catalog::{Catalog, ModelId, ServerId};
use crate::rack::cooling::CoolingKind;
use crate::rack::weight::Load;
use crate::rack::{FeedLoads, FitCount, LineLoads, Problem, RackLayout};
use crate::sizing::calibration::OwnDevices;
use crate::sizing::serving::{ModeKind, ModePlan, Sense, ServingPlan};
use crate::sizing::{Estimate, Figure, Refusal, Resource};
use crate::units::{AirFlow, Kilograms, Seconds, TokensPerSecond, Watts};
pub use demand::{DemandOutcome, ModelDemand, Queueing, Staircase};
pub use money::{BreakEven, HostedComparison, MoneyOutcome};

/// What follows from a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// One for each scenario, in order.
    pub scenarios: Vec<ScenarioOutcome>,
    /// Which of them a server serves that names none. `None`: the plan has no scenario.
    pub selected: Option<usize>,
    /// One for each rack, in order.
    pub racks: Vec<RackOutcome>,
    /// All racks together, each server with what it serves.
    pub total: Totals,
    /// Money, energy and carbon of all racks.
    pub money: MoneyOutcome,
    /// What each scenario that a server serves carries and costs, in the order of the plan: together they are `total` and
    /// `money`.
    pub models: Vec<ServedModel>,
    /// What the readers ask for against what the racks carry.
    pub demand: DemandOutcome,
    /// Mean load that the readers cause on what carries sessions, as a share of capacity; above 1: they ask for more than
    /// there is. `None`: no session is carried.
    pub load_of_readers: Option<f64>,
    /// Servers like these for what the readers ask for, and what they cost. `None`: nothing is asked for or made.
    pub staircase: Option<Staircase>,
    /// Sessions left after a feed is lost in every rack. `None`: the plan has no feeds.
    pub sessions_left: Option<SessionsLeft>,
    /// Draw, without any cap, of the kind of server that draws most. `None`: nothing that runs models has a known draw.
    pub fullest_uncapped: Option<Watts>,
    /// What is wrong or left out, the gravest first.
    pub problems: Vec<PlanProblem>,
    /// What the plan's measurements say about each device.
    pub own: OwnDevices,
}

/// One scenario on every kind of server in the racks.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioOutcome {
    /// As the user calls it.
    pub name: String,
    /// Which model.
    pub model: ModelId,
    /// The model's name. `None`: the catalog has no such model.
    pub model_name: Option<String>,
    /// The model's parameters. `None`: undisclosed or unknown.
    pub parameters: Option<u64>,
    /// One for each kind of server that runs models, in order of first appearance.
    pub servers: Vec<ServerOutcome>,
    /// All racks together, were every server to serve this scenario.
    pub total: Totals,
    /// Money, energy and carbon, were every server to serve this scenario.
    pub money: MoneyOutcome,
    /// Sessions that somebody measured on devices like these. `None`: nobody did, or not on every kind of server here.
    pub measured: Option<MeasuredSessions>,
}

/// Published counts of sessions with the plan's engine and about its lengths, for as many devices as the racks hold without the
/// spares; by the mean delivered, and without a power cap.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredSessions {
    /// Sessions of all servers.
    pub sessions: u32,
    /// What each of them got at least: the speed asked for, or the next published above it.
    pub speed: TokensPerSecond,
    /// What they were measured with: "prompts of 128 and answers of 256 tokens".
    pub lengths: String,
}

/// One scenario on the servers that serve it, beside others on the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedModel {
    /// Which: a place in the plan's scenarios.
    pub scenario: usize,
    /// As the user calls it.
    pub name: String,
    /// Its servers, with its share, by planned draw, in what draws and serves no model.
    pub total: Totals,
    /// Their money, energy and carbon, with the same share.
    pub money: MoneyOutcome,
}

/// One scenario on one kind of server.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerOutcome {
    /// Which server.
    pub server: ServerId,
    /// Its name.
    pub name: String,
    /// How many of it stand in all racks.
    pub count: u32,
    /// Of them, those that are capacity, were all servers to serve this scenario; the rest are the plan's spares.
    pub capacity: u32,
    /// One session alone: memory, verdict, speed. A refusal: the server has no device that runs models.
    pub estimate: Result<Estimate, Refusal>,
    /// The most sessions at the target, or why there is none.
    pub serving: Result<ServingPlan, Refusal>,
    /// Every way of serving that applies to its devices, beside each other.
    pub modes: Vec<ModePlan>,
}

impl ScenarioOutcome {
    /// Sessions of all servers but the spares, were each to serve this scenario in one way: low, likely, high. `None`: the way
    /// applies to none of them.
    pub fn sessions_in(&self, kind: ModeKind) -> Option<[u32; 3]> {
        let plans = self.servers.iter().flat_map(|server| {
            let of_kind = server.modes.iter().filter(move |mode| mode.kind == kind);
            of_kind.map(|mode| (mode.plan.as_ref().ok(), server.capacity))
        });
        plans.fold(None, |sum, (plan, count)| {
            let [low, likely, high] = sum.unwrap_or([0; 3]);
            let add = |all: u32, one: u32| all.saturating_add(one.saturating_mul(count));
            Some(match plan.map(|plan| &plan.sessions) {
                Some(sessions) => [add(low, sessions.low), add(likely, sessions.likely), add(high, sessions.high)],
                None => [low, likely, high],
            })
        })
    }

    /// What stops one session more in one way, on the kind of server that carries most in it. `None`: no session.
    pub fn binding_in(&self, kind: ModeKind) -> Option<Resource> {
        let of_kind = |server: &ServerOutcome| {
            let plan = server.modes.iter().find(|mode| mode.kind == kind)?.plan.as_ref().ok()?;
            Some((plan.sessions.likely.saturating_mul(server.capacity), plan.binding))
        };
        let most =
            self.servers.iter().filter_map(of_kind).reduce(|most, next| if next.0 > most.0 { next } else { most });
        most.filter(|(sessions, _)| *sessions > 0).map(|(_, binding)| binding)
    }

    /// The way that carries most of them; the first of equals. `None`: no session in any.
    pub fn best_mode(&self) -> Option<ModeKind> {
        let likely = |kind| self.sessions_in(kind).map_or(0, |[_, likely, _]| likely);
        let most = ModeKind::ALL.into_iter().map(likely).max().filter(|most| *most > 0)?;
        ModeKind::ALL.into_iter().find(|kind| likely(*kind) == most)
    }
}

impl AsRef<[ServerOutcome]> for ScenarioOutcome {
    fn as_ref(&self) -> &[ServerOutcome] {
        &self.servers
    }
}

/// One rack.
#[derive(Clone, Debug, PartialEq)]
pub struct RackOutcome {
    /// As the user calls it.
    pub name: String,
    /// Whether it differs from the rack before it in nothing but the name: see [`super::runs_of_equal_racks`].
    pub like_the_one_before: bool,
    /// The hand-placed servers and, after them, those that fill the rest: what is to be drawn.
    pub layout: RackLayout,
    /// How many of the layout's placements were placed by hand; those after them fill the rest.
    pub placed_by_hand: usize,
    /// What is mounted, by kind and by what it serves, in order of first appearance.
    pub groups: Vec<RackGroup>,
    /// What each scenario served here carries and costs: together they are `total` and `money`.
    pub models: Vec<ServedModel>,
    /// Money, energy and carbon of this rack. Spare servers are taken from the last racks: they cost, and are no capacity.
    pub money: MoneyOutcome,
    /// How many of the filling server the room left free takes. `None`: nothing fills it.
    pub fill_count: Option<FitCount>,
    /// What stopped the filling. `None`: nothing fills it.
    pub fill_stopped_by: Option<Problem>,
    /// Sums over the rack.
    pub total: Totals,
    /// Budget of the rack.
    pub power_budget: Watts,
    /// Budget left for servers after the reserve, or what the feeds let through where that is less.
    pub usable_power: Watts,
    /// Known weight of what is mounted.
    pub weight: Kilograms,
    /// Mounted things whose weight nobody published.
    pub without_weight: u32,
    /// Mounted things whose draw nobody published.
    pub without_power: u32,
    /// Rack units taken at either face.
    pub used_units: f64,
    /// Weight against the rack's limits, and its centre.
    pub load: Load,
    /// What the feeds carry. `None`: the plan has none.
    pub feeds: Option<FeedLoads>,
    /// Sessions left after one of them is lost. `None`: the plan has none.
    pub sessions_left: Option<SessionsLeft>,
    /// The current in each line of them. `None`: the plan has no feeds, or they have one phase.
    pub lines: Option<LineLoads>,
    /// Heat at the planned draw, BTU per hour.
    pub heat_btu_per_hour: f64,
    /// Air that carries it away at the room's rise and altitude; where the plan has no room, the usual rise of 20 degrees F at sea
    /// level. `None`: the rise is not above zero.
    pub air_flow: Option<AirFlow>,
    /// Cooling it asks for: by its draw, and by what air alone does not cool.
    pub cooling: CoolingKind,
    /// Mounted things that air alone does not cool.
    pub liquid_only: u32,
    /// Hand-placed things that cannot stay where they are, and what is missing.
    pub problems: Vec<PlanProblem>,
}

/// Sessions that go on after a feed is lost: of servers with a cord on the other, where its breaker holds. Spare servers stand in
/// for lost ones of their kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionsLeft {
    /// After A is lost.
    pub without_a: u32,
    /// After B is lost. `None`: there is one feed.
    pub without_b: Option<u32>,
}

/// Servers of one kind in one rack that serve one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct RackGroup {
    /// Which.
    pub server: ServerId,
    /// What they serve: a place in the plan's scenarios. `None`: they run no model.
    pub serves: Option<usize>,
    /// How many.
    pub count: u32,
    /// Draw of one as planned. `None`: nobody published it.
    pub planned_power_each: Option<Watts>,
    /// Draw of one at the expected load. `None`: nobody published it.
    pub expected_power_each: Option<Watts>,
    /// Sessions of one; 0 where it runs no model.
    pub sessions_each: u32,
}

/// Sums over servers.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals {
    /// Machines that run models.
    pub servers: u32,
    /// Sessions at once at the target or better; spare servers are not counted.
    pub sessions: Figure<u32>,
    /// What all sessions make over a long time, the time of their prompts in it.
    pub total_speed: Figure<TokensPerSecond>,
    /// What the slowest kind of server gives each session. `None`: no session.
    pub speed_per_session: Option<Figure<TokensPerSecond>>,
    /// Which speeds of a session were held against the target, on one kind of server or another: see
    /// [`ServingPlan::counted_by`]. Empty: no session.
    pub counted_by: Vec<Sense>,
    /// Wait for the first token on that kind of server. `None`: no session, or no honest number.
    pub time_to_first_token: Option<Figure<Seconds>>,
    /// What stops one session more: `servers_bound_by` where the racks are filled and their servers carry any, else
    /// `server_binding`. `None`: nothing is mounted, or unknown.
    pub binding: Option<Resource>,
    /// What stops one server more, in most of the racks. `None`: nothing fills them.
    pub servers_bound_by: Option<Resource>,
    /// What stops one session more on the kind of server that carries most. `None`: no session, or unknown.
    pub server_binding: Option<Resource>,
    /// Mean load over capacity that tokens, energy and cost are counted with: typed, or what the readers cause.
    pub utilisation: f64,
    /// Draw as planned: what the budget is checked with.
    pub planned_power: Watts,
    /// Draw at the expected load: what energy is counted with.
    pub expected_power: Watts,
    /// Draw switched on and doing nothing; where nobody published it, the usual share of the full draw.
    pub idle_power: Watts,
}

impl Totals {
    /// The speeds that were held against the target, in words; empty: no session.
    pub fn counted_by(&self) -> String {
        self.counted_by.iter().map(|sense| sense.label()).collect::<Vec<_>>().join(" or ")
    }
}

/// Something a reader of the plan must know.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanProblem {
    /// How grave.
    pub severity: Severity,
    /// Where, for example "Rack 1" or "Llama 3.3 70B"; empty: the whole plan.
    pub place: String,
    /// What, by how much, and what would help.
    pub message: String,
}

/// How grave a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The plan cannot be carried out, or a figure is missing.
    Error,
    /// A figure rests on less than it should.
    Warning,
}

/// Computes everything. `catalog` is [`Project::catalog`]'s: the built-in one with the plan's changes.
pub fn outcome(project: &Project, catalog: &Catalog) -> Outcome {
    outcome_remembering(&mut Remembered::default(), project, catalog)
}

/// As [`outcome()`], taking from earlier answers what the change between them leaves as it was.
pub fn outcome_remembering(remembered: &mut Remembered, project: &Project, catalog: &Catalog) -> Outcome {
    super::compute::outcome(remembered, project, catalog)
}
