//! The memory ledger as a whole: its laws, its parts, and the mistakes other tools are known for.

mod sizing_support;

use std::collections::BTreeMap;

use sizewright::catalog::{
    Catalog, DeviceClass, Engine, FieldNote, KvFormat, LayerState, Model, ModelId, Standing, WeightFormat,
};
use sizewright::sizing::buffers::{self, GraphProfile};
use sizewright::sizing::memory::offload::{self, Placement};
use sizewright::sizing::memory::{MemoryKind, ledger};
use sizewright::sizing::weights::layout::{Otherwise, Storage, UserMix};
use sizewright::sizing::weights::tensors::Role;
use sizewright::sizing::weights::{self, GgmlType};
use sizewright::sizing::{Hardware, Verdict, Workload, estimate};
use sizewright::units::Bytes;
use sizing_support::{LLAMA_3_1_8B, alone, device, rtx_4090, workload};

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog reads")
}

fn model(id: &str) -> Model {
    catalog().models.get(&ModelId::new(id)).unwrap_or_else(|| panic!("no {id}")).clone()
}

fn total(work: &Workload<'_>, hardware: &Hardware<'_>) -> u64 {
    ledger(work, hardware).expect("its shapes are known").total().get()
}

fn weight_bytes(model: &Model, format: WeightFormat) -> u64 {
    weights::count(model, format, Engine::LlamaCpp).expect("its shapes are known").total().get()
}

// Laws

#[test]
fn more_context_never_needs_less_memory() {
    let card = rtx_4090();
    for model in catalog().models.iter() {
        let at = |context| ledger(&workload(model, WeightFormat::Q4KM, context), &alone(&card)).map(|l| l.total()).ok();
        if at(512).is_none() {
            continue;
        }
        for pair in [1, 512, 513, 4096, 32_768, 131_072].windows(2) {
            assert!(at(pair[0]) <= at(pair[1]), "{}: {pair:?}", model.id);
        }
    }
}

#[test]
fn more_sessions_never_need_less_memory() {
    let (card, llama) = (rtx_4090(), LLAMA_3_1_8B.model());
    for engine in Engine::ALL {
        let at = |sessions| {
            let work = Workload { sessions, engine: *engine, ..workload(&llama, WeightFormat::Q8_0, 4096) };
            total(&work, &alone(&card))
        };
        assert!(at(1) < at(2) && at(2) < at(64), "{engine}");
    }
}

#[test]
fn tensor_parallelism_never_shrinks_total_bytes() {
    let card = device("card", DeviceClass::NvidiaDatacenter, 80.0, 3350.0, 989.0);
    for id in ["llama-3.1-8b", "deepseek-v3-671b", "gemma-2b", "qwen3.6-27b", "gpt-oss-120b"] {
        let model = model(id);
        let work = Workload { engine: Engine::Vllm, ..workload(&model, WeightFormat::Fp8, 8192) };
        let over = |count| total(&work, &Hardware { count, ..alone(&card) });
        for pair in [1, 2, 4, 8, 16].windows(2) {
            assert!(over(pair[0]) <= over(pair[1]), "{id}: {pair:?}");
        }
    }
}

#[test]
fn devices_beyond_the_key_heads_keep_copies_of_the_cache() {
    let card = device("card", DeviceClass::NvidiaDatacenter, 80.0, 3350.0, 989.0);
    let cache = |id: &str, count| {
        let model = model(id);
        let work = Workload { engine: Engine::Vllm, ..workload(&model, WeightFormat::Fp8, 8192) };
        ledger(&work, &Hardware { count, ..alone(&card) }).expect("known").of(MemoryKind::KvCache).get()
    };
    // 8 key heads over 16 devices: each is kept twice. Latent attention has one vector for all heads.
    assert_eq!(cache("llama-3.1-8b", 8), cache("llama-3.1-8b", 1));
    assert_eq!(cache("llama-3.1-8b", 16), 2 * cache("llama-3.1-8b", 1));
    assert_eq!(cache("deepseek-v3-671b", 8), 8 * cache("deepseek-v3-671b", 1));
}

