//! Signatures in real files, read and their values verified, as the manifest of the corpus says.

use crate::corpus;
use dauson::cms::ber::Reader;
use dauson::cms::tsp::TimeStampToken;
use dauson::cms::{CmsError, SignedData, SignerInfo, ess};
use dauson::keys::{KeyError, SigningKey, pem, pkcs12};
use dauson::limits::Limits;
use dauson::pki::crypto::{self, CryptoError, SchemeFacts, Signed};
use std::collections::BTreeSet;
use std::fs;
use x509_parser::prelude::{FromDer, X509Certificate};

const LIMITS: Limits = Limits::DEFAULT;

/// The first value of a key in the bytes of a dictionary around `at`: enough to test with.
fn after<'a>(bytes: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let at = bytes.windows(key.len()).position(|w| w == key)?;
    Some(bytes[at + key.len()..].trim_ascii_start())
}

/// The values of all `/Contents` hexadecimal strings that are long enough to be signatures, with the bytes of
/// the ranges around each.
fn signatures(file: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = file.get(at..).and_then(|f| after(f, b"/Contents")) {
        at = file.len() - rest.len();
        if !rest.starts_with(b"<") || rest.starts_with(b"<<") {
            continue;
        }
        let end = rest.iter().position(|b| *b == b'>').unwrap_or(0);
        let digits: Vec<u8> = rest[1..end.max(1)].iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let Ok(value) = hex::decode(&digits) else { continue };
        if value.len() < 100 {
            continue;
        }
        // the /ByteRange that has this gap
        let ranges = (0..file.len()).filter(|i| file[*i..].starts_with(b"/ByteRange")).filter_map(|i| {
            let text: String = file[i + 10..].iter().take(100).map(|b| char::from(*b)).collect();
            let list = text.split_once('[')?.1.split_once(']')?.0;
            let numbers: Vec<usize> = list.split_whitespace().filter_map(|n| n.parse().ok()).collect();
            <[usize; 4]>::try_from(numbers).ok()
        });
        let range = ranges.into_iter().find(|r| r[0] + r[1] == at);
        let covered = range.and_then(|[a, b, c, d]| Some([file.get(a..a + b)?, file.get(c..c + d)?].concat()));
        found.push((value, covered.unwrap_or_default()));
    }
    found
}

/// What a test sees of one signature.
#[derive(Debug)]
struct Seen {
    value: Result<SchemeFacts, CryptoError>,
    /// Whether the message digest is that of the covered bytes; none if there is no message digest.
    digest: Option<bool>,
    only_zeros_behind: bool,
}

/// Verifies a signer's value with the certificate that it names.
fn verify(signed_data: &SignedData, signer: &SignerInfo, content: &[u8]) -> Result<SchemeFacts, CryptoError> {
    let named = |c: &&Vec<u8>| signer.names(c, &LIMITS) != Some(false);
    let Some(certificate) = signed_data.certificates.iter().find(named) else {
        return Err(CryptoError::Unsupported { what: "no certificate".to_owned() });
    };
    let spki = ess::subject_public_key_info(certificate, &LIMITS).unwrap();
    let message = signer.signed_message().unwrap_or(content);
    let algorithm = &signer.signature_algorithm.raw;
    crypto::verify(spki, algorithm, signer.digest(), Signed::Message(message), &signer.signature)
}

fn look(value: &[u8], covered: &[u8]) -> Result<Seen, CmsError> {
    let (signed_data, used) = SignedData::parse(value, &LIMITS)?;
    let signer = signed_data.signer()?;
    let content = signed_data.content.as_deref().unwrap_or(covered);
    for token in signer.unsigned_attributes.time_stamps() {
        let (token, _) = TimeStampToken::parse(token, &LIMITS)?;
        let tsa = token.signed_data.signer()?;
        if let Some(content) = &token.signed_data.content
            && !token.signed_data.certificates.is_empty()
        {
            let value = verify(&token.signed_data, tsa, content);
            assert!(!matches!(value, Err(CryptoError::Invalid)), "a broken time-stamp");
        }
    }
    let signed_digest = signed_data.signed_digest()?;
    let digest = signed_digest.zip(signer.digest()).map(|(digest, by)| by.hash(content) == digest);
    Ok(Seen {
        value: verify(&signed_data, signer, content),
        digest,
        only_zeros_behind: value[used..].iter().all(|b| *b == 0),
    })
}

