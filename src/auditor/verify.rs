//! The whole verification: log, books of receipts, and where there is a data folder its store. A long log is read in one pass,
//! many bundles at a time, and where it was left off.

use super::findings::Findings;
use super::history::{self, Tiles};
use super::layout::WIDTH;
use super::merkle::{Hash, Range};
use super::note::{Checkpoint, LogKey, Witnesses};
use super::source::{self, Database, Source};
use super::told::Told;
use super::tree::{Examined, Tree, examine};
use super::{Trouble, stored};
use crate::error::Result;
use crate::store::Store;
use crate::store::blobs::Blobs;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Bundles that are read at a time.
const AHEAD: usize = 16;
/// Bundles after which it is kept how far the verification is.
const KEEP_AFTER: u64 = 512;
/// Entries that are read of a log that may be endless and whose tiles do not lead to its root hash: to say where it is wrong.
const UNPROVEN: u64 = 256 * WIDTH;
/// Faults after which nothing more is read of a log that may be endless.
const ENOUGH: u64 = 400;

/// How far a log was verified: its first entries agree with their tiles, and the books with each other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verified {
    /// The log's name.
    pub origin: String,
    /// Entries that were verified.
    pub size: u64,
    nodes: Vec<String>,
    /// What they told; none where a program of before kept it: then they are read again.
    #[serde(default)]
    told: Option<Told>,
}

impl Verified {
    fn of(origin: &str, tree: &Tree, told: &Told) -> Self {
        let nodes = tree.range.nodes().iter().map(hex::encode).collect();
        Self { origin: origin.to_owned(), size: tree.range.size(), nodes, told: Some(told.clone()) }
    }

    fn range(&self) -> Option<Range> {
        let hash = |text: &String| Hash::try_from(hex::decode(text).ok()?).ok();
        Range::from_parts(self.size, self.nodes.iter().map(hash).collect::<Option<_>>()?)
    }
}

/// Where the verification begins.
#[derive(Debug, Clone, Default)]
pub enum Start {
    /// At the first entry that there is.
    #[default]
    Beginning,
    /// Behind what somebody's checkpoint covers; that the log begins with it is proven.
    Since(Checkpoint),
    /// Where an earlier verification ended.
    Resumed(Box<Verified>),
}

/// What is to be verified, and with what.
pub struct Plan<'a> {
    /// The log's public keys.
    pub keys: &'a [LogKey],
    /// Who must have cosigned its checkpoint.
    pub witnesses: &'a Witnesses,
    /// Checkpoints that somebody has from earlier: the log must still begin with what they say.
    pub kept: &'a [Checkpoint],
    /// Where to begin.
    pub start: Start,
    /// Is told how many entries are done, of how many.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
    /// Is told now and then how far all agrees.
    pub keep: &'a (dyn Fn(&Verified) -> Result<()> + Sync),
}

/// What only the service itself can tell of what is kept.
pub trait Insight: Send + Sync {
    /// The pseudonym that somebody has in the log.
    fn pseudonym(&self, actor: &str) -> String;