#[test]
fn bands_contain_the_likely_value() {
    let card = rtx_4090();
    for model in catalog().models.iter() {
        for format in [WeightFormat::Q4KM, WeightFormat::UdQ4KXl, WeightFormat::Fp8] {
            for engine in [Engine::LlamaCpp, Engine::Vllm] {
                let Ok(ledger) = ledger(&Workload { engine, ..workload(model, format, 4096) }, &alone(&card)) else {
                    continue;
                };
                for part in &ledger.parts {
                    assert!(part.low <= part.likely && part.likely <= part.high, "{}: {part:?}", model.id);
                }
            }
        }
    }
}

#[test]
fn a_smaller_format_never_needs_more() {
    use WeightFormat::{
        F16, F32, Iq1S, Iq2Xxs, Iq3Xxs, Iq4Xs, Q2K, Q3KL, Q3KM, Q3KS, Q4KM, Q4KS, Q5KM, Q5KS, Q6K, Q8_0,
    };
    for model in catalog().models.iter().filter(|model| model.parameters_total.is_some()) {
        // Medium and small mixes apart: where rows do not divide by 256 a fallback can lift one above the other.
        for ladder in [
            &[F32, F16, Q8_0, Q6K, Q5KM, Q4KM, Q3KM, Q2K][..],
            &[Q5KS, Q4KS, Q3KS],
            &[Q3KL, Q3KM, Q3KS],
            &[Q4KM, Q4KS],
            &[Iq4Xs, Iq3Xxs, Iq2Xxs, Iq1S],
        ] {
            for pair in ladder.windows(2) {
                let (large, small) = (weight_bytes(model, pair[0]), weight_bytes(model, pair[1]));
                assert!(small <= large, "{}: {} {small} > {} {large}", model.id, pair[1], pair[0]);
            }
        }
    }
}

#[test]
fn the_total_is_the_sum_of_the_parts_and_no_kind_comes_twice() {
    let (card, llama) = (rtx_4090(), LLAMA_3_1_8B.model());
    let ledger = ledger(&workload(&llama, WeightFormat::Q4KM, 8192), &alone(&card)).expect("known");
    assert_eq!(ledger.total(), ledger.parts.iter().map(|part| part.likely).sum());
    let mut kinds: Vec<MemoryKind> = ledger.parts.iter().map(|part| part.kind).collect();
    kinds.dedup();
    assert_eq!(kinds.len(), ledger.parts.len());
    let work = workload(&llama, WeightFormat::Q4KM, 8192);
    assert_eq!(sizewright::sizing::memory::need(&work, &alone(&card)), Ok(ledger.on_devices()));
    for part in &ledger.parts {
        assert!(!part.basis.formula.is_empty() && !part.basis.inputs.is_empty(), "{:?}", part.kind);
    }
}

#[test]
fn a_cache_counted_from_assumed_shapes_says_so_and_names_the_field() {
    let (card, mut llama) = (rtx_4090(), LLAMA_3_1_8B.model());
    let cache = |model: &Model| {
        let ledger = ledger(&workload(model, WeightFormat::Q8_0, 4096), &alone(&card)).expect("known");
        ledger.parts.iter().find(|part| part.kind == MemoryKind::KvCache).expect("it has one").basis.clone()
    };
    assert_eq!(cache(&llama).standing, Standing::Computed);
    llama.provenance.fields.push(FieldNote::new("architecture.layer_groups", Standing::Assumed, "a guess"));
    let basis = cache(&llama);
    assert_eq!(basis.standing, Standing::Assumed);
    assert!(basis.to_string().contains("architecture.layer_groups = assumed (a guess)"), "{basis}");
}

// Mistakes other tools are known for

#[test]
fn memory_of_a_mixture_is_all_its_experts_and_not_the_active_ones() {
    // Qwen3 30B-A3B in Q4_K_M: 18.56 GB on disk, not the 2 GB of its 3 billion active parameters.
    let qwen = model("qwen3-30b-a3b");
    let bytes = weight_bytes(&qwen, WeightFormat::Q4KM);
    assert!((bytes as f64 / 18.557e9 - 1.0).abs() < 0.002, "{bytes}");
    // What a token reads is another matter: about a tenth.
    let count = weights::count(&qwen, WeightFormat::Q4KM, Engine::LlamaCpp).expect("known");
    let read = count.read_per_step(1).as_f64() / bytes as f64;
    assert!((0.08..0.14).contains(&read), "{read}");
}

