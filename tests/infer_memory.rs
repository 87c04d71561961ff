//! A worker on a machine that runs out of memory: loads and answers end with words, and what was there before stays.

#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod infer_support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use infer_support::worker::{options, request, until_done};
use infer_support::{Gguf, Tensor, Value, tiny_llama};
use sizewright::infer::{Event, InferError, LoadOptions, Message, Request, Sampling, StopReason, Worker};
use sizewright::units::Bytes;

#[test]
fn without_room_for_two_the_old_model_goes_first_and_comes_back_if_the_new_one_fails() {
    let ((_guard, path), (_other_guard, other)) = (tiny_llama(1).write(), tiny_llama(2).write());
    let free: [fn() -> Option<Bytes>; 3] = [|| Some(Bytes::ZERO), || None, || Some(Bytes::from_gib(1.0))];
    for (free, both) in free.into_iter().zip([false, false, true]) {
        std::fs::write(&path, tiny_llama(1).to_bytes()).unwrap();
        let (wake, woken) = mpsc::channel();
        let mut worker = Worker::spawn_with(move || _ = wake.send(()), free).unwrap();
        worker.load(&path, options()).unwrap();
        until_done(&worker, &woken);
        let answers = |worker: &mut Worker| {
            worker.generate(request(5)).unwrap();
            until_done(worker, &woken).pop()
        };
        // What is no model is refused before anything goes; so it is when a load is stopped, however little room there is.
        worker.load(&path.with_file_name("missing.gguf"), options()).unwrap();
        assert!(matches!(until_done(&worker, &woken).last(), Some(Event::Failed(InferError::Read { .. }))));
        assert!(matches!(answers(&mut worker), Some(Event::Finished(_))));
        worker.load(&other, options()).unwrap();
        worker.cancel();
        assert!(matches!(until_done(&worker, &woken).last(), Some(Event::Failed(InferError::Cancelled))));
        assert!(matches!(answers(&mut worker), Some(Event::Finished(_))));
        // One that is not held and whose file is gone cannot come back, and the error says so.
        std::fs::remove_file(&path).unwrap();
        worker.load(&other, options()).unwrap();
        worker.cancel();
        match until_done(&worker, &woken).pop() {
            Some(Event::Failed(InferError::Cancelled)) if both => {
                assert!(matches!(answers(&mut worker), Some(Event::Finished(_))));
            }
            Some(Event::Failed(error @ InferError::Lost { .. })) if !both => {
                assert!(error.to_string().contains("model.gguf"), "{error}");
                assert!(matches!(answers(&mut worker), Some(Event::Failed(InferError::NotLoaded))));
            }
            other => panic!("{other:?}, room for both: {both}"),
        }
    }
}

#[test]
fn a_load_that_would_use_up_the_machine_s_memory_ends_and_the_model_before_comes_back() {
    // 90 MB of embeddings, most of them of no token.
    let mut large = tiny_llama(2);
    let embeddings = large.tensor("token_embd.weight");
    embeddings.shape = vec![64, 350_000];
    embeddings.bytes.resize(64 * 350_000 * 4, 0);
    let ((_guard, path), (_other_guard, large)) = (tiny_llama(1).write(), large.write());
    let free: [fn() -> Option<Bytes>; 3] = [|| Some(Bytes::from_mib(200.0)), || Some(Bytes::from_mib(50.0)), || None];
    for (free, loads) in free.into_iter().zip([false, false, true]) {
        let (wake, woken) = mpsc::channel();
        let mut worker = Worker::spawn_with(move || _ = wake.send(()), free).unwrap();
        worker.load(&path, options()).unwrap();
        assert!(matches!(until_done(&worker, &woken).last(), Some(Event::Loaded(_))));
        worker.load(&large, options()).unwrap();
        match until_done(&worker, &woken).pop() {
            Some(Event::Failed(error @ InferError::Memory { .. })) if !loads => {
                assert!(error.to_string().contains("left"), "{error}");
            }
            Some(Event::Loaded(_)) if loads => {}
            other => panic!("{other:?}"),
        }
        worker.generate(request(2)).unwrap();
        assert!(matches!(until_done(&worker, &woken).last(), Some(Event::Finished(_))));
    }
}

