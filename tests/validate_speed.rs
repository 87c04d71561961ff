//! The contract of `validate speed`: what it reads, what it writes, and that it never looks at the answer.

use sizewright::catalog::Catalog;
use sizewright::sizing::speed::FittedSpeed;
use sizewright::validate::speed::{self, row};

const HEADER: &str = "case,device,device_count,parallel,model,weight_format,engine,backend,processes,threads_per_process,\
    prompt_tokens,depth_tokens,output_tokens,concurrency,metric,measured,power_w,trust,runtime,source";

/// The file written for rows given without their `measured`, `power_w` and `source`, which are `answer`.
fn written(rows: &[&str], answer: &str) -> String {
    let mut table = format!("{HEADER}\n");
    for row in rows {
        table += &row.replace("ANSWER", answer).replace("SOURCE", answer);
        table.push('\n');
    }
    let rows = row::read(table.as_bytes()).expect("the table reads");
    let catalog = Catalog::builtin().expect("the catalog reads");
    let answers: Vec<_> = rows.iter().map(|row| speed::answer(catalog, FittedSpeed::builtin(), row)).collect();
    let mut out = Vec::new();
    speed::write_rows(&rows, &answers, &mut out).expect("it is written");
    String::from_utf8(out).expect("it is text")
}

const ROWS: [&str; 7] = [
    "a,nvidia-geforce-rtx-4090,1,,llama-3-8b,q4_k_m,llama.cpp,cuda,,,0,0,1024,1,decode_tps,ANSWER,ANSWER,A,llama.cpp CUDA (May 2024),SOURCE",
    "b,nvidia-geforce-rtx-4090,1,,llama-3-8b,q4_k_m,llama.cpp,cuda,,,1024,0,0,1,prefill_tps,ANSWER,ANSWER,A,llama.cpp CUDA (May 2024),SOURCE",
    "c,no-such-device,1,,llama-3-8b,q4_k_m,llama.cpp,cuda,,,0,0,128,1,decode_tps,ANSWER,ANSWER,A,x,SOURCE",
    "d,nvidia-geforce-rtx-4090,1,,no-such-model,q4_k_m,llama.cpp,cuda,,,0,0,128,1,decode_tps,ANSWER,ANSWER,A,x,SOURCE",
    "e,nvidia-geforce-rtx-4090,1,,llama-3-8b,no-such-format,llama.cpp,cuda,,,0,0,128,1,decode_tps,ANSWER,ANSWER,A,x,SOURCE",
    "f,nvidia-geforce-rtx-4090,1,,llama-3-8b,q4_k_m,llama.cpp,cuda,,,,0,0,1,prefill_tps,ANSWER,ANSWER,A,x,SOURCE",
    "g,nvidia-geforce-rtx-4090,1,,llama-3-70b,q4_k_m,llama.cpp,cuda,,,0,0,128,1,decode_tps,ANSWER,ANSWER,A,x,SOURCE",
];

#[test]
fn each_row_gets_a_line_with_a_band_or_a_reason() {
    let text = written(&ROWS, "1");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "case,low,likely,high,status,reason");
    assert_eq!(lines.len(), ROWS.len() + 1);
    for (line, status) in lines[1..].iter().zip(["ok", "ok", "unknown", "unknown", "unknown", "unknown", "refused"]) {
        let cells: Vec<&str> = line.splitn(6, ',').collect();
        assert_eq!(cells[4], status, "{line}");
        if status == "ok" {
            let numbers: Vec<f64> = cells[1..4].iter().map(|cell| cell.parse().expect("a number")).collect();
            assert!(numbers[0] <= numbers[1] && numbers[1] <= numbers[2] && numbers[0] > 0.0, "{line}");
        } else {
            assert!(cells[1..4].iter().all(|cell| cell.is_empty()) && !cells[5].is_empty(), "{line}");
        }
    }
}

