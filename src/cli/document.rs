//! `dauson document`: official documents out and in, on the command line. Who acts is who holds the token: the same roles and duties as over
//! HTTP.

mod args;
mod say;

pub use args::Args;

use super::{folder, frame, input, output, trust};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::documents::services::Services;
use crate::documents::signer;
use crate::error::{Error, Kind, Result};
use crate::keys::PublicHalf;
use crate::output::{OutputFile, cannot_write, write_file};
use crate::people::permissions::Caller;
use crate::people::tokens;
use crate::registry::copies::{self, NewCopy};
use crate::registry::delegations::{self, DelegationView, NewDelegation};
use crate::registry::elsewhere::{self, Elsewhere, Value};
use crate::registry::exchange::{self, Taken};
use crate::registry::incoming::{self, NewArrival};
use crate::registry::machine::{Act, Book};
use crate::registry::outgoing::{self, RegisterRequest};
use crate::registry::register::{self, Wanted};
use crate::registry::together::{self, Answer, Chosen};
use crate::registry::view::{self, DispatchView};
use crate::registry::{Desk, HandedIn, LARGEST, levels, trail};
use crate::reports::sheet::{Format, Sheet};
use crate::secret;
use crate::store::registry::{DispatchFilter, DispatchRow};
use args::{BatchArgs, BookArgs, Command, CopyArgs, PrepareArgs, ReceiveArgs};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use time::Duration;

/// Bytes of the largest file with requests, a certificate or a signature value.
const LARGEST_VALUE: u64 = 1 << 20;
/// What is asked of whoever has the key.
const REQUEST: &str = "request.json";

/// As much of it as is needed to finish it.
#[derive(serde::Deserialize)]
struct Asked {
    requests: Vec<AskedOfFile>,
}

