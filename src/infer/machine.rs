//! What this machine tells about itself: cores to compute on, memory in use and free, processor time used.

use std::collections::BTreeSet;

use crate::units::{Bytes, Seconds};

/// Cores one can compute on at once: physical cores where Linux tells them apart from hyper-threads, never more than
/// this process may use. At least 1.
pub fn physical_cores() -> usize {
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    let siblings = |cpu: usize| {
        let topology = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
        std::fs::read_to_string(topology).ok()
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    cores_of(&allowed_cpus(&status), allowed, siblings)
}

/// Cores of the processors `cpus` by the list of those that share one; no more than `allowed`, which a limit of time may
/// make fewer.
fn cores_of(cpus: &[usize], allowed: usize, siblings: impl Fn(usize) -> Option<String>) -> usize {
    let cores: BTreeSet<String> = cpus.iter().map_while(|&cpu| siblings(cpu)).collect();
    if cores.is_empty() { allowed } else { cores.len().min(allowed) }
}

/// Numbers of the processors this process may run on (`Cpus_allowed_list`, like "0-3,8"); empty where it does not tell.
fn allowed_cpus(status: &str) -> Vec<usize> {
    /// Linux has a limit of 8,192 (`CONFIG_NR_CPUS`, 2026).
    const MOST: usize = 1 << 13;
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or_default();
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.trim().parse::<usize>().ok()?..=last.trim().parse::<usize>().ok()?.min(MOST))
    };
    list.split(',').filter_map(range).flatten().collect()
}

/// The processor's own name, where the system tells (Linux): "AMD EPYC 9254 24-Core Processor".
pub fn processor_name() -> Option<String> {
    let facts = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = facts.lines().find(|line| line.starts_with("model name"))?;
    let (_, name) = line.split_once(':')?;
    Some(name.trim().chars().take(200).collect()).filter(|name: &String| !name.is_empty())
}

/// Memory of this process that is in RAM now (`VmRSS`), where the system tells (Linux).
pub fn resident_memory() -> Option<Bytes> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    kibibytes(&status, "VmRSS:")
}

/// Memory programs can still take without pushing others out (`MemAvailable`), where the system tells (Linux).
///
/// Swap is not counted in it, and is not meant to be: all weights and the whole cache are read for every token, in the same
/// order, so of a model that lies partly in swap what was read longest ago makes room and is needed next. Each token would
/// wait for the disk, which is no speed to load a model for. Where the system puts idle memory of other programs into swap by
/// itself, what that frees is counted.
pub fn available_memory() -> Option<Bytes> {
    kibibytes(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")
}

/// The number of KiB on the line that begins so.
fn kibibytes(text: &str, key: &str) -> Option<Bytes> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024).map(Bytes::new)
}

/// Ticks a second in which Linux counts processor time for programs (`USER_HZ`): 100 on every architecture it runs on
/// but Alpha and IA-64 (proc_pid_stat(5) and the kernel's `asm/param.h`, 2026).
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time this process has used on all cores together, where the system tells (Linux).
pub fn processor_time() -> Option<Seconds> {
    ticks(&std::fs::read_to_string("/proc/self/stat").ok()?)
        .map(|ticks| Seconds::from_secs(ticks as f64 / TICKS_PER_SECOND))
}

/// User and system ticks: fields 14 and 15. The second field is the program's name, which may hold blanks and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    user.checked_add(fields.next()?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_name_does_not_confuse_its_processor_time() {
        let stat = "42 (odd) name (1) R 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20";
        assert_eq!(ticks(stat), Some(300));
        for bad in ["", "42 (a) R 1", "42 (a) R 1 2 3 4 5 6 7 8 9 10 x 50"] {
            assert_eq!(ticks(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn memory_is_read_in_kib() {
        assert_eq!(kibibytes("MemTotal: 5 kB\nMemAvailable:   3 kB\n", "MemAvailable:"), Some(Bytes::new(3072)));
        assert_eq!(kibibytes("MemTotal: 5 kB\n", "MemAvailable:"), None);
    }

    #[test]
    fn cores_are_those_of_the_processors_allowed_and_not_of_the_first_ones() {
        // Processors 2n and 2n + 1 share a core.
        let siblings = |cpu: usize| (cpu < 8).then(|| format!("{}-{}", cpu / 2 * 2, cpu / 2 * 2 + 1));
        for (list, allowed, cores) in [
            ("0-7", 8, 4),
            ("0,2,4,6", 4, 4),
            ("0-3", 4, 2),
            ("6-7", 2, 1),
            // Two processors' worth of time on all eight.
            ("0-7", 2, 2),
            ("", 8, 8),
            ("nonsense,9", 3, 3),
        ] {
            let status = format!("Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t{list}\nMems_allowed:\t1\n");
            assert_eq!(cores_of(&allowed_cpus(&status), allowed, siblings), cores, "{list}");
        }
        assert!(allowed_cpus("Cpus_allowed_list: 0-99999999999").len() <= 8193);
    }

    #[test]
    fn there_is_at_least_one_core() {
        assert!(physical_cores() >= 1);
    }
}
