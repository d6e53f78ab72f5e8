//! The key of somebody who acts on an official document, found good before the act begins, and the signatures that it makes. They are laid
//! out, hashed and signed before the transaction of the act; within it they get their entries in the log, with number, version and state, or
//! none of that happens.

use super::ink::{Ink, Look};
use crate::audit::Logged;
use crate::audit::entry::{Action, Entry};
use crate::data_folder::{DataFolder, VIETNAM};
use crate::digest::sha256;
use crate::documents::services::Services;
use crate::documents::sign::{Order, Signing, Unlogged};
use crate::documents::signer;
use crate::error::{Error, Kind, Result};
use crate::keys::{SignatureScheme, SigningKey};
use crate::messages::both;
use crate::net::ChosenBy;
use crate::pades::{SignOptions, SubFilter};
use crate::pdf::source::Source;
use crate::people::keys;
use crate::people::permissions::Caller;
use crate::pki::certificate::Certificate;
use crate::reports::signing;
use crate::store::Transaction;
use std::io::Cursor;
use std::sync::Arc;

/// A key that may sign now.
pub struct Pen {
    key: Arc<dyn SigningKey>,
    scheme: SignatureScheme,
    /// What its holder should know.
    pub warnings: Vec<String>,
}

/// A signature that an act makes.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// On which file.
    pub file: u32,
    /// With which words.
    pub ink: Ink<'a>,
    /// Seen where.
    pub look: Look<'a>,
}

/// The name in the certificate that a caller signs with, by which the leader's block is known among several; none of one who has no key.
pub async fn signer(folder: &DataFolder, caller: &Caller) -> Result<Option<String>> {
    let Some(named) = &caller.signing_key else { return Ok(None) };
    let name = keys::successor(folder, named).await?;
    let public = keys::standing(folder, &name).await?.public;
    Ok(Some(Certificate::parse(public.certificate())?.common_name().unwrap_or_default()))
}

impl Pen {
    /// The key of a caller's token: as it is open in this process, or opened by its PIN for this act alone.
    pub async fn of(folder: &DataFolder, caller: &Caller, services: &Services<'_>, pin: Option<&str>) -> Result<Self> {
        let no_key = || {
            let why = both!("không có khóa ký nào gắn với người này", "no signing key is bound to it");
            Error::new(Kind::NotAllowed, "sign.no_key", both!("mã truy cập", "the token").to_string(), why)
                .hint("dauson token create --key binds one")
        };
        let name = caller.signing_key.as_deref().ok_or_else(no_key)?;
        let key = keys::load_with(folder, name, pin).await?;
        let scheme = signer::preferred_scheme(&*key)?;
        Self::with(folder, services, key, scheme).await
    }

    /// A key, of which the public half may be all there is here.
    pub async fn with(
        folder: &DataFolder,
        services: &Services<'_>,
        key: Arc<dyn SigningKey>,
        scheme: SignatureScheme,
    ) -> Result<Self> {
        // whoever holds a token is not who runs the service
        let warnings = signer::check(&*key, services, ChosenBy::Certificate, folder.now()).await?;
        Ok(Self { key, scheme, warnings })
    }

    /// Its certificate, DER.
    pub fn certificate_der(&self) -> &[u8] {
        self.key.certificate()
    }

    /// SHA-256 of its certificate, hexadecimal.
    pub fn certificate(&self) -> String {
        hex::encode(sha256(self.key.certificate()))
    }

    /// Whose certificate it is.
    pub fn name(&self) -> Result<String> {
        Ok(Certificate::parse(self.key.certificate())?.display())
    }

    /// Signs an XML document about a document (XAdES B-B).
    pub async fn sign_xml(
        &self,
        folder: &DataFolder,
        tx: &mut dyn Transaction,
        caller: &Caller,
        dispatch: &str,
        document: (&str, usize),
    ) -> Result<Vec<u8>> {
        let entry = Entry::new(Action::DocumentSigned, folder.now())?.of_unit(&caller.unit).about(&dispatch);
        let entry = entry.by(folder.log.pseudonym(&caller.id));
        Ok(signing::sign_xml(folder, tx, &*self.key, document, entry).await?.0)
    }

    /// What is to be signed of a file at level B-B; gives also what its maker should know.
    pub fn order(
        &self,
        folder: &DataFolder,
        caller: &Caller,
        dispatch: &str,
        source: &Arc<dyn Source>,
        mark: Mark<'_>,
    ) -> Result<(Order<'_>, Vec<String>)> {
        let (now, key) = (folder.now().to_offset(VIETNAM), &*self.key);
        let signer = Certificate::parse(key.certificate())?.common_name().unwrap_or_default();
        let name = mark.ink.role().map(|role| format!("{role} {signer}").trim_end().to_owned());
        let (visible, warnings) = mark.ink.seen(mark.look, source, &signer, now)?;
        let options = SignOptions {
            reason: Some(mark.ink.reason()),
            name,
            visible,
            ..SignOptions::new(now, SubFilter::Pades, self.scheme.digest())
        };
        let mut entry = Entry::new(Action::DocumentSigned, now)?.of_unit(&caller.unit).about(&dispatch);
        entry.actor = Some(folder.log.pseudonym(&caller.id));
        Ok((Order { key, scheme: self.scheme, options, attributes: &[], password: None, entry }, warnings))
    }

    /// Signs a file at level B-B, all but its entry in the log.
    pub async fn draw(
        &self,
        folder: &DataFolder,
        caller: &Caller,
        dispatch: &str,
        bytes: Vec<u8>,
        mark: Mark<'_>,
    ) -> Result<(Stroke<'_>, Vec<String>)> {
        let source: Arc<dyn Source> = Arc::new(bytes);
        let (order, warnings) = self.order(folder, caller, dispatch, &source, mark)?;
        let signing = Signing::of(folder, order)?;
        let mut out = Cursor::new(Vec::new());
        let unlogged = signing.sign(&source, &mut out).await?;
        Ok((Stroke { file: mark.file, signing, unlogged, out }, warnings))
    }
}

/// Signatures that are made, and what whoever acts should know.
pub type Drawn<'p> = (Vec<Stroke<'p>>, Vec<String>);

/// A signature that is made, but is not in the log.
pub struct Stroke<'p> {
    /// Of which file.
    pub file: u32,
    /// What of it is signed.
    pub signing: Signing<'p>,
    /// What it lacks the proof for.
    pub unlogged: Unlogged,
    /// The file as far as it is.
    pub out: Cursor<Vec<u8>>,
}

impl Stroke<'_> {
    /// The signed file, with the proof of its entry.
    pub fn finish(self, logged: Logged) -> Result<Vec<u8>> {
        let Self { mut signing, unlogged, mut out, .. } = self;
        let room = || {
            let why = both!(
                "nhật ký đã dài hơn chỗ dành cho bằng chứng; hãy thử lại",
                "the log has outgrown the room that was kept for its proof; try again"
            );
            Error::new(Kind::Unavailable, "sign.room", both!("chữ ký", "the signature").to_string(), why)
        };
        signing.finish(unlogged, logged, None, &mut out)?.ok_or_else(room)?;
        Ok(out.into_inner())
    }
}
