//! CMS tricks: the signature value is right, and what lies around it is not what it seems.

use super::lab::*;
use dauson::cms::ber::tag;
use dauson::cms::{Attribute, Oid, encode, ess, oid};
use dauson::digest::DigestAlgorithm;
use dauson::indication::Indication;
use dauson::keys::{LocalKey, SigningKey};
use dauson::validation::report::{Modification, Verdict};

/// What a SignedData consists of; the default is an honest one.
struct Parts {
    listed: Vec<DigestAlgorithm>,
    digest: DigestAlgorithm,
    content_type: Oid,
    content: Option<Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    /// Attributes that are signed, and how many times the signer stands there.
    attributes: Vec<Attribute>,
    signers: usize,
    unsigned: Vec<Attribute>,
    /// The signed attributes are left out, or shown in another order than they were signed in.
    without_attributes: bool,
}

impl Parts {
    fn honest(digest: &[u8]) -> Self {
        let certificate = leader().certificate();
        Self {
            listed: vec![DigestAlgorithm::Sha256],
            digest: DigestAlgorithm::Sha256,
            content_type: oid::DATA,
            content: None,
            certificates: std::iter::once(certificate.to_vec()).chain(leader().chain().to_vec()).collect(),
            attributes: vec![
                Attribute::new(oid::CONTENT_TYPE, encode::oid(&oid::DATA)),
                Attribute::new(oid::MESSAGE_DIGEST, encode::octet_string(digest)),
                ess::signing_certificate_v2(certificate, DigestAlgorithm::Sha256),
            ],
            signers: 1,
            unsigned: Vec::new(),
            without_attributes: false,
        }
    }

    fn build(&self, key: &LocalKey) -> Vec<u8> {
        let attributes = encode::set_of(tag::SET, self.attributes.iter().map(Attribute::encode).collect());
        let value = value(key, &attributes);
        self.around(&attributes, &value)
    }

    fn around(&self, attributes: &[u8], value: &[u8]) -> Vec<u8> {
        let (issuer, serial) =
            ess::issuer_and_serial(leader().certificate(), &dauson::limits::Limits::DEFAULT).unwrap();
        let shown = if self.without_attributes { Vec::new() } else { [&[0xA0], &attributes[1..]].concat() };
        let unsigned = if self.unsigned.is_empty() {
            Vec::new()
        } else {
            encode::set_of(tag::context(1), self.unsigned.iter().map(Attribute::encode).collect())
        };
        let signer = encode::sequence(&[
            &encode::integer(1),
            &encode::sequence(&[issuer, &encode::tlv(tag::INTEGER, &[serial])]),
            &encode::digest_algorithm(self.digest),
            &shown,
            &leader().schemes()[0].algorithm_identifier(),
            &encode::octet_string(value),
            &unsigned,
        ]);
        let listed: Vec<Vec<u8>> = self.listed.iter().map(|d| encode::digest_algorithm(*d)).collect();
        let content = self.content.as_ref().map(|c| encode::tlv(tag::context(0), &[&encode::octet_string(c)]));
        let signed_data = encode::sequence(&[
            &encode::integer(1),
            &encode::set_of(tag::SET, listed),
            &encode::sequence(&[&encode::oid(&self.content_type), &content.unwrap_or_default()]),
            &encode::set_of(tag::context(0), self.certificates.clone()),
            &encode::tlv(tag::SET, &[&signer.repeat(self.signers)]),
        ]);
        encode::sequence(&[&encode::oid(&oid::SIGNED_DATA), &encode::tlv(tag::context(0), &[&signed_data])])
    }
}

fn with(change: impl Fn(&mut Parts, &[u8])) -> Vec<u8> {
    sign_with(&file(&objects(), Xref::Table), &options(), |digest| {
        let mut parts = Parts::honest(digest);
        change(&mut parts, digest);
        parts.build(leader())
    })
}

