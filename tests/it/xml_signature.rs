//! XML signatures: what xmlsec1 and the XAdES schema say of ours, and what is said of tampered ones.

use crate::corpus;
use base64::Engine as _;
use dauson::cms::logproof::LogProof;
use dauson::digest::DigestAlgorithm;
use dauson::keys::{LocalKey, SignatureScheme, SigningKey};
use dauson::limits::Limits;
use dauson::xades::{Covered, Parameters, XmlSignature, prepare, verify};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use time::macros::datetime;

const DOCUMENT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x --><BLai><DLBLai Id=\"data\"><Ten>Nguyễn Văn A &amp; con</Ten></DLBLai>\n<DSCKS><TCThu></TCThu></DSCKS></BLai>";

fn der_of(path: &Path) -> Vec<u8> {
    let pem = std::fs::read_to_string(path).unwrap();
    let body: String =
        pem.lines().skip_while(|l| !l.starts_with("-----BEGIN")).skip(1).take_while(|l| !l.starts_with('-')).collect();
    base64::engine::general_purpose::STANDARD.decode(body).unwrap()
}

/// A key of the corpus with its certificate and issuing CA.
pub fn key(name: &str) -> Option<LocalKey> {
    let pki = corpus::file("pki")?;
    let chain = vec![der_of(&pki.join("ica.pem"))];
    Some(
        LocalKey::from_pkcs8(
            &der_of(&pki.join(format!("{name}.key"))),
            der_of(&pki.join(format!("{name}.pem"))),
            chain,
        )
        .unwrap(),
    )
}

async fn signed(key: &LocalKey, scheme: SignatureScheme) -> String {
    let parameters = Parameters {
        certificate: key.certificate(),
        chain: key.chain(),
        scheme,
        signing_time: datetime!(2026-11-24 08:30:15 +7),
        description: None,
    };
    let at = DOCUMENT.find("</TCThu>").unwrap();
    let prepared = prepare(DOCUMENT, at, &parameters).unwrap();
    let value = key.sign(scheme, prepared.to_be_signed()).await.unwrap();
    let proof =
        LogProof { entry: b"{\"v\":1}".to_vec(), proof: "c2sp.org/tlog-proof@v1\nindex 0\n\n\u{2014} x y\n".into() };
    prepared.finish(&value, Some(&proof)).unwrap()
}

/// Whether a judge is installed; says so if not.
pub fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

fn write(folder: &tempfile::TempDir, xml: &str) -> PathBuf {
    let path = folder.path().join("signed.xml");
    std::fs::write(&path, xml).unwrap();
    path
}

#[tokio::test]
async fn xmlsec1_accepts_ours() {
    let folder = tempfile::tempdir().unwrap();
    for (name, scheme) in [
        ("rsa2048", SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256)),
        ("rsa2048", SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha512)),
        ("p256", SignatureScheme::EcdsaP256),
    ] {
        let Some(key) = key(name) else { return };
        let path = write(&folder, &signed(&key, scheme).await);
        if !has("xmlsec1") {
            return;
        }
        assert_xmlsec1_accepts(&path);
    }
}

#[tokio::test]
async fn the_published_schemas_accept_ours() {
    let Some(key) = key("p256") else { return };
    if !has("xmllint") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let xml = signed(&key, SignatureScheme::EcdsaP256).await;
    let start = xml.find("<ds:Signature ").unwrap();
    let end = xml.find("</TCThu>").unwrap();
    let path = write(&folder, &xml[start..end]);
    assert_valid(&[path], &folder);
}

