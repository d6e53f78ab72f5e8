//! What is in a token: keys that are made there, certificates that are put beside them, and all of it listed.

use super::{
    Attribute, AttributeType, Failure, LARGEST_CERTIFICATE, Mechanism, ObjectClass, ObjectHandle, Open, Place, Session,
    attribute, is_always_authenticated, module, objects,
};
use crate::cms::ber::{Reader, tag};
use crate::cms::{Oid, encode, ess, oid};
use crate::digest::DigestAlgorithm;
use crate::keys::public::{Algorithm, PublicKey};
use crate::keys::request::{self, Subject};
use crate::keys::{KeyAlgorithm, KeyError, PublicHalf, random_bytes};
use crate::limits::Limits;
use crate::pki::certificate::Certificate;
use crate::pki::crypto::{self, Signed};
use cryptoki::object::{CertificateType, KeyType};
use cryptoki::types::Ulong;
use ring::rand::SystemRandom;
use std::sync::Arc;

/// A private key or a certificate in a token.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its label (CKA_LABEL).
    pub label: String,
    /// Its identifier (CKA_ID), which key and certificate have in common.
    pub id: Vec<u8>,
    /// Which of the two it is.
    pub what: HeldKind,
}

/// What a token holds of interest here.
#[derive(Debug, Clone)]
pub enum HeldKind {
    /// A private key.
    Key {
        /// `rsa2048`, `p256`, ...; none if it is of no kind that signs here.
        algorithm: Option<String>,
        /// It can be got out of the token.
        is_extractable: bool,
    },
    /// A certificate, in DER.
    Certificate(Vec<u8>),
}

/// What a key pair is made with.
struct Recipe {
    mechanism: Mechanism<'static>,
    public: Vec<Attribute>,
}

impl Recipe {
    fn of(algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        let rsa = |bits: usize| {
            let bits = Ulong::try_from(bits).map_err(|_| KeyError::GenerationFailed)?;
            let public = vec![Attribute::ModulusBits(bits), Attribute::PublicExponent(vec![1, 0, 1])];
            Ok::<_, KeyError>(Self { mechanism: Mechanism::RsaPkcsKeyPairGen, public })
        };
        let ec = |curve: &Oid| Self {
            mechanism: Mechanism::EccKeyPairGen,
            public: vec![Attribute::EcParams(encode::oid(curve))],
        };
        Ok(match algorithm {
            KeyAlgorithm::Rsa2048 => rsa(2048)?,
            KeyAlgorithm::Rsa3072 => rsa(3072)?,
            KeyAlgorithm::Rsa4096 => rsa(4096)?,
            KeyAlgorithm::P256 => ec(&oid::P256),
            KeyAlgorithm::P384 => ec(&oid::P384),
            KeyAlgorithm::Ed25519 => return Err(super::no_ed25519()),
        })
    }
}