    /// The personal data that were sealed for this place; none if they do not open there.
    fn opened(&self, place: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>>;

    /// What a personal value is found by in this field.
    fn found_by(&self, field: &str, value: &str) -> Vec<u8>;

    /// What a name is found by in a unit, word by word.
    fn found_by_words(&self, unit: &str, name: &str) -> Vec<Vec<u8>>;
}

impl<'a> Plan<'a> {
    /// All of the log, with these keys.
    pub fn new(keys: &'a [LogKey]) -> Self {
        Self {
            keys,
            witnesses: Witnesses::none(),
            kept: &[],
            start: Start::Beginning,
            progress: &|_, _| (),
            keep: &|_| Ok(()),
        }
    }
}

/// Verifies a log by what it publishes.
pub async fn log(source: &dyn Source, plan: &Plan<'_>) -> Result<Findings> {
    let mut findings = Findings::default();
    log_into(source, plan, &mut findings).await?;
    Ok(findings)
}

/// Verifies a data folder: its log, and its receipts, documents and their files against it. All is read in one consistent view of the
/// database. Who acted and who paid is held against log and XML only with `insight`.
pub async fn data(
    store: &dyn Store,
    blobs: &dyn Blobs,
    plan: &Plan<'_>,
    insight: Option<&dyn Insight>,
) -> Result<Findings> {
    let mut findings = Findings::default();
    let database = Database::new(store.read().await?);
    log_into(&database, plan, &mut findings).await?;
    stored::check(&database, blobs, plan.keys, insight, &mut findings).await?;
    Ok(findings)
}

async fn log_into(source: &dyn Source, plan: &Plan<'_>, findings: &mut Findings) -> Result<()> {
    findings.origin = plan.keys.first().map(|key| key.name.clone()).unwrap_or_default();
    let newest = source::newest(source, plan.keys, plan.witnesses).await?;
    findings.extend(newest.unwitnessed.map(|why| format!("the checkpoint: {why}")));
    let done = match newest.checkpoint {
        Ok(checkpoint) => {
            findings.origin = checkpoint.origin.clone();
            Walk { source, plan, checkpoint: &checkpoint, findings }.run().await
        }
        Err(why) => Err(Trouble::Log(format!("the checkpoint: {why}"))),
    };
    findings.extend(source.noticed());
    match done {
        Ok(()) => Ok(()),
        Err(Trouble::Log(why)) => {
            findings.fault(why);
            Ok(())
        }
        Err(Trouble::Source(error)) => Err(error),
    }
}

struct Walk<'a> {
    source: &'a dyn Source,
    plan: &'a Plan<'a>,
    checkpoint: &'a Checkpoint,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    async fn run(mut self) -> std::result::Result<(), Trouble> {
        let size = self.checkpoint.size;
        self.findings.entries = size;
        let (mut tree, mut told) = self.start().await?;
        let start = tree.range.size();
        self.kept_before(start).await?;
        let source = self.source;
        let bundles = start / WIDTH..size.div_ceil(WIDTH);
        let bundles = if start == size { 0..0 } else { bundles };
        let enough = self.enough(start).await?;
        let mut examined = stream::iter(bundles).map(|index| examine(source, index, size)).buffered(AHEAD);
        while let Some(bundle) = examined.next().await {
            self.take(&mut tree, &mut told, bundle?).await?;
            let read = tree.range.size();
            if read < size && (read >= enough || (source.may_be_endless() && self.findings.faults >= ENOUGH)) {
                self.findings.read = read.saturating_sub(start);
                return Err(Trouble::Log(format!(
                    "the tiles and entries do not lead to the root hash of the log's checkpoint: no more than {read} of {size} entries were read"
                )));
            }
        }
        self.findings.read = size.saturating_sub(start);
        tree.finish(source, self.findings).await?;
        if tree.range.root() != self.checkpoint.root {
            self.findings.fault("the entries do not lead to the checkpoint's root hash: one at least was changed");
        }
        self.findings.extend(told.close());
        self.findings.series = told.series();
        self.keep(&tree, &told)?;
        self.findings.told = Some(told);
        Ok(())
    }

    /// Up to which entry is worth reading: to the last one, unless the log may be endless and its tiles say by themselves that it is none.
    async fn enough(&self, start: u64) -> std::result::Result<u64, Trouble> {
        let size = self.checkpoint.size;
        if !self.source.may_be_endless() {
            return Ok(size);
        }
        let mut range = Range::default();
        match Tiles::new(self.source, size).extend(&mut range, size).await {
            Ok(()) if range.root() == self.checkpoint.root => Ok(size),
            Ok(()) | Err(Trouble::Log(_)) => Ok(start.saturating_add(UNPROVEN)),
            Err(source) => Err(source),
        }
    }

    /// Where to begin, after it was proven that the log still begins so.
    async fn start(&mut self) -> std::result::Result<(Tree, Told), Trouble> {
        let size = self.checkpoint.size;
        let mut tiles = Tiles::new(self.source, size);
        let (range, told) = match &self.plan.start {
            Start::Beginning => {
                // whole bundles only; what lies before is told by its tiles
                let first = self.source.first()?.min(size) / WIDTH * WIDTH;
                let mut range = Range::default();
                tiles.extend(&mut range, first).await?;
                (range, Told::new(first == 0))
            }
            Start::Since(old) => {
                (history::consistent(self.source, old, self.checkpoint).await?, Told::new(old.size == 0))
            }
            Start::Resumed(verified) => {
                let damaged = || Trouble::Log("what was kept of an earlier verification is damaged".to_owned());
                let range = verified.range().ok_or_else(damaged)?;
                if verified.origin != self.checkpoint.origin {
                    return Err(Trouble::Log(format!("what was verified earlier was the log {}", verified.origin)));
                }
                if range.size() > size {
                    let had = range.size();
                    return Err(Trouble::Log(format!(
                        "the log has {size} entries, and had {had} before: it was cut back"
                    )));
                }
                let mut found = Range::default();
                tiles.extend(&mut found, range.size()).await?;
                if found != range {
                    let why = "the log does not begin with the entries that were verified earlier: it was rewritten";
                    return Err(Trouble::Log(why.to_owned()));
                }
                match &verified.told {
                    Some(told) => (range, told.clone()),
                    None => (Range::default(), Told::new(true)),
                }
            }
        };
        Ok((Tree::from(range, &mut tiles).await?, told))
    }

    /// Checkpoints that are older than where we begin: from tiles.
    async fn kept_before(&mut self, start: u64) -> std::result::Result<(), Trouble> {
        for kept in self.plan.kept {
            if kept.size > self.checkpoint.size {
                self.findings.fault(format!(
                    "the log has {} entries, the checkpoint that was kept {}: it was cut short",
                    self.checkpoint.size, kept.size
                ));
            } else if kept.size <= start {
                match history::consistent(self.source, kept, self.checkpoint).await {
                    Err(Trouble::Log(why)) => self.findings.fault(why),
                    other => {
                        other?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn take(&mut self, tree: &mut Tree, told: &mut Told, bundle: Examined) -> std::result::Result<(), Trouble> {
        let before = tree.range.clone();
        tree.grow(self.source, &bundle, self.findings).await?;
        for kept in self.plan.kept.iter().filter(|kept| before.size() < kept.size && kept.size <= tree.range.size()) {
            let mut then = before.clone();
            let from = usize::try_from(before.size().saturating_sub(bundle.first)).unwrap_or_default();
            let to = usize::try_from(kept.size.saturating_sub(bundle.first)).unwrap_or_default();
            bundle.leaves.get(from..to).unwrap_or_default().iter().for_each(|leaf| then.push(*leaf));
            if then.root() != kept.root {
                self.findings.fault(format!(
                    "the log does not begin with the {} entries of the checkpoint that was kept",
                    kept.size
                ));
            }
        }
        self.findings.extend(bundle.faults);
        self.findings.extend(told.enter(bundle.acts, before.size()));
        (self.plan.progress)(tree.range.size(), self.checkpoint.size);
        if (bundle.first / WIDTH).is_multiple_of(KEEP_AFTER) && bundle.first > 0 {
            self.findings.extend(self.source.noticed());
            self.keep(tree, told)?;
        }
        Ok(())
    }

    /// What does not agree is looked at again the next time.
    fn keep(&self, tree: &Tree, told: &Told) -> std::result::Result<(), Trouble> {
        if self.findings.faults == 0 {
            (self.plan.keep)(&Verified::of(&self.checkpoint.origin, tree, told))?;
        }
        Ok(())
    }
}
