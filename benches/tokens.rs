//! Signatures by a token (SoftHSM, where it is installed): through the program's queue, which verifies each, against a bare loop of
//! C_Sign on one session.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use dauson::authority::{Agency, Authority, Plan};
use dauson::cms::encode;
use dauson::digest::{DigestAlgorithm, sha256};
use dauson::keys::{KeyAlgorithm, PublicHalf, SigningKey as _, TokenKey, pem};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use zeroize::Zeroizing;

const PIN: &str = "482915";
/// How long each way is measured.
const SPAN: Duration = Duration::from_secs(2);
/// SoftHSM's settings name the folder of its tokens; they are read from the environment.
const SETTINGS: &str = "SOFTHSM2_CONF";

fn tool(name: &str, settings: &Path, arguments: &[&str]) {
    let output = Command::new(name).env(SETTINGS, settings).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// Set in the process that measures, to the folder of its tokens.
const CHILD: &str = "DAUSON_BENCH_TOKENS";

fn module() -> Option<PathBuf> {
    let folders = ["/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/local/lib/softhsm", "/usr/lib64/pkcs11"];
    folders.iter().map(|folder| Path::new(folder).join("libsofthsm2.so")).find(|module| module.exists())
}

/// A row for each kind of key, by a process of its own, which has the tokens' settings in its environment.
pub fn rows(folder: &Path) {
    if module().is_none() {
        return println!("## Signatures by a token: skipped, SoftHSM is not installed\n");
    }
    let folder = folder.join("tokens");
    std::fs::create_dir_all(folder.join("store")).unwrap();
    let settings = folder.join("softhsm2.conf");
    std::fs::write(&settings, format!("directories.tokendir = {}\n", folder.join("store").display())).unwrap();
    let new = ["--init-token", "--free", "--label", "bench", "--pin", PIN, "--so-pin", "00000000"];
    tool("softhsm2-util", &settings, &new);
    let mut measuring = Command::new(std::env::current_exe().unwrap());
    assert!(measuring.env(SETTINGS, &settings).env(CHILD, &folder).status().unwrap().success());
}

/// Measures, if this is the process for it.
pub fn is_child() -> bool {
    let (Some(folder), Some(module)) = (std::env::var_os(CHILD), module()) else { return false };
    println!("## Signatures by a token (SoftHSM), a second");
    println!("{:<10} {:>10} {:>10} {:>7} {:>10} {:>7}", "", "bare loop", "1 client", "", "8 clients", "");
    for (id, name, algorithm) in [("01", "rsa2048", KeyAlgorithm::Rsa2048), ("02", "p256", KeyAlgorithm::P256)] {
        row(Path::new(&folder), &module, (id, name), algorithm);
    }
    println!();
    true
}

fn row(folder: &Path, module: &Path, (id, name): (&str, &str), algorithm: KeyAlgorithm) {
    let now = OffsetDateTime::now_utc();
    let plan = Plan { algorithm, url: "http://127.0.0.1:1", agency: Agency::SAMPLE, now };
    let leader = Authority::create(&plan, &mut rand::rng()).unwrap().leader;
    let file = folder.join(format!("{name}.key"));
    std::fs::write(&file, pem::encode("PRIVATE KEY", &leader.pkcs8).as_bytes()).unwrap();
    let import = [
        "--import",
        file.to_str().unwrap(),
        "--token",
        "bench",
        "--label",
        name,
        "--id",
        id,
        "--pin",
        PIN,
        "--no-public-key",
    ];
    tool("softhsm2-util", &folder.join("softhsm2.conf"), &import);
    let bare = bare(module, name, algorithm);
    let uri = format!("pkcs11:token=bench;object={name}").parse().unwrap();
    let public = PublicHalf::new(leader.certificate.clone(), Vec::new()).unwrap();
    let key = TokenKey::new(module.to_owned(), uri, Some(Zeroizing::new(PIN.to_owned())), public);
    let key = Arc::new(key);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let [one, eight] = [1, 8].map(|clients| runtime.block_on(clients_at_once(&key, clients)));
    println!("{name:<10} {bare:>10.0} {one:>10.0} {:>6.2}x {eight:>10.0} {:>6.2}x", one / bare, eight / bare);
}

/// Signatures a second by so many that sign one after the other.
async fn clients_at_once(key: &Arc<TokenKey>, clients: usize) -> f64 {
    let scheme = key.schemes()[0];
    key.sign(scheme, b"once, so that there is a session").await.unwrap();
    let start = Instant::now();
    let all: Vec<_> = (0..clients)
        .map(|_| {
            let key = Arc::clone(key);
            tokio::spawn(async move {
                let mut signed = 0_u32;
                while start.elapsed() < SPAN {
                    key.sign(scheme, b"what is signed").await.unwrap();
                    signed += 1;
                }
                signed
            })
        })
        .collect();
    let mut signed = 0;
    for client in all {
        signed += client.await.unwrap();
    }
    f64::from(signed) / start.elapsed().as_secs_f64()
}

/// Calls of C_Sign a second on one session, with nothing around them.
fn bare(module: &Path, name: &str, algorithm: KeyAlgorithm) -> f64 {
    let calls = Pkcs11::new(module).unwrap();
    // a second time it is there already
    let _ = calls.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
    let mut slots = calls.get_slots_with_initialized_token().unwrap().into_iter();
    let session = calls.open_ro_session(slots.next().unwrap()).unwrap();
    // logged in is the whole process
    let _ = session.login(UserType::User, Some(&AuthPin::from(PIN)));
    let wanted = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(name.into())];
    let key = session.find_objects(&wanted).unwrap()[0];
    let hash = sha256(b"what is signed");
    let (mechanism, data) = if algorithm == KeyAlgorithm::P256 {
        (Mechanism::Ecdsa, hash.to_vec())
    } else {
        let oid = encode::tlv(6, &[DigestAlgorithm::Sha256.oid().as_bytes()]);
        let identifier = encode::sequence(&[&oid, &encode::NULL]);
        (Mechanism::RsaPkcs, encode::sequence(&[&identifier, &encode::octet_string(&hash)]))
    };
    let (start, mut signed) = (Instant::now(), 0_u32);
    while start.elapsed() < SPAN {
        session.sign(&mechanism, key, &data).unwrap();
        signed += 1;
    }
    f64::from(signed) / start.elapsed().as_secs_f64()
}
