//! The key of somebody who acts on an official document, found good before the act begins, and its signatures within the transaction of
//! the act: number, version, state and log entries come together, or none of them does.

use super::ink::{Ink, Look};
use crate::audit::entry::{Action, Entry};
use crate::data_folder::{DataFolder, VIETNAM};
use crate::digest::sha256;
use crate::documents::services::Services;
use crate::documents::sign::{Order, Record, Signed, sign};
use crate::documents::signer;
use crate::error::{Error, Kind, Result};
use crate::keys::{AnyKey, SigningKey as _};
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
    key: Arc<AnyKey>,
    /// What its holder should know.
    pub warnings: Vec<String>,
}

impl Pen {
    /// The key of a caller's token.
    pub async fn of(folder: &DataFolder, caller: &Caller, services: &Services<'_>) -> Result<Self> {
        let no_key = || {
            Error::new(Kind::NotAllowed, "sign.no_key", "the token", "no signing key is bound to it")
                .hint("dauson token create --key binds one")
        };
        let key = keys::load(folder, caller.signing_key.as_deref().ok_or_else(no_key)?).await?;
        // whoever holds a token is not who runs the service
        let warnings = signer::check(&*key, services, ChosenBy::Certificate, folder.now()).await?;
        Ok(Self { key, warnings })
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

    /// Signs a file of a document at level B-B; gives also what its maker should know.
    pub async fn sign(
        &self,
        folder: &DataFolder,
        tx: &mut dyn Transaction,
        caller: &Caller,
        dispatch: &str,
        bytes: Vec<u8>,
        (ink, look): (Ink<'_>, Look<'_>),
    ) -> Result<(Vec<u8>, Signed, Vec<String>)> {
        let now = folder.now().to_offset(VIETNAM);
        let source: Arc<dyn Source> = Arc::new(bytes);
        let scheme = signer::preferred_scheme(&*self.key)?;
        let signer = Certificate::parse(self.key.certificate())?.common_name().unwrap_or_default();
        let name = ink.role().map(|role| format!("{role} {signer}").trim_end().to_owned());
        let (visible, warnings) = ink.seen(look, &source, &signer, now)?;
        let options = SignOptions {
            reason: Some(ink.reason()),
            name,
            visible,
            ..SignOptions::new(now, SubFilter::Pades, scheme.digest())
        };
        let mut entry = Entry::new(Action::DocumentSigned, now)?.of_unit(&caller.unit).about(&dispatch);
        entry.actor = Some(folder.log.pseudonym(&caller.id));
        let order = Order { key: &*self.key, scheme, options, attributes: &[], password: None, entry };
        let mut file = Cursor::new(Vec::new());
        let signed = sign(folder, source, order, &mut file, Record::Within(tx)).await?;
        Ok((file.into_inner(), signed, warnings))
    }
}
