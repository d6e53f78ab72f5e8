//! Which keys of the key store sign digests for other programs: of each kind, with a PIN, in an HSM; and pyHanko as that program.

use crate::csc::{LEADER, Other, credential, fault, hashes, invalid, values};
use crate::office::{Office, UNIT};
use crate::program::run;
use crate::server::Server;
use crate::tokens::{Hsm, authority, pdfsig_accepts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dauson::authority::{Authority, Credential};
use dauson::data_folder::DataFolder;
use dauson::digest::{DigestAlgorithm, sha256};
use dauson::keys::{KeyAlgorithm, LocalKey, SignatureScheme, pem};
use dauson::people::keys::{self, Terms};
use dauson::people::permissions::Role;
use dauson::people::tokens::{self, NewToken};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// A data folder whose leader has this key; it is closed again. The leader's token.
fn leader_with(office: &Office, credential: &Credential, pin: Option<&str>) -> String {
    let Credential { pkcs8, certificate, chain, .. } = credential;
    let key = LocalKey::from_pkcs8(pkcs8, certificate.clone(), chain.clone()).unwrap().into();
    let terms = Terms { pin: pin.map(|pin| pin.to_owned().into()), ..Terms::default() };
    let data = office.folder.path().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let clock = Arc::new(OffsetDateTime::now_utc);
        let folder = DataFolder::open(&data, &data.join("master.key"), clock).await.unwrap();
        keys::import_on(&folder, "other", Some(UNIT), &key, &terms).await.unwrap();
        let (name, unit) = ("other".to_owned(), UNIT.to_owned());
        let (role, signing_key, lifetime) = (Role::Leader, Some("other".to_owned()), Duration::DAY);
        tokens::create(&folder, NewToken { name, unit, role, signing_key, lifetime }).await.unwrap().1.to_string()
    })
}

/// Trusts the authority of a key in the office's data folder.
fn trust(office: &Office, authority: &Authority) -> std::path::PathBuf {
    let root = office.folder.path().join("trust/other.pem");
    std::fs::write(&root, pem::encode("CERTIFICATE", &authority.root.certificate).as_bytes()).unwrap();
    let issuing = pem::encode("CERTIFICATE", &authority.issuing.certificate);
    std::fs::write(office.folder.path().join("certs/other.pem"), issuing.as_bytes()).unwrap();
    root
}

#[test]
fn rsa_signs_by_each_of_its_schemes() {
    let office = Office::new();
    let authority = authority(KeyAlgorithm::Rsa2048);
    trust(&office, &authority);
    let token = leader_with(&office, &authority.leader, None);
    let server = office.serve();
    let other = Other { server: &server, token: &token, credential: "other" };
    let (public, info) = credential(other);
    assert_eq!(info["key"]["len"], 2048);
    for scheme in public.schemes() {
        let digest = scheme.digest();
        let hash = STANDARD.encode(digest.hash(b"message"));
        let oid = digest.oid().to_string();
        let sad = || other.authorize(1, &[]);
        let mut bodies = vec![json!({"signAlgo": scheme.oid(), "hashAlgorithmOID": oid})];
        match scheme {
            SignatureScheme::RsaPss(digest) => {
                let parameters = dauson::cms::encode::pss_parameters(*digest);
                bodies = vec![json!({"signAlgo": scheme.oid(), "signAlgoParams": STANDARD.encode(parameters)})];
            }
            _ => bodies.push(json!({"signAlgo": "1.2.840.113549.1.1.1", "hashAlgorithmOID": oid})),
        }
        for mut body in bodies {
            assert!(info["key"]["algo"].as_array().unwrap().contains(&body["signAlgo"]));
            (body["SAD"], body["hashes"]) = (sad().into(), json!([hash]));
            let value = values(&other.about("signatures/signHash", &body).expect(200)).remove(0);
            public.check(*scheme, b"message", &value).unwrap();
        }
    }
    // other parameters of PSS than the usual ones are not signed by
    for salt in [20, 48, 222] {
        let sad = other.authorize(1, &[]);
        let odd = STANDARD.encode(with_salt(salt));
        let body = json!({"SAD": sad, "hashes": [STANDARD.encode([1; 32])], "signAlgo": "1.2.840.113549.1.1.10", "signAlgoParams": odd});
        invalid(&other.about("signatures/signHash", &body), "Invalid parameter signAlgoParams");
    }
}

/// Parameters of PSS with SHA-256 and a salt of so many bytes (RFC 8017 appendix A.2.3).
fn with_salt(length: u8) -> Vec<u8> {
    let usual = dauson::cms::encode::pss_parameters(DigestAlgorithm::Sha256);
    // the last member is [2] INTEGER
    let (rest, salt) = usual.split_at(usual.len() - 5);
    assert_eq!(salt, [0xA2, 3, 2, 1, 32]);
    let integer = if length < 128 { vec![2, 1, length] } else { vec![2, 2, 0, length] };
    let members = [&rest[2..], &[0xA2, u8::try_from(integer.len()).unwrap()], &integer].concat();
    [&[0x30, u8::try_from(members.len()).unwrap()], &members[..]].concat()
}

