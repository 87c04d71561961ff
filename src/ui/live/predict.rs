//! What a model file will take and give on this machine, from its header alone: the sizing room's arithmetic, with the
//! file's own shapes and its exact size.
//!
//! Nothing is computed here that `sizing` computes; the header is put into the words of the catalog, and the size of the
//! weights, which a file states and need not be counted, replaces the count.

use std::time::SystemTime;

use smol_str::SmolStr;

use crate::catalog::{
    Architecture, Catalog, Date, Device, Engine, Experts, LayerGroup, LayerState, Model, ModelId, ModelKind,
    Provenance, Standing, WeightFormat,
};
use crate::export;
use crate::import::ran::{exact_format, format_in, kv_format};
use crate::infer::{self, ModelHeader};
use crate::sizing::calibration::Calibration;
use crate::sizing::memory::{self, MemoryKind, MemoryLedger, MemoryPart};
use crate::sizing::{Basis, BasisInput, Estimate, Hardware, Refusal, Workload, estimate_on};
use crate::units::Bytes;

/// What an answer is taken to be like until there is one, in tokens: prompt and answer.
pub const USUAL: (u32, u32) = (32, 128); // a short question and a paragraph, own choice, 2026-11-20

/// What a prediction is made from; made anew when it differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// The file.
    pub header: ModelHeader,
    /// The device taken for this machine. `None`: memory only.
    pub device: Option<Device>,
    /// What the plan's own measurements say about it.
    pub own: Calibration,
    /// How the engine stores keys and values.
    pub cache: infer::KvFormat,
    /// Threads that compute. `None`: not known before a trial; one a core is taken.
    pub threads: Option<u32>,
    /// Context the model is loaded with, in tokens.
    pub context_tokens: u32,
    /// Prompt in tokens.
    pub prompt_tokens: u32,
    /// Answer in tokens.
    pub output_tokens: u32,
}

/// A prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// What loading the file adds to this process: weights, cache, buffers.
    pub memory: Result<MemoryLedger, Refusal>,
    /// Speed on the device. `None`: no device, or a format the sizing does not know.
    pub estimate: Option<Estimate>,
}

/// The last prediction, kept while its inputs stay the same.
#[derive(Clone, Debug, Default)]
pub struct Predicted {
    last: Option<(Inputs, Prediction)>,
}

impl Predicted {
    /// The prediction for these inputs.
    pub fn of(&mut self, inputs: &Inputs, catalog: &Catalog) -> &Prediction {
        if self.last.as_ref().is_some_and(|(made_from, _)| made_from != inputs) {
            self.last = None;
        }
        let (_, prediction) = self.last.get_or_insert_with(|| (inputs.clone(), predict(inputs, catalog)));
        prediction
    }

    /// The last one, with what it was made from.
    pub fn last(&self) -> Option<(&Inputs, &Prediction)> {
        self.last.as_ref().map(|(inputs, prediction)| (inputs, prediction))
    }
}

/// Predicts. The ledger's buffers do not depend on which processor it is, so any of the catalog serves where none is
/// chosen.
pub fn predict(inputs: &Inputs, catalog: &Catalog) -> Prediction {
    let model = as_model(&inputs.header);
    let format = weight_format(&inputs.header);
    let workload = Workload {
        model: &model,
        format: format.unwrap_or(WeightFormat::F16),
        kv_format: kv_format(inputs.cache),
        engine: Engine::LlamaCpp,
        profile: catalog.engine_profiles.get(&Engine::LlamaCpp.id().into()),
        context_tokens: inputs.context_tokens,
        prompt_tokens: inputs.prompt_tokens.max(1),
        output_tokens: inputs.output_tokens.max(1),
        sessions: 1,
    };
    let hardware = |device| Hardware { device, count: 1, memory: None };
    let any = || catalog.devices.iter().find(|device| device.is_processor());
    let memory = match inputs.device.as_ref().or_else(any) {
        Some(device) => memory::ledger(&workload, &hardware(device)).map(|ledger| of_file(ledger, &inputs.header)),
        None => {
            let reason = "no processor in the catalog to count buffers for".to_owned();
            Err(Refusal { reason, nearest: None })
        }
    };
    let device = inputs.device.as_ref().filter(|_| format.is_some());
    let estimate = |device| estimate_on(&workload, &hardware(device), &inputs.own, inputs.threads);
    Prediction { memory, estimate: device.map(estimate) }
}

