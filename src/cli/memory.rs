//! A warning before a model is loaded that will not fit the memory that is free. It is loaded all the same.

use crate::infer::{LoadOptions, ModelFile, available_memory};
use crate::units::Bytes;

/// Says on standard error what loading a file so will take, where that is more than is free.
pub(super) fn warn(file: &ModelFile, options: &LoadOptions) {
    if let Some(words) = warning(file.memory_needed(options), available_memory()) {
        eprintln!("{words}");
    }
}

/// `None`: it fits, or the system does not tell.
fn warning(needed: Bytes, free: Option<Bytes>) -> Option<String> {
    let free = free.filter(|&free| needed > free)?;
    Some(format!("warning: the model will take {needed} of the {free} free now: it may be very slow, or not load"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_will_not_fit_is_warned_of() {
        let gib = Bytes::from_gib;
        assert!(warning(gib(9.0), Some(gib(8.0))).is_some_and(|words| words.contains("9.00 GiB of the 8.00 GiB")));
        assert_eq!(warning(gib(8.0), Some(gib(8.0))), None);
        assert_eq!(warning(gib(9.0), None), None);
    }
}
