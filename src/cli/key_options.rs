//! Which key signs, and by which scheme: options of every command that signs.

use super::frame::block_on;
use super::log_in::Attended;
use crate::config::Config;
use crate::digest::DigestAlgorithm;
use crate::error::{Error, Kind, Result};
use crate::keys::csc::{Ask, Place};
use crate::keys::pkcs11::{Token, TokenUri};
use crate::keys::{AnyKey, CscKey, PublicHalf, SignatureScheme, SigningKey, TokenKey, pem, pkcs12};
use crate::secret;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Which key signs: at most one of `--p12`, `--key`, `--pkcs11-uri`, `--csc-url` and `--key-id` is given.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("which_key").args(["p12", "key", "pkcs11_uri", "csc_url", "key_id"])))]
pub struct KeyOptions {
    /// A PKCS#12 file with key and certificate
    #[arg(long, value_name = "FILE", requires = "password_file", help_heading = "Key")]
    p12: Option<PathBuf>,
    /// A private key, PEM or DER
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "Key")]
    key: Option<PathBuf>,
    /// The certificate of --key, PEM or DER; its issuers' may follow in the file. With --pkcs11-uri: instead of that in the token
    #[arg(long, value_name = "FILE", conflicts_with_all = ["p12", "csc_url", "key_id"], help_heading = "Key")]
    cert: Option<PathBuf>,
    /// The certificates of its issuers
    #[arg(long, value_name = "FILE", requires = "cert", conflicts_with_all = ["p12", "csc_url", "key_id"], help_heading = "Key")]
    chain: Option<PathBuf>,
    /// The password of --p12, or of --key if it is encrypted, is the first line of this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key_id", "pkcs11_uri", "csc_url"], help_heading = "Key")]
    password_file: Option<PathBuf>,
    /// A key in a token or HSM: pkcs11:token=...;object=... (RFC 7512)
    #[arg(long, value_name = "URI", help_heading = "Key")]
    pkcs11_uri: Option<String>,
    /// The token's PKCS#11 library, by its full path; module-path of the URI, too, can name it
    #[arg(long, value_name = "FILE", requires = "pkcs11_uri", help_heading = "Key")]
    pkcs11_module: Option<PathBuf>,
    /// The PIN of the token, of the credential, or of the key in the key store, is the first line of this file; without it a terminal asks for it
    #[arg(long, value_name = "FILE", requires = "which_key", help_heading = "Key")]
    pin_file: Option<PathBuf>,
    /// A key of a remote signing service (Cloud Signature Consortium, version 2): https://sign.example/csc/v2
    #[arg(long, value_name = "URL", requires = "csc_client_file", help_heading = "Key")]
    csc_url: Option<String>,
    /// Which credential of the service; it may be left out where there is only one
    #[arg(long, value_name = "ID", requires = "csc_url", help_heading = "Key")]
    csc_credential: Option<String>,
    /// The client's identifier and secret are the first two lines of this file; without a secret somebody logs in with a browser
    #[arg(long, value_name = "FILE", requires = "csc_url", help_heading = "Key")]
    csc_client_file: Option<PathBuf>,
    /// The one-time password that the service wants is the first line of this file; without it a terminal asks for it
    #[arg(long, value_name = "FILE", requires = "csc_url", help_heading = "Key")]
    otp_file: Option<PathBuf>,
    /// A key of the data folder's key store
    #[arg(long, value_name = "NAME", help_heading = "Key")]
    key_id: Option<String>,
}

/// The key that was asked for.
#[derive(Debug)]
pub enum ChosenKey<'a> {
    /// One from files or a token.
    Given(Box<AnyKey>),
    /// One of the key store, by its name, and the file with its PIN.
    Stored(&'a str, Option<&'a Path>),
}

