//! A single bit that is flipped anywhere in a signed file never leaves it valid, but for the places that a rule names:
//!
//! - the letter case of a hexadecimal digit of `/Contents`: the same bytes (ISO 32000-2 7.3.4.3);
//! - inside an unsigned attribute of the CMS (RFC 5652 section 5.3), which the signature does not cover: the time-stamp or
//!   log proof there is then no longer reported as one that proves something;
//! - a certificate of a CMS that the file has twice: certificates are carried along unsigned, more or fewer than are needed
//!   (RFC 5652 section 5.1), and the other one leads to the anchor.
//!
//! Zeros behind the CMS have to stay zeros. `make test` flips every 97th bit of three files of different structure; with
//! `DAUSON_EVERY_BIT=1` all of them, and the counts are printed.

use crate::attacks::lab::*;
use dauson::authority::tsa::Tsa;
use dauson::cms::logproof::LogProof;
use dauson::cms::tsp::{TimeStampReq, TimeStampResp};
use dauson::cms::{Attribute, SignedData, SignedDataBuilder, oid};
use dauson::digest::{DigestAlgorithm, sha256};
use dauson::keys::SigningKey;
use dauson::limits::Limits;
use dauson::tlog::{Checkpoint, Proof, Signer, VerifierKey, leaf_hash};
use dauson::validation::report::{SignatureReport, Verdict};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;
use time::macros::datetime;

/// Bits from one that is flipped to the next in an ordinary run: a prime, so that all bits of bytes come by.
const STRIDE: usize = 97;

static LOG: LazyLock<Signer> = LazyLock::new(|| Signer::from_seed("log.example/office", &[7; 32]).unwrap());

fn log_keys() -> &'static [VerifierKey] {
    static KEYS: LazyLock<Vec<VerifierKey>> = LazyLock::new(|| vec![LOG.verifier_key().clone()]);
    &KEYS
}

/// A log of one entry proves that this signature was logged.
fn log_proof(signature: &[u8]) -> Attribute {
    let entry = format!("{{\"signature\":\"{}\"}}", hex::encode(sha256(signature))).into_bytes();
    let checkpoint =
        Checkpoint { origin: "log.example/office".into(), size: 1, root: leaf_hash(&entry), extensions: Vec::new() };
    let checkpoint = checkpoint.sign(&[&*LOG]).unwrap();
    LogProof { entry, proof: Proof { index: 0, extra: None, hashes: Vec::new(), checkpoint }.text() }.attribute()
}

fn time_stamp(signature: &[u8]) -> Attribute {
    let key = key_of(&authority().tsa);
    let policy = dauson::cms::Oid::from_contents(&[0x2A, 3, 4]);
    let tsa = Tsa { key: &key, policy, accuracy: time::Duration::SECOND };
    let request = TimeStampReq::new(DigestAlgorithm::Sha256, &sha256(signature), None, 7).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let request = tsa.accept(&request.encode()).unwrap();
    let response = runtime.block_on(tsa.grant(request, 1, datetime!(2026-11-24 08:29 UTC))).unwrap();
    let token = TimeStampResp::parse(&response, &Limits::DEFAULT).unwrap().token.unwrap();
    Attribute::new(oid::SIGNATURE_TIME_STAMP, token)
}

/// Signs in a room that is hardly larger than the signature. `chain` are the issuers' certificates that go along.
fn sign_tightly(bytes: &[u8], chain: &[Vec<u8>], unsigned: fn(&[u8]) -> Vec<Attribute>) -> Vec<u8> {
    let made = |digest: &[u8]| {
        let key = leader();
        let identifier = key.schemes()[0].algorithm_identifier();
        let builder = SignedDataBuilder::new(DigestAlgorithm::Sha256, identifier, key.certificate(), chain).unwrap();
        let attributes = builder.signed_attributes(digest, None);
        let value = value(key, &attributes);
        builder.build(&attributes, &value, &unsigned(&value))
    };
    sign_into(made(&[0; 32]).len() + 12, bytes, &options(), made)
}

/// A file of one page and little more.
fn small(how: Xref) -> Vec<u8> {
    let texts = [
        (1, "<</Type/Catalog/Pages 2 0 R>>".to_owned()),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned()),
        (3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<<>>>>".to_owned()),
        (4, stream("", "0 0 50 50 re f")),
    ];
    file(&texts.into_iter().collect(), how)
}

/// `/Contents` of all signatures, without delimiters.
fn contents(file: &[u8]) -> Vec<Range<usize>> {
    let starts = (0..file.len()).filter(|at| file[*at..].starts_with(b"/Contents<"));
    starts.map(|at| at + 10..at + 10 + file[at + 10..].iter().position(|b| *b == b'>').unwrap()).collect()
}

fn parse(digits: &[u8]) -> Option<(SignedData, Vec<u8>)> {
    let bytes = hex::decode(digits).ok()?;
    let (cms, length) = SignedData::parse(&bytes, &Limits::DEFAULT).ok()?;
    Some((cms, bytes[length..].to_vec()))
}

