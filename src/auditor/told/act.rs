//! What an entry does to the books.

use crate::auditor::entry::Entry;

/// What an entry does to the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The index of its entry.
    pub index: u64,
    /// What it does.
    pub kind: Kind,
    /// The receipt, the series or the certificate that it is about.
    pub about: String,
    /// Its predecessor or successor, the end of a range.
    pub related: Option<String>,
    /// The digest in it.
    pub digest: Option<String>,
    /// By which unit.
    pub unit: Option<String>,
    /// Whose token it is; of tokens only.
    pub actor: Option<String>,
    /// When.
    pub time: String,
    /// What it says of a row of the database; none if it says nothing, though such entries do today.
    pub row: Option<Row>,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something to a series or a receipt.
    Receipts(Receipts),
    /// Something to a unit or a token.
    People(People),
    /// Something that is only counted, or of which the last counts.
    Tally(Tally),
    /// Something to a key.
    Key,
    /// A certificate of the built-in authority was revoked.
    Revoked,
    /// Something to another row of the database.
    Row,
}

/// What is done to series and receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipts {
    /// A series is opened.
    Opened,
    /// It is closed.
    Closed,
    /// A receipt is issued.
    Issued,
    /// Its PDF is signed.
    Rendered,
    /// Another one takes its place.
    Replaced,
    /// It is voided.
    Voided,
    /// Numbers are delegated.
    Delegated,
    /// They are given back.
    Returned,
}

/// What is done to units and tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum People {
    /// A unit is made or changed.
    Unit,
    /// A token is given.
    Granted,
    /// It is revoked.
    Revoked,
}

/// What is only counted, or of which the last counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tally {
    /// A fee catalogue is changed.
    Priced,
    /// A daily report is signed.
    Filed,
    /// A shift is closed.
    ShiftClosed,
    /// A file of a receipt of the law before comes in.
    Imported,
    /// An official document is drafted, copied, or comes in.
    Dispatched,
    /// A delegation to sign is granted.
    Delegated,
    /// It ends before its time.
    DelegationEnded,
    /// An image of a signature or a seal is kept.
    ImageKept,
    /// It is taken away, or another one takes its place.
    ImageRemoved,
    /// A digest is signed for another program.
    HashSigned,
    /// A state of a document is kept.
    Kept,
    /// The log's key is changed.
    KeyChanged,
}

/// What an entry says of a row of the database (`audit/row.rs`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// Which one, by its table and a digest of its name, and a digest of what stands in it.
    Named(String, String),
    /// A digest of what stands in the row that names this entry.
    Naming,
}

impl Row {
    fn of(text: &str) -> Self {
        match text.rsplit_once(':') {
            Some((name, state)) if name.contains(':') => Self::Named(name.to_owned(), state.to_owned()),
            _ => Self::Naming,
        }
    }
}

impl Act {
    /// That of an entry; none if it does nothing to them.
    pub fn of(index: u64, entry: &Entry<'_>) -> Option<Self> {
        let kind = match &*entry.action {
            "series.opened" => Kind::Receipts(Receipts::Opened),
            "series.closed" => Kind::Receipts(Receipts::Closed),
            "receipt.issued" => Kind::Receipts(Receipts::Issued),
            "receipt.rendered" => Kind::Receipts(Receipts::Rendered),
            "receipt.replaced" => Kind::Receipts(Receipts::Replaced),
            "receipt.voided" => Kind::Receipts(Receipts::Voided),
            "range.delegated" => Kind::Receipts(Receipts::Delegated),
            "range.closed" => Kind::Receipts(Receipts::Returned),
            "fees.changed" => Kind::Tally(Tally::Priced),
            "report.filed" => Kind::Tally(Tally::Filed),
            "shift.closed" => Kind::Tally(Tally::ShiftClosed),
            "receipt.imported" => Kind::Tally(Tally::Imported),
            "hash.signed" => Kind::Tally(Tally::HashSigned),
            "dispatch.drafted" | "dispatch.copied" | "dispatch.received" => Kind::Tally(Tally::Dispatched),
            "delegation.granted" => Kind::Tally(Tally::Delegated),
            "delegation.revoked" => Kind::Tally(Tally::DelegationEnded),
            "image.kept" => Kind::Tally(Tally::ImageKept),
            "image.removed" => Kind::Tally(Tally::ImageRemoved),
            "document.stored" | "document.kept" => Kind::Tally(Tally::Kept),
            "log.key_changed" => Kind::Tally(Tally::KeyChanged),
            "unit.created" | "unit.changed" | "unit.renamed" | "unit.merged" | "unit.closed" => {
                Kind::People(People::Unit)
            }
            "role.granted" => Kind::People(People::Granted),
            "role.revoked" => Kind::People(People::Revoked),
            // one that waited for its certificate
            "key.destroyed" if entry.certificate.is_none() => return None,
            "key.created"
            | "key.pin_changed"
            | "key.one_time_changed"
            | "key.terms_changed"
            | "key.stopped"
            | "key.resumed"
            | "key.rotated"
            | "key.destroyed" => Kind::Key,
            "certificate.revoked" => Kind::Revoked,
            "certificate.issued"
            | "authority.created"
            | "user.created"
            | "user.changed"
            | "user.enrolled"
            | "passkey.registered"
            | "passkey.renamed"
            | "passkey.revoked"
            | "identity.bound"
            | "identity.ended"
            | "office.given"
            | "office.ended"
            | "figure.handed_in"
            | "unit.planned"
            | "unit.plan_withdrawn"
            | "unit.plan_done" => Kind::Row,
            _ => return None,
        };
        let is_of_certificate = matches!(kind, Kind::Key | Kind::Revoked | Kind::Row | Kind::Tally(Tally::HashSigned));
        let about = if is_of_certificate { &entry.certificate } else { &entry.receipt };
        let is_of_token = matches!(kind, Kind::People(People::Granted | People::Revoked));
        Some(Self {
            index,
            kind,
            about: about.as_deref().unwrap_or_default().to_owned(),
            related: entry.related.as_deref().map(str::to_owned),
            digest: entry.digest.as_deref().map(str::to_owned),
            unit: entry.unit.as_deref().map(str::to_owned),
            actor: entry.actor.as_deref().filter(|_| is_of_token).map(str::to_owned),
            time: entry.time.to_string(),
            row: entry.row.as_deref().map(Row::of),
        })
    }
}