impl KeyOptions {
    /// Reads the key if it is in files, and finds it if it is in a token or with a signing service.
    pub fn read(&self, config: &Config) -> Result<ChosenKey<'_>> {
        if let Some(name) = &self.key_id {
            return Ok(ChosenKey::Stored(name, self.pin_file.as_deref()));
        }
        if self.pin_file.is_some() && !self.has_own_pin() {
            return Err(usage(
                "only keys in tokens, with signing services and in the key store have PINs",
                "--password-file",
            ));
        }
        Ok(ChosenKey::Given(Box::new(self.given(config)?)))
    }

    /// A key that is to be put into the key store, and the PIN that it shall have there; that of a token's or a service's is its own.
    pub fn read_for_store(&self, config: &Config) -> Result<(AnyKey, Option<Zeroizing<String>>)> {
        if self.key_id.is_some() {
            let why = "a key that is in the store already cannot be imported";
            return Err(usage(why, "--p12, --key with --cert, --pkcs11-uri, or --csc-url"));
        }
        let pin = self.pin_file.as_deref().filter(|_| !self.has_own_pin()).map(secret::read).transpose()?;
        Ok((self.given(config)?, pin))
    }

    /// Whether the PIN is one that is shown where the key is.
    const fn has_own_pin(&self) -> bool {
        self.pkcs11_uri.is_some() || self.csc_url.is_some()
    }

    fn given(&self, config: &Config) -> Result<AnyKey> {
        let password = self.password_file.as_deref().map(secret::read).transpose()?;
        match self {
            Self { p12: Some(p12), .. } => {
                let password = password.ok_or_else(|| usage("the password of --p12 is missing", "--password-file"))?;
                let key = pkcs12::read(&contents(p12)?, &password);
                key.map(AnyKey::from).map_err(|error| Error::from(error).about(p12.display().to_string()))
            }
            Self { key: Some(key), cert: Some(cert), chain, .. } => {
                let chain = chain.as_deref().map(contents).transpose()?;
                let password = password.as_ref().map(|p| p.as_str());
                let read = pem::read(&contents(key)?, &contents(cert)?, chain.as_ref().map(|c| c.as_slice()), password);
                read.map(AnyKey::from)
                    .map_err(|error| Error::from(error).about(format!("{} with {}", key.display(), cert.display())))
            }
            Self { pkcs11_uri: Some(uri), .. } => Ok(AnyKey::Token(self.token(uri)?)),
            Self { csc_url: Some(url), csc_client_file: Some(client), .. } => {
                let place = Place::new(url, self.csc_credential.as_deref(), secret::pair(client)?)?;
                let key = block_on(async { self.remote(place, Arc::new(Attended(config.http()?))).await })?;
                Ok(AnyKey::Remote(Box::new(key)))
            }
            _ => Err(usage(
                "which key signs is not said",
                "--p12, --key with --cert, --pkcs11-uri, --csc-url, or --key-id",
            )),
        }
    }

    /// The credential of a signing service, and what it wants to be shown.
    async fn remote(&self, place: Place, ask: Arc<dyn Ask>) -> Result<CscKey> {
        let key = CscKey::find(place, ask).await?;
        let (wants_pin, wants_one_time) = key.wants().await?;
        let given = |file: &Option<PathBuf>, is_wanted: bool, prompt: &str| match file {
            Some(file) => secret::read(file).map(Some),
            None if is_wanted => secret::ask(prompt),
            None => Ok(None),
        };
        let pin = given(&self.pin_file, wants_pin, "PIN of the credential: ")?;
        let one_time = given(&self.otp_file, wants_one_time, "One-time password: ")?;
        Ok(key.opened_by(pin, one_time))
    }

    fn token(&self, uri: &str) -> Result<TokenKey> {
        // not by the parser of options, which repeats what it refuses, and somebody may have put the PIN there
        let uri: TokenUri = uri.parse()?;
        let module = library(self.pkcs11_module.as_ref(), &uri, "--pkcs11-module")?;
        let public = match &self.cert {
            None => None,
            Some(cert) => {
                let chain = self.chain.as_deref().map(contents).transpose()?;
                let read = PublicHalf::read(&contents(cert)?, chain.as_ref().map(|c| c.as_slice()));
                Some(read.map_err(|error| Error::from(error).about(cert.display().to_string()))?)
            }
        };
        let pin = pin(self.pin_file.as_deref())?;
        match public {
            Some(public) => Ok(TokenKey::new(module, uri, pin, public)),
            None => Ok(TokenKey::find(module, uri, pin)?),
        }
    }
}

/// The token's library: of the option or of the URI.
fn library(given: Option<&PathBuf>, uri: &TokenUri, option: &str) -> Result<PathBuf> {
    match (given, &uri.module) {
        (Some(module), None) | (None, Some(module)) => Ok(module.clone()),
        (Some(given), Some(said)) if given == said => Ok(given.clone()),
        (Some(_), Some(_)) => Err(usage(&format!("the URI names another library than {option}"), "one is enough")),
        (None, None) => Err(usage("the token's library is not said", option)),
    }
}