#[test]
fn the_answer_is_never_read_for_the_estimate() {
    let blank = written(&ROWS, "");
    for answer in ["1", "127.74", "999999"] {
        assert_eq!(written(&ROWS, answer), blank);
    }
}

#[test]
fn a_table_that_is_no_table_is_an_error_and_no_panic() {
    for text in ["case,measured\nx,not a number\n", "case,device\n\"unclosed", "a,b\n1\n"] {
        assert!(row::read(text.as_bytes()).is_err(), "{text}");
    }
    assert!(row::read("".as_bytes()).expect("an empty table has no rows").is_empty());
}

/// Cells that stand in a column of the table, or do not belong there.
const STRANGE: [&str; 12] = ["", " ", "0", "-1", "0.5", "1e300", "-1e300", "NaN", "inf", "4294967296", "1e-300", "7"];

#[test]
fn strange_cells_get_a_band_or_a_reason_and_never_a_number_that_is_none() {
    let columns = [
        "device_count",
        "processes",
        "threads_per_process",
        "prompt_tokens",
        "depth_tokens",
        "output_tokens",
        "concurrency",
    ];
    let on = ["nvidia-geforce-rtx-4090", "aws-graviton4-96-vcpu", "apple-m2-ultra-76-core-gpu", "raspberry-pi-4"];
    let mut rows = Vec::new();
    for device in on {
        for metric in ["decode_tps", "prefill_tps"] {
            for column in columns {
                for cell in STRANGE {
                    let value = |name: &str, usual: &str| if name == column { cell } else { usual }.to_owned();
                    rows.push(format!(
                        "x,{device},{},,llama-3.2-1b,q4_k_m,llama.cpp,,{},{},{},{},{},{},{metric},ANSWER,,A,?,SOURCE",
                        value("device_count", "1"),
                        value("processes", ""),
                        value("threads_per_process", ""),
                        value("prompt_tokens", "512"),
                        value("depth_tokens", "0"),
                        value("output_tokens", "128"),
                        value("concurrency", "1"),
                    ));
                }
            }
        }
    }
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    sane(&written(&rows, "1"));
}

#[test]
fn strange_words_get_a_band_or_a_reason() {
    let mut rows = Vec::new();
    for (engine, backend, parallel, runtime) in [
        ("", "", "", ""),
        ("unheard-of", "quantum", "sideways", "an engine of 2031, build b99999, on \u{2603}"),
        ("vllm", "rocm", "tensor", "vLLM 2023"),
        ("llama.cpp", "npu", "layer", "llama.rn"),
        ("mlx", "cuda", "tensor", "LocalScore"),
        ("tensorrt-llm", "cpu", "", "host pi host hifive 2024 ollama llmfit"),
    ] {
        for device in Catalog::builtin().expect("the catalog reads").devices.iter() {
            for metric in ["decode_tps", "prefill_tps", "total_tps", "watts", ""] {
                rows.push(format!(
                    "x,{},1,{parallel},llama-3.2-1b,q4_k_m,{engine},{backend},,,512,0,128,1,{metric},ANSWER,,,\"{runtime}\",SOURCE",
                    device.id
                ));
            }
        }
    }
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    sane(&written(&rows, "1"));
}

/// Every line is a band in order, above zero and below ten million tokens a second, or a reason.
fn sane(text: &str) {
    for record in csv::Reader::from_reader(text.as_bytes()).records() {
        let cells = record.expect("it is a table");
        let cell = |at: usize| cells.get(at).expect("six cells");
        if cell(4) == "ok" {
            let numbers: Vec<f64> = (1..4).map(|at| cell(at).parse().expect("a number")).collect();
            assert!(numbers.windows(2).all(|pair| pair[0] <= pair[1]), "{cells:?}");
            assert!(numbers[0] > 0.0 && numbers[2] < 1e7, "{cells:?}");
        } else {
            assert!((1..4).all(|at| cell(at).is_empty()) && cell(5).len() > 8, "{cells:?}");
        }
    }
}
