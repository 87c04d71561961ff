//! The plan on one page: the answer, what it rests on, what it costs, what is doubtful, and every source with its date.

mod answer;
mod basis;
mod models;
mod money;
mod racks;
mod sources;

use super::markdown::plain;
use crate::catalog::{Catalog, Date};
use crate::project::{Outcome, Project, Severity};

/// The report as Markdown. `catalog` is the plan's own ([`Project::catalog`]), `day` the day it is written on.
pub fn report(project: &Project, catalog: &Catalog, outcome: &Outcome, day: &Date) -> String {
    [
        format!("# {}\n\n", plain(&project.name)),
        format!("Written on {day} by Sizewright. Bands in brackets are 80 %: one true value in ten lies below, one above.\n\n"),
        answer::section(project, outcome),
        models::section(project, outcome),
        racks::section(project, catalog, outcome),
        money::section(project, catalog, outcome),
        problems(outcome),
        basis::section(outcome),
        sources::section(project, catalog),
    ]
    .concat()
}

fn problems(outcome: &Outcome) -> String {
    if outcome.problems.is_empty() {
        return String::new();
    }
    let mut text = "## To know before believing it\n\n".to_owned();
    for problem in &outcome.problems {
        let severity = match problem.severity {
            Severity::Error => "**Wrong.** ",
            Severity::Warning => "",
        };
        let place = if problem.place.is_empty() { String::new() } else { format!("{}: ", plain(&problem.place)) };
        text += &format!("- {severity}{place}{}\n", plain(&problem.message));
    }
    text + "\n"
}
