//! Predictions of memory held against measurements: the contract of the files, and the accuracy on a file at hand.

use std::fs::File;

use sizewright::catalog::Catalog;
use sizewright::validate::{Status, ValidateError, fits, memory};

const HEADER: &str = "model_id,model,quant,context,kv_type,component,bytes,source\n";

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog reads")
}

fn predict(lines: &str) -> Vec<memory::MemoryRow> {
    memory::predict(catalog(), format!("{HEADER}{lines}").as_bytes()).expect("it is CSV")
}

#[test]
fn every_row_gets_a_line_with_its_number_and_a_status() {
    let rows = predict(concat!(
        "qwen3-32b,Qwen3 32B,,8192,f16,kv_cache,2147483648,\"a log, \"\"KV self size\"\"\"\n",
        "no-such-model,?,,8192,f16,kv_cache,1,a log\n",
        ",A model without an id,Q4_K_M,,,weights_file,1,a log\n",
        "qwen3-32b,Qwen3 32B,a strange mix,,,weights_file,1,a log\n",
        "qwen3-32b,Qwen3 32B,Q8_0,,,weights_file,34811744256,a log\n",
        "qwen3-32b,Qwen3 32B,,,f16,kv_cache,1,no context\n",
        "qwen3-32b,Qwen3 32B,,512,f16,a_thing,1,a log\n",
    ));
    let statuses: Vec<Status> = rows.iter().map(|row| row.status).collect();
    use Status::{Ok, Refused, Unknown};
    assert_eq!(statuses, [Ok, Unknown, Unknown, Refused, Ok, Refused, Refused]);
    assert!(rows.iter().all(|row| !row.reason.is_empty() && (row.predicted.is_some() == (row.status == Ok))));
    let mut written = Vec::new();
    memory::write(&rows, &mut written).expect("it writes");
    let text = String::from_utf8(written).expect("it is text");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "line,low,likely,high,status,reason");
    assert!(lines[1].starts_with("2,2147483648,2147483648,2147483648,ok,"), "{}", lines[1]);
    assert!(lines[2].starts_with("3,,,,unknown,"), "{}", lines[2]);
    assert_eq!(lines.len(), 8);
}

#[test]
fn the_measured_bytes_never_reach_the_prediction() {
    let with = |bytes: &str| {
        let lines = ["weights_file", "weights_buffer", "kv_cache", "compute_buffer", "total_vram"]
            .map(|component| format!("smollm2-1.7b,SmolLM2,Q4_K_M,2048,f16,{component},{bytes},ubatch 512\n"));
        predict(&lines.concat()).into_iter().map(|row| row.predicted).collect::<Vec<_>>()
    };
    assert!(with("1").iter().all(Option::is_some));
    assert_eq!(with("1"), with("999999999999"));
    assert_eq!(with("1"), with("not a number"));
}

#[test]
fn words_of_a_layout_change_what_is_counted() {
    let one = |line: &str| predict(line).remove(0).predicted.expect("it is predicted")[1].get();
    let latent = one("deepseek-v3-671b,V3,,512,f16 MLA compressed,kv_cache,1,log\n");
    let expanded = one("deepseek-v3-671b,V3,,512,f16 expanded per-head K/V (no MLA),kv_cache,1,log\n");
    assert_eq!((latent, expanded), (512 * 70_272, 2_558_525_440));
    let windows = one("gemma-3-27b,G,,32768,f16,kv_cache,1,a log\n");
    let no_windows = one("gemma-3-27b,G,,32768,f16,kv_cache,1,ik_llama.cpp log\n");
    assert!(windows < no_windows / 4 && no_windows == 16_642_998_272);
    // Only the mean is stated: 8,190,735,360 parameters of Qwen3 8B at 5 bits.
    assert_eq!(one("qwen3-8b,Q,\"Q5_K (mixed, 5.000 bpw)\",,,weights_file,1,log\n"), 8_190_735_360 / 8 * 5);
}

#[test]
fn a_file_that_is_not_what_it_should_be_is_refused_with_the_column_s_name() {
    let error = memory::predict(catalog(), "model,bytes\nx,1\n".as_bytes()).expect_err("a column is missing");
    assert!(matches!(error, ValidateError::Column { column: "model_id", .. }), "{error}");
    assert!(memory::predict(catalog(), &[0xff, 0xfe, 0x00, b'\n'][..]).is_err());
    assert!(memory::predict(catalog(), HEADER.as_bytes()).expect("no row is no error").is_empty());
}

#[test]
fn what_ran_is_predicted_to_run_and_what_ran_out_of_memory_is_not() {
    // Published runs of llama.cpp with everything offloaded, May 2024.
    let rows = fits::predict(
        catalog(),
        concat!(
            "device,devices,total_memory_gb,model_id,quant,tokens_generated,fits,source\n",
            "nvidia-geforce-rtx-4090,1,24,llama-3-8b,F16,1024,yes,a table\n",
            "nvidia-geforce-rtx-4090,1,24,llama-3-70b,Q4_K_M,1024,no,a table\n",
            "nvidia-geforce-rtx-4090,2,48,llama-3-70b,Q4_K_M,1024,yes,a table\n",
            "no-such-device,1,24,llama-3-70b,Q4_K_M,1024,no,a table\n",
        )
        .as_bytes(),
    )
    .expect("it is CSV");
    let predicted: Vec<Option<bool>> = rows.iter().map(|row| row.predicted).collect();
    assert_eq!(predicted, [Some(true), Some(false), Some(true), None]);
    assert!(fits::summary(&rows).contains("3 of 3 right"), "{}", fits::summary(&rows));
}

/// Runs on the file named by `SIZEWRIGHT_MEASURED_MEMORY` and prints every row that is more than 1 % off.
#[test]
#[ignore = "needs a file of measurements: set SIZEWRIGHT_MEASURED_MEMORY"]
fn print_accuracy_on_a_file() {
    let path = std::env::var("SIZEWRIGHT_MEASURED_MEMORY").expect("the variable names a file");
    let catalog = Catalog::builtin().expect("it reads");
    let rows = memory::predict(catalog, File::open(path).expect("it opens")).expect("it is CSV");
    for row in &rows {
        match (row.predicted, row.measured) {
            (Some([low, likely, high]), Some(measured)) => {
                let off = likely.as_f64() / measured.as_f64() - 1.0;
                if off.abs() > 0.01 {
                    println!(
                        "{:4} {:14} {:+7.2}% {} {} {:?} {}",
                        row.line,
                        row.component,
                        off * 100.0,
                        likely.get(),
                        measured.get(),
                        low <= measured && measured <= high,
                        row.reason
                    );
                }
            }
            _ => println!("{:4} {:14} {} {}", row.line, row.component, row.status.label(), row.reason),
        }
    }
    println!("{}", memory::summary(&rows));
    if let Ok(path) = std::env::var("SIZEWRIGHT_FIT_OBSERVATIONS") {
        let rows = fits::predict(catalog, File::open(path).expect("it opens")).expect("it is CSV");
        for row in rows.iter().filter(|row| row.predicted != row.measured || row.status != Status::Ok) {
            println!("{:4} predicted {:?} measured {:?}: {}", row.line, row.predicted, row.measured, row.reason);
        }
        println!("{}", fits::summary(&rows));
    }
}