#[test]
fn a_key_with_a_pin_is_opened_by_it_and_nothing_else() {
    const PIN: &str = "48291507";
    let office = Office::new();
    let authority = authority(KeyAlgorithm::P256);
    trust(&office, &authority);
    let token = leader_with(&office, &authority.leader, Some(PIN));
    let data = office.folder.path();
    let server = office.serve();
    let other = Other { server: &server, token: &token, credential: "other" };
    let (public, info) = credential(other);
    let pin = json!({"type": "Password", "id": "PIN", "label": "PIN"});
    assert_eq!((&info["auth"]["objects"], &info["SCAL"]), (&json!([pin]), &"2".into()));
    let (one, two) = (sha256(b"one"), sha256(b"two"));
    let shown = |pin: &str, digests: &[[u8; 32]]| {
        let mut body = json!({"numSignatures": 2, "authData": [{"id": "PIN", "value": pin}]});
        if !digests.is_empty() {
            body["hashes"] = hashes(digests);
        }
        body
    };
    let authorize = |body: &Value| other.about("credentials/authorize", body);
    invalid(&authorize(&shown(PIN, &[])), "Missing (or invalid type) array parameter hashes");
    let without = authorize(&json!({"numSignatures": 1, "hashes": hashes(&[one])}));
    assert_eq!(fault(&without, 400).0, "invalid_authentication_data");
    let wrong = fault(&authorize(&shown("48291508", &[one])), 400);
    assert_eq!(wrong.0, "invalid_authentication_data");
    assert!(wrong.1.contains("4 more may be tried"), "{wrong:?}");
    let sad = authorize(&shown(PIN, &[one])).expect(200).json()["SAD"].as_str().unwrap().to_owned();
    // of version 1
    let before = json!({"numSignatures": 1, "hash": hashes(&[one]), "PIN": PIN});
    authorize(&before).expect(200);
    // another process, which nobody has given the PIN
    drop(server);
    let server = office.serve();
    let other = Other { server: &server, token: &token, credential: "other" };
    let value = values(&other.sign(&sad, &[one]).expect(200)).remove(0);
    public.check(SignatureScheme::EcdsaP256, b"one", &value).unwrap();
    let body = json!({"SAD": sad, "hashes": hashes(&[two])});
    let next = other.about("credentials/extendTransaction", &body).expect(200).json()["SAD"].clone();
    let value = values(&other.sign(next.as_str().unwrap(), &[two]).expect(200)).remove(0);
    public.check(SignatureScheme::EcdsaP256, b"two", &value).unwrap();
    // tries are counted
    let authorize = |body: &Value| other.about("credentials/authorize", body);
    for left in (1..5).rev() {
        let wrong = fault(&authorize(&shown("48291508", &[one])), 400);
        assert!(wrong.1.contains(&format!("{left} more may be tried")), "{wrong:?}");
    }
    for pin in ["48291508", PIN] {
        invalid(&authorize(&shown(pin, &[one])), "Credential locked");
    }
    run(data, ["key", "unblock", "other"]).expect(0);
    let sad = authorize(&shown(PIN, &[one])).expect(200).json()["SAD"].as_str().unwrap().to_owned();
    // a key that was stopped signs nothing, whatever was authorised
    run(data, ["key", "stop", "other", "--reason", "mất thẻ"]).expect(0);
    assert_eq!(credential(other).1["key"]["status"], "disabled");
    let disabled = "The credential identified by credentialID is disabled";
    invalid(&other.sign(&sad, &[one]), disabled);
    invalid(&authorize(&shown(PIN, &[one])), disabled);
    assert_eq!(
        other.call("credentials/list", &json!({"onlyValid": true})).expect(200).json()["credentialIDs"],
        json!([])
    );
    run(data, ["audit", "verify"]).expect(0);
}