#[test]
fn the_context_reserved_is_the_one_asked_for_and_not_the_longest_there_is() {
    let (card, llama) = (rtx_4090(), LLAMA_3_1_8B.model());
    let cache = |context| {
        ledger(&workload(&llama, WeightFormat::Q4KM, context), &alone(&card)).expect("known").of(MemoryKind::KvCache)
    };
    assert_eq!(llama.context_tokens, Some(131_072));
    assert_eq!(cache(4096), Bytes::from_mib(512.0));
    assert_eq!(cache(131_072), Bytes::from_gib(16.0));
}

#[test]
fn the_embedding_table_is_stored_but_not_read_for_each_token() {
    // An 8B model in Q8_0: 8.54 GB on disk, 7.98 GB read for a token.
    let count = weights::count(&LLAMA_3_1_8B.model(), WeightFormat::Q8_0, Engine::LlamaCpp).expect("known");
    assert!((count.total().as_gb() - 8.53).abs() < 0.01, "{}", count.total().as_gb());
    assert!((count.read_per_step(1).as_gb() - 7.975).abs() < 0.01, "{}", count.read_per_step(1).as_gb());
    // A tied table is read whole, as the head.
    let tied = weights::count(&model("llama-3.2-1b"), WeightFormat::Q8_0, Engine::LlamaCpp).expect("known");
    assert_eq!(tied.read_per_step(1), tied.total());
}

#[test]
fn experts_touched_by_a_batch_follow_uniform_routing() {
    // 256 experts, 8 a token: 3 % for one token, 22 % for 8, 64 % for 32, 98 % for 128.
    let count = weights::count(&model("deepseek-v3-671b"), WeightFormat::Fp8, Engine::Vllm).expect("known");
    for (batch, share) in [(1, 0.03), (8, 0.22), (32, 0.64), (128, 0.98)] {
        assert!((count.expert_coverage(batch) - share).abs() < 0.006, "{batch}: {}", count.expert_coverage(batch));
    }
    let dense = weights::count(&LLAMA_3_1_8B.model(), WeightFormat::Fp8, Engine::Vllm).expect("known");
    assert_eq!(dense.read_per_step(1), dense.read_per_step(64));
}

#[test]
fn a_gib_is_not_a_gb() {
    // Llama 3.3 70B for MLX in 4 bits: 39.69 GB, which are 36.96 GiB. Its cache of 8,192 tokens is 2.5 GiB to the byte.
    let llama = model("llama-3.3-70b");
    let count = weights::count(&llama, WeightFormat::Mlx4, Engine::Mlx).expect("known").total();
    assert!((count.as_gb() - 39.688).abs() < 0.001 && (count.as_gib() - 36.963).abs() < 0.001, "{count:?}");
    let card = rtx_4090();
    let cache =
        ledger(&workload(&llama, WeightFormat::Q4KM, 8192), &alone(&card)).expect("known").of(MemoryKind::KvCache);
    assert_eq!(cache, Bytes::from_gib(2.5));
}

#[test]
fn overhead_is_counted_and_never_a_share_of_the_weights() {
    // The same graph runs whatever the weights are stored as: scratch space and driver stay what they are.
    let (card, llama) = (rtx_4090(), LLAMA_3_1_8B.model());
    let rest = |format| {
        let ledger = ledger(&workload(&llama, format, 4096), &alone(&card)).expect("known");
        (ledger.of(MemoryKind::Buffers), ledger.of(MemoryKind::Runtime))
    };
    assert_eq!(rest(WeightFormat::Q4KM), rest(WeightFormat::F16));
    let full = ledger(&workload(&llama, WeightFormat::F16, 4096), &alone(&card)).expect("known");
    assert!(full.of(MemoryKind::Buffers) + full.of(MemoryKind::Runtime) < full.of(MemoryKind::Weights).scaled(0.06));
}

#[test]
fn the_system_keeps_a_part_of_an_apple_chip_s_memory_and_of_a_card_s_none() {
    use sizewright::sizing::memory::usable;
    let of = |class, gib| usable(&alone(&device("it", class, gib, 400.0, 30.0))).expect("known").as_gib();
    // recommendedMaxWorkingSetSize as llama.cpp logs it: 10.67 GiB of 16, 48 of 64.
    assert!((of(DeviceClass::Apple, 16.0) - 10.667).abs() < 0.001);
    assert_eq!(of(DeviceClass::Apple, 64.0), 48.0);
    assert_eq!(of(DeviceClass::NvidiaGeforce, 24.0), 24.0);
}

