//! Trust anchors from a trusted list: only what it grants, for its purpose, in its time, and only if its operator has signed it.

use crate::office::Office;
use crate::program::run;
use base64::Engine as _;
use dauson::authority::{Agency, Authority, Credential, Plan};
use dauson::digest::sha256;
use dauson::keys::{KeyAlgorithm, LocalKey, SigningKey, pem};
use dauson::xades::{Parameters, prepare};
use std::process::Command;
use time::OffsetDateTime;
use time::macros::datetime;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" TSLTag="http://uri.etsi.org/19612/TSLTag"><SchemeInformation><TSLVersionIdentifier>6</TSLVersionIdentifier><TSLSequenceNumber>7</TSLSequenceNumber><TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/CClist</TSLType><SchemeOperatorName><Name xml:lang="en">Operator</Name></SchemeOperatorName><SchemeOperatorAddress><PostalAddresses><PostalAddress xml:lang="en"><StreetAddress>1</StreetAddress><Locality>Hanoi</Locality><CountryName>VN</CountryName></PostalAddress></PostalAddresses><ElectronicAddress><URI xml:lang="en">mailto:a@example.vn</URI></ElectronicAddress></SchemeOperatorAddress><SchemeName><Name xml:lang="en">VN:list</Name></SchemeName><SchemeInformationURI><URI xml:lang="en">http://example.vn/</URI></SchemeInformationURI><StatusDeterminationApproach>http://uri.etsi.org/TrstSvc/TrustedList/StatusDetn/CCdetermination</StatusDeterminationApproach><SchemeTerritory>VN</SchemeTerritory><HistoricalInformationPeriod>65535</HistoricalInformationPeriod><ListIssueDateTime>2026-11-01T00:00:00Z</ListIssueDateTime><NextUpdate><dateTime>NEXT</dateTime></NextUpdate></SchemeInformation><TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="en">CA</Name></TSPName><TSPAddress><PostalAddresses><PostalAddress xml:lang="en"><StreetAddress>1</StreetAddress><Locality>Hanoi</Locality><CountryName>VN</CountryName></PostalAddress></PostalAddresses><ElectronicAddress><URI xml:lang="en">mailto:a@example.vn</URI></ElectronicAddress></TSPAddress><TSPInformationURI><URI xml:lang="en">http://example.vn/</URI></TSPInformationURI></TSPInformation><TSPServices>"#;
const TAIL: &str = "</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>";

/// A service with its status now and those before, the newest first: (service, status, since).
fn service(certificate: &[u8], statuses: &[(&str, &str, &str)]) -> String {
    let der = base64::engine::general_purpose::STANDARD.encode(certificate);
    let status = |(kind, status, since): &(&str, &str, &str), identity: &str| {
        format!(
            r#"<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/{kind}</ServiceTypeIdentifier><ServiceName><Name xml:lang="en">S</Name></ServiceName><ServiceDigitalIdentity><DigitalId>{identity}</DigitalId></ServiceDigitalIdentity><ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/{status}</ServiceStatus><StatusStartingTime>{since}</StatusStartingTime>"#
        )
    };
    let now = status(&statuses[0], &format!("<X509Certificate>{der}</X509Certificate>"));
    let history: Vec<String> = statuses[1..]
        .iter()
        .map(|s| {
            let identity = "<X509SubjectName>CN=S</X509SubjectName>";
            format!("<ServiceHistoryInstance>{}</ServiceHistoryInstance>", status(s, identity))
        })
        .collect();
    let history = if history.is_empty() {
        String::new()
    } else {
        format!("<ServiceHistory>{}</ServiceHistory>", history.concat())
    };
    format!("<TSPService><ServiceInformation>{now}</ServiceInformation>{history}</TSPService>")
}

async fn signed(services: &[String], next: &str, operator: &Credential) -> String {
    let text = format!("{}{}{TAIL}", HEAD.replace("NEXT", next), services.concat());
    let chain = operator.chain.clone();
    let key = LocalKey::from_pkcs8(&operator.pkcs8, operator.certificate.clone(), chain).unwrap();
    let scheme = key.schemes()[0];
    let signing_time = datetime!(2026-11-01 0:00 UTC);
    let parameters =
        Parameters { certificate: key.certificate(), chain: key.chain(), scheme, signing_time, description: None };
    let at = text.len() - "</TrustServiceStatusList>".len();
    let prepared = prepare(&text, at, &parameters).unwrap();
    let value = key.sign(scheme, prepared.to_be_signed()).await.unwrap();
    prepared.finish(&value, None).unwrap()
}

