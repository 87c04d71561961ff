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
