//! Folders as other programs leave them, in temporary ones: what is found, what is not, and where it ends.

use super::*;

const DIGEST: &str = "aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899";

fn put(root: &Path, inside: &str, bytes: &str) {
    let path = root.join(inside);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn look(root: &Path, kind: FolderKind, limits: ScanLimits) -> Scan {
    let folder = ModelFolder { place: "Here".to_owned(), path: root.to_owned(), kind };
    scan(&[folder], limits, &|| true)
}

/// Name and place of everything found.
fn found(root: &Path, kind: FolderKind) -> Vec<(String, String)> {
    let scan = look(root, kind, ScanLimits::default());
    assert!(!scan.cut_short);
    scan.models.into_iter().map(|model| (model.name, model.place)).collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(name, place)| ((*name).to_owned(), (*place).to_owned())).collect()
}

#[test]
fn files_are_found_where_lm_studio_and_llama_cpp_keep_them() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf", "GGUF");
    put(folder.path(), "Qwen/Qwen3-0.6B-GGUF/mmproj-Qwen3.gguf", "GGUF");
    put(folder.path(), "Qwen/Qwen3-0.6B-GGUF/README.md", "words");
    put(folder.path(), "loose.GGUF", "GGUF");
    put(folder.path(), "empty.gguf", "");
    put(folder.path(), "big-00001-of-00002.gguf", "GGUF");
    put(folder.path(), "big-00002-of-00002.gguf", "GGUF");
    let wanted = [("big", "Here"), ("loose", "Here"), ("Qwen3-0.6B-Q8_0", "Here, Qwen")];
    assert_eq!(found(folder.path(), FolderKind::Files), pairs(&wanted));
}

#[cfg(unix)]
#[test]
fn hugging_face_links_are_followed_to_files_and_not_into_folders() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "models--Qwen--Qwen3-GGUF/blobs/abc", "GGUF");
    let snapshots = root.join("models--Qwen--Qwen3-GGUF/snapshots");
    for revision in ["one", "two"] {
        std::fs::create_dir_all(snapshots.join(revision)).unwrap();
        std::os::unix::fs::symlink("../../blobs/abc", snapshots.join(revision).join("qwen3.gguf")).unwrap();
    }
    // A loop, a link that leads nowhere, and one to a folder.
    std::os::unix::fs::symlink(root, snapshots.join("loop")).unwrap();
    std::os::unix::fs::symlink(root, snapshots.join("loop.gguf")).unwrap();
    std::os::unix::fs::symlink("nowhere", snapshots.join("dead.gguf")).unwrap();
    assert_eq!(found(root, FolderKind::Files), pairs(&[("qwen3", "Here, Qwen")]), "once, though two revisions have it");
}

fn manifest(media: &str, digest: &str) -> String {
    format!(
        r#"{{"schemaVersion":2,"layers":[{{"mediaType":"application/vnd.ollama.image.license","digest":"sha256:00"}},
        {{"mediaType":"{media}","digest":"{digest}","size":4}}]}}"#
    )
}

#[test]
fn ollama_names_its_models_in_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let manifests = "manifests/registry.ollama.ai";
    put(root, &format!("blobs/sha256-{DIGEST}"), "GGUF");
    put(root, &format!("{manifests}/library/llama3.2/1b"), &manifest(MODEL_LAYER, &format!("sha256:{DIGEST}")));
    assert_eq!(found(root, FolderKind::Ollama), pairs(&[("llama3.2:1b", "Here")]));
    let path = look(root, FolderKind::Ollama, ScanLimits::default()).models[0].path.clone();
    assert_eq!(path, root.join("blobs").join(format!("sha256-{DIGEST}")));
    // The same weights under another name are listed once.
    put(root, &format!("{manifests}/somebody/mine/latest"), &manifest(MODEL_LAYER, &format!("sha256:{DIGEST}")));
    assert_eq!(found(root, FolderKind::Ollama).len(), 1);
}

#[test]
fn a_manifest_that_lies_finds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "secret", "GGUF");
    let place = "manifests/registry.ollama.ai/library/m";
    for (tag, text) in [
        ("escape", manifest(MODEL_LAYER, "sha256:../../secret")),
        ("short", manifest(MODEL_LAYER, "sha256:aabb")),
        ("gone", manifest(MODEL_LAYER, &format!("sha256:{DIGEST}"))),
        ("other", manifest("application/vnd.ollama.image.template", &format!("sha256:{DIGEST}"))),
        ("broken", "{\"layers\": [".to_owned()),
        ("odd", "[1, 2]".to_owned()),
        ("long", " ".repeat(MOST_MANIFEST_BYTES as usize + 1)),
    ] {
        put(root, &format!("{place}/{tag}"), &text);
    }
    assert_eq!(found(root, FolderKind::Ollama), pairs(&[]));
}

#[test]
fn limits_end_a_scan_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for number in 0..20 {
        put(root, &format!("a/b/{number:02}.gguf"), "GGUF");
    }
    let check = |limits: ScanLimits, models: usize| {
        let scan = look(root, FolderKind::Files, limits);
        assert_eq!((scan.models.len(), scan.cut_short), (models, true), "{limits:?}");
    };
    let limits = ScanLimits::default();
    check(ScanLimits { depth: 1, ..limits }, 0);
    check(ScanLimits { entries: 12, ..limits }, 10);
    check(ScanLimits { models: 7, ..limits }, 7);
    let folder = ModelFolder { place: String::new(), path: root.to_owned(), kind: FolderKind::Files };
    assert!(scan(&[folder], limits, &|| false).cut_short);
}

#[test]
fn a_folder_that_is_not_there_has_no_models() {
    let nowhere = Path::new("no such folder");
    assert_eq!(look(nowhere, FolderKind::Files, ScanLimits::default()), Scan::default());
    assert_eq!(look(nowhere, FolderKind::Ollama, ScanLimits::default()), Scan::default());
}
