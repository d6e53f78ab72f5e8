//! Documents of word processors (DOCX, ODT) made PDFs by LibreOffice (`soffice`), where that is installed: in processes of their own, with a profile
//! and a folder that are gone afterwards, bounded in time and in what they write. What comes out is checked as any other PDF.

use crate::error::{Error, Kind, Result};
use crate::messages::both;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The command of this program that sets the limits and becomes LibreOffice.
pub const COMMAND: &str = "convert-document";
/// Seconds that a conversion may take, and of processor time.
const SECONDS: u64 = 60;
/// Bytes of the largest file that it may write.
const LARGEST: u64 = 64 << 20;
/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(20);

/// A format that is converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Office Open XML.
    Docx,
    /// OpenDocument.
    Odt,
}

impl Format {
    /// The format of a file, if it is one that is converted: a ZIP with the parts that such a file has.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let has = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        if !bytes.starts_with(b"PK\x03\x04") {
            return None;
        }
        if has(b"application/vnd.oasis.opendocument.text") {
            return Some(Self::Odt);
        }
        has(b"word/document.xml").then_some(Self::Docx)
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Odt => "odt",
        }
    }
}

fn refused(code: &'static str, name: &str, why: impl std::fmt::Display) -> Error {
    Error::new(Kind::BadInput, code, name, why)
}

/// LibreOffice, where `$PATH` has it.
fn soffice() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("soffice")).find(|program| program.is_file())
}

/// Converts a file; `name` is what it is called where that fails.
pub fn to_pdf(format: Format, bytes: &[u8], name: &str) -> Result<Vec<u8>> {
    let program = soffice().ok_or_else(|| {
        let why = both!(
            "máy chủ không có LibreOffice (soffice) để chuyển sang PDF; hãy xuất tệp ra PDF rồi gửi lại",
            "there is no LibreOffice (soffice) here that would make it a PDF; export it as PDF and hand that in"
        );
        refused("convert.missing", name, why)
    })?;
    let failed = |why: &dyn std::fmt::Display| {
        let why = both!("không chuyển được sang PDF: {why}", "it could not be made a PDF: {why}", why = why);
        refused("convert.failed", name, why)
    };
    let folder = tempfile::Builder::new().prefix("dauson-convert-").tempdir().map_err(|error| failed(&error))?;
    let input = folder.path().join("in").with_extension(format.extension());
    std::fs::write(&input, bytes).map_err(|error| failed(&error))?;
    let mut running = start(&program, folder.path(), &input).map_err(|error| failed(&error))?;
    let begun = Instant::now();
    let status = loop {
        match running.0.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if begun.elapsed() < Duration::from_secs(SECONDS) => std::thread::sleep(LOOK),
            Ok(None) => return Err(failed(&format!("it took more than {SECONDS} s"))),
            Err(error) => return Err(failed(&error)),
        }
    };
    let mut pdf = Vec::new();
    let read = File::open(folder.path().join("in.pdf")).and_then(|file| file.take(LARGEST).read_to_end(&mut pdf));
    match read {
        Ok(_) if status.success() && !pdf.is_empty() => Ok(pdf),
        _ => Err(failed(&format!("LibreOffice ended with {status}"))),
    }
}

/// LibreOffice and what it has started: nothing of it stays when it is not waited for any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Ok(group) = i32::try_from(self.0.id()) {
            use nix::sys::signal::{Signal, killpg};
            // it may have ended by itself
            let _ = killpg(nix::unistd::Pid::from_raw(group), Signal::SIGKILL);
        }
        let _ = (self.0.kill(), self.0.wait());
    }
}

fn start(program: &Path, folder: &Path, input: &Path) -> std::io::Result<Running> {
    let mut command = Command::new(std::env::current_exe()?);
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    command.arg(COMMAND).arg(program).arg(profile);
    command.args(["--headless", "--norestore", "--nologo", "--convert-to", "pdf", "--outdir"]).arg(folder).arg(input);
    // nothing of what the service knows: neither settings nor secrets
    command.env_clear().env("HOME", folder).env("LC_ALL", "C.UTF-8");
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(Running)
}

/// What the command of this program does: sets the limits, and becomes the other program.
#[cfg(unix)]
pub fn become_converter(program: &Path, arguments: &[std::ffi::OsString]) -> Error {
    use nix::sys::resource::{Resource, setrlimit};
    use std::os::unix::process::CommandExt as _;
    let failed = |error: &dyn std::fmt::Display| refused("convert.failed", &program.display().to_string(), error);
    for (resource, most) in [(Resource::RLIMIT_CPU, SECONDS), (Resource::RLIMIT_FSIZE, LARGEST)] {
        if let Err(error) = setrlimit(resource, most, most) {
            return failed(&error);
        }
    }
    failed(&Command::new(program).args(arguments).exec())
}

/// It is not known how to bound it here.
#[cfg(not(unix))]
pub fn become_converter(program: &Path, _: &[std::ffi::OsString]) -> Error {
    refused("convert.failed", &program.display().to_string(), "it cannot be bounded here")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_what_is_in_them() {
        assert_eq!(Format::of(b"PK\x03\x04....word/document.xml"), Some(Format::Docx));
        assert_eq!(Format::of(b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.text"), Some(Format::Odt));
        for other in [&b"PK\x03\x04xl/workbook.xml"[..], b"%PDF-1.7 word/document.xml", b""] {
            assert_eq!(Format::of(other), None);
        }
    }
}
