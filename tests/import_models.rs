//! Models from the files their makers publish: shapes read, parameters counted, guesses and gaps said.

use std::path::{Path, PathBuf};

use sizewright::catalog::{Catalog, Date, Model, ModelKind, Standing};
use sizewright::import::{FileKind, ImportReport, Importer, Known};

fn known() -> Known {
    Known { read_on: Date::parse("2026-11-20"), ..Known::default() }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import/configs")
}

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog reads")
}

fn read(path: &Path) -> ImportReport {
    Importer::new(catalog(), known()).file(path)
}

fn model(name: &str) -> (Model, ImportReport) {
    let report = read(&fixtures().join(format!("{name}.config.json")));
    assert_eq!(report.kind, Some(FileKind::Checkpoint), "{name}");
    assert!(report.problems.is_empty(), "{name}: {:?}", report.problems);
    (report.entries.models[0].clone(), report)
}

/// The project's bar for a count by shapes against the published one.
const TOLERANCE: f64 = 0.005;

/// Published counts of models that the catalog does not hold, or holds under a round name.
const PUBLISHED: &[(&str, f64)] = &[
    // Its safetensors take 59.99 GiB at 16 bits a weight (a table of checkpoint sizes that gives 151.49 for the 81.3 billion
    // of Qwen3-Next), its model card says 32 billion; read 2026-11-29.
    ("granite-4.0-h-small", 59.99 * 1_073_741_824.0 / 2.0),
    // The MLX file of 4 bits takes 4,268,832,515 bytes, 4.5 bits a weight with scales and offsets; read 2026-11-29.
    ("falcon-h1-7b", 4_268_832_515.0 * 8.0 / 4.5),
    // Named 31B; 30.7 billion as README files of vLLM and others repeat its card, read 2026-11-29.
    ("gemma-4-31b", 30.7e9),
    // Named 230B; 229 billion on its page, as others repeat it, read 2026-11-29.
    ("minimax-m2.5", 229e9),
];

#[test]
fn shapes_of_published_configurations_give_the_published_parameters() {
    let mut read = 0;
    for entry in std::fs::read_dir(fixtures()).expect("fixtures") {
        let file = entry.expect("an entry").file_name().into_string().expect("a name");
        let Some(name) = file.strip_suffix(".config.json") else { continue };
        let (model, _) = model(name);
        let counted = model.parameters_total.expect("counted") as f64;
        let published = match PUBLISHED.iter().find(|(known, _)| *known == name) {
            Some((_, count)) => *count,
            None => catalog().models.get(&name.into()).expect(name).parameters_total.expect("published") as f64,
        };
        println!("{name}: {counted} of {published}: {:+.3} %", (counted / published - 1.0) * 100.0);
        assert!((counted / published - 1.0).abs() < TOLERANCE, "{name}: {counted} of {published}");
        read += 1;
    }
    assert!(read >= 35, "{read}");
}

#[test]
fn every_layout_the_project_promises_is_among_the_fixtures() {
    let promised = [
        "llama",
        "qwen2",
        "qwen3",
        "qwen3_moe",
        "gemma2",
        "gemma3_text",
        "phi3",
        "mistral",
        "mixtral",
        "deepseek_v3",
        "gpt_oss",
        "granite",
        "olmo2",
        "smollm3",
        "granitemoehybrid",
        "gemma4_text",
        "falcon_h1",
    ];
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(fixtures()).expect("fixtures") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("text");
        let config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let inner = config.get("text_config").unwrap_or(&config);
        seen.push(inner["model_type"].as_str().expect("a type").to_owned());
    }
    for name in promised {
        assert!(seen.iter().any(|one| one == name), "{name} is not among {seen:?}");
    }
}

#[test]
fn a_block_that_attends_and_recurs_at_once_keeps_both() {
    let (model, report) = model("falcon-h1-7b");
    let shapes = model.architecture.expect("shapes");
    let counts: Vec<u32> = shapes.layer_groups.iter().map(|group| group.count).collect();
    assert_eq!((shapes.layers, counts), (132, vec![44, 44, 44]));
    assert_eq!(model.kind, ModelKind::Hybrid);
    assert!(report.guessed.iter().any(|remark| remark.text.contains("44 blocks")), "{:?}", report.guessed);
}

