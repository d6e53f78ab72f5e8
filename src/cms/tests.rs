//! Against openssl: what is made here it accepts, what it makes is read here. And hostile input.

use super::ber::{Reader, tag};
use super::logproof::LogProof;
use super::testing::Openssl;
use super::tsp::{self, TimeStampToken};
use super::*;
use crate::digest::DigestAlgorithm::{self, Sha1, Sha256, Sha384, Sha512};
use crate::limits::Limits;
use proptest::prelude::*;
use std::sync::LazyLock;
use time::macros::datetime;

const LIMITS: Limits = Limits::DEFAULT;
const CONTENT: &[u8] = b"%PDF-1.7 what is signed";
const RSA: &[&str] = &["-algorithm", "RSA"];
const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

fn parse(bytes: &[u8]) -> SignedData {
    let (signed_data, consumed) = SignedData::parse(bytes, &LIMITS).unwrap();
    assert_eq!(consumed, bytes.len());
    signed_data
}

fn rsa_algorithm() -> Vec<u8> {
    encode::sequence(&[&encode::oid(&oid::SHA256_WITH_RSA), &encode::NULL])
}

/// openssl's verdict, signing-certificate attribute included.
fn openssl_accepts(openssl: &Openssl, cms: &[u8]) -> bool {
    std::fs::write(openssl.path("s.der"), cms).unwrap();
    std::fs::write(openssl.path("content"), CONTENT).unwrap();
    let options = ["-CAfile", "a.pem", "-purpose", "any", "-binary", "-out", "out"];
    let base = ["cms", "-verify", "-cades", "-inform", "DER", "-in", "s.der", "-content", "content"];
    openssl.try_run(&[&base[..], &options].concat()).0
}