/// Of 1 MiB a token in the cache: 16 layers of 128 heads of 128.
fn of_a_large_cache() -> Gguf {
    const LAYERS: usize = 16;
    let (width, heads, inner) = (16_u64, 128_u64 * 128, 96_u64);
    let mut gguf = tiny_llama(1);
    let numbers = [
        ("context_length", 256),
        ("embedding_length", 16),
        ("attention.head_count", 128),
        ("attention.head_count_kv", 128),
        ("attention.key_length", 128),
        ("attention.value_length", 128),
        ("block_count", LAYERS as u32),
    ];
    for (key, value) in numbers {
        gguf.set(&format!("llama.{key}"), Value::U32(value));
    }
    gguf.tensors.retain(|tensor| !tensor.name.starts_with("blk.1."));
    for tensor in &mut gguf.tensors {
        let part = tensor.name.trim_start_matches("blk.0.").trim_end_matches(".weight");
        tensor.shape = match part {
            "token_embd" => vec![width, 259],
            "attn_q" | "attn_k" | "attn_v" => vec![width, heads],
            "attn_output" => vec![heads, width],
            "ffn_gate" | "ffn_up" => vec![width, inner],
            "ffn_down" => vec![inner, width],
            _ => vec![width],
        };
        let bytes = tensor.shape.iter().product::<u64>() as usize * 4;
        // Layers of zeros leave what the embeddings say.
        if part.ends_with("norm") || part == "token_embd" {
            tensor.bytes.truncate(bytes);
        } else {
            tensor.bytes = vec![0; bytes];
        }
    }
    let first: Vec<Tensor> = gguf.tensors.iter().filter(|tensor| tensor.name.starts_with("blk.")).cloned().collect();
    for layer in 1..LAYERS {
        let renamed = |tensor: &Tensor| tensor.name.replace("blk.0.", &format!("blk.{layer}."));
        gguf.tensors.extend(first.iter().map(|it| Tensor { name: renamed(it), ..it.clone() }));
    }
    gguf
}

#[test]
fn an_answer_that_would_use_up_the_machine_s_memory_ends_and_another_one_follows() {
    static LEFT: AtomicU64 = AtomicU64::new(1 << 30);
    let leave = |bytes: u64| LEFT.store(bytes, Ordering::Relaxed);
    let (_guard, path) = of_a_large_cache().write();
    let (wake, woken) = mpsc::channel();
    let free = || Some(Bytes::new(LEFT.load(Ordering::Relaxed)));
    let mut worker = Worker::spawn_with(move || _ = wake.send(()), free).unwrap();
    worker.load(&path, LoadOptions { context_tokens: 256, ..options() }).unwrap();
    assert!(matches!(until_done(&worker, &woken).last(), Some(Event::Loaded(_))));
    let mut ask = |text: &str, max_tokens| {
        let asked =
            Request { messages: vec![Message::user(text)], sampling: Sampling::greedy(), ..request(max_tokens) };
        worker.generate(asked).unwrap();
        let events = until_done(&worker, &woken);
        let told = events.iter().filter(|event| matches!(event, Event::Text(_))).count();
        (events.into_iter().next_back(), told)
    };
    leave(255 << 20);
    let Some(Event::Finished(run)) = ask("hi", 150).0 else { panic!("no answer") };
    // Prompt and answer take 1 MiB a token, and it is looked at before the 64th is read.
    assert_eq!((run.stop, run.prompt_tokens + run.generated_tokens), (StopReason::MemoryShort, 64), "{run:?}");
    // Its pages are taken, and serve a new conversation; a longer prompt is refused in words.
    let Some(Event::Finished(run)) = ask("ho", 5).0 else { panic!("no answer") };
    assert_eq!((run.stop, run.generated_tokens), (StopReason::MaxTokens, 5));
    match ask(&"long ".repeat(20), 5) {
        (Some(Event::Failed(error @ InferError::Memory { .. })), 0) => {
            assert!(error.to_string().contains("more of the KV cache, as this machine has 255 MiB left"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    leave(1 << 30);
    let Some(Event::Finished(run)) = ask("hi", 70).0 else { panic!("no answer") };
    assert_eq!((run.stop, run.generated_tokens), (StopReason::MaxTokens, 70));
}
