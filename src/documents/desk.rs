//! Somebody signs with the key that is bound to their token, once its certificate was found good.

use super::services::Services;
use super::sign::{Order, Raise, Signed, sign_at};
use super::signer;
use crate::audit::entry::{Action, Entry};
use crate::data_folder::{DataFolder, VIETNAM};
use crate::error::{Error, Kind, Result};
use crate::keys::{SignatureScheme, SigningKey};
use crate::net::ChosenBy;
use crate::output::OutputFile;
use crate::pades::{Certify, Level, SignOptions, SubFilter};
use crate::pdf::appearance::Visible;
use crate::pdf::source::Source;
use crate::people::keys;
use crate::people::permissions::Caller;
use crate::pki::certificate::Certificate;
use std::sync::Arc;
use time::OffsetDateTime;

/// What a signature is to say, and where it stands.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The PAdES baseline level.
    pub level: Level,
    /// The field: an existing empty one, else a new one.
    pub field: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// How the signer can be reached.
    pub contact: Option<String>,
    /// The office in which is signed, such as `KT. CHỦ TỊCH`: written before the signer's name.
    pub role: Option<String>,
    /// What is seen of it.
    pub visible: Option<Visible>,
    /// What may be changed later, of a signature that certifies the document.
    pub certify: Option<Certify>,
}

/// A file that was signed, and what the signer should know of it.
#[derive(Debug)]
pub struct SignedByCaller {
    /// The signature.
    pub signed: Signed,
    /// What does not keep the certificate from signing, but should be known.
    pub warnings: Vec<String>,
}

impl Wish {
    /// A signature at this level that says and shows nothing more.
    pub const fn new(level: Level) -> Self {
        let (field, reason, location, contact, role) = (None, None, None, None, None);
        Self { level, field, reason, location, contact, role, visible: None, certify: None }
    }

    /// What the signature dictionary is to say for a signer with this certificate.
    pub(super) fn options(
        self,
        certificate: &[u8],
        scheme: SignatureScheme,
        now: OffsetDateTime,
    ) -> Result<SignOptions> {
        let name = match self.role {
            None => None,
            Some(role) => {
                let name = Certificate::parse(certificate)?.common_name().unwrap_or_default();
                Some(format!("{role} {name}").trim_end().to_owned())
            }
        };
        Ok(SignOptions {
            field: self.field,
            reason: self.reason,
            location: self.location,
            contact: self.contact,
            name,
            visible: self.visible,
            certify: self.certify,
            ..SignOptions::new(now, SubFilter::Pades, scheme.digest())
        })
    }
}

/// What the log is to say of a signature of the caller's.
pub(super) fn entry(folder: &DataFolder, caller: &Caller, now: OffsetDateTime) -> Result<Entry> {
    let mut entry = Entry::new(Action::DocumentSigned, now)?.of_unit(&caller.unit);
    entry.actor = Some(folder.log.pseudonym(&caller.id));
    Ok(entry)
}

/// What whoever signed a damaged file should know.
pub(super) fn rebuilt(signed: &Signed) -> Option<String> {
    let why = signed.recovered.as_ref()?;
    Some(format!("the file's cross-reference data was damaged ({why}) and has been rebuilt"))
}

/// Signs a document with the caller's key, opened by its PIN for this alone where one is given, into a file that its caller then lets appear.
pub async fn sign_as(
    folder: &DataFolder,
    (caller, pin): (&Caller, Option<&str>),
    services: &Services<'_>,
    source: Arc<dyn Source>,
    wish: Wish,
    out: &mut OutputFile,
) -> Result<SignedByCaller> {
    let no_key = || {
        Error::new(Kind::NotAllowed, "sign.no_key", "the token", "no signing key is bound to it")
            .hint("dauson token create --key binds one")
    };
    let key = keys::load_with(folder, caller.signing_key.as_deref().ok_or_else(no_key)?, pin).await?;
    let scheme = signer::preferred_scheme(&*key)?;
    sign_by(folder, caller, services, (&*key, scheme), source, wish, out).await
}

/// Signs a document with a key that the caller was let use, by this scheme.
pub(super) async fn sign_by(
    folder: &DataFolder,
    caller: &Caller,
    services: &Services<'_>,
    (key, scheme): (&dyn SigningKey, SignatureScheme),
    source: Arc<dyn Source>,
    wish: Wish,
    out: &mut OutputFile,
) -> Result<SignedByCaller> {
    let now = folder.now().to_offset(VIETNAM);
    // whoever holds a token is not who runs the service
    let chosen_by = ChosenBy::Certificate;
    let mut warnings = signer::check(key, services, chosen_by, now).await?;
    let level = wish.level;
    let order = Order {
        key,
        scheme,
        options: wish.options(key.certificate(), scheme, now)?,
        attributes: &[],
        password: None,
        entry: entry(folder, caller, now)?,
    };
    let raise = Raise { to: level, services, chosen_by };
    let signed = sign_at(folder, source, order, Some(raise), out).await?;
    warnings.extend(rebuilt(&signed));
    Ok(SignedByCaller { signed, warnings })
}
