//! Signatures made by openssl, verified here by every way there is.

use super::*;
use crate::cms::testing::Openssl;
use DigestAlgorithm::{Md5, Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512};

const MESSAGE: &[u8] = b"Uy ban nhan dan";

/// Good with the message and with its digest; bad with another message, another digest, each changed.
fn check(spki: &[u8], algorithm: &[u8], hint: Option<DigestAlgorithm>, signature: &[u8], want: SchemeFacts) {
    let digest = want.digest.hash(MESSAGE);
    let run = |signed, signature: &[u8]| verify(spki, algorithm, hint, signed, signature);
    assert_eq!(run(Signed::Message(MESSAGE), signature), Ok(want));
    assert_eq!(facts(spki, algorithm, hint), Ok(want));
    assert_eq!(run(Signed::Digest(&digest), signature), Ok(want));
    let mut other = digest.clone();
    other[3] ^= 1;
    assert_eq!(run(Signed::Message(b"another"), signature), Err(CryptoError::Invalid));
    assert_eq!(run(Signed::Digest(&other), signature), Err(CryptoError::Invalid));
    assert_eq!(run(Signed::Digest(&digest[1..]), signature), Err(CryptoError::Invalid));
    for at in [signature.len() / 2, signature.len() - 1] {
        let mut changed = signature.to_vec();
        changed[at] ^= 4;
        assert_eq!(run(Signed::Message(MESSAGE), &changed), Err(CryptoError::Invalid));
        assert_eq!(run(Signed::Digest(&digest), &changed), Err(CryptoError::Invalid));
    }
    for wrong in [&signature[..signature.len() - 1], &[&[0], signature].concat(), &[]] {
        assert!(run(Signed::Message(MESSAGE), wrong).is_err());
        assert!(run(Signed::Digest(&digest), wrong).is_err());
    }
}

fn plain(oid: &Oid) -> Vec<u8> {
    encode::sequence(&[&encode::oid(oid)])
}

/// The SubjectPublicKeyInfo of a new RSA key of so many bits, in file `k`. openssl's may have one bit less.
fn rsa_key(openssl: &Openssl, bits: usize) -> Vec<u8> {
    loop {
        openssl.run(&["genpkey", "-algorithm", "RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}"), "-out", "k"]);
        let spki = openssl.public_key("k");
        if facts(&spki, &plain(&oid::SHA256_WITH_RSA), None).unwrap().key_bits == bits {
            return spki;
        }
    }
}

#[test]
fn rsa_pkcs1_with_every_digest_and_key_length() {
    let openssl = Openssl::new();
    for bits in [1024, 1025, 2048, 3072] {
        let spki = rsa_key(&openssl, bits);
        for (digest, oid) in [
            (Md5, oid::MD5_WITH_RSA),
            (Sha1, oid::SHA1_WITH_RSA),
            (Sha224, oid::SHA224_WITH_RSA),
            (Sha256, oid::SHA256_WITH_RSA),
            (Sha384, oid::SHA384_WITH_RSA),
            (Sha512, oid::SHA512_WITH_RSA),
            (Sha3_224, oid::SHA3_224_WITH_RSA),
            (Sha3_256, oid::SHA3_256_WITH_RSA),
            (Sha3_384, oid::SHA3_384_WITH_RSA),
            (Sha3_512, oid::SHA3_512_WITH_RSA),
        ] {
            let signature = openssl.sign("k", digest, MESSAGE, &[]);
            let want = SchemeFacts { scheme: "rsa-pkcs1", key_bits: bits, digest };
            check(&spki, &plain(&oid), None, &signature, want);
            check(&spki, &plain(&oid::RSA_ENCRYPTION), Some(digest), &signature, want);
            assert_eq!(pkcs1_digest(&spki, &signature), Some(digest));
            assert_eq!(pkcs1_digest(&spki, &signature[1..]), None);
        }
    }
}

#[test]
fn rsa_pss_with_odd_salts_and_masks() {
    let openssl = Openssl::new();
    // 1025: the encoded message is one octet shorter than the modulus
    for bits in [2048, 1025, 1030] {
        let spki = rsa_key(&openssl, bits);
        for (digest, mask, salt) in
            [(Sha256, Sha256, 32), (Sha384, Sha384, 48), (Sha256, Sha256, 0), (Sha256, Sha1, 20), (Sha1, Sha1, 20)]
        {
            let signature = openssl.sign(
                "k",
                digest,
                MESSAGE,
                &["rsa_padding_mode:pss", &format!("rsa_pss_saltlen:{salt}"), &format!("rsa_mgf1_md:{}", mask.name())],
            );
            let identifier = |d: DigestAlgorithm| encode::digest_algorithm(d);
            let algorithm = |salt: u64| {
                encode::sequence(&[
                    &encode::oid(&oid::RSASSA_PSS),
                    &encode::sequence(&[
                        &encode::tlv(tag::context(0), &[&identifier(digest)]),
                        &encode::tlv(
                            tag::context(1),
                            &[&encode::sequence(&[&encode::oid(&oid::MGF1), &identifier(mask)])],
                        ),
                        &encode::tlv(tag::context(2), &[&encode::integer(salt)]),
                    ]),
                ])
            };
            let want = SchemeFacts { scheme: "rsa-pss", key_bits: bits, digest };
            check(&spki, &algorithm(salt), None, &signature, want);
            let wrong = verify(&spki, &algorithm(salt + 1), None, Signed::Message(MESSAGE), &signature);
            assert_eq!(wrong, Err(CryptoError::Invalid), "another salt length");
        }
    }
    // the defaults: SHA-1, MGF1 with SHA-1, 20
    let spki = openssl.public_key("k");
    let signature = openssl.sign("k", Sha1, MESSAGE, &["rsa_padding_mode:pss", "rsa_pss_saltlen:20"]);
    let algorithm = encode::sequence(&[&encode::oid(&oid::RSASSA_PSS), &encode::sequence(&[])]);
    let want = SchemeFacts { scheme: "rsa-pss", key_bits: 1030, digest: Sha1 };
    check(&spki, &algorithm, None, &signature, want);
}