#[test]
fn embedding_tables_of_each_layer_are_stored_and_stay_with_the_host() {
    // Gemma 4 E4B: 2.8 of 7.5 billion parameters are rows looked up, one for each token.
    let count = weights::count(&model("gemma-4-e4b"), WeightFormat::Q8_0, Engine::LlamaCpp).expect("known");
    assert_eq!(count.per_layer_embedding.parameters, 262_144 * 256 * 42);
    assert_eq!(count.on_host(), count.per_layer_embedding.bytes);
    assert!(count.read_per_step(1) + count.per_layer_embedding.bytes <= count.total());
}

// Formats

#[test]
fn layouts_outside_gguf_cost_their_published_bits() {
    // Of a linear layer of 4096 x 4096; embeddings, head and norms stay at 16 bits.
    use WeightFormat as W;
    for (format, bits) in [
        (W::Int4G128, 4.156_25),
        (W::Int4G64, 4.3125),
        (W::Int4G32, 4.625),
        (W::Nf4, 4.5),
        (W::Nf4Double, 4.127),
        (W::Fp8, 8.0),
        (W::Fp8Block, 8.002),
        (W::Int8, 8.006), // a 32-bit scale for each row of 4,096 or 14,336
        (W::Nvfp4, 4.5),
        (W::Mlx4, 4.5),
        (W::Mlx8, 8.5),
    ] {
        let llama = LLAMA_3_1_8B.model();
        let count = weights::count(&llama, format, Engine::Vllm).expect("known");
        let counted = count.feed_forward.bytes.as_f64() * 8.0 / count.feed_forward.parameters as f64;
        assert!((counted - bits).abs() < 0.000_6, "{format}: {counted}");
        let mlx = matches!(format, W::Mlx4 | W::Mlx8);
        let sixteen = count.embedding.parameters * 2;
        assert_eq!(count.embedding.bytes.get() == sixteen, !mlx, "{format}");
    }
}

#[test]
fn published_mixed_precision_files_are_met() {
    // gpt-oss by ggml-org (llama-bench's size): experts MXFP4, the rest Q8_0.
    for (id, published) in [("gpt-oss-20b", 12_101_070_356u64), ("gpt-oss-120b", 63_372_242_452)] {
        let bytes = weight_bytes(&model(id), WeightFormat::Mxfp4);
        assert!((bytes as f64 / published as f64 - 1.0).abs() < 0.001, "{id}: {bytes}, published {published}");
    }
}

#[test]
fn eight_experts_and_seventy_billions_have_rules_of_their_own() {
    // Mixtral 8x7B: values and keys in Q8_0, attention output in Q5_K. Llama 3 70B: values in Q5_K at least.
    // Sizes as printed by llama-bench, llama.cpp 2024.
    for (id, format, gib) in [
        ("llama-3-70b", WeightFormat::Q2K, 24.56),
        ("llama-3-70b", WeightFormat::Q3KM, 31.91),
        ("llama-3-70b", WeightFormat::Q4KM, 39.60),
        ("llama-3-70b", WeightFormat::Q5KM, 46.52),
        ("llama-3-70b", WeightFormat::Q6K, 53.91),
        ("llama-3-70b", WeightFormat::Q8_0, 69.83),
        ("mixtral-8x7b", WeightFormat::Q4KM, 26.49),
        ("mixtral-8x7b", WeightFormat::Q8_0, 46.22),
    ] {
        let counted = Bytes::new(weight_bytes(&model(id), format)).as_gib();
        assert!((counted / gib - 1.0).abs() < 0.003, "{id} {format}: {counted} GiB, published {gib}");
    }
}

#[test]
fn a_mix_of_one_s_own_is_counted_tensor_by_tensor() {
    let llama = LLAMA_3_1_8B.model();
    let types = BTreeMap::from([(Role::Head, GgmlType::F16), (Role::Down, GgmlType::Q6K)]);
    let mix = Storage::Custom(UserMix { types, otherwise: Otherwise::Type(GgmlType::Q4K) });
    let count = weights::count_as(&llama, &mix).expect("known");
    assert_eq!(count.head.bytes.get(), 128_256 * 4096 * 2);
    let down = 32 * 4096 * 14_336 / 256 * 210;
    let up_and_gate = 2 * 32 * 4096 * 14_336 / 256 * 144;
    assert_eq!(count.feed_forward.bytes.get(), down + up_and_gate);
    assert_eq!(count.other.bytes.get(), (65 * 4096 + 64) * 4);
}