fn proof() -> LogProof {
    LogProof { entry: br#"{"v":1}"#.to_vec(), proof: "c2sp.org/tlog-proof@v1\nindex 7\n".to_owned() }
}

#[test]
fn what_is_built_openssl_accepts_and_has_the_foretold_length() {
    let openssl = Openssl::new();
    for (kind, algorithm) in
        [(RSA, rsa_algorithm()), (P256, encode::sequence(&[&encode::oid(&oid::ECDSA_WITH_SHA256)]))]
    {
        let certificate = openssl.certificate("a", kind);
        let chain = [openssl.certificate("b", P256)];
        for (time, chain) in [(None, &chain[..0]), (Some(datetime!(2026-11-24 08:30 +7)), &chain[..])] {
            let builder = SignedDataBuilder::new(Sha256, algorithm.clone(), &certificate, chain).unwrap();
            let attributes = builder.signed_attributes(&Sha256.hash(CONTENT), time);
            let signature = openssl.sign("a.key", Sha256, &attributes, &[]);
            let plain = builder.build(&attributes, &signature, &[]);
            assert!(openssl_accepts(&openssl, &plain));
            assert_eq!(plain.len(), builder.encoded_len(time.is_some(), signature.len(), &[]));

            let unsigned = [proof().attribute(), Attribute::new(oid::SIGNATURE_TIME_STAMP, encode::sequence(&[]))];
            let lengths = [
                Attribute::encoded_len(&oid::DAUSON_LOG_PROOF, LogProof::value_len(7, proof().proof.len())),
                Attribute::encoded_len(&oid::SIGNATURE_TIME_STAMP, 2),
            ];
            let full = builder.build(&attributes, &signature, &unsigned);
            assert!(openssl_accepts(&openssl, &full));
            assert_eq!(full.len(), builder.encoded_len(time.is_some(), signature.len(), &lengths));
            // the same attributes added afterwards, at once or one after the other
            assert_eq!(amend::add_unsigned_attributes(&plain, &unsigned, &LIMITS).unwrap(), full);
            let one = amend::add_unsigned_attributes(&plain, &unsigned[1..], &LIMITS).unwrap();
            assert_eq!(amend::add_unsigned_attributes(&one, &unsigned[..1], &LIMITS).unwrap(), full);

            let parsed = parse(&full);
            let signer = parsed.signer().unwrap();
            assert_eq!(signer.signed_message(), Some(&attributes[..]));
            assert!(signer.signed_attributes_der);
            assert_eq!(signer.names(&certificate, &LIMITS), Some(true));
            assert_eq!(parsed.signed_digest().unwrap(), Some(Sha256.hash(CONTENT)));
            assert_eq!(parsed.certificates.len(), 1 + chain.len());
            let attributes = signer.signed_attributes.as_ref().unwrap();
            assert_eq!(attributes.signing_time().unwrap(), time);
            let ids = attributes.signing_certificates(&LIMITS).unwrap();
            assert_eq!((ids.len(), ids[0].version, ids[0].names(&certificate, &LIMITS)), (1, 2, Some(true)));
            assert_eq!(ids[0].names(&certificate[1..], &LIMITS), Some(false));
            assert_eq!(signer.unsigned_attributes.log_proof(&LIMITS).unwrap(), Some(proof()));
            assert_eq!(signer.unsigned_attributes.time_stamps().count(), 1);

            let mut changed = signature.clone();
            *changed.last_mut().unwrap() ^= 1;
            let attributes = builder.signed_attributes(&Sha256.hash(CONTENT), time);
            assert!(!openssl_accepts(&openssl, &builder.build(&attributes, &changed, &[])));
        }
    }
}

#[test]
fn other_digests_are_named_in_the_signing_certificate_attribute() {
    let openssl = Openssl::new();
    let certificate = openssl.certificate("a", RSA);
    for (digest, oid) in [(Sha384, oid::SHA384_WITH_RSA), (Sha512, oid::SHA512_WITH_RSA)] {
        let algorithm = encode::sequence(&[&encode::oid(&oid), &encode::NULL]);
        let builder = SignedDataBuilder::new(digest, algorithm, &certificate, &[]).unwrap();
        let attributes = builder.signed_attributes(&digest.hash(CONTENT), None);
        let signature = openssl.sign("a.key", digest, &attributes, &[]);
        let cms = builder.build(&attributes, &signature, &[]);
        assert!(openssl_accepts(&openssl, &cms));
        let parsed = parse(&cms);
        let signed = parsed.signer().unwrap().signed_attributes.as_ref().unwrap();
        let ids = signed.signing_certificates(&LIMITS).unwrap();
        assert_eq!((ids[0].ids[0].digest, ids[0].names(&certificate, &LIMITS)), (Some(digest), Some(true)));
    }
}

/// Signatures by openssl: detached and not, DER and BER, with and without attributes, by key identifier.
fn by_openssl(openssl: &Openssl, options: &[&str]) -> Vec<u8> {
    std::fs::write(openssl.path("content"), CONTENT).unwrap();
    let base = ["cms", "-sign", "-binary", "-in", "content", "-signer", "a.pem", "-inkey", "a.key", "-outform", "DER"];
    openssl.run(&[&base[..], options].concat())
}

#[test]
fn what_openssl_makes_is_read() {
    let openssl = Openssl::new();
    let certificate = openssl.certificate("a", RSA);
    for options in [&[][..], &["-cades"], &["-md", "sha512", "-cades"], &["-md", "sha1"]] {
        let parsed = parse(&by_openssl(&openssl, options));
        let signer = parsed.signer().unwrap();
        let digest = signer.digest().unwrap();
        assert_eq!(parsed.content, None);
        assert_eq!(parsed.signed_digest().unwrap(), Some(digest.hash(CONTENT)));
        assert_eq!(parsed.certificates, std::slice::from_ref(&certificate));
        let attributes = signer.signed_attributes.as_ref().unwrap();
        assert!(attributes.signing_time().unwrap().is_some());
        let ids = attributes.signing_certificates(&LIMITS).unwrap();
        assert!(ids.iter().all(|i| i.names(&certificate, &LIMITS) == Some(true)));
        assert_eq!(ids.len(), usize::from(options.contains(&"-cades")));
    }
    // indefinite lengths, the content in pieces
    let ber = by_openssl(&openssl, &["-stream", "-nodetach"]);
    assert_eq!(ber[1], 0x80);
    let parsed = parse(&ber);
    assert_eq!(parsed.content.as_deref(), Some(CONTENT));
    let attribute = [proof().attribute()];
    let amended = amend::add_unsigned_attributes(&ber, &attribute, &LIMITS).unwrap();
    assert_eq!(parse(&amended).signer().unwrap().signature, parsed.signer().unwrap().signature);
    std::fs::write(openssl.path("s.der"), &amended).unwrap();
    openssl.run(&["cms", "-verify", "-inform", "DER", "-in", "s.der", "-CAfile", "a.pem", "-purpose", "any"]);

    let parsed = parse(&by_openssl(&openssl, &["-noattr"]));
    assert_eq!(parsed.signed_digest(), Ok(None));
    assert_eq!(parsed.signer().unwrap().signed_message(), None);
    let parsed = parse(&by_openssl(&openssl, &["-keyid"]));
    assert!(
        matches!(parsed.signer().unwrap().identifier, SignerIdentifier::SubjectKeyIdentifier(ref i) if i.len() == 20)
    );
    let parsed = parse(&by_openssl(&openssl, &["-nocerts"]));
    assert!(parsed.certificates.is_empty());
    openssl.certificate("b", P256);
    let two = by_openssl(&openssl, &["-signer", "b.pem", "-inkey", "b.key"]);
    assert_eq!(parse(&two).signer().unwrap_err(), CmsError::SignerCount { found: 2 });
    assert_eq!(amend::add_unsigned_attributes(&two, &attribute, &LIMITS), Err(CmsError::SignerCount { found: 2 }));
}

#[test]
fn bytes_behind_the_end_are_counted_not_swallowed() {
    let padded = [&SAMPLE[..], &[0; 100]].concat();
    assert_eq!(SignedData::parse(&padded, &LIMITS).unwrap().1, SAMPLE.len());
    let bare = encode::octet_string(b"a PKCS#1 signature");
    let padded = [&bare[..], &[0; 5]].concat();
    assert_eq!(bare_signature(&padded, &LIMITS), Ok((b"a PKCS#1 signature".to_vec(), bare.len())));
    let limits = Limits { cms_bytes: SAMPLE.len() - 1, ..LIMITS };
    assert!(matches!(SignedData::parse(&SAMPLE, &limits), Err(CmsError::TooLong { .. })));
}

/// A SignedData with these signed attributes and nobody's signature.
fn with_attributes(content_type: &Oid, attributes: &[Attribute]) -> SignedData {
    let set = encode::set_of(tag::SET, attributes.iter().map(Attribute::encode).collect());
    let builder = SignedDataBuilder::new(Sha256, rsa_algorithm(), &CERTIFICATE, &[]).unwrap();
    parse(&builder.with_content(content_type.clone(), b"content").build(&set, b"value", &[]))
}

#[test]
fn signed_attributes_that_contradict_the_standard_are_told_apart() {
    let content_type = |oid: &Oid| Attribute::new(oid::CONTENT_TYPE, encode::oid(oid));
    let digest = |len| Attribute::new(oid::MESSAGE_DIGEST, encode::octet_string(&vec![1; len]));
    let result = |attributes: Vec<Attribute>| with_attributes(&oid::DATA, &attributes).signed_digest();
    let data = || content_type(&oid::DATA);
    assert_eq!(result(vec![data(), digest(32)]), Ok(Some(vec![1; 32])));
    assert_eq!(result(vec![data()]), Err(CmsError::MissingAttribute { attribute: "message-digest" }));
    assert_eq!(result(vec![digest(32)]), Err(CmsError::MissingAttribute { attribute: "content-type" }));
    assert_eq!(
        result(vec![data(), digest(4)]),
        Err(CmsError::DigestLength { algorithm: "sha256", wanted: 32, found: 4 })
    );
    assert_eq!(
        result(vec![data(), digest(32), digest(32)]),
        Err(CmsError::DuplicateAttribute { attribute: "message-digest", found: 2 })
    );
    assert_eq!(
        result(vec![data(), Attribute { oid: oid::MESSAGE_DIGEST, values: vec![] }]),
        Err(CmsError::AttributeValues { attribute: "message-digest", found: 0 })
    );
    let mut two = digest(32);
    two.values.push(encode::octet_string(&[2; 32]));
    assert_eq!(result(vec![data(), two]), Err(CmsError::AttributeValues { attribute: "message-digest", found: 2 }));
    assert_eq!(
        result(vec![content_type(&oid::TST_INFO), digest(32)]),
        Err(CmsError::ContentTypeMismatch { signed: oid::TST_INFO, content: oid::DATA })
    );
}

#[test]
fn signed_attributes_are_verified_as_they_stand() {
    let reversed: Vec<u8> = {
        let builder = SignedDataBuilder::new(Sha256, rsa_algorithm(), &CERTIFICATE, &[]).unwrap();
        let sorted = builder.signed_attributes(&[1; 32], None);
        let mut members = Reader::new(&sorted, &LIMITS).expect(tag::SET, "attributes").unwrap().children().unwrap();
        let mut all = Vec::new();
        while !members.is_empty() {
            all.push(members.next("an attribute").unwrap().raw);
        }
        all.reverse();
        encode::tlv(tag::SET, &all)
    };
    let builder = SignedDataBuilder::new(Sha256, rsa_algorithm(), &CERTIFICATE, &[]).unwrap();
    let parsed = parse(&builder.build(&reversed, b"value", &[]));
    let signer = parsed.signer().unwrap();
    assert_eq!(signer.signed_message(), Some(&reversed[..]));
    assert!(!signer.signed_attributes_der);
}

#[test]
fn a_certificate_named_by_sha1_and_by_issuer_and_serial() {
    let (issuer, serial) = ess::issuer_and_serial(&CERTIFICATE, &LIMITS).unwrap();
    let name = encode::tlv(tag::context(4), &[issuer]);
    let issuer_serial =
        |serial: &[u8]| encode::sequence(&[&encode::sequence(&[&name]), &encode::tlv(tag::INTEGER, &[serial])]);
    let attributes = |digest: DigestAlgorithm, oid: &Oid, serial: &[u8]| {
        let id = encode::sequence(&[&encode::octet_string(&digest.hash(&CERTIFICATE)), &issuer_serial(serial)]);
        let value = encode::sequence(&[&encode::sequence(&[&id])]);
        let signed = with_attributes(&oid::DATA, &[Attribute::new(oid.clone(), value)]);
        signed.signer().unwrap().signed_attributes.clone().unwrap().signing_certificates(&LIMITS).unwrap()
    };
    let v1 = attributes(Sha1, &oid::SIGNING_CERTIFICATE, serial);
    assert_eq!((v1[0].version, v1[0].names(&CERTIFICATE, &LIMITS)), (1, Some(true)));
    let v1 = attributes(Sha1, &oid::SIGNING_CERTIFICATE, &[1]);
    assert_eq!(v1[0].names(&CERTIFICATE, &LIMITS), Some(false));
    let v2 = attributes(Sha256, &oid::SIGNING_CERTIFICATE_V2, serial);
    assert_eq!((v2[0].version, v2[0].names(&CERTIFICATE, &LIMITS)), (2, Some(true)));
}

#[test]
fn time_stamps_of_openssl() {
    let openssl = Openssl::new();
    openssl.certificate("a", RSA);
    std::fs::write(
        openssl.path("tsa.cnf"),
        "[req]\ndistinguished_name=dn\n[dn]\n[ext]\nextendedKeyUsage=critical,timeStamping\n[tsa]\ndefault_tsa=t\n[t]\n\
         serial=serial\nsigner_digest=sha256\ndigests=sha256,sha512\ndefault_policy=1.2.3.4\naccuracy=secs:1,millisecs:500,microsecs:7\n\
         clock_precision_digits=3\nordering=yes\ntsa_name=yes\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n",
    )
    .unwrap();
    std::fs::write(openssl.path("serial"), "01\n").unwrap();
    openssl.run(&[
        "req",
        "-x509",
        "-new",
        "-key",
        "a.key",
        "-subj",
        "/CN=tsa",
        "-days",
        "30",
        "-config",
        "tsa.cnf",
        "-extensions",
        "ext",
        "-out",
        "tsa.pem",
    ]);
    let imprint = Sha256.hash(CONTENT);
    let request = tsp::TimeStampReq::new(Sha256, &imprint, None, 0xFFEE_DDCC_BBAA_9988).unwrap();
    std::fs::write(openssl.path("q"), request.encode()).unwrap();
    let text = String::from_utf8(openssl.run(&["ts", "-query", "-in", "q", "-text"])).unwrap();
    assert!(text.contains("Nonce: 0xFFEEDDCCBBAA9988") && text.contains("Certificate required: yes"), "{text}");
    let token = openssl.run(&[
        "ts",
        "-reply",
        "-config",
        "tsa.cnf",
        "-queryfile",
        "q",
        "-inkey",
        "a.key",
        "-signer",
        "tsa.pem",
        "-token_out",
    ]);
    let (token, consumed) =
        TimeStampToken::parse(&[&token[..], &[0, 0]].concat(), &LIMITS).map(|(t, n)| (t, n == token.len())).unwrap();
    assert!(consumed);
    assert_eq!(token.info.stamps(|d| d.hash(CONTENT)), Some(true));
    assert_eq!(token.info.stamps(|d| d.hash(b"other")), Some(false));
    assert_eq!(token.info.nonce, request.nonce);
    assert_eq!(token.info.policy.to_string(), "1.2.3.4");
    assert_eq!(token.info.accuracy, Some(time::Duration::new(1, 500_007_000)));
    assert!(token.info.ordering && token.info.tsa.is_some());
    assert!((token.info.gen_time - time::OffsetDateTime::now_utc()).abs() < time::Duration::MINUTE);
    assert_eq!(token.signed_data.signed_digest().unwrap().map(|d| d.len()), Some(32));
    let signed = token.signed_data.signer().unwrap().signed_attributes.as_ref().unwrap();
    let ids = signed.signing_certificates(&LIMITS).unwrap();
    assert_eq!(ids[0].names(&token.signed_data.certificates[0], &LIMITS), Some(true));
}

/// A certificate, and a signature by its key with all that a signature can carry.
static FIXTURE: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let openssl = Openssl::new();
    let certificate = openssl.certificate("a", P256);
    let cms = by_openssl(&openssl, &["-cades"]);
    let archival = encode::sequence(&[&encode::tlv(tag::context(0), &[&encode::sequence(&[&encode::sequence(&[])])])]);
    let unsigned = [
        proof().attribute(),
        Attribute::new(oid::SIGNATURE_TIME_STAMP, cms.clone()),
        Attribute::new(oid::ADBE_REVOCATION_INFO_ARCHIVAL, archival),
    ];
    let cms = amend::add_unsigned_attributes(&cms, &unsigned, &LIMITS).unwrap();
    (certificate, cms)
});
static CERTIFICATE: LazyLock<Vec<u8>> = LazyLock::new(|| FIXTURE.0.clone());
static SAMPLE: LazyLock<Vec<u8>> = LazyLock::new(|| FIXTURE.1.clone());

