//! Tables as rows: llama-bench's CSV, and its markdown amid whatever text surrounds it.
//!
//! The markdown table has no device and no build in it; both are often printed around it, and are taken from there:
//! devices from the lines CUDA, ROCm, Metal and Vulkan write before, the build from the line after.

use super::record::{Record, Scalar, known};
use super::{ImportError, Position};

/// Most cells of a row; llama-bench has under fifty columns. The crate keeps the end of every cell, so a row of nothing
/// but commas would take sixteen times its text.
const MOST_CELLS: usize = 1000;

/// Gives every row of a CSV text to `take`, or what is wrong with it, until that says no.
pub(super) fn csv_records(file: &str, text: &str, mut take: impl FnMut(Result<Record, ImportError>) -> bool) {
    if let Some(position) = too_wide(text) {
        let message = format!("has more than {MOST_CELLS} cells, which no benchmark has: pick another file");
        take(Err(Record::new(file, position).error("", message)));
        return;
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            let position = Position { row: 1, line: 1 };
            take(Err(Record::new(file, position).error("", format!("the header is not CSV: {error}"))));
            return;
        }
    };
    let columns: Vec<Option<&'static str>> = header.iter().map(known).collect();
    let mut cells = csv::StringRecord::new();
    for row in 1.. {
        let line = usize::try_from(reader.position().line()).unwrap_or(usize::MAX);
        let mut record = Record::new(file, Position { row, line });
        let read = match reader.read_record(&mut cells) {
            Ok(false) => return,
            Ok(true) if cells.len() == columns.len() => {
                for (column, cell) in columns.iter().zip(&cells) {
                    if let Some(field) = column {
                        record.put(field, Scalar::Text(cell.to_owned()));
                    }
                }
                Ok(record)
            }
            Ok(true) => {
                let (cells, columns) = (cells.len(), columns.len());
                Err(record.error("", format!("has {cells} cells where the header has {columns}: take the row out")))
            }
            Err(error) => Err(record.error("", format!("not CSV: {error}"))),
        };
        if !take(read) {
            return;
        }
    }
}

/// The first row of a CSV text with more than [`MOST_CELLS`], by the crate's own rules: a quote opens at the beginning of a
/// cell only, two of them inside are one, and either line break ends a row.
fn too_wide(text: &str) -> Option<Position> {
    #[derive(Clone, Copy, PartialEq)]
    enum At {
        Beginning,
        Plain,
        Quoted,
        QuoteWithin,
    }
    let (mut at, mut cells, mut row, mut line) = (At::Beginning, 1, 1, 1);
    for byte in text.bytes() {
        line += usize::from(byte == b'\n');
        at = match (at, byte) {
            (At::Quoted, b'"') => At::QuoteWithin,
            (At::Quoted, _) | (At::Beginning | At::QuoteWithin, b'"') => At::Quoted,
            (At::Beginning | At::Plain | At::QuoteWithin, b',') => {
                cells += 1;
                if cells > MOST_CELLS {
                    return Some(Position { row, line });
                }
                At::Beginning
            }
            (At::Beginning | At::Plain | At::QuoteWithin, b'\n' | b'\r') => {
                row += usize::from(byte == b'\n');
                cells = 1;
                At::Beginning
            }
            (At::Beginning | At::Plain | At::QuoteWithin, _) => At::Plain,
        };
    }
    None
}