#[test]
fn a_mix_over_a_published_one_differs_by_the_groups_it_names_alone() {
    use sizewright::catalog::Layer;
    let text = r#"(version: 1, entries: (weight_mixes: [(
        id: "q4-with-q8-head", name: "Q4_K_M, head in 8 bits", base: q4_k_m,
        types: {output: q8_0, ffn_down: q6_k}, provenance: (source: "a wish", date: "2026-11-20", standing: Assumed),
    )]))"#;
    let own = Layer::from_ron_str("own.ron", text).expect("it reads");
    let with_own = catalog().with(&own);
    let mix = with_own.weight_mixes.iter().next().expect("it is there");
    let storage = Storage::try_from(mix).expect("its base is GGUF");
    let llama = LLAMA_3_1_8B.model();
    let mine = weights::count_as(&llama, &storage).expect("known");
    let base = weights::count(&llama, WeightFormat::Q4KM, Engine::LlamaCpp).expect("known");
    assert_eq!(mine.head.bytes.get(), 128_256 * 4096 / 32 * 34);
    assert_eq!((mine.embedding, mine.attention, mine.other), (base.embedding, base.attention, base.other));
    let matrix = 32 * 4096 * 14_336 / 256;
    assert_eq!(mine.feed_forward.bytes.get(), matrix * 210 + 2 * matrix * 144);
    // It survives being written and read, and a base outside GGUF is refused with its field.
    let written = own.to_ron_string().expect("it writes");
    assert_eq!(Layer::from_ron_str("again.ron", &written).expect("it reads"), own);
    let wrong = Layer::from_ron_str("own.ron", &text.replace("q4_k_m", "nf4")).expect_err("nf4 is no GGUF format");
    assert!(wrong.to_string().contains("base"), "{wrong}");
}

#[test]
fn a_format_without_a_published_rule_says_so_and_has_a_band() {
    let count = weights::count(&LLAMA_3_1_8B.model(), WeightFormat::UdQ4KXl, Engine::LlamaCpp).expect("known");
    let (low, high) = count.band();
    assert!(low < 1.0 && high > 1.0);
    let exact = weights::count(&LLAMA_3_1_8B.model(), WeightFormat::Q4KM, Engine::LlamaCpp).expect("known");
    assert_eq!(exact.band(), (1.0, 1.0));
}

// Buffers

#[test]
fn logged_compute_buffers_are_met() {
    // Device buffers of llama.cpp in MiB: builds before May 2026 reserve logits for the whole micro-batch.
    for (id, context, before, mib) in [
        ("codestral-22b", 49_152, true, 192.0), // Mistral Small 22B has the same shape; Ollama issue 6160
        ("deepseek-r1-distill-qwen-1.5b", 2048, true, 302.75),
        ("gemma-3-1b", 2048, true, 516.5),
        ("lfm2.5-1.2b", 2048, true, 136.0),
        ("qwen3.5-0.8b", 2048, true, 489.0),
        ("qwen3.5-2b", 2048, true, 493.0),
        ("smollm2-1.7b", 2048, true, 104.0),
        ("qwen3-30b-a3b", 32_768, true, 304.75),
        ("qwen3-235b-a22b", 32_768, true, 312.75),
        ("qwen3-0.6b", 4096, false, 32.1), // gguf-parser issue 45
    ] {
        let model = model(id);
        let graph = if before { GraphProfile::before_may_2026() } else { GraphProfile::since_may_2026() };
        let part = buffers::llama_cpp(&workload(&model, WeightFormat::Q4KM, context), &graph, 1);
        let counted = part.likely.as_mib();
        assert!((counted - mib).abs() <= 0.005 * mib, "{id} at {context}: {counted} MiB, logged {mib}");
    }
}

