//! The contract of `validate serving`: four lines a row, a band or a reason, and the answer is never looked at.

use sizewright::catalog::Catalog;
use sizewright::sizing::serving::FittedServing;
use sizewright::validate::serving::{self, row};

const HEADER: &str = "case,device,device_count,model,weight_format,engine,engine_version,tensor_parallel,expert_parallel,\
    data_parallel,concurrency,prompt_tokens,output_tokens,ttft_ms,tpot_ms,p95_itl_ms,output_tps,gpu_power_w,source";

/// Rows without the measured columns.
const ROWS: [&str; 6] = [
    "a,nvidia-h200-sxm-141gb,1,llama-3.1-70b,fp8,vllm,,2,1,1,16,1024,1024",
    "b,nvidia-b200-sxm-180gb,2,qwen3-235b-a22b,fp8,vllm,,1,2,1,8.0,,875",
    "c,no-such-device,1,llama-3.1-70b,fp8,vllm,,2,1,1,16,1024,1024",
    "d,nvidia-h200-sxm-141gb,1,no-such-model,fp8,vllm,,2,1,1,16,1024,1024",
    "e,nvidia-h200-sxm-141gb,1,qwen3-235b-a22b,fp8,vllm,0.12.0,1,1,1,8,1000,100",
    "f,nvidia-h200-sxm-141gb,1,llama-3.1-70b,fp8,vllm,,2,1,1,,1024,1024",
];

fn written(answer: &str) -> String {
    let mut table = format!("{HEADER}\n");
    for row in ROWS {
        table += &format!("{row},{answer},{answer},{answer},{answer},{answer},{answer}\n");
    }
    let rows = row::read(table.as_bytes()).expect("the table reads");
    let catalog = Catalog::builtin().expect("the catalog reads");
    let answers: Vec<_> = rows.iter().map(|row| serving::answer(catalog, FittedServing::builtin(), row)).collect();
    let mut out = Vec::new();
    serving::write_rows(&rows, &answers, &mut out).expect("it is written");
    String::from_utf8(out).expect("it is text")
}

#[test]
fn each_row_gets_four_lines_with_a_band_or_a_reason() {
    let text = written("1");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "case,quantity,low,likely,high,status,reason");
    assert_eq!(lines.len(), ROWS.len() * 4 + 1);
    let quantities = ["tpot_ms", "ttft_ms", "output_tps", "gpu_power_w"];
    let statuses = ["ok", "ok", "unknown", "unknown", "refused", "unknown"];
    for (row, four) in lines[1..].chunks(4).enumerate() {
        for (line, quantity) in four.iter().zip(quantities) {
            let cells: Vec<&str> = line.splitn(7, ',').collect();
            assert_eq!((cells[1], cells[5]), (quantity, statuses[row]), "{line}");
            if cells[5] == "ok" {
                let numbers: Vec<f64> = cells[2..5].iter().map(|cell| cell.parse().expect("a number")).collect();
                assert!(numbers[0] > 0.0 && numbers[0] <= numbers[1] && numbers[1] <= numbers[2], "{line}");
            } else {
                assert!(cells[2..5].iter().all(|cell| cell.is_empty()) && !cells[6].is_empty(), "{line}");
            }
        }
    }
}

#[test]
fn the_answer_is_never_read_for_the_estimate() {
    let blank = written("");
    for answer in ["1", "33.5", "1000000"] {
        assert_eq!(written(answer), blank);
    }
}

/// A row of a published table, of which only what is asked here is filled.
fn row_of(device: &str, model: &str, format: &str, engine: &str, concurrency: f64) -> row::ServedRow {
    row::ServedRow {
        case: "sweep".to_owned(),
        device: device.to_owned(),
        model: model.to_owned(),
        weight_format: format.to_owned(),
        engine: engine.to_owned(),
        concurrency: Some(concurrency),
        prompt_tokens: Some(1024.0),
        output_tokens: Some(512.0),
        ..row::ServedRow::default()
    }
}

