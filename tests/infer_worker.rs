//! The worker thread: events in order, cancel, and dropping it at any moment.
#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod infer_support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use infer_support::worker::{options, request, until_done};
use infer_support::{Value, tiny_llama};
use sizewright::infer::{Event, InferError, LoadOptions, StopReason, ThreadTrial, ThreadsBy, Worker};

fn spawn() -> (Worker, mpsc::Receiver<()>) {
    let (wake, woken) = mpsc::channel();
    (Worker::spawn(move || _ = wake.send(())).unwrap(), woken)
}

#[test]
fn a_load_and_a_generation_are_told_in_order() {
    let (_guard, path) = tiny_llama(1).write();
    let (mut worker, woken) = spawn();
    worker.load(&path, options()).unwrap();
    let events = until_done(&worker, &woken);
    assert!(matches!(events.first(), Some(Event::Loading { .. })));
    assert!(matches!(events.last(), Some(Event::Loaded(summary)) if summary.architecture == "llama"));
    worker.generate(request(5)).unwrap();
    let events = until_done(&worker, &woken);
    assert!(matches!(events.first(), Some(Event::PromptRead(_))), "{events:?}");
    assert!(matches!(events.last(), Some(Event::Finished(summary)) if summary.generated_tokens > 0));
    assert!(events[1..events.len() - 1].iter().all(|event| matches!(event, Event::Text(_))));
}

#[test]
fn a_load_with_a_trial_tells_the_threads_it_found_and_can_be_stopped() {
    let (_guard, path) = tiny_llama(1).write();
    let (mut worker, woken) = spawn();
    let tried = LoadOptions { threads: Some(3), trial: Some(ThreadTrial::Generating), ..options() };
    worker.load(&path, tried).unwrap();
    let events = until_done(&worker, &woken);
    let Some(Event::Loaded(summary)) = events.last() else { panic!("{events:?}") };
    assert_eq!(summary.threads_by, ThreadsBy::Trial);
    assert!((1..=3).contains(&summary.threads), "{summary:?}");
    worker.generate(request(5)).unwrap();
    let events = until_done(&worker, &woken);
    assert!(matches!(events.last(), Some(Event::Finished(run)) if run.threads == summary.threads), "{events:?}");
    worker.load(&path, options()).unwrap();
    let events = until_done(&worker, &woken);
    assert!(matches!(events.last(), Some(Event::Loaded(summary)) if summary.threads_by == ThreadsBy::Setting));
    worker.load(&path, tried).unwrap();
    worker.cancel();
    assert!(matches!(until_done(&worker, &woken).last(), Some(Event::Failed(InferError::Cancelled))));
}

#[test]
fn failures_are_told_and_the_old_model_stays() {
    let (_guard, path) = tiny_llama(1).write();
    let (mut worker, woken) = spawn();
    worker.generate(request(5)).unwrap();
    assert_eq!(until_done(&worker, &woken), [Event::Failed(InferError::NotLoaded)]);
    worker.load(&path, options()).unwrap();
    until_done(&worker, &woken);
    worker.load(&path.with_file_name("missing.gguf"), options()).unwrap();
    assert!(matches!(until_done(&worker, &woken).last(), Some(Event::Failed(InferError::Read { .. }))));
    worker.generate(request(5)).unwrap();
    assert!(matches!(until_done(&worker, &woken).last(), Some(Event::Finished(_))));
    worker.unload().unwrap();
    worker.generate(request(5)).unwrap();
    assert!(matches!(until_done(&worker, &woken).last(), Some(Event::Failed(InferError::NotLoaded))));
}

/// A vocabulary of so many tokens of the model's own, and a template to look for them in.
fn searched(tokens: usize, template: usize) -> infer_support::Gguf {
    let mut gguf = tiny_llama(1);
    let Some(Value::Texts(mut texts)) = gguf.metadata.iter().find_map(|(key, value)| match key.as_str() {
        "tokenizer.ggml.tokens" => Some(value.clone()),
        _ => None,
    }) else {
        panic!("no tokens")
    };
    let mut types = vec![1; texts.len()];
    texts.extend((0..tokens).map(|id| format!("own{id}")));
    types.resize(texts.len(), 4);
    let embeddings = gguf.tensor("token_embd.weight");
    embeddings.shape = vec![64, texts.len() as u64];
    embeddings.bytes.resize(texts.len() * 64 * 4, 0);
    gguf.set("tokenizer.ggml.tokens", Value::Texts(texts));
    gguf.set("tokenizer.ggml.token_type", Value::I32s(types));
    gguf.set("tokenizer.chat_template", Value::Text("o".repeat(template)));
    gguf
}

