//! One self-contained bundle for a court or an inspector: checkpoint, tiles, entries, the log's key, certificates, and a page that a
//! browser verifies without a network.

use super::Trouble;
use super::entry::Entry;
use super::history::Tiles;
use super::layout::{Kind, Tile, WIDTH};
use super::merkle::{Hash, Range, sha256};
use super::note::{Checkpoint, LogKey, WitnessKey};
use super::source::{self, FIRST, KEY, Source};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::pki::certificate::Certificate;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const SCRIPT: &str = include_str!("page/page.js");
const STYLE: &str = include_str!("page/style.css");
const README: &str = include_str!("page/readme.txt");
/// The newest entries that the page itself holds: more would not fit a browser. The tree before them is in it as its nodes, so that the
/// root is recomputed all the same.
const MOST_SHOWN: u64 = 100_000;

/// What a bundle was made of.
#[derive(Debug, serde::Serialize)]
pub struct Exported {
    /// The log's name.
    pub origin: String,
    /// Entries of the log.
    pub entries: u64,
    /// The first of them that is in the bundle.
    #[serde(skip_serializing_if = "is_zero")]
    pub first: u64,
    /// Certificates that are in it.
    pub certificates: usize,
    /// Certificates that entries name and nobody knows here.
    pub unknown: usize,
}

/// What goes into a bundle besides what the log publishes, and how much of that.
#[derive(Debug, Default)]
pub struct Scope<'a> {
    /// The log's witnesses.
    pub witnesses: &'a [WitnessKey],
    /// Certificates that entries may name, DER.
    pub known: &'a [Vec<u8>],
    /// The first entry that has to be in it; of those before it there are the tiles of their hashes, by which the root is recomputed all the
    /// same.
    pub first: u64,
}

/// Writes a bundle. Nothing is verified but the checkpoint's signature: whoever gets the bundle verifies it.
pub async fn export<W: Write + Seek + Send>(
    source: &dyn Source,
    keys: &[LogKey],
    scope: &Scope<'_>,
    out: W,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Exported> {
    let Scope { witnesses, known, first } = scope;
    let note = source.checkpoint().await?;
    let damaged = |why: String| Error::new(ErrorKind::BadInput, "audit.damaged", "audit log", why);
    let checkpoint = Checkpoint::open(&note, keys).map_err(|why| damaged(format!("its checkpoint: {why}")))?;
    let known: BTreeMap<String, &Vec<u8>> = known.iter().map(|der| (hex::encode(sha256(der)), der)).collect();
    let first = first.min(&checkpoint.size) / WIDTH;
    let zip = ZipWriter::new(out);
    let bundle = Bundle { source, keys, witnesses, checkpoint, known, first, zip, named: BTreeSet::new() };
    Box::pin(bundle.write(progress)).await.map_err(|trouble| match trouble {
        Trouble::Source(error) => error,
        Trouble::Log(why) => damaged(why),
    })
}

struct Bundle<'a, W: Write + Seek> {
    source: &'a dyn Source,
    keys: &'a [LogKey],
    witnesses: &'a [WitnessKey],
    checkpoint: Checkpoint,
    known: BTreeMap<String, &'a Vec<u8>>,
    /// The first bundle of entries that is in it.
    first: u64,
    zip: ZipWriter<W>,
    /// Certificates that entries name.
    named: BTreeSet<String>,
}

type Done<T> = std::result::Result<T, Trouble>;