type Trick = (&'static str, fn(&mut Parts, &[u8]));

#[test]
fn an_honest_container_passes_and_its_variants_do_not() {
    assert_passes(with(|_, _| ()), Modification::None, "the honest one");
    assert_passes(with(|p, _| p.listed.push(DigestAlgorithm::Sha512)), Modification::None, "one more digest algorithm");
    let tricks: [Trick; 15] = [
        ("another digest algorithm is listed", |p, _| p.listed = vec![DigestAlgorithm::Sha512]),
        ("no digest algorithm is listed", |p, _| p.listed.clear()),
        ("the signer names another digest algorithm", |p, _| p.digest = DigestAlgorithm::Sha512),
        ("two signers", |p, _| p.signers = 2),
        ("no signer", |p, _| p.signers = 0),
        ("content is embedded", |p, _| p.content = Some(b"signed content".to_vec())),
        ("empty content is embedded", |p, _| p.content = Some(Vec::new())),
        ("another type of content", |p, _| p.content_type = oid::TST_INFO),
        ("without a digest", |p, _| drop(p.attributes.remove(1))),
        ("without a content type", |p, _| drop(p.attributes.remove(0))),
        ("two digests", |p, digest| {
            p.attributes.push(Attribute::new(oid::MESSAGE_DIGEST, encode::octet_string(&[7; 32])));
            p.attributes.push(Attribute::new(oid::MESSAGE_DIGEST, encode::octet_string(digest)));
        }),
        ("two values of a digest", |p, _| p.attributes[1].values.push(encode::octet_string(&[7; 32]))),
        ("another digest", |p, _| {
            p.attributes[1] = Attribute::new(oid::MESSAGE_DIGEST, encode::octet_string(&[7; 32]));
        }),
        ("without the certificate's name", |p, _| drop(p.attributes.pop())),
        ("without attributes", |p, _| p.without_attributes = true),
    ];
    for (what, trick) in tricks {
        let (verdict, signatures) = judge(with(trick)).unwrap();
        assert_ne!(verdict, Verdict::Passed, "{what}: {signatures:#?}");
        assert!(!signatures[0].errors.is_empty(), "{what}");
    }
    // the digest where nobody signed it
    let unsigned = with(|p, digest| {
        drop(p.attributes.remove(1));
        p.unsigned.push(Attribute::new(oid::MESSAGE_DIGEST, encode::octet_string(digest)));
    });
    assert_never_passes(unsigned, "the digest is not signed");
}

#[test]
fn unsigned_attributes_prove_nothing() {
    for (what, attribute) in [
        ("a time-stamp that is none", Attribute::new(oid::SIGNATURE_TIME_STAMP, encode::octet_string(b"token"))),
        ("a log proof that is none", Attribute::new(oid::DAUSON_LOG_PROOF, encode::octet_string(b"proof"))),
        (
            "a signing time",
            Attribute::new(oid::SIGNING_TIME, encode::time(time::macros::datetime!(2001-01-01 0:00 UTC))),
        ),
        (
            "another certificate's name",
            ess::signing_certificate_v2(&authority().seal.certificate, DigestAlgorithm::Sha256),
        ),
    ] {
        let file = with(|p, _| p.unsigned.push(attribute.clone()));
        let (verdict, signatures) = judge(file).unwrap();
        assert_eq!(verdict, Verdict::Passed, "{what}: {signatures:#?}");
        let one = &signatures[0];
        assert!(one.best_signature_time.is_none() && one.level == Some("B-B"), "{what}: {one:#?}");
        assert_ne!(one.log.status, "proven", "{what}");
        assert!(one.timestamps.iter().all(|t| t.indication != Indication::Passed), "{what}");
    }
}

/// The name and serial number of the leader's certificate, and another key: signed anew over another document.
#[test]
fn a_certificate_of_the_same_name_is_another_certificate() {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let real = dauson::pki::certificate::Certificate::parse(leader().certificate()).unwrap();
    let mut parameters = rcgen::CertificateParams::default();
    parameters.serial_number = Some(rcgen::SerialNumber::from_slice(real.serial()));
    parameters.not_before = time::macros::datetime!(2026-01-01 0:00 UTC);
    parameters.not_after = time::macros::datetime!(2036-01-01 0:00 UTC);
    let plain = parameters.self_signed(&pair).unwrap().der().to_vec();
    // the names of the real certificate in the place of its own: whoever signs it does not matter
    let limits = dauson::limits::Limits::DEFAULT;
    let (issuer, _) = ess::issuer_and_serial(leader().certificate(), &limits).unwrap();
    let (own, _) = ess::issuer_and_serial(&plain, &limits).unwrap();
    let twin = replace(&plain, own, issuer);
    let (found, serial) = ess::issuer_and_serial(&twin, &limits).unwrap();
    assert_eq!((found, serial), ess::issuer_and_serial(leader().certificate(), &limits).unwrap());
    let forger = LocalKey::from_pkcs8(&pair.serialize_der(), plain, Vec::new()).unwrap();
    let name = |certificate: &[u8]| ess::signing_certificate_v2(certificate, DigestAlgorithm::Sha256);
    for (what, certificates, named) in [
        ("beside the real one", vec![twin.clone(), leader().certificate().to_vec()], twin.clone()),
        ("alone", vec![twin.clone()], twin.clone()),
        ("naming the real one", vec![twin.clone(), leader().certificate().to_vec()], leader().certificate().to_vec()),
        ("behind the real one", vec![leader().certificate().to_vec(), twin.clone()], leader().certificate().to_vec()),
    ] {
        let forged = sign_with(&file(&objects(), Xref::Table), &options(), |digest| {
            let mut parts = Parts::honest(digest);
            parts.certificates = certificates.iter().cloned().chain(leader().chain().to_vec()).collect();
            parts.attributes[2] = name(&named);
            parts.build(&forger)
        });
        assert_never_passes(forged, what);
    }
}

/// Replaces a part of a DER value of two levels, certificate and its body, and the lengths around it.
fn replace(certificate: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    use dauson::cms::ber::Reader;
    let limits = dauson::limits::Limits::DEFAULT;
    let mut members = Reader::new(certificate, &limits).sequence("certificate").unwrap();
    let body = members.next("body").unwrap();
    let mut parts = Vec::new();
    let mut fields = body.children().unwrap();
    let mut first = true;
    while !fields.is_empty() {
        let field = fields.next("field").unwrap();
        let is_issuer = first && field.raw == from;
        first &= !is_issuer;
        parts.push(if is_issuer { to.to_vec() } else { field.raw.to_vec() });
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    encode::sequence(&[&encode::sequence(&parts), members.rest()])
}

/// The value is over the attributes in DER: the same attributes in another order are another message.
#[test]
fn attributes_are_verified_in_der() {
    let disordered = sign_with(&file(&objects(), Xref::Table), &options(), |digest| {
        let parts = Parts::honest(digest);
        let mut encoded: Vec<Vec<u8>> = parts.attributes.iter().map(Attribute::encode).collect();
        encoded.sort();
        encoded.reverse();
        let refs: Vec<&[u8]> = encoded.iter().map(Vec::as_slice).collect();
        let attributes = encode::tlv(tag::SET, &refs);
        let value = value(leader(), &attributes);
        parts.around(&attributes, &value)
    });
    assert_never_passes(disordered, "signed in another order");
    // bytes behind the container
    let trailing = sign_with(&file(&objects(), Xref::Table), &options(), |digest| {
        [Parts::honest(digest).build(leader()), vec![1]].concat()
    });
    assert_caught(trailing, "other bytes than zeros follow", "trailing bytes");
}