#[test]
fn ecdsa_on_every_curve_with_every_digest() {
    let openssl = Openssl::new();
    for (name, scheme, key_bits) in [
        ("prime256v1", "ecdsa-p256", 256),
        ("secp384r1", "ecdsa-p384", 384),
        ("secp521r1", "ecdsa-p521", 521),
        ("brainpoolP256r1", "ecdsa-brainpoolP256r1", 256),
        ("brainpoolP384r1", "ecdsa-brainpoolP384r1", 384),
    ] {
        openssl.run(&["ecparam", "-name", name, "-genkey", "-noout", "-out", "k"]);
        let spki = openssl.public_key("k");
        let compressed = openssl.run(&["ec", "-in", "k", "-pubout", "-conv_form", "compressed", "-outform", "DER"]);
        for (digest, oid) in [
            (Sha1, oid::ECDSA_WITH_SHA1),
            (Sha224, oid::ECDSA_WITH_SHA224),
            (Sha256, oid::ECDSA_WITH_SHA256),
            (Sha384, oid::ECDSA_WITH_SHA384),
            (Sha512, oid::ECDSA_WITH_SHA512),
            (Sha3_256, oid::ECDSA_WITH_SHA3_256),
            (Sha3_512, oid::ECDSA_WITH_SHA3_512),
        ] {
            let signature = openssl.sign("k", digest, MESSAGE, &[]);
            let want = SchemeFacts { scheme, key_bits, digest };
            check(&spki, &plain(&oid), None, &signature, want);
            check(&compressed, &plain(&oid), None, &signature, want);
            check(&spki, &plain(&oid::EC_PUBLIC_KEY), Some(digest), &signature, want);
        }
    }
}

#[test]
fn ed25519_signs_messages_only() {
    let openssl = Openssl::new();
    openssl.run(&["genpkey", "-algorithm", "ed25519", "-out", "k"]);
    std::fs::write(openssl.path("m"), MESSAGE).unwrap();
    let signature = openssl.run(&["pkeyutl", "-sign", "-inkey", "k", "-rawin", "-in", "m"]);
    let spki = openssl.public_key("k");
    let algorithm = plain(&oid::ED25519);
    let want = SchemeFacts { scheme: "ed25519", key_bits: 256, digest: Sha512 };
    assert_eq!(verify(&spki, &algorithm, None, Signed::Message(MESSAGE), &signature), Ok(want));
    assert_eq!(verify(&spki, &algorithm, None, Signed::Message(b"x"), &signature), Err(CryptoError::Invalid));
    let digest = Sha512.hash(MESSAGE);
    let over_digest = verify(&spki, &algorithm, None, Signed::Digest(&digest), &signature);
    assert!(matches!(over_digest, Err(CryptoError::Unsupported { .. })));
}

#[test]
fn dsa_with_own_and_with_inherited_parameters() {
    let openssl = Openssl::new();
    for (p, q) in [("1024", "160"), ("2048", "224"), ("2048", "256")] {
        let (p, q) = (format!("dsa_paramgen_bits:{p}"), format!("dsa_paramgen_q_bits:{q}"));
        openssl.run(&["genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", &p, "-pkeyopt", &q, "-out", "p"]);
        openssl.run(&["genpkey", "-paramfile", "p", "-out", "k"]);
        let spki = openssl.public_key("k");
        let key_bits = PublicKey::read(&spki).map(|k| k.facts(&Scheme::Dsa(Sha1)).key_bits).unwrap();
        for (digest, oid) in
            [(Sha1, oid::DSA_WITH_SHA1), (Sha224, oid::DSA_WITH_SHA224), (Sha256, oid::DSA_WITH_SHA256)]
        {
            let signature = openssl.sign("k", digest, MESSAGE, &[]);
            let want = SchemeFacts { scheme: "dsa", key_bits, digest };
            check(&spki, &plain(&oid), None, &signature, want);

            let mut members = Reader::new(&spki, &Limits::DEFAULT).sequence("spki").unwrap();
            members.next("algorithm").unwrap();
            let bare = encode::sequence(&[&plain(&oid::DSA), members.next("key").unwrap().raw]);
            let missing = verify(&bare, &plain(&oid), None, Signed::Message(MESSAGE), &signature);
            assert!(matches!(missing, Err(CryptoError::Malformed { .. })));
            check(&inherit_parameters(&bare, &spki), &plain(&oid), None, &signature, want);
            assert_eq!(*inherit_parameters(&spki, &bare), *spki);
        }
    }
}

