//! Keys as they are listed.

use super::{find, untouched};
use crate::audit::gate;
use crate::data_folder::DataFolder;
use crate::error::{Kind, Result};
use crate::people::not_found;
use crate::pki::certificate::Certificate;
use crate::store::control::KeyControl;
use crate::store::people::KeyRow;
use serde::Serialize;
use time::OffsetDateTime;

/// What has become of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// It may sign.
    Active,
    /// Another key has its place; who names this very key may still use it.
    Succeeded,
    /// Another key has its place, and the time in which both could be used is over.
    Retired,
    /// It was stopped.
    Stopped,
    /// Its private key is no more.
    Destroyed,
}

impl KeyState {
    fn of(control: &KeyControl, now: OffsetDateTime) -> Self {
        if control.destroyed.is_some() {
            Self::Destroyed
        } else if control.stopped.is_some() {
            Self::Stopped
        } else if control.retires.is_some_and(|end| now >= end) {
            Self::Retired
        } else if control.succeeded.is_some_and(|from| now >= from) {
            Self::Succeeded
        } else {
            Self::Active
        }
    }

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Succeeded => "succeeded",
            Self::Retired => "retired",
            Self::Stopped => "stopped",
            Self::Destroyed => "destroyed",
        }
    }
}

/// Whether a key with a PIN is open in the service that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lock {
    /// Nobody has opened it.
    Locked,
    /// Its keeper has, and a second custodian has to approve.
    Asked,
    /// It is open.
    Open,
}

/// A key, and how it stands.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct KeyView {
    /// Its name.
    pub name: String,
    /// The unit that may use it.
    pub unit: Option<String>,
    /// Whose certificate it is.
    pub subject: String,
    /// The certificate's serial number, hexadecimal.
    pub serial: String,
    /// When the certificate ends.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    pub not_after: OffsetDateTime,
    /// SHA-256 of the certificate, hexadecimal.
    pub sha256: String,
    /// What has become of it.
    pub state: KeyState,
    /// Why it was stopped or destroyed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it has a PIN.
    pub pin: bool,
    /// Whether it wants one-time passwords.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub one_time: bool,
    /// Wrong PINs that are left; with none left, the administrator has to unblock it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u32>,
    /// Whether two custodians open it.
    pub two_person: bool,
    /// Signatures that it may make in an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    /// Those that it made in this hour, where they are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<u32>,
    /// The key that has its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// From when on.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub succeeded: Option<OffsetDateTime>,
    /// Until when it may be used all the same.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub retires: Option<OffsetDateTime>,
    /// Of a service: whether the key is open in it, if it has a PIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<Lock>,
    /// When the shift ends for which it is open, or until when it can be approved.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub until: Option<OffsetDateTime>,
    /// The token of the keeper who has opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keeper: Option<String>,
}

impl KeyView {
    fn new(folder: &DataFolder, row: KeyRow, control: &KeyControl) -> Result<Self> {
        let (certificate, now) = (Certificate::parse(&row.certificate)?, folder.now());
        let most = folder.key_rules.pin_tries;
        Ok(Self {
            unit: row.unit,
            subject: certificate.subject().to_string(),
            serial: certificate.serial_hex(),
            not_after: certificate.not_after(),
            sha256: hex::encode(control.certificate),
            state: KeyState::of(control, now),
            reason: control.reason.clone(),
            pin: control.has_pin,
            tries_left: (control.has_pin || control.one_time.is_some()).then(|| most.saturating_sub(control.tries)),
            one_time: control.one_time.is_some(),
            two_person: control.two_person,
            per_hour: control.per_hour,
            used: control.per_hour.map(|_| gate::used(control, now)),
            successor: control.successor.clone(),
            succeeded: control.succeeded,
            retires: control.retires,
            lock: None,
            until: None,
            keeper: None,
            name: row.id,
        })
    }

    /// Whose certificate it is, by the name alone.
    pub fn holder(&self) -> &str {
        self.subject.split(", ").find_map(|part| part.strip_prefix("CN=")).unwrap_or(&self.subject)
    }

    /// The same with whether it is open in this process.
    pub fn in_service(self, folder: &DataFolder) -> Self {
        let now = folder.now();
        // one that two custodians open by now is not open by what one of them did before
        let shift = folder.keys.shift(&self.name, now).filter(|shift| shift.is_by_enough(self.two_person));
        match (self.pin, shift, folder.keys.asked(&self.name, now)) {
            (false, ..) => self,
            (true, Some(shift), _) => {
                Self { lock: Some(Lock::Open), until: Some(shift.until), keeper: Some(shift.keeper), ..self }
            }
            (true, None, Some(expires)) => Self { lock: Some(Lock::Asked), until: Some(expires), ..self },
            (true, None, None) => Self { lock: Some(Lock::Locked), ..self },
        }
    }
}

/// The keys that are kept, those of one unit or all of them, by their names.
pub async fn list(folder: &DataFolder, unit: Option<&str>) -> Result<Vec<KeyView>> {
    let mut tx = folder.store.read().await?;
    let mut views = Vec::new();
    for row in tx.signing_keys().await? {
        if unit.is_none_or(|unit| row.unit.as_deref() == Some(unit)) {
            let control = tx.key_control(&row.id).await?.unwrap_or_else(|| untouched(&row));
            views.push(KeyView::new(folder, row, &control)?);
        }
    }
    Ok(views)
}

/// One of them.
pub async fn show(folder: &DataFolder, id: &str) -> Result<KeyView> {
    let (row, control) = find(&mut *folder.store.read().await?, id).await?;
    KeyView::new(folder, row, &control)
}

/// A key of a unit, as it stands in this process; another unit's is as if it were not there.
pub async fn show_of(folder: &DataFolder, unit: &str, id: &str) -> Result<KeyView> {
    let key = match show(folder, id).await {
        Err(error) if error.kind != Kind::NotFound => return Err(error),
        found => found.ok().filter(|key| key.unit.as_deref() == Some(unit)),
    };
    key.map(|key| key.in_service(folder)).ok_or_else(|| not_found("key", id))
}