/// The rule that lets a flipped bit pass, or why none does.
fn rule(
    file: &[u8],
    changed: &[u8],
    at: usize,
    reports: (&[SignatureReport], &[SignatureReport]),
) -> Result<&'static str, String> {
    let place = contents(file).into_iter().find(|c| c.contains(&at)).ok_or("it lies in what is signed")?;
    if file[at].is_ascii_hexdigit() && file[at].eq_ignore_ascii_case(&changed[at]) {
        return Ok("letter case of a hexadecimal digit");
    }
    let ((was, rest), (is, rest_now)) =
        parse(&file[place.clone()]).zip(parse(&changed[place])).ok_or("it is no CMS")?;
    let (mut one, mut other) = (was, is);
    let carried = one.certificates != other.certificates;
    if carried && contents(file).len() > 1 {
        // or they are taken for revocation lists, which they are not
        one.certificates.clone_from(&other.certificates);
        one.crls.clone_from(&other.crls);
        return if one == other && rest == rest_now {
            Ok("certificate that the file has twice")
        } else {
            Err("more than a certificate differs".to_owned())
        };
    }
    let unsigned = one.signers[0].unsigned_attributes != other.signers[0].unsigned_attributes;
    one.signers[0].unsigned_attributes = other.signers[0].unsigned_attributes.clone();
    other.signers[0].unsigned_attributes = one.signers[0].unsigned_attributes.clone();
    if one != other || rest != rest_now {
        return Err("something else than an unsigned attribute differs".to_owned());
    }
    if !unsigned {
        return Err("the encoding differs, and nothing that it says".to_owned());
    }
    // what is there and proves nothing is not told as proven
    let proves = |r: &SignatureReport| (r.log.status == "proven", r.best_signature_time.is_some());
    let lost = reports.0.iter().zip(reports.1).any(|(was, is)| {
        let ((log, time), (log_now, time_now)) = (proves(was), proves(is));
        log && !log_now || time && !time_now
    });
    if lost {
        Ok("unsigned attribute: its proof is invalid or absent")
    } else {
        Err("an unsigned attribute proves as before".to_owned())
    }
}

#[test]
fn a_flipped_bit_passes_in_named_places_only() {
    let everything = std::env::var_os("DAUSON_EVERY_BIT").is_some();
    let proofs: fn(&[u8]) -> Vec<Attribute> = |value| vec![log_proof(value), time_stamp(value)];
    let files = [
        ("classic table, log proof and time-stamp", sign_tightly(&small(Xref::Table), &[], proofs)),
        (
            "cross-reference stream, object streams",
            sign_tightly(&small(Xref::Packed), leader().chain(), |_| Vec::new()),
        ),
        ("two signatures", {
            let first = sign_tightly(&small(Xref::Table), leader().chain(), |value| vec![log_proof(value)]);
            sign_tightly(&first, leader().chain(), |_| Vec::new())
        }),
    ];
    for (name, file) in files {
        let (verdict, honest) = judge_with(file.clone(), log_keys()).unwrap();
        assert_eq!(verdict, Verdict::Passed, "{name}: {honest:#?}");
        let stride = if everything { 1 } else { STRIDE };
        let flip = |first: usize| {
            let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
            let mut wrong = Vec::new();
            for bit in (first * stride..file.len() * 8).step_by(2 * stride) {
                let mut changed = file.clone();
                let at = bit / 8;
                changed[at] ^= 1 << (bit % 8);
                let key = match judge_with(changed.clone(), log_keys()) {
                    Err(_) => "not readable",
                    Ok((Verdict::Failed, _)) => "failed",
                    Ok((Verdict::Indeterminate, _)) => "indeterminate",
                    Ok((Verdict::NoSignature, _)) => "no signature",
                    Ok((Verdict::Passed, reports)) => match rule(&file, &changed, at, (&honest, &reports)) {
                        Ok(rule) => rule,
                        Err(why) => {
                            let around =
                                String::from_utf8_lossy(&changed[at.saturating_sub(30)..changed.len().min(at + 10)]);
                            wrong.push(format!(
                                "byte {at} bit {}: {why}: {} signatures, {around:?}",
                                bit % 8,
                                reports.len()
                            ));
                            "wrong"
                        }
                    },
                };
                *counts.entry(key).or_default() += 1;
            }
            (counts, wrong)
        };
        let (mut counts, mut wrong) = std::thread::scope(|scope| {
            let other = scope.spawn(|| flip(1));
            let (mut counts, mut wrong) = flip(0);
            let (more, also) = other.join().unwrap();
            for (key, count) in more {
                *counts.entry(key).or_default() += count;
            }
            wrong.extend(also);
            (counts, wrong)
        });
        if everything {
            eprintln!("{name}: {} bytes, {} bits: {counts:#?}", file.len(), file.len() * 8);
        }
        counts.remove("wrong");
        let count = wrong.len();
        wrong.truncate(60);
        assert!(wrong.is_empty(), "{name}: {count} bits pass that should not: {wrong:#?}");
    }
}