#[test]
fn an_expanded_latent_cache_is_met_where_prompts_are_read_that_way() {
    // ik_llama.cpp with -mla 2 or 3 and flash attention, logged compute buffers in bytes; 128 heads each.
    for (id, context, micro_batch, logged) in [
        ("deepseek-v3-671b", 16_384, 512, 2_265_972_736u64),
        ("deepseek-r1-671b", 16_384, 512, 2_195_718_144),
        ("deepseek-r1-671b", 20_480, 2048, 2_675_976_438),
        ("deepseek-v3-671b", 32_768, 512, 3_591_372_800),
        ("deepseek-v2-236b", 32_768, 512, 3_591_372_800),
        ("deepseek-v3-671b", 32_768, 1024, 3_827_302_400),
        ("deepseek-r1-671b", 32_768, 2048, 3_762_301_174),
        ("deepseek-v3-671b", 32_768, 4096, 4_303_376_876),
        ("deepseek-r1-671b", 61_440, 4096, 7_625_265_644),
        ("deepseek-v3-671b", 65_536, 512, 6_376_390_656),
        ("deepseek-r1-671b", 65_536, 4096, 8_061_473_260),
    ] {
        let graph = GraphProfile { micro_batch, latent_expanded: true, ..GraphProfile::before_may_2026() };
        let model = model(id);
        let counted = buffers::llama_cpp(&workload(&model, WeightFormat::Q4KM, context), &graph, 1).likely.as_f64();
        assert!((counted / logged as f64 - 1.0).abs() < 0.05, "{id} at {context}: {counted}, logged {logged}");
    }
}

#[test]
fn a_large_micro_batch_scales_the_graph() {
    // Qwen3 32B with -ub 1024: 633.5 MiB logged.
    let qwen = model("qwen3-32b");
    let graph = GraphProfile { micro_batch: 1024, ..GraphProfile::before_may_2026() };
    let part = buffers::llama_cpp(&workload(&qwen, WeightFormat::Q5KM, 8192), &graph, 1);
    assert!((part.likely.as_mib() - 633.5).abs() < 0.01, "{}", part.likely.as_mib());
}

#[test]
fn the_change_of_may_2026_and_flash_attention_only_ever_save() {
    let card_work = |model| workload(model, WeightFormat::Q4KM, 16_384);
    for model in catalog().models.iter().filter(|model| model.architecture.is_some()) {
        let of = |graph| buffers::llama_cpp(&card_work(model), &graph, 1).likely;
        let (before, since) = (GraphProfile::before_may_2026(), GraphProfile::since_may_2026());
        assert!(of(since) <= of(before), "{}", model.id);
        assert!(of(since) <= of(GraphProfile { flash_attention: false, ..since }), "{}", model.id);
    }
}

#[test]
fn the_host_keeps_mask_and_inputs() {
    // 108.0 MiB beside the 192 MiB of the device; Ollama issue 6160.
    let mistral = model("codestral-22b");
    let host =
        buffers::llama_cpp_host(&workload(&mistral, WeightFormat::Q4KM, 49_152), &GraphProfile::before_may_2026());
    assert_eq!(host.as_mib(), 108.0);
}

// Offload and verdict

#[test]
fn one_offloaded_layer_is_the_head_alone() {
    let llama = LLAMA_3_1_8B.model();
    let work = workload(&llama, WeightFormat::Q4KM, 4096);
    let one = offload::place(&work, Placement::Layers(1)).expect("known");
    let head = 128_256 * 4096 / 256 * 210;
    assert_eq!(one.device_weights.get(), head + 4096 * 4 + 64 * 4);
    assert_eq!(one.device_cache, Bytes::ZERO);
    let two = offload::place(&work, Placement::Layers(2)).expect("known");
    assert_eq!(two.device_cache.get(), 4096 * 131_072 / 32);
    assert!(two.device_weights > one.device_weights);
}

#[test]
fn offloaded_and_kept_bytes_always_add_up() {
    let llama = LLAMA_3_1_8B.model();
    let work = workload(&llama, WeightFormat::Q4KM, 4096);
    let whole = weight_bytes(&llama, WeightFormat::Q4KM);
    for layers in [0, 1, 2, 17, 32, 33, 1000] {
        let split = offload::place(&work, Placement::Layers(layers)).expect("known");
        assert_eq!((split.device_weights + split.host_weights).get(), whole, "{layers}");
        assert_eq!((split.device_cache + split.host_cache).get(), 4096 * 131_072, "{layers}");
        assert_eq!(split.device_layers, layers.min(33));
    }
    // The embedding table never moves.
    assert_eq!(
        offload::place(&work, Placement::Layers(33)).expect("known").host_weights.get(),
        128_256 * 4096 / 256 * 144
    );
}