#[test]
fn algorithms_of_another_kind_and_unknown_ones_are_told_apart() {
    let openssl = Openssl::new();
    openssl.run(&["genpkey", "-algorithm", "RSA", "-out", "k"]);
    let spki = openssl.public_key("k");
    let signature = openssl.sign("k", Sha256, MESSAGE, &[]);
    let run = |algorithm: &Oid, hint| verify(&spki, &plain(algorithm), hint, Signed::Message(MESSAGE), &signature);
    assert_eq!(run(&oid::ECDSA_WITH_SHA256, None), Err(CryptoError::WrongKind));
    assert_eq!(run(&oid::ED25519, None), Err(CryptoError::WrongKind));
    assert!(matches!(run(&oid::RSA_ENCRYPTION, None), Err(CryptoError::Unsupported { .. })));
    assert!(matches!(run(&oid::DATA, Some(Sha256)), Err(CryptoError::Unsupported { .. })));
    assert!(matches!(run(&oid::RSASSA_PSS, None), Err(CryptoError::Malformed { .. })));
}

#[test]
fn keys_made_to_cost_much_are_refused_at_once() {
    let key = |modulus: usize, exponent: usize| {
        let key =
            encode::sequence(&[&encode::unsigned(&vec![0xFF; modulus]), &encode::unsigned(&vec![0xFF; exponent])]);
        let identifier = encode::sequence(&[&encode::oid(&oid::RSA_ENCRYPTION), &encode::NULL]);
        encode::sequence(&[&identifier, &encode::tlv(tag::BIT_STRING, &[&[0], &key])])
    };
    let run = |spki: &[u8], signature: &[u8]| {
        verify(spki, &plain(&oid::SHA256_WITH_RSA), None, Signed::Message(MESSAGE), signature)
    };
    let limited = run(&key(2049, 3), &[1; 2049]);
    assert_eq!(limited, Err(CryptoError::KeyTooLarge { bits: 16_392, limit: 16_384 }));
    let limited = run(&key(256, 9), &[1; 256]);
    assert_eq!(limited, Err(CryptoError::KeyTooLarge { bits: 72, limit: 64 }));
    assert_eq!(run(&key(2048, 8), &[1; 2048]), Err(CryptoError::Invalid));
    assert!(run(&key(0, 0), &[]).is_err());
}

/// A key, an algorithm and a signature of each kind.
static SAMPLES: std::sync::LazyLock<Vec<[Vec<u8>; 3]>> = std::sync::LazyLock::new(|| {
    let openssl = Openssl::new();
    let mut samples = Vec::new();
    let mut sample = |algorithm: Vec<u8>, options: &[&str]| {
        samples.push([openssl.public_key("k"), algorithm, openssl.sign("k", Sha1, MESSAGE, options)]);
    };
    openssl.run(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", "k"]);
    sample(plain(&oid::SHA1_WITH_RSA), &[]);
    let pss = encode::sequence(&[&encode::oid(&oid::RSASSA_PSS), &encode::sequence(&[])]);
    sample(pss, &["rsa_padding_mode:pss", "rsa_pss_saltlen:20"]);
    for curve in ["prime256v1", "secp521r1", "brainpoolP256r1"] {
        openssl.run(&["ecparam", "-name", curve, "-genkey", "-noout", "-out", "k"]);
        sample(plain(&oid::ECDSA_WITH_SHA1), &[]);
    }
    openssl.run(&["genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024", "-out", "p"]);
    openssl.run(&["genpkey", "-paramfile", "p", "-out", "k"]);
    sample(plain(&oid::DSA_WITH_SHA1), &[]);
    samples
});

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 600, ..Default::default() })]

    #[test]
    fn mutated_keys_and_signatures_never_panic_and_never_verify(
        which in 0..SAMPLES.len(),
        part in 0..3_usize,
        at in proptest::prelude::any::<proptest::sample::Index>(),
        value in proptest::prelude::any::<u8>()
    ) {
        let mut sample = SAMPLES[which].clone();
        let digest = Sha1.hash(MESSAGE);
        let at = at.index(sample[part].len());
        let changed = sample[part][at] != value;
        sample[part][at] = value;
        let [spki, algorithm, signature] = &sample;
        let _ = pkcs1_digest(spki, signature);
        let _ = inherit_parameters(spki, algorithm);
        for signed in [Signed::Message(MESSAGE), Signed::Digest(&digest)] {
            let verified = verify(spki, algorithm, None, signed, signature).is_ok();
            // the algorithm's change can be one that says the same (its length in another form)
            proptest::prop_assert!(!verified || !changed || part == 1 || part == 0, "{sample:?}");
        }
    }
}