#[test]
fn layers_keep_what_the_catalog_says_they_keep() {
    for entry in std::fs::read_dir(fixtures()).expect("fixtures") {
        let file = entry.expect("an entry").file_name().into_string().expect("a name");
        let Some(name) = file.strip_suffix(".config.json") else { continue };
        let Some(known) = catalog().models.get(&name.into()) else { continue };
        let (model, _) = model(name);
        let sorted = |model: &Model| {
            let mut groups = model.architecture.clone().expect("shapes").layer_groups;
            groups.sort_by_key(|group| (group.count, format!("{:?}", group.state)));
            groups
        };
        // The catalog rounds its window of 2047 tokens up.
        if name != "phi-3-mini-3.8b-4k" {
            assert_eq!(sorted(&model), sorted(known), "{name}");
        }
        let experts = |model: &Model| {
            model.architecture.clone().and_then(|a| a.experts).map(|e| (e.count, e.per_token, e.dense_layers))
        };
        assert_eq!(experts(&model), experts(known), "{name}");
        assert!(model.context_tokens.is_some(), "{name}: context");
        assert_eq!(model.kind, known.kind, "{name}");
    }
}

/// Writes a safetensors file of zeros: name, type, bits of one number, shape.
fn safetensors(path: &Path, tensors: &[(&str, &str, u64, &[u64])]) {
    let (mut header, mut end) = (serde_json::Map::new(), 0);
    for (name, kind, bits, shape) in tensors {
        let bytes = shape.iter().product::<u64>() * bits / 8;
        header.insert(
            (*name).to_owned(),
            serde_json::json!({
                "dtype": kind, "shape": shape, "data_offsets": [end, end + bytes],
            }),
        );
        end += bytes;
    }
    let header = serde_json::to_vec(&header).expect("JSON");
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(&header);
    file.resize(file.len() + end as usize, 0);
    std::fs::write(path, file).expect("written");
}

const TINY: &str = r#"{"model_type": "qwen3", "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "intermediate_size": 96, "vocab_size": 100, "torch_dtype": "bfloat16",
    "tie_word_embeddings": true, "max_position_embeddings": 4096}"#;

/// Every tensor of [`TINY`], in two files.
fn tiny_files(folder: &Path) -> u64 {
    let first: &[(&str, &str, u64, &[u64])] = &[
        ("model.embed_tokens.weight", "BF16", 16, &[100, 64]),
        ("model.layers.0.self_attn.q_proj.weight", "BF16", 16, &[64, 64]),
        ("model.layers.0.self_attn.k_proj.weight", "BF16", 16, &[32, 64]),
        ("model.layers.0.self_attn.v_proj.weight", "BF16", 16, &[32, 64]),
        ("model.layers.0.self_attn.o_proj.weight", "BF16", 16, &[64, 64]),
        ("model.layers.0.self_attn.q_norm.weight", "BF16", 16, &[16]),
        ("model.layers.0.self_attn.k_norm.weight", "BF16", 16, &[16]),
    ];
    let second: &[(&str, &str, u64, &[u64])] = &[
        ("model.layers.0.mlp.gate_proj.weight", "F8_E4M3", 8, &[96, 64]),
        ("model.layers.0.mlp.gate_proj.weight_scale_inv", "F32", 32, &[1, 1]),
        ("model.layers.0.mlp.up_proj.weight", "BF16", 16, &[96, 64]),
        ("model.layers.0.mlp.down_proj.weight", "BF16", 16, &[64, 96]),
        ("model.layers.0.input_layernorm.weight", "BF16", 16, &[64]),
        ("model.layers.0.post_attention_layernorm.weight", "BF16", 16, &[64]),
        ("model.norm.weight", "BF16", 16, &[64]),
    ];
    safetensors(&folder.join("model-00001-of-00002.safetensors"), first);
    safetensors(&folder.join("model-00002-of-00002.safetensors"), second);
    let numbers = |list: &[(&str, &str, u64, &[u64])]| {
        let of_model = list.iter().filter(|(name, ..)| !name.ends_with("_scale_inv"));
        of_model.map(|(.., shape)| shape.iter().product::<u64>()).sum::<u64>()
    };
    numbers(first) + numbers(second)
}