#[test]
fn as_many_layers_are_offloaded_as_fit() {
    let llama = LLAMA_3_1_8B.model();
    let work = workload(&llama, WeightFormat::Q4KM, 4096);
    let mut before = 0;
    for gib in [0.0, 1.0, 2.0, 3.0, 4.0, 8.0] {
        let split = offload::most_layers(&work, Bytes::from_gib(gib)).expect("known");
        assert!(split.on_device() <= Bytes::from_gib(gib), "{gib}");
        assert!(split.device_layers >= before, "{gib}");
        before = split.device_layers;
    }
    assert_eq!(before, 33);
}

#[test]
fn what_stays_with_the_host_does_not_weigh_on_a_card_but_does_on_one_memory() {
    let llama = LLAMA_3_1_8B.model();
    let work = workload(&llama, WeightFormat::Q4KM, 4096);
    let (card, mac) = (rtx_4090(), device("mac", DeviceClass::Apple, 24.0, 400.0, 30.0));
    let on_card = ledger(&work, &alone(&card)).expect("known");
    assert_eq!(on_card.on_host.get(), 128_256 * 4096 / 256 * 144);
    assert_eq!(on_card.on_devices() + on_card.on_host, on_card.total());
    assert_eq!(ledger(&work, &alone(&mac)).expect("known").on_host, Bytes::ZERO);
}

#[test]
fn a_device_whose_memory_nobody_published_gets_no_verdict() {
    let (mut card, llama) = (rtx_4090(), LLAMA_3_1_8B.model());
    card.memory = None;
    let answer = estimate(&workload(&llama, WeightFormat::Q4KM, 4096), &alone(&card));
    assert_eq!(answer.verdict, Verdict::Unknown);
    assert!(answer.memory.is_ok());
}

#[test]
fn a_model_of_which_nothing_is_published_is_refused_by_name() {
    let (card, mut llama) = (rtx_4090(), LLAMA_3_1_8B.model());
    llama.architecture = None;
    llama.parameters_total = None;
    let answer = estimate(&workload(&llama, WeightFormat::Q4KM, 4096), &alone(&card));
    let refusal = answer.memory.expect_err("nothing is known");
    assert!(refusal.reason.contains("llama-3.1-8b"), "{}", refusal.reason);
    assert!(answer.decode.is_err() && answer.prefill.is_err());
}

#[test]
fn degenerate_workloads_give_numbers_and_never_panic() {
    let (card, llama) = (rtx_4090(), LLAMA_3_1_8B.model());
    for context_tokens in [0, 1, u32::MAX] {
        for sessions in [0, 1, u32::MAX] {
            for count in [0, 1, u32::MAX] {
                for engine in Engine::ALL {
                    for kv_format in KvFormat::ALL {
                        let work = Workload {
                            context_tokens,
                            sessions,
                            engine: *engine,
                            kv_format: *kv_format,
                            ..workload(&llama, WeightFormat::Q4KM, 0)
                        };
                        let hardware = Hardware { count, ..alone(&card) };
                        assert!(ledger(&work, &hardware).is_ok());
                    }
                }
            }
        }
    }
}

#[test]
fn absurd_shapes_never_panic() {
    let card = rtx_4090();
    for absurd in [0, 1, 7, u32::MAX] {
        let mut llama = LLAMA_3_1_8B.model();
        let shapes = llama.architecture.as_mut().expect("it has one");
        shapes.hidden = absurd;
        shapes.heads = Some(absurd);
        shapes.kv_heads = Some(absurd);
        shapes.head_dim = Some(absurd);
        shapes.feed_forward = Some(absurd);
        shapes.vocabulary = Some(absurd);
        let recurrent = LayerState::Recurrent {
            conv_channels: absurd,
            conv_width: absurd,
            state_elements: u64::from(absurd) << 20,
        };
        shapes.layer_groups[0].count = 31;
        shapes.layer_groups.push(sizewright::catalog::LayerGroup { count: 1, state: recurrent });
        for format in WeightFormat::ALL {
            let _ = estimate(&workload(&llama, *format, 4096), &alone(&card));
        }
        shapes_with_layers(&mut llama, u32::MAX);
        let _ = estimate(&workload(&llama, WeightFormat::Q4KM, 4096), &alone(&card));
    }
}

fn shapes_with_layers(model: &mut Model, layers: u32) {
    let shapes = model.architecture.as_mut().expect("it has one");
    shapes.layers = layers;
    shapes.layer_groups.clear();
}
