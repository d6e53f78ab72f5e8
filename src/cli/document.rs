//! `dauson document`: official documents out and in, on the command line. Who acts is who holds the token: the same roles and duties as over
//! HTTP.

mod say;

use super::sign::appearance::parse_rect;
use super::trust::{self, parse_date};
use super::{block_on, folder, input, output};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::documents::services::Services;
use crate::error::{Error, Kind, Result};
use crate::output::{OutputFile, write_file};
use crate::people::permissions::Caller;
use crate::people::tokens;
use crate::registry::copies::{self, NewCopy};
use crate::registry::delegations::{self, DelegationView, NewDelegation};
use crate::registry::incoming::{self, NewArrival};
use crate::registry::ink::Place;
use crate::registry::kinds::Words;
use crate::registry::machine::Book;
use crate::registry::outgoing::{self, NewDraft, RegisterRequest, Relation, RelationKind, SignatureRequest};
use crate::registry::view::{self, DispatchView};
use crate::registry::{Desk, HandedIn, LARGEST, Recipient, register, trail};
use crate::reports::sheet::{Format, Sheet};
use crate::secret;
use crate::store::registry::{DispatchFilter, DispatchRow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// Bytes of the largest image of a signature.
const LARGEST_IMAGE: u64 = 4 << 20;

/// Arguments of `dauson document`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The token of who acts is the first line of this file (dauson token create)
    #[arg(long, global = true, value_name = "FILE", env = "DAUSON_TOKEN_FILE", help_heading = "Who acts")]
    token_file: Option<PathBuf>,
    /// The PIN of the token's key is the first line of this file; without it a terminal asks for it
    #[arg(long, global = true, value_name = "FILE", help_heading = "Who acts")]
    pin_file: Option<PathBuf>,
    /// One JSON object for each document
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
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
    /// Initial a draft
    Initial(SignArgs),
    /// Sign a document, in the own capacity or by a delegation
    Sign(SignArgs),
    /// Give a document its number, day and month
    Number(SignArgs),
    /// Sign a document for the unit, and each file that comes with it
    Seal(SignArgs),
    /// Enter a document into the register: to whom it goes, who keeps the original
    Register {
        /// The document's identifier
        id: String,
        /// To whom it goes: NAME or NAME=E-MAIL (repeatable), instead of what the draft says
        #[arg(long, value_name = "NAME[=EMAIL]", value_parser = recipient)]
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
    /// Issue a document
    Issue {
        /// The document's identifier
        id: String,
    },
    /// Send a draft back
    Return(ReasonArgs),
    /// Give up a document before it is issued
    Cancel(ReasonArgs),
    /// Withdraw what was issued
    Withdraw(ReasonArgs),
    /// Make a copy: SY, SL or TrS, of a document here or of a file
    Copy(CopyArgs),
    /// Take a document in, and verify it
    Receive(ReceiveArgs),
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
        /// The identifier of the token of who is to sign
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

#[derive(Debug, clap::Args)]
struct DraftArgs {
    /// The PDF
    file: PathBuf,
    /// Abbreviation of its kind: QĐ, TB, ...; CV for a letter
    #[arg(long)]
    kind: String,
    /// Abbreviation of the issuing body: UBND
    #[arg(long)]
    issuer: String,
    /// Abbreviation of the drafting department
    #[arg(long)]
    department: Option<String>,
    /// What it is about
    #[arg(long)]
    subject: String,
    /// To whom it goes: NAME or NAME=E-MAIL (repeatable)
    #[arg(long, value_name = "NAME[=EMAIL]", value_parser = recipient)]
    to: Vec<Recipient>,
    /// It is urgent
    #[arg(long)]
    urgent: bool,
    /// The issued document whose place it takes
    #[arg(long, value_name = "ID", conflicts_with_all = ["amends", "corrects"])]
    replaces: Option<String>,
    /// The issued document that it changes
    #[arg(long, value_name = "ID", conflicts_with = "corrects")]
    amends: Option<String>,
    /// The issued document whose form it corrects
    #[arg(long, value_name = "ID")]
    corrects: Option<String>,
    /// Anything else
    #[arg(long)]
    note: Option<String>,
}

#[derive(Debug, clap::Args)]
struct SignArgs {
    /// The document's identifier
    id: String,
    /// SHA-256 of the file that was looked at: another one is not signed
    #[arg(long, value_name = "HEX")]
    seen: Option<String>,
    /// The page of a visible signature, from 1
    #[arg(long, value_name = "N", requires = "rect")]
    page: Option<u32>,
    /// Where it stands: points from the page's lower left corner
    #[arg(long, value_name = "X,Y,W,H", value_parser = parse_rect, requires = "page", allow_hyphen_values = true)]
    rect: Option<[f64; 4]>,
    /// Its image, a PNG
    #[arg(long, value_name = "FILE", requires = "rect")]
    image: Option<PathBuf>,
    /// Of sign: in whose place, KT, TL, TUQ or Q by a delegation in force, or TM
    #[arg(long, value_parser = words)]
    words: Option<Words>,
    /// With --words TM: the body that decides together
    #[arg(long)]
    title: Option<String>,
}

#[derive(Debug, clap::Args)]
struct ReasonArgs {
    /// The document's identifier
    id: String,
    /// Why
    #[arg(long)]
    reason: String,
}

#[derive(Debug, clap::Args)]
struct CopyArgs {
    /// The PDF, of a paper or an extract; without it the signed file of --of is copied
    file: Option<PathBuf>,
    /// SY, SL or TrS
    #[arg(long)]
    kind: String,
    /// Abbreviation of the copying body: UBND
    #[arg(long)]
    issuer: String,
    /// The document that is copied
    #[arg(long, value_name = "ID")]
    of: Option<String>,
    /// What it is about, where it is not that of the document
    #[arg(long)]
    subject: Option<String>,
    /// To whom it goes: NAME or NAME=E-MAIL (repeatable)
    #[arg(long, value_name = "NAME[=EMAIL]", value_parser = recipient)]
    to: Vec<Recipient>,
    /// Anything else
    #[arg(long)]
    note: Option<String>,
}

#[derive(Debug, clap::Args)]
struct ReceiveArgs {
    /// The PDF
    file: PathBuf,
    /// Who wrote it
    #[arg(long)]
    author: String,
    /// Where its author takes letters
    #[arg(long, value_name = "EMAIL")]
    author_email: Option<String>,
    /// Abbreviation of its kind
    #[arg(long)]
    kind: String,
    /// Number and symbol that its author gave it
    #[arg(long)]
    symbol: Option<String>,
    /// Its date
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
    /// What it is about
    #[arg(long)]
    subject: String,
    /// It is urgent
    #[arg(long)]
    urgent: bool,
    /// Anything else
    #[arg(long)]
    note: Option<String>,
}

#[derive(Debug, clap::Args)]
struct BookArgs {
    /// out or in
    #[arg(value_parser = book)]
    book: Book,
    /// From this day on
    #[arg(long, value_name = "DAY", value_parser = crate::receipts::catalogue::read_day)]
    from: Option<time::Date>,
    /// Up to and with this day
    #[arg(long, value_name = "DAY", value_parser = crate::receipts::catalogue::read_day)]
    to: Option<time::Date>,
    /// Where it goes as CSV
    #[arg(long, value_name = "FILE", required_unless_present_any = ["xlsx", "pdf"], conflicts_with_all = ["xlsx", "pdf"])]
    csv: Option<PathBuf>,
    /// Where it goes as XLSX
    #[arg(long, value_name = "FILE", conflicts_with = "pdf")]
    xlsx: Option<PathBuf>,
    /// Where it goes as PDF for print
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// Overwrite a file that is there
    #[arg(long)]
    force: bool,
}

fn recipient(text: &str) -> std::result::Result<Recipient, &'static str> {
    let (name, email) = text.split_once('=').map_or((text, None), |(name, email)| (name, Some(email.to_owned())));
    if name.trim().is_empty() { Err("a name is wanted") } else { Ok(Recipient { name: name.to_owned(), email }) }
}

fn book(text: &str) -> std::result::Result<Book, &'static str> {
    Book::named(text).ok_or("out or in")
}

