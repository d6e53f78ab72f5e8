//! `dauson demo`: a data folder filled with all that is needed to try everything out, and each thing done once in it; or with a province of
//! made-up data.

mod scale;

use super::output::{self, Paint};
use super::verify::{tell_file, validate_file};
use super::{folder, frame, serve, trust};
use crate::audit::entry::{Action, Entry};
use crate::auditor;
use crate::authority::{Agency, Authority, Credential, Plan};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::documents::sign::{Order, Record, sign};
use crate::documents::signer::preferred_scheme;
use crate::documents::verify::Basis;
use crate::error::{Error, Kind, Result};
use crate::keys::{KeyAlgorithm, LocalKey, base32};
use crate::messages::Language;
use crate::output::{OutputFile, write_file, write_private};
use crate::pades::{SignOptions, SubFilter};
use crate::pdf::appearance::Visible;
use crate::people::keys;
use crate::people::permissions::Role;
use crate::people::tokens::{self, NewToken};
use crate::people::units::{self, UnitKind};
use crate::people::users::offices::NewOffice;
use crate::people::users::{Administrator, accounts, invitation, offices};
use crate::pki::path::RevocationMode;
use crate::receipts::content::VIETNAM;
use crate::receipts::fees::Prices;
use crate::receipts::issue::Counter;
use crate::receipts::request::Request;
use crate::receipts::series::SeriesId;
use crate::receipts::view::{ReceiptView, Sight};
use crate::receipts::{book, catalogue};
use crate::reports::auditing;
use crate::store::people::UnitRow;
use crate::tlog::LogPolicy;
use crate::trust_services;
use scale::Scale;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::Duration;

/// The letter that is signed.
const LETTER: &[u8] = include_bytes!("../../samples/cong-van.pdf");
/// The receipt that is issued.
const REQUEST: &[u8] = include_bytes!("../../samples/bien-lai.json");
/// The fee catalogue.
const FEES: &str = include_str!("../../samples/bieu-phi.csv");
/// Its settings.
const SETTINGS: &str = "# The demo is there to try things out: a receipt may say any fee at any price, with a warning where\n\
# the fee catalogue has another one. An office leaves this out: its catalogue's prices bind.\n\
[receipts]\nprices = \"warn\"\n";
/// What the settings of made-up data begin with.
const MADE_UP: &str = "# Dữ liệu mẫu: văn bản và biên lai trong thư mục này do chương trình đặt ra, không ai ký.\n\
# Made-up data: nobody has signed the documents and receipts of this folder.\n";
/// The unit's identifier.
const UNIT: &str = "xa-son-mau";
/// Where a person sees the leader's signature on the letter: between title and name.
const LEADERS_PLACE: [f64; 4] = [341.0, 236.0, 180.0, 84.0];
/// How long the demo's tokens last.
const TOKEN_LIFE: Duration = Duration::days(30);

/// Who signs in: role, login, name, title.
const PEOPLE: [(Role, &str, &str, &str); 8] = [
    (Role::Drafter, "chuyen-vien", "Lê Văn Mẫu", "Công chức Văn hóa - Xã hội"),
    (Role::Leader, "chu-tich", Agency::SAMPLE.leader, "Chủ tịch Ủy ban nhân dân"),
    (Role::Clerk, "van-thu", "Hoàng Thị Mẫu", "Văn thư"),
    (Role::Officer, "can-bo-thu", "Phạm Thị Mẫu", "Cán bộ thu phí"),
    (Role::Accountant, "ke-toan", "Vũ Văn Mẫu", "Kế toán trưởng"),
    (Role::Auditor, "kiem-toan", "Đặng Thị Mẫu", "Kiểm toán viên"),
    (Role::Keeper, "giu-khoa", "Bùi Văn Mẫu", "Người giữ khóa"),
    (Role::Admin, "quan-tri", "Đỗ Thị Mẫu", "Quản trị hệ thống"),
];
/// Where what is signed in with is written down.
const LOGINS: &str = "logins.txt";

