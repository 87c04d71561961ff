//! Kinds of entries that say how models are run: engine profiles, losses of formats, sites. Changed in the user's layer
//! they move what rests on them, and they are saved, exported, merged and refused like any other kind.

use std::path::Path;

use sizewright::catalog::{
    Catalog, CatalogError, ElectricityPrice, Engine, EngineProfile, EngineSettings, FormatLoss, Layer, MergeStanding,
    Site, WeightFormat, differences, merge_items, validate,
};
use sizewright::project::{Project, file, outcome};
use sizewright::sizing::memory::{MemoryKind, ledger};
use sizewright::sizing::serving::{Sense, SessionTarget, most_sessions};
use sizewright::sizing::{Hardware, Workload};
use sizewright::units::{Bytes, TokensPerSecond};

fn catalog() -> &'static Catalog {
    Catalog::builtin().unwrap_or_else(|error| panic!("{error}"))
}

fn profile(engine: Engine) -> EngineProfile {
    catalog().engine_profiles.get(&engine.id().into()).expect("each engine has one").clone()
}

/// Llama 3.1 8B served on one H100, by this profile.
fn workload(profile: Option<&EngineProfile>, engine: Engine) -> Workload<'_> {
    let mut workload = Project::default_plan(catalog()).scenarios[0].workload(
        catalog().models.get(&"llama-3.1-8b".into()).expect("the model"),
        profile,
        &Project::default_plan(catalog()).needs,
        1,
    );
    (workload.engine, workload.context_tokens, workload.format) = (engine, 10_000, WeightFormat::Bf16);
    workload
}

fn h100() -> Hardware<'static> {
    let device = catalog().devices.get(&"nvidia-h100-sxm-80gb".into()).expect("the card");
    Hardware { device, count: 1, memory: None }
}

fn bytes(profile: &EngineProfile, kind: MemoryKind) -> Bytes {
    let ledger = ledger(&workload(Some(profile), profile.engine), &h100()).expect("everything is published");
    ledger.parts.iter().filter(|part| part.kind == kind).map(|part| part.likely).sum()
}

#[test]
fn an_engine_without_a_profile_runs_by_its_default_settings() {
    for &engine in Engine::ALL {
        assert_eq!(profile(engine).settings, EngineSettings::of(engine));
        let own = profile(engine);
        let with = ledger(&workload(Some(&own), engine), &h100()).expect("a ledger");
        let without = ledger(&workload(None, engine), &h100()).expect("a ledger");
        assert_eq!(with.total(), without.total(), "{engine}");
        // A profile of another program says nothing of this one.
        let other = profile(if engine == Engine::Vllm { Engine::LlamaCpp } else { Engine::Vllm });
        let foreign = ledger(&workload(Some(&other), engine), &h100()).expect("a ledger");
        assert_eq!(foreign.total(), without.total(), "{engine}");
    }
}

#[test]
fn every_number_of_an_engine_profile_moves_what_rests_on_it() {
    let vllm = profile(Engine::Vllm);
    let changed = |change: fn(&mut EngineProfile)| {
        let mut changed = vllm.clone();
        change(&mut changed);
        changed
    };
    let buffers = bytes(&vllm, MemoryKind::Buffers);
    let longer = changed(|p| p.settings.step_tokens *= 2);
    assert!(bytes(&longer, MemoryKind::Buffers) > buffers);
    let more = changed(|p| p.settings.reserved.as_mut().expect("vLLM reserves").profiled_sessions *= 4);
    assert!(bytes(&more, MemoryKind::Buffers) > buffers);
    let graphs = changed(|p| p.settings.reserved.as_mut().expect("vLLM reserves").graphs = Bytes::from_gib(2.3));
    assert_eq!(bytes(&graphs, MemoryKind::Buffers).as_gib().round(), (buffers.as_gib() + 2.0).round());
    let alone = changed(|p| p.settings.reserved.as_mut().expect("vLLM reserves").alone = Bytes::from_gib(3.15));
    let more = bytes(&alone, MemoryKind::Runtime).as_gib() - bytes(&vllm, MemoryKind::Runtime).as_gib();
    assert!((more - 3.0).abs() < 1e-6, "{more}");
    let blocks = changed(|p| p.settings.cache_block_tokens = 4096);
    let (padded, kept) = (bytes(&blocks, MemoryKind::KvCache), bytes(&vllm, MemoryKind::KvCache));
    assert_eq!(padded.as_f64() / 12_288.0, kept.as_f64() / 10_000.0, "10,000 tokens are three blocks of 4,096");
    let llama = profile(Engine::LlamaCpp);
    let wider = EngineProfile { settings: EngineSettings { step_tokens: 2048, ..llama.settings }, ..llama.clone() };
    assert!(bytes(&wider, MemoryKind::Buffers) > bytes(&llama, MemoryKind::Buffers));
}

