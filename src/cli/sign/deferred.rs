//! `dauson sign --prepare` and `--finish`: the key is somewhere else.
//!
//! | in the state's folder | what |
//! | --- | --- |
//! | `request.json` | what is asked of the key's holder ([`deferred::Request`]) |
//! | `attributes.der` | what is to be signed, for `openssl dgst -sign` and its like |
//! | `document.pdf` | the document as it was |

use super::Args;
use crate::audit::entry::{Action, Entry};
use crate::cli::folder;
use crate::cli::frame::{self, block_on};
use crate::cli::{input, output};
use crate::config::Config;
use crate::digest::{DigestAlgorithm, Hasher};
use crate::documents::deferred::{self, Prepared, Request};
use crate::documents::services::Services;
use crate::documents::sign::{Order, Signed};
use crate::documents::signer;
use crate::error::{Error, Kind, Result};
use crate::keys::PublicHalf;
use crate::net::ChosenBy;
use crate::output::{OutputFile, cannot_write, sync_folder, sync_folder_of, write_file};
use crate::pades::{self, Level, SignOptions};
use crate::pdf::source::Source;
use crate::pki::certificate::Certificate;
use crate::receipts::content::VIETNAM;
use crate::secret;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use time::Duration;
use time::format_description::well_known::Rfc3339;

const REQUEST: &str = "request.json";
const ATTRIBUTES: &str = "attributes.der";
const DOCUMENT: &str = "document.pdf";
/// Bytes of the largest file with a request, a certificate or a signature value.
const LARGEST: u64 = 1 << 20;

/// Lays out the document and writes the state's folder, which appears whole or not at all.
pub fn prepare(args: &Args, config: &Config, state: &Path, certificate: &Path) -> Result<u8> {
    let [path] = args.inputs.as_slice() else {
        let why = "one document is prepared at a time";
        return Err(Error::new(Kind::Usage, "usage", "dauson sign --prepare", why));
    };
    if args.level != Level::B {
        let why = "what is finished later has level B-B";
        return Err(Error::new(Kind::Usage, "usage", "--level", why).hint("dauson extend raises it afterwards"));
    }
    if state.symlink_metadata().is_ok() {
        return Err(cannot_write(state, "it exists already"));
    }
    let source: Arc<dyn Source> = Arc::new(input::open(path)?);
    let key = PublicHalf::read(&input::read(certificate, LARGEST)?, None)
        .map_err(|error| Error::from(error).about(certificate.display().to_string()))?;
    let scheme = args.scheme.choose(&key)?;
    let password = args.pdf_password_file.as_deref().map(secret::read).transpose()?;
    let seen = args.appearance.read(args.inputs.len())?;
    let attributes = args.claims.attributes(scheme.digest())?;
    let given = args.services.read(config)?;
    let beside = state.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".dauson-").suffix(".tmp");
    // only its owner enters it
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let staging = builder.tempdir_in(beside).map_err(|error| cannot_write(state, error))?;
    let document = copy(&*source, &staging.path().join(DOCUMENT))?;
    let (request, warnings) = block_on(async {
        let folder = folder::open(config).await?;
        let now = folder.now().to_offset(VIETNAM);
        let services = Services::new(&folder, &given.trust, &given.given, &given.outside).await?;
        let mut warnings = signer::check(&key, &services, ChosenBy::Operator, now).await?;
        let signer = Certificate::parse(key.certificate())?.common_name().unwrap_or_default();
        let pdf_password = password.as_ref().map(|p| p.as_bytes());
        let (visible, told) =
            seen.on(&source, pdf_password, &signer, now).map_err(|error| error.about(path.display().to_string()))?;
        warnings.extend(told.iter().map(|text| text.of(frame::language()).to_owned()));
        let mut entry = Entry::new(Action::DocumentSigned, now)?;
        entry.actor = Some(folder.log.pseudonym(&folder::local_actor()));
        let order = Order {
            key: &key,
            scheme,
            options: SignOptions { visible, ..args.options(scheme, now) },
            attributes: &attributes,
            password: pdf_password,
            entry,
        };
        let lifetime = Duration::hours(i64::from(args.valid_hours));
        let prepared = deferred::prepare(&folder, &source, document, order, lifetime, None).await;
        Ok((prepared.map_err(|error| error.about(path.display().to_string()))?, warnings))
    })?;
    let bug = |error: serde_json::Error| Error::new(Kind::Bug, "deferred.request", "the request", error);
    let text = serde_json::to_vec_pretty(&request).map_err(bug)?;
    write_file(&staging.path().join(REQUEST), &text, false)?;
    write_file(&staging.path().join(ATTRIBUTES), &request.attributes()?, false)?;
    sync_folder(staging.path())?;
    std::fs::rename(staging.path(), state).map_err(|error| cannot_write(state, error))?;
    // it has another name now, under which it stays
    let _ = staging.keep();
    sync_folder_of(state)?;
    warn(&warnings);
    if args.json {
        output::json(&request)?;
    } else {
        let text = format!(
            "{}: prepared; {} is to be signed by {} with {} until {}\n",
            state.display(),
            state.join(ATTRIBUTES).display(),
            request.scheme,
            request.digest,
            request.expires.format(&Rfc3339).unwrap_or_default()
        );
        output::text(&text)?;
    }
    Ok(0)
}

/// Only where something came of it: a failure is one line.
fn warn(warnings: &[String]) {
    for warning in warnings {
        tracing::warn!("{warning}");
    }
}

/// The document into the state's folder; its SHA-256.
fn copy(source: &dyn Source, path: &Path) -> Result<[u8; 32]> {
    let mut file = File::create_new(path).map_err(|error| cannot_write(path, error))?;
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    pades::copy(source, &mut file, |piece| hasher.update(piece))?;
    file.sync_all().map_err(|error| cannot_write(path, error))?;
    Ok(hasher.finish().try_into().unwrap_or_default())
}

/// Takes the signature value and makes the signed file.
pub fn finish(args: &Args, config: &Config, state: &Path, signature: &Path) -> Result<u8> {
    let Some(path) = &args.output else {
        return Err(Error::new(Kind::Usage, "usage", "dauson sign --finish", "--output is missing"));
    };
    let file = state.join(REQUEST);
    let request: Request = serde_json::from_slice(&input::read(&file, LARGEST)?)
        .map_err(|_| Error::new(Kind::BadInput, "deferred.request", file.display().to_string(), "it cannot be read"))?;
    let signature = input::read(signature, LARGEST)?;
    let source = Arc::new(input::open(&state.join(DOCUMENT))?);
    let given = args.services.read(config)?;
    let (signed, warnings) = block_on(async {
        let folder = folder::open_existing(config).await?;
        let prepared = Prepared::find(&folder, &request.id, |stored| stored.is_none()).await?;
        let services = Services::new(&folder, &given.trust, &given.given, &given.outside).await?;
        let now = folder.now().to_offset(VIETNAM);
        let warnings = signer::check(&prepared.key, &services, ChosenBy::Operator, now).await?;
        let mut out = OutputFile::create(path, args.force)?;
        let signed: Signed = prepared.finish(&folder, source, &signature, &mut out).await?;
        out.commit()?;
        deferred::done(&folder, &request.id).await?;
        Ok((signed, warnings))
    })?;
    warn(&warnings);
    args.tell(&state.display().to_string(), path, &signed)?;
    Ok(0)
}
