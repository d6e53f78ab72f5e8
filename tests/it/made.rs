//! PKIs with the dates that a test asks for, and PDFs of any level, signed and time-stamped at any time.
#![allow(dead_code, missing_docs)]

use dauson::authority::ocsp::Responder;
use dauson::authority::tsa::Tsa;
use dauson::cms::ocsp::{CertId, CertStatus, OcspRequest};
use dauson::cms::tsp::{TimeStampReq, TimeStampResp};
use dauson::cms::{Attribute, SignedDataBuilder, oid};
use dauson::digest::DigestAlgorithm;
use dauson::keys::{KeyAlgorithm, LocalKey, SigningKey, generate};
use dauson::limits::Limits;
use dauson::pki::certificate::Certificate;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams,
    SerialNumber,
};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use time::{Duration, OffsetDateTime};

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

static SERIAL: AtomicU64 = AtomicU64::new(1);

/// Who has a key and a certificate.
pub struct Holder {
    pub key: LocalKey,
}

/// What a certificate is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Ca,
    Signing,
    TimeStamping,
    Ocsp,
}

/// A certificate that is to be made.
pub struct Wanted<'a> {
    pub name: &'a str,
    pub usage: Use,
    pub algorithm: KeyAlgorithm,
    pub from: OffsetDateTime,
    pub until: OffsetDateTime,
    /// Changes what is left.
    pub more: &'a dyn Fn(&mut CertificateParams),
}

impl Wanted<'_> {
    pub fn new(name: &str, usage: Use, from: OffsetDateTime, until: OffsetDateTime) -> Wanted<'_> {
        Wanted { name, usage, algorithm: KeyAlgorithm::P256, from, until, more: &|_| {} }
    }

    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "VN");
        params.distinguished_name.push(DnType::CommonName, self.name);
        (params.not_before, params.not_after) = (self.from, self.until);
        params.serial_number = Some(SerialNumber::from(SERIAL.fetch_add(1, Ordering::Relaxed)));
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
        match self.usage {
            Use::Ca => {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            }
            Use::Signing => {}
            Use::TimeStamping => {
                let mut usage = CustomExtension::from_oid_content(
                    &[2, 5, 29, 37],
                    vec![0x30, 0x0A, 0x06, 0x08, 0x2B, 6, 1, 5, 5, 7, 3, 8],
                );
                usage.set_criticality(true);
                params.custom_extensions.push(usage);
            }
            Use::Ocsp => params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning],
        }
        (self.more)(&mut params);
        params
    }
}

impl Holder {
    /// With a certificate signed by its own key.
    pub fn root(wanted: &Wanted<'_>) -> Self {
        let pkcs8 = generate(wanted.algorithm).unwrap();
        let certificate = wanted.params().self_signed(&KeyPair::try_from(pkcs8.as_slice()).unwrap()).unwrap();
        Self { key: LocalKey::from_pkcs8(&pkcs8, certificate.der().to_vec(), Vec::new()).unwrap() }
    }

    /// Issues a certificate for a new key.
    pub fn issue(&self, wanted: &Wanted<'_>) -> Self {
        self.certify(&generate(wanted.algorithm).unwrap(), wanted)
    }

    /// Issues a certificate for a key.
    pub fn certify(&self, pkcs8: &[u8], wanted: &Wanted<'_>) -> Self {
        let certificate =
            wanted.params().signed_by(&KeyPair::try_from(pkcs8).unwrap(), &self.issuer()).unwrap().der().to_vec();
        let chain = [&[self.key.certificate().to_vec()], self.key.chain()].concat();
        Self { key: LocalKey::from_pkcs8(pkcs8, certificate, chain).unwrap() }
    }

