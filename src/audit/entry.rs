//! What the log says of an act: canonical JSON (RFC 8785), without personal data.

use crate::digest::DigestAlgorithm;
use crate::error::{Error, Kind, Result};
use crate::store::fees::FeeRow;
use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// The version of the entries that are written.
const VERSION: u32 = 1;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// A document was signed.
    #[serde(rename = "document.signed")]
    DocumentSigned,
    /// A digest that another program handed in was signed.
    #[serde(rename = "hash.signed")]
    HashSigned,
    /// A document's signatures were given validation data or a document time-stamp.
    #[serde(rename = "document.extended")]
    DocumentExtended,
    /// A document was stored: `digest` is that of its file.
    #[serde(rename = "document.stored")]
    DocumentStored,
    /// A stored document has a signed version more: `digest` is that of its file.
    #[serde(rename = "document.kept")]
    DocumentKept,
    /// Somebody had it recorded what the verification of a file said: `digest` is that of the file, `result` the verdict, `basis` what it
    /// was judged by.
    #[serde(rename = "document.verified")]
    DocumentVerified,
    /// An official document was drafted. Of this and all that is done to it, `digest` is that of what was done, `receipt` its identifier.
    #[serde(rename = "dispatch.drafted")]
    DispatchDrafted,
    /// A draft was revised.
    #[serde(rename = "dispatch.revised")]
    DispatchRevised,
    /// A file was attached to a draft.
    #[serde(rename = "dispatch.attached")]
    DispatchAttached,
    /// A draft was initialled.
    #[serde(rename = "dispatch.initialled")]
    DispatchInitialled,
    /// An official document was signed by whom it is for to sign.
    #[serde(rename = "dispatch.signed")]
    DispatchSigned,
    /// A draft was returned.
    #[serde(rename = "dispatch.returned")]
    DispatchReturned,
    /// An official document was given its number and date.
    #[serde(rename = "dispatch.numbered")]
    DispatchNumbered,
    /// It was sealed, and what comes with it.
    #[serde(rename = "dispatch.sealed")]
    DispatchSealed,
    /// It was registered.
    #[serde(rename = "dispatch.registered")]
    DispatchRegistered,
    /// It was issued.
    #[serde(rename = "dispatch.issued")]
    DispatchIssued,
    /// A copy was made of a document or a paper.
    #[serde(rename = "dispatch.copied")]
    DispatchCopied,
    /// It was given up before it was issued.
    #[serde(rename = "dispatch.cancelled")]
    DispatchCancelled,
    /// It was withdrawn after it was issued.
    #[serde(rename = "dispatch.withdrawn")]
    DispatchWithdrawn,
    /// Another one, which `related` names, was issued in its place.
    #[serde(rename = "dispatch.replaced")]
    DispatchReplaced,
    /// An official document of others came in.
    #[serde(rename = "dispatch.received")]
    DispatchReceived,
    /// It was registered, and its receipt confirmed.
    #[serde(rename = "dispatch.accepted")]
    DispatchAccepted,
    /// Somebody was put in charge of it.
    #[serde(rename = "dispatch.assigned")]
    DispatchAssigned,
    /// It was returned to where it came from.
    #[serde(rename = "dispatch.refused")]
    DispatchRefused,
    /// An image of a signature, of initials or of a seal was kept; the digest of whose it is and of the PNG.
    #[serde(rename = "image.kept")]
    ImageKept,
    /// It was taken away; the same digest.
    #[serde(rename = "image.removed")]
    ImageRemoved,
    /// The level of the signatures of an issued document was raised; the digest of what was done.
    #[serde(rename = "dispatch.raised")]
    DispatchRaised,
    /// Another system was told how it stands.
    #[serde(rename = "dispatch.reported")]
    DispatchReported,
    /// Another system told how it stands there.
    #[serde(rename = "dispatch.heard")]
    DispatchHeard,
    /// Somebody may sign for somebody else, `until` then.
    #[serde(rename = "delegation.granted")]
    DelegationGranted,
    /// That ended before its time.
    #[serde(rename = "delegation.revoked")]
    DelegationRevoked,
    /// A receipt's XML was signed.
    #[serde(rename = "receipt.issued")]
    ReceiptIssued,
    /// A receipt's PDF, which carries the XML, was signed.
    #[serde(rename = "receipt.rendered")]
    ReceiptRendered,
    /// A receipt lost its place to one that replaces it.
    #[serde(rename = "receipt.replaced")]
    ReceiptReplaced,
    /// An error of a receipt was notified.
    #[serde(rename = "receipt.notified")]
    ReceiptNotified,
    /// Somebody asked that a receipt be voided.
    #[serde(rename = "receipt.void_requested")]
    ReceiptVoidRequested,
    /// That it be voided was refused: `digest` is that of the reason.
    #[serde(rename = "receipt.void_rejected")]
    ReceiptVoidRejected,
    /// A receipt was voided.
    #[serde(rename = "receipt.voided")]
    ReceiptVoided,
    /// A series was opened.
    #[serde(rename = "series.opened")]
    SeriesOpened,
    /// A series was closed.
    #[serde(rename = "series.closed")]
    SeriesClosed,
    /// Numbers of a series were delegated.
    #[serde(rename = "range.delegated")]
    RangeDelegated,
    /// A range was given back with what is left of it.
    #[serde(rename = "range.closed")]
    RangeClosed,
    /// A daily report was signed.
    #[serde(rename = "report.filed")]
    ReportFiled,
    /// The PDF of a daily report, which carries the XML, was signed.
    #[serde(rename = "report.rendered")]
    ReportRendered,
    /// The XML of a notice of an error, form 04/SS-CTĐT, was signed.
    #[serde(rename = "notice.filed")]
    NoticeFiled,
    /// The PDF of such a notice, which carries the XML, was signed.
    #[serde(rename = "notice.rendered")]
    NoticeRendered,
    /// A receipt of the law before came in: `digest` is that of the file.
    #[serde(rename = "receipt.imported")]
    ReceiptImported,
    /// A cashier closed a shift.
    #[serde(rename = "shift.closed")]
    ShiftClosed,
    /// Somebody has handed in a figure of a unit, or a target.
    #[serde(rename = "figure.handed_in")]
    FigureHandedIn,
    /// A unit's fee catalogue was changed.
    #[serde(rename = "fees.changed")]
    FeesChanged,
    /// A unit was made: `digest` is that of its particulars, `certificate` that of the key for its receipts.
    #[serde(rename = "unit.created")]
    UnitCreated,
    /// A unit's particulars, its key for receipts or its logo were changed: the same digests, or that of the logo.
    #[serde(rename = "unit.changed")]
    UnitChanged,
    /// A unit has another name from a day on: `digest` as before.
    #[serde(rename = "unit.renamed")]
    UnitRenamed,
    /// Another unit, which `related` names, has a unit's place from a day on.
    #[serde(rename = "unit.merged")]
    UnitMerged,
    /// A unit is none any more from a day on, and no other has its place.
    #[serde(rename = "unit.closed")]
    UnitClosed,
    /// A unit, and others with it, is to be renamed, merged or closed on a day to come: `receipt` names the plan.
    #[serde(rename = "unit.planned")]
    UnitPlanned,
    /// A plan was withdrawn.
    #[serde(rename = "unit.plan_withdrawn")]
    UnitPlanWithdrawn,
    /// A plan was carried out, with the entries of what it was for before it.
    #[serde(rename = "unit.plan_done")]
    UnitPlanDone,
    /// Trust anchors were changed: `digest` is that of the trusted list that they come from and `certificate` its signer's, or
    /// `certificate` is the anchor's.
    #[serde(rename = "trust.changed")]
    TrustChanged,
    /// A key came into the key store.
    #[serde(rename = "key.created")]
    KeyCreated,
    /// A key was made in the key store and waits for its certificate: `digest` is that of the request for it. `key.created` has the same
    /// digest, once the certificate has come.
    #[serde(rename = "key.requested")]
    KeyRequested,
    /// How a key may be used was changed: `digest` is that of its terms now, `{"per_hour":5,"two_person":true}`; where they are looser than
    /// before, with the `approver`.
    #[serde(rename = "key.terms_changed")]
    KeyTermsChanged,
    /// A key wants one-time passwords from a new secret, or none any more.
    #[serde(rename = "key.one_time_changed")]
    KeyOneTimeChanged,
    /// The PIN of a key was set or changed.
    #[serde(rename = "key.pin_changed")]
    KeyPinChanged,
    /// A key takes no PIN any more, after too many wrong ones.
    #[serde(rename = "key.blocked")]
    KeyBlocked,
    /// It takes PINs again.
    #[serde(rename = "key.unblocked")]
    KeyUnblocked,
    /// A key was opened for a shift, `until` its end, by its keeper; where two custodians are needed, with the `approver`.
    #[serde(rename = "key.unlocked")]
    KeyUnlocked,
    /// A shift ended, or was ended before its time: `until` is when it would have ended.
    #[serde(rename = "key.locked")]
    KeyLocked,
    /// A key was stopped, in all processes: `digest` is that of the reason.
    #[serde(rename = "key.stopped")]
    KeyStopped,
    /// A key that was stopped signs again.
    #[serde(rename = "key.resumed")]
    KeyResumed,
    /// Another key takes a key's place: `related` is the SHA-256 of its certificate, `until` is how long the old one may still be used.
    #[serde(rename = "key.rotated")]
    KeyRotated,
    /// A key was destroyed: `digest` is that of the reason.
    #[serde(rename = "key.destroyed")]
    KeyDestroyed,
    /// The master key was split among custodians; the file with it is gone.
    #[serde(rename = "master_key.split")]
    MasterKeySplit,
    /// The built-in authority has a CA: `certificate` is the CA's own.
    #[serde(rename = "authority.created")]
    AuthorityCreated,
    /// The built-in authority issued a certificate.
    #[serde(rename = "certificate.issued")]
    CertificateIssued,
    /// A certificate of the built-in authority was revoked.
    #[serde(rename = "certificate.revoked")]
    CertificateRevoked,
    /// A token with a role was given: `digest` is that of its particulars.
    #[serde(rename = "role.granted")]
    RoleGranted,
    /// An account was made.
    #[serde(rename = "user.created")]
    UserCreated,
    /// An account was disabled or enabled, or a recovery code of it was used.
    #[serde(rename = "user.changed")]
    UserChanged,
    /// Somebody was invited to set anew what is signed in with.
    #[serde(rename = "user.invited")]
    UserInvited,
    /// Somebody has set what is signed in with.
    #[serde(rename = "user.enrolled")]
    UserEnrolled,
    /// A passkey was registered.
    #[serde(rename = "passkey.registered")]
    PasskeyRegistered,
    /// A passkey was given another name.
    #[serde(rename = "passkey.renamed")]
    PasskeyRenamed,
    /// A passkey was revoked.
    #[serde(rename = "passkey.revoked")]
    PasskeyRevoked,
    /// A passkey that says it has signed less often than before was refused: there may be a copy of it.
    #[serde(rename = "passkey.refused")]
    PasskeyRefused,
    /// Who somebody is to a provider of identities was bound to an account.
    #[serde(rename = "identity.bound")]
    IdentityBound,
    /// That ended.
    #[serde(rename = "identity.ended")]
    IdentityEnded,
    /// An office was given.
    #[serde(rename = "office.given")]
    OfficeGiven,
    /// The last day of an office was set.
    #[serde(rename = "office.ended")]
    OfficeEnded,
    /// Somebody has signed in, or goes on in another office: `related` is the office.
    #[serde(rename = "session.begun")]
    SessionBegun,
    /// A session was ended, by its holder or by what somebody did: `receipt` names it, `related` is the office.
    #[serde(rename = "session.ended")]
    SessionEnded,
    /// An account takes no tries for a while, after too many wrong ones.
    #[serde(rename = "sign_in.blocked")]
    SignInBlocked,
    /// The log's own key is being changed: `digest` is that of the new verifier key.
    #[serde(rename = "log.key_changed")]
    LogKeyChanged,
    /// The clock was ahead until then, and has been put right: entries' times begin anew.
    #[serde(rename = "clock.corrected")]
    ClockCorrected,
    /// A token was revoked.
    #[serde(rename = "role.revoked")]
    RoleRevoked,
    /// The log was given away in a bundle.
    #[serde(rename = "export.made")]
    ExportMade,
    /// Somebody looked up who is behind pseudonyms.
    #[serde(rename = "pseudonym.resolved")]
    PseudonymResolved,
}