/// Arguments of `dauson demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Go on as a server, and print what opens its doors
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:8080")]
    serve: Option<SocketAddr>,
    /// Instead a province of made-up data, in an empty folder: so many units, people, documents and receipts; or a factor of 171 units, 2,000
    /// people, 100,000 documents and 1,000,000 receipts. Nobody has signed the documents and receipts, and an audit says so
    #[arg(long, value_name = "UNITS,USERS,DOCUMENTS,RECEIPTS|FACTOR", num_args = 0..=1, default_missing_value = "1")]
    scale: Option<Scale>,
    /// One JSON object on the last line
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Made {
    data: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust: Option<PathBuf>,
    log_key: String,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<String>,
    /// The days that the figures of made-up data are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    figures: Option<(String, String)>,
    address: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tokens: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logins: Vec<Person>,
}

/// Tokens by role, and what people sign in with.
type Doors = (BTreeMap<&'static str, String>, Vec<Person>);

/// What somebody signs in with on the page.
#[derive(Serialize)]
struct Person {
    role: &'static str,
    login: &'static str,
    password: String,
    /// Codes that count once each.
    codes: Vec<String>,
    /// For an authenticator app.
    app: String,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    if config.data.join("dauson.db").exists() {
        let why = "there is something in it already";
        return Err(Error::new(Kind::CannotWrite, "demo.exists", config.data.display().to_string(), why)
            .hint("the demo wants a folder of its own: --data DIR"));
    }
    // made-up data never comes among others
    if args.scale.is_some() && std::fs::read_dir(&config.data).is_ok_and(|mut inside| inside.next().is_some()) {
        let why = "the folder is not empty, and made-up data has one of its own";
        return Err(Error::new(Kind::CannotWrite, "demo.exists", config.data.display().to_string(), why)
            .hint("--data DIR names one that is not there yet"));
    }
    let mut config = config.clone();
    if let Some(address) = args.serve {
        // the addresses in certificates and receipts are those of the service: port 0 becomes a number now
        let failed = |error| Error::new(Kind::Unavailable, "serve.address", address.to_string(), error);
        config.serve_address = TcpListener::bind(address).and_then(|l| l.local_addr()).map_err(failed)?;
    }
    let settings = config.data.join("dauson.toml");
    if !settings.exists() {
        // commands that come later say the same address as the service
        let serve = args.serve.map(|_| format!("[serve]\naddress = \"{}\"\n", config.serve_address));
        let head = if args.scale.is_some() { MADE_UP } else { SETTINGS };
        put_file(&settings, format!("{head}{}", serve.unwrap_or_default()).as_bytes())?;
        config.receipts_prices = Prices::Warn;
    }
    let runtime = frame::runtime(args.serve.is_some())?;
    let (folder, made) = runtime.block_on(fill(args, &config))?;
    if args.serve.is_none() {
        print(args, &made)?;
        return Ok(0);
    }
    serve::run_with(runtime, folder, &config, |address| {
        print(args, &Made { address: Some(address.to_owned()), ..made })
    })
}

async fn fill(args: &Args, config: &Config) -> Result<(DataFolder, Made)> {
    let folder = folder::open(config).await?;
    let steps = Steps { folder: &folder, config, paint: Paint::stdout() };
    if let Some(scale) = args.scale {
        return steps.province(scale, args.serve.is_some()).await.map(|made| (folder, made));
    }
    let series = steps.fill().await?;
    steps.letter().await?;
    steps.receipt(&series).await?;
    steps.audit().await?;
    let (tokens, logins) = if args.serve.is_some() { steps.doors(UNIT).await? } else { Doors::default() };
    let made = Made {
        data: config.data.clone(),
        trust: Some(config.data.join("trust/root.pem")),
        log_key: folder.log.verifier_key().to_string(),
        unit: UNIT,
        series: Some(series.to_string()),
        figures: None,
        address: None,
        tokens,
        logins,
    };
    Ok((folder, made))
}

fn print(args: &Args, made: &Made) -> Result<()> {
    if args.json {
        return output::json(made);
    }
    let Some(address) = &made.address else { return Ok(()) };
    let paint = Paint::stdout();
    let mut text = format!("\n{} {address}\n", paint.bold("Serving at"));
    if let Some(first) = made.logins.first() {
        let password = paint.bold(&first.password);
        let _ = writeln!(text, "  sign in at {address}/sign-in with the password {password} as");
        for one in &made.logins {
            let code = one.codes.first().map_or("", String::as_str);
            let _ = writeln!(text, "    {:<12} ({:<10}) code {code}", one.login, one.role);
        }
        let file = made.data.join(LOGINS);
        let _ = writeln!(text, "  each code counts once; more of them, and secrets for an app: {}\n", file.display());
    }
    for (role, token) in &made.tokens {
        let _ = writeln!(text, "  token of the {role:<10} {token}");
    }
    let _ = writeln!(text, "  try   curl -H \"Authorization: Bearer TOKEN\" {address}/api/v1/receipts");
    let _ = writeln!(text, "  stop  Ctrl-C");
    output::text(&text)
}

struct Steps<'a> {
    folder: &'a DataFolder,
    config: &'a Config,
    paint: Paint,
}

