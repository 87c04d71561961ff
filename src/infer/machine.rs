//! What this machine tells about itself: cores to compute on, memory in use.

use std::collections::BTreeSet;

use crate::units::Bytes;

/// Cores one can compute on at once: physical cores where Linux tells them apart from hyper-threads, never more than
/// this process may use. At least 1.
pub fn physical_cores() -> usize {
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    let siblings: BTreeSet<String> = (0..allowed)
        .map_while(|cpu| {
            let topology = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
            std::fs::read_to_string(topology).ok()
        })
        .collect();
    if siblings.is_empty() { allowed } else { siblings.len().min(allowed) }
}

/// The processor's own name, where the system tells (Linux): "AMD EPYC 9254 24-Core Processor".
pub fn processor_name() -> Option<String> {
    let facts = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = facts.lines().find(|line| line.starts_with("model name"))?;
    let (_, name) = line.split_once(':')?;
    Some(name.trim().chars().take(200).collect())
}

/// Memory of this process that is in RAM now (`VmRSS`), where the system tells (Linux).
pub fn resident_memory() -> Option<Bytes> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024).map(Bytes::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_at_least_one_core() {
        assert!(physical_cores() >= 1);
    }
}