#[test]
fn headers_give_the_exact_parameters_and_the_bytes_of_each_type() {
    let folder = tempfile::tempdir().expect("a folder");
    let exact = tiny_files(folder.path());
    std::fs::write(folder.path().join("config.json"), TINY).expect("written");
    // The folder, the configuration and one of the parts all lead to the same model.
    for path in [folder.path().join("config.json"), folder.path().join("model-00001-of-00002.safetensors")] {
        let report = read(&path);
        if path.ends_with("config.json") {
            assert!(report.problems.is_empty(), "{:?}", report.problems);
            let model = &report.entries.models[0];
            assert_eq!(model.parameters_total, Some(exact));
            assert_eq!(model.provenance.standing_of("parameters_total"), Standing::Computed);
            let said = report.read.join("\n");
            assert!(
                said.contains("BF16: 12 tensors") && said.contains("F8_E4M3: 1 tensors, 6,144 numbers, 6,144 bytes"),
                "{said}"
            );
            // The shapes of the configuration give the same number: one formula, held to the files.
            assert!(
                said.contains(&format!("{} parameters by the shapes", sizewright::units::thousands(exact as f64))),
                "{said}"
            );
        }
    }
    let report =
        Importer::new(catalog(), known()).read(&[folder.path().to_owned()], &sizewright::import::Limits::default());
    assert_eq!((report.files.len(), report.entries()), (1, 1));
}

#[test]
fn an_index_gives_the_exact_bytes_and_with_sixteen_bits_the_exact_parameters() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = fixtures().join("llama-3.1-8b.config.json");
    std::fs::copy(config, folder.path().join("config.json")).expect("copied");
    // As published for Llama 3.1 8B: 8,030,261,248 parameters of two bytes.
    let index = r#"{"metadata": {"total_size": 16060522496}, "weight_map": {"lm_head.weight": "model-00004-of-00004.safetensors"}}"#;
    std::fs::write(folder.path().join("model.safetensors.index.json"), index).expect("written");
    let report = read(&folder.path().join("config.json"));
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!(report.entries.models[0].parameters_total, Some(8_030_261_248));
    assert!(report.read.iter().any(|line| line.contains("16,060,522,496 bytes")), "{:?}", report.read);
    let alone = tempfile::tempdir().expect("a folder");
    let file = alone.path().join("model.safetensors.index.json");
    std::fs::write(&file, index).expect("written");
    let report = read(&file);
    assert!(report.problems[0].to_string().contains("config.json"), "{:?}", report.problems);
}

#[test]
fn what_transformers_takes_for_granted_is_noted_as_guessed() {
    let (model, report) = model("gemma-3-4b");
    let guessed: Vec<&str> = report.guessed.iter().map(|remark| remark.text.as_str()).collect();
    for field in ["num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size", "tie_word_embeddings"] {
        assert!(guessed.iter().any(|text| text.starts_with(field)), "{field}: {guessed:?}");
    }
    assert!(report.missing.iter().any(|remark| remark.text.contains("towers")), "{:?}", report.missing);
    assert_eq!(model.kind, ModelKind::Dense);
    assert_eq!(model.license, None, "what nobody said stays empty");
}

fn refused(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bad.config.json");
    std::fs::write(&path, text).expect("written");
    let report = read(&path);
    assert!(report.entries.models.is_empty(), "{text}");
    report.problems.first().expect("a problem").to_string()
}

#[test]
fn an_unknown_architecture_is_named_with_what_was_understood() {
    let error = refused("{\n \"model_type\": \"hyena_9\",\n \"hidden_size\": 4096,\n \"num_hidden_layers\": 32\n}");
    for words in ["bad.config.json", "line 2", "model_type", "`hyena_9`", "layers 32, width 4096"] {
        assert!(error.contains(words), "`{words}` is not in: {error}");
    }
}

#[test]
fn impossible_values_name_file_line_and_field() {
    for (from, to, field) in [
        ("\"hidden_size\": 64", "\"hidden_size\": -64", "hidden_size"),
        ("\"hidden_size\": 64", "\"hidden_size\": 1e300", "hidden_size"),
        ("\"hidden_size\": 64", "\"hidden_size\": NaN", "hidden_size"),
        ("\"hidden_size\": 64", "\"hidden_size\": \"wide\"", "hidden_size"),
        ("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 4000000000", "num_hidden_layers"),
        ("\"num_attention_heads\": 4", "\"num_attention_heads\": 0", "num_attention_heads"),
        ("\"vocab_size\": 100", "\"vocab_size\": 1.5", "vocab_size"),
        ("\"vocab_size\": 100", "\"vocab_size\": null", "vocab_size"),
        (
            "\"vocab_size\": 100",
            "\"vocab_size\": 100, \"layer_types\": [\"full_attention\", \"full_attention\"]",
            "layer_types",
        ),
        ("\"vocab_size\": 100", "\"vocab_size\": 100, \"layer_types\": [\"telepathy\"]", "layer_types"),
    ] {
        let error = refused(&TINY.replace(from, to));
        assert!(error.contains("bad.config.json") && error.contains(field), "{to}: {error}");
    }
}