impl Place {
    /// Makes a key pair that cannot leave the token; gives its identifier and the request for its certificate, in DER. Of a key
    /// whose request cannot be made, nothing stays.
    pub fn generate(
        &self,
        label: &[u8],
        algorithm: KeyAlgorithm,
        subject: &Subject,
    ) -> Result<(Vec<u8>, Vec<u8>), Failure> {
        let Recipe { mechanism, public } = Recipe::of(algorithm)?;
        let module = module(&self.module)?;
        let reading = module.read();
        let session = self.session_to_write(&module)?;
        let named = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(label.to_vec())];
        if !objects(&session, &named)?.is_empty() {
            return Err(KeyError::Exists { name: String::from_utf8_lossy(label).into_owned() }.into());
        }
        let id = match &self.uri.id {
            Some(id) => id.clone(),
            None => random_bytes::<16>(&SystemRandom::new())?.to_vec(),
        };
        let names = [Attribute::Token(true), Attribute::Label(label.to_vec()), Attribute::Id(id.clone())];
        let public = [&public[..], &names, &[Attribute::Private(false), Attribute::Verify(true)]].concat();
        let kept = [Attribute::Private(true), Attribute::Sensitive(true), Attribute::Extractable(false)];
        let private = [&names[..], &kept, &[Attribute::Sign(true)]].concat();
        let (public, key) = session.generate_key_pair(&mechanism, &public, &private)?;
        let always = is_always_authenticated(&session, key).unwrap_or_default();
        let open = Open { round: *reading, module: Arc::clone(&module), session: Some(session), key, always };
        let made = match &open.session {
            Some(session) => is_kept(session, key).and_then(|()| public_key_info(session, public, algorithm)),
            None => Err(KeyError::GenerationFailed.into()),
        };
        drop(reading);
        let made = made.and_then(|public_key_info| {
            let (to_sign, scheme) = (request::to_sign(subject, &public_key_info), algorithm.scheme());
            let value = open.sign(self, scheme, Signed::Message(&to_sign))?;
            let signed = Signed::Message(&to_sign);
            crypto::verify(&public_key_info, &scheme.algorithm_identifier(), None, signed, &value)
                .map_err(|_| KeyError::GenerationFailed)?;
            Ok(request::signed(&to_sign, scheme, &value))
        });
        if made.is_err()
            && let Some(session) = &open.session
        {
            // what went wrong is told, whether or not this helps
            let _ = (session.destroy_object(key), session.destroy_object(public));
        }
        Ok((id, made?))
    }

    /// Puts a certificate beside its key, with those of its issuers; what is there already is not put again.
    pub fn put_certificate(&self, certificate: &[u8], issuers: &[Vec<u8>]) -> Result<(), Failure> {
        let public = PublicHalf::new(certificate.to_vec(), Vec::new())?;
        let named = PublicKey::of_certificate(certificate)?;
        let scheme = *public.schemes().first().ok_or(KeyError::Mismatch)?;
        let module = module(&self.module)?;
        let reading = module.read();
        let session = self.session_to_write(&module)?;
        let key = self.key(&session)?;
        let kind = algorithm(&session, key)?;
        let is_of = |kind: String| match &named.algorithm {
            Algorithm::Rsa => kind.starts_with("rsa"),
            Algorithm::P256 => kind == "p256",
            Algorithm::P384 => kind == "p384",
            Algorithm::Ed25519 | Algorithm::Other(_) => false,
        };
        if !kind.is_none_or(is_of) {
            return Err(KeyError::Mismatch.into());
        }
        let always = is_always_authenticated(&session, key)?;
        let open = Open { round: *reading, module: Arc::clone(&module), session: Some(session), key, always };
        drop(reading);
        // whose it is shows when the key signs
        let challenge = random_bytes::<32>(&SystemRandom::new())?;
        let challenge = [b"dauson: does the certificate fit this key? ".as_slice(), &challenge].concat();
        let value = open.sign(self, scheme, Signed::Message(&challenge))?;
        public.check(scheme, &challenge, &value).map_err(|_| KeyError::Mismatch)?;
        let _reading = module.read();
        let Some(session) = &open.session else { return Err(Failure::Session(KeyError::NoToken)) };
        let label = attribute(session, key, AttributeType::Label)?.unwrap_or_default();
        let id = attribute(session, key, AttributeType::Id)?.filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| KeyError::Unsupported { what: "a key without CKA_ID".to_owned() })?;
        let there = certificates(session)?;
        put(session, &there, certificate, label, id)?;
        for issuer in issuers {
            let digest = DigestAlgorithm::Sha256.hash(issuer);
            let name = Certificate::parse(issuer).map_err(|_| unreadable())?.display();
            put(session, &there, issuer, name.into_bytes(), digest.into_iter().take(20).collect())?;
        }
        Ok(())
    }

    /// The private keys and certificates in it.
    pub fn list(&self) -> Result<Vec<Held>, Failure> {
        let module = module(&self.module)?;
        let _reading = module.read();
        let session = self.session(&module)?;
        let mut all = Vec::new();
        for key in objects(&session, &[Attribute::Class(ObjectClass::PRIVATE_KEY)])? {
            let is_extractable =
                session.get_attributes(key, &[AttributeType::Extractable])?.contains(&Attribute::Extractable(true));
            let what = HeldKind::Key { algorithm: algorithm(&session, key)?, is_extractable };
            all.push(held(&session, key, what)?);
        }
        for object in objects(&session, &[Attribute::Class(ObjectClass::CERTIFICATE)])? {
            let value = attribute(&session, object, AttributeType::Value)?.unwrap_or_default();
            if value.len() <= LARGEST_CERTIFICATE {
                all.push(held(&session, object, HeldKind::Certificate(value))?);
            }
        }
        Ok(all)
    }
}