fn words(text: &str) -> std::result::Result<Words, &'static str> {
    Words::of(text.trim_end_matches('.')).ok_or("KT, TL, TUQ, Q or TM")
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    if let Command::Check { file } = &args.command {
        return say::checks(&outgoing::check(&read(file)?)?, args.json);
    }
    let trust = trust::material(&[], config)?;
    let outside = config.outside(&[])?;
    block_on(async {
        let folder = folder::open_existing(config).await?;
        let caller = caller(&folder, args).await?;
        let services = Services::new(&folder, &trust, &[], &outside).await?;
        let telling = config.telling();
        let (services, telling, level) = (&services, &telling, config.registry_level);
        let desk = Desk { folder: &folder, caller: &caller, services, telling, level };
        Job { args, desk: &desk }.run().await
    })
}

/// Who acts: the bearer of the token, whose key is opened if it has a PIN.
async fn caller(folder: &DataFolder, args: &Args) -> Result<Caller> {
    let missing =
        || Error::new(Kind::Usage, "usage", "dauson document", "whoever acts shows a token").hint("--token-file FILE");
    let text = secret::read(args.token_file.as_deref().ok_or_else(missing)?)?;
    let caller = tokens::authenticate(folder, text.trim()).await?;
    let signs = matches!(
        args.command,
        Command::Initial(_)
            | Command::Sign(_)
            | Command::Number(_)
            | Command::Seal(_)
            | Command::Copy(_)
            | Command::Trail { pdf: Some(_), .. }
    );
    if let Some(key) = caller.signing_key.as_deref().filter(|_| signs) {
        let name = crate::people::keys::successor(folder, key).await?;
        folder::stored_key(folder, &name, args.pin_file.as_deref()).await?;
    }
    Ok(caller)
}

