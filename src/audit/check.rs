//! The auditor's check: recomputes the whole log from its entries, and holds every stored signature and every receipt number
//! against it. Of the code that writes the log it uses the two hash functions only.

mod papers;

use super::entry::{Action, Entry, catalogue_digest, reason_digest};
use crate::cms::SignedData;
use crate::cms::logproof::LogProof;
use crate::digest::{DigestAlgorithm, Hasher};
use crate::error::Result;
use crate::limits::Limits;
use crate::pdf::document::Document as Pdf;
use crate::pdf::source::FileSource;
use crate::store::blobs::Blobs;
use crate::store::receipts::{RangeRow, ReceiptFilter, ReceiptRow};
use crate::store::{Sha256, Store, Transaction};
use crate::tlog::tree::RootBuilder;
use crate::tlog::{Checkpoint, Hash, LogPolicy, Proof, VerifierKey, leaf_hash};
use crate::validation::digests::{CoveredRange, digest_ranges};
use crate::xades;
use crate::xml::{self, Document, Node};
use serde::Serialize;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use time::Date;

/// Rows read at a time; entries of one tile, too.
const CHUNK: u32 = 256;
/// Faults that are named; more are only counted.
const MOST_NAMED: usize = 1_000;

/// What was checked, and what does not agree.
#[derive(Debug, Default, Serialize)]
pub struct Findings {
    /// The log's name.
    pub origin: String,
    /// Entries of the log.
    pub entries: u64,
    /// Signed documents in store that were checked.
    pub documents: u64,
    /// Receipts that were checked.
    pub receipts: u64,
    /// Faults in all.
    pub faults: u64,
    /// The first of them, one sentence each.
    pub named: Vec<String>,
}

impl Findings {
    fn fault(&mut self, what: String) {
        self.faults = self.faults.saturating_add(1);
        if self.named.len() < MOST_NAMED {
            self.named.push(what);
        }
    }
}

/// Checks everything in one consistent view of the database, with nothing but the log's verifier key. `kept` are checkpoints that
/// somebody has from earlier: the log must still begin with what they say. `progress` is told how many entries are done, of
/// how many.
pub async fn verify(
    key: &VerifierKey,
    store: &dyn Store,
    blobs: &dyn Blobs,
    kept: &[Checkpoint],
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Findings> {
    let mut check = Check {
        key,
        blobs,
        tx: store.read().await?,
        findings: Findings { origin: key.name().to_owned(), ..Findings::default() },
        catalogues: HashMap::new(),
        filed: 0,
        closed_shifts: 0,
    };
    check.tree(kept, progress).await?;
    check.fees().await?;
    check.receipts().await?;
    check.papers().await?;
    check.documents().await?;
    Ok(check.findings)
}

struct Check<'a> {
    key: &'a VerifierKey,
    blobs: &'a dyn Blobs,
    tx: Box<dyn Transaction>,
    findings: Findings,
    /// Of each unit whose fee catalogue was changed, what the log says of it last.
    catalogues: HashMap<String, Option<String>>,
    /// Daily reports that the log records, and shifts.
    filed: u64,
    closed_shifts: u64,
}

