//! Official documents: every act has its entry, acts follow one another, the row is what the last one left, numbers have neither gap nor
//! double, files are those that were signed; delegations are those that the log records.

use super::{CHUNK, Check};
use crate::auditor::entry::Entry;
use crate::auditor::merkle::sha256;
use crate::auditor::told::{MOST_IMAGES, Told};
use crate::error::Result;
use crate::store::registry::{ActRow, DelegationRow, DispatchRow, FileRow};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// Unit, book, year and series of numbers.
type Series = (String, String, i32, String);

/// How far an entry's time may be from that of its act: entries' times go forward, where the clock goes back a little.
const CLOCK: Duration = Duration::minutes(6);

impl Check<'_> {
    /// Every official document, and as many of them as the log has entries.
    pub(super) async fn registry(&mut self) -> Result<()> {
        let mut numbers: BTreeMap<Series, u64> = BTreeMap::new();
        let (mut after, mut count) = (String::new(), 0_u64);
        loop {
            let rows = self.database.view().await.all_dispatches(&after, CHUNK).await?;
            let Some(last) = rows.last() else { break };
            after.clone_from(&last.id);
            for row in rows {
                count = count.saturating_add(1);
                if let Some(number) = &row.number {
                    let series = (row.unit.clone(), row.book.clone(), number.year, number.series.clone());
                    let given = numbers.entry(series).or_default();
                    *given = given.saturating_add(1);
                }
                self.dispatch(&row).await?;
            }
        }
        if let Some(logged) =
            self.told.and_then(Told::tally).map(|tally| tally.dispatches).filter(|logged| *logged != count)
        {
            self.fault(format!("the log records {logged} official documents, the database has {count}"));
        }
        let counts = self.database.view().await.number_counts().await?;
        for (unit, book, last, given) in counts {
            let what = format!("register {book} of {unit}, {}, series {:?}", last.year, last.series);
            if u64::from(last.number) != given {
                self.fault(format!("{what}: {given} numbers were given, the last is {}", last.number));
            }
            if numbers.remove(&(unit, book, last.year, last.series)) != Some(given) {
                self.fault(format!("{what}: not each number is that of one document"));
            }
        }
        for (unit, book, year, series) in numbers.into_keys() {
            self.fault(format!(
                "register {book} of {unit}, {year}, series {series:?}: documents have numbers that were not given"
            ));
        }
        self.images().await?;
        self.delegations().await
    }

    /// The images that signatures are seen with are those that the log records.
    async fn images(&mut self) -> Result<()> {
        let rows = self.database.view().await.images().await?;
        let logged = self.told.and_then(Told::tally).map(|tally| &tally.images);
        let logged = logged.filter(|images| images.len() < MOST_IMAGES);
        let mut here = BTreeSet::new();
        for row in rows {
            let said = json!([row.whose, row.holder, row.kind, hex::encode(sha256(&row.png))]);
            let digest = format!("sha256:{}", hex::encode(sha256(said.to_string().as_bytes())));
            let entry = self.entry_at(row.log_index).await?;
            let holds = |entry: &Entry<'_>| entry.action == "image.kept" && entry.digest.as_deref() == Some(&digest);
            if logged.is_some_and(|logged| !logged.contains(&digest)) {
                let (whose, holder, kind) = (&row.whose, &row.holder, &row.kind);
                self.fault(format!("image ({kind}) of {whose} {holder}: by the log it was taken away or replaced"));
            } else if !entry.as_ref().is_some_and(holds) {
                let (whose, holder, kind, index) = (row.whose, row.holder, row.kind, row.log_index);
                self.fault(format!(
                    "image ({kind}) of {whose} {holder}: its log entry {index} says something else, or is not there"
                ));
            }
            here.insert(digest);
        }
        for digest in logged.into_iter().flatten().filter(|digest| !here.contains(*digest)) {
            self.fault(format!("an image of a signature or a seal ({digest}) is in the log, and not in the database"));
        }
        Ok(())
    }

    async fn dispatch(&mut self, row: &DispatchRow) -> Result<()> {
        let what = format!("official document {}", row.id);
        let (events, files) = {
            let mut view = self.database.view().await;
            (view.dispatch_events(&row.id).await?, view.dispatch_files(&row.id).await?)
        };
        let mut logged = 0_usize;
        for (_, entry) in self.history(&row.id).await? {
            logged = logged.saturating_add(usize::from(entry.action.starts_with("dispatch.")));
        }
        if logged != events.len() {
            let kept = events.len();
            self.fault(format!("{what}: the log has {logged} acts on it, the database {kept}"));
        }
        let mut before = Value::Null;
        for (seq, event) in (0_u32..).zip(&events) {
            let facts = self.act(&what, row, event).await?;
            if event.seq != seq || facts.get("from") != Some(&before) {
                self.fault(format!("{what}: act {} does not follow the one before it", event.seq));
            }
            self.versions(&what, event.seq, &facts, &files);
            before = facts.get("to").cloned().unwrap_or_default();
            if seq.checked_add(1) == u32::try_from(events.len()).ok() {
                self.left(&what, row, &facts, &files);
            }
        }
        match events.first() {
            None => self.fault(format!("{what}: nothing was done to it")),
            Some(first) if (first.time - row.created).abs() > CLOCK => {
                self.fault(format!("{what}: it is not of the day of the first act on it"));
            }
            Some(_) => {}
        }
        for file in &files {
            self.dispatch_file(&what, file).await?;
            if file.level.is_some() && file.log_index.is_none() {
                let before =
                    |other: &&FileRow| other.file == file.file && other.version.checked_add(1) == Some(file.version);
                self.grown(&what, file, files.iter().find(before)).await?;
            }
        }
        Ok(())
    }

    /// The facts of an act, after they were held against its entry.
    async fn act(&mut self, what: &str, row: &DispatchRow, event: &ActRow) -> Result<Value> {
        let facts: Value = serde_json::from_str(&event.facts).unwrap_or_default();
        let digest = format!("sha256:{}", hex::encode(sha256(event.facts.as_bytes())));
        let entry = self.entry_at(event.log_index).await?.filter(|entry| {
            entry.action.starts_with("dispatch.")
                && entry.receipt.as_deref() == Some(&row.id)
                && entry.unit.as_deref() == Some(&row.unit)
                && entry.digest.as_deref() == Some(&digest)
        });
        match entry {
            None => {
                let index = event.log_index;
                self.fault(format!(
                    "{what}, act {}: its log entry {index} says something else, or is not there",
                    event.seq
                ));
            }
            Some(entry) if !self.is_by(&entry, &event.actor) => {
                self.fault(format!(
                    "{what}, act {}: the database has it done by {}, the log by somebody else",
                    event.seq, event.actor
                ));
            }
            Some(entry) => {
                // entries have whole seconds
                let told = OffsetDateTime::parse(&entry.time, &Rfc3339).ok();
                if told.is_none_or(|told| (told - event.time).abs() > CLOCK) {
                    self.fault(format!("{what}, act {}: it was not done when the database says", event.seq));
                }
            }
        }
        Ok(facts)
    }

    /// The row and the files must be what the last act left.
    fn left(&mut self, what: &str, row: &DispatchRow, facts: &Value, files: &[FileRow]) {
        let text = |key: &str| facts.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("to") != row.state {
            self.fault(format!("{what}: it is {} in the database, {} by the last act", row.state, text("to")));
        }
        let number = row.number.as_ref();
        let said = json!([
            row.kind,
            number.map(|n| n.year),
            number.map(|n| &n.series),
            number.map(|n| n.number),
            row.symbol,
            row.date.map(|date| date.to_string()),
            row.subject,
            row.urgent,
            row.particulars,
            row.relation.as_ref().map(|(relation, _)| relation),
            row.relation.as_ref().map(|(_, to)| to)
        ]);
        if text("row") != hex::encode(sha256(said.to_string().as_bytes())) {
            self.fault(format!("{what}: what the register says of it is not what the log records"));
        }
        let is_old = |file: &FileRow| files.iter().any(|other| other.file == file.file && other.version > file.version);
        if files.iter().filter(|file| !is_old(file)).count() != versions(facts).len() {
            self.fault(format!("{what}: its files are not those that the log records"));
        }
    }

    /// The versions that an act left are there, and none before them is missing.
    fn versions(&mut self, what: &str, seq: u32, facts: &Value, files: &[FileRow]) {
        let is_there = |FileLeft { file, version, digest, level, name }: &FileLeft| {
            let row = files.iter().find(|row| (u64::from(row.file), u64::from(row.version)) == (*file, *version));
            let before = files.iter().filter(|row| u64::from(row.file) == *file && u64::from(row.version) < *version);
            let is_called = |row: &FileRow| name.as_ref().is_none_or(|name| row.name == *name);
            row.is_some_and(|row| hex::encode(row.sha256) == *digest && row.level == *level && is_called(row))
                && u64::try_from(before.count()).ok() == Some(*version)
        };
        if !versions(facts).iter().all(is_there) {
            self.fault(format!("{what}, act {seq}: its files are not those that the log records"));
        }
    }

    async fn dispatch_file(&mut self, what: &str, file: &FileRow) -> Result<()> {
        let what = format!("{what}, file {}, version {}", file.file, file.version);
        self.findings.documents = self.findings.documents.saturating_add(1);
        let Some(kept) = self.blob(&file.sha256, &what).await? else { return Ok(()) };
        if kept.metadata().is_ok_and(|kept| kept.len() != file.size) {
            self.fault(format!("{what}: it is not as large as the database says"));
        }
        let Some(index) = file.log_index else { return Ok(()) };
        let Some(entry) = self.entry_at(index).await? else {
            self.fault(format!("{what}: its log entry {index} is not there"));
            return Ok(());
        };
        self.pdf(&what, kept, index, &entry).await
    }

    /// What raised the level of a file has changed nothing of the version before: it is the beginning of this one.
    async fn grown(&mut self, what: &str, file: &FileRow, before: Option<&FileRow>) -> Result<()> {
        let before = match before {
            Some(before) => self.blobs.open(&before.sha256).await?,
            None => None,
        };
        let after = self.blobs.open(&file.sha256).await?;
        // what is not in the store was told already
        let (Some(before), Some(after)) = (before, after) else { return Ok(()) };
        if !begins_with(&after, &before).unwrap_or(false) {
            let (number, version) = (file.file, file.version);
            self.fault(format!("{what}, file {number}, version {version}: it is more than the level that changed"));
        }
        Ok(())
    }

    /// Delegations, and as many of them as the log has entries.
    async fn delegations(&mut self) -> Result<()> {
        let rows = self.database.view().await.delegations(None).await?;
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let kept = (count(rows.len()), count(rows.iter().filter(|row| row.revoked.is_some()).count()));
        let logged = self.told.and_then(Told::tally).map(|tally| tally.delegations);
        if let Some([granted, ended]) = logged.filter(|[granted, ended]| (*granted, *ended) != kept) {
            let (here, over) = kept;
            self.fault(format!(
                "the log records {granted} delegations and that {ended} ended, the database {here} and {over}"
            ));
        }
        for row in rows {
            let what = format!("delegation {}", row.id);
            self.delegation(&what, &row, "delegation.granted", row.log_index).await?;
            if let Some((_, index)) = row.revoked {
                self.delegation(&what, &row, "delegation.revoked", index).await?;
            }
        }
        Ok(())
    }

    async fn delegation(&mut self, what: &str, row: &DelegationRow, action: &str, index: u64) -> Result<()> {
        let said = json!([row.holder, row.words, row.title, row.starts.unix_timestamp(), row.ends.unix_timestamp()]);
        let digest = format!("sha256:{}", hex::encode(sha256(said.to_string().as_bytes())));
        let entry = self.entry_at(index).await?.filter(|entry| {
            entry.action == action
                && entry.unit.as_deref() == Some(&row.unit)
                && entry.digest.as_deref() == Some(&digest)
        });
        match entry {
            None => self.fault(format!("{what}: its log entry {index} says something else, or is not there")),
            Some(entry) if action == "delegation.granted" && !self.is_by(&entry, &row.granted_by) => {
                self.fault(format!(
                    "{what}: the database has it granted by {}, the log by somebody else",
                    row.granted_by
                ));
            }
            Some(_) => {}
        }
        Ok(())
    }
}

