//! Caches and states against published sizes, and the laws they obey.

mod sizing_support;

use sizewright::catalog::{Catalog, Engine, LayerGroup, LayerState, Model, ModelId};
use sizewright::sizing::kv_cache::{self, CacheProfile, CacheRequest, LatentCache};
use sizewright::sizing::weights::GgmlType::{self, F8, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0};
use sizing_support::LLAMA_3_1_8B;

const MIB: u64 = 1 << 20;

fn model(id: &str) -> Model {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    catalog.models.get(&ModelId::new(id)).unwrap_or_else(|| panic!("no {id}")).clone()
}

fn request(keys: GgmlType, values: GgmlType, context_tokens: u64) -> CacheRequest {
    let profile = CacheProfile::of(Engine::LlamaCpp);
    CacheRequest { keys, values, profile, context_tokens, sessions: 1, shared_tokens: 0, draft_layers: 0 }
}

fn bytes(model: &Model, request: &CacheRequest) -> u64 {
    kv_cache::bytes(model, request).expect("its layers are known").get()
}

/// Keys and values without recurrent states, as logs list them.
fn logged(model: &Model, request: &CacheRequest) -> u64 {
    let counted = |layer: &LayerState| !matches!(layer, LayerState::Recurrent { .. });
    kv_cache::bytes_of(model, request, counted).expect("its layers are known").get()
}

#[test]
fn published_bytes_per_token_are_exact() {
    // Arithmetic checked by the named sources against running engines; 256 tokens avoid padding.
    for (id, per_token) in [
        ("llama-3.1-8b", 131_072),          // llama.cpp
        ("llama-3.2-1b", 32_768),           // llama.cpp
        ("llama-3.2-3b", 114_688),          // llama.cpp
        ("llama-3.3-70b", 327_680),         // llama.cpp
        ("mistral-small-3.2-24b", 163_840), // vLLM start-up log
        ("deepseek-v3-671b", 70_272),       // vLLM, SGLang
        ("deepseek-r1-671b", 70_272),
        ("glm-4.7-flash-30b-a3b", 54_144),
        ("qwen2.5-1.5b", 28_672),
        ("qwen3-32b", 262_144),
        ("qwen3-30b-a3b", 98_304),
        ("qwen3-235b-a22b", 192_512),
        ("phi-4-mini", 131_072),
        ("smollm2-1.7b", 196_608),
        ("lfm2.5-1.2b", 12_288),
        ("qwen3.5-0.8b", 12_288),
        ("qwen3.6-27b", 65_536),
    ] {
        assert_eq!(logged(&model(id), &request(F16, F16, 256)), 256 * per_token, "{id}");
    }
}

#[test]
fn logged_caches_of_llama_cpp_are_exact() {
    // "KV self size" of published logs, in MiB as printed to two decimals.
    for (id, keys, values, context, mib) in [
        ("qwen3-235b-a22b", Q8_0, Q8_0, 4_096, 399.50),
        ("qwen3-235b-a22b", Q8_0, F16, 8_192, 1151.50),
        ("qwen3-235b-a22b", Q8_0, Q8_0, 16_384, 1598.00),
        ("qwen3-235b-a22b", F16, F16, 32_768, 6016.00),
        ("qwen3-235b-a22b", Q8_0, F16, 65_536, 9212.00),
        ("qwen3-30b-a3b", F16, F16, 4_096, 384.00),
        ("qwen3-30b-a3b", F16, F16, 32_768, 3072.00),
        ("qwen3-32b", F16, F16, 8_192, 2048.00),
        ("qwen3-32b", Q8_0, Q8_0, 16_896, 2244.00),
        ("qwen3-32b", F16, F16, 40_960, 10240.00),
        ("deepseek-v3-671b", Q8_0, Q8_0, 2_048, 72.91),
        ("deepseek-v3-671b", F16, F16, 8_192, 549.00),
        ("deepseek-v3-671b", F16, F16, 16_384, 1098.00),
        ("deepseek-v3-671b", Q8_0, Q8_0, 32_768, 1166.62),
        ("deepseek-v3-671b", F16, F16, 32_768, 2196.00),
        ("deepseek-v3-671b", Q8_0, Q8_0, 131_072, 4666.50),
        ("deepseek-r1-671b", F16, F16, 163_840, 10980.00),
        ("llama-nemotron-ultra-253b", Q8_0, Q4_0, 12_288, 1248.00),
        ("bitnet-b1.58-2b", F16, F16, 4_096, 300.00),
        ("deepseek-r1-distill-qwen-1.5b", F16, F16, 2_048, 56.00),
        ("phi-4-mini", F16, F16, 2_048, 256.00),
        ("smollm2-1.7b", F16, F16, 2_048, 384.00),
        ("lfm2.5-1.2b", F16, F16, 2_048, 24.00),
        ("qwen3.5-2b", F16, F16, 2_048, 24.00),
        ("qwen3.6-27b", F16, F16, 262_144, 16384.00), // LM Studio bug tracker 1862
    ] {
        let counted = logged(&model(id), &request(keys, values, context)) as f64 / MIB as f64;
        assert!((counted - mib).abs() <= 0.005_1, "{id} at {context}: {counted} MiB, logged {mib}");
    }
}