#[test]
fn a_smaller_share_of_memory_serves_fewer_sessions() {
    let target = SessionTarget {
        speed: TokensPerSecond::from_tokens_per_second(5.0),
        sense: Sense::Mean,
        time_to_first_token: None,
    };
    let sessions = |share: f64| {
        let mut profile = profile(Engine::Vllm);
        profile.settings.reserved.as_mut().expect("vLLM reserves").memory_share = share;
        let mut long = workload(Some(&profile), Engine::Vllm);
        (long.prompt_tokens, long.output_tokens) = (8000, 2000);
        most_sessions(&long, &h100(), &target).expect("a plan").sessions.likely
    };
    assert!(sessions(0.5) < sessions(0.9), "{} and {}", sessions(0.5), sessions(0.9));
}

#[test]
fn the_plan_follows_the_site_it_chose_and_keeps_its_own_number_beside() {
    let mut plan = Project::default_plan(catalog());
    let energy = |plan: &Project| outcome(plan, &plan.catalog(catalog())).money.site_energy_per_year.expect("a PUE");
    let own = energy(&plan);
    let site = catalog().sites.get(&"industry-average".into()).expect("the site");
    plan.money.take_site(site);
    assert!((energy(&plan) / own - 1.54 / 1.2).abs() < 1e-9);
    plan.layer.put(Site { pue: 1.3, ..site.clone() });
    assert!((energy(&plan) / own - 1.3 / 1.2).abs() < 1e-9, "an edited entry moves the plan");
    plan.layer.remove::<Site>(catalog(), &site.id);
    assert!((energy(&plan) / own - 1.54 / 1.2).abs() < 1e-9, "without its entry the number taken over holds");
}

#[test]
fn the_plan_follows_the_price_of_electricity_it_chose_and_keeps_its_own_number_beside() {
    let mut plan = Project::default_plan(catalog());
    let cost = |plan: &Project| outcome(plan, &plan.catalog(catalog())).money.power_cost_per_year.expect("a price");
    let own = cost(&plan);
    let price = catalog().electricity_prices.get(&"us-california-industrial".into()).expect("the price");
    plan.money.take_electricity(price);
    assert!((cost(&plan) / own - 0.186 / 0.11).abs() < 1e-9);
    let path = Path::new("plan.ron");
    let text = file::to_text(path, &plan, catalog()).expect("it can be written");
    plan.layer.put(ElectricityPrice { usd_per_kwh: 0.22, ..price.clone() });
    assert!((cost(&plan) / own - 2.0).abs() < 1e-9, "an edited entry moves the plan");
    plan.layer.remove::<ElectricityPrice>(catalog(), &price.id);
    assert!((cost(&plan) / own - 0.186 / 0.11).abs() < 1e-9, "without its entry the number taken over holds");
    // A later program with another price: the plan's numbers stay.
    let mut later = catalog().clone();
    later.electricity_prices.put(ElectricityPrice { usd_per_kwh: 0.5, ..price.clone() });
    let opened = file::from_text(path, &text, &later).expect("it can be read").project;
    assert_eq!(opened.money.electricity_in(&opened.catalog(&later)), 0.186);
}

#[test]
fn a_plan_keeps_the_profile_and_the_site_it_was_saved_with() {
    let mut plan = Project::default_plan(catalog());
    let mut own = profile(Engine::Vllm);
    (own.id, own.name) = ("my-vllm".into(), "vLLM with long steps".into());
    own.settings.step_tokens = 32_768;
    plan.scenarios[0].run_by(&own);
    assert_eq!((plan.scenarios[0].engine, plan.scenarios[0].profile_id()), (Engine::Vllm, own.id.clone()));
    plan.layer.put(own);
    plan.money.take_site(catalog().sites.get(&"meta".into()).expect("the site"));
    let path = Path::new("plan.ron");
    let text = file::to_text(path, &plan, catalog()).expect("it can be written");
    // A later program with other defaults: the plan's numbers stay.
    let mut later = catalog().clone();
    let mut other = profile(Engine::LlamaCpp);
    other.settings.step_tokens = 4096;
    later.engine_profiles.put(other);
    let site = later.sites.get(&"meta".into()).expect("the site").clone();
    later.sites.put(Site { pue: 1.01, ..site });
    let opened = file::from_text(path, &text, &later).expect("it can be read");
    assert_eq!((&opened.project.layer, &opened.project.scenarios), (&plan.layer, &plan.scenarios));
    let kept = opened.project.catalog(&later);
    assert_eq!(opened.project.money.pue_in(&kept), 1.08);
    assert_eq!(opened.project.scenarios[1].profile(&kept), Some(&profile(Engine::LlamaCpp)));
    assert_eq!(opened.differences.len(), 2, "{:?}", opened.differences);
}

