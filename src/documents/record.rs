//! The verification of a file, put on record: the log then has what was judged, by what and with which result, and whoever asked has the
//! proof of that.

use super::verify::Basis;
use crate::audit::entry::{Action, Entry};
use crate::data_folder::DataFolder;
use crate::digest::{DigestAlgorithm, Hasher};
use crate::error::{Error, Kind, Result};
use crate::pdf::source::Source;
use crate::validation::report::{RecordReport, Report};

/// Bytes that are hashed at a time.
const PIECE: usize = 256 << 10;

/// Who has it recorded.
#[derive(Debug, Clone, Copy)]
pub struct Recorder<'a> {
    /// Whom the log knows by a pseudonym.
    pub actor: &'a str,
    /// Of which unit.
    pub unit: Option<&'a str>,
}

/// Enters what a report says of a file, its SHA-256 and the digest of the basis, and adds the entry with its proof to the report. Nothing else
/// of the file is kept.
pub async fn record(
    folder: &DataFolder,
    source: &dyn Source,
    basis: &Basis<'_>,
    report: &mut Report,
    who: Recorder<'_>,
) -> Result<()> {
    let unreadable = |error: std::io::Error| Error::new(Kind::BadInput, "verify.unreadable", &report.file, error);
    let sha256 = sha256_of(source).map_err(unreadable)?;
    let mut entry = Entry::new(Action::DocumentVerified, folder.now())?.of_sha256(&sha256);
    entry.basis = Some(format!("sha256:{}", hex::encode(basis.digest())));
    entry.result = Some(report.verdict.as_str().to_owned());
    entry.unit = who.unit.map(str::to_owned);
    let logged = folder.log.record(entry.by(folder.log.pseudonym(who.actor))).await?;
    report.record = Some(RecordReport {
        origin: logged.origin,
        index: logged.index,
        entry: String::from_utf8_lossy(&logged.entry).into_owned(),
        proof: logged.proof,
    });
    Ok(())
}

fn sha256_of(source: &dyn Source) -> std::io::Result<[u8; 32]> {
    let (mut hasher, mut at) = (Hasher::new(DigestAlgorithm::Sha256), 0);
    while at < source.len() {
        let piece = source.read_up_to(at, PIECE)?;
        if piece.is_empty() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(&piece);
        at = at.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }
    <[u8; 32]>::try_from(hasher.finish()).map_err(|_| std::io::ErrorKind::InvalidData.into())
}
