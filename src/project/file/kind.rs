//! Telling a catalog from a plan by what is in the file: both are RON and end alike.

use std::io::Read as _;
use std::path::Path;

use super::{MAX_NESTING, MAX_PLAN_BYTES};

/// Whether a file holds a catalog and not a plan. A broken one is still told apart, so that the right reader says what is
/// wrong with it. A file that cannot be read is none.
pub fn is_catalog(path: &Path) -> bool {
    /// The fields one of which every file of this program has.
    #[derive(serde::Deserialize)]
    struct Either {
        plan: Option<serde::de::IgnoredAny>,
        entries: Option<serde::de::IgnoredAny>,
    }
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MAX_PLAN_BYTES).read_to_end(&mut bytes));
    let Some(text) = read.ok().and_then(|_| String::from_utf8(bytes).ok()) else { return false };
    let options = ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .with_recursion_limit(MAX_NESTING);
    match options.from_str::<Either>(&text) {
        Ok(either) => either.entries.is_some() && either.plan.is_none(),
        Err(_) => {
            let says = |field: &str| text.find(field).unwrap_or(usize::MAX);
            says("entries") < says("plan")
        }
    }
}