/// One entry. The fields stand in the order of their names, as RFC 8785 asks for; all texts are ASCII but for `unit`,
/// which is an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What was done.
    pub action: Action,
    /// By whom: a pseudonym that only the service can resolve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// By whom it was approved: a pseudonym.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// What a verification was based on: `sha256:` and the digest of trust anchors, certificates and revocation data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// SHA-256 of the signer's certificate, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// What was signed: algorithm and hexadecimal digest, as in `sha256:3f2a...`. Of a PDF the digest over its ByteRange, of a
    /// receipt's XML that of its canonical form; for another program the digest that it handed in; of a document that was stored, extended or verified that of the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The official document's identifier, that of a session that ended or of a plan for units; the receipt, `EBL01/26TAA/00000001` (of the law before `01BLP0-001/AA-26E/0000001`), the series, `EBL01/26TAA`, or the daily report, `01-TH-BLDT/2026-11-24/0`, that it is
    /// about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// The receipt's predecessor or successor: which one it replaces, or by which one it was replaced. The account or office that it is about. The unit that has a unit's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related: Option<String>,
    /// What a verification said: `TOTAL-PASSED`, `TOTAL-FAILED`, `INDETERMINATE` or `NO-SIGNATURE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// What stands in a row of the database from then on (`audit/row.rs`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// SHA-256 of the signature value, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// When, in UTC and whole seconds.
    pub time: String,
    /// By which unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Until when, in UTC and whole seconds: how long a key is open, or may still be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Version of the format.
    pub v: u32,
}

