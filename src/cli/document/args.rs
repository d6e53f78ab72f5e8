//! The options of `dauson document`.

use crate::cli::input;
use crate::cli::sign::appearance::parse_rect;
use crate::cli::trust::parse_date;
use crate::error::Result;
use crate::receipts::catalogue::read_day;
use crate::registry::Recipient;
use crate::registry::edxml::StatusCode;
use crate::registry::ink::Place;
use crate::registry::kinds::Words;
use crate::registry::machine::{Act, Book};
use crate::registry::outgoing::{NewDraft, Relation, RelationKind, SignatureRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::PathBuf;
use time::{Date, OffsetDateTime};

/// Bytes of the largest image of a signature.
const LARGEST_IMAGE: u64 = 4 << 20;

/// Arguments of `dauson document`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The token of who acts is the first line of this file (dauson token create)
    #[arg(long, global = true, value_name = "FILE", env = "DAUSON_TOKEN_FILE", help_heading = "Who acts")]
    pub token_file: Option<PathBuf>,
    /// The PIN of the token's key is the first line of this file; without it a terminal asks for it
    #[arg(long, global = true, value_name = "FILE", help_heading = "Who acts")]
    pub pin_file: Option<PathBuf>,
    /// One JSON object for each document
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// What is to be done.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Check whether a PDF is fit to become an official document: A4, fonts, version, no active content
    Check {
        /// The PDF
        file: PathBuf,
    },
    /// Hand in a draft
    Draft(DraftArgs),
    /// Hand in a new draft in the place of the one before
    Revise {
        /// The document's identifier
        id: String,
        /// The PDF
        file: PathBuf,
    },
    /// Hand in a file of its own that comes with a draft
    Attach {
        /// The document's identifier
        id: String,
        /// The PDF
        file: PathBuf,
    },
    /// Initial drafts, up to 500 by one act with one PIN
    Initial(BatchArgs),
    /// Sign documents, up to 500 by one act with one PIN, in the own capacity or by a delegation
    Sign(BatchArgs),
    /// Give a document its number, day and month
    Number {
        /// The document's identifier
        id: String,
        #[command(flatten)]
        how: SignArgs,
    },
    /// Enter a document into the register: to whom it goes, who keeps the original
    Register {
        /// The document's identifier
        id: String,
        /// To whom it goes: NAME or NAME=E-MAIL (repeatable), instead of what the draft says
        #[arg(long, value_name = "NAME[=EMAIL,CODE]", value_parser = recipient)]
        to: Vec<Recipient>,
        /// Unit or person keeping the original
        #[arg(long)]
        keeper: Option<String>,
        /// Copies on paper
        #[arg(long, value_name = "N")]
        copies: Option<u32>,
        /// Anything else
        #[arg(long)]
        note: Option<String>,
    },
    /// Sign documents for the unit, and each file that comes with them, up to 500 by one act with one PIN
    Seal(BatchArgs),
    /// Issue a document
    Issue {
        /// The document's identifier
        id: String,
    },
    /// Lay out what an act signs, for a key that is elsewhere: a folder with what is to be signed of each file
    Prepare(PrepareArgs),
    /// Do what was prepared, with the values of all its signatures
    Finish {
        /// The document's identifier
        id: String,
        /// The folder that --state of prepare has made
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// The signature values, in the order of the files (of ECDSA in DER)
        #[arg(long = "signature", value_name = "FILE", required = true)]
        signatures: Vec<PathBuf>,
    },
    /// Raise the level of what was issued while TSA or CA could not be reached: these documents, or all that wait for it
    Raise {
        /// The documents' identifiers
        ids: Vec<String>,
    },
    /// Send a draft back
    Return(ReasonArgs),
    /// Give up a document before it is issued
    Cancel(ReasonArgs),
    /// Withdraw what was issued
    Withdraw(ReasonArgs),
    /// Make a copy: SY, SL or TrS, of a document here or of a file
    Copy(CopyArgs),
    /// Take a document in, and verify it; or take an edXML message in, a package or a status
    Receive(ReceiveArgs),
    /// Write the edXML package of a document that was issued; of one that was withdrawn, it asks for it back
    Edxml {
        /// The document's identifier
        id: String,
        /// Where it goes
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Overwrite a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Write the edXML message that tells another system how a document stands
    Status {
        /// The document's identifier
        id: String,
        /// 01 arrived, 02 refused, 03 received, 04 assigned, 05 in progress, 06 done, 15 recall agreed, 16 recall refused; of a document out 13, recall asked
        #[arg(value_parser = standing)]
        status: StatusCode,
        /// Why, or anything else
        #[arg(long)]
        note: Option<String>,
        /// Where it goes
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Overwrite a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Take in a file that came with a document
    ReceiveWith {
        /// The document's identifier
        id: String,
        /// The PDF
        file: PathBuf,
    },
    /// Register what came in, with the next number
    Accept {
        /// The document's identifier
        id: String,
        /// Why, although its signatures are not known to be good
        #[arg(long)]
        reason: Option<String>,
    },
    /// Return what came in to where it came from
    Refuse(ReasonArgs),
    /// Say who is in charge of what came in
    Assign {
        /// The document's identifier
        id: String,
        /// Unit or person
        #[arg(long)]
        charge: String,
        /// What is to be done
        #[arg(long)]
        note: Option<String>,
    },
    /// List documents out, or in
    List {
        /// out or in
        #[arg(value_parser = book, default_value = "out")]
        book: Book,
        /// In this state
        #[arg(long)]
        state: Option<String>,
        /// With this in subject, symbol or names
        #[arg(long)]
        text: Option<String>,
        /// How many, the newest first
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show a document
    Show {
        /// The document's identifier
        id: String,
    },
    /// Write a file of a document
    Export {
        /// The document's identifier
        id: String,
        /// 0 is the document itself
        #[arg(long, value_name = "N", default_value_t = 0)]
        file: u32,
        /// Where it goes
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        /// Overwrite a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Write the register out or in as a table, or on paper
    Book(BookArgs),
    /// Show the history of a document; as a PDF, signed with the token's key, with the log's proofs
    Trail {
        /// The document's identifier
        id: String,
        /// Where the signed PDF goes
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
        /// Overwrite a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Let somebody sign for the leader, from when until when
    Delegate {
        /// Who is to sign: the identifier of a token or an office, or a login
        holder: String,
        /// KT, TL, TUQ or Q
        #[arg(long, value_parser = words)]
        words: Words,
        /// The office of who is signed for
        #[arg(long)]
        title: String,
        /// From this day or time on
        #[arg(long, value_parser = parse_date)]
        from: OffsetDateTime,
        /// Until the beginning of this day, or this time
        #[arg(long, value_parser = parse_date)]
        until: OffsetDateTime,
    },
    /// End a delegation at once
    Undelegate {
        /// Its number
        id: i64,
    },
    /// List the delegations
    Delegations,
}

/// A draft.
#[derive(Debug, clap::Args)]
pub struct DraftArgs {
    /// The PDF
    pub file: PathBuf,
    /// Abbreviation of its kind: QĐ, TB, ...; CV for a letter
    #[arg(long)]
    pub kind: String,
    /// Abbreviation of the issuing body: UBND
    #[arg(long)]
    pub issuer: String,
    /// Abbreviation of the drafting department
    #[arg(long)]
    pub department: Option<String>,
    /// What it is about
    #[arg(long)]
    pub subject: String,
    /// To whom it goes: NAME or NAME=E-MAIL (repeatable)
    #[arg(long, value_name = "NAME[=EMAIL,CODE]", value_parser = recipient)]
    pub to: Vec<Recipient>,
    /// It is urgent
    #[arg(long)]
    pub urgent: bool,
    /// The issued document whose place it takes
    #[arg(long, value_name = "ID", conflicts_with_all = ["amends", "corrects"])]
    pub replaces: Option<String>,
    /// The issued document that it changes
    #[arg(long, value_name = "ID", conflicts_with = "corrects")]
    pub amends: Option<String>,
    /// The issued document whose form it corrects
    #[arg(long, value_name = "ID")]
    pub corrects: Option<String>,
    /// Anything else
    #[arg(long)]
    pub note: Option<String>,
    /// The kind is right, although the first page says another
    #[arg(long)]
    pub kind_anyway: bool,
}

/// Documents that are signed by one act.
#[derive(Debug, clap::Args)]
pub struct BatchArgs {
    /// The documents' identifiers
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
    /// Only show what would be signed: number, subject and digest of each
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub how: SignArgs,
}

/// An act that a key elsewhere signs.
#[derive(Debug, clap::Args)]
pub struct PrepareArgs {
    /// The document's identifier
    pub id: String,
    /// initial, sign, number or seal
    #[arg(long, value_parser = act)]
    pub act: Act,
    /// The certificate of the key, its issuers' behind it
    #[arg(long, value_name = "FILE")]
    pub cert: PathBuf,
    /// Where the folder goes
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    /// Hours for which the signatures are awaited
    #[arg(long, value_name = "N", default_value_t = 72, value_parser = clap::value_parser!(u32).range(1..=720))]
    pub valid_hours: u32,
    #[command(flatten)]
    pub how: SignArgs,
}

/// A signature.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    /// SHA-256 of the file that was looked at: another one is not signed
    #[arg(long, value_name = "HEX")]
    pub seen: Option<String>,
    /// Its image, a PNG: of initials, leader and seal; it stands where the page's text has room for it
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,
    /// The page where it stands instead, from 1
    #[arg(long, value_name = "N", requires = "rect")]
    pub page: Option<u32>,
    /// Where on that page: points from its lower left corner (of number three times: number, day, month)
    #[arg(long, value_name = "X,Y,W,H", value_parser = parse_rect, requires = "page", allow_hyphen_values = true)]
    pub rect: Vec<[f64; 4]>,
    /// Of sign: in whose place, KT, TL, TUQ or Q by a delegation in force, or TM
    #[arg(long, value_parser = words)]
    pub words: Option<Words>,
    /// With --words TM: the body that decides together
    #[arg(long)]
    pub title: Option<String>,
}

/// A document, and why.
#[derive(Debug, clap::Args)]
pub struct ReasonArgs {
    /// The document's identifier
    pub id: String,
    /// Why
    #[arg(long)]
    pub reason: String,
}

/// A copy.
#[derive(Debug, clap::Args)]
pub struct CopyArgs {
    /// The PDF, of a paper or an extract; without it the signed file of --of is copied
    pub file: Option<PathBuf>,
    /// SY, SL or TrS
    #[arg(long)]
    pub kind: String,
    /// Abbreviation of the copying body: UBND
    #[arg(long)]
    pub issuer: String,
    /// The document that is copied
    #[arg(long, value_name = "ID")]
    pub of: Option<String>,
    /// What it is about, where it is not that of the document
    #[arg(long)]
    pub subject: Option<String>,
    /// To whom it goes: NAME or NAME=E-MAIL (repeatable)
    #[arg(long, value_name = "NAME[=EMAIL,CODE]", value_parser = recipient)]
    pub to: Vec<Recipient>,
    /// Unit or person keeping the original
    #[arg(long)]
    pub keeper: Option<String>,
    /// Copies on paper
    #[arg(long, value_name = "N")]
    pub copies: Option<u32>,
    /// Anything else
    #[arg(long)]
    pub note: Option<String>,
}

/// A document that came in.
#[derive(Debug, clap::Args)]
pub struct ReceiveArgs {
    /// The PDF; or an edXML package or status message, which says the rest itself
    pub file: PathBuf,
    /// Who wrote it
    #[arg(long)]
    pub author: Option<String>,
    /// Where its author takes letters
    #[arg(long, value_name = "EMAIL")]
    pub author_email: Option<String>,
    /// Abbreviation of its kind
    #[arg(long)]
    pub kind: Option<String>,
    /// Number and symbol that its author gave it
    #[arg(long)]
    pub symbol: Option<String>,
    /// Its date
    #[arg(long, value_name = "DAY")]
    pub date: Option<String>,
    /// What it is about
    #[arg(long)]
    pub subject: Option<String>,
    /// It is urgent
    #[arg(long)]
    pub urgent: bool,
    /// Anything else
    #[arg(long)]
    pub note: Option<String>,
}

/// A register.
#[derive(Debug, clap::Args)]
pub struct BookArgs {
    /// out or in
    #[arg(value_parser = book)]
    pub book: Book,
    /// The register of a unit that was merged into the token's
    #[arg(long)]
    pub unit: Option<String>,
    /// From this day on
    #[arg(long, value_name = "DAY", value_parser = read_day)]
    pub from: Option<Date>,
    /// Up to and with this day
    #[arg(long, value_name = "DAY", value_parser = read_day)]
    pub to: Option<Date>,
    /// Where it goes as CSV
    #[arg(long, value_name = "FILE", required_unless_present_any = ["xlsx", "pdf"], conflicts_with_all = ["xlsx", "pdf"])]
    pub csv: Option<PathBuf>,
    /// Where it goes as XLSX
    #[arg(long, value_name = "FILE", conflicts_with = "pdf")]
    pub xlsx: Option<PathBuf>,
    /// Where it goes as PDF for print
    #[arg(long, value_name = "FILE")]
    pub pdf: Option<PathBuf>,
    /// Overwrite a file that is there
    #[arg(long)]
    pub force: bool,
}

fn standing(text: &str) -> std::result::Result<StatusCode, &'static str> {
    StatusCode::of(text).ok_or("the statuses are 01 to 06, 13, 15 and 16")
}

fn recipient(text: &str) -> std::result::Result<Recipient, &'static str> {
    let (name, others) = text.split_once('=').unwrap_or((text, ""));
    let others = others.split(',').filter(|other| !other.is_empty());
    // an address has an @, an agency code has none
    let (emails, codes): (Vec<&str>, Vec<&str>) = others.partition(|other| other.contains('@'));
    match (name.trim().is_empty(), emails.as_slice(), codes.as_slice()) {
        (true, ..) => Err("a name is wanted"),
        (_, [] | [_], [] | [_]) => {
            let first = |all: &[&str]| all.first().map(|one| (*one).to_owned());
            Ok(Recipient { name: name.to_owned(), email: first(&emails), code: first(&codes) })
        }
        _ => Err("one address and one agency code are enough"),
    }
}

fn book(text: &str) -> std::result::Result<Book, &'static str> {
    Book::named(text).ok_or("out or in")
}

fn act(text: &str) -> std::result::Result<Act, &'static str> {
    Act::named(text).ok_or("initial, sign, number or seal")
}

