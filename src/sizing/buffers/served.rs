//! Scratch memory of the engines that serve many sessions: the peak their profiling run measures at start-up.
//!
//! Two open planners publish it and differ fivefold: AIConfigurator by a formula in the token budget, inference-sim as
//! 4.8-5.6 GiB for dense models whatever their size. Start-up logs of 8B models (about 1.2 GiB at 8,192 tokens) lie near
//! the formula, so it is the likely value and the other planner's figure is inside the band.

use smol_str::SmolStr;

use super::Part;
use crate::catalog::{Reserved, Standing};
use crate::sizing::{Basis, BasisInput, Workload};
use crate::units::Bytes;

/// Share of the likely value the band starts and ends at.
const BAND: (f64, f64) = (0.6, 4.0); // from the lowest log to the other planner's figure, 2026-11-20

/// `2 x tokens x heads x head size x c` for activations, `c` = 11, 6.5 or 5 for 1, 2-3 or 4 and more devices, twice that
/// with experts; and two copies of the profiled sessions' logits.
pub fn served(workload: &Workload<'_>, reserved: &Reserved, devices: u32) -> Part {
    let shapes = workload.model.architecture.as_ref();
    let number = |of: Option<u32>| f64::from(of.unwrap_or(0));
    let width = shapes.map_or(0.0, |a| match (a.heads, a.head_dim) {
        (Some(heads), Some(head)) => f64::from(heads) * f64::from(head),
        _ => f64::from(a.hidden),
    });
    let copies = match devices {
        0 | 1 => 11.0,
        2 | 3 => 6.5,
        _ => 5.0,
    };
    let experts = if shapes.is_some_and(|a| a.experts.is_some()) { 2.0 } else { 1.0 };
    let step_tokens = workload.settings().step_tokens;
    let activations = Bytes::from_f64_ceil(2.0 * f64::from(step_tokens) * width * copies * experts);
    let logits =
        Bytes::from_f64_ceil(8.0 * f64::from(reserved.profiled_sessions) * number(shapes.and_then(|a| a.vocabulary)));
    let each = activations + logits + reserved.graphs;
    let likely = each * u64::from(devices.max(1));
    let computed = |name: &str, value: Bytes| BasisInput::new(name, value, Standing::Computed, "by the formula");
    let basis = Basis {
        standing: Standing::Assumed,
        formula: SmolStr::new_static(
            "2 x tokens x heads x head size x c + 8 x sessions x vocabulary + graphs, on each device",
        ),
        inputs: vec![
            workload.setting("tokens of a step", step_tokens, "settings.step_tokens"),
            workload.setting("sessions profiled", reserved.profiled_sessions, "settings.reserved.profiled_sessions"),
            BasisInput::new("c", format!("{copies} x {experts}"), Standing::Cited, "AIConfigurator, 2026"),
            computed("activations", activations),
            computed("logits", logits),
            workload.setting("graphs", reserved.graphs, "settings.reserved.graphs_gib"),
        ],
        band: SmolStr::new_static("-40 % to 4 times: two published planners differ fivefold here"),
    };
    Part { low: likely.scaled(BAND.0), likely, high: likely.scaled(BAND.1), basis }
}
