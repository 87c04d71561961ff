//! Published counts of sessions beside those of a plan: only of the like, and said where fewer were measured.

mod project_support;

use project_support::after;
use sizewright::catalog::Engine;
use sizewright::project::{MeasuredSessions, Outcome, Project};
use sizewright::sizing::serving::Sense;
use sizewright::units::Watts;

fn measured(outcome: &Outcome) -> Option<&MeasuredSessions> {
    outcome.scenarios[0].measured.as_ref()
}

fn said(outcome: &Outcome) -> Option<&str> {
    outcome.problems.iter().map(|it| it.message.as_str()).find(|it| it.contains("were measured on such devices"))
}

#[test]
fn a_plan_that_counts_more_sessions_than_were_measured_says_both() {
    let out = after(|_| {});
    let found = measured(&out).expect("eight a socket at 10 tokens/s");
    assert_eq!((found.sessions, found.lengths.as_str()), (160, "prompts of 128 and answers of 256 tokens"));
    let likely = out.total.sessions.likely;
    assert!(likely > 160, "else there is nothing to say");
    let text = said(&out).expect("both");
    assert!(text.contains(&format!("{likely} sessions are likely")) && text.contains("160 were measured"), "{text}");
}

#[test]
fn nothing_is_said_where_no_more_are_counted_than_were_measured() {
    // 8-bit weights at 7.5 tokens/s: 14 of 16 a socket.
    let out = after(|plan| {
        plan.scenarios[0].format = sizewright::catalog::WeightFormat::Q8_0;
        plan.needs.target_speed = sizewright::units::TokensPerSecond::from_tokens_per_second(7.5);
    });
    assert!(measured(&out).is_some_and(|found| out.total.sessions.likely <= found.sessions));
    assert_eq!(said(&out), None);
}

#[test]
fn what_was_measured_otherwise_is_not_shown_beside_the_plan() {
    type Change = fn(&mut Project);
    let others: [(&str, Change); 5] = [
        ("another engine", |plan| plan.scenarios[0].engine = Engine::Vllm),
        ("the gaps between tokens", |plan| plan.needs.sense = Sense::P95),
        ("long prompts", |plan| plan.needs.prompt_tokens = 4_000),
        ("short answers", |plan| plan.needs.output_tokens = 60),
        ("a power cap", |plan| plan.racks.per_server_cap = Some(Watts::from_watts(500.0))),
    ];
    for (what, change) in others {
        let out = after(change);
        assert_eq!(measured(&out), None, "{what}");
        assert_eq!(said(&out), None, "{what}");
    }
    let loose = after(|plan| plan.racks.per_server_cap = Some(Watts::from_watts(5_000.0)));
    assert!(measured(&loose).is_some(), "a cap that never acts is none");
}