impl<W: Write + Seek + Send> Bundle<'_, W> {
    async fn write(mut self, progress: &(dyn Fn(u64, u64) + Sync)) -> Done<Exported> {
        let keys = self.keys.iter().map(LogKey::to_string).collect::<Vec<_>>().join("\n") + "\n";
        let fingerprints: Vec<String> = self.keys.iter().map(LogKey::fingerprint).collect();
        let readme = README
            .replace("{ORIGIN}", &self.checkpoint.origin)
            .replace("{SIZE}", &self.checkpoint.size.to_string())
            .replace("{KEY}", keys.trim_end())
            .replace("{FINGERPRINT}", &fingerprints.join(" "));
        self.file("README.txt", readme.as_bytes())?;
        self.file(KEY, keys.as_bytes())?;
        let note = self.checkpoint.note.clone();
        self.file("checkpoint", note.as_bytes())?;
        if self.first > 0 {
            self.file(FIRST, format!("{}\n", self.first.saturating_mul(WIDTH)).as_bytes())?;
        }
        self.tiles(progress).await?;
        let (there, unknown): (Vec<String>, Vec<String>) =
            self.named.iter().cloned().partition(|name| self.known.contains_key(name));
        for name in &there {
            let der = self.known.get(name).copied().cloned().unwrap_or_default();
            self.file(&format!("certificates/{name}.cer"), &der)?;
        }
        self.page(&there).await?;
        let Self { zip, checkpoint, first, .. } = self;
        zip.finish().map_err(|error| cannot_write(&error))?;
        Ok(Exported {
            origin: checkpoint.origin,
            entries: checkpoint.size,
            first: first.saturating_mul(WIDTH),
            certificates: there.len(),
            unknown: unknown.len(),
        })
    }

    fn start(&mut self, name: &str) -> Done<()> {
        let options = SimpleFileOptions::default();
        self.zip.start_file(name, options).map_err(|error| cannot_write(&error).into())
    }

    fn put(&mut self, bytes: &[u8]) -> Done<()> {
        self.zip.write_all(bytes).map_err(|error| cannot_write(&error).into())
    }

    fn file(&mut self, name: &str, bytes: &[u8]) -> Done<()> {
        self.start(name)?;
        self.put(bytes)
    }

    /// Every tile and every bundle of entries.
    async fn tiles(&mut self, progress: &(dyn Fn(u64, u64) + Sync)) -> Done<()> {
        let size = self.checkpoint.size;
        for index in self.first..size.div_ceil(WIDTH) {
            let (bytes, places) = source::entries(self.source, index, size).await?;
            let end = places.last().map_or(0, |place| place.end);
            for place in places {
                if let Ok(entry) = Entry::parse(bytes.get(place).unwrap_or_default()) {
                    self.named.extend(entry.certificate.map(std::borrow::Cow::into_owned));
                }
            }
            let Some(tile) = Tile::of(Kind::Entries, index, size) else { break };
            self.file(&tile.to_string(), bytes.get(..end).unwrap_or_default())?;
            progress(index.saturating_mul(WIDTH), size);
        }
        for level in 0..8_u8 {
            let mut index = 0;
            while let Some(tile) = Tile::of(Kind::Level(level), index, size) {
                let hashes = source::hashes(self.source, tile).await?;
                self.file(&tile.to_string(), hashes.as_flattened())?;
                index = index.saturating_add(1);
            }
        }
        Ok(())
    }

    /// The page, with the newest entries in it.
    async fn page(&mut self, certificates: &[String]) -> Done<()> {
        let size = self.checkpoint.size;
        let first = self.first.max(size.saturating_sub(MOST_SHOWN) / WIDTH);
        let mut before = Range::default();
        Tiles::new(self.source, size).extend(&mut before, first.saturating_mul(WIDTH)).await?;
        let names = certificates.iter().filter_map(|name| {
            let certificate = Certificate::parse(self.known.get(name)?).ok()?;
            Some((name.as_str(), certificate.common_name()?))
        });
        let head = Data {
            key: self.keys.iter().find(|key| key.name == self.checkpoint.origin).map(LogKey::to_string),
            witnesses: self.witnesses.iter().map(WitnessKey::to_string).collect(),
            checkpoint: &self.checkpoint.note,
            first: before.size(),
            nodes: before.nodes().iter().map(encode).collect(),
            certificates: names.collect(),
        };
        let head = serde_json::to_string(&head)
            .map_err(|error| Error::new(ErrorKind::Bug, "audit.page", "the bundle's page", error))?;
        let policy = |text: &str| format!("'sha256-{}'", encode(&sha256(text.as_bytes())));
        let (script, style) = (policy(SCRIPT), policy(STYLE));
        self.start("index.html")?;
        // what ends a script element must not be in the data
        let head = head.replace('<', "\\u003c");
        let open = head.strip_suffix('}').unwrap_or_default();
        let text = format!(
            "<!doctype html>
<html lang=\"vi\">
<head>
<meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>Nhật ký kiểm toán</title>
<style>{STYLE}</style>
</head>
<body>
<header><h1 id=\"title\">Nhật ký kiểm toán</h1><button id=\"language\" type=\"button\">English</button></header>
<p id=\"verdict\" role=\"status\">Chưa kiểm tra: trình duyệt không chạy kịch bản của trang. · Not checked: the browser does not run the page's script.</p>
<dl id=\"facts\"></dl>
<label for=\"key\" id=\"own\"></label>
<input id=\"key\" spellcheck=\"false\" autocomplete=\"off\">
<p><input id=\"filter\" type=\"search\"></p>
<p id=\"count\"></p>
<div class=\"table\"><table><thead id=\"head\"></thead><tbody id=\"rows\"></tbody></table></div>
<button id=\"more\" type=\"button\" hidden></button>
<script type=\"application/json\" id=\"data\">{open},\"bundles\":["
        );
        self.put(text.as_bytes())?;
        for index in first..size.div_ceil(WIDTH) {
            let (bytes, places) = source::entries(self.source, index, size).await?;
            let bytes = bytes.get(..places.last().map_or(0, |place| place.end)).unwrap_or_default();
            let comma = if index == first { "" } else { "," };
            self.put(format!("{comma}\n\"{}\"", STANDARD.encode(bytes)).as_bytes())?;
        }
        self.put(format!("]}}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n").as_bytes())
    }
}

/// What the page verifies, but for the entries.
#[derive(serde::Serialize)]
struct Data<'a> {
    key: Option<String>,
    witnesses: Vec<String>,
    checkpoint: &'a str,
    first: u64,
    nodes: Vec<String>,
    certificates: BTreeMap<&'a str, String>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn encode(hash: &Hash) -> String {
    STANDARD.encode(hash)
}

fn cannot_write(error: &impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::CannotWrite, "audit.bundle", "the bundle", format!("cannot be written: {error}"))
}