impl Steps<'_> {
    fn say(&self, what: &str, details: &str) -> Result<()> {
        output::text(&format!("{} {details}\n", self.paint.bold(what)))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.config.data.join(name)
    }

    /// The authority, the unit, its keys, an open series and a fee catalogue.
    async fn fill(&self) -> Result<SeriesId> {
        let agency = Agency::SAMPLE;
        let url = self.config.public_url();
        let plan = Plan { algorithm: KeyAlgorithm::P256, url: &url, agency, now: self.folder.now() };
        let authority = Authority::create(&plan, &mut rand::rng())?;
        trust_services::import(self.folder, &authority).await?;
        self.say(
            "Authority",
            &format!("for the demo only: root certificate {}", self.path("trust/root.pem").display()),
        )?;

        let mut unit = UnitRow {
            id: UNIT.to_owned(),
            name: agency.name.to_owned(),
            tax_code: agency.tax_code.to_owned(),
            address: "Thôn 1, xã Sơn Mẫu, tỉnh Mẫu".to_owned(),
            phone: Some("0260 3999 999".to_owned()),
            account: None,
            receipt_key: None,
            kind: Some(UnitKind::Commune.as_str().to_owned()),
            ..UnitRow::default()
        };
        units::put(self.folder, &unit, "demo").await?;
        for (name, credential) in
            [("leader", &authority.leader), ("seal", &authority.seal), ("receipt", &authority.receipt)]
        {
            keys::import(self.folder, name, Some(UNIT), &key_of(credential)?.into()).await?;
        }
        unit.receipt_key = Some("receipt".to_owned());
        units::put(self.folder, &unit, "demo").await?;
        let year = self.folder.now().to_offset(VIETNAM).year().rem_euclid(100);
        let series: SeriesId = format!("EBL01/{year:02}TAA").parse()?;
        book::create(self.folder, &series, UNIT, &book::Opening::default(), "demo").await?;
        let fees = catalogue::put(self.folder, UNIT, catalogue::read(FEES.as_bytes())?, false, "demo").await?;
        if let Some(fault) = fees.iter().find_map(|row| row.fault.as_ref()) {
            return Err(Error::new(Kind::Bug, "demo.fees", "fee catalogue", fault));
        }
        let (name, fees) = (agency.name, fees.len());
        self.say("Unit", &format!("{UNIT}, {name}; keys leader, seal, receipt; series {series}; {fees} fees"))?;
        Ok(series)
    }

    /// The letter, signed by the leader and then by the unit's seal.
    async fn letter(&self) -> Result<()> {
        let (letter, by_leader, sealed) =
            (self.path("cong-van.pdf"), self.path("cong-van.signed.pdf"), self.path("cong-van.sealed.pdf"));
        put_file(&letter, LETTER)?;
        let now = self.folder.now().to_offset(VIETNAM);
        let text = format!(
            "{}\nKý số lúc {:02}:{:02} ngày {:02}/{:02}/{}",
            Agency::SAMPLE.leader,
            now.hour(),
            now.minute(),
            now.day(),
            u8::from(now.month()),
            now.year()
        );
        let visible = Visible { text: Some(text), ..Visible::new(0, LEADERS_PLACE) };
        self.sign("leader", &letter, &by_leader, Some(visible)).await?;
        self.sign("seal", &by_leader, &sealed, None).await?;
        self.verify(&sealed)
    }

    async fn sign(&self, key: &str, input: &Path, output: &Path, visible: Option<Visible>) -> Result<()> {
        let signing_key = keys::load(self.folder, key).await?;
        let scheme = preferred_scheme(&*signing_key)?;
        let now = self.folder.now().to_offset(VIETNAM);
        let order = Order {
            key: &*signing_key,
            scheme,
            options: SignOptions { visible, ..SignOptions::new(now, SubFilter::Pades, scheme.digest()) },
            attributes: &[],
            password: None,
            entry: Entry::new(Action::DocumentSigned, now)?.of_unit(UNIT),
        };
        let bytes = std::fs::read(input).map_err(|error| crate::output::cannot_write(input, error))?;
        let mut out = OutputFile::create(output, false)?;
        let signed = sign(self.folder, Arc::new(bytes), order, &mut out, Record::AtOnce).await?;
        out.commit()?;
        self.say("Signed", &format!("by {key}: {} (log entry {})", output.display(), signed.logged.index))
    }

    async fn receipt(&self, series: &SeriesId) -> Result<()> {
        let request = Request { series: Some(series.to_string()), ..Request::parse(REQUEST)? };
        let url = self.config.public_url();
        let trust = trust::material(&[], self.config)?;
        let counter = Counter {
            folder: self.folder,
            public_url: &url,
            unit: Some(UNIT),
            actor: "demo",
            trust: &trust,
            prices: self.config.receipts_prices,
            mails: self.config.sends_mail(),
        };
        let row = counter.issue(&request, None).await?.row;
        let (pdf, xml) = (self.path("bien-lai.pdf"), self.path("bien-lai.xml"));
        super::export::write_signed(self.folder, &row, &row.pdf_sha256, &pdf, false).await?;
        super::export::write_signed(self.folder, &row, &row.xml_sha256, &xml, false).await?;
        let view = ReceiptView::new(self.folder, row, &url, Sight::Full)?;
        self.say("Receipt", &format!("{}: {} đồng; {} and {}", view.id, view.total, pdf.display(), xml.display()))?;
        self.verify(&pdf)?;
        self.verify(&xml)
    }

    fn verify(&self, file: &Path) -> Result<()> {
        let basis = Basis {
            trust: &trust::material(&[], self.config)?,
            revocation: RevocationMode::Require,
            at: self.folder.now(),
            log: LogPolicy { keys: self.folder.log.verifier_keys(), quorum: 0 },
            password: None,
        };
        let report = validate_file(file, &basis)?;
        if report.verdict.exit_code() != 0 {
            let why = format!("its verdict is {}", report.verdict.as_str());
            return Err(Error::new(Kind::Bug, "demo.verify", file.display().to_string(), why));
        }
        output::text(&tell_file(&report, Language::En, self.paint))
    }

    async fn audit(&self) -> Result<()> {
        let folder = self.folder;
        let keys = auditing::log_keys(folder)?;
        let findings =
            auditor::verify::data(&*folder.store, &*folder.blobs, &auditor::verify::Plan::new(&keys), Some(folder))
                .await?;
        if findings.faults > 0 {
            return Err(Error::new(
                Kind::Bug,
                "demo.audit",
                "audit log",
                findings.named.iter().map(|fault| fault.en.as_str()).collect::<Vec<_>>().join("; "),
            ));
        }
        self.say(
            "Audit",
            &format!(
                "everything agrees: log entries {}, receipts {}, of the log {}",
                findings.entries, findings.receipts, findings.origin
            ),
        )
    }

    /// A province of made-up data; where it is served, with what opens the province's doors.
    async fn province(&self, scale: Scale, is_served: bool) -> Result<Made> {
        let filled = scale::fill(self.folder, scale, &|what, details| self.say(what, details)).await?;
        let (from, to) = (filled.from.to_string(), filled.to.to_string());
        self.say(
            "Look",
            &format!("dauson report figures --from {from} --to {to} --data {}", self.config.data.display()),
        )?;
        let (tokens, logins) = if is_served { self.doors(scale::PROVINCE).await? } else { Doors::default() };
        Ok(Made {
            data: self.config.data.clone(),
            trust: None,
            log_key: self.folder.log.verifier_key().to_string(),
            unit: scale::PROVINCE,
            series: None,
            figures: Some((from, to)),
            address: None,
            tokens,
            logins,
        })
    }

    /// What opens the doors of a unit: a token and somebody for each role.
    async fn doors(&self, unit: &str) -> Result<Doors> {
        Ok((self.tokens(unit).await?, self.people(unit).await?))
    }

    /// Somebody for each role, who can sign in on the page.
    async fn people(&self, unit: &str) -> Result<Vec<Person>> {
        let (folder, by) = (self.folder, Administrator { actor: "demo".to_owned(), unit: None });
        let password = base32(&folder.random::<10>()?).to_lowercase();
        let mut all = Vec::new();
        for (role, login, name, title) in PEOPLE {
            let (_, invited) = accounts::create(folder, login, name, unit, &by).await?;
            let (unit, title, signing_key) = (unit.to_owned(), title.to_owned(), key_name(role, unit));
            let office = NewOffice { unit, role, title, signing_key, since: None, until: None };
            offices::give(folder, login, office, &by).await?;
            let enrolment = invitation::accept(folder, &invited, &password).await?;
            // the code of before: that of now is left for signing in
            let code = enrolment.one_time.shown_at(folder.now().unix_timestamp().saturating_sub(30));
            let codes = invitation::confirm(folder, &invited, &code.unwrap_or_default()).await?;
            all.push(Person { role: role.as_str(), login, password: password.clone(), codes, app: enrolment.address });
        }
        write_private(&self.path(LOGINS), logins_text(&all).as_bytes())?;
        Ok(all)
    }

    /// A token of a unit for each role.
    async fn tokens(&self, unit: &str) -> Result<BTreeMap<&'static str, String>> {
        let mut all = BTreeMap::new();
        for role in Role::ALL {
            let (name, signing_key) = (format!("demo {role}"), key_name(role, unit));
            let new = NewToken { name, unit: unit.to_owned(), role, signing_key, lifetime: TOKEN_LIFE };
            let (_, token) = tokens::create(self.folder, new).await?;
            all.insert(role.as_str(), token.to_string());
        }
        Ok(all)
    }
}

/// The key that a role signs with in a unit: in made-up data nobody has one.
fn key_name(role: Role, unit: &str) -> Option<String> {
    match role {
        Role::Leader if unit == UNIT => Some("leader".to_owned()),
        Role::Clerk if unit == UNIT => Some("seal".to_owned()),
        _ => None,
    }
}

/// What is signed in with, to be read by who runs the demo.
fn logins_text(logins: &[Person]) -> String {
    let mut text = "What is signed in with in this demo. Each code counts once.\n".to_owned();
    for Person { role, login, password, codes, app } in logins {
        // writing to a String cannot fail
        let _ = write!(text, "\n{login} ({role})\n  password {password}\n  codes    {}\n", codes.join(" "));
        let _ = writeln!(text, "  app      {app}");
    }
    text
}

fn key_of(credential: &Credential) -> Result<LocalKey> {
    Ok(LocalKey::from_pkcs8(&credential.pkcs8, credential.certificate.clone(), credential.chain.clone())?)
}

/// Writes a file of the demo, and the folder it is in.
fn put_file(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| crate::output::cannot_write(folder, error))?;
    }
    write_file(path, bytes, false)
}
