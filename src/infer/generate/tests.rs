//! Generation over a model that counts: after token n it finds n + 1 most likely; 9 ends the text.

use std::time::Duration;

use super::*;
use crate::infer::{Message, Sampling};

struct Counting {
    read: Vec<u32>,
    logits: Vec<f32>,
    room: usize,
    fails_at: Option<u32>,
    /// The machine has no memory left for what comes after this one.
    short_at: Option<u32>,
    /// It gives logits that are no numbers after this one.
    breaks_at: Option<u32>,
    /// What tokens stand for, in place of digits.
    pieces: Option<[&'static str; 10]>,
}

impl LanguageModel for Counting {
    fn read(&mut self, tokens: &[u32], _: &dyn Fn() -> bool) -> Result<&[f32], InferError> {
        let last = *tokens.last().unwrap();
        if self.short_at == Some(last) {
            return Err(InferError::Memory { what: "on purpose".to_owned(), bytes: 0 });
        }
        self.read.extend(tokens);
        self.room -= tokens.len();
        if self.fails_at == Some(last) {
            return Err(InferError::Compute { problem: "on purpose".to_owned() });
        }
        self.logits = (0..10).map(|token| if token == (last + 1).min(9) { 5.0 } else { 0.0 }).collect();
        if self.breaks_at == Some(last) {
            self.logits.fill(f32::NAN);
        }
        Ok(&self.logits)
    }
    fn chunk(&self) -> usize {
        2
    }
    fn room(&self) -> usize {
        self.room
    }
    fn piece(&self, token: u32) -> &[u8] {
        match self.pieces {
            Some(pieces) => pieces[token as usize].as_bytes(),
            None => &b"0123456789"[token as usize..][..1],
        }
    }
    fn mark(&self, token: u32) -> Option<Mark> {
        match self.piece(token) {
            b"<head>" => Some(Mark::Head),
            b"<body>" => Some(Mark::Body),
            _ => None,
        }
    }
    fn adds_blank(&self) -> bool {
        self.pieces.is_some()
    }
    fn is_end(&self, token: u32) -> bool {
        token == 9
    }
    fn machine(&self) -> (usize, &'static str) {
        (1, "fake")
    }
}

fn counting() -> Counting {
    Counting {
        read: Vec::new(),
        logits: Vec::new(),
        room: 100,
        fails_at: None,
        short_at: None,
        breaks_at: None,
        pieces: None,
    }
}

fn request(max_tokens: usize, stops: &[&str]) -> Request {
    let stop_strings = stops.iter().map(|&stop| stop.to_owned()).collect();
    Request { sampling: Sampling::greedy(), max_tokens, stop_strings, ..Request::new(vec![Message::user("")]) }
}

fn check(mut model: Counting, request: &Request, text: &str, stop: StopReason, generated: usize) -> GenerationSummary {
    let steps = Generation::new(&mut model, vec![0, 1, 2], 0, request, Box::new(|| true)).unwrap();
    let steps: Vec<Step> = steps.map(Result::unwrap).collect();
    let told = steps.iter().map(|step| if let Step::Text(piece) = step { piece.text.as_str() } else { "" });
    assert_eq!(told.collect::<String>(), text);
    let Some(Step::Finished(summary)) = steps.last() else { panic!("no summary") };
    assert_eq!((summary.stop, summary.generated_tokens), (stop, generated));
    summary.clone()
}

#[test]
fn it_ends_at_the_end_token_the_limit_a_stop_string_or_a_full_context() {
    check(counting(), &request(50, &[]), "345678", StopReason::EndOfText, 7);
    check(counting(), &request(2, &[]), "34", StopReason::MaxTokens, 2);
    check(counting(), &request(0, &[]), "", StopReason::MaxTokens, 0);
    check(counting(), &request(50, &["67"]), "345", StopReason::StopString, 5);
    check(counting(), &request(50, &["8x"]), "345678", StopReason::EndOfText, 7);
    check(Counting { room: 5, ..counting() }, &request(50, &[]), "345", StopReason::ContextFull, 3);
}

#[test]
fn an_answer_the_machine_has_no_memory_left_for_is_what_was_said_and_a_prompt_is_refused() {
    let short = |at| Counting { short_at: Some(at), ..counting() };
    check(short(5), &request(50, &[]), "345", StopReason::MemoryShort, 3);
    // What a stop string holds back is told, too.
    check(short(5), &request(50, &["5x"]), "345", StopReason::MemoryShort, 3);
    let (mut model, request) = (short(1), request(50, &[]));
    let steps: Vec<_> = Generation::new(&mut model, vec![0, 1, 2], 0, &request, Box::new(|| true)).unwrap().collect();
    assert!(matches!(&steps[..], [Err(InferError::Memory { .. })]), "{steps:?}");
}

#[test]
fn the_prompt_is_read_in_chunks_and_told() {
    let mut model = counting();
    let request = request(1, &[]);
    let steps = Generation::new(&mut model, vec![0, 1, 2, 3, 4], 1, &request, Box::new(|| true)).unwrap();
    let progress: Vec<_> = steps
        .filter_map(|step| if let Ok(Step::PromptRead(p)) = step { Some((p.tokens, p.done, p.total)) } else { None })
        .collect();
    assert_eq!(progress, [(2, 2, 4), (2, 4, 4)]);
    assert_eq!(model.read, [1, 2, 3, 4]);
}

#[test]
fn a_cancel_is_seen_between_chunks_and_between_tokens() {
    for (asked, text) in [(1, ""), (3, "3"), (5, "345")] {
        let left = std::cell::Cell::new(asked);
        let go_on = || {
            left.set(left.get() - 1);
            left.get() > 0
        };
        let mut model = counting();
        let request = request(50, &[]);
        let steps: Vec<_> = Generation::new(&mut model, vec![0, 1, 2], 0, &request, Box::new(go_on)).unwrap().collect();
        let told = steps.iter().map(|step| if let Ok(Step::Text(piece)) = step { piece.text.as_str() } else { "" });
        assert_eq!(told.collect::<String>(), text);
        assert!(matches!(steps.last(), Some(Ok(Step::Finished(s))) if s.stop == StopReason::Cancelled));
    }
}

#[test]
fn an_error_is_told_once_and_ends_it() {
    let mut model = Counting { fails_at: Some(4), ..counting() };
    let request = request(50, &[]);
    let steps: Vec<_> = Generation::new(&mut model, vec![0, 1, 2], 0, &request, Box::new(|| true)).unwrap().collect();
    assert!(matches!(steps.last(), Some(Err(InferError::Compute { .. }))));
    assert_eq!(steps.iter().filter(|step| step.is_err()).count(), 1);
}

#[test]
fn logits_that_are_no_numbers_are_an_error_and_not_the_first_token_for_ever() {
    for (breaks_at, told) in [(2, 0), (4, 2)] {
        for sampling in [Sampling::greedy(), Sampling::default()] {
            let mut model = Counting { breaks_at: Some(breaks_at), ..counting() };
            let request = Request { sampling, ..request(50, &[]) };
            let steps = Generation::new(&mut model, vec![0, 1, 2], 0, &request, Box::new(|| true)).unwrap();
            let steps: Vec<_> = steps.collect();
            let texts = steps.iter().filter(|step| matches!(step, Ok(Step::Text(_)))).count();
            assert!(matches!(steps.last(), Some(Err(InferError::Compute { .. }))) && texts <= told, "{steps:?}");
        }
    }
}

#[test]
fn the_summary_has_no_rate_where_nothing_was_measured() {
    let summary = check(counting(), &request(1, &[]), "3", StopReason::MaxTokens, 1);
    assert!(summary.decode.is_none() && summary.time_to_first_token.is_some());
    let summary = check(counting(), &request(0, &[]), "", StopReason::MaxTokens, 0);
    assert!(summary.time_to_first_token.is_none());
}

#[test]
fn the_wait_for_the_first_token_counts_from_the_request_and_the_speed_of_reading_does_not() {
    let (mut model, request) = (counting(), request(1, &[]));
    let made = Duration::from_millis(300);
    let steps = Generation::new(&mut model, vec![0, 1, 2], 0, &request, Box::new(|| true)).unwrap();
    let steps: Vec<Step> = steps.asked_at(Instant::now() - made).map(Result::unwrap).collect();
    let Some(Step::Finished(summary)) = steps.last() else { panic!("no summary") };
    assert!(summary.time_to_first_token.unwrap().as_secs() >= made.as_secs_f64());
    // Three tokens in 300 ms would be ten a second.
    assert!(summary.prefill.is_none_or(|speed| speed.as_tokens_per_second() > 20.0), "{:?}", summary.prefill);
    assert!(matches!(steps.first(), Some(Step::PromptRead(read)) if read.elapsed.as_secs() >= made.as_secs_f64()));
}

#[test]
fn the_blank_before_the_first_word_is_taken_off_and_only_that() {
    let pieces = ["", "", "", " Two", " words", ".", "", "", "", ""];
    check(Counting { pieces: Some(pieces), ..counting() }, &request(50, &[]), "Two words.", StopReason::EndOfText, 7);
    let pieces = ["", "", "", " ", " a", "", "", "", "", ""];
    check(Counting { pieces: Some(pieces), ..counting() }, &request(50, &[]), " a", StopReason::EndOfText, 7);
    let pieces = ["", "", "", "Two", " words", "", "", "", "", ""];
    check(Counting { pieces: Some(pieces), ..counting() }, &request(50, &[]), "Two words", StopReason::EndOfText, 7);
}

#[test]
fn channels_of_thoughts_come_out_marked_even_where_the_answer_is_cut_off() {
    let pieces = ["", "", "", "<head>", "ana", "lysis", "<body>", "hm", "", ""];
    let model = || Counting { pieces: Some(pieces), ..counting() };
    check(model(), &request(50, &[]), "<think>hm", StopReason::EndOfText, 7);
    check(model(), &request(2, &[]), "", StopReason::MaxTokens, 2);
}
