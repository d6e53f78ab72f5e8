//! `make bench`: CPU time and memory of signing and verifying, as ratios to what the same machine can do at best in the same
//! run: ring's signatures, SHA-256, and a bare loop that reads, hashes, signs and writes.
//!
//! Nothing here passes or fails; the numbers are printed to be read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod agent;
mod append;
mod client;
mod csc;
mod inputs;
mod levels;
mod log;
#[path = "../tests/it/made.rs"]
mod made;
mod measure;
mod pages;
mod receipts;
mod registry;
mod revisions;
mod revocation;
mod tokens;
mod validation;
#[path = "../tests/it/walk.rs"]
mod walk;

use dauson::keys::KeyAlgorithm;
use dauson::pades::Level;
use inputs::{Input, Key};
use measure::{Cost, in_process, whole_process};
use std::path::{Path, PathBuf};

/// Files of the batch.
const BATCH: usize = 500;

fn main() {
    if measure::is_child() || tokens::is_child() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    println!("dauson bench: {} processors, release build", std::thread::available_parallelism().map_or(1, usize::from));
    println!("CPU milliseconds (user and system), the median of several runs; peak memory of the whole process\n");

    if is_wanted("tokens") {
        tokens::rows(&folder);
    }
    if is_wanted("append") {
        append::rows(&folder);
    }
    if is_wanted("log") {
        log::rows(&folder);
    }
    if is_wanted("pages") {
        pages::rows(&folder);
    }
    if is_wanted("registry") {
        registry::rows(&folder);
    }
    let rsa = Key::rsa(&folder);
    let p256 = Key::p256(&folder);
    let limits = limits(&folder, &rsa, &p256);
    if is_wanted("receipts") {
        for key in [&rsa, &p256] {
            receipts::rows(&folder, key, &limits);
        }
    }
    if is_wanted("csc") {
        for key in [&rsa, &p256] {
            csc::rows(&folder, key);
        }
    }
    if is_wanted("agent") {
        for key in [&rsa, &p256] {
            agent::row(&folder, key);
        }
    }
    if is_wanted("revisions") {
        revisions::rows(&folder, &p256);
    }
    if is_wanted("signatures") {
        signatures(&folder, [&rsa, &p256], &limits);
    }
}

/// The parts that are named on the command line (`cargo bench -- receipts`); all, if none is.
fn is_wanted(part: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    named.peek().is_none() || named.any(|name| name == part)
}

fn signatures(folder: &Path, keys: [&Key; 2], limits: &Limits) {
    for key in keys {
        println!("## {}, PKCS#12 of {} iterations", key.name, inputs::ITERATIONS);
        println!("{:<16} {:>9} {:>9} {:>7} {:>9} {:>9} {:>7}", "", "sign", "", "", "verify", "", "");
        println!(
            "{:<16} {:>9} {:>9} {:>7} {:>9} {:>9} {:>7}",
            "input", "in-proc", "process", "MiB", "in-proc", "process", "MiB"
        );
        for input in inputs::all(folder) {
            row(folder, key, &input);
        }
        batch(folder, key, limits);
        levels(folder, key, limits);
        let algorithm = if key.is_rsa { KeyAlgorithm::Rsa2048 } else { KeyAlgorithm::P256 };
        let verify_ms = inputs::verify_ms(key);
        validation::rows(folder, key.name, algorithm, verify_ms, limits.sha256_ms);
        revocation::row(algorithm, verify_ms, limits.sha256_ms);
        println!();
    }
}

/// Signatures of each level, as multiples of the signatures that the signer, the TSA and the responder make for them.
fn levels(folder: &Path, key: &Key, limits: &Limits) {
    let algorithm = if key.is_rsa { KeyAlgorithm::Rsa2048 } else { KeyAlgorithm::P256 };
    let input = &inputs::all(folder)[0];
    for (level, cost) in levels::in_process_levels(folder, algorithm, input, 30) {
        let signatures = match level {
            Level::B => 1.0,
            // what the responder said counts for minutes
            Level::T | Level::Lt => 2.0,
            Level::Lta => 3.0,
        };
        let floor = signatures * limits.sign_ms(key);
        println!(
            "{:<16} {:>9.2} ms in-proc, {} signatures {}",
            level.name(),
            cost.cpu_ms,
            signatures,
            ratio(&cost, floor)
        );
    }
}

/// What the machine can do at best, in milliseconds.
#[allow(clippy::struct_field_names)]
struct Limits {
    rsa_sign_ms: f64,
    p256_sign_ms: f64,
    /// Of a MiB.
    sha256_ms: f64,
}

impl Limits {
    fn sign_ms(&self, key: &Key) -> f64 {
        if key.is_rsa { self.rsa_sign_ms } else { self.p256_sign_ms }
    }
}

