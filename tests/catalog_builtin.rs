//! The catalog that comes with the program: it loads, it is complete, and it says what was published.

use std::collections::BTreeSet;
use std::path::Path;

use sizewright::catalog::{
    BUILTIN_FILES, Catalog, Kept, LayerGroup, LayerState, Model, ModelId, ServerId, fields, validate,
};

fn catalog() -> &'static Catalog {
    Catalog::builtin().unwrap_or_else(|error| panic!("{error}"))
}

fn model(id: &str) -> &'static Model {
    catalog().models.get(&ModelId::new(id)).unwrap_or_else(|| panic!("no model {id}"))
}

#[test]
fn the_builtin_catalog_loads_and_has_nothing_wrong() {
    let problems: Vec<String> = validate(catalog()).iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_catalog_is_as_large_as_promised() {
    let all = catalog();
    for (kind, have, promised) in [
        ("models", all.models.len(), 157),
        ("devices", all.devices.len(), 367),
        ("servers", all.servers.len(), 40),
        ("rack types", all.rack_types.len(), 10),
        ("grids", all.grids.len(), 24),
        ("electricity prices", all.electricity_prices.len(), 5),
        ("API prices", all.api_prices.len(), 25),
    ] {
        assert!(have >= promised, "{have} {kind}, promised {promised}");
    }
}

#[test]
fn every_data_file_is_compiled_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed: BTreeSet<String> = BUILTIN_FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
    let mut found = BTreeSet::new();
    for folder in ["data", "data/models", "data/devices", "data/servers"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("a data folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            // Other rooms keep data of other shapes here.
            if name.ends_with(".ron") && std::fs::read_to_string(&path).expect("a text").contains("entries: (") {
                found.insert(format!("{folder}/{name}"));
            }
        }
    }
    assert_eq!(listed, found);
}

#[test]
fn the_models_of_the_articles_are_there() {
    for id in [
        "llama-2-70b",
        "llama-3-8b",
        "llama-3.2-1b",
        "llama-3.2-3b",
        "llama-3.3-70b",
        "llama-3.1-405b",
        "phi-3-mini-3.8b-4k",
        "mistral-7b",
        "gpt-4",
        "claude-3-opus",
        "gpt-3-175b",
        "bert-base-uncased",
        "distilbert",
        "tinyllama-1.1b",
        "mobilebert",
        "smollm2-135m",
    ] {
        model(id);
    }
}

#[test]
fn undisclosed_counts_are_unknown_and_leaked_ones_are_marked() {
    assert_eq!(model("claude-3-opus").parameters_total, None);
    let gpt4 = model("gpt-4");
    assert!(gpt4.parameters_total.is_some());
    assert_eq!(
        gpt4.provenance.standing_of("parameters_total"),
        sizewright::catalog::Standing::Assumed,
        "a leak is not a citation"
    );
}

#[test]
fn the_server_of_the_default_plan_fits_twenty_times_into_the_power_of_its_rack() {
    let server = catalog().servers.get(&ServerId::new("ampere-2u-ampereone-a192")).expect("the default server");
    let watts = server.power.planned().expect("a power to plan with").as_watts();
    assert_eq!((12_500.0 / watts).floor(), 20.0);
    assert_eq!(server.height.as_units(), 2.0);
    let fitted = server.devices.first().expect("a processor");
    assert!(catalog().devices.get(&fitted.device).is_some());
}

#[test]
fn processors_are_told_from_the_graphics_beside_them() {
    for (id, expected) in [
        ("ampereone-a192", true),
        ("intel-core-i7-12700-cpu", true),
        ("apple-m4-max-12p-plus4e-cpu", true),
        ("apple-m4-max-40-core-gpu", false),
        ("amd-ryzen-ai-max-plus-395-cpu", true),
        ("amd-ryzen-ai-max-plus-395-radeon-8060s", false),
        ("raspberry-pi-5-8gb", true),
        ("nvidia-jetson-agx-orin-64gb", false),
        ("intel-core-ultra-7-258v-cpu", true),
        ("intel-core-ultra-7-258v-arc-140v", false),
        ("samsung-galaxy-s23-snapdragon-8-gen-2", true),
        ("snapdragon-hexagon-v79-npu", false),
        ("nvidia-h100-sxm-80gb", false),
    ] {
        let device = catalog().devices.get(&id.into()).unwrap_or_else(|| panic!("no device {id}"));
        assert_eq!(device.is_processor(), expected, "{id}");
    }
}

