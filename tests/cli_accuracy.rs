//! `sizewright accuracy` and what `sizewright fit` writes for it, run as programs.

#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod cli_support;

use cli_support::{answer, json, refusal};
use sizewright::accuracy::{Record, text};

#[test]
fn the_text_says_how_wrong_each_quantity_is_and_where_every_row_went() {
    let all = answer(&["accuracy"]);
    for words in [
        "Leaving out each device in turn, half of the decode speeds are within",
        "half of the prefill speeds",
        "half of the times per output token",
        "half of the times to the first token",
        "half of the throughputs",
        "half of the GPU powers",
        "NVIDIA cards",
        "partitioned processors",
        "set aside: ",
        "not judged: ",
    ] {
        assert!(all.contains(words), "`{words}` is not in {all}");
    }
    let one = answer(&["accuracy", "--quantity", "decode", "--left-out", "platform", "--trust", "a"]);
    assert!(one.contains("Leaving out each platform") && one.contains("trust A)") && !one.contains("prefill"), "{one}");
    refusal(&["accuracy", "--quantity", "speed"], 2, &["decode", "prefill"]);
}

#[test]
fn json_has_the_same_numbers_as_the_text() {
    let found = json(&["accuracy", "--json", "--trust", "b"]);
    let quantities = found["quantities"].as_array().unwrap();
    assert_eq!(quantities.len(), 6);
    let text = answer(&["accuracy", "--trust", "b"]);
    for quantity in quantities {
        let all = &quantity["all"];
        assert!(all["rows"].as_u64().unwrap() > 100, "{quantity}");
        let [rows, devices] = ["rows", "devices"].map(|key| all[key].as_u64().unwrap());
        let share = all["median_error"].as_f64().unwrap() * 100.0;
        let line = format!("{rows:5} {devices:7} {share:6.1} %");
        assert!(text.contains(&line), "`{line}` is not in {text}");
        assert!(!quantity["classes"].as_array().unwrap().is_empty());
    }
    assert!(found["records"][0]["set_aside"][0]["reason"].is_string());
}

const HEADER: &str = "case,device,device_count,parallel,model,weight_format,engine,backend,processes,threads_per_process,\
    prompt_tokens,depth_tokens,output_tokens,concurrency,metric,measured,power_w,trust,runtime,source";

#[test]
fn a_fit_prints_the_tables_of_the_rows_it_writes() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = format!("{HEADER}\n");
    for (device, slower) in [("nvidia-geforce-rtx-4090", 1.0), ("nvidia-geforce-rtx-3090", 1.2)] {
        for (format, speed) in [("q4_k_m", 120.0), ("q8_0", 80.0), ("f16", 48.0)] {
            for (metric, prompt, output, speed) in
                [("decode_tps", 0, 256, speed), ("prefill_tps", 512, 0, speed * 40.0)]
            {
                table += &format!(
                    "x,{device},1,,llama-3-8b,{format},llama.cpp,cuda,,,{prompt},0,{output},1,{metric},{},,A,llama.cpp,\"a table, typed here\"\n",
                    speed / slower
                );
            }
        }
    }
    table += "y,no-such-device,1,,llama-3-8b,f16,llama.cpp,cuda,,,0,0,256,1,decode_tps,1,,A,llama.cpp,nowhere\n";
    std::fs::write(folder.path().join("measured_speed.csv"), table).unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (to, rows) = (path("constants.ron"), path("rows.ron"));
    let directory = folder.path().to_str().unwrap();
    let said = answer(&["fit", directory, "--date", "2026-11-20", "--to", &to, "--rows", &rows]);

    let record = Record::from_ron_str(&std::fs::read_to_string(&rows).unwrap()).unwrap();
    assert_eq!((record.rows_read, record.judged_rows(), record.date.as_str()), (13, 12, "2026-11-20"));
    assert!(said.ends_with(&text::all(&record)), "{said}");
    assert_eq!(record.not_judged, [("the device `no-such-device` is not in the catalog".to_owned(), 1)]);
    assert!(record.rows().all(|row| row.source() == "a table, typed here"));
    // Constants without the rows they were judged on are not written.
    refusal(&["fit", directory, "--date", "2026-11-20", "--to", &to], 2, &["--rows"]);
}