/// The token's PIN: of a file, or typed.
fn pin(file: Option<&Path>) -> Result<Option<Zeroizing<String>>> {
    match file {
        Some(file) => Ok(Some(secret::read(file)?)),
        None => Ok(secret::ask("PIN of the token (empty: it has a keypad): ")?.filter(|pin| !pin.is_empty())),
    }
}

/// Which token, for what is made there and found there.
#[derive(Debug, clap::Args)]
pub struct TokenOptions {
    /// The token: pkcs11:token=... (RFC 7512)
    #[arg(long, value_name = "URI", help_heading = "Token")]
    on: Option<String>,
    /// Its PKCS#11 library, by its full path; module-path of the URI, too, can name it
    #[arg(long, value_name = "FILE", requires = "on", help_heading = "Token")]
    module: Option<PathBuf>,
    /// Its PIN is the first line of this file; without it a terminal asks for it
    #[arg(long, value_name = "FILE", requires = "on", help_heading = "Token")]
    pin_file: Option<PathBuf>,
}

impl TokenOptions {
    /// Whether a token is meant.
    pub const fn is_given(&self) -> bool {
        self.on.is_some()
    }

    /// The token, and in it the key of this label.
    pub fn open(&self, label: Option<&str>) -> Result<Token> {
        let on = self.on.as_ref().ok_or_else(|| usage("which token is meant is not said", "--on"))?;
        let mut uri: TokenUri = on.parse()?;
        if let Some(label) = label {
            uri = uri.of_object(label)?;
        }
        let module = library(self.module.as_ref(), &uri, "--module")?;
        Ok(Token::new(module, uri, pin(self.pin_file.as_deref())?))
    }
}

/// Where a key is made that stays there.
#[derive(Debug, clap::Args)]
pub struct HomeOptions {
    /// The key store, or a token: pkcs11:token=... (RFC 7512)
    #[arg(long, value_name = "store|URI", help_heading = "Where")]
    on: String,
    /// The token's PKCS#11 library, by its full path; module-path of the URI, too, can name it
    #[arg(long, value_name = "FILE", help_heading = "Where")]
    module: Option<PathBuf>,
    /// The token's PIN, or the one that the key is to have in the store, is the first line of this file; without it a terminal asks for a token's
    #[arg(long, value_name = "FILE", help_heading = "Where")]
    pin_file: Option<PathBuf>,
}

/// Where a key is made.
pub enum Home {
    /// In the key store, with this PIN.
    Store(Option<Zeroizing<String>>),
    /// In a token.
    Token(TokenOptions),
}

impl HomeOptions {
    /// Which of them is meant.
    pub fn choose(&self) -> Result<Home> {
        let Self { on, module, pin_file } = self;
        match (on.as_str(), module) {
            ("store", None) => Ok(Home::Store(pin_file.as_deref().map(secret::read).transpose()?)),
            ("store", Some(_)) => Err(usage("the key store has no PKCS#11 library", "--module is for tokens")),
            _ => {
                let (module, pin_file) = (module.clone(), pin_file.clone());
                Ok(Home::Token(TokenOptions { on: Some(on.clone()), module, pin_file }))
            }
        }
    }
}

