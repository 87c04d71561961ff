//! Sessions of a socket as plans count them, constants and promise as shipped, beside what was measured.
//!
//! The table of 25 counts is the one the fit is judged by with each processor left out (src/fit/serving/sessions.rs). Plans
//! of a processor that was measured use constants that saw it and the smaller promise of known processors, so that table says
//! nothing of them; this one does. Plans also search every cut of the socket and every batch, so a count may lie between two
//! steps of the published grid: it is held to the step below it.

use sizewright::catalog::{Catalog, DeviceId, Engine, KvFormat, ModelId};
use sizewright::sizing::serving::measured::{ANSWER, BATCHES, MeasuredSocket, SOCKETS, TARGETS};
use sizewright::sizing::serving::{Sense, SessionTarget, most_sessions};
use sizewright::sizing::{Hardware, Workload};
use sizewright::units::{Bytes, TokensPerSecond};

/// One count beside its measurement.
#[derive(Debug)]
#[expect(dead_code, reason = "named where a count is another")]
struct Cell {
    device: &'static str,
    model: &'static str,
    format: String,
    target: f64,
    measured: u32,
    likely: u32,
    low: u32,
    /// Steps of the published grid that the estimate is above the measurement.
    above: i64,
}

fn cells() -> Vec<Cell> {
    SOCKETS.iter().flat_map(|row| TARGETS.into_iter().zip(row.sessions).map(|cell| of(row, cell))).collect()
}

fn of(row: &MeasuredSocket, (target, measured): (f64, u32)) -> Cell {
    let catalog = Catalog::builtin().expect("the built-in catalog is sound");
    let workload = Workload {
        model: catalog.models.get(&ModelId::new(row.model)).expect("the model"),
        format: row.format,
        kv_format: KvFormat::F16,
        engine: Engine::LlamaCpp,
        profile: None,
        context_tokens: 2_048,
        prompt_tokens: row.prompt as u32,
        output_tokens: ANSWER,
        sessions: 1,
    };
    let device = catalog.devices.get(&DeviceId::new(row.device)).expect("the device");
    let hardware = Hardware { device, count: 1, memory: Some(Bytes::from_gib(512.0)) };
    let speed = TokensPerSecond::from_tokens_per_second(target);
    let target_of = SessionTarget { speed, sense: Sense::Mean, time_to_first_token: None };
    let (low, likely) = most_sessions(&workload, &hardware, &target_of)
        .map_or((0, 0), |plan| (plan.sessions.low, plan.sessions.likely));
    let mut grid: Vec<u32> =
        row.processes.iter().flat_map(|processes| BATCHES.map(|batch| processes * batch)).collect();
    grid.push(0);
    grid.sort_unstable();
    grid.dedup();
    let step_of = |sessions: u32| grid.iter().rposition(|step| *step <= sessions).expect("0 is a step") as i64;
    Cell {
        device: row.device,
        model: row.model,
        format: row.format.to_string(),
        target,
        measured,
        likely,
        low,
        above: step_of(likely) - step_of(measured),
    }
}

#[test]
fn shipped_constants_meet_22_of_25_measured_counts_or_miss_them_by_one_step_on_the_safe_side() {
    let cells = cells();
    assert_eq!(cells.len(), 25);
    let right = cells.iter().filter(|cell| matches!(cell.above, -1 | 0)).count();
    assert_eq!(right, 22, "{cells:#?}");
}

#[test]
fn no_count_of_the_shipped_constants_is_more_than_one_step_of_the_measured_grid_too_high() {
    let cells = cells();
    let too_high: Vec<&Cell> = cells.iter().filter(|cell| cell.above > 1).collect();
    assert!(too_high.is_empty(), "{too_high:#?}");
}

#[test]
fn eleven_of_25_likely_counts_and_three_low_ends_are_above_the_measured_count_itself() {
    // Most of them between two steps of the grid, where nobody measured: a plan that names one of these cells says both.
    let cells = cells();
    let above = |read: fn(&Cell) -> u32| cells.iter().filter(|cell| read(cell) > cell.measured).count();
    assert_eq!((above(|cell| cell.likely), above(|cell| cell.low)), (11, 3), "{cells:#?}");
}
