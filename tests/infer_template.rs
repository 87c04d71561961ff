//! Foreign chat templates rendered by a child of the program, through a worker.
#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod infer_support;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use infer_support::{Value, tiny_llama};
use sizewright::infer::{Event, InferError, LoadOptions, Message, Request, Worker, render_templates_with};

#[test]
fn stop_ends_the_rendering_of_a_template_at_once() {
    render_templates_with(env!("CARGO_BIN_EXE_sizewright").into());
    let mut gguf = tiny_llama(1);
    // Each instruction copies ten megabytes: it would run into the limit of time, with a system prompt twice.
    let template = "{% for m in messages %}{% set x = 'a' * 10000000 %}{% for i in range(100000) %}\
                    {% set y = x ~ 'b' %}{% endfor %}{% endfor %}";
    gguf.set("tokenizer.chat_template", Value::Text(template.to_owned()));
    let (_guard, path) = gguf.write();
    let (wake, woken) = mpsc::channel();
    let mut worker = Worker::spawn(move || _ = wake.send(())).unwrap();
    let next = |worker: &Worker| {
        loop {
            woken.recv_timeout(Duration::from_secs(60)).unwrap();
            match worker.try_recv().unwrap() {
                Some(Event::Loading { .. }) | None => {}
                Some(event) => return event,
            }
        }
    };
    worker.load(&path, LoadOptions { context_tokens: 64, threads: Some(1), ..LoadOptions::default() }).unwrap();
    let loaded = next(&worker);
    assert!(matches!(loaded, Event::Loaded(_)), "{loaded:?}");
    worker.generate(Request::new(vec![Message::system("Be brief."), Message::user("hi")])).unwrap();
    // The child has begun by then.
    std::thread::sleep(Duration::from_millis(300));
    let stopped = Instant::now();
    worker.cancel();
    let end = next(&worker);
    assert!(matches!(end, Event::Failed(InferError::Cancelled)), "{end:?}");
    assert!(stopped.elapsed() < Duration::from_secs(1), "{:?}", stopped.elapsed());
}
