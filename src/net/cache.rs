//! Answers that are kept in a folder: plain files in DER, named by what was asked, so that validations without the
//! network find them, too. Whether one is still good is for its reader to judge.

use crate::digest::sha256;
use crate::output::write_file;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder of answers.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    /// Bytes of all answers together.
    most_bytes: u64,
    /// Number of answers.
    most_files: usize,
}

/// What an answer is: the ending of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// An OCSPResponse.
    Ocsp,
    /// A CertificateList.
    Crl,
    /// A certificate.
    Certificate,
}

impl Answer {
    const fn ending(self) -> &'static str {
        match self {
            Self::Ocsp => "ocsp",
            Self::Crl => "crl",
            Self::Certificate => "cer",
        }
    }
}

impl Cache {
    /// In this folder, which is made when something is kept; the least recently kept answers go when there are too
    /// many.
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder, most_bytes: 64 << 20, most_files: 500 }
    }

    fn path(&self, answer: Answer, question: &[u8]) -> PathBuf {
        self.folder.join(format!("{}.{}", hex::encode(sha256(question)), answer.ending()))
    }

    /// What was answered to a question, if it is still there.
    pub fn get(&self, answer: Answer, question: &[u8]) -> Option<Vec<u8>> {
        std::fs::read(self.path(answer, question)).ok()
    }

    /// Keeps an answer. That it can't be kept is no reason to fail.
    pub fn put(&self, answer: Answer, question: &[u8], bytes: &[u8]) {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if len > self.most_bytes {
            return;
        }
        let path = self.path(answer, question);
        let kept = std::fs::create_dir_all(&self.folder).map_err(|error| error.to_string()).and_then(|()| {
            self.make_room(&path, len);
            write_file(&path, bytes, true).map_err(|error| error.to_string())
        });
        if let Err(error) = kept {
            tracing::warn!("an answer is not kept: {error}");
        }
    }

    /// Removes the oldest answers until one more of this length fits; the one that it replaces does not count.
    fn make_room(&self, replaced: &Path, len: u64) {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
                Some((metadata.modified().ok()?, metadata.len(), entry.path()))
            })
            .filter(|(.., path)| path != replaced && path.extension().is_some_and(|ending| ending != "tmp"))
            .collect();
        files.sort();
        let (mut bytes, mut count) = (files.iter().map(|(_, len, _)| len).sum::<u64>(), files.len());
        for (_, old, path) in files {
            if bytes.saturating_add(len) <= self.most_bytes && count < self.most_files {
                return;
            }
            // another process may have been faster
            let _ = std::fs::remove_file(path);
            bytes = bytes.saturating_sub(old);
            count = count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_found_by_their_questions_until_there_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { folder: folder.path().join("cache"), most_bytes: 100, most_files: 4 };
        assert_eq!(cache.get(Answer::Crl, b"q"), None);
        cache.put(Answer::Crl, b"q", &[1; 60]);
        cache.put(Answer::Crl, b"q", &[2; 60]);
        assert_eq!(cache.get(Answer::Crl, b"q"), Some(vec![2; 60]));
        assert_eq!(cache.get(Answer::Ocsp, b"q"), None);
        cache.put(Answer::Crl, b"huge", &[3; 101]);
        assert_eq!(cache.get(Answer::Crl, b"huge"), None);
        cache.put(Answer::Ocsp, b"r", &[3; 60]);
        assert_eq!((cache.get(Answer::Crl, b"q"), cache.get(Answer::Ocsp, b"r")), (None, Some(vec![3; 60])));
        for n in 0..10_u8 {
            cache.put(Answer::Certificate, &[n], &[n]);
        }
        let count = std::fs::read_dir(folder.path().join("cache")).unwrap().count();
        assert_eq!(count, 4);
        assert_eq!(cache.get(Answer::Certificate, &[9]), Some(vec![9]));
    }
}
