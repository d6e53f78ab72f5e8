//! What an auditor reads of a log, on its own and against what the log's writer reads of the same bytes: they share no code, so
//! that each of them can find the other's mistakes.
#![no_main]

use dauson::auditor::{Checkpoint, LogKey, entry::Entry, layout, note};
use dauson::tlog;
use dauson_fuzz::{log_key, tlog_seeds};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

static KEYS: OnceLock<[LogKey; 1]> = OnceLock::new();

fuzz_target!(
    init: tlog_seeds(),
    |data: &[u8]| {
        bundle(data);
        if let Ok(hashes) = tlog::tile::parse_tile(data) {
            assert_eq!(layout::hashes(data, hashes.len() as u16).as_deref(), Some(&hashes[..]));
        }
        let _ = Entry::parse(data).map(Entry::into_owned);
        let Ok(text) = std::str::from_utf8(data) else { return };
        let keys = KEYS.get_or_init(|| [log_key().to_string().parse().unwrap()]);
        let _ = (text.parse::<LogKey>(), dauson::auditor::entry::receipt(text));
        let written = tlog::Checkpoint::open(text, &log_key());
        match Checkpoint::open(text, keys) {
            Ok(read) => {
                let written = written.unwrap_or_else(|error| panic!("only the auditor accepts it: {error}"));
                assert_eq!((read.size, read.root), (written.size, written.root));
            }
            Err(why) => assert!(written.is_err(), "only the writer accepts it: {why}"),
        }
        let _ = note::Proof::open(text, b"entry", keys);
    }
);

/// Where the entries of a bundle are.
fn bundle(data: &[u8]) {
    let Ok(entries) = tlog::tile::decode_bundle(data) else { return };
    let found = layout::entries(data, entries.len() as u16).expect("only the writer can read it");
    assert!(found.into_iter().map(|range| &data[range]).eq(entries));
}
