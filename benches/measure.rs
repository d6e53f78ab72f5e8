//! CPU time, wall time and peak memory, by the operating system's own accounting.

use nix::sys::resource::{Usage, UsageWho, getrusage};
use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What one run costs.
pub struct Cost {
    /// User and system time.
    pub cpu_ms: f64,
    /// Time on the clock.
    pub wall_ms: f64,
    /// Largest resident memory; 0 where it was not measured.
    pub peak_mib: f64,
}

/// Set where this program runs another one to measure it.
const CHILD: &str = "DAUSON_BENCH_CHILD";

/// Runs the program that the arguments name, and prints what it cost: in a process of its own, since a process learns the
/// largest memory of all its children together only.
pub fn is_child() -> bool {
    if std::env::var_os(CHILD).is_none() {
        return false;
    }
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let start = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_dauson"))
        .args(arguments)
        .env_remove(CHILD)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    let wall = start.elapsed().as_secs_f64() * 1000.0;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    assert!(status.success(), "the program ended with {status}");
    println!("{} {wall} {}", cpu_ms(&usage), usage.max_rss() as f64 / 1024.0);
    true
}

fn cpu_ms(usage: &Usage) -> f64 {
    [usage.user_time(), usage.system_time()]
        .iter()
        .map(|t| t.tv_sec() as f64 * 1000.0 + t.tv_usec() as f64 / 1000.0)
        .sum()
}

/// Milliseconds of processor time that this process has had.
pub fn cpu() -> f64 {
    cpu_ms(&getrusage(UsageWho::RUSAGE_SELF).unwrap())
}

/// The medians of this many runs of the program, after one that is not counted.
pub fn whole_process(runs: usize, arguments: &[OsString]) -> Cost {
    let mut costs = Vec::new();
    for _ in 0..=runs {
        let output = Command::new(std::env::current_exe().unwrap()).args(arguments).env(CHILD, "1").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        let [cpu_ms, wall_ms, peak_mib] = numbers[..] else {
            panic!("no measurement: {text} {}", String::from_utf8_lossy(&output.stderr));
        };
        costs.push(Cost { cpu_ms, wall_ms, peak_mib });
    }
    costs.remove(0);
    median(&costs)
}

/// The medians of this many calls, after one that is not counted.
pub fn in_process<T>(runs: usize, mut call: impl FnMut() -> T) -> Cost {
    std::hint::black_box(call());
    let costs: Vec<Cost> = (0..runs)
        .map(|_| {
            let (before, start) = (getrusage(UsageWho::RUSAGE_SELF).unwrap(), Instant::now());
            std::hint::black_box(call());
            let wall_ms = start.elapsed().as_secs_f64() * 1000.0;
            let after = getrusage(UsageWho::RUSAGE_SELF).unwrap();
            Cost { cpu_ms: cpu_ms(&after) - cpu_ms(&before), wall_ms, peak_mib: 0.0 }
        })
        .collect();
    median(&costs)
}

fn median(costs: &[Cost]) -> Cost {
    let middle = |number: fn(&Cost) -> f64| {
        let mut numbers: Vec<f64> = costs.iter().map(number).collect();
        numbers.sort_by(f64::total_cmp);
        numbers[numbers.len() / 2]
    };
    Cost { cpu_ms: middle(|c| c.cpu_ms), wall_ms: middle(|c| c.wall_ms), peak_mib: middle(|c| c.peak_mib) }
}