fn held(session: &Session, object: ObjectHandle, what: HeldKind) -> Result<Held, Failure> {
    let label = attribute(session, object, AttributeType::Label)?.unwrap_or_default();
    let id = attribute(session, object, AttributeType::Id)?.unwrap_or_default();
    Ok(Held { label: String::from_utf8_lossy(&label).into_owned(), id, what })
}

fn unreadable() -> KeyError {
    KeyError::Unreadable { what: "the certificate" }
}

fn certificates(session: &Session) -> Result<Vec<Vec<u8>>, Failure> {
    let mut all = Vec::new();
    for object in objects(session, &[Attribute::Class(ObjectClass::CERTIFICATE)])? {
        all.extend(attribute(session, object, AttributeType::Value)?);
    }
    Ok(all)
}

fn put(session: &Session, there: &[Vec<u8>], der: &[u8], label: Vec<u8>, id: Vec<u8>) -> Result<(), Failure> {
    if there.iter().any(|other| other == der) {
        return Ok(());
    }
    let certificate = Certificate::parse(der).map_err(|_| unreadable())?;
    let (issuer, serial) = ess::issuer_and_serial(der, &Limits::DEFAULT).map_err(|_| unreadable())?;
    session.create_object(&[
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Label(label),
        Attribute::Id(id),
        Attribute::Subject(certificate.subject().raw().to_vec()),
        Attribute::Issuer(issuer.to_vec()),
        Attribute::SerialNumber(encode::tlv(tag::INTEGER, &[serial])),
        Attribute::Value(der.to_vec()),
    ])?;
    Ok(())
}

/// Refuses a new key that the token would give away.
fn is_kept(session: &Session, key: ObjectHandle) -> Result<(), Failure> {
    let found = session.get_attributes(key, &[AttributeType::Sensitive, AttributeType::Extractable])?;
    if found.contains(&Attribute::Sensitive(true)) && found.contains(&Attribute::Extractable(false)) {
        return Ok(());
    }
    Err(KeyError::TokenFailed { why: "it does not keep the key to itself".to_owned() }.into())
}

/// The SubjectPublicKeyInfo of a public key.
fn public_key_info(session: &Session, key: ObjectHandle, algorithm: KeyAlgorithm) -> Result<Vec<u8>, Failure> {
    let failed = || Failure::Final(KeyError::GenerationFailed);
    let get = |kind| session.get_attributes(key, &[kind]).map_err(Failure::from);
    let key = match algorithm {
        KeyAlgorithm::P256 | KeyAlgorithm::P384 => {
            let size = if algorithm == KeyAlgorithm::P256 { 65 } else { 97 };
            let found = get(AttributeType::EcPoint)?;
            let Some(Attribute::EcPoint(point)) = found.first() else { return Err(failed()) };
            // the point stands in an OCTET STRING, but some libraries give it bare
            if point.len() == size {
                point.clone()
            } else {
                let mut reader = Reader::new(point, &Limits::DEFAULT);
                reader.octet_string("the point").map_err(|_| failed())?.into_owned()
            }
        }
        _ => {
            let (modulus, exponent) = (get(AttributeType::Modulus)?, get(AttributeType::PublicExponent)?);
            let (Some(Attribute::Modulus(n)), Some(Attribute::PublicExponent(e))) = (modulus.first(), exponent.first())
            else {
                return Err(failed());
            };
            encode::sequence(&[&encode::unsigned(n), &encode::unsigned(e)])
        }
    };
    Ok(algorithm.public_key_info(&key))
}

/// The kind of a private key.
fn algorithm(session: &Session, key: ObjectHandle) -> Result<Option<String>, Failure> {
    let one = |kind| Ok::<_, Failure>(session.get_attributes(key, &[kind])?.into_iter().next());
    Ok(match one(AttributeType::KeyType)? {
        Some(Attribute::KeyType(kind)) if kind == KeyType::RSA => match one(AttributeType::Modulus)? {
            Some(Attribute::Modulus(n)) => {
                let significant = n.iter().skip_while(|byte| **byte == 0).count();
                Some(format!("rsa{}", significant.saturating_mul(8)))
            }
            _ => None,
        },
        Some(Attribute::KeyType(kind)) if kind == KeyType::EC => match one(AttributeType::EcParams)? {
            Some(Attribute::EcParams(curve)) if curve == encode::oid(&oid::P256) => Some("p256".to_owned()),
            Some(Attribute::EcParams(curve)) if curve == encode::oid(&oid::P384) => Some("p384".to_owned()),
            _ => None,
        },
        _ => None,
    })
}