#[test]
fn json_nested_ten_thousand_deep_is_refused_with_its_position() {
    let error = refused(&format!("{{\"model_type\": {}1{}}}", "[".repeat(10_000), "]".repeat(10_000)));
    assert!(error.contains("line 1, column") && error.contains("recursion"), "{error}");
    let error = refused(&format!("{{\"model_type\": \"llama\", \"x\": \"{}\"}}", "x".repeat(2 << 20)));
    assert!(error.contains("larger than 1 MiB"), "{error}");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_one_version_of_it_or_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("restless.config.json");
    let wide =
        TINY.replace("\"hidden_size\": 64", "\"hidden_size\": 128").replace('}', &format!("{}}}", " ".repeat(9000)));
    let counts: Vec<Option<u64>> = [TINY, &wide]
        .map(|text| {
            std::fs::write(&path, text).expect("written");
            read(&path).entries.models[0].parameters_total
        })
        .to_vec();
    assert!(counts[0] < counts[1]);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Not at once: the file is empty for a moment, and half there for another.
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for text in [TINY, &wide] {
                    std::fs::write(&path, text).expect("written");
                }
            }
        });
        for _ in 0..500 {
            let report = read(&path);
            let whole = report.entries.models.first().is_some_and(|model| counts.contains(&model.parameters_total));
            let refused = report.problems.first().is_some_and(|problem| problem.to_string().contains("restless"));
            assert!(whole != refused, "{:?}", report.problems);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn headers_that_lie_are_refused_with_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lies.safetensors");
    let file = |header: &str, data: usize| {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.resize(bytes.len() + data, 0);
        bytes
    };
    let tensor = |kind: &str, shape: &str, from: u64, to: u64| {
        format!("\"a\": {{\"dtype\": \"{kind}\", \"shape\": {shape}, \"data_offsets\": [{from}, {to}]}}")
    };
    let one = |inner: String, data| file(&format!("{{{inner}}}"), data);
    for (bytes, words) in [
        (b"GGUF".to_vec(), "at least 8"),
        (u64::MAX.to_le_bytes().to_vec(), "byte 0"),
        (b"version https://git-lfs.github.com/spec/v1\n".to_vec(), "a pointer"),
        (file("{\"a\": ", 0), "byte"),
        (file(&"[".repeat(10_000), 0), "of its header"),
        (one(tensor("BF16", "[4]", 0, 8), 4), "cut off"),
        (one(tensor("BF16", "[4]", 4, 12), 12), "begins at byte 4"),
        (one(tensor("BF16", "[5]", 0, 8), 8), "do not hold"),
        (one(tensor("BF17", "[4]", 0, 8), 8), "`BF17` is unknown"),
        (one(tensor("BF16", "[-4]", 0, 8), 8), "byte"),
        (one(tensor("BF16", "[1e300]", 0, 8), 8), "byte"),
        (one(tensor("BF16", "[18446744073709551615, 2]", 0, 8), 8), "impossible"),
        (one(tensor("BF16", "[4]", 8, 0), 8), "impossible"),
        (one(format!("{}, {}", tensor("BF16", "[4]", 0, 8), tensor("BF16", "[4]", 8, 16)), 16), "twice"),
    ] {
        std::fs::write(&path, bytes).expect("written");
        let report = read(&path);
        assert!(report.entries.models.is_empty());
        let error = report.problems.first().expect("a problem").to_string();
        assert!(error.contains("lies.safetensors") && error.contains(words), "`{words}` is not in: {error}");
    }
}

#[test]
fn a_long_index_is_read_where_it_is_named_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("config.json"), TINY).expect("written");
    let weights: String =
        (0..400_000).map(|at| format!("\"model.layers.{at}.weight\": \"model-00001.safetensors\",")).collect();
    let index = format!(
        "{{\"metadata\": {{\"total_size\": 1000}}, \"weight_map\": {{{weights}\"z\": \"model-00001.safetensors\"}}}}"
    );
    assert!(index.len() > 17 * 1024 * 1024);
    let path = folder.path().join("model.safetensors.index.json");
    std::fs::write(&path, index).expect("written");
    let report = read(&path);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert!(report.read.iter().any(|line| line.contains("400001 tensors")), "{:?}", report.read);
}