fn limits(folder: &Path, rsa: &Key, p256: &Key) -> Limits {
    let message = [7; 64];
    let rate = |key: &Key| in_process(200, || key.bare_sign(&message)).cpu_ms;
    let data = vec![7; 64 << 20];
    let sha256_ms = in_process(5, || ring::digest::digest(&ring::digest::SHA256, &data)).cpu_ms / 64.0;
    let limits = Limits { rsa_sign_ms: rate(rsa), p256_sign_ms: rate(p256), sha256_ms };
    let path = folder.join("fsync");
    let sync = in_process(20, || {
        use std::io::Write;
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_all().unwrap();
    });
    println!("## What the machine can do");
    println!("ring RSA-2048 signature  {:8.3} ms  ({:.0} a second)", limits.rsa_sign_ms, 1000.0 / limits.rsa_sign_ms);
    println!("ring P-256 signature     {:8.3} ms  ({:.0} a second)", limits.p256_sign_ms, 1000.0 / limits.p256_sign_ms);
    println!("SHA-256                  {:8.3} ms a MiB  ({:.2} GB/s)", sha256_ms, 1.048_576 / sha256_ms);
    println!("4 KiB written and synced {:8.3} ms wall\n", sync.wall_ms);
    limits
}

fn row(folder: &Path, key: &Key, input: &Input) {
    let data = folder.join(format!("data-{}", key.name));
    let signed = folder.join(format!("{}-{}.pdf", input.name, key.name));
    let runs = if input.is_large { 5 } else { 30 };
    let sign = whole_process(
        runs,
        &sign_command(key, &data, std::slice::from_ref(&input.path), &["-o".into(), signed.clone().into()]),
    );
    let trust: Vec<std::ffi::OsString> = [
        "verify".into(),
        signed.clone().into(),
        "--trust".into(),
        key.certificate.clone().into(),
        "--revocation".into(),
        "ignore".into(),
    ]
    .into();
    let verify = whole_process(runs, &trust);
    let inside_sign = inputs::in_process_sign(folder, key, input, runs);
    let inside_verify = inputs::in_process_verify(key, &signed, runs);
    println!(
        "{:<16} {:>9.2} {:>9.2} {:>7.1} {:>9.2} {:>9.2} {:>7.1}",
        input.name,
        inside_sign.cpu_ms,
        sign.cpu_ms,
        sign.peak_mib,
        inside_verify.cpu_ms,
        verify.cpu_ms,
        verify.peak_mib
    );
    // a signature reads, hashes and writes each byte once, and signs once
    let floor = inputs::bare(folder, key, input, runs);
    let verify_floor = inputs::bare_verify(key, &signed, runs);
    println!(
        "{:<16} {:>9} {:>9} {:>7} {:>9} {:>9}",
        "  ratio",
        ratio(&inside_sign, floor.cpu_ms),
        ratio(&sign, floor.cpu_ms),
        "",
        ratio(&inside_verify, verify_floor.cpu_ms),
        ratio(&verify, verify_floor.cpu_ms),
    );
}

fn ratio(cost: &Cost, floor: f64) -> String {
    format!("×{:.2}", cost.cpu_ms / floor)
}

/// Many files in one process, against a bare loop over the same files.
fn batch(folder: &Path, key: &Key, limits: &Limits) {
    let input = &inputs::all(folder)[0];
    let files: Vec<PathBuf> = (0..BATCH).map(|n| folder.join(format!("batch-{n}.pdf"))).collect();
    for file in &files {
        std::fs::copy(&input.path, file).unwrap();
    }
    let out = folder.join(format!("out-{}", key.name));
    std::fs::create_dir_all(&out).unwrap();
    let data = folder.join(format!("data-{}", key.name));
    let command = sign_command(key, &data, &files, &["--out-dir".into(), out.clone().into()]);
    let cost = whole_process(3, &command);
    let bare = in_process(3, || {
        for file in &files {
            inputs::bare_once(key, file, &out.join(file.file_name().unwrap()));
        }
    });
    let each = |cost: f64| cost / BATCH as f64;
    println!(
        "batch of {BATCH}: {:.2} ms CPU and {:.2} ms wall a file, {:.1} MiB; bare loop {:.2} ms CPU: ×{:.2}; ring's signature alone {:.2} ms: ×{:.2}",
        each(cost.cpu_ms),
        each(cost.wall_ms),
        cost.peak_mib,
        each(bare.cpu_ms),
        cost.cpu_ms / bare.cpu_ms,
        limits.sign_ms(key),
        each(cost.cpu_ms) / limits.sign_ms(key),
    );
}

fn sign_command(key: &Key, data: &Path, inputs: &[PathBuf], to: &[std::ffi::OsString]) -> Vec<std::ffi::OsString> {
    let mut command: Vec<std::ffi::OsString> = vec!["sign".into()];
    command.extend(inputs.iter().map(|i| i.clone().into()));
    command.extend(to.iter().cloned());
    for word in ["--force", "--p12"] {
        command.push(word.into());
    }
    command.push(key.p12.clone().into());
    command.push("--password-file".into());
    command.push(key.password_file.clone().into());
    command.push("--data".into());
    command.push(data.into());
    command.push("--log".into());
    command.push("error".into());
    command
}