#[test]
fn signature_values_of_the_corpus_are_good_or_broken_as_its_manifest_says() {
    let Some(folder) = corpus::file("signed") else { return };
    let manifest = fs::read(folder.join("manifest.json")).unwrap();
    let manifest: Vec<serde_json::Value> = serde_json::from_slice(&manifest).unwrap();
    let (mut good, mut schemes) = (0, BTreeSet::new());
    for case in &manifest {
        let name = case["file"].as_str().unwrap();
        let file = fs::read(folder.join(name)).unwrap();
        let seen: Vec<_> = signatures(&file).iter().map(|(value, covered)| look(value, covered)).collect();
        let all = |test: fn(&Seen) -> bool| seen.iter().all(|s| s.as_ref().is_ok_and(test));
        let sub_indication = case["expect"]["sub_indication"].as_str();
        let by_standard = case["expect_by_standard"]["verdict"].as_str();
        if case["expect"]["verdict"] == "TOTAL-PASSED" || by_standard == Some("TOTAL-PASSED") {
            let right = all(|s| s.value.is_ok() && s.digest != Some(false));
            assert!(right && !seen.is_empty(), "{name}: {seen:?}");
            good += seen.len();
        }
        match sub_indication {
            Some("SIG_CRYPTO_FAILURE") => assert!(all(|s| s.value == Err(CryptoError::Invalid)), "{name}: {seen:?}"),
            Some("HASH_FAILURE") => assert!(!all(|s| s.digest == Some(true)), "{name}: {seen:?}"),
            _ => {}
        }
        let garbage = name == "m-cms-trailing-garbage.pdf";
        assert_eq!(seen.iter().flatten().all(|s| s.only_zeros_behind), !garbage, "{name}");
        schemes.extend(seen.iter().flatten().filter_map(|s| s.value.as_ref().ok()).map(|f| (f.scheme, f.digest)));
    }
    eprintln!("{good} signatures that should be good are; schemes met: {schemes:?}");
    assert!(good > 50 && schemes.len() > 6);
}

#[test]
fn every_pkcs12_file_of_the_corpus_is_read() {
    let Some(folder) = corpus::file("pki") else { return };
    let password = fs::read_to_string(folder.join("password.txt")).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "p12") {
            continue;
        }
        let file = fs::read(&path).unwrap();
        let key = pkcs12::read(&file, password.trim());
        match path.file_stem().unwrap().to_str().unwrap() {
            "p521" | "weak1024" => assert!(matches!(key, Err(KeyError::Unsupported { .. })), "{path:?}: {key:?}"),
            _ => {
                let key = key.unwrap();
                let pem = path.to_str().unwrap().replace("-legacy", "").replace(".p12", ".pem");
                let own = pem::certificates(&fs::read(pem).unwrap()).unwrap();
                assert_eq!(key.certificate(), own[0], "{path:?}");
            }
        }
        assert_eq!(pkcs12::read(&file, "wrong").unwrap_err(), KeyError::WrongPassword, "{path:?}");
    }
}

/// Every certificate of the NIST suite whose issuer is there is signed by it, DSA with inherited parameters
/// included, but for the few that were spoilt on purpose.
#[test]
fn certificates_of_the_nist_suite_are_signed_by_their_issuers() {
    let Some(folder) = corpus::file("pkits/certs") else { return };
    let files: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|p| (p.file_stem().unwrap().to_string_lossy().into_owned(), fs::read(&p).unwrap()))
        .collect();
    let parsed: Vec<_> = files.iter().map(|(n, der)| (n, X509Certificate::from_der(der).unwrap().1)).collect();
    let named = |name: &[u8]| -> Vec<&X509Certificate<'_>> {
        parsed.iter().map(|(_, c)| c).filter(|c| c.subject().as_raw() == name).collect()
    };
    let (mut unsigned, mut schemes) = (BTreeSet::new(), BTreeSet::new());
    for (name, certificate) in &parsed {
        // signatureAlgorithm is the second member of the Certificate
        let mut members = Reader::new(certificate.as_raw(), &LIMITS).sequence("a certificate").unwrap();
        members.next("what is signed").unwrap();
        let algorithm = members.next("the algorithm").unwrap().raw;
        let signed = Signed::Message(certificate.tbs_certificate.as_ref());
        let value = &certificate.signature_value.data;
        let verified = named(certificate.issuer().as_raw()).into_iter().find_map(|issuer| {
            let uppers = named(issuer.issuer().as_raw());
            let keys = uppers.iter().map(|u| crypto::inherit_parameters(issuer.subject_pki.raw, u.subject_pki.raw));
            keys.map(|spki| crypto::verify(&spki, algorithm, None, signed, value)).find_map(Result::ok)
        });
        match verified {
            Some(facts) => drop(schemes.insert(facts.scheme)),
            None => drop(unsigned.insert(name.as_str())),
        }
    }
    // names that differ in case, space or string type are not compared here
    unsigned.retain(|n| !n.contains("NameChaining") && !n.contains("UTF8String"));
    assert_eq!(
        unsigned.into_iter().collect::<Vec<_>>(),
        ["BadSignedCACert", "InvalidDSASignatureTest6EE", "InvalidEESignatureTest3EE"]
    );
    assert!(parsed.len() > 400 && schemes.contains("dsa"));
}