/// The ledger with the file's own weights, and without what the process takes that runs already.
fn of_file(mut ledger: MemoryLedger, header: &ModelHeader) -> MemoryLedger {
    ledger.parts.retain(|part| part.kind != MemoryKind::Runtime);
    for part in ledger.parts.iter_mut().filter(|part| part.kind == MemoryKind::Weights) {
        *part = weights(header.weight_bytes, &header.name);
    }
    ledger
}

fn weights(bytes: Bytes, name: &str) -> MemoryPart {
    let basis = Basis {
        standing: Standing::Measured,
        formula: SmolStr::new_static("The tensors as the file's header lists them"),
        inputs: vec![BasisInput::new("tensors in the file", bytes, Standing::Measured, name)],
        band: SmolStr::default(),
    };
    MemoryPart { kind: MemoryKind::Weights, low: bytes, likely: bytes, high: bytes, basis }
}

/// How a file's weights are stored. Where it does not tell its type, a mix is taken for its medium kind, the one files
/// mostly are.
pub fn weight_format(header: &ModelHeader) -> Option<WeightFormat> {
    let told = header.file_type.is_some();
    format_in(header).or_else(|| exact_format(&format!("{}_M", header.tensor_type)).filter(|_| !told))
}

/// The header in the words of the catalog.
pub fn as_model(header: &ModelHeader) -> Model {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (kv_heads, dim) = (small(header.kv_heads), small(header.head_dim));
    let windowed = header.window.map_or(0, |window| window.layers.min(header.layers));
    let groups = [
        (header.layers - windowed, LayerState::Full { kv_heads, key_dim: dim, value_dim: dim }),
        (
            windowed,
            LayerState::Sliding {
                window: header.window.map_or(0, |window| small(window.tokens)),
                kv_heads,
                key_dim: dim,
                value_dim: dim,
            },
        ),
    ];
    let groups = groups.into_iter().filter(|(count, _)| *count > 0);
    let experts = header.experts.map(|experts| Experts {
        count: small(experts.count),
        per_token: small(experts.used),
        feed_forward: Some(small(header.feed_forward)),
        shared: u32::from(experts.shared > 0),
        shared_feed_forward: (experts.shared > 0).then(|| small(experts.shared)),
        dense_layers: small(experts.dense_layers),
        latent: None,
    });
    let architecture = Architecture {
        layers: small(header.layers),
        hidden: small(header.embedding_length),
        heads: Some(small(header.heads)),
        kv_heads: Some(kv_heads),
        head_dim: Some(dim),
        // Of a mixture the header's width is that of an expert.
        feed_forward: match header.experts {
            None => Some(small(header.feed_forward)),
            Some(it) => (it.dense_layers > 0 && it.dense_feed_forward > 0).then(|| small(it.dense_feed_forward)),
        },
        vocabulary: Some(small(header.vocabulary)),
        tied_embeddings: Some(header.tied_embeddings),
        experts,
        layer_groups: groups.map(|(count, state)| LayerGroup { count: small(count), state }).collect(),
        ..Architecture::default()
    };
    let unknown_day = || Date::parse("1970").expect("a year is a date");
    Model {
        id: ModelId::new("file"),
        name: header.name.clone(),
        family: header.architecture.clone(),
        kind: if header.experts.is_some() { ModelKind::MixtureOfExperts } else { ModelKind::Dense },
        parameters_total: Some(header.parameters),
        parameters_active: Some(header.parameters_active),
        architecture: Some(architecture),
        context_tokens: Some(small(header.context_length)),
        license: None,
        released: None,
        quality: Vec::new(),
        tags: Vec::new(),
        notes: None,
        provenance: Provenance {
            source: "the file's own header".to_owned(),
            date: export::day_of(SystemTime::now()).unwrap_or_else(unknown_day),
            standing: Standing::Measured,
            fields: Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::{HeaderExperts, HeaderWindow, embedded_model, inspect};

    fn inputs(context_tokens: u32) -> Inputs {
        let path = embedded_model().expect("it ships with the program");
        let header = inspect(&path).expect("it is sound");
        Inputs {
            header,
            device: None,
            own: Calibration::NONE,
            cache: infer::KvFormat::F16,
            threads: None,
            context_tokens,
            prompt_tokens: USUAL.0,
            output_tokens: USUAL.1,
        }
    }

    #[test]
    fn the_embedded_models_file_gives_the_ledger_its_exact_weights() {
        let inputs = inputs(2048);
        let prediction = predict(&inputs, Catalog::builtin().expect("sound"));
        let ledger = prediction.memory.expect("all shapes are known");
        assert_eq!(ledger.of(MemoryKind::Weights), inputs.header.weight_bytes);
        // 2 x 30 layers x 3 heads x 64 x 2 bytes x 2,048 tokens.
        assert_eq!(ledger.of(MemoryKind::KvCache), Bytes::new(2 * 30 * 3 * 64 * 2 * 2048));
        assert_eq!(ledger.of(MemoryKind::Runtime), Bytes::ZERO, "the process runs already");
    }

    #[test]
    fn the_cache_is_predicted_in_the_format_it_is_loaded_with() {
        let catalog = Catalog::builtin().expect("sound");
        let cache = |cache| {
            let ledger = predict(&Inputs { cache, ..inputs(2048) }, catalog).memory.expect("known");
            ledger.of(MemoryKind::KvCache).get()
        };
        assert_eq!(cache(infer::KvFormat::Q8_0) * 32, cache(infer::KvFormat::F16) * 17);
    }

    #[test]
    fn a_layer_with_a_window_is_predicted_with_its_window() {
        let catalog = Catalog::builtin().expect("sound");
        let whole = inputs(8192);
        let mut windows = whole.clone();
        windows.header.window = Some(HeaderWindow { tokens: 512, layers: 20 });
        let cache = |inputs: &Inputs| predict(inputs, catalog).memory.expect("known").of(MemoryKind::KvCache).as_f64();
        // 10 of 30 layers keep all 8,192 tokens, 20 no more than 1,024 and some slack.
        let share = cache(&windows) / cache(&whole);
        assert!(share > 10.0 / 30.0 && share < 10.0 / 30.0 + 20.0 / 30.0 / 4.0, "{share}");
    }

    #[test]
    fn more_context_never_needs_less_memory() {
        let catalog = Catalog::builtin().expect("sound");
        let total = |context| predict(&inputs(context), catalog).memory.expect("known").total();
        assert!(total(1) <= total(2048) && total(2048) < total(8192) && total(8192) < total(u32::MAX));
    }

    #[test]
    fn a_window_and_few_experts_of_many_make_a_model_faster() {
        let catalog = Catalog::builtin().expect("sound");
        let device = catalog.devices.iter().find(|device| device.is_processor() && device.memory_bandwidth.is_some());
        let long = Inputs { device: device.cloned(), prompt_tokens: 8000, ..inputs(8192) };
        let speed = |inputs: &Inputs| {
            let estimate = predict(inputs, catalog).estimate.expect("a device and a format");
            estimate.decode.expect("it runs").likely
        };
        let memory = |inputs: &Inputs| predict(inputs, catalog).memory.expect("known");
        let mut windowed = long.clone();
        windowed.header.window = Some(HeaderWindow { tokens: 128, layers: 25 });
        assert!(speed(&windowed) > speed(&long), "less of the past is read");
        assert!(memory(&windowed).of(MemoryKind::KvCache) < memory(&long).of(MemoryKind::KvCache), "less is kept");
        // 16 experts in place of each layer's block; without the header's word on experts it is dense.
        let mut mixture = long.clone();
        let block = (3 * 576 * 1536 * 30) as u64;
        mixture.header.parameters += 15 * block;
        mixture.header.weight_bytes = Bytes::from_gib(1.0);
        mixture.header.parameters_active = mixture.header.parameters;
        let dense = speed(&mixture);
        mixture.header.parameters_active = long.header.parameters;
        let experts = HeaderExperts { count: 16, used: 1, dense_layers: 0, dense_feed_forward: 0, shared: 0 };
        mixture.header.experts = Some(experts);
        assert!(
            speed(&mixture).as_tokens_per_second() > 2.0 * dense.as_tokens_per_second(),
            "one expert of sixteen is read"
        );
        assert_eq!(memory(&mixture).of(MemoryKind::Weights), mixture.header.weight_bytes);
    }

    /// Measurements are held against the estimate of the catalog's entry, and shift the one of the file.
    #[test]
    fn a_file_is_predicted_as_the_catalogs_entry_of_its_model_is() {
        let catalog = Catalog::builtin().expect("sound");
        let device = catalog.devices.iter().find(|device| device.is_processor() && device.memory_bandwidth.is_some());
        let device = device.expect("there is a processor");
        let inputs = Inputs { device: Some(device.clone()), ..inputs(2048) };
        let file = predict(&inputs, catalog).estimate.expect("a device and a format");
        let model = catalog.models.get(&ModelId::new("smollm2-135m")).expect("built in");
        let workload = Workload {
            model,
            format: WeightFormat::Q4_1,
            kv_format: kv_format(inputs.cache),
            engine: Engine::LlamaCpp,
            profile: catalog.engine_profiles.get(&Engine::LlamaCpp.id().into()),
            context_tokens: 2048,
            prompt_tokens: USUAL.0,
            output_tokens: USUAL.1,
            sessions: 1,
        };
        let entry = estimate_on(&workload, &Hardware { device, count: 1, memory: None }, &Calibration::NONE, None);
        for (name, file, entry) in [("decode", file.decode, entry.decode), ("prefill", file.prefill, entry.prefill)] {
            let apart = file.expect("it runs").likely / entry.expect("it runs").likely - 1.0;
            assert!(apart.abs() < 0.01, "{name}: {:+.1} %", apart * 100.0);
        }
    }

    #[test]
    fn a_prediction_is_for_the_threads_that_compute() {
        let catalog = Catalog::builtin().expect("sound");
        let device = catalog.devices.iter().find(|device| device.is_processor() && device.memory_bandwidth.is_some());
        let on = |threads| {
            let inputs = Inputs { device: device.cloned(), threads, ..inputs(2048) };
            let estimate = predict(&inputs, catalog).estimate.expect("a device and a format");
            (estimate.decode.expect("it runs").likely, estimate.prefill.expect("it runs").likely)
        };
        let (one, all) = (on(Some(1)), on(None));
        assert!(one.0 < all.0 && one.1 < all.1, "{one:?} {all:?}");
    }

    #[test]
    fn a_file_is_predicted_in_the_type_it_tells_and_else_in_the_one_that_prevails() {
        for (told, tensor, format) in [
            (None, "Q4_1", Some(WeightFormat::Q4_1)),
            (None, "Q8_0", Some(WeightFormat::Q8_0)),
            (None, "Q4_K", Some(WeightFormat::Q4KM)),
            (None, "Q6_K", Some(WeightFormat::Q6K)),
            (None, "BF16", Some(WeightFormat::Bf16)),
            (None, "I32", None),
            (Some("Q4_K - Medium"), "Q5_0", Some(WeightFormat::Q4KM)),
            (Some("Q4_K - Small"), "Q4_K", Some(WeightFormat::Q4KS)),
        ] {
            let header = ModelHeader { file_type: told, tensor_type: tensor.to_owned(), ..inputs(1).header };
            assert_eq!(weight_format(&header), format, "{told:?} {tensor}");
        }
    }

    #[test]
    fn a_prediction_is_made_anew_only_when_its_inputs_differ() {
        let catalog = Catalog::builtin().expect("sound");
        let (mut predicted, short, long) = (Predicted::default(), inputs(1024), inputs(4096));
        let first = predicted.of(&short, catalog).clone();
        assert_eq!(predicted.of(&short, &Catalog::default()), &first, "remembered, whatever the catalog");
        assert_ne!(predicted.of(&long, catalog), &first);
    }
}
