//! The settings: each one is declared, typed, defaulted and documented in the table of this file.
//!
//! A value comes from a flag, else from the environment (`DAUSON_` and the key in capitals), else
//! from one TOML file (`dauson.toml` in the data folder, or `--config`, `$DAUSON_CONFIG`), else it
//! is the default. Keys that are not in the table are refused.

mod value;

use crate::audit::witnesses::{WitnessAt, Witnesses};
use crate::data_folder::KeyRules;
use crate::documents::hashes::Terms;
use crate::documents::services::{Outside, UnknownStatus};
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::net::http::Http;
use crate::net::smtp::{MailServer, Tls};
use crate::net::{shown, with_password};
use crate::pades::Level;
use crate::people::users::oidc::{self, Provider};
use crate::people::users::sessions;
use crate::receipts::fees::Prices;
use crate::registry::notices::Telling;
use crate::reports::sending::{Call, FileDrop, Hook, HttpIntake, Report, Sender, Senders};
use crate::secret;
use crate::tlog::VerifierKey;
use serde::Serialize;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use value::Value;
use zeroize::Zeroizing;

/// Characters of the shortest secret that calls are signed with.
const SHORTEST_SECRET: usize = 16;

/// Declares the settings. The first string of each is its key in the file, the last its documentation.
macro_rules! settings {
    ($($key:literal $field:ident: $type:ty = $default:expr, $doc:literal;)*) => {
        /// The settings in force.
        #[derive(Debug, Clone)]
        pub struct Config {
            $(#[doc = $doc] pub $field: $type,)*
            /// What hostile input may cost: the table `[limits]`, which lowers single limits.
            pub limits: Limits,
            origins: Vec<Origin>,
        }

        impl Config {
            fn build(read: &mut Reader) -> Result<Self> {
                $(let $field = read.value::<$type>($key, || $default)?;)*
                let limits = read.limits()?;
                Ok(Self { $($field,)* limits, origins: std::mem::take(&mut read.origins) })
            }

            /// Every setting as it stands, in the order of the table.
            pub fn settings(&self) -> Vec<Setting> {
                let rows = [$(($key, self.$field.shown(), <$type>::NAME, $doc),)*];
                let limits = Limits::TABLE.iter().map(|(key, doc)| {
                    (*key, self.limits.get(key).unwrap_or_default().shown(), <u64>::NAME, *doc)
                });
                rows.into_iter().chain(limits).zip(&self.origins).map(|((key, value, r#type, doc), origin)| Setting {
                    key, r#type, env: environment_name(key), value, origin: origin.to_string(), doc,
                }).collect()
            }
        }
    };
}

settings! {
    "data" data: PathBuf = platform_folder(),
        "Data folder: database, stored documents, keys, trust anchors. It is made at first use.";
    "log" log: String = "warn".to_owned(),
        "What is logged on stderr: error, warn, info, debug, trace, or a filter such as dauson=debug. RUST_LOG is heard as well.";
    "trust" trust: Vec<PathBuf> = vec![PathBuf::from("trust")],
        "Trust anchors: PEM or DER files, or folders of them.";
    "master_key_file" master_key_file: PathBuf = PathBuf::from("master.key"),
        "The key that seals the secrets of the database: 32 bytes, readable by its owner only. It is made at first use.";
    "master_key_variable" master_key_variable: String = String::new(),
        "The environment variable that holds the master key instead of a file, 64 hexadecimal digits. Empty: none.";
    "master_key_shares" master_key_shares: Vec<PathBuf> = Vec::new(),
        "Files with custodians' shares of the master key, as many as are needed (--share-file).";
    "net.proxy" net_proxy: Address = Address::default(),
        "HTTP proxy that TSAs, CAs and remote signing services are reached through, such as http://proxy.example:3128; a user name and password may stand in it. Empty: none.";
    "net.allow_private" net_allow_private: bool = false,
        "Whether the addresses that certificates name may lead to this machine and its network: for closed networks and demos.";
    "net.seconds" net_seconds: u64 = 20,
        "How long one TSA, CA or remote signing service may take to answer, in seconds.";
    "sign.tsa" sign_tsa: Addresses = Addresses::default(),
        "Time-stamping authorities, in the order in which they are asked; a user name and password may stand in an address. Empty: the data folder's own, if it has one.";
    "sign.tsa_password_file" sign_tsa_password_file: Option<PathBuf> = None,
        "A file whose first line is the password for TSAs whose address, here or on the command line, has a user name and none: https://user@tsa.example.";
    "sign.unknown_status" sign_unknown_status: UnknownStatus = UnknownStatus::Warn,
        "Whether a certificate signs whose revocation status is not to be had: warn or refuse.";
    "csc.max_signatures" csc_max_signatures: u64 = 100,
        "How many signatures another program is authorised to have made at once (Cloud Signature Consortium). 0: none, it signs nothing.";
    "csc.seconds" csc_seconds: u64 = 300,
        "How long such an authorisation counts, in seconds.";
    "audit.witnesses" audit_witnesses: Vec<WitnessAt> = Vec::new(),
        "Witnesses that watch this log: of each its verifier key, a space, and the address that it is asked at.";
    "audit.witness_quorum" audit_witness_quorum: u64 = 0,
        "How many of them are waited for before a signed document leaves, so that its proof names them. 0: none; the service shows them its log all the same.";
    "audit.witness_seconds" audit_witness_seconds: u64 = 5,
        "How long a witness may take to answer, in seconds; a document then leaves without its signature.";
    "audit.watched_logs" audit_watched_logs: Vec<VerifierKey> = Vec::new(),
        "Verifier keys of other units' logs that this service watches as a witness.";
    "keys.pin_tries" keys_pin_tries: u64 = 5,
        "How many wrong PINs of a key are taken before it takes none any more, until dauson key unblock; 1 to 100.";
    "keys.shift_hours" keys_shift_hours: u64 = 12,
        "The longest time for which the service lets a keeper open a key, in hours; 1 to 168.";
    "keys.approval_minutes" keys_approval_minutes: u64 = 10,
        "How long a second custodian has to approve that a key is opened, in minutes; 1 to 1440.";
    "sign_in.idle_minutes" sign_in_idle_minutes: u64 = 30,
        "How long somebody who signed in may do nothing before the session ends, in minutes; 1 to 1440.";
    "sign_in.hours" sign_in_hours: u64 = 12,
        "How long a session lasts at most, in hours; 1 to 168.";
    "oidc.issuer" oidc_issuer: String = String::new(),
        "Provider of identities (OpenID Connect) that people may sign in at: its address, exactly as it names itself, such as https://sso.tinh.example. Empty: none. It sends browsers back to serve.public_url and /api/v1/session/oidc/callback.";
    "oidc.client_id" oidc_client_id: String = String::new(),
        "What this service is to that provider.";
    "oidc.client_secret_file" oidc_client_secret_file: Option<PathBuf> = None,
        "A file whose first line is the secret that shows it. Without one this service is a public client.";
    "oidc.scopes" oidc_scopes: String = "openid".to_owned(),
        "What the provider is asked for, openid among it; a blank between each two.";
    "oidc.claim" oidc_claim: String = "sub".to_owned(),
        "Which claim says who somebody is: one that never changes hands. Accounts are bound to its values.";
    "receipts.prices" receipts_prices: Prices = Prices::Enforce,
        "Whether a receipt may say other fees and prices than the fee catalogue: enforce refuses it, warn issues it as it was asked for, with a warning.";
    "receipts.daily_report" receipts_daily_report: bool = false,
        "Whether the service signs the daily report of each unit when the day is over in Vietnam, and puts it on its way to the tax office.";
    "receipts.tax_office_url" receipts_tax_office_url: Address = Address::default(),
        "Where the tax office takes daily reports: an http or https address that they are posted to; a user name and password may stand in it. Empty: none.";
    "receipts.tax_office_folder" receipts_tax_office_folder: Option<PathBuf> = None,
        "A folder that daily reports are put into for the tax office, if there is no receipts.tax_office_url.";
    "mail.host" mail_host: String = String::new(),
        "Mail server that takes letters: to payers who gave an e-mail address, and to whom official documents go or come from. Empty: none are sent.";
    "mail.port" mail_port: u64 = 587,
        "Its port: 587 for starttls, 465 for implicit.";
    "mail.tls" mail_tls: Tls = Tls::Starttls,
        "How the connection to it is protected: starttls, without which nothing is sent, implicit (TLS from the first byte on), or none, to this very machine only.";
    "mail.user" mail_user: String = String::new(),
        "The name to log in with. Empty: without a login.";
    "mail.password_file" mail_password_file: Option<PathBuf> = None,
        "A file whose first line is the password.";
    "mail.from" mail_from: String = String::new(),
        "The address that letters come from; the name beside it is that of the body that sends them.";
    "registry.level" registry_level: Level = Level::Lt,
        "The level that an official document's signatures are raised to when it is issued: B-B (not at all), B-T, B-LT or B-LTA. Where that cannot be done, it is issued as it is, with a warning.";
    "registry.webhook_url" registry_webhook_url: Address = Address::default(),
        "An http or https address that is called when an official document is issued, withdrawn, replaced, registered as come in or returned. Empty: none.";
    "registry.webhook_secret_file" registry_webhook_secret_file: Option<PathBuf> = None,
        "A file whose first line is the secret that these calls are signed with (HMAC-SHA-256), 16 characters or more.";
    "serve.address" serve_address: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)),
        "Address and port that dauson serve listens on. Port 0 takes a free one.";
    "serve.public_url" serve_public_url: String = String::new(),
        "Address that people reach the service by; it goes into check addresses and QR codes, and passkeys are for its host. Empty: http:// and the listening address.";
    "serve.max_pdf_bytes" serve_max_pdf_bytes: u64 = 256 << 20,
        "Largest document that is taken over HTTP, in bytes.";
    "serve.max_body_bytes" serve_max_body_bytes: u64 = 1 << 20,
        "Largest other request body, in bytes.";
    "serve.request_seconds" serve_request_seconds: u64 = 60,
        "How long one request may take, in seconds.";
    "serve.max_requests" serve_max_requests: u64 = 64,
        "How many requests are worked on at once; more than that are turned away with 503.";
    "serve.shutdown_seconds" serve_shutdown_seconds: u64 = 20,
        "How long requests under way may go on after a stop signal, in seconds.";
}

