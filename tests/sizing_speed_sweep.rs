//! Single-stream speed over the whole catalog: every device, every model and every format gets a sane band or a reason.

use sizewright::catalog::{Catalog, Device, Engine, KvFormat, Model, WeightFormat};
use sizewright::sizing::calibration::Calibration;
use sizewright::sizing::speed::conditions::{Conditions, Parallel};
use sizewright::sizing::speed::platform::Machine;
use sizewright::sizing::speed::{FittedSpeed, Run};
use sizewright::sizing::weights;
use sizewright::sizing::{Figure, Refusal};
use sizewright::units::TokensPerSecond;

/// Small and large, dense and mixed, sliding, latent and recurrent.
const MODELS: [&str; 8] = [
    "qwen2.5-0.5b",
    "llama-3.2-1b",
    "llama-3.1-8b",
    "gemma-3-27b",
    "qwen3-30b-a3b",
    "gpt-oss-120b",
    "deepseek-r1-671b",
    "llama-3.1-405b",
];
const FORMATS: [WeightFormat; 8] = [
    WeightFormat::F16,
    WeightFormat::Fp8,
    WeightFormat::Q8_0,
    WeightFormat::Q4KM,
    WeightFormat::Q4_0,
    WeightFormat::Mxfp4,
    WeightFormat::Int4G128,
    WeightFormat::Iq2Xxs,
];
/// One of each kind: card, stacked, shared, Apple, other makers, processors, board, phone.
const DEVICES: [&str; 9] = [
    "nvidia-geforce-rtx-4090",
    "nvidia-h100-sxm-80gb",
    "nvidia-dgx-spark-gb10",
    "apple-m4-max-40-core-gpu",
    "amd-radeon-rx-7900-xtx",
    "intel-arc-b580",
    "amd-ryzen-9-7950x-cpu",
    "aws-graviton4-96-vcpu",
    "samsung-galaxy-s23-snapdragon-8-gen-2",
];

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog reads")
}

fn model(id: &str) -> &'static Model {
    catalog().models.get(&id.into()).unwrap_or_else(|| panic!("no model {id}"))
}

fn device(id: &str) -> &'static Device {
    catalog().devices.get(&id.into()).unwrap_or_else(|| panic!("no device {id}"))
}

/// What a device may be asked, and what it can do at the very most.
struct Asked<'a> {
    device: &'a Device,
    model: &'a Model,
    format: WeightFormat,
    engine: Engine,
    devices: u32,
}

impl Asked<'_> {
    fn check(&self) {
        let what = format!("{} on {} x {} as {}", self.model.id, self.devices, self.device.id, self.format);
        let Ok(counted) = weights::count(self.model, self.format, self.engine) else { return };
        let conditions = Conditions::usual(self.device, self.engine, self.devices);
        let run = Run {
            model: self.model,
            format: self.format,
            kv_format: KvFormat::F16,
            device: self.device,
            weights: &counted,
            conditions,
        };
        let fitted = FittedSpeed::builtin();
        let decode = run.decode(fitted, 1_024.0, 256, &Calibration::NONE).map(|timed| timed.figure);
        let prefill = run.prefill(fitted, 2_048, 0.0, &Calibration::NONE).map(|timed| timed.figure);
        let Ok(machine) = run.machine() else {
            for refused in [decode, prefill] {
                let reason = refused.expect_err(&what).reason;
                assert!(reason.contains("bandwidth"), "{what}: {reason}");
            }
            return;
        };
        let together = f64::from(self.devices);
        if let Some(speed) = sane(&what, decode) {
            let read = run.work().weights / machine.bandwidth();
            let most = together / read.as_secs();
            assert!(speed <= most, "{what}: {speed:.1} tokens/s, bandwidth allows {most:.1}");
        }
        if let Some(speed) = sane(&what, prefill) {
            let peak = together
                * match machine {
                    Machine::Accelerator(it) => it.matrix.as_flops().max(it.vector.as_flops()),
                    // Two fused multiply-adds of 512 bits a cycle, with 8-bit products: 256 operations; AVX2 has 64.
                    Machine::Processor(it) => it.core_rate * 1e9 * 256.0,
                };
            let most = peak / (2.0 * run.work().body);
            assert!(speed <= most, "{what}: {speed:.0} prompt tokens/s, arithmetic allows {most:.0}");
        }
    }
}