#[test]
fn the_state_of_a_gated_delta_network_is_the_logged_one() {
    // LM Studio bug tracker 1862: 598.5 MiB for 4 sessions of Qwen3.6 27B.
    let qwen = model("qwen3.6-27b");
    let states = |sessions| {
        let wanted = CacheRequest { sessions, ..request(F16, F16, 256) };
        bytes(&qwen, &wanted) - logged(&qwen, &wanted)
    };
    assert_eq!(states(4) * 2, 1197 * MIB);
    assert_eq!(states(1) * 8, 1197 * MIB);
}

#[test]
fn a_state_does_not_grow_with_context() {
    let qwen = model("qwen3.6-27b");
    let state = |context| bytes(&qwen, &request(F16, F16, context)) - logged(&qwen, &request(F16, F16, context));
    assert_eq!(state(256), state(262_144));
}

#[test]
fn older_builds_keep_latent_attention_expanded_or_twice() {
    let with = |id, latent, context| {
        let mut wanted = request(F16, F16, context);
        wanted.profile.latent = latent;
        bytes(&model(id), &wanted)
    };
    // Logs of builds before latent caches, and of those with a transposed copy.
    assert_eq!(with("deepseek-v3-671b", LatentCache::PerHead, 512), 2_558_525_440);
    assert_eq!(with("deepseek-coder-v2-lite-16b", LatentCache::PerHead, 512), 141_557_760);
    assert_eq!(with("kimi-k2", LatentCache::PerHead, 512), 1_279_262_720);
    assert_eq!(with("deepseek-v3-671b", LatentCache::WithTransposedCopy, 16_384), 2_174_746_624);
}

#[test]
fn sliding_windows_keep_the_window_and_not_the_context() {
    // gpt-oss-120b: 18 full layers of 2,048 B a token and 18 of a window of 128 (models card).
    let gpt = model("gpt-oss-120b");
    let mut wanted = request(F16, F16, 131_072);
    wanted.profile = CacheProfile { block_tokens: 16, window_slack: 0, ..CacheProfile::of(Engine::Vllm) };
    assert_eq!(bytes(&gpt, &wanted), 36_864 * 131_072 + 36_864 * 128);
    // gemma-3-1b in llama.cpp: 22 layers of 512 tokens and one micro-batch; the log of a phone, 22 MiB.
    let sliding = |layer: &LayerState| matches!(layer, LayerState::Sliding { .. });
    let gemma = model("gemma-3-1b");
    assert_eq!(kv_cache::bytes_of(&gemma, &request(F16, F16, 2_048), sliding).map(|b| b.get()), Ok(22 * MIB));
    // gemma-4-31b at its whole context, windows alone: 20.78 GiB.
    let gib =
        bytes(&model("gemma-4-31b"), &CacheRequest { context_tokens: 262_144, ..wanted }) as f64 / (1024 * MIB) as f64;
    assert!((gib - 20.78).abs() < 0.005, "{gib}");
}

