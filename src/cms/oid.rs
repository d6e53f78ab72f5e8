//! Object identifiers, and the names of those that matter here.
//!
//! Kept as their encoded arcs: any that hostile or merely unusual input contains can be held, compared and
//! shown, also arcs of 128 bits as in `2.25.{UUID}`, which `der`'s own type can't hold.

use super::CmsError;
use super::ber::{Reader, tag};
use std::borrow::Cow;
use std::fmt;

/// An object identifier: the contents octets of its encoding.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid(Cow<'static, [u8]>);

impl Oid {
    /// One known when this was written, by its contents octets.
    pub const fn known(contents: &'static [u8]) -> Self {
        Self(Cow::Borrowed(contents))
    }

    /// From its contents octets, which are not checked: one that is malformed equals none that is known.
    pub fn from_contents(contents: &[u8]) -> Self {
        Self(Cow::Owned(contents.to_vec()))
    }

    /// Reads one.
    pub fn read(reader: &mut Reader<'_>, what: &'static str) -> Result<Self, CmsError> {
        let value = reader.expect(tag::OID, what)?;
        if value.contents.is_empty() || value.contents.len() > 256 {
            return Err(CmsError::Malformed { what });
        }
        Ok(Self::from_contents(value.contents))
    }

    /// The contents octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Dotted, as in `1.2.840.113549.1.7.2`; an arc above 128 bits is shown as `?`.
impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = Some(0_u128);
        let mut first = true;
        for octet in self.0.iter() {
            arc = arc.and_then(|a| a.checked_mul(128)).map(|a| a | u128::from(octet & 0x7F));
            if octet & 0x80 != 0 {
                continue;
            }
            match arc {
                Some(a) if first => {
                    let root = (a / 40).min(2);
                    write!(f, "{root}.{}", a - root * 40)?;
                }
                Some(a) => write!(f, ".{a}")?,
                None => write!(f, ".?")?,
            }
            first = false;
            arc = Some(0);
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! known {
    ($($(#[$doc:meta])* $name:ident = $dotted:literal, $($octet:literal)*;)*) => {
        $($(#[$doc])* #[doc = concat!(" `", $dotted, "`")] pub const $name: Oid = Oid::known(&[$($octet),*]);)*

        #[cfg(test)]
        const KNOWN: &[(&str, Oid)] = &[$(($dotted, $name)),*];
    };
}

known! {
    /// id-data (RFC 5652 section 4).
    DATA = "1.2.840.113549.1.7.1", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x07 0x01;
    /// id-signedData (RFC 5652 section 5).
    SIGNED_DATA = "1.2.840.113549.1.7.2", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x07 0x02;
    /// id-contentType (RFC 5652 section 11.1).
    CONTENT_TYPE = "1.2.840.113549.1.9.3", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x03;
    /// id-messageDigest (RFC 5652 section 11.2).
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x04;
    /// id-signingTime (RFC 5652 section 11.3).
    SIGNING_TIME = "1.2.840.113549.1.9.5", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x05;
    /// id-aa-signingCertificate (RFC 2634 section 5.4).
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x02 0x0C;
    /// id-aa-signingCertificateV2 (RFC 5035 section 3).
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x02 0x2F;
    /// id-aa-ets-sigPolicyId (ETSI EN 319 122-1, 5.2.9).
    SIGNATURE_POLICY = "1.2.840.113549.1.9.16.2.15", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x02 0x0F;
    /// id-aa-ets-commitmentType (ETSI EN 319 122-1, 5.2.3).
    COMMITMENT_TYPE = "1.2.840.113549.1.9.16.2.16", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x02 0x10;
    /// id-aa-ets-signerAttrV2 (ETSI EN 319 122-1, 5.2.6.1).
    SIGNER_ATTRIBUTES_V2 = "0.4.0.19122.1.1", 0x04 0x00 0x81 0x95 0x32 0x01 0x01;
    /// id-spq-ets-uri (ETSI EN 319 122-1, 5.2.9.1).
    POLICY_URI = "1.2.840.113549.1.9.16.5.1", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x05 0x01;
    /// id-cti-ets-proofOfOrigin (RFC 5126 section 5.11.1).
    PROOF_OF_ORIGIN = "1.2.840.113549.1.9.16.6.1", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x06 0x01;
    /// id-cti-ets-proofOfReceipt.
    PROOF_OF_RECEIPT = "1.2.840.113549.1.9.16.6.2", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x06 0x02;
    /// id-cti-ets-proofOfDelivery.
    PROOF_OF_DELIVERY = "1.2.840.113549.1.9.16.6.3", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x06 0x03;
    /// id-cti-ets-proofOfSender.
    PROOF_OF_SENDER = "1.2.840.113549.1.9.16.6.4", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x06 0x04;
    /// id-cti-ets-proofOfApproval.
    PROOF_OF_APPROVAL = "1.2.840.113549.1.9.16.6.5", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x06 0x05;
    /// id-cti-ets-proofOfCreation.
    PROOF_OF_CREATION = "1.2.840.113549.1.9.16.6.6", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x06 0x06;
    /// id-at-title (X.520): a position or function.
    TITLE = "2.5.4.12", 0x55 0x04 0x0C;
    /// id-aa-signatureTimeStampToken (RFC 3161 appendix A).
    SIGNATURE_TIME_STAMP = "1.2.840.113549.1.9.16.2.14", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x02 0x0E;
    /// id-ct-TSTInfo (RFC 3161 section 2.4.2).
    TST_INFO = "1.2.840.113549.1.9.16.1.4", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x01 0x04;
    /// id-ri-ocsp-response (RFC 5940 section 2.1): an OCSP response among a SignedData's revocation data.
    RI_OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2", 0x2B 0x06 0x01 0x05 0x05 0x07 0x10 0x02;
    /// id-pkix-ocsp-basic (RFC 6960 section 4.2.1).
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1", 0x2B 0x06 0x01 0x05 0x05 0x07 0x30 0x01 0x01;
    /// id-pkix-ocsp-archive-cutoff (RFC 6960 section 4.4.4).
    OCSP_ARCHIVE_CUTOFF = "1.3.6.1.5.5.7.48.1.6", 0x2B 0x06 0x01 0x05 0x05 0x07 0x30 0x01 0x06;
    /// id-pkix-ocsp-nonce (RFC 9654 section 2.1).
    OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2", 0x2B 0x06 0x01 0x05 0x05 0x07 0x30 0x01 0x02;
    /// id-aa-ets-contentTimestamp (ETSI EN 319 122-1 clause 5.2.8).
    CONTENT_TIME_STAMP = "1.2.840.113549.1.9.16.2.20", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x09 0x10 0x02 0x14;
    /// adbe-revocationInfoArchival (ISO 32000-2, 12.8.3.3.2).
    ADBE_REVOCATION_INFO_ARCHIVAL = "1.2.840.113583.1.1.8", 0x2A 0x86 0x48 0x86 0xF7 0x2F 0x01 0x01 0x08;
    /// id-dauson-logProof: the audit log's proof for this very signature.
    DAUSON_LOG_PROOF = "2.25.215352992128100304521953582387647812664",
        0x69 0x82 0xC4 0x83 0xBD 0x91 0x9F 0xEE 0x8A 0xED 0xAF 0x93 0xC7 0xF5 0xFD 0x80 0xA2 0xD4 0xA8 0x38;
    /// The policy of the built-in time-stamping authority: for demos and closed networks, vouched for by nobody else.
    DAUSON_TSA_POLICY = "2.25.7757494459262255613969520403291918396",
        0x69 0x8B 0xD6 0x85 0x80 0xB3 0xF4 0x8A 0x95 0xA5 0x8D 0xB0 0x94 0xCC 0xC5 0xD4 0xA5 0xA0 0x3C;
    /// rsaEncryption (RFC 8017 appendix A).
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x01 0x01;
    /// md5WithRSAEncryption.
    MD5_WITH_RSA = "1.2.840.113549.1.1.4", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x01 0x04;
    /// sha1WithRSAEncryption.
    SHA1_WITH_RSA = "1.2.840.113549.1.1.5", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x01 0x05;
    /// id-mgf1 (RFC 8017 appendix B.2.1).
    MGF1 = "1.2.840.113549.1.1.8", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x01 0x08;
    /// id-RSASSA-PSS (RFC 8017 appendix A.2.3).
    RSASSA_PSS = "1.2.840.113549.1.1.10", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x01 0x0A;
    /// sha256WithRSAEncryption.
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x01 0x0B;
    /// sha384WithRSAEncryption.
    SHA384_WITH_RSA = "1.2.840.113549.1.1.12", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x01 0x0C;
    /// sha512WithRSAEncryption.
    SHA512_WITH_RSA = "1.2.840.113549.1.1.13", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x01 0x0D;
    /// sha224WithRSAEncryption.
    SHA224_WITH_RSA = "1.2.840.113549.1.1.14", 0x2A 0x86 0x48 0x86 0xF7 0x0D 0x01 0x01 0x0E;
    /// sha1WithRSASignature (OIW): an old name of sha1WithRSAEncryption.
    OIW_SHA1_WITH_RSA = "1.3.14.3.2.29", 0x2B 0x0E 0x03 0x02 0x1D;
    /// id-rsassa-pkcs1-v1-5-with-sha3-224 (NIST).
    SHA3_224_WITH_RSA = "2.16.840.1.101.3.4.3.13", 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x03 0x0D;
    /// id-rsassa-pkcs1-v1-5-with-sha3-256 (NIST).
    SHA3_256_WITH_RSA = "2.16.840.1.101.3.4.3.14", 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x03 0x0E;
    /// id-rsassa-pkcs1-v1-5-with-sha3-384 (NIST).
    SHA3_384_WITH_RSA = "2.16.840.1.101.3.4.3.15", 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x03 0x0F;
    /// id-rsassa-pkcs1-v1-5-with-sha3-512 (NIST).
    SHA3_512_WITH_RSA = "2.16.840.1.101.3.4.3.16", 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x03 0x10;
    /// id-ecdsa-with-sha3-224 (NIST).
    ECDSA_WITH_SHA3_224 = "2.16.840.1.101.3.4.3.9", 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x03 0x09;
    /// id-ecdsa-with-sha3-256 (NIST).
    ECDSA_WITH_SHA3_256 = "2.16.840.1.101.3.4.3.10", 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x03 0x0A;
    /// id-ecdsa-with-sha3-384 (NIST).
    ECDSA_WITH_SHA3_384 = "2.16.840.1.101.3.4.3.11", 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x03 0x0B;
    /// id-ecdsa-with-sha3-512 (NIST).
    ECDSA_WITH_SHA3_512 = "2.16.840.1.101.3.4.3.12", 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x03 0x0C;
    /// id-ecPublicKey (RFC 5480 section 2.1.1).
    EC_PUBLIC_KEY = "1.2.840.10045.2.1", 0x2A 0x86 0x48 0xCE 0x3D 0x02 0x01;
    /// ecdsa-with-SHA1 (RFC 5758 section 3.2).
    ECDSA_WITH_SHA1 = "1.2.840.10045.4.1", 0x2A 0x86 0x48 0xCE 0x3D 0x04 0x01;
    /// ecdsa-with-SHA224.
    ECDSA_WITH_SHA224 = "1.2.840.10045.4.3.1", 0x2A 0x86 0x48 0xCE 0x3D 0x04 0x03 0x01;
    /// ecdsa-with-SHA256.
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2", 0x2A 0x86 0x48 0xCE 0x3D 0x04 0x03 0x02;
    /// ecdsa-with-SHA384.
    ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3", 0x2A 0x86 0x48 0xCE 0x3D 0x04 0x03 0x03;
    /// ecdsa-with-SHA512.
    ECDSA_WITH_SHA512 = "1.2.840.10045.4.3.4", 0x2A 0x86 0x48 0xCE 0x3D 0x04 0x03 0x04;
    /// secp256r1, P-256 (RFC 5480 section 2.1.1.1).
    P256 = "1.2.840.10045.3.1.7", 0x2A 0x86 0x48 0xCE 0x3D 0x03 0x01 0x07;
    /// secp384r1, P-384.
    P384 = "1.3.132.0.34", 0x2B 0x81 0x04 0x00 0x22;
    /// secp521r1, P-521.
    P521 = "1.3.132.0.35", 0x2B 0x81 0x04 0x00 0x23;
    /// brainpoolP256r1 (RFC 5639).
    BRAINPOOL_P256R1 = "1.3.36.3.3.2.8.1.1.7", 0x2B 0x24 0x03 0x03 0x02 0x08 0x01 0x01 0x07;
    /// brainpoolP384r1.
    BRAINPOOL_P384R1 = "1.3.36.3.3.2.8.1.1.11", 0x2B 0x24 0x03 0x03 0x02 0x08 0x01 0x01 0x0B;
    /// brainpoolP512r1.
    BRAINPOOL_P512R1 = "1.3.36.3.3.2.8.1.1.13", 0x2B 0x24 0x03 0x03 0x02 0x08 0x01 0x01 0x0D;
    /// id-Ed25519 (RFC 8410).
    ED25519 = "1.3.101.112", 0x2B 0x65 0x70;
    /// id-Ed448 (RFC 8410).
    ED448 = "1.3.101.113", 0x2B 0x65 0x71;
    /// id-dsa (RFC 3279 section 2.3.2).
    DSA = "1.2.840.10040.4.1", 0x2A 0x86 0x48 0xCE 0x38 0x04 0x01;
    /// id-dsa-with-sha1 (RFC 3279 section 2.2.2).
    DSA_WITH_SHA1 = "1.2.840.10040.4.3", 0x2A 0x86 0x48 0xCE 0x38 0x04 0x03;
    /// id-dsa-with-sha224 (RFC 5758 section 3.1).
    DSA_WITH_SHA224 = "2.16.840.1.101.3.4.3.1", 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x03 0x01;
    /// id-dsa-with-sha256.
    DSA_WITH_SHA256 = "2.16.840.1.101.3.4.3.2", 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x03 0x02;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_octets_of_each_known_one_are_those_of_its_dotted_form() {
        for (dotted, oid) in KNOWN {
            assert_eq!(oid.to_string(), *dotted);
        }
        for digest in crate::digest::DigestAlgorithm::ALL {
            assert_eq!(Oid::from_contents(digest.oid().as_bytes()).to_string(), digest.oid().to_string());
        }
    }

    #[test]
    fn odd_ones_are_shown_all_the_same() {
        assert_eq!(Oid::known(&[0x80]).to_string(), "");
        assert_eq!(Oid::known(&[0x88, 0x37]).to_string(), "2.999");
        assert_eq!(Oid::from_contents(&[&[0x2A][..], &[0xFF; 30], &[0x7F]].concat()).to_string(), "1.2.?");
    }
}
