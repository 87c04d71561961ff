//! What an import may take of memory: below twice the file plus 64 MiB, whatever the file says of itself.
//!
//! Every allocation of this test program is counted; the files are made here, since they are large.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sizewright::catalog::{Catalog, Date, Layer};
use sizewright::import::{Importer, Known};

/// The system's allocator with a counter before it.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to the system's allocator as it came; the counters touch no memory of anybody's.
// `realloc` stays the trait's own: a new place, a copy, the old place given back, so that both are counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(live, Ordering::Relaxed);
        // SAFETY: the caller's promise about `layout` is the one `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above; `place` came from `System`.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Tests run beside each other and share the counters: one at a time, from before the first text is made, which would be
/// counted for somebody else's import, to after the last is gone.
fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bound that the project promises.
const fn allowed(file: u64) -> u64 {
    2 * file + 64 * 1024 * 1024
}

/// Imports a file and returns the most memory that took, beyond what was taken before.
#[track_caller]
fn check(path: &Path) -> u64 {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    let known = Known { read_on: Date::parse("2026-11-20"), ..Known::default() };
    let importer = Importer::new(catalog, known);
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let report = importer.file(path);
    let peak = (PEAK.load(Ordering::Relaxed) - before) as u64;
    let size = path.metadata().expect("a file").len();
    let said = report.problems.first().map(ToString::to_string).unwrap_or_default();
    println!("{}: {size} bytes took {peak}, {} allowed; {said}", path.display(), allowed(size));
    assert!(peak < allowed(size), "{}: {peak} of {}", path.display(), allowed(size));
    let nothing = report.measurements.is_empty() && report.entries == Layer::default();
    assert!(!nothing || !report.problems.is_empty(), "{}: nothing read and nothing said", path.display());
    peak
}

/// Reads a catalog as merging does and returns the most memory that took.
#[track_caller]
fn check_merge(path: &Path) -> u64 {
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let read = Layer::read(path);
    let peak = (PEAK.load(Ordering::Relaxed) - before) as u64;
    let size = path.metadata().expect("a file").len();
    println!("{}: {size} bytes took {peak}, {} allowed; {}", path.display(), allowed(size), read.is_ok());
    assert!(peak < allowed(size), "{}: {peak} of {}", path.display(), allowed(size));
    peak
}

/// Text over and over, up to a size.
fn over_and_over(first: &str, mut next: impl FnMut(usize) -> String, last: &str, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 1024);
    text.push_str(first);
    for number in 0.. {
        let more = next(number);
        if text.len() + more.len() + last.len() > bytes {
            break;
        }
        text.push_str(&more);
    }
    text.push_str(last);
    text
}

const MIB: usize = 1024 * 1024;

fn written(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path
}

fn check_all(files: &[(&str, String)]) {
    for (name, text) in files {
        let folder = tempfile::tempdir().expect("a folder");
        check(&written(folder.path(), name, text));
    }
}

#[test]
fn the_counter_counts() {
    let _alone = alone();
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let taken = vec![1_u8; 30 * MIB];
    assert_eq!(taken.iter().map(|&byte| u64::from(byte)).sum::<u64>(), 30 * MIB as u64);
    drop(taken);
    assert!((30 * MIB..31 * MIB).contains(&(PEAK.load(Ordering::Relaxed) - before)));
}

#[test]
fn benchmarks_of_any_shape_stay_within_the_bound() {
    let _alone = alone();
    const ROW: &str =
        "{\"build_commit\": \"a\", \"model_type\": \"llama 8B Q4_0\", \"n_prompt\": 0, \"n_gen\": 9, \"avg_ts\": ";
    check_all(&[
        ("rows.jsonl", over_and_over("", |row| format!("{ROW}{row}}}\n"), "", 16 * MIB - 8)),
        ("deep.json", over_and_over("{\"avg_ts\": ", |_| "{\"a\":[".to_owned(), "", 16 * MIB - 8)),
        ("wide.csv", over_and_over("build_commit,avg_ts", |column| format!(",c{column}"), "\n1,2\n", 16 * MIB - 8)),
        ("cells.csv", over_and_over("build_commit,avg_ts\n", |_| ",\"\n\"".to_owned(), "\n", 16 * MIB - 8)),
        ("field.csv", over_and_over("build_commit,avg_ts\n\"", |_| "\"\"x".repeat(1000), "\",1\n", 16 * MIB - 8)),
        ("pipes.md", over_and_over("| model | test | t/s |\n", |_| "|".repeat(1000), "\n", 16 * MIB - 8)),
        ("problems.jsonl", over_and_over("", |_| "{\"avg_ts\": }\n".to_owned(), "", 16 * MIB - 8)),
    ]);
}

#[test]
fn models_of_any_shape_stay_within_the_bound() {
    let _alone = alone();
    const LLAMA: &str =
        "{\"model_type\": \"llama\", \"hidden_size\": 64, \"num_hidden_layers\": 2, \"vocab_size\": 9, ";
    let tensor = |at: usize| {
        let comma = if at == 0 { "" } else { "," };
        format!("{comma}\"t{at}\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{},{}]}}", 4 * at, 4 * at + 4)
    };
    let header = over_and_over("{", tensor, "}", 24 * MIB);
    let weights = |name: usize| format!("\"t{name}\": \"model-{name}.safetensors\",");
    check_all(&[
        ("numbers.config.json", over_and_over(&format!("{LLAMA}\"x\": [0"), |_| ",1".to_owned(), "]}", MIB - 8)),
        ("names.config.json", over_and_over(LLAMA, |name| format!("\"{name}\": 1,"), "\"z\": 1}", MIB - 8)),
        ("model.safetensors.index.json", over_and_over("{\"weight_map\": {", weights, "\"z\": \"z\"}}", 40 * MIB)),
    ]);
    let shape = over_and_over(
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[1",
        |_| ",1".to_owned(),
        "],\"data_offsets\":[0,4]}}",
        48 * MIB,
    );
    let folder = tempfile::tempdir().expect("a folder");
    for (name, header) in [("many.safetensors", header), ("wide.safetensors", shape)] {
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.bytes());
        let path = written(folder.path(), name, file);
        drop(header);
        check(&path);
    }
}

