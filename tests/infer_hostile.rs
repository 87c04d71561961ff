//! Files that lie: each is refused with words that name the field, without a panic and without memory sized by the lie.
#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod infer_support;

use infer_support::tiny::all;
use infer_support::{Gguf, Random, Value, tiny_llama, write};
use sizewright::infer::{InferError, LoadOptions, Message, Model, Request, inspect, score_text};

fn load(bytes: &[u8]) -> Result<Model, InferError> {
    let (_guard, path) = write(bytes);
    Model::load(&path, &LoadOptions { context_tokens: 64, threads: Some(1), ..LoadOptions::default() })
}

/// The file is refused with an error that says all of `words`.
fn check(file: &Gguf, words: &[&str]) {
    let error = match load(&file.to_bytes()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("loaded; expected an error with {words:?}"),
    };
    for word in words.iter().chain(&["model.gguf"]) {
        assert!(error.contains(word), "{error:?} does not say {word:?}");
    }
}

fn changed(change: impl FnOnce(&mut Gguf)) -> Gguf {
    let mut file = tiny_llama(1);
    change(&mut file);
    file
}

#[test]
fn an_honest_file_loads_and_speaks() {
    let mut model = load(&tiny_llama(1).to_bytes()).unwrap();
    let request = Request { max_tokens: 4, ..Request::new(vec![Message::user("hi")]) };
    assert!(model.generate(&request).unwrap().all(|step| step.is_ok()));
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = tiny_llama(1).to_bytes();
    let header = bytes.len() - 4 * (259 * 64 + 64 + 2 * (64 * 2 + 64 * 64 * 2 + 64 * 32 * 2 + 64 * 96 * 3));
    let steps = (0..header).step_by(97).chain((header..bytes.len() - 32).step_by(20_011));
    for length in steps {
        assert!(load(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn lists_of_more_elements_than_any_header_has_are_refused() {
    // Bytes by the million: each takes 8 in memory.
    let length = 3_u32 << 20;
    let head = [&0_u32.to_le_bytes()[..], &u64::from(length).to_le_bytes()].concat();
    let list = || Value::Raw(9, head.iter().copied().chain((0..length).map(|_| 0)).collect());
    let file = changed(|file| {
        file.set("a", list());
        file.set("b", list());
        file.set("c", list());
    });
    check(&file, &["elements together"]);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_waiting_for_its_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let (send, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(inspect(&path).map(|_| ())));
    let told = told.recv_timeout(std::time::Duration::from_secs(20)).expect("it waits for a writer");
    assert!(told.unwrap_err().to_string().contains("not a regular file"));
}

#[test]
fn a_folder_and_a_file_that_is_not_there_are_called_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let told = |path: &std::path::Path| inspect(path).unwrap_err().to_string();
    assert!(told(folder.path()).contains("cannot read the model: it is a folder"), "{}", told(folder.path()));
    let gone = folder.path().join("gone.gguf");
    assert!(told(&gone).contains("cannot read the model: there is no such file"), "{}", told(&gone));
}

#[test]
fn damaged_headers_never_panic() {
    let bytes = tiny_llama(1).to_bytes();
    let mut random = Random(7);
    for _ in 0..400 {
        let mut damaged = bytes.clone();
        for _ in 0..1 + random.below(4) {
            let at = random.below(6000);
            damaged[at] = random.bits() as u8;
        }
        // Either outcome is fine; a panic or an endless allocation is not.
        let _ = load(&damaged);
    }
}

/// One thing in a file changed to what it should not be: a number, a byte of the header or of the weights, a tensor's
/// shape, type or place.
fn damage(file: &Gguf, random: &mut Random) -> Vec<u8> {
    const NUMBERS: [u32; 12] = [0, 1, 2, 3, 5, 16, 31, 63, 65, 1 << 16, i32::MAX as u32, u32::MAX];
    let mut file = file.clone();
    let any = random.below(file.tensors.len());
    match random.below(6) {
        0 => {
            let numbers = file.metadata.iter_mut().filter_map(|(_, value)| match value {
                Value::U32(number) => Some(number),
                _ => None,
            });
            let mut numbers: Vec<&mut u32> = numbers.collect();
            let which = random.below(numbers.len());
            *numbers[which] = NUMBERS[random.below(NUMBERS.len())];
        }
        1 => {
            let floats = file.metadata.iter_mut().filter_map(|(_, value)| match value {
                Value::F32(number) => Some(number),
                _ => None,
            });
            let mut floats: Vec<&mut f32> = floats.collect();
            let which = random.below(floats.len());
            *floats[which] = [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-38, 3e38][random.below(6)];
        }
        2 => {
            let tensor = &mut file.tensors[any];
            match random.below(3) {
                0 => tensor.shape.reverse(),
                1 => tensor.kind = random.below(42) as u32,
                _ => tensor.offset = Some(random.below(1 << 18) as u64 * 32),
            }
        }
        3 => {
            // Weights that are no numbers, or too large ones.
            let bytes = &mut file.tensors[any].bytes;
            for _ in 0..1 + random.below(64) {
                let at = random.below(bytes.len() / 4) * 4;
                let value = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3e38, -3e38][random.below(5)];
                bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            }
        }
        4 => drop(file.tensors.remove(any)),
        _ => {
            let header = file.to_bytes().len() - file.tensors.iter().map(|tensor| tensor.bytes.len()).sum::<usize>();
            let mut bytes = file.to_bytes();
            for _ in 0..1 + random.below(4) {
                let at = 24 + random.below(header - 24);
                bytes[at] = random.bits() as u8;
            }
            return bytes;
        }
    }
    file.to_bytes()
}

#[test]
fn damaged_models_of_every_architecture_are_refused_or_speak_without_a_panic() {
    const ROUNDS: usize = 40;
    let models = all();
    let mut random = Random(11);
    let (mut refused, mut spoke, mut failed) = (0, 0, 0);
    for round in 0..ROUNDS {
        for tiny in &models {
            let damaged = damage(&tiny.gguf, &mut random);
            let Ok(mut model) = load(&damaged) else {
                refused += 1;
                continue;
            };
            // Longer than some windows are, and drawn as in the window.
            let said = ["hi", "What is it that the sea does all day long?"][round % 2];
            let request = Request { max_tokens: 6, ..Request::new(vec![Message::user(said)]) };
            let Ok(steps) = model.generate(&request) else {
                failed += 1;
                continue;
            };
            let steps: Vec<_> = steps.collect();
            assert!(steps.len() < 16, "{} in round {round} does not end: {steps:?}", tiny.name);
            if steps.iter().all(Result::is_ok) { spoke += 1 } else { failed += 1 }
        }
    }
    println!("{refused} refused, {spoke} spoke, {failed} failed");
    // Weights that are no numbers load and then fail to speak.
    let (all, loaded) = (ROUNDS * models.len(), spoke + failed);
    assert!(
        spoke > all / 10 && loaded > all / 5 && refused > all / 5,
        "{refused} refused, {spoke} spoke of {all}: the damage is too one-sided"
    );
}

#[test]
fn what_is_not_gguf_is_said_to_be_none() {
    for bytes in [b"".as_slice(), b"GGUF", b"PK\x03\x04 and so on, long enough for a header"] {
        let error = load(bytes).err().unwrap().to_string();
        assert!(error.contains("does not begin with GGUF"), "{error}");
    }
    let mut old = tiny_llama(1).to_bytes();
    old[4] = 1;
    assert!(load(&old).err().unwrap().to_string().contains("version 1 is unknown"));
    assert!(inspect(std::path::Path::new("/no/such/file.gguf")).unwrap_err().to_string().contains("/no/such/file"));
}

#[test]
fn counts_that_lie_are_refused_before_memory_is_given() {
    check(&Gguf { tensor_count: Some(u64::MAX), ..tiny_llama(1) }, &["tensor count"]);
    check(&Gguf { key_count: Some(1 << 40), ..tiny_llama(1) }, &["metadata count"]);
    let long_text = (8, (1_u64 << 62).to_le_bytes().to_vec());
    check(&changed(|file| file.set("a", Value::Raw(long_text.0, long_text.1))), &["a:"]);
    let mut array = 4_u32.to_le_bytes().to_vec();
    array.extend(3_000_000_u64.to_le_bytes());
    check(&changed(|file| file.set("an array", Value::Raw(9, array))), &["an array"]);
    check(&changed(|file| file.set("odd", Value::Raw(77, Vec::new()))), &["odd", "type 77"]);
}

#[test]
fn tensors_that_leave_the_file_overlap_or_overflow_are_named() {
    let name = "blk.1.ffn_up.weight";
    check(&changed(|file| file.tensor(name).offset = Some(1 << 40)), &[name, "ends"]);
    check(&changed(|file| file.tensor(name).offset = Some(u64::MAX - 31)), &[name]);
    check(&changed(|file| file.tensor(name).offset = Some(64)), &["overlaps"]);
    check(&changed(|file| file.tensor(name).offset = Some(65)), &[name, "multiple"]);
    check(&changed(|file| file.tensor(name).shape = vec![1 << 39, 1 << 39]), &[name]);
    check(&changed(|file| file.tensor(name).shape = vec![64, 0]), &[name, "empty"]);
    check(&changed(|file| file.tensor(name).shape = vec![64, 1, 1, 1, 96]), &[name, "5 dimensions"]);
    check(&changed(|file| file.tensor(name).kind = 12), &[name, "blocks of 256"]);
    check(&changed(|file| file.tensor(name).kind = 999), &[name, "999"]);
}

#[test]
fn shapes_that_do_not_multiply_are_named() {
    check(&changed(|file| file.tensor("blk.0.attn_k.weight").shape = vec![32, 64]), &["blk.0.attn_k.weight", "shape"]);
    check(&changed(|file| file.tensor("blk.0.attn_norm.weight").shape = vec![32]), &["blk.0.attn_norm.weight"]);
    check(&changed(|file| file.tensors.retain(|t| t.name != "blk.1.ffn_down.weight")), &["ffn_down", "missing"]);
    check(&changed(|file| file.set("llama.attention.head_count", Value::U32(0))), &["head_count"]);
    check(&changed(|file| file.set("llama.attention.head_count_kv", Value::U32(3))), &["head_count_kv"]);
    check(&changed(|file| file.set("llama.block_count", Value::U32(4_000_000_000))), &["block_count"]);
    check(&changed(|file| file.set("llama.embedding_length", Value::U32(1 << 30))), &["embedding_length"]);
    check(&changed(|file| file.remove("llama.context_length")), &["context_length", "missing"]);
}

#[test]
fn heads_and_blocks_that_would_need_gigabytes_of_working_memory_are_refused() {
    let wide = |heads: u32, head: u32| {
        changed(|file| {
            file.set("llama.attention.head_count", Value::U32(heads));
            file.set("llama.attention.head_count_kv", Value::U32(1));
            file.set("llama.attention.key_length", Value::U32(head));
        })
    };
    check(&wide(4096, 2048), &["head_count", "4096 heads of 2048"]);
    check(&wide(1 << 10, 130), &["head_count", "wider than"]);
    check(&wide(1 << 10, 128), &["blk.0.attn_q.weight", "shape"]);
    check(&changed(|file| file.set("llama.feed_forward_length", Value::U32(1 << 19))), &["feed_forward_length"]);
}

#[test]
fn numbers_that_poison_the_arithmetic_are_refused() {
    let epsilon = "llama.attention.layer_norm_rms_epsilon";
    check(&changed(|file| file.set(epsilon, Value::F32(f32::NAN))), &[epsilon]);
    check(&changed(|file| file.set("llama.rope.freq_base", Value::F32(-1.0))), &["freq_base"]);
    check(&changed(|file| file.set("llama.rope.freq_base", Value::F32(f32::INFINITY))), &["freq_base"]);
    check(&changed(|file| file.set("llama.rope.dimension_count", Value::U32(17))), &["dimension_count"]);
    let poison =
        |file: &mut Gguf| file.tensor("blk.0.attn_norm.weight").bytes[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    check(&changed(poison), &["blk.0.attn_norm.weight", "finite"]);
}

#[test]
fn weights_that_overflow_are_an_error_and_not_a_figure() {
    // Sums beyond the largest float: infinity, and then no number at all.
    let huge = |file: &mut Gguf| {
        for part in ["blk.0.ffn_down.weight", "blk.1.ffn_down.weight", "blk.0.attn_output.weight"] {
            file.tensor(part).bytes.chunks_exact_mut(4).for_each(|four| four.copy_from_slice(&3e38_f32.to_le_bytes()));
        }
    };
    let mut model = load(&changed(huge).to_bytes()).unwrap();
    let text = "What is it that the sea does all day long? ".repeat(4);
    let scored = score_text(&mut model, &text, 32, &|| true, &mut |_, _, _| {});
    assert!(matches!(scored, Err(InferError::Compute { .. })), "{:?}", scored.map(|score| score.perplexity()));
    let request = Request { max_tokens: 4, ..Request::new(vec![Message::user("hi")]) };
    let steps: Vec<_> = model.generate(&request).unwrap().collect();
    assert!(matches!(steps.last(), Some(Err(InferError::Compute { .. }))), "{steps:?}");
}

#[test]
fn experts_that_lie_are_refused() {
    let tiny = |name: &str| all().into_iter().find(|tiny| tiny.name == name).unwrap().gguf;
    let with = |name: &str, key: &str, value: u32| {
        let mut file = tiny(name);
        file.set(key, Value::U32(value));
        file
    };
    check(&with("mixtral", "llama.expert_count", 1 << 30), &["expert_count", "more than"]);
    check(&with("mixtral", "llama.expert_count", 7), &["blk.0.ffn_gate_exps.weight", "shape"]);
    check(&with("mixtral", "llama.expert_used_count", 0), &["expert_used_count"]);
    check(&with("mixtral", "llama.expert_used_count", 7), &["expert_used_count", "7 of 6"]);
    check(&with("qwen3moe", "qwen3moe.expert_feed_forward_length", 49), &["ffn_gate_exps"]);
    check(&with("qwen2", "qwen2.expert_count", 4), &["\"qwen2 with experts\"", "not supported"]);
    check(&with("granitemoe", "granitemoe.expert_shared_feed_forward_length", 81), &["ffn_gate_shexp"]);
    let mut file = tiny("mixtral");
    file.tensors.retain(|tensor| tensor.name != "blk.1.ffn_gate_inp.weight");
    check(&file, &["blk.1.ffn_gate_inp.weight", "missing"]);
}

#[test]
fn what_an_architecture_adds_must_be_there_and_fit() {
    let tiny = |name: &str| all().into_iter().find(|tiny| tiny.name == name).unwrap().gguf;
    let changed = |name: &str, change: &dyn Fn(&mut Gguf)| {
        let mut file = tiny(name);
        change(&mut file);
        file
    };
    let without = |name: &str, part: &str| changed(name, &|file| file.tensors.retain(|tensor| tensor.name != part));
    check(&without("gpt-oss", "blk.2.attn_sinks.weight"), &["attn_sinks", "missing"]);
    check(&without("gemma2", "blk.0.post_ffw_norm.weight"), &["post_ffw_norm", "missing"]);
    check(&without("olmo2", "blk.0.post_attention_norm.weight"), &["post_attention_norm", "missing"]);
    let shaped =
        |name: &str, part: &str, shape: &[u64]| changed(name, &|file| file.tensor(part).shape = shape.to_vec());
    check(&shaped("phi3 long", "blk.0.attn_qkv.weight", &[128, 64]), &["attn_qkv", "shape"]);
    check(&shaped("phi3 long", "rope_factors_long.weight", &[3]), &["rope_factors_long"]);
    check(&shaped("gpt-oss", "blk.0.ffn_up_exps.bias", &[6, 48]), &["ffn_up_exps.bias"]);
    let number = |name: &str, key: &str, value: f32| changed(name, &|file| file.set(key, Value::F32(value)));
    check(&number("gemma2", "gemma2.attn_logit_softcapping", -1.0), &["attn_logit_softcapping"]);
    check(&number("gpt-oss", "gpt-oss.rope.scaling.factor", -1.0), &["rope.scaling.factor"]);
    check(&number("granite", "granite.logit_scale", f32::NAN), &["logit_scale"]);
    check(&number("gpt-oss", "gpt-oss.rope.freq_base", 1.0), &["rope.freq_base"]);
    let pattern = [7_u32.to_le_bytes().to_vec(), 2_u64.to_le_bytes().to_vec(), vec![1, 0]].concat();
    let with_pattern =
        |file: &mut Gguf| file.set("gemma3.attention.sliding_window_pattern", Value::Raw(9, pattern.clone()));
    check(&changed("gemma3", &with_pattern), &["sliding_window_pattern", "7 layers"]);
    let values = |file: &mut Gguf| file.set("llama.attention.value_length", Value::U32(8));
    check(&changed("llama", &values), &["width of values"]);
    let heads = |file: &mut Gguf| file.set("llama.attention.head_count", Value::I32s(vec![4, 2]));
    check(&changed("llama", &heads), &["head_count", "differ"]);
}

#[test]
fn vocabularies_that_lie_are_refused() {
    let few = vec!["a".to_owned(); 300];
    check(&changed(|file| file.set("tokenizer.ggml.tokens", Value::Texts(few))), &["tokenizer.ggml.tokens", "300"]);
    check(&changed(|file| file.remove("tokenizer.ggml.tokens")), &["vocabulary is missing"]);
    let merges = |merge: &str| Value::Texts(vec![merge.to_owned()]);
    check(&changed(|file| file.set("tokenizer.ggml.merges", merges("nopair"))), &["merges", "pair"]);
    check(&changed(|file| file.set("tokenizer.ggml.merges", merges("zz qq"))), &["merges"]);
    check(&changed(|file| file.set("tokenizer.ggml.eos_token_id", Value::U32(9999))), &["eos_token_id"]);
    check(&changed(|file| file.set("tokenizer.ggml.eos_token_id", Value::Text("x".to_owned()))), &["eos_token_id"]);
}

#[test]
fn what_is_not_supported_says_so_by_name() {
    check(
        &changed(|file| file.set("general.architecture", Value::Text("mamba".to_owned()))),
        &["architecture \"mamba\"", "supported: llama"],
    );
    check(&changed(|file| file.set("tokenizer.ggml.model", Value::Text("t5".to_owned()))), &["\"t5\"", "tokenizer"]);
    check(&changed(|file| file.set("llama.rope.scaling.type", Value::Text("warp".to_owned()))), &["\"warp\""]);
    let pre = changed(|file| file.set("tokenizer.ggml.pre", Value::Text("kimi-k2".to_owned())));
    check(&pre, &["pre-tokenizer", "\"kimi-k2\""]);
    // And before anything is loaded: the header alone says it.
    let (_guard, path) = pre.write();
    assert!(inspect(&path).unwrap().unsupported.unwrap().to_string().contains("\"kimi-k2\""));
}

#[test]
fn a_template_that_does_not_compile_or_loops_is_an_error() {
    let with = |source: &str| changed(|f| f.set("tokenizer.chat_template", Value::Text(source.to_owned()))).to_bytes();
    assert!(matches!(load(&with("{% for")), Err(InferError::Template { .. })));
    let loops = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}";
    let mut model = load(&with(loops)).unwrap();
    let request = Request::new(vec![Message::user("hi")]);
    assert!(matches!(model.generate(&request), Err(InferError::Template { .. })));
}

#[test]
fn a_million_characters_are_refused_at_once() {
    let mut model = load(&tiny_llama(1).to_bytes()).unwrap();
    let request = Request::new(vec![Message::user("x".repeat(1_000_000))]);
    assert!(matches!(model.generate(&request), Err(InferError::TooLong { context_tokens: 64, .. })));
    assert!(matches!(model.generate(&Request::new(Vec::new())), Err(InferError::EmptyPrompt)));
}