/// The address of a server, which may hold a password.
#[derive(Clone, Default)]
pub struct Address(pub Zeroizing<String>);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&shown(&self.0))
    }
}

/// Addresses of servers, which may hold passwords.
#[derive(Clone, Default)]
pub struct Addresses(pub Vec<Zeroizing<String>>);

impl std::fmt::Debug for Addresses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|url| shown(url))).finish()
    }
}

/// Values given on the command line.
#[derive(Debug, Default)]
pub struct Flags {
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--log`
    pub log: Option<String>,
    /// `--share-file`
    pub share_files: Vec<PathBuf>,
}

/// One row of `dauson config`.
#[derive(Debug, Serialize)]
pub struct Setting {
    /// Its key in the file; a point separates the table from the name in it.
    pub key: &'static str,
    /// The type of its value.
    pub r#type: &'static str,
    /// The environment variable that sets it.
    pub env: String,
    /// Its value now.
    pub value: serde_json::Value,
    /// Where the value comes from.
    pub origin: String,
    /// What it means.
    pub doc: &'static str,
}

/// Where a value comes from.
#[derive(Debug, Clone)]
enum Origin {
    Default,
    File(PathBuf),
    Environment(String),
    Flag(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

impl Config {
    /// Reads the settings; `environment` gives the variables (it is `std::env::var_os` but in tests).
    pub fn load(flags: &Flags, environment: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let explicit = flags.config.clone().or_else(|| set("DAUSON_CONFIG").map(PathBuf::from));
        let mut reader = Reader::new(&set);
        if let Some(path) = &explicit {
            reader.read_file(path)?;
        }
        if let Some(data) = &flags.data {
            reader.flag("data", "--data", toml::Value::String(data.display().to_string()));
        }
        if !flags.share_files.is_empty() {
            let files = flags.share_files.iter().map(|file| toml::Value::String(file.display().to_string()));
            reader.flag("master_key_shares", "--share-file", toml::Value::Array(files.collect()));
        }
        if let Some(log) = &flags.log {
            reader.flag("log", "--log", toml::Value::String(log.clone()));
        } else if environment("DAUSON_LOG").is_none()
            && let Some(filter) = set("RUST_LOG").and_then(|v| v.into_string().ok())
        {
            reader.flags.push(("log", Origin::Environment("RUST_LOG".into()), toml::Value::String(filter)));
        }
        // the data folder is known before its file is read, and everything relative starts there
        reader.data = flags.data.clone().map_or_else(|| reader.peek_data(), Ok)?;
        if explicit.is_none() {
            let path = reader.data.join("dauson.toml");
            if path.is_file() {
                reader.read_file(&path)?;
                if reader.file.iter().any(|(key, _)| key == "data") {
                    return Err(bad(&path, "data cannot be set by the file in the data folder"));
                }
            }
        }
        let config = Self::build(&mut reader)?;
        let url = &config.serve_public_url;
        if !url.is_empty()
            && !["http://", "https://"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme))
        {
            let why = format!("{url} is not an address such as https://bienlai.example.vn");
            return Err(Error::new(Kind::Usage, "config.value", "serve.public_url", why));
        }
        match reader.file.first() {
            None => Ok(config),
            Some((key, _)) => {
                Err(bad(&reader.path, format_args!("there is no setting {key}"))
                    .hint("dauson config prints all there are"))
            }
        }
    }

    /// What fetches.
    pub fn http(&self) -> Result<Http> {
        let http = Http::new(&self.net_proxy.0, self.net_allow_private, Duration::from_secs(self.net_seconds));
        http.map_err(|error| Error::new(Kind::Usage, "config.bad", "net.proxy", error))
    }

    /// The TSAs and CAs of the network, with these TSAs instead of the configured ones, if there are any.
    pub fn outside(&self, tsas: &[Zeroizing<String>]) -> Result<Outside> {
        let http = self.http()?;
        let mut tsas = if tsas.is_empty() { self.sign_tsa.0.clone() } else { tsas.to_vec() };
        if let Some(file) = &self.sign_tsa_password_file {
            let password = secret::read(file)?;
            tsas = tsas.iter().map(|url| with_password(url, &password)).collect();
        }
        Ok(Outside::new(http, tsas, self.sign_unknown_status))
    }

    /// How keys with PINs are handled.
    pub fn key_rules(&self) -> KeyRules {
        let within = |value: u64, most: u32| u32::try_from(value).unwrap_or(most).clamp(1, most);
        KeyRules {
            pin_tries: within(self.keys_pin_tries, 100),
            longest_shift: time::Duration::hours(within(self.keys_shift_hours, 168).into()),
            approval: time::Duration::minutes(within(self.keys_approval_minutes, 1_440).into()),
        }
    }

    /// How long sessions last.
    pub fn session_terms(&self) -> sessions::Terms {
        let within = |value: u64, most: i64| i64::try_from(value).unwrap_or(most).clamp(1, most);
        sessions::Terms {
            idle: time::Duration::minutes(within(self.sign_in_idle_minutes, 1_440)),
            longest: time::Duration::hours(within(self.sign_in_hours, 168)),
        }
    }

    /// The provider of identities that people may sign in at.
    pub fn oidc(&self) -> Result<Option<Provider>> {
        if self.oidc_issuer.is_empty() {
            return Ok(None);
        }
        let secret = self.oidc_client_secret_file.as_deref().map(secret::read).transpose()?;
        let settings = oidc::Settings {
            issuer: self.oidc_issuer.clone(),
            client: self.oidc_client_id.clone(),
            secret,
            scopes: self.oidc_scopes.clone(),
            claim: self.oidc_claim.clone(),
            redirect: format!("{}{}", self.public_url(), oidc::CALLBACK),
        };
        Ok(Some(Provider::new(settings, Arc::new(self.http()?))?))
    }

    /// What other programs are authorised to have signed at most.
    pub fn hash_terms(&self) -> Terms {
        let seconds = i64::try_from(self.csc_seconds).unwrap_or(i64::MAX);
        Terms {
            most: u32::try_from(self.csc_max_signatures).unwrap_or(u32::MAX),
            lifetime: time::Duration::seconds(seconds),
        }
    }

    /// Who takes what is on its way.
    pub fn senders(&self) -> Result<Senders> {
        let mail = self.mail_server()?.map(|server| Arc::new(server) as _);
        Ok(Senders { tax_office: self.tax_office()?, mail, hook: self.hook()? })
    }

    fn hook(&self) -> Result<Option<Arc<dyn Sender<Call>>>> {
        if self.registry_webhook_url.0.is_empty() {
            return Ok(None);
        }
        let wrong = |why: &str| Error::new(Kind::Usage, "config.bad", "registry.webhook_secret_file", why);
        let file = self.registry_webhook_secret_file.as_ref().ok_or_else(|| wrong("calls are signed with a secret"))?;
        let secret = secret::read(file)?;
        if secret.len() < SHORTEST_SECRET {
            return Err(wrong("the secret has fewer than 16 characters"));
        }
        let url = self.registry_webhook_url.0.clone();
        Ok(Some(Arc::new(Hook::new(Arc::new(self.http()?), url, secret.as_bytes()))))
    }

    /// What others are told of official documents with.
    pub fn telling(&self) -> Telling {
        let calls = !self.registry_webhook_url.0.is_empty();
        Telling { mails: self.sends_mail(), calls, public_url: self.public_url() }
    }

    fn tax_office(&self) -> Result<Option<Arc<dyn Sender<Report>>>> {
        if self.receipts_tax_office_url.0.is_empty() {
            return Ok(self.receipts_tax_office_folder.clone().map(|folder| Arc::new(FileDrop(folder)) as _));
        }
        Ok(Some(Arc::new(HttpIntake { fetch: Arc::new(self.http()?), url: self.receipts_tax_office_url.0.clone() })))
    }

    /// Whether payers get letters.
    pub fn sends_mail(&self) -> bool {
        !self.mail_host.is_empty()
    }

    fn mail_server(&self) -> Result<Option<MailServer>> {
        if !self.sends_mail() {
            return Ok(None);
        }
        let wrong = |key: &str, why: String| Error::new(Kind::Usage, "config.bad", key, why);
        let port =
            u16::try_from(self.mail_port).map_err(|_| wrong("mail.port", format!("{} is none", self.mail_port)))?;
        let login = match (self.mail_user.as_str(), &self.mail_password_file) {
            ("", None) => None,
            ("", Some(_)) => return Err(wrong("mail.user", "there is a password and no name".to_owned())),
            (_, None) => return Err(wrong("mail.password_file", "there is a name and no password".to_owned())),
            (user, Some(file)) => Some((user, secret::read(file)?)),
        };
        let server = MailServer::new((&self.mail_host, port), self.mail_tls, login, &self.mail_from);
        server.map(Some).map_err(|error| wrong("mail", error.to_string()))
    }

    /// Who watches the log.
    pub fn witnesses(&self) -> Result<Option<Witnesses>> {
        if self.audit_witnesses.is_empty() {
            return Ok(None);
        }
        let limit = Duration::from_secs(self.audit_witness_seconds);
        let quorum = usize::try_from(self.audit_witness_quorum).unwrap_or(usize::MAX);
        if quorum > self.audit_witnesses.len() {
            let why = format!("there are {} witnesses only", self.audit_witnesses.len());
            return Err(Error::new(Kind::Usage, "config.bad", "audit.witness_quorum", why));
        }
        let http = Http::new(&self.net_proxy.0, self.net_allow_private, limit);
        let http = http.map_err(|error| Error::new(Kind::Usage, "config.bad", "net.proxy", error))?;
        let witnesses = self.audit_witnesses.clone();
        Ok(Some(Witnesses::new(witnesses, quorum, limit, Arc::new(http), OffsetDateTime::now_utc)))
    }

    /// Address that people reach the service by, without a slash at the end.
    pub fn public_url(&self) -> String {
        match self.serve_public_url.trim_end_matches('/') {
            "" => format!("http://{}", self.serve_address),
            url => url.to_owned(),
        }
    }
}

/// Finds each setting's value; what is left of the file at the end is unknown.
struct Reader<'a> {
    environment: &'a dyn Fn(&str) -> Option<OsString>,
    path: PathBuf,
    file: Vec<(String, toml::Value)>,
    flags: Vec<(&'static str, Origin, toml::Value)>,
    data: PathBuf,
    origins: Vec<Origin>,
}

impl<'a> Reader<'a> {
    fn new(environment: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self {
            environment,
            path: PathBuf::new(),
            file: Vec::new(),
            flags: Vec::new(),
            data: PathBuf::new(),
            origins: Vec::new(),
        }
    }

    fn read_file(&mut self, path: &Path) -> Result<()> {
        let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Error::new(Kind::NotFound, "config.not_found", path.display().to_string(), "does not exist")
            }
            _ => bad(path, error),
        })?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| bad(path, error.message()))?;
        for (key, value) in table {
            match value {
                toml::Value::Table(inner) => {
                    self.file.extend(inner.into_iter().map(|(name, value)| (format!("{key}.{name}"), value)));
                }
                value => self.file.push((key, value)),
            }
        }
        path.clone_into(&mut self.path);
        Ok(())
    }

    fn flag(&mut self, key: &'static str, name: &'static str, value: toml::Value) {
        self.flags.push((key, Origin::Flag(name), value));
    }

    /// The data folder from environment, explicit file or platform.
    fn peek_data(&self) -> Result<PathBuf> {
        if let Some(value) = (self.environment)("DAUSON_DATA") {
            return Ok(value.into());
        }
        match self.file.iter().find(|(key, _)| key == "data") {
            Some((_, value)) => Ok(folder_of(&self.path)
                .join(PathBuf::from_toml(value).map_err(|why| bad(&self.path, format_args!("data: {why}")))?)),
            None => Ok(platform_folder()),
        }
    }

    /// The limits, those that are given lowered.
    fn limits(&mut self) -> Result<Limits> {
        let mut limits = Limits::DEFAULT;
        for (key, _) in Limits::TABLE {
            let value = self.value::<u64>(key, || Limits::DEFAULT.get(key).unwrap_or_default())?;
            limits.lower(key, value).map_err(|why| {
                let origin = self.origins.last().map(ToString::to_string).unwrap_or_default();
                bad(origin.as_ref(), format_args!("{key}: {why}"))
            })?;
        }
        Ok(limits)
    }

    fn value<T: Value>(&mut self, key: &'static str, default: impl FnOnce() -> T) -> Result<T> {
        let in_file = self.file.iter().position(|(name, _)| name == key).map(|at| self.file.swap_remove(at).1);
        let name = environment_name(key);
        let (value, origin, base) = if let Some(at) = self.flags.iter().position(|(flag, ..)| *flag == key) {
            let (_, origin, value) = self.flags.swap_remove(at);
            (T::from_toml(&value).map_err(|why| bad(origin.to_string().as_ref(), why))?, origin, PathBuf::new())
        } else if let Some(text) = (self.environment)(&name) {
            let text = text.into_string().map_err(|_| bad(name.as_ref(), "is not UTF-8"))?;
            (T::from_text(&text).map_err(|why| bad(name.as_ref(), why))?, Origin::Environment(name), PathBuf::new())
        } else if let Some(value) = in_file {
            let value = T::from_toml(&value).map_err(|why| bad(&self.path, format_args!("{key}: {why}")))?;
            (value, Origin::File(self.path.clone()), folder_of(&self.path).to_owned())
        } else {
            (default(), Origin::Default, self.data.clone())
        };
        self.origins.push(origin);
        Ok(value.relative_to(&base))
    }
}

fn environment_name(key: &str) -> String {
    format!("DAUSON_{}", key.replace('.', "_").to_uppercase())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn bad(what: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(Kind::Usage, "config.bad", what.display().to_string(), why)
}

/// Where programs of this platform keep a user's data.
fn platform_folder() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")))
    };
    base.unwrap_or_else(|| PathBuf::from("/var/lib")).join("dauson")
}

#[cfg(test)]
mod tests;
