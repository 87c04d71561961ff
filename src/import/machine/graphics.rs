//! Names of graphics cards, where the system tells: NVIDIA's driver names its own; others are looked up by their PCI
//! numbers in the list most systems keep (pci.ids), or go by those numbers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{read, short};

/// Most cards that are looked at.
const MOST_CARDS: usize = 64;
/// NVIDIA's number among makers of PCI devices.
const NVIDIA: &str = "10de";
/// Where systems keep the list of PCI devices.
const LISTS: [&str; 2] = ["usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids"];

/// The names under `root`, each card once, in the order of the system.
pub fn names(root: &Path) -> Vec<String> {
    let nvidia: Vec<String> =
        folders(&root.join("proc/driver/nvidia/gpus"), "").iter().filter_map(|card| model(card)).collect();
    let others = folders(&root.join("sys/class/drm"), "card").into_iter().filter_map(|card| {
        // "card0-HDMI-A-1" is a socket of the card.
        let name = card.file_name()?.to_str()?.strip_prefix("card")?.to_owned();
        name.bytes().all(|byte| byte.is_ascii_digit()).then_some(card.join("device"))
    });
    let list = std::cell::LazyCell::new(|| LISTS.iter().find_map(|list| read(&root.join(list))).unwrap_or_default());
    let others = others.filter_map(|device| {
        let number = |name: &str| Some(read(&device.join(name))?.trim().strip_prefix("0x")?.to_lowercase());
        let (maker, number) = (number("vendor")?, number("device")?);
        if maker == NVIDIA && !nvidia.is_empty() {
            return None;
        }
        let told = read(&device.join("product_name")).map(|name| short(&name)).filter(|name| !name.is_empty());
        Some(told.or_else(|| listed(&list, &maker, &number)).unwrap_or_else(|| format!("PCI {maker}:{number}")))
    });
    let others: Vec<String> = others.collect();
    nvidia.into_iter().chain(others).take(MOST_CARDS).collect()
}

/// Folders whose names begin so, by name.
fn folders(path: &Path, beginning: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().take(16 * MOST_CARDS).flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(beginning));
    let sorted: BTreeMap<_, _> = named.map(|entry| (entry.file_name(), entry.path())).collect();
    sorted.into_values().collect()
}

/// "Model: NVIDIA GeForce RTX 4090", as the driver's `information` has it.
fn model(card: &Path) -> Option<String> {
    let text = read(&card.join("information"))?;
    let name = text.lines().find_map(|line| line.strip_prefix("Model:"))?;
    Some(short(name)).filter(|name| !name.is_empty())
}

/// A device in the list: makers stand at the line's beginning, their devices behind one tab.
fn listed(list: &str, maker: &str, device: &str) -> Option<String> {
    let mut lines = list.lines().skip_while(|line| !line.starts_with(maker));
    let vendor = short(lines.next()?.strip_prefix(maker)?);
    let mut own = lines.take_while(|line| line.starts_with('\t') || line.starts_with('#') || line.is_empty());
    let name = own.find_map(|line| line.strip_prefix('\t')?.strip_prefix(device))?;
    Some(short(&format!("{vendor} {}", name.trim())))
}
