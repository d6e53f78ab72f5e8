//! Images of signatures, initials and seals, kept so that nobody has to hand them in with each signature. A person's are that person's alone, a
//! seal is its unit's. What is not as the decree wants it (a PNG with transparent ground, blue or red) is not kept.

use super::machine::Act;
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::digest::sha256;
use crate::documents::appearances::{SignAs, unfit};
use crate::error::{Error, Kind, Result};
use crate::messages::both;
use crate::people::permissions::Caller;
use crate::people::units;
use crate::people::users::Administrator;
use crate::store::registry::ImageRow;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Bytes of the largest image.
pub const LARGEST: usize = 512 << 10;

/// What an image is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImageKind {
    /// A handwritten signature.
    Signature,
    /// Initials.
    Initials,
    /// A unit's seal.
    Seal,
}

impl ImageKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Signature, Self::Initials, Self::Seal];

    /// As it is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Initials => "initials",
            Self::Seal => "seal",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The act whose signature is seen with it.
    pub const fn act(self) -> Act {
        match self {
            Self::Signature => Act::Sign,
            Self::Initials => Act::Initial,
            Self::Seal => Act::Seal,
        }
    }

    /// What is seen of an act.
    pub const fn of(act: Act) -> Option<Self> {
        match act {
            Act::Sign => Some(Self::Signature),
            Act::Initial => Some(Self::Initials),
            Act::Seal => Some(Self::Seal),
            _ => None,
        }
    }

    /// Whose it is: of a person, or of a unit.
    pub const fn whose(self) -> &'static str {
        match self {
            Self::Signature | Self::Initials => "person",
            Self::Seal => "unit",
        }
    }

    /// Which person's or unit's it is where this one acts.
    fn holder(self, caller: &Caller) -> &str {
        if self.whose() == "unit" { &caller.unit } else { &caller.id }
    }

    fn name(self) -> String {
        match self {
            Self::Signature => both!("ảnh chữ ký", "image of the signature"),
            Self::Initials => both!("ảnh ký nháy", "image of the initials"),
            Self::Seal => both!("ảnh con dấu", "image of the seal"),
        }
        .to_string()
    }
}

impl fmt::Display for ImageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the log has the digest of: a JSON array of whose it is, holder, kind and SHA-256 of the PNG.
fn particulars(kind: ImageKind, holder: &str, png: &[u8]) -> Result<Vec<u8>> {
    let said = (kind.whose(), holder, kind.as_str(), hex::encode(sha256(png)));
    serde_json::to_vec(&said).map_err(|error| Error::new(Kind::Bug, "registry.json", kind.name(), error))
}

/// Keeps an image of a person or a unit, in the place of the one before.
pub async fn put(
    folder: &DataFolder,
    kind: ImageKind,
    holder: &str,
    png: &[u8],
    unit: &str,
    actor: &str,
) -> Result<()> {
    check(kind, png)?;
    let mut tx = folder.store.write().await?;
    let said = |action, png: &[u8]| -> Result<Entry> {
        let entry = Entry::new(action, folder.now())?.of_unit(unit).of_bytes(&particulars(kind, holder, png)?);
        Ok(entry.by(folder.log.pseudonym(actor)))
    };
    if let Some(before) = tx.image(kind.whose(), holder, kind.as_str()).await? {
        folder.log.append_one(&mut *tx, said(Action::ImageRemoved, &before.png)?).await?;
    }
    let log_index = folder.log.append_one(&mut *tx, said(Action::ImageKept, png)?).await?.index;
    let (whose, holder) = (kind.whose().to_owned(), holder.to_owned());
    tx.put_image(&ImageRow { whose, holder, kind: kind.as_str().to_owned(), png: png.to_vec(), log_index }).await?;
    Ok(tx.commit().await?)
}

