//! What this process holds, as the kernel counts it (`proc(5)`).

use std::fs;
use std::time::{Duration, Instant};

/// Threads, open files, mappings, and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resources {
    /// Threads.
    pub threads: usize,
    /// File descriptors.
    pub files: usize,
    /// Mappings of the library with this name.
    pub mappings: usize,
    /// Resident memory in KiB.
    pub memory: usize,
}

impl Resources {
    /// What it holds now; threads that are ending are waited for.
    #[must_use]
    pub fn now(library: &str) -> Self {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let seen = Self::look(library);
            if seen.threads == 1 || Instant::now() > deadline {
                return seen;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn look(library: &str) -> Self {
        let entries = |folder: &str| fs::read_dir(folder).unwrap().count();
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let memory = line.and_then(|line| line.split_ascii_whitespace().nth(1));
        Self {
            threads: entries("/proc/self/task"),
            files: entries("/proc/self/fd"),
            mappings: maps.lines().filter(|line| line.contains(library)).count(),
            memory: memory.unwrap().parse().unwrap(),
        }
    }
}