/// What the log keeps of a reason.
pub fn reason_digest(reason: &str) -> String {
    format!("sha256:{}", hex::encode(crate::digest::sha256(reason.as_bytes())))
}

/// What the log keeps of a unit's fee catalogue.
pub fn catalogue_digest(fees: &[FeeRow]) -> Result<String> {
    let rows: Vec<_> = fees
        .iter()
        .map(|f| (&f.code, f.valid_from.to_string(), f.valid_to.map(|day| day.to_string()), &f.definition))
        .collect();
    let bytes = serde_json::to_vec(&rows).map_err(|e| Error::new(Kind::Bug, "audit.entry", "fee catalogue", e))?;
    Ok(format!("sha256:{}", hex::encode(crate::digest::sha256(&bytes))))
}

fn text_of(time: OffsetDateTime) -> Result<String> {
    let utc = time.to_offset(UtcOffset::UTC).replace_nanosecond(0);
    let text = utc.ok().and_then(|time| time.format(&Rfc3339).ok());
    text.ok_or_else(|| Error::new(Kind::Bug, "audit.time", "audit log", "the time cannot be written"))
}

impl Entry {
    /// An act at a time.
    pub fn new(action: Action, time: OffsetDateTime) -> Result<Self> {
        let time = text_of(time)?;
        Ok(Self {
            action,
            actor: None,
            approver: None,
            basis: None,
            certificate: None,
            digest: None,
            receipt: None,
            related: None,
            result: None,
            row: None,
            signature: None,
            time,
            unit: None,
            until: None,
            v: VERSION,
        })
    }