impl Check<'_> {
    fn fault(&mut self, what: String) {
        self.findings.fault(what);
    }

    /// Entries, tiles, root, checkpoint.
    async fn tree(&mut self, kept: &[Checkpoint], progress: &(dyn Fn(u64, u64) + Sync)) -> Result<()> {
        let Some(head) = self.tx.log_head().await? else {
            self.fault("the database has no log".to_owned());
            return Ok(());
        };
        match Checkpoint::open(&head.checkpoint, self.key) {
            Ok(signed) if (signed.size, signed.root) == (head.size, head.root) => {}
            Ok(signed) => {
                self.fault(format!("the checkpoint is of {} entries, the head of {}", signed.size, head.size));
            }
            Err(error) => self.fault(format!("the checkpoint: {error}")),
        }
        let mut root = RootBuilder::default();
        let mut levels: Vec<Level> = Vec::new();
        let mut next = 0;
        loop {
            let rows = self.tx.log_entries(next, CHUNK).await?;
            if rows.is_empty() {
                break;
            }
            for (index, row) in rows {
                if index != next {
                    self.fault(format!(
                        "{} missing from the log",
                        range("entry", "entries", next, index.saturating_sub(1))
                    ));
                }
                next = index.saturating_add(1);
                let hash = leaf_hash(&row.entry);
                root.push(hash);
                if kept.iter().any(|kept| kept.size == next && kept.root != root.root()) {
                    self.fault(format!(
                        "the log does not begin with the {next} entries of the checkpoint that was kept"
                    ));
                }
                self.grow(&mut levels, hash).await?;
                match Entry::parse(&row.entry) {
                    Err(error) => self.fault(format!("entry {index}: {}", error.why)),
                    Ok(entry) => {
                        if entry.signature != row.signature.map(hex::encode) || entry.receipt != row.receipt {
                            self.fault(format!("entry {index}: the database's index does not agree with what it says"));
                        }
                        self.entry(index, &entry).await?;
                    }
                }
                self.findings.entries = self.findings.entries.saturating_add(1);
            }
            progress(next, head.size);
        }
        for kept in kept.iter().filter(|kept| kept.size > next) {
            self.fault(format!(
                "the log has {next} entries, the checkpoint that was kept {}: it was cut short",
                kept.size
            ));
        }
        if self.findings.entries != head.size {
            self.fault(format!("the log has {} entries, its checkpoint {}", self.findings.entries, head.size));
        }
        if root.root() != head.root {
            self.fault("the entries do not lead to the checkpoint's root hash: one at least was changed".to_owned());
        }
        for (level, partial) in levels.into_iter().enumerate() {
            self.tile(level, partial.index, &partial.hashes).await?;
        }
        Ok(())
    }

    /// Adds a hash to the lowest level, and the root of each full tile to the level above.
    async fn grow(&mut self, levels: &mut Vec<Level>, hash: Hash) -> Result<()> {
        let (mut hash, mut level) = (hash, 0);
        loop {
            if levels.len() == level {
                levels.push(Level::default());
            }
            let Some(tile) = levels.get_mut(level) else { return Ok(()) };
            tile.hashes.push(hash);
            if tile.hashes.len() < 256 {
                return Ok(());
            }
            let full = std::mem::take(&mut tile.hashes);
            let index = tile.index;
            tile.index = index.saturating_add(1);
            self.tile(level, index, &full).await?;
            let mut root = RootBuilder::default();
            for hash in full {
                root.push(hash);
            }
            (hash, level) = (root.root(), level.saturating_add(1));
        }
    }

    async fn tile(&mut self, level: usize, index: u64, hashes: &[Hash]) -> Result<()> {
        let stored = self.tx.log_tile(u8::try_from(level).unwrap_or(u8::MAX), index).await?;
        if stored != hashes {
            self.fault(format!("tile {index} of level {level} is not that of the entries"));
        }
        Ok(())
    }

    /// What an entry about a receipt says must be so in the database.
    async fn entry(&mut self, index: u64, entry: &Entry) -> Result<()> {
        if let (Action::FeesChanged, Some(unit)) = (entry.action, &entry.unit) {
            self.catalogues.insert(unit.clone(), entry.digest.clone());
        }
        match entry.action {
            Action::ReportFiled => self.filed = self.filed.saturating_add(1),
            Action::ShiftClosed => self.closed_shifts = self.closed_shifts.saturating_add(1),
            _ => {}
        }
        let (Action::ReceiptIssued, Some(id)) = (entry.action, &entry.receipt) else { return Ok(()) };
        let row = match split_id(id) {
            Some((form, symbol, number)) => self.tx.receipt(form, symbol, number).await?,
            None => None,
        };
        match row {
            None => {
                self.fault(format!("receipt {id}: entry {index} says it was issued, and it is not in the database"));
            }
            Some(row) if row.log_index != index => {
                self.fault(format!("receipt {id}: both entries {} and {index} say it was issued", row.log_index));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Every unit's fee catalogue is the one that the log records last.
    async fn fees(&mut self) -> Result<()> {
        for unit in self.tx.units().await? {
            let fees = self.tx.fees_of(&unit.id).await?;
            let logged = self.catalogues.get(&unit.id).cloned().flatten();
            if logged != (!fees.is_empty()).then(|| catalogue_digest(&fees)).transpose()? {
                self.fault(format!("unit {}: its fee catalogue is not the one that the log records", unit.id));
            }
        }
        Ok(())
    }

    /// Every number of every series, its entry and its files.
    async fn receipts(&mut self) -> Result<()> {
        for series in self.tx.all_series(None).await? {
            let name = format!("{}/{}", series.form, series.symbol);
            let mut own = Stream { next: 1, previous: None };
            let mut ranges = Vec::new();
            for range in self.tx.ranges(&series.form, &series.symbol).await? {
                self.delegated(&name, &range).await?;
                ranges.push((Stream { next: range.first, previous: None }, range));
            }
            let mut after = (series.form.clone(), series.symbol.clone(), 0);
            loop {
                let filter = ReceiptFilter {
                    series: Some((series.form.clone(), series.symbol.clone())),
                    after: Some(after.clone()),
                    ..ReceiptFilter::default()
                };
                let rows = self.tx.receipts(&filter, CHUNK).await?;
                let Some(last) = rows.last() else { break };
                after.2 = last.number;
                for row in &rows {
                    let within = |range: &RangeRow| (range.first..=range.last).contains(&row.number);
                    let delegate = match ranges.iter_mut().find(|(_, range)| within(range)) {
                        Some((stream, range)) => {
                            stream.take(&mut self.findings, &name, row);
                            Some(range.delegate.clone())
                        }
                        None => {
                            // what was delegated is no gap in the unit's own numbers
                            for (_, range) in &ranges {
                                if (range.first..=range.last).contains(&own.next) {
                                    own.next = range.last.saturating_add(1);
                                }
                            }
                            own.take(&mut self.findings, &name, row);
                            None
                        }
                    };
                    if delegate != row.delegate {
                        self.fault(format!("receipt {name}/{:08}: its number is another unit's", row.number));
                    }
                    self.receipt(row).await?;
                    self.findings.receipts = self.findings.receipts.saturating_add(1);
                }
            }
            self.book(&name, series.is_open).await?;
            let own = [("the next number".to_owned(), series.next, own.next)];
            let delegated = ranges.iter().map(|(stream, range)| {
                (format!("the next number of the range from {}", range.first), range.next, stream.next)
            });
            for (what, next, expected) in own.into_iter().chain(delegated) {
                if next != expected {
                    self.fault(format!("series {name}: {what} is {next}, and the last receipt is before {expected}"));
                }
            }
        }
        Ok(())
    }

    /// Whether the log, too, has a range as delegated, to whom, and as open or given back.
    async fn delegated(&mut self, series: &str, range: &RangeRow) -> Result<()> {
        let (mut delegated, mut closed) = (false, false);
        for index in self.tx.log_entries_of_receipt(&format!("{series}/{:08}", range.first)).await? {
            let Some(entry) = self.entry_at(index).await? else { continue };
            let is_this = entry.related == Some(format!("{series}/{:08}", range.last))
                && entry.digest == Some(reason_digest(&range.delegate));
            match entry.action {
                Action::RangeDelegated => delegated = is_this,
                Action::RangeClosed => closed = is_this,
                _ => {}
            }
        }
        if !delegated || closed == range.is_open {
            self.fault(format!("series {series}: the range from {} is not as the log records it", range.first));
        }
        Ok(())
    }

    /// Whether the log, too, has a series as open or closed.
    async fn book(&mut self, name: &str, is_open: bool) -> Result<()> {
        let (mut opened, mut closed) = (false, false);
        for index in self.tx.log_entries_of_receipt(name).await? {
            match self.entry_at(index).await?.map(|e| e.action) {
                Some(Action::SeriesOpened) => opened = true,
                Some(Action::SeriesClosed) => closed = true,
                _ => {}
            }
        }
        if !opened || closed == is_open {
            let word = |open| if open { "open" } else { "closed" };
            self.fault(format!(
                "series {name}: the database has it as {}, the log as {}",
                word(is_open),
                word(opened && !closed)
            ));
        }
        Ok(())
    }

    async fn receipt(&mut self, row: &ReceiptRow) -> Result<()> {
        let id = format!("{}/{}/{:08}", row.form, row.symbol, row.number);
        let Some(entry) = self.entry_at(row.log_index).await? else {
            self.fault(format!("receipt {id}: its log entry {} is not there", row.log_index));
            return Ok(());
        };
        if entry.action != Action::ReceiptIssued
            || entry.receipt.as_deref() != Some(&id)
            || entry.unit.as_ref() != Some(&row.unit)
        {
            self.fault(format!("receipt {id}: its log entry {} is about something else", row.log_index));
        }
        self.chain(row, &id, &entry).await?;
        self.lines(row, &id).await?;
        if let Some(mut xml) = self.blob(&row.xml_sha256, &format!("receipt {id}: its XML")).await? {
            let mut text = Vec::new();
            let limit = u64::try_from(Limits::in_force().xml_bytes).unwrap_or(u64::MAX);
            match Read::by_ref(&mut xml)
                .take(limit)
                .read_to_end(&mut text)
                .map(|_| xades::verify(&text, Limits::in_force()))
            {
                Ok(Ok(signatures)) => match signatures.as_slice() {
                    [signature] => {
                        self.says(row, &id, &text);
                        for problem in &signature.problems {
                            self.fault(format!("receipt {id}: its XML: {}", problem.message));
                        }
                        self.agrees(
                            &format!("receipt {id}: its XML"),
                            &entry,
                            &signature.value,
                            signature.certificate.as_deref(),
                        );
                        self.stapled(&format!("receipt {id}: its XML"), signature.log_proof.as_ref(), row.log_index);
                    }
                    _ => self.fault(format!("receipt {id}: its XML has not exactly one signature")),
                },
                _ => self.fault(format!("receipt {id}: its XML cannot be read")),
            }
        }
        if let Some(pdf) = self.blob(&row.pdf_sha256, &format!("receipt {id}: its PDF")).await? {
            let entries = self.tx.log_entries_of_receipt(&id).await?;
            let mut rendered = None;
            for index in entries {
                if let Some(entry) = self.entry_at(index).await?
                    && entry.action == Action::ReceiptRendered
                {
                    rendered = Some((index, entry));
                }
            }
            match rendered {
                None => self.fault(format!("receipt {id}: the log has no entry for the signature of its PDF")),
                Some((index, entry)) => self.pdf(&format!("receipt {id}: its PDF"), pdf, index, &entry),
            }
        }
        Ok(())
    }

    /// What the signed XML says must be what the database says.
    fn says(&mut self, row: &ReceiptRow, id: &str, xml: &[u8]) {
        let Some(said) = Said::of(xml) else {
            self.fault(format!("receipt {id}: its XML does not say what a receipt must say"));
            return;
        };
        let date = row.date.to_string();
        for (what, agrees) in [
            ("number", said.id == id),
            ("date", said.date == date),
            ("total", said.total == row.total.to_string()),
            ("code", said.code == row.code),
        ] {
            if !agrees {
                self.fault(format!("receipt {id}: its {what} in the database is not that of its signed XML"));
            }
        }
    }

    /// A receipt's state and its neighbours in the chain of replacements.
    async fn chain(&mut self, row: &ReceiptRow, id: &str, issued: &Entry) -> Result<()> {
        if issued.related != row.replaces {
            self.fault(format!("receipt {id}: the log and the database do not agree on what it replaces"));
        }
        let (mut left, mut notices, mut asked) = (None, Vec::new(), None);
        for index in self.tx.log_entries_of_receipt(id).await? {
            match self.entry_at(index).await? {
                Some(e) if e.action == Action::ReceiptReplaced => left = Some(("replaced", e.related, e.digest)),
                Some(e) if e.action == Action::ReceiptVoided => {
                    if e.approver.is_some() && e.approver == e.actor {
                        self.fault(format!("receipt {id}: one person alone voided it"));
                    }
                    left = Some(("voided", None, e.digest));
                }
                Some(e) if e.action == Action::ReceiptNotified => notices.push(e.digest),
                Some(e) if e.action == Action::ReceiptVoidRequested => asked = e.digest,
                _ => {}
            }
        }
        if notices != row.notices.iter().map(|n| Some(reason_digest(&n.reason))).collect::<Vec<_>>() {
            self.fault(format!("receipt {id}: the errors that were notified are not those that the log records"));
        }
        if asked != row.void_request.as_ref().map(|request| reason_digest(&request.reason)) {
            self.fault(format!("receipt {id}: the request that it be voided is not the one that the log records"));
        }
        let (state, successor, reason) = left.unwrap_or(("issued", None, None));
        if reason != row.reason.as_deref().map(reason_digest) {
            self.fault(format!("receipt {id}: its reason is not the one that the log records"));
        }
        if state != row.state || successor != row.replaced_by {
            self.fault(format!("receipt {id}: the database has it as {}, the log as {state}", row.state));
        }
        for (other, back) in [(&row.replaces, true), (&row.replaced_by, false)] {
            let Some(other) = other else { continue };
            let found = match split_id(other) {
                Some((form, symbol, number)) => self.tx.receipt(form, symbol, number).await?,
                None => None,
            };
            let link = found.map(|f| if back { f.replaced_by } else { f.replaces }).unwrap_or_default();
            if link.as_deref() != Some(id) {
                self.fault(format!("receipt {id}: {other} does not name it in turn"));
            }
        }
        Ok(())
    }

    /// Every signed version of every document.
    async fn documents(&mut self) -> Result<()> {
        let mut after: Option<(String, u32)> = None;
        loop {
            let from = after.as_ref().map(|(document, version)| (document.as_str(), *version));
            let rows = self.tx.signed_versions(from, CHUNK).await?;
            let Some((document, version)) = rows.last() else { return Ok(()) };
            after = Some((document.clone(), version.version));
            for (document, version) in rows {
                let what = format!("document {document}, version {}", version.version);
                self.findings.documents = self.findings.documents.saturating_add(1);
                let Some(index) = version.log_index else { continue };
                let Some(entry) = self.entry_at(index).await? else {
                    self.fault(format!("{what}: its log entry {index} is not there"));
                    continue;
                };
                if let Some(file) = self.blob(&version.sha256, &what).await? {
                    self.pdf(&what, file, index, &entry);
                }
            }
        }
    }

    /// That a PDF has the signature that the entry records, over what the entry says, with the proof of that entry.
    fn pdf(&mut self, what: &str, file: File, index: u64, entry: &Entry) {
        match signature_of(file, entry) {
            Err(why) => self.fault(format!("{what}: {why}")),
            Ok(None) => self.fault(format!("{what}: it does not have the signature that log entry {index} records")),
            Ok(Some((value, certificate, proof))) => {
                self.agrees(what, entry, &value, certificate.as_deref());
                self.stapled(what, proof.as_ref(), index);
            }
        }
    }

    fn agrees(&mut self, what: &str, entry: &Entry, signature: &[u8], certificate: Option<&[u8]>) {
        let hash = |bytes: &[u8]| Some(hex::encode(crate::digest::sha256(bytes)));
        if entry.signature != hash(signature) {
            self.fault(format!("{what}: its signature is not the one that the log records"));
        }
        if entry.certificate != certificate.and_then(hash) {
            self.fault(format!("{what}: its certificate is not the one that the log records"));
        }
    }

    fn stapled(&mut self, what: &str, proof: Option<&LogProof>, index: u64) {
        let Some(stapled) = proof else {
            self.fault(format!("{what}: it carries no proof that it was logged"));
            return;
        };
        let proven = Proof::parse(&stapled.proof).and_then(|proof| {
            proof.verify(&leaf_hash(&stapled.entry), LogPolicy { keys: std::slice::from_ref(self.key), quorum: 0 })?;
            Ok(proof.index)
        });
        match proven {
            Ok(found) if found == index => {}
            Ok(found) => self.fault(format!("{what}: it carries the proof of entry {found} instead of {index}")),
            Err(error) => self.fault(format!("{what}: the proof that it carries: {error}")),
        }
    }

    async fn entry_at(&mut self, index: u64) -> Result<Option<Entry>> {
        let rows = self.tx.log_entries(index, 1).await?;
        Ok(rows.into_iter().find(|(found, _)| *found == index).and_then(|(_, row)| Entry::parse(&row.entry).ok()))
    }

    /// A stored file whose bytes are those of its digest.
    async fn blob(&mut self, sha256: &Sha256, what: &str) -> Result<Option<File>> {
        let Some(file) = self.blobs.open(sha256).await? else {
            self.fault(format!("{what} is not in the store"));
            return Ok(None);
        };
        match hash_file(&file) {
            Ok(found) if found == *sha256 => Ok(Some(file)),
            Ok(_) => {
                self.fault(format!("{what} was changed in the store"));
                Ok(None)
            }
            Err(error) => {
                self.fault(format!("{what} cannot be read: {error}"));
                Ok(None)
            }
        }
    }
}

/// What a receipt's XML says of what the database says, too; read apart from the code that writes it.
struct Said {
    id: String,
    date: String,
    total: String,
    code: String,
}

impl Said {
    fn of(xml: &[u8]) -> Option<Self> {
        let document = Document::parse(xml, Limits::in_force()).ok()?;
        let within = |name: &str, node: Node<'_, '_>| {
            let mut found = node.descendants().filter(|n| n.is_element() && n.tag_name().name() == name);
            found.next().and_then(|n| xml::text(n).ok())
        };
        let root = document.root();
        let data = root.descendants().find(|n| n.is_element() && n.tag_name().name() == "DLBLai")?;
        let further = data.descendants().find(|n| {
            n.is_element() && n.tag_name().name() == "TTin" && within("TTruong", *n).as_deref() == Some("Mã tra cứu")
        })?;
        Some(Self {
            id: format!("{}/{}/{:0>8}", within("KHMSBLai", data)?, within("KHBLai", data)?, within("SBLai", data)?),
            date: within("NLap", data)?,
            total: within("TgTTTBSo", data)?,
            code: within("DLieu", further)?,
        })
    }
}

/// Numbers that are used one after the other.
struct Stream {
    next: u32,
    previous: Option<Date>,
}

impl Stream {
    fn take(&mut self, findings: &mut Findings, series: &str, row: &ReceiptRow) {
        if row.number != self.next {
            let missing = range("number", "numbers", self.next.into(), row.number.saturating_sub(1).into());
            findings.fault(format!("series {series}: {missing} missing"));
        }
        if self.previous.is_some_and(|date| date > row.date) {
            findings.fault(format!("receipt {series}/{:08} is dated before its predecessor", row.number));
        }
        (self.next, self.previous) = (row.number.saturating_add(1), Some(row.date));
    }
}

/// `entry 7 is`, `entries 7 to 9 are`.
fn range(one: &str, many: &str, first: u64, last: u64) -> String {
    if first == last { format!("{one} {first} is") } else { format!("{many} {first} to {last} are") }
}

/// A tile that grows.
#[derive(Default)]
struct Level {
    index: u64,
    hashes: Vec<Hash>,
}

/// `EBL01/26TAA/00000001` in its parts.
fn split_id(id: &str) -> Option<(&str, &str, u32)> {
    let (series, number) = id.rsplit_once('/')?;
    let (form, symbol) = series.split_once('/')?;
    Some((form, symbol, number.parse().ok()?))
}

fn hash_file(file: &File) -> std::io::Result<Vec<u8>> {
    use std::io::Seek;
    let mut file = file;
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    let mut block = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            break;
        }
        hasher.update(block.get(..read).unwrap_or_default());
    }
    file.rewind()?;
    Ok(hasher.finish())
}