#[derive(serde::Deserialize)]
struct AskedOfFile {
    id: String,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    if let Command::Check { file } = &args.command {
        return say::checks(&outgoing::check(read(file)?)?.0, args.json);
    }
    let trust = trust::material(&[], config)?;
    let outside = config.outside(&[])?;
    // many documents are signed on all processors
    frame::runtime(true)?.block_on(async {
        let folder = folder::open_existing(config).await?;
        let caller = caller(&folder, args).await?;
        let services = Services::new(&folder, &trust, &[], &outside).await?;
        let telling = config.telling();
        let (services, telling, level) = (&services, &telling, config.registry_level);
        let desk = Desk { folder: &folder, caller: &caller, services, telling, level, once: None };
        Box::pin(Job { args, desk: &desk }.run()).await
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
            | Command::Number { .. }
            | Command::Seal(_)
            | Command::Copy(_)
            | Command::Trail { pdf: Some(_), .. }
            | Command::Edxml { .. }
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
            Command::Initial(args) => self.together(Act::Initial, args).await,
            Command::Sign(args) => self.together(Act::Sign, args).await,
            Command::Number { id, how } => self.said(outgoing::number(desk, id, &how.request()?).await?).await,
            Command::Seal(args) => self.together(Act::Seal, args).await,
            Command::Register { id, to, keeper, copies, note } => {
                let recipients = Some(to.clone()).filter(|to| !to.is_empty());
                let asked = RegisterRequest { recipients, keeper: keeper.clone(), copies: *copies, note: note.clone() };
                self.quiet(outgoing::register(desk, id, &asked).await?).await
            }
            Command::Issue { id } => self.said(outgoing::issue(desk, id).await?).await,
            Command::Prepare(args) => self.prepare(args).await,
            Command::Finish { id, state, signatures } => self.finish(id, state, signatures).await,
            Command::Raise { ids } if ids.is_empty() => self.each(levels::raise_waiting(desk).await?).await,
            Command::Raise { ids } => {
                let mut answers = Vec::with_capacity(ids.len());
                for id in ids {
                    answers.push((id.clone(), levels::raise(desk, id).await));
                }
                self.each(answers).await
            }
            Command::Return(args) => self.quiet(outgoing::send_back(desk, &args.id, &args.reason).await?).await,
            Command::Cancel(args) => self.quiet(outgoing::cancel(desk, &args.id, &args.reason).await?).await,
            Command::Withdraw(args) => self.quiet(outgoing::withdraw(desk, &args.id, &args.reason).await?).await,
            Command::Copy(args) => self.copy(args).await,
            Command::Receive(args) => self.receive(args).await,
            Command::Edxml { id, output, force } => {
                write_file(output, &exchange::package(desk, id).await?, *force).map(|()| 0)
            }
            Command::Status { id, status, note, output, force } => {
                let book = if self.find(id).await?.book == Book::Out.as_str() { Book::Out } else { Book::In };
                let message = exchange::report(desk, book, id, *status, note.as_deref()).await?;
                write_file(output, &message, *force).map(|()| 0)
            }
            Command::ReceiveWith { id, file } => self.quiet(incoming::attach(desk, id, read(file)?).await?.row).await,
            Command::Accept { id, reason } => self.said(incoming::accept(desk, id, reason.as_deref()).await?).await,
            Command::Refuse(args) => self.quiet(incoming::refuse(desk, &args.id, &args.reason).await?).await,
            Command::Assign { id, charge, note } => {
                self.quiet(incoming::assign(desk, id, charge, note.as_deref()).await?).await
            }
            Command::List { book, state, text, limit } => self.list(*book, state.as_ref(), text.as_ref(), *limit).await,
            Command::Show { id } => {
                let view = DispatchView::new(desk.folder, self.find(id).await?).await?;
                say::details(&view, self.args.json)
            }
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
                trail::signed(desk.folder, (desk.caller, None), desk.services, &row, &mut out).await?;
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

    /// An act that signs, on one document or many.
    async fn together(&self, act: Act, args: &BatchArgs) -> Result<u8> {
        let asked = args.how.request()?;
        let seen = asked.seen.as_deref();
        if seen.is_some() && args.ids.len() > 1 {
            return Err(Error::new(Kind::Usage, "usage", "--seen", "it is of one document, and several are named"));
        }
        let chosen: Vec<Chosen<'_>> = args.ids.iter().map(|id| Chosen { id, seen }).collect();
        let answers = if args.dry_run {
            let named = together::preview(self.desk, act, &chosen, &asked).await?;
            named.into_iter().map(|one| one.map(|one| (one.row, one.warnings))).collect()
        } else {
            together::many(self.desk, act, &chosen, &asked).await?
        };
        let answers = args.ids.iter().cloned().zip(answers).collect();
        if args.dry_run { self.shown(answers).await } else { self.each(answers).await }
    }

    /// Lays out an act into a folder: `request.json`, and of each file `N.pdf` as it is and `N.der`, what is to be signed.
    async fn prepare(&self, args: &PrepareArgs) -> Result<u8> {
        let key = PublicHalf::read(&input::read(&args.cert, LARGEST_VALUE)?, None)
            .map_err(|error| Error::from(error).about(args.cert.display().to_string()))?;
        let scheme = signer::preferred_scheme(&key)?;
        let by = Elsewhere { key, scheme, lifetime: Duration::hours(i64::from(args.valid_hours)) };
        let prepared = elsewhere::prepare(self.desk, args.act, &args.id, &args.how.request()?, by).await?;
        let row = self.find(&args.id).await?;
        std::fs::create_dir(&args.state).map_err(|error| cannot_write(&args.state, error))?;
        for one in &prepared.requests {
            let (_, bytes) = view::file(self.desk.folder, &row, one.file, None).await?;
            write_file(&args.state.join(format!("{}.pdf", one.file)), &bytes, false)?;
            write_file(&args.state.join(format!("{}.der", one.file)), &one.request.attributes()?, false)?;
        }
        let bug = |error: serde_json::Error| Error::new(Kind::Bug, "deferred.request", "the request", error);
        let text = serde_json::to_vec_pretty(&prepared).map_err(bug)?;
        write_file(&args.state.join(REQUEST), &text, false)?;
        for warning in &prepared.warnings {
            tracing::warn!("{warning}");
        }
        if self.args.json {
            output::json(&prepared)?;
            return Ok(0);
        }
        let mut text = String::new();
        for one in &prepared.requests {
            let (file, scheme, digest) = (one.file, &one.request.scheme, &one.request.digest);
            let place = args.state.join(format!("{file}.der"));
            // writing to a String cannot fail
            let _ = writeln!(text, "{}: {scheme}, {digest}  {}", place.display(), one.name);
        }
        output::text(&text)?;
        Ok(0)
    }

    /// Does what was prepared.
    async fn finish(&self, id: &str, state: &Path, signatures: &[PathBuf]) -> Result<u8> {
        let file = state.join(REQUEST);
        let unreadable =
            |_| Error::new(Kind::BadInput, "deferred.request", file.display().to_string(), "it cannot be read");
        let prepared: Asked = serde_json::from_slice(&input::read(&file, LARGEST_VALUE)?).map_err(unreadable)?;
        if prepared.requests.len() != signatures.len() {
            let why = format!("{} signature values are wanted", prepared.requests.len());
            return Err(Error::new(Kind::Usage, "usage", "--signature", why));
        }
        let mut values = Vec::with_capacity(signatures.len());
        for (request, path) in prepared.requests.into_iter().zip(signatures) {
            values.push(Value { request: request.id, signature: input::read(path, LARGEST_VALUE)? });
        }
        self.said(elsewhere::finish(self.desk, id, &values).await?).await
    }

    /// What would be done with each, and to which bytes.
    async fn shown(&self, answers: Vec<(String, Answer)>) -> Result<u8> {
        let (mut code, mut rows) = (0, Vec::new());
        for (_, answer) in answers {
            match answer {
                Ok((row, warnings)) => {
                    for warning in warnings {
                        tracing::warn!("{warning}");
                    }
                    rows.push(row);
                }
                Err(error) => code = code.max(frame::report(&error)),
            }
        }
        for view in DispatchView::many(self.desk.folder, rows).await? {
            say::details(&view, self.args.json)?;
        }
        Ok(code)
    }

    /// What became of each; the exit code is that of the worst.
    async fn each(&self, answers: Vec<(String, Answer)>) -> Result<u8> {
        if answers.len() == 1 {
            return match answers.into_iter().next() {
                Some((_, answer)) => self.said(answer?).await,
                None => Ok(0),
            };
        }
        let mut code = 0;
        for (_, answer) in answers {
            code = code.max(match answer {
                Ok(done) => self.said(done).await?,
                Err(error) => frame::report(&error),
            });
        }
        Ok(code)
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
            keeper: args.keeper.clone(),
            copies: args.copies,
            note: args.note.clone(),
            // --pin-file has opened it
            pin: None,
        };
        let file = args.file.as_deref().map(read).transpose()?;
        self.said(copies::copy(self.desk, &new, file).await?).await
    }

    async fn receive(&self, args: &ReceiveArgs) -> Result<u8> {
        let file = read(&args.file)?;
        let arrival = match (&args.author, &args.kind, &args.subject) {
            (Some(author), Some(kind), Some(subject)) => {
                let new = NewArrival {
                    author: author.clone(),
                    author_email: args.author_email.clone(),
                    kind: kind.clone(),
                    symbol: args.symbol.clone(),
                    date: args.date.clone(),
                    subject: subject.clone(),
                    urgent: args.urgent,
                    note: args.note.clone(),
                };
                incoming::receive(self.desk, &new, file).await?
            }
            (None, None, None) if !file.is_pdf() => match exchange::take(self.desk, file.bytes).await? {
                Taken::Arrived(arrival) => *arrival,
                Taken::Heard(row) => return self.quiet(*row).await,
            },
            _ => {
                let why = "of a PDF, author, kind and subject have to be given; an edXML message says them itself";
                let error = Error::new(Kind::Usage, "usage", "dauson document receive", why);
                return Err(error.hint("--author, --kind, --subject"));
            }
        };
        for duplicate in &arrival.duplicates {
            tracing::warn!("the very same file came in before: {duplicate}");
        }
        self.said((arrival.row, arrival.warnings)).await
    }

    async fn list(&self, book: Book, state: Option<&String>, text: Option<&String>, limit: u32) -> Result<u8> {
        let filter = DispatchFilter {
            book: book.as_str().to_owned(),
            state: state.cloned(),
            text: text.cloned(),
            ..DispatchFilter::default()
        };
        let rows = register::find(self.desk.folder, self.desk.caller, filter, limit).await?;
        for view in DispatchView::many(self.desk.folder, rows).await? {
            say::document(&view, self.args.json)?;
        }
        Ok(0)
    }

    async fn book(&self, args: &BookArgs) -> Result<u8> {
        let (folder, caller) = (self.desk.folder, self.desk.caller);
        let wanted = &Wanted { unit: args.unit.clone(), from: args.from, to: args.to };
        if let Some(pdf) = &args.pdf {
            let drawn = register::paper(folder, caller, args.book, wanted).await?;
            return write_file(pdf, &drawn, args.force).map(|()| 0);
        }
        let files = [(&args.csv, Format::Csv), (&args.xlsx, Format::Xlsx)];
        for (path, format) in files.into_iter().filter_map(|(path, format)| Some((path.as_ref()?, format))) {
            let mut out = OutputFile::create(path, args.force)?;
            let sheet = Sheet::begin(&mut out, format, &register::head(args.book))?;
            register::table(folder, caller, args.book, wanted, sheet).await?;
            out.commit()?;
        }
        Ok(0)
    }
}