#[test]
fn a_pool_of_windows_grows_with_its_sessions() {
    // llama.cpp: pad256(min(context, window * sessions + micro-batch)) in one pool, each for itself otherwise.
    let gemma = model("gemma-3-1b");
    let sliding = |layer: &LayerState| matches!(layer, LayerState::Sliding { .. });
    let cells = |unified, sessions| {
        let mut wanted = CacheRequest { sessions, ..request(F16, F16, 8192) };
        wanted.profile.unified = unified;
        // 22 layers of one head of 256, keys and values in 16 bits.
        kv_cache::bytes_of(&gemma, &wanted, sliding).expect("known").get() / (22 * 1024)
    };
    assert_eq!([cells(true, 1), cells(true, 4)], [1024, 512 * 4 + 512]);
    assert_eq!([cells(false, 1), cells(false, 4)], [1024, 4 * 1024]);
}

#[test]
fn a_full_context_on_sliding_windows_would_be_far_too_much() {
    let gemma = model("gemma-3-27b");
    let mut full = request(F16, F16, 131_072);
    full.profile.windows_ignored = true;
    // A fork without windows logs 63,488 MiB; with windows a sixth of the layers decides.
    assert_eq!(bytes(&gemma, &full), 66_571_993_088);
    assert!(bytes(&gemma, &request(F16, F16, 131_072)) < bytes(&gemma, &full) / 5);
}

#[test]
fn the_stated_head_size_counts_and_not_hidden_over_heads() {
    // Qwen3-0.6B: 1024 / 16 = 64, but its heads are 128 wide.
    assert_eq!(bytes(&model("qwen3-0.6b"), &request(F16, F16, 256)), 256 * 28 * 8 * 128 * 2 * 2);
    // Mistral NeMo: 5120 / 32 = 160, stated 128.
    assert_eq!(bytes(&model("mistral-nemo-12b"), &request(F16, F16, 256)), 256 * 163_840);
}

#[test]
fn cache_formats_cost_what_their_blocks_cost() {
    let llama = LLAMA_3_1_8B.model();
    for (format, per_element) in
        [(F16, 2.0), (F8, 1.0), (Q8_0, 1.0625), (Q5_1, 0.75), (Q5_0, 0.6875), (Q4_1, 0.625), (Q4_0, 0.5625)]
    {
        let counted = bytes(&llama, &request(format, format, 1024)) as f64;
        assert_eq!(counted, 1024.0 * 65_536.0 * per_element, "{}", format.label());
    }
}

#[test]
fn kv_cache_grows_linearly_with_context() {
    let llama = LLAMA_3_1_8B.model();
    let at = |context| bytes(&llama, &request(F16, F16, context));
    assert_eq!(at(8192), 2 * at(4096));
    assert_eq!(at(0), 0);
}

#[test]
fn more_context_or_more_sessions_never_need_less() {
    let catalog = Catalog::builtin().expect("it reads");
    for model in catalog.models.iter().filter(|model| kv_cache::layers(model).is_ok()) {
        for engine in [Engine::LlamaCpp, Engine::Vllm] {
            let at = |context_tokens, sessions| {
                let profile = CacheProfile::of(engine);
                let keys = F16;
                bytes(
                    model,
                    &CacheRequest {
                        keys,
                        values: F16,
                        profile,
                        context_tokens,
                        sessions,
                        shared_tokens: 0,
                        draft_layers: 0,
                    },
                )
            };
            for pair in [1, 255, 256, 257, 1000, 4096, 65_536, 1 << 20].windows(2) {
                assert!(at(pair[0], 1) <= at(pair[1], 1), "{} {pair:?}", model.id);
            }
            assert!(at(4096, 1) <= at(4096, 2));
        }
    }
}

#[test]
fn contexts_are_padded_as_each_engine_does() {
    let llama = LLAMA_3_1_8B.model();
    let with = |engine, context| {
        bytes(&llama, &CacheRequest { profile: CacheProfile::of(engine), ..request(F16, F16, context) })
    };
    assert_eq!(with(Engine::LlamaCpp, 257), 512 * 131_072);
    assert_eq!(with(Engine::Vllm, 257), 272 * 131_072);
}