/// By which scheme the key signs. Left out, it is the key's preferred one.
#[derive(Debug, Default, clap::Args)]
pub struct SchemeOptions {
    /// The digest algorithm
    #[arg(long, value_enum, help_heading = "Key")]
    digest: Option<Digest>,
    /// The padding of an RSA signature
    #[arg(long, value_enum, help_heading = "Key")]
    scheme: Option<Padding>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Padding {
    /// RSASSA-PKCS1-v1_5
    Pkcs1,
    /// RSASSA-PSS
    Pss,
}

impl SchemeOptions {
    /// The scheme among those that the key offers; wrong usage if it offers none such.
    pub fn choose(&self, key: &dyn SigningKey) -> Result<SignatureScheme> {
        let digest = self.digest.map(|digest| match digest {
            Digest::Sha256 => DigestAlgorithm::Sha256,
            Digest::Sha384 => DigestAlgorithm::Sha384,
            Digest::Sha512 => DigestAlgorithm::Sha512,
        });
        let pss = self.scheme.map(|padding| matches!(padding, Padding::Pss));
        let chosen = SignatureScheme::choose(key.schemes(), digest, pss);
        chosen.map_err(|error| Error::from(error).hint("--digest and --scheme may be left out"))
    }
}

fn usage(why: &str, hint: &str) -> Error {
    Error::new(Kind::Usage, "key.options", "the key", why).hint(hint)
}

/// Bytes of the largest file that a key or its certificates may be in.
const LARGEST: u64 = 8 << 20;

fn contents(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let name = || path.display().to_string();
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::new(Kind::NotFound, "key.missing", name(), "there is no such file"),
        _ => Error::new(Kind::BadInput, "key.file", name(), format!("cannot be read: {error}")),
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    // large enough from the start, so that no copy stays behind
    let length = file.metadata().map_err(failed)?.len().min(LARGEST);
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0).saturating_add(64)));
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
        return Err(Error::new(Kind::BadInput, "key.file", name(), format!("is larger than {LARGEST} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::testing::Openssl;
    use clap::Parser;

    const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        key: KeyOptions,
        #[command(flatten)]
        scheme: SchemeOptions,
    }

    fn config() -> Config {
        Config::load(&crate::config::Flags::default(), |_| None).unwrap()
    }

    /// The words of a command line; file names lie in the folder.
    fn line(openssl: &Openssl, words: &str) -> std::result::Result<Line, clap::Error> {
        let words = words
            .split_whitespace()
            .map(|word| if word.contains('.') { openssl.path(word).display().to_string() } else { word.to_owned() });
        Line::try_parse_from(std::iter::once("sign".to_owned()).chain(words))
    }

    fn read(openssl: &Openssl, words: &str) -> Result<AnyKey> {
        match line(openssl, words).unwrap().key.read(&config())? {
            ChosenKey::Given(key) => Ok(*key),
            ChosenKey::Stored(name, _) => panic!("{name} is from the key store"),
        }
    }

    /// `a.key`, `e.key` (encrypted), `a.pem`, `a.p12`, `right.txt`, `wrong.txt`; the certificate.
    fn files(kind: &[&str]) -> (Openssl, Vec<u8>) {
        let openssl = Openssl::new();
        let certificate = openssl.certificate("a", kind);
        std::fs::write(openssl.path("right.txt"), "m\u{1ead}t kh\u{1ea9}u\n").unwrap();
        std::fs::write(openssl.path("wrong.txt"), "guessed\n").unwrap();
        let password = ["-passout", "file:right.txt"];
        openssl.run(&[&["pkcs8", "-topk8", "-in", "a.key", "-out", "e.key"], &password[..]].concat());
        let export = ["pkcs12", "-export", "-inkey", "a.key", "-in", "a.pem", "-out", "a.p12"];
        openssl.run(&[&export, &password[..]].concat());
        (openssl, certificate)
    }

    #[test]
    fn each_way_leads_to_the_key() {
        let (openssl, certificate) = files(P256);
        for words in [
            "--p12 a.p12 --password-file right.txt",
            "--key a.key --cert a.pem",
            "--key a.key --cert a.pem --chain a.pem",
            "--key e.key --cert a.pem --password-file right.txt",
        ] {
            assert_eq!(read(&openssl, words).unwrap().certificate(), certificate, "{words}");
        }
        let stored = line(&openssl, "--key-id leader").unwrap();
        assert!(matches!(stored.key.read(&config()), Ok(ChosenKey::Stored("leader", None))));
        let stored = line(&openssl, "--key-id leader --pin-file right.txt").unwrap();
        assert!(matches!(stored.key.read(&config()), Ok(ChosenKey::Stored("leader", Some(_)))));
        let (key, pin) = line(&openssl, "--key a.key --cert a.pem --pin-file right.txt")
            .unwrap()
            .key
            .read_for_store(&config())
            .unwrap();
        assert_eq!((key.certificate(), pin.unwrap().as_str()), (&*certificate, "m\u{1ead}t kh\u{1ea9}u"));
    }

    #[test]
    fn exactly_one_way_is_given_in_full() {
        let openssl = Openssl::new();
        assert_eq!(line(&openssl, "").unwrap().key.read(&config()).unwrap_err().kind, Kind::Usage);
        for words in [
            "--p12 a.p12",
            "--password-file right.txt",
            "--key a.key",
            "--cert a.pem",
            "--cert a.pem --key-id leader",
            "--p12 a.p12 --password-file right.txt --key-id leader",
            "--p12 a.p12 --password-file right.txt --key a.key --cert a.pem",
            "--p12 a.p12 --password-file right.txt --chain a.pem",
            "--key-id leader --password-file right.txt",
            "--key-id leader --key-id seal",
            "--pin-file right.txt",
            "--key a.key --cert a.pem --pin-file right.txt",
            "--pkcs11-uri pkcs11:token=a --key-id leader",
            "--pkcs11-uri pkcs11:token=a --password-file right.txt",
            "--csc-url https://a.example",
            "--csc-url http://a.example --csc-client-file right.txt",
            "--csc-credential a",
            "--otp-file right.txt",
            "--key-id leader --digest sha1",
            "--key-id leader --scheme raw",
        ] {
            // options that do not go together, or a key that is not said in full
            let refused = line(&openssl, words).map_or(true, |line| line.key.read(&config()).is_err());
            assert!(refused, "{words}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_files_is_said() {
        let (openssl, _) = files(P256);
        openssl.certificate("other", P256);
        std::fs::write(openssl.path("bad.p12"), b"%PDF-1.7").unwrap();
        for (words, kind, why) in [
            ("--p12 no.p12 --password-file right.txt", Kind::NotFound, "no.p12: there is no such file"),
            ("--p12 a.p12 --password-file no.txt", Kind::NotFound, "no.txt: there is no such file"),
            ("--p12 a.p12 --password-file wrong.txt", Kind::BadInput, "the password is wrong"),
            ("--p12 bad.p12 --password-file right.txt", Kind::BadInput, "the PKCS#12 file cannot be read"),
            ("--key no.key --cert a.pem", Kind::NotFound, "no.key: there is no such file"),
            ("--key a.key --cert no.pem", Kind::NotFound, "no.pem: there is no such file"),
            ("--key a.key --cert a.pem --chain no.pem", Kind::NotFound, "no.pem: there is no such file"),
            ("--key e.key --cert a.pem", Kind::BadInput, "it is encrypted, and no password was given"),
            ("--key e.key --cert a.pem --password-file wrong.txt", Kind::BadInput, "the password is wrong"),
            ("--key a.pem --cert a.pem", Kind::BadInput, "there is no private key in it"),
            ("--key a.key --cert other.pem", Kind::BadInput, "the certificate is not that of the private key"),
        ] {
            let error = read(&openssl, words).unwrap_err();
            assert_eq!(error.kind, kind, "{words}: {error}");
            assert!(error.to_string().contains(why), "{words}: {error}");
            assert!(!error.to_string().contains("guessed"), "{error}");
        }
    }

    #[test]
    fn the_scheme_is_one_that_the_key_offers() {
        use SignatureScheme::{EcdsaP256, RsaPkcs1, RsaPss};
        let choose = |openssl: &Openssl, words: &str| {
            let line = line(openssl, &format!("--key a.key --cert a.pem {words}")).unwrap();
            let ChosenKey::Given(key) = line.key.read(&config()).unwrap() else { panic!() };
            line.scheme.choose(&*key)
        };
        let (openssl, _) = files(RSA);
        for (words, scheme) in [
            ("", RsaPkcs1(DigestAlgorithm::Sha256)),
            ("--digest sha384", RsaPkcs1(DigestAlgorithm::Sha384)),
            ("--scheme pss", RsaPss(DigestAlgorithm::Sha256)),
            ("--scheme pss --digest sha512", RsaPss(DigestAlgorithm::Sha512)),
        ] {
            assert_eq!(choose(&openssl, words), Ok(scheme), "{words}");
        }
        let (openssl, _) = files(P256);
        assert_eq!(choose(&openssl, "--digest sha256"), Ok(EcdsaP256));
        for words in ["--digest sha384", "--scheme pss", "--scheme pkcs1"] {
            let error = choose(&openssl, words).unwrap_err();
            assert_eq!((error.kind, error.code), (Kind::Usage, "key.scheme"));
            assert!(error.why.contains("it can with ecdsa-p256 sha256"), "{error}");
        }
    }
}