/// Gives every row of every llama-bench table in a markdown text to `take`, or what is wrong with it, until that says no.
pub(super) fn markdown_records(file: &str, text: &str, mut take: impl FnMut(Result<Record, ImportError>) -> bool) {
    let builds = builds(text);
    let mut devices: Vec<&str> = Vec::new();
    let mut header: Option<Vec<&str>> = None;
    let mut row = 0;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let Some(cells) = cells(line) else {
            // Devices belong to the table below them, and a table to those above it.
            if let Some(device) = device_line(line) {
                if header.is_some() {
                    devices.clear();
                }
                if devices.len() < 64 {
                    devices.push(device);
                }
            }
            if !line.is_empty() {
                header = header.filter(|_| device_line(line).is_none() && !line.starts_with("build:"));
            }
            continue;
        };
        if cells.contains(&"t/s") && cells.contains(&"model") {
            header = Some(cells);
            continue;
        }
        let Some(columns) = &header else { continue };
        if cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':'))) {
            continue;
        }
        row += 1;
        let position = Position { row, line: index + 1 };
        let read = markdown_record(file, position, columns, &cells).map(|mut record| {
            if !devices.is_empty() {
                record.put("gpu_info", Scalar::Text(devices.join(", ")));
            }
            if let Some((_, build)) = builds.iter().find(|(line, _)| *line > index) {
                record.put("build_commit", Scalar::Text((*build).to_owned()));
            }
            record
        });
        if !take(read) {
            return;
        }
    }
}

/// The cells of a table line. `None`: it is no table line.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?;
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    // A wide line is damage: llama-bench has under fifty columns.
    Some(inner.split('|').take(100).map(str::trim).collect())
}

fn markdown_record(file: &str, position: Position, columns: &[&str], cells: &[&str]) -> Result<Record, ImportError> {
    let mut record = Record::new(file, position);
    if cells.len() != columns.len() {
        let message = format!("has {} cells where the header has {}: take the row out", cells.len(), columns.len());
        return Err(record.error("", message));
    }
    for (&column, &cell) in columns.iter().zip(cells) {
        match column {
            "model" => record.put("model_type", Scalar::Text(cell.to_owned())),
            "size" => record.put("model_size", Scalar::Number(scaled(&record, "size", cell, &SIZES)?)),
            "params" => record.put("model_n_params", Scalar::Number(scaled(&record, "params", cell, &COUNTS)?)),
            "backend" => record.put("backends", Scalar::Text(cell.to_owned())),
            "test" => put_test(&mut record, cell)?,
            "t/s" => {
                let (value, deviation) = split_deviation(cell);
                record.put("avg_ts", Scalar::Text(value.to_owned()));
                record.put("stddev_ts", Scalar::Text(deviation.to_owned()));
            }
            other => {
                let field = match other {
                    "ngl" => "n_gpu_layers",
                    "threads" => "n_threads",
                    "sm" => "split_mode",
                    "dev" => "devices",
                    same => same,
                };
                if let Some(field) = known(field) {
                    record.put(field, Scalar::Text(cell.to_owned()));
                }
            }
        }
    }
    Ok(record)
}

const SIZES: [(&str, f64); 3] = [("GiB", 1_073_741_824.0), ("MiB", 1_048_576.0), ("KiB", 1024.0)];
const COUNTS: [(&str, f64); 3] = [("B", 1e9), ("M", 1e6), ("K", 1e3)];

/// "4.36 GiB" in bytes, "7.62 B" in parameters: whole ones, as precise as two digits are.
fn scaled(record: &Record, field: &str, cell: &str, units: &[(&str, f64)]) -> Result<f64, ImportError> {
    units
        .iter()
        .find_map(|(unit, factor)| Some((cell.strip_suffix(unit)?.trim().parse::<f64>().ok()? * factor).round()))
        .ok_or_else(|| {
            let short: String = cell.chars().take(40).collect();
            let names: Vec<&str> = units.iter().map(|(unit, _)| *unit).collect();
            record.error(field, format!("`{short}` is not a number of {}: correct it", names.join(", ")))
        })
}