/// Signature value, certificate and stapled proof of a PDF's signature.
type Facts = (Vec<u8>, Option<Vec<u8>>, Option<LogProof>);

/// The signature of a PDF whose value the entry records, after the digest of its ByteRange was found to be the entry's.
fn signature_of(file: File, entry: &Entry) -> std::result::Result<Option<Facts>, String> {
    let limits = *Limits::in_force();
    let source = Arc::new(FileSource::new(file).map_err(|e| e.to_string())?);
    let doc = Pdf::open(source.clone(), None, limits).map_err(|e| e.to_string())?;
    for field in doc.signature_fields().map_err(|e| e.to_string())? {
        let Some((_, value)) = field.value else { continue };
        let contents = doc.value(&value, b"Contents").map_err(|e| e.to_string())?;
        let Some(contents) = contents.as_string() else { continue };
        let Ok((signed, _)) = SignedData::parse(contents, &limits) else { continue };
        let Ok(signer) = signed.signer() else { continue };
        if entry.signature != Some(hex::encode(crate::digest::sha256(&signer.signature))) {
            continue;
        }
        let range = doc.value(&value, b"ByteRange").map_err(|e| e.to_string())?;
        let numbers: Vec<u64> = range
            .as_array()
            .unwrap_or_default()
            .iter()
            .filter_map(|n| n.as_integer().and_then(|n| u64::try_from(n).ok()))
            .collect();
        let [0, gap_start, gap_end, length] = numbers.as_slice() else {
            return Err("its ByteRange is malformed".to_owned());
        };
        let range = CoveredRange { gap_start: *gap_start, gap_end: *gap_end, end: gap_end.saturating_add(*length) };
        let algorithm = signer.digest().ok_or("its digest algorithm is not known")?;
        let digests = digest_ranges(&*source, &[(algorithm, range)], &limits).map_err(|e| e.to_string())?;
        let found = digests.first().map(|d| format!("{}:{}", algorithm.name(), hex::encode(d)));
        if found != entry.digest {
            return Err("its bytes are not those that the log records".to_owned());
        }
        let certificate = signed.certificates.iter().find(|c| signer.names(c, &limits) == Some(true)).cloned();
        let proof = signer.unsigned_attributes.log_proof(&limits).unwrap_or_default();
        return Ok(Some((signer.signature.clone(), certificate, proof)));
    }
    Ok(None)
}