/// A layer that changes one entry of each of the three kinds.
fn theirs() -> Layer {
    let mut layer = Layer::default();
    let mut profile = profile(Engine::Sglang);
    profile.settings.cache_block_tokens = 64;
    layer.put(profile);
    let loss = catalog().published_loss(WeightFormat::Q4KM).expect("published");
    layer.put(FormatLoss { perplexity_more: 0.2, ..loss.clone() });
    layer.put(Site {
        id: "my-hall".into(),
        name: "My hall".into(),
        year: 2026,
        pue: 1.4,
        provenance: loss.provenance.clone(),
    });
    layer.remove::<Site>(catalog(), &"google".into());
    layer
}

#[test]
fn changes_of_these_kinds_are_exported_reviewed_and_merged() {
    let theirs = theirs();
    let text = theirs.to_ron_string().expect("it can be written");
    assert_eq!(Layer::from_ron_str("theirs.ron", &text).expect("and read"), theirs, "{text}");
    assert_eq!(differences(catalog(), &theirs).len(), 4);
    let items = merge_items(catalog(), &Layer::default(), &theirs);
    let standing = |id: &str| &items.iter().find(|item| item.key.id == id).expect(id).standing;
    assert_eq!((standing("my-hall"), standing("google")), (&MergeStanding::New, &MergeStanding::Removed));
    let MergeStanding::Differs(fields) = standing("q4_k_m") else { panic!("{items:?}") };
    assert_eq!(fields[0].field, "perplexity_more");
    let mut mine = Layer::default();
    for item in &items {
        mine.take_entry(catalog(), &theirs, &item.key);
    }
    assert_eq!(mine, theirs);
    let all = catalog().with(&mine);
    assert!((all.published_loss(WeightFormat::Q4KM).expect("it").share() - 0.2 / 6.231_636).abs() < 1e-12);
    for item in &items {
        assert!(mine.forget(&item.key));
    }
    assert!(mine.is_empty());
}

#[test]
fn impossible_values_and_ids_used_twice_are_refused_with_their_field() {
    let good = theirs().to_ron_string().expect("it can be written");
    for (from, to, field) in [
        ("pue: 1.4", "pue: NaN", "pue"),
        ("pue: 1.4", "pue: 0.9", "pue"),
        ("pue: 1.4", "pue: 1e300", "pue"),
        ("perplexity_more: 0.2", "perplexity_more: NaN", "perplexity_more"),
        ("perplexity_more: 0.2", "perplexity_more: -1e300", "perplexity_more"),
        ("cache_block_tokens: 64", "cache_block_tokens: 0", "cache_block_tokens"),
        ("cache_block_tokens: 64", "cache_block_tokens: -1", "cache_block_tokens"),
        ("memory_share: 0.88", "memory_share: 1.5", "memory_share"),
        ("memory_share: 0.88", "memory_share: NaN", "memory_share"),
        ("graphs_gib: 0.3", "graphs_gib: -1.0", "graphs_gib"),
        ("graphs_gib: 0.3", "graphs_gib: 1e300", "graphs_gib"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}: {good}");
        let error = Layer::from_ron_str("theirs.ron", &bad).expect_err(to).to_string();
        assert!(error.contains(field) && error.contains("theirs.ron"), "{to}: {error}");
    }
    let mut twice = theirs();
    twice.sites.push(twice.sites[0].clone());
    let text = twice.to_ron_string().expect("it can be written");
    assert!(matches!(Layer::from_ron_str("t", &text), Err(CatalogError::Twice { kind: "site", .. })));
    // A program whose buffers come from its graph reserves nothing, and the other way round.
    let mut odd = profile(Engine::LlamaCpp);
    odd.settings.reserved = profile(Engine::Vllm).settings.reserved;
    assert!(!validate::entry("here", &odd).is_empty());
    let mut odd = profile(Engine::Vllm);
    odd.settings.reserved = None;
    assert!(!validate::entry("here", &odd).is_empty());
    let mut odd = profile(Engine::Vllm);
    (odd.engine, odd.settings) = (Engine::LlamaCpp, EngineSettings::of(Engine::LlamaCpp));
    assert!(!validate::entry("here", &odd).is_empty(), "the id of vLLM's default is vLLM's");
}
