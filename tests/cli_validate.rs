//! `sizewright validate`, run as a program on measurements typed here.

#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod cli_support;

use cli_support::{answer, refusal};

/// Llama 3.1 8B by hand: 8,192 tokens x 32 layers x 2 x 8 heads x 128 x 2 bytes; and a model nobody knows.
const MEASURED: &str = "\
model_id,quant,context,kv_type,component,bytes,source
llama-3.1-8b,q4_k_m,8192,f16,kv_cache,1073741824,worked out by hand
no-such-model,q4_k_m,8192,f16,kv_cache,1,
";

#[test]
fn memory_is_predicted_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let (measured, rows) = (folder.path().join("measured.csv"), folder.path().join("rows.csv"));
    std::fs::write(&measured, MEASURED).unwrap();
    let summary = answer(&["validate", "memory", measured.to_str().unwrap(), "--rows", rows.to_str().unwrap()]);
    assert!(summary.contains("kv_cache"), "{summary}");

    let rows = std::fs::read_to_string(&rows).unwrap();
    let lines: Vec<&str> = rows.lines().collect();
    assert_eq!(lines[0], "line,low,likely,high,status,reason");
    assert!(lines[1].starts_with("2,1073741824,1073741824,1073741824,ok,"), "{rows}");
    assert!(lines[2].starts_with("3,,,,unknown,") && lines[2].contains("no-such-model"), "{rows}");
    assert_eq!(lines.len(), 3);
}

#[test]
fn the_measured_column_never_changes_a_prediction() {
    let folder = tempfile::tempdir().unwrap();
    let predicted = |text: &str| {
        let (measured, rows) = (folder.path().join("measured.csv"), folder.path().join("rows.csv"));
        std::fs::write(&measured, text).unwrap();
        answer(&["validate", "memory", measured.to_str().unwrap(), "--rows", rows.to_str().unwrap()]);
        std::fs::read_to_string(&rows).unwrap()
    };
    assert_eq!(predicted(MEASURED), predicted(&MEASURED.replace("1073741824", "17")));
}

#[test]
fn what_is_no_file_of_measurements_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.csv");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    refusal(&["validate", "memory", path.to_str().unwrap()], 1, &["other.csv", "model_id"]);
    refusal(&["validate", "fits", path.to_str().unwrap()], 1, &["other.csv", "device"]);
    refusal(&["validate", "memory", "/no/such/file.csv"], 1, &["/no/such/file.csv"]);
}
