//! The inputs of a plan that are swung, and how each is turned.

use crate::project::Project;

/// Multiplies one input by a factor. `None`: the plan has no such input, or none of it.
pub(super) type Turn = fn(&mut Project, f64) -> Option<()>;

/// Every input that can move cost or sessions.
pub(super) const INPUTS: [(&str, Turn); 17] = [
    ("rack power", |plan, k| {
        plan.racks.power_budget = plan.racks.power_budget * k;
        Some(())
    }),
    ("power kept back", |plan, k| share(&mut plan.racks.reserve_share, k)),
    ("cap of each server", |plan, k| {
        let cap = plan.racks.per_server_cap.as_mut()?;
        *cap = *cap * k;
        Some(())
    }),
    ("spare servers", |plan, k| {
        let spare = plan.racks.spare_servers;
        // Whole servers: a fifth of a few is one.
        let by = scaled(spare, (k - 1.0).abs()).max(1);
        plan.racks.spare_servers = if k < 1.0 { spare.saturating_sub(by) } else { spare.saturating_add(by) };
        (spare > 0).then_some(())
    }),
    ("speed of each session", |plan, k| {
        plan.needs.target_speed = plan.needs.target_speed * k;
        Some(())
    }),
    ("wait for the first token", |plan, k| {
        let wait = plan.needs.time_to_first_token.as_mut()?;
        *wait = *wait * k;
        Some(())
    }),
    ("prompt length", |plan, k| {
        plan.needs.prompt_tokens = scaled(plan.needs.prompt_tokens, k).max(1);
        Some(())
    }),
    ("answer length", |plan, k| {
        plan.needs.output_tokens = scaled(plan.needs.output_tokens, k).max(1);
        Some(())
    }),
    ("context", |plan, k| {
        let contexts = plan.scenarios.iter_mut().map(|scenario| &mut scenario.context_tokens);
        contexts.for_each(|context| *context = scaled(*context, k).max(1));
        Some(())
    }),
    ("utilisation", |plan, k| {
        plan.money.utilisation = (plan.money.utilisation * k).min(1.0);
        Some(())
    }),
    ("electricity price", |plan, k| {
        plan.money.electricity_usd_per_kwh *= k;
        Some(())
    }),
    ("rent of the site", |plan, k| {
        let rent = plan.money.colocation_usd_per_kw_month.as_mut()?;
        *rent *= k;
        Some(())
    }),
    ("PUE", |plan, k| {
        plan.money.pue = (plan.money.pue * k).max(1.0);
        Some(())
    }),
    ("life of servers", |plan, k| {
        plan.money.years *= k;
        Some(())
    }),
    ("residual value", |plan, k| {
        plan.money.residual_share = (plan.money.residual_share * k).min(1.0);
        Some(())
    }),
    ("cost of capital", |plan, k| {
        plan.money.capital_cost *= k;
        Some(())
    }),
    ("support", |plan, k| share(&mut plan.money.support_share, k)),
];

/// A share that may be nothing, and is never more than all.
fn share(share: &mut f64, by: f64) -> Option<()> {
    let some = *share > 0.0;
    *share = (*share * by).min(1.0);
    some.then_some(())
}

fn scaled(count: u32, by: f64) -> u32 {
    // A float-to-integer cast saturates, and NaN becomes zero.
    (f64::from(count) * by).round() as u32
}