#[test]
fn machines_and_catalogs_of_any_shape_stay_within_the_bound() {
    let _alone = alone();
    const DEVICE: &str = "manufacturer: a\nmodel: b\nslug: c\nu_height: 1\nis_full_depth: true\n";
    let aliases = over_and_over(
        &format!("{DEVICE}x0: &x0 [1,1,1,1,1,1,1,1,1]\n"),
        |at| format!("x{}: &x{} [*x{at},*x{at},*x{at},*x{at},*x{at},*x{at},*x{at},*x{at}]\n", at + 1, at + 1),
        "",
        4000,
    );
    let entry = |at: usize| {
        format!(
            "(id:\"m{at}\",name:\"m\",family:\"f\",kind:Dense,provenance:(source:\"s\",date:\"2026\",standing:Cited)),"
        )
    };
    check_all(&[
        ("aliases.yaml", aliases),
        ("ports.yaml", over_and_over(&format!("{DEVICE}power-ports:\n"), |_| "- {}\n".to_owned(), "", MIB - 8)),
        ("deep.yaml", over_and_over(DEVICE, |_| "[".to_owned(), "", MIB - 8)),
        ("few.ron", over_and_over("(version:1,entries:(models:[", entry, "]))", 2 * MIB)),
        ("entries.ron", over_and_over("(version:1,entries:(models:[", entry, "]))", 16 * MIB - 8)),
        ("deep.ron", over_and_over("(version:1,entries:", |_| "(models:[".to_owned(), "", 16 * MIB - 8)),
    ]);
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["endless.yaml", "endless.json", "endless.ron", "endless.csv", "endless.safetensors"] {
        let path = folder.path().join(name);
        std::fs::File::create(&path).and_then(|file| file.set_len(2 << 30)).expect("a sparse file");
        assert!(check(&path) < MIB as u64, "{name} is refused by its size, before it is read");
    }
}

#[test]
fn catalogs_to_merge_stay_within_the_bound() {
    let _alone = alone();
    const MODEL: &str = "(version:1,entries:(models:[";
    let start = |at: usize| format!("(id:\"m{at}\",name:\"m\",family:\"f\",kind:Dense,");
    let end = "provenance:(source:\"s\",date:\"2026\",standing:Cited";
    let score = "(benchmark:\"a\",score:1,source:\"b\"),";
    let note = "(field:\"a\",standing:Cited,source:\"b\"),";
    let files: Vec<(&str, String)> = vec![
        ("entries.ron", over_and_over(MODEL, |at| format!("{}{end})),", start(at)), "]))", 15 * MIB)),
        (
            "removed.ron",
            over_and_over("(version:1,entries:(removed_devices:[", |_| "\"a\",".to_owned(), "]))", 15 * MIB),
        ),
        ("tags.ron", over_and_over(&format!("{MODEL}{}tags:[", start(0)), |_| "\"a\",".to_owned(), "]", 15 * MIB)),
        (
            "scores.ron",
            over_and_over(
                MODEL,
                |at| format!("{}quality:[{}],{end})),", start(at), score.repeat(900)),
                "]))",
                15 * MIB,
            ),
        ),
        (
            "notes.ron",
            over_and_over(MODEL, |at| format!("{}{end},fields:[{}])),", start(at), note.repeat(900)), "]))", 15 * MIB),
        ),
    ];
    for (name, text) in files {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path(), name, &text);
        drop(text);
        check_merge(&path);
        check(&path);
    }
}

#[cfg(feature = "infer")]
#[test]
fn headers_of_gguf_files_that_lie_stay_within_the_bound() {
    let _alone = alone();
    let text = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
    let head = |tensors: u64, keys: u64| {
        [b"GGUF".as_slice(), &3_u32.to_le_bytes(), &tensors.to_le_bytes(), &keys.to_le_bytes()].concat()
    };
    let key = |name: &str, kind: u32, value: &[u8]| [text(name), kind.to_le_bytes().to_vec(), value.to_vec()].concat();
    let array = |kind: u32, count: u64| [kind.to_le_bytes().as_slice(), &count.to_le_bytes()].concat();
    let many: Vec<u8> = (0..400_000_u32).flat_map(|at| key(&format!("k{at}"), 4, &at.to_le_bytes())).collect();
    let words: Vec<u8> = (0..1_000_000).flat_map(|_| text("word")).collect();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("tensors.gguf", head(u64::MAX, 0)),
        ("keys.gguf", head(1, u64::MAX)),
        ("name.gguf", [head(1, 1), u64::MAX.to_le_bytes().to_vec()].concat()),
        ("text.gguf", [head(1, 1), key("a", 8, &(1_u64 << 60).to_le_bytes())].concat()),
        ("array.gguf", [head(1, 1), key("a", 9, &array(4, 1 << 60))].concat()),
        ("arrays.gguf", [head(1, 1), key("a", 9, &array(9, 1 << 40))].concat()),
        ("many.gguf", [head(1, 400_000), many].concat()),
        ("words.gguf", [head(1, 1), key("a", 9, &array(8, 1_000_000)), words].concat()),
    ];
    for (name, mut bytes) in files {
        let folder = tempfile::tempdir().expect("a folder");
        bytes.resize(bytes.len() + 4096, 0);
        check(&written(folder.path(), name, bytes));
    }
}
