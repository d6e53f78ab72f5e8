//! Test inputs made by openssl, at the time of the test.

use crate::digest::DigestAlgorithm;
use std::path::PathBuf;
use std::process::Command;

/// openssl in a folder of its own.
pub(crate) struct Openssl {
    folder: tempfile::TempDir,
}

impl Openssl {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What it prints; it must succeed.
    pub(crate) fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let (good, out, complaint) = self.try_run(arguments);
        assert!(good, "openssl {arguments:?}: {complaint}");
        out
    }

    /// Whether it succeeds, what it prints, and what it complains about.
    pub(crate) fn try_run(&self, arguments: &[&str]) -> (bool, Vec<u8>, String) {
        let run = Command::new("openssl").args(arguments).current_dir(self.folder.path()).output().unwrap();
        (run.status.success(), run.stdout, String::from_utf8_lossy(&run.stderr).into_owned())
    }

    /// The SubjectPublicKeyInfo of a private key.
    pub(crate) fn public_key(&self, key: &str) -> Vec<u8> {
        self.run(&["pkey", "-in", key, "-pubout", "-outform", "DER"])
    }

    /// A signature over a message.
    pub(crate) fn sign(&self, key: &str, digest: DigestAlgorithm, message: &[u8], options: &[&str]) -> Vec<u8> {
        std::fs::write(self.path("message"), message).unwrap();
        let digest = format!("-{}", digest.name());
        let mut arguments = vec!["dgst", &digest, "-sign", key];
        for option in options {
            arguments.extend(["-sigopt", option]);
        }
        arguments.push("message");
        self.run(&arguments)
    }

    /// A self-signed certificate, in DER, for a new key: files `NAME.key` and `NAME.pem`.
    pub(crate) fn certificate(&self, name: &str, key: &[&str]) -> Vec<u8> {
        let (key_file, pem, subject) = (format!("{name}.key"), format!("{name}.pem"), format!("/C=VN/CN={name}"));
        let mut arguments = vec!["genpkey", "-out", &key_file];
        arguments.extend(key);
        self.run(&arguments);
        self.run(&["req", "-x509", "-new", "-key", &key_file, "-subj", &subject, "-days", "30", "-out", &pem]);
        self.run(&["x509", "-in", &pem, "-outform", "DER"])
    }
}
