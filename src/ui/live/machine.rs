//! Which entry of the catalog is this machine, as far as its processor's name tells.

use crate::catalog::{Catalog, DeviceId};

/// The processor of the catalog whose name is in the system's name, the longest such name. `None`: none is, and the user
/// has to say which is most like it.
pub fn matching_device(catalog: &Catalog, processor: &str) -> Option<DeviceId> {
    let wanted = words(processor);
    catalog
        .devices
        .iter()
        .filter(|device| device.is_processor())
        .map(|device| (words(&device.name), &device.id))
        .filter(|(name, _)| name.len() > 1 && name.iter().all(|word| wanted.contains(word)))
        .max_by_key(|(name, _)| name.len())
        .map(|(_, id)| id.clone())
}

/// Words that tell processors apart.
fn words(name: &str) -> Vec<String> {
    let plain = name.to_lowercase().replace("(r)", " ").replace("(tm)", " ");
    let noise = ["cpu", "processor", "@", "with", "radeon", "graphics"];
    plain.split_whitespace().filter(|word| !noise.contains(word)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn trademarks_do_not_tell_processors_apart() {
        assert_eq!(words("Intel(R) Xeon(R) Platinum 8488C CPU"), ["intel", "xeon", "platinum", "8488c"]);
    }
}