/// The likely value of a figure that must be sane; `None` where it was refused with a reason.
fn sane(what: &str, figure: Result<Figure<TokensPerSecond>, Refusal>) -> Option<f64> {
    match figure {
        Ok(figure) => {
            let [low, likely, high] = [figure.low, figure.likely, figure.high].map(|it| it.as_tokens_per_second());
            assert!(low.is_finite() && likely.is_finite() && high.is_finite(), "{what}: {low} {likely} {high}");
            assert!(0.0 < low && low < likely && likely < high, "{what}: {low} {likely} {high}");
            assert!(high / low > 1.09 && high / low < 60.0, "{what}: {low:.3} to {high:.3}");
            assert!((1e-4..1e7).contains(&likely), "{what}: {likely}");
            Some(likely)
        }
        Err(refusal) => {
            assert!(refusal.reason.len() > 15, "{what}: {}", refusal.reason);
            None
        }
    }
}

#[test]
fn every_device_gets_a_sane_band_below_what_its_memory_and_arithmetic_allow() {
    for device in catalog().devices.iter() {
        for of in MODELS {
            for format in FORMATS {
                Asked { device, model: model(of), format, engine: Engine::LlamaCpp, devices: 1 }.check();
            }
        }
        for (engine, devices) in [(Engine::LlamaCpp, 4), (Engine::Vllm, 8), (Engine::Mlx, 2)] {
            Asked { device, model: model("llama-3.1-8b"), format: WeightFormat::F16, engine, devices }.check();
        }
    }
}

#[test]
fn every_model_gets_a_sane_band_on_each_kind_of_device_and_in_every_format() {
    for model in catalog().models.iter() {
        let check = |id: &str, format| {
            Asked { device: device(id), model, format, engine: Engine::LlamaCpp, devices: 1 }.check();
        };
        DEVICES.iter().for_each(|id| check(id, WeightFormat::Q4KM));
        for &format in WeightFormat::ALL {
            check("nvidia-geforce-rtx-4090", format);
            check("amd-ryzen-9-7950x-cpu", format);
        }
    }
}

#[test]
fn more_layers_or_more_devices_in_a_layer_split_never_speed_up_an_answer() {
    let fitted = FittedSpeed::builtin();
    for id in DEVICES {
        let device = device(id);
        let of = model("llama-3.3-70b");
        let counted = weights::count(of, WeightFormat::Q4KM, Engine::LlamaCpp).expect("its shapes are published");
        let speed = |devices: u32, parallel: Parallel| {
            let conditions = Conditions { parallel, ..Conditions::usual(device, Engine::LlamaCpp, devices) };
            let format = WeightFormat::Q4KM;
            let run = Run { model: of, format, kv_format: KvFormat::F16, device, weights: &counted, conditions };
            run.decode(fitted, 0.0, 128, &Calibration::NONE).expect(id).figure.likely.as_tokens_per_second()
        };
        let split: Vec<f64> = [1, 2, 4, 8].map(|devices| speed(devices, Parallel::Layers)).to_vec();
        assert!(split.windows(2).all(|pair| pair[1] <= pair[0]), "{id}: {split:?}");
        let tensor: Vec<f64> = [1, 2, 4].map(|devices| speed(devices, Parallel::Tensor)).to_vec();
        assert!(tensor.iter().zip([1.0, 2.0, 4.0]).all(|(it, n)| *it <= tensor[0] * n * 1.000_001), "{id}: {tensor:?}");
    }
}
