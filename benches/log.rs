//! Verifying a whole log from its tiles, as a ratio to SHA-256 over the same bytes; and the memory that it takes.

use crate::measure::{in_process, whole_process};
use dauson::tlog::tile::{Appender, BundleId, TILE_WIDTH, encode_bundle};
use dauson::tlog::{Checkpoint, Signer, TlogError, leaf_hash};
use std::path::{Path, PathBuf};

/// Prints a row for each size of a log.
pub fn rows(folder: &Path) {
    println!("## Verifying a log from its tiles");
    println!(
        "{:<12} {:>9} {:>9} {:>9} {:>7} {:>24}",
        "entries", "MB", "wall ms", "CPU ms", "MiB", "of SHA-256 (CPU, wall)"
    );
    for entries in sizes() {
        let (tiles, key, bytes) = publish(folder, entries);
        // what has to be hashed at the least: each entry once, in one piece each
        let all = std::fs::read(tiles.join("all")).unwrap();
        let floor = in_process(3, || {
            let mut rest = all.as_slice();
            while let Some((length, more)) = rest.split_first_chunk::<2>() {
                let (entry, more) = more.split_at(usize::from(u16::from_be_bytes(*length)));
                std::hint::black_box(ring::digest::digest(&ring::digest::SHA256, entry));
                rest = more;
            }
        });
        drop(all);
        let verify = ["audit".into(), "verify".into(), tiles.clone().into(), "--log-key".into(), key.into()];
        let cost = whole_process(3, &verify);
        println!(
            "{entries:<12} {:>9.1} {:>9.0} {:>9.0} {:>7.1} {:>14} {:>9}",
            bytes as f64 / 1e6,
            cost.wall_ms,
            cost.cpu_ms,
            cost.peak_mib,
            format!("×{:.2}", cost.cpu_ms / floor.cpu_ms),
            format!("×{:.2}", cost.wall_ms / floor.wall_ms)
        );
        std::fs::remove_dir_all(&tiles).unwrap();
    }
    println!();
}

/// `DAUSON_BENCH_ENTRIES=1000000,10000000` measures others.
pub fn sizes() -> Vec<u64> {
    let asked = std::env::var("DAUSON_BENCH_ENTRIES").unwrap_or_else(|_| "100000,1000000".to_owned());
    asked.split(',').map(|n| n.parse().unwrap()).collect()
}

/// Writes a log's files; gives their folder, the log's key, and the bytes of its entries, which lie in `all` one behind the other, too.
fn publish(folder: &Path, entries: u64) -> (PathBuf, String, u64) {
    use std::io::Write;
    let folder = folder.join(format!("log-{entries}"));
    let signer = Signer::from_seed("log.example/bench", &[7; 32]).unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    std::fs::create_dir_all(&folder).unwrap();
    let mut all = std::io::BufWriter::new(std::fs::File::create(folder.join("all")).unwrap());
    let mut tree = Appender::open(0, &mut |_, _| Ok::<_, TlogError>(Vec::new())).unwrap();
    let width = u64::from(TILE_WIDTH);
    let mut bytes = 0;
    for index in 0..entries.div_ceil(width) {
        let bundle: Vec<Vec<u8>> = (index * width..((index + 1) * width).min(entries)).map(entry).collect();
        for entry in &bundle {
            tree.push(leaf_hash(entry));
            bytes += entry.len() as u64;
        }
        let packed = encode_bundle(&bundle).unwrap();
        all.write_all(&packed).unwrap();
        write(
            &dauson::tlog::tile::TilePath::Entries(BundleId { index, width: bundle.len() as u16 }).to_string(),
            &packed,
        );
    }
    all.flush().unwrap();
    let tree = tree.finish();
    for tile in &tree.tiles {
        write(&tile.id().to_string(), &tile.bytes());
    }
    let origin = signer.verifier_key().name().to_owned();
    let checkpoint = Checkpoint { origin, size: tree.size, root: tree.root, extensions: Vec::new() };
    write("checkpoint", checkpoint.sign(&[&signer]).unwrap().as_bytes());
    (folder, signer.verifier_key().to_string(), bytes)
}

/// An entry as long as those of signatures are.
pub fn entry(index: u64) -> Vec<u8> {
    let digest = |salt: u8| {
        let mut hash = [salt; 32];
        hash[..8].copy_from_slice(&index.to_be_bytes());
        hex::encode(hash)
    };
    format!(
        r#"{{"action":"document.signed","actor":"{}","certificate":"{}","digest":"sha256:{}","signature":"{}","time":"2026-11-24T01:30:15Z","unit":"xa-son-mau","v":1}}"#,
        &digest(1)[..32],
        digest(2),
        digest(3),
        digest(4)
    )
    .into_bytes()
}