/// Lets xmllint judge files by XAdES's and XML-DSig's schemas, that of the log proof, and that of receipts.
pub fn assert_valid(xmls: &[PathBuf], folder: &tempfile::TempDir) {
    let schemas = corpus::file("../schemas").unwrap();
    // they import XML-DSig's from its address on the web: import the copy instead
    let web = "http://www.w3.org/TR/2008/REC-xmldsig-core-20080610/xmldsig-core-schema.xsd";
    let dsig = schemas.join("xmldsig-core-schema.xsd").canonicalize().unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schemas");
    let (mut include, mut imports) = (String::new(), String::new());
    for (namespace, schema) in [
        ("namespace='http://uri.etsi.org/01903/v1.3.2#'", schemas.join("XAdES01903v132-202407.xsd")),
        ("namespace='urn:oid:2.25.215352992128100304521953582387647812664'", ours.join("log-proof.xsd")),
        ("", ours.join("bien-lai-1.2.xsd")),
        ("", ours.join("bang-tong-hop-1.0.xsd")),
        ("", ours.join("thong-bao-sai-sot-1.0.xsd")),
    ] {
        let text = std::fs::read_to_string(&schema).unwrap().replace(web, dsig.to_str().unwrap());
        let local = folder.path().join(schema.file_name().unwrap());
        std::fs::write(&local, text).unwrap();
        if namespace.is_empty() {
            let _ = write!(include, "<xsd:include schemaLocation='{}'/>", local.display());
        } else {
            let _ = write!(imports, "<xsd:import {namespace} schemaLocation='{}'/>", local.display());
        }
    }
    let all = folder.path().join("all.xsd");
    let root = "xsd:schema";
    std::fs::write(&all, format!("<{root} xmlns:xsd='http://www.w3.org/2001/XMLSchema'>{include}{imports}</{root}>"))
        .unwrap();
    let output =
        Command::new("xmllint").args(["--nonet", "--noout", "--schema"]).arg(&all).args(xmls).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Lets xmlsec1 judge a signed document, the corpus root trusted.
pub fn assert_xmlsec1_accepts(xml: &Path) {
    assert_xmlsec1_trusts(&[xml.to_owned()], &corpus::file("pki/root.pem").unwrap());
}

/// Lets xmlsec1 judge signed documents, this root trusted.
pub fn assert_xmlsec1_trusts(xmls: &[PathBuf], root: &Path) {
    let output = Command::new("xmlsec1")
        .args(["--verify", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties", "--trusted-pem"])
        .arg(root)
        .args(xmls)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("OK"), "{said}");
}

fn one(xml: &str) -> XmlSignature {
    let mut all = verify(xml.as_bytes(), &Limits::DEFAULT).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn codes(xml: &str) -> Vec<&'static str> {
    one(xml).problems.iter().map(|p| p.sub_indication.as_str()).collect()
}

#[tokio::test]
async fn what_was_signed_is_found_again() {
    for (name, scheme) in [
        ("rsa2048", SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256)),
        ("rsa2048", SignatureScheme::RsaPss(DigestAlgorithm::Sha384)),
        ("p256", SignatureScheme::EcdsaP256),
        ("ed25519", SignatureScheme::Ed25519),
    ] {
        let Some(key) = key(name) else { return };
        let facts = one(&signed(&key, scheme).await);
        assert_eq!(facts.problems, [], "{name}");
        assert_eq!(facts.certificate.as_deref(), Some(key.certificate()));
        assert_eq!(facts.certificates.len(), 2);
        assert_eq!(facts.covered, Covered::Document);
        assert_eq!(facts.digest, Some(scheme.digest()));
        assert_eq!(facts.scheme.unwrap().scheme, scheme.name());
        assert_eq!(facts.signing_time, Some(datetime!(2026-11-24 01:30:15 UTC)));
        assert!(facts.is_baseline);
        let proof = facts.log_proof.unwrap();
        assert_eq!(proof.entry, b"{\"v\":1}");
        assert_eq!(proof.proof, "c2sp.org/tlog-proof@v1\nindex 0\n\n\u{2014} x y\n");
    }
}

#[tokio::test]
async fn every_tampering_is_found() {
    let Some(key) = key("p256") else { return };
    let xml = signed(&key, SignatureScheme::EcdsaP256).await;
    let change = |from: &str, to: &str| {
        let changed = xml.replacen(from, to, 1);
        assert_ne!(changed, xml, "{from} is not there");
        codes(&changed)
    };
    // data, a comment's neighbour, an attribute, something beside the data
    assert_eq!(change("Nguyễn Văn A", "Nguyễn Văn B"), ["HASH_FAILURE"]);
    assert_eq!(change("</Ten>", "</Ten> "), ["HASH_FAILURE"]);
    assert_eq!(change("<DLBLai Id=\"data\">", "<DLBLai Id=\"data\" x=\"\">"), ["HASH_FAILURE"]);
    assert_eq!(change("</DSCKS>", "</DSCKS><DLBLai>6</DLBLai>"), ["HASH_FAILURE"]);
    // comments are no part of what is signed: beside the data they are nothing, within it they would split what is read
    assert_eq!(change("<!-- x -->", "<!-- y -->"), [] as [&str; 0]);
    assert_eq!(change("<Ten>Nguyễn", "<Ten><!-- -->Nguyễn"), ["FORMAT_FAILURE"]);
    assert_eq!(change("<Ten>Nguyễn", "<Ten><?a b?>Nguyễn"), ["FORMAT_FAILURE"]);
    assert_eq!(change("<ds:KeyInfo>", "<!-- --><ds:KeyInfo>"), ["FORMAT_FAILURE"]);
    // nothing rides along in the signature, and no Id is there twice, whether or not it is referred to
    assert_eq!(change("<ds:Object>", "<ds:Object><BLai/></ds:Object><ds:Object>"), ["FORMAT_FAILURE"]);
    assert_eq!(change("<ds:Object>", "<ds:Object><BLai/>"), ["FORMAT_FAILURE"]);
    assert_eq!(change("<ds:KeyInfo>", "paid<ds:KeyInfo>"), ["FORMAT_FAILURE"]);
    assert_eq!(change("<ds:X509Data>", "<ds:X509Data Id=\"data\">"), ["FORMAT_FAILURE"]);
    // signed properties
    assert_eq!(change("2026-11-24T08:30:15+07:00", "2026-11-25T08:30:15+07:00"), ["HASH_FAILURE"]);
    assert_eq!(change("text/xml", "text/html"), ["HASH_FAILURE"]);
    // the signature value, and what it signs
    let value = xml.split("<ds:SignatureValue>").nth(1).unwrap().split('<').next().unwrap();
    let mut other = base64::engine::general_purpose::STANDARD.decode(value).unwrap();
    other[40] ^= 1;
    let other = base64::engine::general_purpose::STANDARD.encode(other);
    assert_eq!(change(value, &other), ["SIG_CRYPTO_FAILURE"]);
    assert_eq!(change(value, "AAAA"), ["SIG_CRYPTO_FAILURE"]);
    assert_eq!(change(value, "!"), ["FORMAT_FAILURE"]);
    assert_eq!(change("ecdsa-sha256", "ecdsa-sha384"), ["SIG_CRYPTO_FAILURE"]);
    assert_eq!(change("ecdsa-sha256", "unheard-of"), ["CRYPTO_CONSTRAINTS_FAILURE_NO_POE"]);
    // another certificate in front, and none
    let first = "<ds:X509Certificate>";
    let ca = base64::engine::general_purpose::STANDARD.encode(&key.chain()[0]);
    assert_eq!(change(first, &format!("{first}{ca}</ds:X509Certificate>{first}")), [] as [&str; 0]);
    let own = base64::engine::general_purpose::STANDARD.encode(key.certificate());
    assert_eq!(change(&own, &ca), ["SIG_CRYPTO_FAILURE", "SIG_CONSTRAINTS_FAILURE"]);
    // references: more of them, other transforms, elsewhere
    let reference = "<ds:Reference Id=\"sig-document\" URI=\"\">";
    assert_eq!(
        change(reference, "<ds:Reference Id=\"sig-document\" URI=\"#data\">"),
        ["HASH_FAILURE", "SIG_CRYPTO_FAILURE"]
    );
    assert_eq!(change(reference, "<ds:Reference URI=\"http://example.org/\">"), ["SIGNED_DATA_NOT_FOUND"]);
    assert_eq!(change(reference, "<ds:Reference URI=\"#sig-properties\">"), ["FORMAT_FAILURE"]);
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>false()</ds:XPath></ds:Transform>";
    assert_eq!(change("<ds:Transforms>", &format!("<ds:Transforms>{xpath}")), ["CRYPTO_CONSTRAINTS_FAILURE_NO_POE"]);
    let properties = "URI=\"#sig-properties\"";
    assert_eq!(change(properties, "URI=\"#data\""), ["FORMAT_FAILURE"]);
    assert_eq!(change("Type=\"http://uri.etsi.org/01903#SignedProperties\" ", ""), ["FORMAT_FAILURE"]);
    // canonical forms: which one is used is signed, and those that take parameters or are not known are not followed
    let method = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#";
    assert_eq!(change(method, &format!("{method}WithComments")), ["SIG_CRYPTO_FAILURE"]);
    let inclusive = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    assert_eq!(change(method, inclusive), ["SIG_CRYPTO_FAILURE"]);
    let of_2008 = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2006/12/xml-c14n11";
    assert_eq!(change(method, of_2008), ["CRYPTO_CONSTRAINTS_FAILURE_NO_POE"]);
    // namespaces: another meaning of the same names is found, another way of writing the same is none
    assert_eq!(change("<DLBLai Id", "<DLBLai xmlns=\"urn:x\" Id"), ["HASH_FAILURE"]);
    assert_eq!(
        change("<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"", "<ds:SignedInfo xmlns:ds=\"urn:x\""),
        ["FORMAT_FAILURE"]
    );
    assert_eq!(change("<BLai>", "<BLai xmlns:x=\"urn:x\">"), [] as [&str; 0]);
    assert_eq!(change("Nguyễn Văn A", "<![CDATA[Nguyễn Văn A]]>"), [] as [&str; 0]);
    assert_eq!(change("Nguyễn Văn A", "&#78;guyễn V&#x103;n A"), [] as [&str; 0]);
    // the same Id twice: the original kept aside, a forgery in its place
    assert_eq!(change("<Ten>", "<Ten Id=\"sig-properties\">"), ["FORMAT_FAILURE"]);
    assert_eq!(change("Target=\"#sig\"", "Target=\"#other\""), ["FORMAT_FAILURE"]);
}

#[tokio::test]
async fn a_document_without_a_signature_has_none_and_one_that_is_no_xml_is_an_error() {
    assert!(verify(DOCUMENT.as_bytes(), &Limits::DEFAULT).unwrap().is_empty());
    assert!(verify(b"<a>", &Limits::DEFAULT).is_err());
    assert!(verify(b"<!DOCTYPE a><a/>", &Limits::DEFAULT).is_err());
}

/// Pieces that mean something to an XML parser or to a verifier.
fn pieces() -> Vec<&'static str> {
    vec![
        "<",
        ">",
        "/>",
        "&",
        "&#0;",
        "&#x10FFFF;",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?x?>",
        "<!DOCTYPE a>",
        " xmlns=\"urn:x\"",
        " xmlns:ds=\"urn:x\"",
        " Id=\"sig\"",
        " URI=\"#sig\"",
        "<ds:Signature>",
        "</ds:Signature>",
        "<ds:Object>",
        "</ds:Object>",
        "<ds:Reference/>",
        "\u{0}",
        "\r\n",
        "\u{feff}",
        "=\"",
    ]
}