/// A PDF in memory.
fn read(file: &Path) -> Result<HandedIn> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(HandedIn { name, bytes: input::read(file, LARGEST)? })
}

impl SignArgs {
    fn request(&self) -> Result<SignatureRequest> {
        let image = self.image.as_deref().map(|file| input::read(file, LARGEST_IMAGE)).transpose()?;
        let place = self.page.zip(self.rect);
        Ok(SignatureRequest {
            seen: self.seen.clone(),
            place: place.map(|(page, rect)| Place { page, rect, image: image.map(|png| STANDARD.encode(png)) }),
            words: self.words,
            title: self.title.clone(),
        })
    }
}

impl DraftArgs {
    fn draft(&self) -> NewDraft {
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
        }
    }
}

/// One command at the registry.
struct Job<'a> {
    args: &'a Args,
    desk: &'a Desk<'a>,
}

impl Job<'_> {
    async fn run(&self) -> Result<u8> {
        let desk = self.desk;
        match &self.args.command {
            Command::Check { .. } => Ok(0),
            Command::Draft(args) => self.quiet(outgoing::draft(desk, &args.draft(), read(&args.file)?).await?).await,
            Command::Revise { id, file } => self.quiet(outgoing::revise(desk, id, read(file)?).await?).await,
            Command::Attach { id, file } => self.quiet(outgoing::attach(desk, id, read(file)?).await?).await,
            Command::Initial(args) => self.said(outgoing::initial(desk, &args.id, &args.request()?).await?).await,
            Command::Sign(args) => self.said(outgoing::sign(desk, &args.id, &args.request()?).await?).await,
            Command::Number(args) => self.said(outgoing::number(desk, &args.id, &args.request()?).await?).await,
            Command::Seal(args) => self.said(outgoing::seal(desk, &args.id, &args.request()?).await?).await,
            Command::Register { id, to, keeper, copies, note } => {
                let recipients = Some(to.clone()).filter(|to| !to.is_empty());
                let asked = RegisterRequest { recipients, keeper: keeper.clone(), copies: *copies, note: note.clone() };
                self.quiet(outgoing::register(desk, id, &asked).await?).await
            }
            Command::Issue { id } => self.said(outgoing::issue(desk, id).await?).await,
            Command::Return(args) => self.quiet(outgoing::send_back(desk, &args.id, &args.reason).await?).await,
            Command::Cancel(args) => self.quiet(outgoing::cancel(desk, &args.id, &args.reason).await?).await,
            Command::Withdraw(args) => self.quiet(outgoing::withdraw(desk, &args.id, &args.reason).await?).await,
            Command::Copy(args) => self.copy(args).await,
            Command::Receive(args) => self.receive(args).await,
            Command::ReceiveWith { id, file } => self.quiet(incoming::attach(desk, id, read(file)?).await?.row).await,
            Command::Accept { id, reason } => self.said(incoming::accept(desk, id, reason.as_deref()).await?).await,
            Command::Refuse(args) => self.quiet(incoming::refuse(desk, &args.id, &args.reason).await?).await,
            Command::Assign { id, charge, note } => {
                self.quiet(incoming::assign(desk, id, charge, note.as_deref()).await?).await
            }
            Command::List { book, state, text, limit } => self.list(*book, state.as_ref(), text.as_ref(), *limit).await,
            Command::Show { id } => self.quiet(self.find(id).await?).await,
            Command::Export { id, file, output, force } => {
                let (_, bytes) = view::file(desk.folder, &self.find(id).await?, *file, None).await?;
                write_file(output, &bytes, *force).map(|()| 0)
            }
            Command::Book(args) => self.book(args).await,
            Command::Trail { id, pdf: None, .. } => {
                say::trail(&trail::of(desk.folder, desk.caller, &self.find(id).await?).await?, self.args.json)
            }
            Command::Trail { id, pdf: Some(pdf), force } => {
                let row = self.find(id).await?;
                let mut out = OutputFile::create(pdf, *force)?;
                trail::signed(desk.folder, desk.caller, desk.services, &row, &mut out).await?;
                out.commit().map(|()| 0)
            }
            Command::Delegate { holder, words, title, from, until } => {
                let (holder, title) = (holder.clone(), title.clone());
                let new = NewDelegation { holder, words: *words, title, from: *from, until: *until };
                let row = delegations::grant(desk.folder, desk.caller, &new).await?;
                say::delegations(&[row.into()], self.args.json)
            }
            Command::Undelegate { id } => {
                let row = delegations::revoke(desk.folder, desk.caller, *id).await?;
                say::delegations(&[row.into()], self.args.json)
            }
            Command::Delegations => {
                let rows = delegations::list(desk.folder, desk.caller).await?;
                say::delegations(&rows.into_iter().map(DelegationView::from).collect::<Vec<_>>(), self.args.json)
            }
        }
    }

    async fn said(&self, (row, warnings): (DispatchRow, Vec<String>)) -> Result<u8> {
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        self.quiet(row).await
    }

    async fn quiet(&self, row: DispatchRow) -> Result<u8> {
        say::document(&DispatchView::new(self.desk.folder, row).await?, self.args.json)
    }

    /// A document of the unit, in whichever register.
    async fn find(&self, id: &str) -> Result<DispatchRow> {
        match view::get(self.desk.folder, self.desk.caller, Book::Out, id).await {
            Err(error) if error.kind == Kind::NotFound => {
                view::get(self.desk.folder, self.desk.caller, Book::In, id).await
            }
            found => found,
        }
    }

    async fn copy(&self, args: &CopyArgs) -> Result<u8> {
        let new = NewCopy {
            kind: args.kind.clone(),
            issuer: args.issuer.clone(),
            of: args.of.clone(),
            subject: args.subject.clone(),
            recipients: args.to.clone(),
            note: args.note.clone(),
        };
        let file = args.file.as_deref().map(read).transpose()?;
        self.said(copies::copy(self.desk, &new, file).await?).await
    }

    async fn receive(&self, args: &ReceiveArgs) -> Result<u8> {
        let new = NewArrival {
            author: args.author.clone(),
            author_email: args.author_email.clone(),
            kind: args.kind.clone(),
            symbol: args.symbol.clone(),
            date: args.date.clone(),
            subject: args.subject.clone(),
            urgent: args.urgent,
            note: args.note.clone(),
        };
        let arrival = incoming::receive(self.desk, &new, read(&args.file)?).await?;
        for duplicate in &arrival.duplicates {
            tracing::warn!("the very same file came in before: {duplicate}");
        }
        self.quiet(arrival.row).await
    }

    async fn list(&self, book: Book, state: Option<&String>, text: Option<&String>, limit: u32) -> Result<u8> {
        let filter = DispatchFilter {
            book: book.as_str().to_owned(),
            state: state.cloned(),
            text: text.cloned(),
            ..DispatchFilter::default()
        };
        for row in register::find(self.desk.folder, self.desk.caller, filter, limit).await? {
            self.quiet(row).await?;
        }
        Ok(0)
    }

    async fn book(&self, args: &BookArgs) -> Result<u8> {
        let (folder, caller, days) = (self.desk.folder, self.desk.caller, (args.from, args.to));
        if let Some(pdf) = &args.pdf {
            let drawn = register::paper(folder, caller, args.book, days).await?;
            return write_file(pdf, &drawn, args.force).map(|()| 0);
        }
        let files = [(&args.csv, Format::Csv), (&args.xlsx, Format::Xlsx)];
        for (path, format) in files.into_iter().filter_map(|(path, format)| Some((path.as_ref()?, format))) {
            let mut out = OutputFile::create(path, args.force)?;
            let sheet = Sheet::begin(&mut out, format, &register::head(args.book))?;
            register::table(folder, caller, args.book, days, sheet).await?;
            out.commit()?;
        }
        Ok(0)
    }
}