    /// The same act at another time.
    pub fn at(self, time: OffsetDateTime) -> Result<Self> {
        Ok(Self { time: Self::new(self.action, time)?.time, ..self })
    }

    /// The act was signing this digest with this certificate.
    pub fn signing(mut self, algorithm: DigestAlgorithm, digest: &[u8], certificate: &[u8]) -> Self {
        self.digest = Some(format!("{}:{}", algorithm.name(), hex::encode(digest)));
        self.with_certificate(certificate)
    }

    /// For this reason, of which the log keeps the digest.
    pub fn because(mut self, reason: &str) -> Self {
        self.digest = Some(reason_digest(reason));
        self
    }

    /// It is about these bytes, of which the log keeps the SHA-256.
    pub fn of_bytes(self, bytes: &[u8]) -> Self {
        self.of_sha256(&crate::digest::sha256(bytes))
    }

    /// It is about what has this SHA-256.
    pub fn of_sha256(mut self, sha256: &[u8; 32]) -> Self {
        self.digest = Some(format!("sha256:{}", hex::encode(sha256)));
        self
    }

    /// It is about this certificate, DER.
    pub fn with_certificate(mut self, certificate: &[u8]) -> Self {
        self.certificate = Some(hex::encode(crate::digest::sha256(certificate)));
        self
    }

