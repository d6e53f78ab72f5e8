//! `dauson audit show`: the entries that somebody looks for.

use crate::audit::entry::{Action, Entry as NewEntry};
use crate::auditor::digests_of;
use crate::auditor::entry::Entry;
use crate::auditor::filter::{Filter, entries, moment};
use crate::auditor::source::Database;
use crate::cli::output::{self, Paint};
use crate::cli::{block_on, folder, input};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result, plain};
use crate::people::names;
use crate::reports::auditing::log_keys;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use time::{OffsetDateTime, Time};

/// Arguments of `dauson audit show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Entries of this unit
    #[arg(long)]
    unit: Option<String>,
    /// Acts of somebody: a token's name or identifier, a user of the system, or a pseudonym
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// About a document: its file, or a SHA-256 (of what was signed, a signature value, or a certificate)
    #[arg(long, value_name = "SHA256|FILE")]
    document: Option<String>,
    /// About a receipt, or all of a series
    #[arg(long, value_name = "ID")]
    receipt: Option<String>,
    /// Not before: a day in Vietnam, 2026-11-24, or a time, RFC 3339
    #[arg(long, value_name = "T")]
    since: Option<String>,
    /// Not after; a day is meant to its end
    #[arg(long, value_name = "T")]
    until: Option<String>,
    /// This action, or all of a kind: receipt.issued, receipt
    #[arg(long, value_name = "A")]
    action: Option<String>,
    /// Say who is behind the pseudonyms; that this was asked is itself logged, before anything is shown
    #[arg(long)]
    resolve: bool,
    /// One JSON object for each entry
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let filter = Filter {
        unit: args.unit.clone(),
        actors: None,
        digests: args.document.as_deref().map(digests).transpose()?,
        receipt: args.receipt.clone(),
        since: args.since.as_deref().map(|text| time(text, Time::MIDNIGHT)).transpose()?,
        until: args.until.as_deref().map(|text| time(text, Time::MAX)).transpose()?,
        action: args.action.clone(),
    };
    block_on(async {
        let folder = folder::open_for_audit(config).await?;
        let own: Vec<String> = folder::local_actor().strip_prefix("local:").map(str::to_owned).into_iter().collect();
        let names = names::by_pseudonym(&folder, &own).await?;
        let names: BTreeMap<String, String> =
            names.into_iter().map(|(pseudonym, actor)| (pseudonym, actor.to_string())).collect();
        let actors = args.actor.as_deref().map(|actor| pseudonyms(&folder, &names, actor));
        let filter = Filter { actors, ..filter };
        if args.resolve {
            let mut entry = NewEntry::new(Action::PseudonymResolved, folder.now())?;
            entry.actor = Some(folder.log.pseudonym(&folder::local_actor()));
            entry.unit = args.unit.clone();
            folder.log.record(entry).await?;
        }
        let known = if args.resolve { names } else { BTreeMap::new() };
        let source = Database::new(folder.store.read().await?);
        let mut show = |index, bytes: &[u8], entry: &Entry<'_>| {
            let name = |pseudonym: &Option<Cow<'_, str>>| pseudonym.as_deref().and_then(|known_by| known.get(known_by));
            let names = [name(&entry.actor), name(&entry.approver)];
            if args.json { show_json(index, bytes, names) } else { show_line(index, entry, names) }
        };
        entries(&source, &log_keys(&folder)?, &filter, &mut show).await?;
        Ok(0)
    })
}

/// The names of who acted and of who approved, as far as they are known.
type Names<'a> = [Option<&'a String>; 2];

fn show_json(index: u64, bytes: &[u8], names: Names<'_>) -> Result<()> {
    let entry: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let mut line = serde_json::json!({"index": index, "entry": entry});
    for (member, name) in ["actor_name", "approver_name"].into_iter().zip(names) {
        if let (Some(name), Some(line)) = (name, line.as_object_mut()) {
            line.insert(member.to_owned(), name.as_str().into());
        }
    }
    output::json(&line)
}

fn show_line(index: u64, entry: &Entry<'_>, names: Names<'_>) -> Result<()> {
    let paint = Paint::stdout();
    let short = |text: &str| plain(text).chars().take(12).collect::<String>();
    let mut parts = vec![format!("{index:>8}"), plain(&entry.time), format!("{:<18}", plain(&entry.action))];
    parts.extend([&entry.unit, &entry.receipt].into_iter().flatten().map(|text| plain(text)));
    parts.extend(entry.related.as_deref().map(|related| format!("({})", plain(related))));
    parts.extend(entry.until.as_deref().map(|until| format!("until {}", plain(until))));
    parts.extend(entry.result.as_deref().map(plain));
    parts.extend(entry.signature.as_deref().map(|signature| format!("signature {}", short(signature))));
    for ((by, pseudonym), name) in [("by", &entry.actor), ("approved by", &entry.approver)].into_iter().zip(names) {
        match (name, pseudonym) {
            (Some(name), _) => parts.push(format!("{by} {}", paint.bold(&plain(name)))),
            (None, Some(pseudonym)) => parts.push(paint.dim(&format!("{by} {}", short(pseudonym)))),
            (None, None) => {}
        }
    }
    output::text(&format!("{}\n", parts.join("  ")))
}

/// The pseudonyms that somebody may have: those of everybody who is called so, and of the name itself.
fn pseudonyms(folder: &DataFolder, names: &BTreeMap<String, String>, actor: &str) -> BTreeSet<String> {
    let is_called = |name: &&String| name.split(" (").next() == Some(actor);
    let mut found: BTreeSet<String> =
        names.iter().filter(|(_, name)| is_called(name)).map(|(pseudonym, _)| pseudonym.clone()).collect();
    found.extend([folder.log.pseudonym(actor), folder.log.pseudonym(&format!("local:{actor}")), actor.to_owned()]);
    found
}

/// The digests under which the log may know a document.
fn digests(document: &str) -> Result<BTreeSet<String>> {
    let path = Path::new(document);
    if !path.exists() && document.len() == 64 && hex::decode(document).is_ok() {
        return Ok(BTreeSet::from([document.to_lowercase()]));
    }
    let source = input::open(path)?;
    digests_of(source).map_err(|why| Error::new(Kind::BadInput, "audit.document", document, why))
}

/// A time as it is given on the command line.
pub fn time(text: &str, of_day: Time) -> Result<OffsetDateTime> {
    let why = "it is neither a day such as 2026-11-24 nor a time such as 2026-11-24T08:30:00+07:00";
    moment(text, of_day).ok_or_else(|| Error::new(Kind::Usage, "audit.time", text, why))
}
