//! The inputs of a plan that are swung, and how each is turned.

use std::ops::Mul;

use crate::project::{LoadSource, Project};

/// Multiplies one input by a factor. `None`: the plan has no such input, or none of it.
pub(super) type Turn = fn(&mut Project, f64) -> Option<()>;

/// Every input that can move cost or sessions.
pub(super) const INPUTS: [(&str, Turn); 17] = [
    ("rack power", |plan, k| times(&mut plan.racks.power_budget, k)),
    ("power kept back", |plan, k| share_if_any(&mut plan.racks.reserve_share, k)),
    ("cap of each server", |plan, k| times(plan.racks.per_server_cap.as_mut()?, k)),
    ("spare servers", |plan, k| {
        let spare = plan.racks.spare_servers;
        // Whole servers: a fifth of a few is one.
        let by = scaled(spare, (k - 1.0).abs()).max(1);
        plan.racks.spare_servers = if k < 1.0 { spare.saturating_sub(by) } else { spare.saturating_add(by) };
        (spare > 0).then_some(())
    }),
    ("speed of each session", |plan, k| times(&mut plan.needs.target_speed, k)),
    ("wait for the first token", |plan, k| times(plan.needs.time_to_first_token.as_mut()?, k)),
    ("prompt length", |plan, k| tokens(&mut plan.needs.prompt_tokens, k)),
    ("answer length", |plan, k| tokens(&mut plan.needs.output_tokens, k)),
    ("context", |plan, k| plan.scenarios.iter_mut().try_for_each(|scenario| tokens(&mut scenario.context_tokens, k))),
    ("utilisation", |plan, k| {
        let typed = plan.money.utilisation_from == LoadSource::Typed;
        share(&mut plan.money.utilisation, k).filter(|()| typed)
    }),
    ("electricity price", |plan, k| times(&mut plan.money.electricity_usd_per_kwh, k)),
    ("rent of the site", |plan, k| times(plan.money.colocation_usd_per_kw_month.as_mut()?, k)),
    ("PUE", |plan, k| {
        plan.money.pue = (plan.money.pue * k).max(1.0);
        Some(())
    }),
    ("life of servers", |plan, k| times(&mut plan.money.years, k)),
    ("residual value", |plan, k| share(&mut plan.money.residual_share, k)),
    ("cost of capital", |plan, k| times(&mut plan.money.capital_cost, k)),
    ("support", |plan, k| share_if_any(&mut plan.money.support_share, k)),
];

fn times<Q: Copy + Mul<f64, Output = Q>>(amount: &mut Q, by: f64) -> Option<()> {
    *amount = *amount * by;
    Some(())
}

/// At least one token: none is asked for by nobody.
fn tokens(count: &mut u32, by: f64) -> Option<()> {
    *count = scaled(*count, by).max(1);
    Some(())
}

/// Never more than all.
fn share(share: &mut f64, by: f64) -> Option<()> {
    *share = (*share * by).min(1.0);
    Some(())
}

/// A share that most plans have none of.
fn share_if_any(of: &mut f64, by: f64) -> Option<()> {
    let some = *of > 0.0;
    share(of, by).filter(|()| some)
}

fn scaled(count: u32, by: f64) -> u32 {
    // A float-to-integer cast saturates, and NaN becomes zero.
    (f64::from(count) * by).round() as u32
}
