//! Models and devices built in code, with the shapes their configuration files state, for the sizing tests.

#![allow(dead_code, reason = "each test file uses a part of this")]

use sizewright::catalog::*;
use sizewright::sizing::{Hardware, Workload};
use sizewright::units::*;

/// Where every shape below comes from.
pub fn provenance() -> Provenance {
    Provenance {
        source: "configuration file".to_owned(),
        date: Date::parse("2026-11-20").expect("a date"),
        standing: Standing::Cited,
        fields: Vec::new(),
    }
}

/// Shapes of a dense decoder with full attention.
pub struct Dense {
    pub id: &'static str,
    pub family: &'static str,
    pub parameters: f64,
    pub layers: u32,
    pub hidden: u32,
    pub heads: u32,
    pub kv_heads: u32,
    pub head_dim: u32,
    pub feed_forward: u32,
    pub vocabulary: u32,
    pub tied: bool,
}

impl Dense {
    pub fn model(&self) -> Model {
        let group = LayerGroup {
            count: self.layers,
            state: LayerState::Full { kv_heads: self.kv_heads, key_dim: self.head_dim, value_dim: self.head_dim },
        };
        Model {
            id: self.id.into(),
            name: self.id.to_owned(),
            family: self.family.to_owned(),
            kind: ModelKind::Dense,
            parameters_total: Some((self.parameters * 1e9).round() as u64),
            parameters_active: Some((self.parameters * 1e9).round() as u64),
            architecture: Some(Architecture {
                layers: self.layers,
                hidden: self.hidden,
                heads: Some(self.heads),
                kv_heads: Some(self.kv_heads),
                head_dim: Some(self.head_dim),
                feed_forward: Some(self.feed_forward),
                vocabulary: Some(self.vocabulary),
                tied_embeddings: Some(self.tied),
                layer_groups: vec![group],
                ..Architecture::default()
            }),
            context_tokens: Some(131_072),
            license: None,
            released: None,
            quality: Vec::new(),
            tags: Vec::new(),
            notes: None,
            provenance: provenance(),
        }
    }
}

#[rustfmt::skip]
pub const LLAMA_3_1_8B: Dense = Dense { id: "llama-3.1-8b", family: "Llama 3.1", parameters: 8.03, layers: 32, hidden: 4096, heads: 32, kv_heads: 8, head_dim: 128, feed_forward: 14336, vocabulary: 128_256, tied: false };
#[rustfmt::skip]
pub const LLAMA_3_70B: Dense = Dense { id: "llama-3-70b", family: "Llama 3", parameters: 70.55, layers: 80, hidden: 8192, heads: 64, kv_heads: 8, head_dim: 128, feed_forward: 28672, vocabulary: 128_256, tied: false };

/// A device with bandwidth and rate only.
pub fn device(id: &str, class: DeviceClass, memory_gib: f64, gb_per_second: f64, tera: f64) -> Device {
    Device {
        id: id.into(),
        name: id.to_owned(),
        vendor: "test".to_owned(),
        class,
        form_factor: "card".to_owned(),
        memory: Some(Bytes::from_gib(memory_gib)),
        memory_bandwidth: Some(BytesPerSecond::from_giga(gb_per_second)),
        rates: Rates { fp16: Some(FlopPerSecond::from_tera(tera)), ..Rates::default() },
        power_limit: Some(Watts::from_watts(450.0)),
        price: None,
        released: None,
        facts: DeviceFacts::default(),
        notes: None,
        provenance: provenance(),
    }
}

pub fn rtx_4090() -> Device {
    device("nvidia-geforce-rtx-4090", DeviceClass::NvidiaGeforce, 24.0, 1008.0, 165.2)
}

pub fn alone(device: &Device) -> Hardware<'_> {
    Hardware { device, count: 1, memory: None }
}

pub fn workload(model: &Model, format: WeightFormat, context_tokens: u32) -> Workload<'_> {
    Workload {
        model,
        format,
        kv_format: KvFormat::F16,
        engine: Engine::LlamaCpp,
        profile: None,
        context_tokens,
        prompt_tokens: 512,
        output_tokens: 256,
        sessions: 1,
    }
}