#[test]
fn a_shared_prefix_is_stored_once() {
    let llama = LLAMA_3_1_8B.model();
    let with = |shared_tokens| bytes(&llama, &CacheRequest { sessions: 10, shared_tokens, ..request(F16, F16, 4096) });
    assert_eq!(with(1024), (1024 + 10 * 3072) * 131_072);
    assert_eq!(with(4096), 4096 * 131_072);
    assert_eq!(with(9999), with(4096));
    assert_eq!(with(0), 10 * 4096 * 131_072);
}

#[test]
fn a_draft_head_keeps_layers_of_its_own() {
    // One layer that guesses a second token keeps 4 heads of 256, keys and values, as the model's attention layers do.
    let qwen = model("qwen3.6-27b");
    let drafted = CacheRequest { draft_layers: 1, ..request(F16, F16, 1024) };
    assert_eq!(logged(&qwen, &drafted) - logged(&qwen, &request(F16, F16, 1024)), 1024 * 4096);
}

#[test]
fn layers_that_share_a_cache_count_once() {
    let mut llama = LLAMA_3_1_8B.model();
    let shapes = llama.architecture.as_mut().expect("it has one");
    let state = shapes.layer_groups[0].state.clone();
    shapes.layer_groups = vec![LayerGroup { count: 20, state }, LayerGroup { count: 12, state: LayerState::SharesKv }];
    assert_eq!(bytes(&llama, &request(F16, F16, 1024)), 1024 * 131_072 * 20 / 32);
}

#[test]
fn a_model_whose_layers_are_not_published_is_refused_by_name() {
    let mut unknown = LLAMA_3_1_8B.model();
    unknown.architecture = None;
    let refusal = kv_cache::bytes(&unknown, &request(F16, F16, 1024)).expect_err("nothing is known");
    assert!(refusal.reason.contains("llama-3.1-8b"), "{}", refusal.reason);
}

#[test]
fn absurd_shapes_saturate_instead_of_overflowing() {
    let mut absurd = LLAMA_3_1_8B.model();
    let shapes = absurd.architecture.as_mut().expect("it has one");
    let state = LayerState::Full { kv_heads: u32::MAX, key_dim: u32::MAX, value_dim: u32::MAX };
    shapes.layer_groups = vec![LayerGroup { count: 32, state }];
    let wanted = CacheRequest { sessions: u64::MAX, ..request(F16, F16, u64::MAX - 1000) };
    assert_eq!(bytes(&absurd, &wanted), u64::MAX);
}

/// Bytes of each token of one session, 16 bits, long enough that padding does not count.
#[test]
fn bytes_per_token_of_many_families_follow_from_their_published_shapes() {
    // 2 x layers x key heads x head size x 2 bytes, from configuration files; the second number is what taking every query
    // head for a key head would give.
    for (id, per_token, all_heads) in [
        ("llama-2-7b", 524_288, 524_288), // no groups: each query head has its own
        ("llama-2-13b", 819_200, 819_200),
        ("llama-2-70b", 327_680, 2_621_440),
        ("llama-3-8b", 131_072, 524_288),
        ("llama-3.1-405b", 516_096, 8_257_536),
        ("mixtral-8x7b", 131_072, 524_288),
        ("qwen2.5-0.5b", 12_288, 86_016),
        ("qwen2.5-7b", 57_344, 401_408),
        ("qwen2.5-72b", 327_680, 2_621_440),
        ("qwen3-0.6b", 114_688, 229_376),
        ("qwen3-8b", 147_456, 589_824),
        ("phi-3-mini-3.8b-4k", 393_216, 393_216),
        ("gemma-2b", 18_432, 147_456), // one key head for all
        ("falcon-7b", 8_192, 581_632),
        ("smollm2-135m", 23_040, 69_120),
        ("tinyllama-1.1b", 22_528, 180_224),
    ] {
        let model = model(id);
        assert_eq!(bytes(&model, &request(F16, F16, 1024)), 1024 * per_token, "{id}");
        let shapes = model.architecture.expect("it has one");
        let heads = u64::from(shapes.heads.expect("known"));
        assert_eq!(
            4 * u64::from(shapes.layers) * heads * u64::from(shapes.head_dim.expect("known")),
            all_heads,
            "{id}"
        );
    }
}