#[test]
fn a_key_in_an_hsm_signs_too() {
    let Some(hsm) = Hsm::new() else { return };
    let office = Office::new();
    let authority = authority(KeyAlgorithm::P256);
    trust(&office, &authority);
    hsm.put("desk", "leader", "01", &authority.leader);
    let data = office.folder.path();
    let settings = hsm.path("softhsm2.conf");
    let uri = format!("pkcs11:token=desk;object=leader?module-path={}", hsm.module.display());
    let import = ["key", "import", "hsm", "--unit", UNIT, "--pkcs11-uri", &uri, "--pin-file"];
    let mut command = crate::program::command(data);
    command.env("SOFTHSM2_CONF", &settings).args(import).arg(hsm.path("pin"));
    crate::program::finish(command.spawn().unwrap()).expect(0);
    let create = ["token", "create", "--name", "hsm", "--unit", UNIT, "--role", "leader", "--key", "hsm"];
    let token = run(data, create).expect(0).stdout.trim().to_owned();
    let server = Server::start(data, &[("SOFTHSM2_CONF", settings.to_str().unwrap())]);
    let other = Other { server: &server, token: &token, credential: "hsm" };
    let digests: Vec<[u8; 32]> = (0..20_u8).map(|n| sha256(&[n])).collect();
    let sad = other.authorize(20, &digests);
    let signed = values(&other.sign(&sad, &digests).expect(200));
    let (public, _) = credential(other);
    for (n, value) in (0..20_u8).zip(signed) {
        public.check(SignatureScheme::EcdsaP256, &[n], &value).unwrap();
    }
    run(data, ["audit", "verify"]).expect(0);
}

/// pyHanko with what its CSC signer needs, if the Python of `$DAUSON_PYTHON` (else `python3`) has it.
pub fn pyhanko() -> Option<Command> {
    let python = std::env::var_os("DAUSON_PYTHON").unwrap_or_else(|| "python3".into());
    let test = Command::new(&python).args(["-c", "import pyhanko.sign.signers.csc_signer"]).output();
    if test.is_ok_and(|output| output.status.success()) {
        return Some(Command::new(python));
    }
    eprintln!("skipped: there is no Python with pyHanko and aiohttp");
    None
}

const SCRIPT: &str = r"
import asyncio, sys
import aiohttp
from asn1crypto import algos
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers import csc_signer as csc

url, token, credential, source, target, pss = sys.argv[1:7]

class Manager(csc.CSCAuthorizationManager):
    def __init__(self, session, *rest):
        super().__init__(*rest)
        self.session = session

    async def authorize_signature(self, hashes):
        where = self.csc_session_info.endpoint_url('credentials/authorize')
        asked = self.format_csc_auth_request(hash_b64s=hashes)
        async with self.session.post(where, headers=self.auth_headers, json=asked, raise_for_status=True) as answer:
            return self.parse_csc_auth_response(await answer.json())

async def main():
    info = csc.CSCServiceSessionInfo(url, credential, token, 'v2')
    async with aiohttp.ClientSession() as session:
        about = await csc.fetch_certs_in_csc_credential(session, info)
        signer = csc.CSCSigner(session, Manager(session, info, about))
        if pss == 'pss':
            # its own choice is the longest salt that there can be
            sha256 = algos.DigestAlgorithm({'algorithm': 'sha256'})
            mask = algos.MaskGenAlgorithm({'algorithm': 'mgf1', 'parameters': sha256})
            parameters = {'hash_algorithm': sha256, 'mask_gen_algorithm': mask, 'salt_length': 32}
            signer._signature_mechanism = algos.SignedDigestAlgorithm({'algorithm': 'rsassa_pss', 'parameters': parameters})
        with open(source, 'rb') as document, open(target, 'wb') as signed:
            metadata = signers.PdfSignatureMetadata(field_name='Remote', md_algorithm='sha256', subfilter=fields.SigSeedSubFilter.PADES)
            await signers.async_sign_pdf(IncrementalPdfFileWriter(document), metadata, signer=signer, output=signed)

asyncio.run(main())
";

#[test]
fn pyhanko_signs_a_document_with_our_keys() {
    let Some(_) = pyhanko() else { return };
    let office = Office::new();
    let authority = authority(KeyAlgorithm::Rsa2048);
    let root = trust(&office, &authority);
    let rsa = leader_with(&office, &authority.leader, None);
    let server = office.serve();
    let data = office.folder.path();
    let url = format!("http://{}", server.address);
    let sign = |token: &str, credential: &str, root: &Path, pss: &str| {
        let target = data.join(format!("{credential}{pss}.pdf"));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/cong-van.pdf");
        let mut python = pyhanko().unwrap();
        python.args(["-c", SCRIPT, &url, token, credential, source]).arg(&target).arg(pss);
        let output = python.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(pdfsig_accepts(&target), "{credential}");
        let options = ["--trust", root.to_str().unwrap(), "--revocation", "ignore", "--json"];
        let report = run(data, [&["verify", target.to_str().unwrap()], &options[..]].concat()).expect(0).json();
        report["signatures"][0]["scheme"].as_str().unwrap().to_owned()
    };
    assert_eq!(sign(office.token(Role::Leader), LEADER, &office.root, "no"), "ecdsa-p256");
    assert_eq!(sign(&rsa, "other", &root, "no"), "rsa-pkcs1");
    assert_eq!(sign(&rsa, "other", &root, "pss"), "rsa-pss");
    run(data, ["audit", "verify"]).expect(0);
}