#[tokio::test]
async fn no_input_makes_the_verifier_panic_or_pass_changed_data() {
    use proptest::prelude::*;
    let Some(key) = key("p256") else { return };
    let xml = signed(&key, SignatureScheme::EcdsaP256).await;
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(3_000));
    let change = (any::<prop::sample::Index>(), 0..60_usize, prop::sample::select(pieces()), any::<bool>());
    let strategy = prop::collection::vec(change, 1..4);
    runner
        .run(&strategy, |changes| {
            let mut bytes = xml.clone().into_bytes();
            for (at, cut, piece, inserts) in changes {
                let at = at.index(bytes.len());
                let end = (at + cut).min(bytes.len());
                bytes.splice(at..end, piece.bytes().filter(|_| inserts));
            }
            let Ok(signatures) = verify(&bytes, &Limits::DEFAULT) else { return Ok(()) };
            if signatures.iter().any(|s| s.problems.is_empty() && s.covered == Covered::Document) {
                // the data is the same, whatever else is not
                let document = dauson::xml::Document::parse(&bytes, &Limits::DEFAULT).unwrap();
                let ten = document.root().descendants().find(|n| n.has_tag_name("Ten")).unwrap();
                prop_assert_eq!(dauson::xml::text(ten).unwrap(), "Nguyễn Văn A & con");
            }
            Ok(())
        })
        .unwrap();
}