/// "pp512", "tg 128", "pp512+tg128", each perhaps with " @ d4096".
fn put_test(record: &mut Record, cell: &str) -> Result<(), ImportError> {
    let wrong = || {
        let short: String = cell.chars().take(40).collect();
        record.error("test", format!("`{short}` is not a test such as pp512, tg128 or pp512 @ d4096: correct it"))
    };
    let (tests, depth) = match cell.split_once('@') {
        Some((tests, depth)) => (tests, depth.trim().strip_prefix('d').ok_or_else(wrong)?.trim()),
        None => (cell, "0"),
    };
    let (mut prompt, mut output) = ("0", "0");
    for test in tests.split('+') {
        let test = test.trim();
        match (test.strip_prefix("pp"), test.strip_prefix("tg")) {
            (Some(tokens), _) => prompt = tokens.trim(),
            (None, Some(tokens)) => output = tokens.trim(),
            (None, None) => return Err(wrong()),
        }
    }
    for (field, tokens) in [("n_prompt", prompt), ("n_gen", output), ("n_depth", depth)] {
        record.put(field, Scalar::Text(tokens.to_owned()));
    }
    Ok(())
}

/// "120.60 ± 0.59" apart; the sign comes in several spellings, one of them UTF-8 taken for Latin-1.
fn split_deviation(cell: &str) -> (&str, &str) {
    ["Â±", "±", "+/-", "+-"]
        .iter()
        .find_map(|sign| cell.split_once(sign))
        .map_or((cell, ""), |(value, deviation)| (value.trim(), deviation.trim()))
}

/// "build: 0c1e570 (4567)" lines with the number of the line they stand on.
fn builds(text: &str) -> Vec<(usize, &str)> {
    text.lines()
        .enumerate()
        .filter_map(|(index, line)| Some((index, line.trim().strip_prefix("build:")?.trim())))
        .filter(|(_, build)| build.len() <= 80)
        .take(1000)
        .collect()
}

/// The device in a line an engine prints when it finds one. `None`: no such line.
fn device_line(line: &str) -> Option<&str> {
    // CUDA and ROCm: "Device 0: NVIDIA GeForce RTX 4090, compute capability 8.9, VMM: yes".
    if let Some(rest) = line.strip_prefix("Device ") {
        let (number, rest) = rest.split_once(": ")?;
        number.parse::<u32>().ok()?;
        return Some(rest.split(", ").next()?.trim());
    }
    // Vulkan: "ggml_vulkan: 0 = AMD Radeon RX 7900 XTX (RADV NAVI31) (radv) | uma: 0 | ...".
    if let Some(rest) = line.strip_prefix("ggml_vulkan: ") {
        let (number, rest) = rest.split_once(" = ")?;
        number.parse::<u32>().ok()?;
        return Some(rest.split(" | ").next()?.trim());
    }
    // Metal: "ggml_metal_init: GPU name:   Apple M2 Ultra".
    let (_, name) = line.split_once("GPU name:")?;
    Some(name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_as_wide_as_the_crate_takes_it_to_be() {
        for text in [
            "a,b\n",
            "\"a,\n,b\",c\n",
            "x\"y,z\n",
            "\"a\"\"b,c\",d\r\n1,2\r3",
            "\"a\"b,c\",d\n",
            ",,\n\n,\n",
            "\"open,\n,",
        ] {
            // Once more than there may be, every row with its own commas is found or passed like the crate's.
            let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
            let widest = reader.records().map(|record| record.expect("CSV").len()).max().unwrap_or(0);
            for more in [MOST_CELLS - widest, MOST_CELLS - widest + 1] {
                let wide: String = text.split_inclusive(['\n', '\r']).map(|part| pad(part, more)).collect();
                let mut reader =
                    csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(wide.as_bytes());
                let most = reader.records().map(|record| record.expect("CSV").len()).max().unwrap_or(0);
                assert_eq!(too_wide(&wide).is_some(), most > MOST_CELLS, "{text:?} and {more} cells more: {most}");
            }
        }
    }

    /// A line with more cells before its end.
    fn pad(line: &str, cells: usize) -> String {
        let end = line.trim_end_matches(['\n', '\r']).len();
        format!("{}{}{}", &line[..end], ",".repeat(cells), &line[end..])
    }
}