    fn issuer(&self) -> Issuer<'static, KeyPair> {
        Issuer::from_ca_cert_der(&self.key.certificate().into(), KeyPair::try_from(self.key.pkcs8()).unwrap()).unwrap()
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::parse(self.key.certificate()).unwrap()
    }

    /// A revocation list of that day, good for so long.
    pub fn crl(&self, at: OffsetDateTime, valid: Duration, revoked: &[Revoked<'_>]) -> Vec<u8> {
        let revoked = revoked.iter().map(|r| RevokedCertParams {
            serial_number: SerialNumber::from_slice(r.who.certificate().serial()),
            revocation_time: r.time,
            reason_code: Some(r.reason),
            invalidity_date: r.invalid_since,
        });
        let params = CertificateRevocationListParams {
            this_update: at,
            next_update: at + valid,
            crl_number: SerialNumber::from(SERIAL.fetch_add(1, Ordering::Relaxed)),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer()).unwrap().der().to_vec()
    }

    /// What the responder of a CA says about one of its certificates.
    pub fn ocsp(&self, ca: &Self, who: &Self, at: OffsetDateTime, status: CertStatus) -> Vec<u8> {
        let (issuer, certificate) = (ca.certificate(), who.certificate());
        let id = CertId::new(
            DigestAlgorithm::Sha1,
            issuer.subject().raw(),
            issuer.subject_public_key_info(),
            certificate.serial(),
        );
        let extensions = dauson::cms::ocsp::Extensions::default();
        let request = OcspRequest { version: 0, cert_ids: vec![id.unwrap()], extensions };
        let responder = Responder { key: &self.key, issuer: &issuer };
        wait(responder.answer(request, at, |_| status)).unwrap()
    }

    /// A time-stamp of this digest.
    pub fn time_stamp(&self, digest: DigestAlgorithm, imprint: &[u8], at: OffsetDateTime) -> Vec<u8> {
        let tsa = Tsa { key: &self.key, policy: oid::DAUSON_TSA_POLICY, accuracy: Duration::SECOND };
        let request = TimeStampReq::new(digest, imprint, None, 7).unwrap().encode();
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let response = wait(tsa.grant(tsa.accept(&request).unwrap(), serial, at)).unwrap();
        TimeStampResp::parse(&response, &Limits::DEFAULT).unwrap().token.unwrap()
    }
}

/// A certificate on a revocation list.
pub struct Revoked<'a> {
    pub who: &'a Holder,
    pub time: OffsetDateTime,
    pub reason: RevocationReason,
    pub invalid_since: Option<OffsetDateTime>,
}

impl<'a> Revoked<'a> {
    pub fn new(who: &'a Holder, time: OffsetDateTime) -> Self {
        Self { who, time, reason: RevocationReason::Superseded, invalid_since: None }
    }
}

fn references(numbers: &[usize]) -> String {
    numbers.iter().map(|n| n.to_string() + " 0 R ").collect()
}

/// Hexadecimal digits of `/Contents`.
const ROOM: usize = 40_000;

/// A one-page PDF that grows by revisions.
#[derive(Clone)]
pub struct Pdf {
    pub bytes: Vec<u8>,
    last_xref: Option<usize>,
    next: usize,
    fields: Vec<usize>,
    dss: Option<usize>,
    store: [Vec<usize>; 3],
    /// As the tools in use in Vietnam sign: adbe.pkcs7.detached, with the signer's certificate alone.
    vietnamese: bool,
}

impl Pdf {
    pub fn vietnamese() -> Self {
        Self { vietnamese: true, ..Self::new() }
    }

    pub fn new() -> Self {
        let content = "<</Length 20>>\nstream\n0 0 50 50 re f        \nendstream";
        let mut pdf = Self {
            bytes: b"%PDF-1.7\n".to_vec(),
            last_xref: None,
            next: 10,
            fields: Vec::new(),
            dss: None,
            store: Default::default(),
            vietnamese: false,
        };
        let objects = vec![(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned()), (4, content.to_owned())];
        pdf.append(objects);
        pdf
    }

    /// A revision with these objects, the catalog and the page.
    fn append(&mut self, mut objects: Vec<(usize, String)>) {
        let list = references(&self.fields);
        let dss = self.dss.map(|d| format!("/DSS {d} 0 R")).unwrap_or_default();
        let catalog = format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields[{list}]>>{dss}>>");
        objects.push((1, catalog));
        let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<<>>";
        objects.push((3, format!("{page}/Annots[{list}]>>")));
        let mut table = String::from("xref\n");
        for (number, object) in &objects {
            let _ = write!(table, "{number} 1\n{:010} 00000 n \n", self.bytes.len());
            self.bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
        }
        let start = self.bytes.len();
        let previous = self.last_xref.map(|p| format!("/Prev {p}")).unwrap_or_default();
        let trailer = format!("{table}trailer\n<</Size 900/Root 1 0 R {previous}>>\nstartxref\n{start}\n%%EOF\n");
        self.bytes.extend(trailer.bytes());
        self.last_xref = Some(start);
    }