#[tokio::test]
async fn what_a_list_grants_is_believed_and_nothing_else() {
    let plan = Plan {
        algorithm: KeyAlgorithm::P256,
        url: "http://127.0.0.1:8080",
        agency: Agency::SAMPLE,
        now: OffsetDateTime::now_utc(),
    };
    let (listed, operator) =
        (Authority::create(&plan, &mut rand::rng()).unwrap(), Authority::create(&plan, &mut rand::rng()).unwrap());
    let office = Office::new();
    let data = office.folder.path();
    let work = tempfile::tempdir().unwrap();
    let path = |name: &str| work.path().join(name).display().to_string();
    std::fs::write(path("operator.pem"), pem::encode("CERTIFICATE", &operator.seal.certificate)).unwrap();
    std::fs::write(path("other.pem"), pem::encode("CERTIFICATE", &operator.leader.certificate)).unwrap();
    std::fs::write(path("leader.pem"), pem::encode("CERTIFICATE", &listed.leader.certificate)).unwrap();
    std::fs::write(path("tsa.pem"), pem::encode("CERTIFICATE", &listed.tsa.certificate)).unwrap();
    let import = |file: &str, signer: &str| run(data, ["pki", "import-list", &path(file), "--signer", &path(signer)]);
    let check = |certificate: &str, more: &[&str]| {
        let certificate = path(certificate);
        let arguments = ["pki", "check", &certificate, "--revocation", "ignore"];
        run(data, arguments.iter().chain(more)).code
    };

    let ca = &listed.issuing.certificate;
    let granted = [("CA/QC", "granted", "2020-01-01T00:00:00Z")];
    let list = signed(&[service(ca, &granted)], "2099-01-01T00:00:00Z", &operator.seal).await;
    std::fs::write(path("list.xml"), &list).unwrap();
    let schemas = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/schemas");
    if schemas.is_dir() && Command::new("xmllint").arg("--version").output().is_ok() {
        let schema = schemas.join("ts_119612v020401_xsd.xsd");
        let judged = Command::new("xmllint")
            .args(["--nonet", "--noout", "--schema"])
            .arg(&schema)
            .arg(path("list.xml"))
            .output();
        let said = String::from_utf8_lossy(&judged.unwrap().stderr).into_owned();
        // the schema imports others by addresses that are not fetched
        assert!(
            said.contains("validates") || said.contains("Failed to locate") || said.contains("fails to compile"),
            "{said}"
        );
    }
    assert_eq!(check("leader.pem", &[]), 2);
    import("list.xml", "other.pem").expect(77).error_line();
    assert_eq!(check("leader.pem", &[]), 2);
    let ran = import("list.xml", "operator.pem").expect(0);
    assert!(ran.stdout.contains("list 7 of VN, 1 trust anchors"), "{ran:?}");
    assert_eq!(check("leader.pem", &[]), 0);
    // the log has which list it was, and who signed it
    let shown = run(data, ["audit", "show", "--action", "trust.changed", "--json"]).expect(0).json();
    assert_eq!(shown["entry"]["digest"], format!("sha256:{}", hex::encode(sha256(list.as_bytes()))));
    assert_eq!(shown["entry"]["certificate"], hex::encode(sha256(&operator.seal.certificate)));
    // a CA that is granted for signing issues no time-stamping authority
    assert_eq!(check("tsa.pem", &["--purpose", "timestamping"]), 2);

    // a changed list, one without signature, one that is out of date
    std::fs::write(path("changed.xml"), list.replace("granted", "withdrawn")).unwrap();
    import("changed.xml", "operator.pem").expect(77).error_line();
    std::fs::write(path("bare.xml"), format!("{HEAD}{TAIL}")).unwrap();
    import("bare.xml", "operator.pem").expect(77).error_line();
    std::fs::write(path("text.xml"), "no list").unwrap();
    import("text.xml", "operator.pem").expect(65).error_line();
    let outdated = signed(&[service(ca, &granted)], "2020-01-01T00:00:00Z", &operator.seal).await;
    std::fs::write(path("outdated.xml"), outdated).unwrap();
    import("outdated.xml", "operator.pem").expect(77).error_line();

    // withdrawn: believed for its time only
    let history = [("CA/QC", "withdrawn", "2026-06-01T00:00:00Z"), ("CA/QC", "granted", "2020-01-01T00:00:00Z")];
    let stamps = [("TSA/QTST", "granted", "2020-01-01T00:00:00Z")];
    let services = [service(ca, &history), service(ca, &stamps)];
    let list = signed(&services, "2099-01-01T00:00:00Z", &operator.seal).await;
    std::fs::write(path("list.xml"), list).unwrap();
    import("list.xml", "operator.pem").expect(0);
    assert_eq!(check("leader.pem", &[]), 2);
    assert_eq!(check("tsa.pem", &["--purpose", "timestamping"]), 0);
    let names: Vec<_> = std::fs::read_dir(data.join("trust")).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert_eq!(names.iter().filter(|n| n.to_string_lossy().starts_with("list-vn-")).count(), 4, "{names:?}");
}