/// Bytes that 16-bit caches gain with each further token, beyond every sliding window.
fn growth_per_token(groups: &[LayerGroup]) -> u64 {
    groups
        .iter()
        .map(|group| {
            let elements = match group.state {
                LayerState::Full { kv_heads, key_dim, value_dim } => kv_heads * (key_dim + value_dim),
                LayerState::Latent { kv_rank, rope_dim, .. } => kv_rank + rope_dim,
                LayerState::Sliding { .. }
                | LayerState::Recurrent { .. }
                | LayerState::SharesKv
                | LayerState::Stateless => 0,
            };
            2 * u64::from(group.count) * u64::from(elements)
        })
        .sum()
}

/// Bytes that 16-bit caches of sliding windows hold for each token inside the window.
fn window_per_token(groups: &[LayerGroup]) -> u64 {
    groups
        .iter()
        .map(|group| match group.state {
            LayerState::Sliding { kv_heads, key_dim, value_dim, .. } => {
                2 * u64::from(group.count) * u64::from(kv_heads * (key_dim + value_dim))
            }
            _ => 0,
        })
        .sum()
}

/// Bytes of recurrent state of one sequence, in 32 bits.
fn recurrent_bytes(groups: &[LayerGroup]) -> u64 {
    groups
        .iter()
        .map(|group| match group.state {
            LayerState::Recurrent { conv_channels, conv_width, state_elements } => {
                let past = u64::from(conv_width - 1) * u64::from(conv_channels);
                4 * u64::from(group.count) * (past + state_elements)
            }
            _ => 0,
        })
        .sum()
}

#[test]
fn caches_of_published_models_grow_as_measured() {
    // Bytes a token at 16 bits. Vectors of the estimation notes, llama.cpp logs and vLLM reports.
    for (id, bytes) in [
        ("llama-3.1-8b", 131_072),
        ("mistral-small-3.2-24b", 163_840),
        ("deepseek-v3-671b", 70_272),
        ("deepseek-r1-671b", 70_272),
        ("kimi-k2", 70_272),
        ("glm-4.7-flash-30b-a3b", 54_144),
        ("gpt-oss-120b", 36_864),
        ("qwen3.6-27b", 65_536),
        ("qwen3-30b-a3b", 402_653_184 / 4096),
        ("qwen3-32b", 2_147_483_648 / 8192),
        ("bitnet-b1.58-2b", 314_572_800 / 4096),
        ("smollm2-1.7b", 402_653_184 / 2048),
        ("phi-4-mini", 268_435_456 / 2048),
        ("deepseek-r1-distill-qwen-1.5b", 58_720_256 / 2048),
        ("lfm2.5-1.2b", 25_165_824 / 2048),
        ("qwen3.5-0.8b", 25_165_824 / 2048),
        ("qwen3.5-2b", 25_165_824 / 2048),
        ("llama-nemotron-ultra-253b", 2 * 64 * 2 * 8 * 128),
    ] {
        let architecture = model(id).architecture.as_ref().expect("shapes");
        assert_eq!(growth_per_token(&architecture.layer_groups), bytes, "{id}");
    }
}

#[test]
fn sliding_windows_and_recurrent_states_are_as_published() {
    let groups = |id| &model(id).architecture.as_ref().expect("shapes").layer_groups;
    assert_eq!(window_per_token(groups("gpt-oss-120b")), 36_864);
    // Gemma 4 31B at 262,144 tokens: 20.78 GiB, of which the windows hold 1024 tokens each.
    let gemma = groups("gemma-4-31b");
    let bytes = growth_per_token(gemma) * 262_144 + window_per_token(gemma) * 1024;
    assert_eq!((bytes as f64 / 1024f64.powi(3) * 100.0).round(), 2078.0);
    // LM Studio logged 598.5 MiB for four sequences of Qwen3.6 27B.
    assert_eq!(4.0 * recurrent_bytes(groups("qwen3.6-27b")) as f64 / 1024f64.powi(2), 598.5);
}

#[test]
fn every_note_is_about_a_value_that_is_there() {
    let mut lost = Vec::new();
    fn look<T: Kept>(entries: &[T], lost: &mut Vec<String>) {
        for entry in entries {
            let known = fields(entry);
            for note in &entry.provenance().fields {
                let inside = |path: &String| {
                    path.strip_prefix(note.field.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
                };
                if !known.keys().any(inside) {
                    lost.push(format!("{} `{}`: a note on `{}`, which is not there", T::KIND, entry.id(), note.field));
                }
            }
        }
    }
    let all = catalog();
    look(all.models.as_slice(), &mut lost);
    look(all.devices.as_slice(), &mut lost);
    look(all.servers.as_slice(), &mut lost);
    look(all.rack_types.as_slice(), &mut lost);
    look(all.grids.as_slice(), &mut lost);
    look(all.electricity_prices.as_slice(), &mut lost);
    look(all.api_prices.as_slice(), &mut lost);
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