    /// A revision with a signature field whose `/Contents` is what `fill` makes of the bytes that it covers.
    fn field(&mut self, dictionary: &str, fill: impl FnOnce(&[u8]) -> Vec<u8>) {
        let (field, value) = (self.next, self.next + 1);
        self.next += 2;
        self.fields.push(field);
        let name = self.fields.len();
        let widget = format!(
            "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature{name})/V {value} 0 R/Rect[0 0 0 0]/P 3 0 R/F 132>>"
        );
        let contents = "0".repeat(ROOM);
        let blank = format!("{:60}", "");
        let dictionary = format!("<<{dictionary}/ByteRange[{blank}]/Contents<{contents}>>>");
        let before = self.bytes.len();
        self.append(vec![(field, widget), (value, dictionary)]);
        let find = |what: &[u8]| {
            before + self.bytes[before..].windows(what.len()).position(|w| w == what).unwrap() + what.len()
        };
        let range = find(b"/ByteRange[");
        let start = find(b"/Contents<") - 1;
        let (end, len) = (start + ROOM + 2, self.bytes.len());
        let numbers = format!("{:60}", format!("0 {start} {end} {}", len - end));
        self.bytes.splice(range..range + 60, numbers.bytes());
        let covered = [&self.bytes[..start], &self.bytes[end..]].concat();
        let hex = hex::encode(fill(&covered));
        assert!(hex.len() <= ROOM, "{} digits", hex.len());
        self.bytes.splice(start + 1..start + 1 + hex.len(), hex.bytes());
    }

    /// Signs, with a time-stamp if there is a TSA, whose time is the second one.
    pub fn sign(mut self, signer: &Holder, at: OffsetDateTime, stamp: Option<(&Holder, OffsetDateTime)>) -> Self {
        let m = time::macros::format_description!("[year][month][day][hour][minute][second]");
        let sub_filter = if self.vietnamese { "adbe.pkcs7.detached" } else { "ETSI.CAdES.detached" };
        let dictionary =
            format!("/Type/Sig/Filter/Adobe.PPKLite/SubFilter/{sub_filter}/M(D:{}Z)", at.format(m).unwrap());
        let chain = if self.vietnamese { &[] } else { signer.key.chain() };
        self.field(&dictionary, |covered| {
            let key = &signer.key;
            let scheme = key.schemes()[0];
            let digest = scheme.digest();
            let builder =
                SignedDataBuilder::new(digest, scheme.algorithm_identifier(), key.certificate(), chain).unwrap();
            let attributes = builder.signed_attributes(&digest.hash(covered), None);
            let value = wait(key.sign(scheme, &attributes)).unwrap();
            let unsigned: Vec<Attribute> = stamp
                .map(|(tsa, at)| {
                    let digest = tsa.key.schemes()[0].digest();
                    Attribute::new(oid::SIGNATURE_TIME_STAMP, tsa.time_stamp(digest, &digest.hash(&value), at))
                })
                .into_iter()
                .collect();
            builder.build(&attributes, &value, &unsigned)
        });
        self
    }

    /// Adds a document time-stamp.
    pub fn stamp(mut self, tsa: &Holder, at: OffsetDateTime) -> Self {
        self.field("/Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161", |covered| {
            let digest = tsa.key.schemes()[0].digest();
            tsa.time_stamp(digest, &digest.hash(covered), at)
        });
        self
    }

    /// Adds to the document security store: certificates, revocation lists, OCSP responses.
    pub fn store(mut self, certificates: &[&Holder], crls: &[Vec<u8>], ocsps: &[Vec<u8>]) -> Self {
        let certificates: Vec<Vec<u8>> = certificates.iter().map(|h| h.key.certificate().to_vec()).collect();
        let mut objects = Vec::new();
        for (index, values) in [&certificates[..], crls, ocsps].into_iter().enumerate() {
            for value in values {
                let data = hex::encode(value) + ">";
                objects.push((
                    self.next,
                    format!("<</Length {}/Filter/ASCIIHexDecode>>\nstream\n{data}\nendstream", data.len()),
                ));
                self.store[index].push(self.next);
                self.next += 1;
            }
        }
        let [certs, crls, ocsps] = [0, 1, 2].map(|i| references(&self.store[i]));
        objects.push((self.next, format!("<</Certs[{certs}]/CRLs[{crls}]/OCSPs[{ocsps}]>>")));
        self.dss = Some(self.next);
        self.next += 1;
        self.append(objects);
        self
    }
}