#[test]
fn a_vocabulary_that_would_be_looked_for_in_its_template_for_hours_is_refused_at_once() {
    // 200 GB to search; two minutes of it in a test is enough.
    let (_guard, path) = searched(100_000, 2 << 20).write();
    let (mut worker, woken) = spawn();
    let started = Instant::now();
    worker.load(&path, options()).unwrap();
    match until_done(&worker, &woken).pop() {
        Some(Event::Failed(error)) => assert!(error.to_string().contains("chat_template"), "{error}"),
        other => panic!("{other:?}"),
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn a_load_stopped_while_its_vocabulary_is_read_ends_in_a_moment() {
    // A second or so to search, with or without optimisation more than the weights take.
    let (_guard, path) = searched(10_000, 100_000).write();
    let (mut worker, woken) = spawn();
    worker.load(&path, options()).unwrap();
    // The weights are packed once it says that all is done.
    loop {
        woken.recv_timeout(Duration::from_secs(60)).unwrap();
        if worker.try_recv().unwrap() == Some(Event::Loading { fraction: 1.0 }) {
            break;
        }
    }
    let stopped = Instant::now();
    worker.cancel();
    let end = until_done(&worker, &woken);
    assert!(matches!(end.last(), Some(Event::Failed(InferError::Cancelled))), "{end:?}");
    assert!(stopped.elapsed() < Duration::from_millis(500), "{:?}", stopped.elapsed());
}

#[test]
fn a_second_stop_ends_the_old_model_s_coming_back_too() {
    let ((_guard, path), (_other_guard, other)) = (tiny_llama(1).write(), tiny_llama(2).write());
    let ((wake, woken), (go, gate)) = (mpsc::channel(), mpsc::channel());
    let stepwise = Arc::new(AtomicBool::new(false));
    let waits = Arc::clone(&stepwise);
    // While it goes step by step the worker waits after each event, so that a stop falls where it is meant to.
    let wake = move || {
        let wait = waits.load(Ordering::Relaxed);
        let _ = wake.send(());
        if wait {
            let _ = gate.recv_timeout(Duration::from_secs(20));
        }
    };
    let mut worker = Worker::spawn_with(wake, || None).unwrap();
    // One event for each waking, or the last waking of the load would count as the first step.
    let next = |worker: &Worker| {
        woken.recv_timeout(Duration::from_secs(60)).unwrap();
        worker.try_recv().unwrap().unwrap()
    };
    worker.load(&path, options()).unwrap();
    while !matches!(next(&worker), Event::Loaded(_)) {}
    stepwise.store(true, Ordering::Relaxed);
    worker.load(&other, options()).unwrap();
    // The first step of the new model ends by a stop, the first of the old one's coming back by another.
    for _ in 0..2 {
        assert!(matches!(next(&worker), Event::Loading { .. }));
        worker.cancel();
        go.send(()).unwrap();
    }
    let end = next(&worker);
    assert!(matches!(end, Event::Failed(InferError::Lost { .. })), "it went on: {end:?}");
    stepwise.store(false, Ordering::Relaxed);
    go.send(()).unwrap();
    worker.generate(request(5)).unwrap();
    assert_eq!(until_done(&worker, &woken), [Event::Failed(InferError::NotLoaded)]);
    worker.load(&path, options()).unwrap();
    assert!(matches!(until_done(&worker, &woken).last(), Some(Event::Loaded(_))));
}

#[test]
fn a_cancel_reaches_commands_given_before_it_and_no_later_one() {
    let (_guard, path) = tiny_llama(1).write();
    let (mut worker, woken) = spawn();
    worker.load(&path, options()).unwrap();
    until_done(&worker, &woken);
    worker.generate(request(50)).unwrap();
    worker.generate(request(50)).unwrap();
    worker.cancel();
    worker.generate(request(2)).unwrap();
    let stops: Vec<_> = (0..3)
        .map(|_| match until_done(&worker, &woken).pop() {
            Some(Event::Finished(summary)) => summary.stop,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(stops[1], StopReason::Cancelled);
    assert_ne!(stops[2], StopReason::Cancelled);
}

#[test]
fn what_an_answer_waits_for_somebody_to_listen_is_in_no_figure() {
    let (_guard, path) = tiny_llama(1).write();
    let (mut worker, woken) = spawn();
    worker.load(&path, options()).unwrap();
    until_done(&worker, &woken);
    // Far more events than the 1,024 that may wait.
    const ANSWERS: usize = 100;
    for _ in 0..ANSWERS {
        worker.generate(request(50)).unwrap();
    }
    for _ in 0..1024 {
        woken.recv_timeout(Duration::from_secs(60)).expect("the channel is filled");
    }
    // And nobody takes them.
    std::thread::sleep(Duration::from_secs(3));
    let (mut events, mut done, begun) = (Vec::new(), 0, Instant::now());
    while done < ANSWERS {
        assert!(begun.elapsed() < Duration::from_secs(120), "{done} answers");
        match worker.try_recv().unwrap() {
            Some(event) => {
                done += usize::from(matches!(event, Event::Finished(_)));
                events.push(event);
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    assert!(events.len() > 1100, "{} events leave none to wait", events.len());
    for event in &events {
        let waited = match event {
            Event::Text(piece) => piece.token_seconds.as_secs(),
            Event::PromptRead(read) => read.elapsed.as_secs(),
            Event::Finished(run) => {
                let speed = run.decode.map_or(f64::INFINITY, |speed| speed.as_tokens_per_second());
                run.generated_tokens as f64 / speed
            }
            _ => 0.0,
        };
        // Its own steps may be slow on a busy machine, but not as long as nobody listened.
        assert!(waited < 2.0, "{waited} s: {event:?}");
    }
}

#[test]
fn dropping_it_at_any_moment_ends_the_thread_soon() {
    let (_guard, path) = tiny_llama(1).write();
    for pause in [0, 1, 20, 100] {
        let (mut worker, _woken) = spawn();
        worker.load(&path, options()).unwrap();
        // More events than the channel holds, and nobody reads them.
        for _ in 0..100 {
            worker.generate(request(50)).unwrap();
        }
        std::thread::sleep(Duration::from_millis(pause));
        let started = Instant::now();
        drop(worker);
        assert!(started.elapsed() < Duration::from_secs(10), "after {pause} ms");
    }
}