    /// Somebody whom the log knows by this pseudonym did it.
    pub fn by(mut self, pseudonym: String) -> Self {
        self.actor = Some(pseudonym);
        self
    }

    /// It holds until this time.
    pub fn until(mut self, time: OffsetDateTime) -> Result<Self> {
        self.until = Some(text_of(time)?);
        Ok(self)
    }

    /// This signature value came of it.
    pub fn signed(mut self, signature: &[u8]) -> Self {
        self.signature = Some(hex::encode(crate::digest::sha256(signature)));
        self
    }

    /// This stands in a row of the database from then on.
    pub fn on_row(mut self, row: String) -> Self {
        self.row = Some(row);
        self
    }

    /// By this unit.
    pub fn of_unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// About this receipt or series.
    pub fn about(mut self, receipt: &impl ToString) -> Self {
        self.receipt = Some(receipt.to_string());
        self
    }

    /// The bytes that are hashed.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self)
            .map_err(|error| Error::new(Kind::Bug, "audit.entry", "audit log", format!("an entry: {error}")))
    }

    /// Reads an entry; one that is not in canonical form is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let bad = |why: String| Error::new(Kind::BadInput, "audit.entry", "audit log", why);
        let entry: Self =
            serde_json::from_slice(bytes).map_err(|error| bad(format!("an entry is malformed: {error}")))?;
        if entry.v != VERSION {
            return Err(bad(format!("an entry of version {} is not known", entry.v)));
        }
        if entry.bytes()? != bytes {
            return Err(bad("an entry is not in canonical form".to_owned()));
        }
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn an_entry_is_canonical_json() {
        let entry = Entry::new(Action::ReceiptIssued, datetime!(2026-11-24 08:30:15.5 +7)).unwrap();
        let entry = entry.signing(DigestAlgorithm::Sha256, &[1], b"c").signed(b"s").about(&"EBL01/26TAA/00000001");
        let bytes = entry.bytes().unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        assert!(text.starts_with(r#"{"action":"receipt.issued","certificate":""#), "{text}");
        assert!(text.ends_with(r#","time":"2026-11-24T01:30:15Z","v":1}"#), "{text}");
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        // serde_json's maps are sorted by name
        assert_eq!(serde_json::to_vec(&value).unwrap(), bytes);
        assert_eq!(Entry::parse(&bytes).unwrap(), entry);
        assert!(Entry::parse(text.replace(":1}", ": 1}").as_bytes()).is_err());
        assert!(Entry::parse(text.replace(":1}", ":2}").as_bytes()).is_err());
        assert!(Entry::parse(text.replace(":1}", ":1,\"w\":1}").as_bytes()).is_err());
    }
}