fn words(text: &str) -> std::result::Result<Words, &'static str> {
    Words::of(text.trim_end_matches('.')).ok_or("KT, TL, TUQ, Q or TM")
}

impl SignArgs {
    /// What is asked of the signature.
    pub fn request(&self) -> Result<SignatureRequest> {
        let image = self.image.as_deref().map(|file| input::read(file, LARGEST_IMAGE)).transpose()?;
        let page = self.page.unwrap_or(1);
        Ok(SignatureRequest {
            seen: self.seen.clone(),
            places: self.rect.iter().map(|rect| Place { page, rect: *rect }).collect(),
            image: image.map(|png| STANDARD.encode(png)),
            words: self.words,
            title: self.title.clone(),
            pin: None,
        })
    }
}

impl DraftArgs {
    /// The draft.
    pub fn draft(&self) -> NewDraft {
        let relations = [
            (RelationKind::Replaces, &self.replaces),
            (RelationKind::Amends, &self.amends),
            (RelationKind::Corrects, &self.corrects),
        ];
        let relation = relations.into_iter().find_map(|(kind, to)| Some(Relation { kind, to: to.clone()? }));
        NewDraft {
            kind: self.kind.clone(),
            issuer: self.issuer.clone(),
            department: self.department.clone(),
            subject: self.subject.clone(),
            recipients: self.to.clone(),
            urgent: self.urgent,
            relation,
            note: self.note.clone(),
            kind_anyway: self.kind_anyway,
        }
    }
}