#[test]
fn every_device_model_and_load_gets_a_sane_band_or_a_named_reason() {
    let catalog = Catalog::builtin().expect("the catalog reads");
    let models = [
        ("llama-3.1-8b", "bf16"),
        ("llama-3.3-70b", "fp8"),
        ("gpt-oss-120b", "mxfp4"),
        ("qwen3-30b-a3b", "fp8"),
        ("deepseek-v3-671b", "fp8"),
        ("qwen3.5-397b-a17b", "nvfp4"),
    ];
    let (mut estimated, mut refused) = (0, 0);
    for device in catalog.devices.iter().filter(|device| !device.is_processor()) {
        for (model, format) in models {
            for (engine, devices) in [("vllm", 1.0), ("sglang", 8.0), ("tensorrt-llm", 2.0), ("llama.cpp", 1.0)] {
                let mut slowest = 0.0;
                for concurrency in [1.0, 2.0, 7.0, 32.0, 128.0, 512.0] {
                    let row = row::ServedRow {
                        device_count: Some(devices),
                        tensor_parallel: Some(devices),
                        ..row_of(device.id.as_str(), model, format, engine, concurrency)
                    };
                    let name = format!("{} {model} {engine} {concurrency}", device.id);
                    match serving::answer(catalog, FittedServing::builtin(), &row) {
                        serving::Answer::Estimated(figures) => {
                            for quantity in serving::Quantity::ALL {
                                let Some([low, likely, high]) = quantity.of(&figures) else { continue };
                                assert!(low > 0.0 && low <= likely && likely <= high, "{name}: {low} {likely} {high}");
                                assert!(high.is_finite() && high / low < 60.0, "{name}: {low} to {high}");
                            }
                            let step = figures.per_token.likely.as_secs();
                            assert!(step >= slowest * (1.0 - 1e-9), "{name}: a longer queue is not faster");
                            slowest = step;
                            estimated += 1;
                        }
                        serving::Answer::Refused(reason) | serving::Answer::Unknown(reason) => {
                            assert!(reason.len() > 20, "{name}: {reason}");
                            refused += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(estimated > 1_000 && refused > 1_000, "{estimated} {refused}");
}

#[test]
fn rows_with_holes_or_nonsense_are_answered_with_what_is_missing() {
    let catalog = Catalog::builtin().expect("the catalog reads");
    let good = || row_of("nvidia-h100-sxm-80gb", "llama-3.1-8b", "bf16", "vllm", 8.0);
    let answer = |row: &row::ServedRow| serving::answer(catalog, FittedServing::builtin(), row);
    assert!(matches!(answer(&good()), serving::Answer::Estimated(_)));
    for (row, named) in [
        (row::ServedRow { engine: "my-engine".to_owned(), ..good() }, "my-engine"),
        (row::ServedRow { engine: String::new(), ..good() }, "engine"),
        (row::ServedRow { weight_format: String::new(), ..good() }, "format"),
        (row::ServedRow { device: String::new(), ..good() }, "device"),
        (row::ServedRow { model: String::new(), ..good() }, "model"),
        (row::ServedRow { concurrency: None, ..good() }, "sessions"),
        (row::ServedRow { concurrency: Some(f64::NAN), ..good() }, "sessions"),
    ] {
        let serving::Answer::Unknown(reason) = answer(&row) else { panic!("{named}: {:?}", answer(&row)) };
        assert!(reason.contains(named), "{named}: {reason}");
    }
    for odd in [
        row::ServedRow { prompt_tokens: Some(f64::NAN), output_tokens: Some(-1.0), ..good() },
        row::ServedRow { device_count: Some(f64::INFINITY), tensor_parallel: Some(-3.0), ..good() },
        row::ServedRow { prompt_tokens: Some(1e18), output_tokens: Some(1e18), concurrency: Some(1e12), ..good() },
    ] {
        if let serving::Answer::Estimated(figures) = answer(&odd) {
            let [low, likely, high] = serving::Quantity::PerToken.of(&figures).expect("a time");
            assert!(low > 0.0 && low <= likely && likely <= high && high.is_finite(), "{low} {likely} {high}");
        }
    }
}
