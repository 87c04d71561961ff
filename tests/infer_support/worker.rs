//! What tests of the worker ask it, and how they wait for what it says.

use std::sync::mpsc;
use std::time::Duration;

use sizewright::infer::{Event, LoadOptions, Message, Request, Sampling, Worker};

pub fn options() -> LoadOptions {
    LoadOptions { context_tokens: 64, threads: Some(1), ..LoadOptions::default() }
}

pub fn request(max_tokens: usize) -> Request {
    let sampling = Sampling { seed: 5, ..Sampling::default() };
    Request { sampling, max_tokens, ..Request::new(vec![Message::user("hi")]) }
}

/// Events until one that ends a command.
pub fn until_done(worker: &Worker, woken: &mpsc::Receiver<()>) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        woken.recv_timeout(Duration::from_secs(60)).expect("the worker says nothing");
        while let Some(event) = worker.try_recv().unwrap() {
            let done = matches!(event, Event::Loaded(_) | Event::Finished(_) | Event::Failed(_));
            events.push(event);
            if done {
                return events;
            }
        }
    }
}