/// Refuses an image that is not as the decree wants it.
pub(super) fn check(kind: ImageKind, png: &[u8]) -> Result<()> {
    let refused = |why: String| Error::new(Kind::BadInput, "registry.image", kind.name(), why);
    if png.len() > LARGEST {
        let why = both!("ảnh có nhiều nhất {most} byte", "it has at most {most} bytes", most = LARGEST);
        return Err(refused(why.to_string()));
    }
    let image = png.to_vec();
    let wrong = unfit(&match kind {
        ImageKind::Signature => SignAs::Leader { image },
        ImageKind::Initials => SignAs::Initials { image },
        ImageKind::Seal => SignAs::Seal { image, width: None },
    });
    let wrong: Vec<String> = wrong?.iter().map(ToString::to_string).collect();
    if wrong.is_empty() { Ok(()) } else { Err(refused(wrong.join("; "))) }
}

/// Takes an image away.
pub async fn remove(folder: &DataFolder, kind: ImageKind, holder: &str, unit: &str, actor: &str) -> Result<()> {
    let mut tx = folder.store.write().await?;
    let Some(row) = tx.image(kind.whose(), holder, kind.as_str()).await? else { return Err(missing(kind)) };
    let said = particulars(kind, holder, &row.png)?;
    let entry = Entry::new(Action::ImageRemoved, folder.now())?.of_unit(unit).of_bytes(&said);
    folder.log.append_one(&mut *tx, entry.by(folder.log.pseudonym(actor))).await?;
    tx.remove_image(kind.whose(), holder, kind.as_str()).await?;
    Ok(tx.commit().await?)
}

fn missing(kind: ImageKind) -> Error {
    Error::new(Kind::NotFound, "registry.no_image", kind.name(), both!("chưa có ảnh nào", "there is none"))
}

/// The caller's own image, or that of the caller's unit.
pub async fn get(folder: &DataFolder, caller: &Caller, kind: ImageKind) -> Result<Vec<u8>> {
    caller.may(kind.act().permission())?;
    let row = folder.store.read().await?.image(kind.whose(), kind.holder(caller), kind.as_str()).await?;
    row.map(|row| row.png).ok_or_else(|| missing(kind))
}

/// Keeps the caller's own image, or that of the caller's unit; or takes it away.
pub async fn set(folder: &DataFolder, caller: &Caller, kind: ImageKind, png: Option<&[u8]>) -> Result<()> {
    caller.may(kind.act().permission())?;
    let holder = kind.holder(caller);
    match png {
        Some(png) => put(folder, kind, holder, png, &caller.unit, &caller.id).await,
        None => remove(folder, kind, holder, &caller.unit, &caller.id).await,
    }
}

/// The image of the seal of a unit that an administrator cares for, if one is kept.
pub async fn seal(folder: &DataFolder, unit: &str, by: &Administrator) -> Result<Option<Vec<u8>>> {
    let kind = ImageKind::Seal;
    let mut tx = folder.store.read().await?;
    by.cares_for(&mut *tx, unit, "unit", unit).await?;
    Ok(tx.image(kind.whose(), unit, kind.as_str()).await?.map(|row| row.png))
}

/// Keeps such an image, of a unit that has not ended; or takes it away.
pub async fn set_seal(folder: &DataFolder, unit: &str, png: Option<&[u8]>, by: &Administrator) -> Result<()> {
    let mut tx = folder.store.read().await?;
    by.cares_for(&mut *tx, unit, "unit", unit).await?;
    units::open(&mut *tx, unit).await?;
    drop(tx);
    match png {
        Some(png) => put(folder, ImageKind::Seal, unit, png, unit, &by.actor).await,
        None => remove(folder, ImageKind::Seal, unit, unit, &by.actor).await,
    }
}

/// The image that the caller's signature of an act is seen with, unless another is handed in.
pub async fn of(folder: &DataFolder, caller: &Caller, act: Act) -> Result<Option<Vec<u8>>> {
    let Some(kind) = ImageKind::of(act) else { return Ok(None) };
    let row = folder.store.read().await?.image(kind.whose(), kind.holder(caller), kind.as_str()).await?;
    Ok(row.map(|row| row.png))
}