#[test]
fn latent_attention_is_neither_grouped_attention_nor_divided_by_devices() {
    // DeepSeek V3: 61 x (512 + 64) x 2 bytes; taken for grouped attention of its 128 heads it would be 57 times as much.
    let deepseek = model("deepseek-v3-671b");
    let one = bytes(&deepseek, &request(F16, F16, 4096));
    assert_eq!(one, 4096 * 61 * 576 * 2);
    assert!(4096 * 61 * 128 * (192 + 128) * 2 > 50 * one);
    let on_eight = kv_cache::bytes_in_parallel(&deepseek, &request(F16, F16, 4096), 8).expect("known");
    assert_eq!(on_eight.get(), 8 * one);
    // DeepSeek V3.2 keeps an index key of 128 beside it.
    assert_eq!(bytes(&model("deepseek-v3.2-685b"), &request(F16, F16, 4096)), 4096 * 61 * (576 + 128) * 2);
}

#[test]
fn norms_and_routers_are_on_every_device() {
    use sizewright::sizing::memory::{MemoryKind, ledger};
    let (model, card) = (model("qwen3-30b-a3b"), sizing_support::rtx_4090());
    let work = sizewright::sizing::Workload {
        engine: Engine::Vllm,
        profile: None,
        ..sizing_support::workload(&model, sizewright::catalog::WeightFormat::Fp8, 4096)
    };
    let stored = |count| {
        let hardware = sizewright::sizing::Hardware { count, ..sizing_support::alone(&card) };
        ledger(&work, &hardware).expect("known").of(MemoryKind::Weights).get()
    };
    // 48 routers of 128 x 2,048 and norms of 2,048 twice, of 128 twice, in 16 bits; and the last norm.
    assert_eq!(stored(4) - stored(1), 3 * 2 * (48 * (128 * 2048 + 2 * 2048 + 2 * 128) + 2048));
}

#[test]
fn each_device_holds_whole_heads() {
    // All devices together, over one: key heads are divided as far as they go, then copied; states are divided.
    for (id, devices, copies) in [
        ("llama-3.1-8b", 2, 1), // 8 key heads
        ("llama-3.1-8b", 8, 1),
        ("llama-3.1-8b", 16, 2),
        ("qwen3-235b-a22b", 8, 2), // 4 key heads
        ("gemma-2b", 4, 4),        // one
    ] {
        let (model, wanted) = (model(id), request(F16, F16, 4096));
        let all = kv_cache::bytes_in_parallel(&model, &wanted, devices).expect("known").get();
        assert_eq!(all, copies * bytes(&model, &wanted), "{id} on {devices}");
    }
}

#[test]
fn layers_that_read_another_s_cache_come_last_and_keep_nothing() {
    // Gemma 4 E4B: 20 windows of 512 and 4 full layers of 2 heads keep, 18 read; E2B 12 and 3 of one head, 20 read.
    for (id, heads, windows, full, shared) in [("gemma-4-e4b", 2, 20, 4, 18), ("gemma-4-e2b", 1, 12, 3, 20)] {
        let gemma = model(id);
        let mut wanted = request(F16, F16, 32_768);
        wanted.profile = CacheProfile { block_tokens: 16, window_slack: 0, ..CacheProfile::of(Engine::Vllm) };
        let counted = windows * heads * (256 + 256) * 2 * 512 + full * heads * (512 + 512) * 2 * 32_768;
        assert_eq!(bytes(&gemma, &wanted), counted, "{id}");
        let layers = kv_cache::layers(&gemma).expect("known");
        let kept = layers.len() - shared;
        assert!(layers[..kept].iter().all(|layer| !matches!(layer, LayerState::SharesKv)), "{id}");
        assert!(layers[kept..].iter().all(|layer| matches!(layer, LayerState::SharesKv)), "{id}");
    }
}

#[test]
fn models_without_a_published_cache_are_refused_and_say_why() {
    for id in ["deepseek-v4-flash", "deepseek-v4-pro", "gpt-4", "claude-3-opus"] {
        let refusal = kv_cache::bytes(&model(id), &request(F16, F16, 4096)).expect_err("it is not published");
        assert!(refusal.reason.contains("not published"), "{}", refusal.reason);
    }
}
