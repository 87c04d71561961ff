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