/// Everything that can be asked of a CMS, of whatever bytes.
fn exercise(bytes: &[u8]) {
    let _ = bare_signature(bytes, &LIMITS);
    let _ = ess::issuer_and_serial(bytes, &LIMITS);
    let _ = LogProof::parse(bytes, &LIMITS);
    let _ = tsp::TstInfo::parse(bytes, &LIMITS);
    let _ = amend::add_unsigned_attributes(bytes, &[proof().attribute()], &LIMITS);
    if let Ok(value) = Reader::new(bytes, &LIMITS).next("anything") {
        let _ = (value.to_definite(), value.time("a time"), value.octets("octets"));
    }
    let Ok((signed_data, consumed)) = SignedData::parse(bytes, &LIMITS) else { return };
    assert!(consumed <= bytes.len());
    let _ = signed_data.signed_digest();
    for signer in &signed_data.signers {
        let all = [signer.signed_attributes.clone().unwrap_or_default(), signer.unsigned_attributes.clone()];
        for attributes in all {
            for certificate in attributes.signing_certificates(&LIMITS).unwrap_or_default() {
                let _ = certificate.names(bytes, &LIMITS);
            }
            for token in attributes.time_stamps() {
                let _ = TimeStampToken::parse(token, &LIMITS);
            }
            let _ = (attributes.signing_time(), attributes.log_proof(&LIMITS));
            let _ = attributes.revocation_info_archival(&LIMITS);
            assert!(attributes.as_slice().iter().all(|a| !a.encode().is_empty() && !a.oid.to_string().contains('\n')));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn mutated_signatures_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>(), cuts in any::<bool>()) {
        let mut bytes = SAMPLE.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        exercise(&bytes);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        exercise(&bytes);
    }

    /// Made of plausible tags and lengths, so that it gets deep.
    #[test]
    fn plausible_structures_never_panic(parts in prop::collection::vec((prop::sample::select(&[0x30_u8, 0x31, 0xA0, 0xA1, 0x04, 0x24, 0x06, 0x02, 0x17, 0x18, 0x80, 0][..]), prop::sample::select(&[0_u8, 1, 2, 5, 20, 0x80, 0x81, 0x84][..])), 0..200)) {
        let bytes: Vec<u8> = parts.into_iter().flat_map(|(tag, len)| [tag, len]).collect();
        exercise(&bytes);
    }

    #[test]
    fn integers_come_back(value in any::<u64>()) {
        let bytes = encode::integer(value);
        prop_assert_eq!(Reader::new(&bytes, &LIMITS).next("n").unwrap().small_integer("n"), Ok(value));
    }
}

#[test]
fn structures_made_to_cost_much_are_refused() {
    let many = vec![vec![0x30, 0]; 2_000_000];
    let builder = SignedDataBuilder::new(Sha256, rsa_algorithm(), &CERTIFICATE, &many).unwrap();
    let cms = builder.build(&[tag::SET, 0], b"value", &[]);
    assert!(matches!(SignedData::parse(&cms, &LIMITS), Err(CmsError::TooMany { limit: 10_000, .. })));
    let values = [5, 0].repeat(9_000);
    let attribute = encode::sequence(&[&encode::oid(&oid::DATA), &encode::tlv(tag::SET, &[&values])]);
    let set = encode::tlv(tag::SET, &[&attribute, &attribute]);
    let builder = SignedDataBuilder::new(Sha256, rsa_algorithm(), &CERTIFICATE, &[]).unwrap();
    let cms = builder.build(&set, b"value", &[]);
    assert!(matches!(SignedData::parse(&cms, &LIMITS), Err(CmsError::TooMany { limit: 10_000, .. })));
}