/// What an act left of a file.
struct FileLeft {
    file: u64,
    version: u64,
    digest: String,
    level: Option<String>,
    /// Entries of before do not say it.
    name: Option<String>,
}

/// Whether a file begins with all bytes of another.
fn begins_with(mut whole: &File, mut part: &File) -> std::io::Result<bool> {
    let (mut of_whole, mut of_part) = (vec![0; 256 << 10], vec![0; 256 << 10]);
    loop {
        let count = part.read(&mut of_part)?;
        let Some(expected) = of_part.get(..count).filter(|bytes| !bytes.is_empty()) else { return Ok(true) };
        let Some(found) = of_whole.get_mut(..count) else { return Ok(false) };
        match whole.read_exact(found) {
            Ok(()) if found == expected => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

fn versions(facts: &Value) -> Vec<FileLeft> {
    let number = |file: &Value, key: &str| file.get(key).and_then(Value::as_u64).unwrap_or(u64::MAX);
    let text = |file: &Value, key: &str| file.get(key).and_then(Value::as_str).map(str::to_owned);
    let files = facts.get("files").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let left = |file: &Value| FileLeft {
        file: number(file, "file"),
        version: number(file, "version"),
        digest: text(file, "sha256").unwrap_or_default(),
        level: text(file, "level"),
        name: text(file, "name"),
    };
    files.iter().map(left).collect()
}
