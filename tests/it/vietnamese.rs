//! Real documents of Vietnamese agencies, and ones made like them: what proves their time, and what is missing to judge
//! who signed them.

use crate::corpus;
use crate::made::{Holder, Pdf, Use, Wanted};
use crate::program::run;
use dauson::cms::encode;
use dauson::keys::{KeyAlgorithm, SigningKey as _, pem};
use rcgen::{CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose};
use serde_json::Value;
use time::Duration;
use time::macros::datetime;

/// Where the certificate of the CA that issued the signers' can be had.
const ADDRESS: &str = "http://ca.gov.vn/pki/pub/crt/cpcag2.crt";

#[test]
fn real_documents_have_a_proven_time_and_name_the_ca_that_is_missing() {
    let Some(folder) = corpus::file("signed") else { return };
    let data = tempfile::tempdir().unwrap();
    let root = folder.join("../trust/vgca-root-g2.pem");
    for name in ["vn-199-2026-nd-cp.pdf", "vn-49-2026-nd-cp.pdf", "vn-50-2026-nd-cp.pdf", "vn-moc-letter.pdf"] {
        let file = folder.join(name);
        let arguments = ["verify", "--json", "--revocation", "if-available", "--at", "2026-11-24T00:00:00Z", "--trust"];
        let files = [root.as_os_str(), file.as_os_str()];
        let json = run(data.path(), arguments.iter().map(AsRef::as_ref).chain(files)).expect(2).json();
        for signature in json["signatures"].as_array().unwrap() {
            assert_eq!(signature["integrity"], "intact", "{name}: {signature}");
            assert_ne!(signature["modification"], "forbidden", "{name}: {signature}");
            assert_eq!(signature["sub_indication"], "NO_CERTIFICATE_CHAIN_FOUND", "{name}: {signature}");
            assert_eq!(signature["timestamps"][0]["indication"], "TOTAL-PASSED", "{name}: {signature}");
            assert_eq!(signature["best_signature_time"], signature["timestamps"][0]["time"], "{name}: {signature}");
            let missing = &signature["missing_issuer"];
            assert_eq!(missing["display"], "CA phục vụ các cơ quan Nhà nước G2", "{name}: {signature}");
            assert_eq!(missing["addresses"][0], ADDRESS);
            let message = signature["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains("CA phục vụ các cơ quan Nhà nước G2") && message.contains(ADDRESS), "{message}");
        }
    }
}

/// A subject as certificates of agencies have it.
fn agency(params: &mut CertificateParams) {
    let uid = || DnType::CustomDnType(vec![0, 9, 2342, 19_200_300, 100, 1, 1]);
    let name = &mut params.distinguished_name;
    name.push(DnType::LocalityName, "Hà Nội");
    name.push(DnType::OrganizationName, "BỘ MẪU");
    name.push(DnType::OrganizationalUnitName, "VĂN PHÒNG BỘ");
    name.push(uid(), "MST:0102357802");
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
        KeyUsagePurpose::KeyEncipherment,
        KeyUsagePurpose::DataEncipherment,
    ];
    // no id-kp-documentSigning: smartCardLogon is Microsoft's
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ClientAuth,
        ExtendedKeyUsagePurpose::EmailProtection,
        ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 2]),
    ];
    // id-ad-caIssuers
    let method = [0x06, 8, 0x2B, 6, 1, 5, 5, 7, 0x30, 2];
    let access = encode::sequence(&[&encode::sequence(&[&method, &encode::tlv(0x86, &[ADDRESS.as_bytes()])])]);
    params.custom_extensions.push(CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access));
}

#[test]
fn documents_of_the_same_profile_pass_when_the_ca_is_given() {
    let Some(key) = crate::signing::key("rsa3072") else { return };
    let data = tempfile::tempdir().unwrap();
    let (start, end) = (datetime!(2025-1-1 0:00 UTC), datetime!(2045-1-1 0:00 UTC));
    let wanted = |name, usage| Wanted { algorithm: KeyAlgorithm::P384, ..Wanted::new(name, usage, start, end) };
    let root = Holder::root(&wanted("RootCA mẫu", Use::Ca));
    let ca = root.issue(&wanted("CA mẫu phục vụ các cơ quan", Use::Ca));
    let signer = ca.certify(key.pkcs8(), &Wanted { more: &agency, ..wanted("PHÒNG VĂN THƯ", Use::Signing) });
    let tsa = root.issue(&wanted("TSA mẫu", Use::TimeStamping));
    let claimed = datetime!(2026-2-1 1:00 UTC);
    let mut file = Pdf::vietnamese();
    for number in 0..3 {
        // the time-stamp comes some minutes after /M
        let at = claimed + Duration::minutes(number);
        file = file.sign(&signer, at, Some((&tsa, at + Duration::minutes(38))));
    }
    let path = |name: &str| data.path().join(name).display().to_string();
    std::fs::write(path("decree.pdf"), &file.bytes).unwrap();
    for (name, holder) in [("root.pem", &root), ("ca.pem", &ca)] {
        std::fs::write(path(name), pem::encode("CERTIFICATE", holder.key.certificate()).as_bytes()).unwrap();
    }
    let verify = |more: &[&str]| {
        let all = ["verify", "--revocation", "if-available", "--at", "2026-11-24T00:00:00Z"].map(str::to_owned);
        let all = all.into_iter().chain(["--trust".to_owned(), path("root.pem"), path("decree.pdf")]);
        run(data.path(), all.chain(more.iter().map(|m| (*m).to_owned())))
    };
    let json: Value = verify(&["--json"]).expect(2).json();
    assert_eq!(json["signatures"][0]["missing_issuer"]["display"], "CA mẫu phục vụ các cơ quan");
    assert_eq!(json["signatures"][0]["best_signature_time"], "2026-02-01T01:38:00Z");
    let json: Value = verify(&["--json", "--cert", &path("ca.pem")]).expect(0).json();
    let signature = &json["signatures"][0];
    assert_eq!((&signature["scheme"], &signature["modification"]), (&"rsa-pkcs1".into(), &"form-fill".into()));
    assert_eq!(signature["signer"]["tax_code"], "0102357802");
    assert_eq!(signature["signing_time"], "2026-02-01T01:00:00Z");
}
