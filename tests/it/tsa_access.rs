//! A TSA that wants to know who asks, and one that only a proxy reaches; nobody else learns a password.

use crate::answering::{Answer, Server};
use crate::levels::{Desk, others_accept, sample};
use crate::program::{command, finish};
use dauson::authority::tsa::Tsa;
use dauson::cms::oid;
use dauson::keys::{KeyAlgorithm, LocalKey};
use time::{Duration, OffsetDateTime};

/// "office:bí mật:@", as Basic authentication.
const BASIC: &str = "Basic b2ZmaWNlOmLDrSBt4bqtdDpA";
const PASSWORD: &str = "bí mật:@";

/// A TSA of the desk's authority that answers who sends this header, and nobody else.
fn guarded(desk: &Desk, header: &'static str) -> Server {
    let tsa = &desk.made.tsa;
    let key = LocalKey::from_pkcs8(&tsa.pkcs8, tsa.certificate.clone(), tsa.chain.clone()).unwrap();
    let server = Server::start();
    server.on(move |asked| {
        if asked.header(header) != Some(BASIC) {
            return Answer::Status(401, "WWW-Authenticate: Basic realm=\"TSA\"".to_owned());
        }
        let tsa = Tsa { key: &key, policy: oid::DAUSON_TSA_POLICY, accuracy: Duration::SECOND };
        let request = tsa.accept(&asked.body).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Answer::Body(runtime.block_on(tsa.grant(request, 1, OffsetDateTime::now_utc())).unwrap())
    });
    server
}

#[test]
fn the_password_of_a_tsa_stands_in_a_file() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let server = guarded(&desk, "authorization");
    let file = desk.path("tsa-password");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let words = |user: &str| format!("--level B-T --tsa {}", server.url("/tsa").replace("http://", user));
    let with_file = [("DAUSON_SIGN_TSA_PASSWORD_FILE", file.to_str().unwrap()), ("DAUSON_LOG", "trace")];
    let ran = desk.sign_as(&sample(), "out.pdf", &words("http://office@"), &with_file).expect(0);
    others_accept(&desk.path("out.pdf"), 1);
    let silent = |text: &str| !text.contains("mật") && !text.contains("m%E1") && !text.contains(&BASIC[6..]);
    assert!(silent(&ran.stderr) && silent(&ran.stdout), "{ran:?}");
    // the settings may name the TSA
    let address = words("http://office@").split(' ').next_back().unwrap().to_owned();
    let settings = format!("[sign]\ntsa = \"{address}\"\ntsa_password_file = \"tsa-password\"\n");
    std::fs::write(desk.path("dauson.toml"), settings).unwrap();
    desk.sign(&sample(), "settings.pdf", "--level B-T").expect(0);
    std::fs::remove_file(desk.path("dauson.toml")).unwrap();
    // a password is for who is named, and one that is written down with the name comes first
    for user in ["http://", "http://office:wrong@", "http://other@"] {
        let ran = desk.sign_as(&sample(), "no.pdf", &words(user), &with_file[..1]).expect(69);
        assert!(ran.error_line().contains("/tsa: it answers with status 401") && silent(&ran.stderr), "{ran:?}");
        assert!(!ran.stderr.contains("wrong") && !desk.path("no.pdf").exists(), "{ran:?}");
    }
    let ran = desk.sign_as(&sample(), "no.pdf", &words("http://office@"), &[("DAUSON_SIGN_TSA_PASSWORD_FILE", "/no")]);
    assert!(ran.expect(66).error_line().contains("there is no such file"));
}

#[test]
fn a_tsa_is_reached_through_a_proxy() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let proxy = guarded(&desk, "proxy-authorization");
    let url = proxy.url("").replace("http://", "http://office:b%C3%AD%20m%E1%BA%ADt%3A%40@");
    let settings = [("DAUSON_NET_PROXY", url.as_str()), ("DAUSON_LOG", "trace")];
    let ran = desk.sign_as(&sample(), "out.pdf", "--level B-T --tsa http://tsa.example/tsa?x=1", &settings).expect(0);
    assert!(!ran.stderr.contains("m%E1") && !ran.stderr.contains("mật"), "{ran:?}");
    others_accept(&desk.path("out.pdf"), 1);
    let asked = proxy.asked();
    assert!(asked.iter().all(|asked| asked.line == "POST http://tsa.example/tsa?x=1 HTTP/1.1"), "{asked:?}");
    let mut show = command(desk.folder.path());
    let shown = finish(show.envs(settings).args(["config", "--json"]).spawn().unwrap()).expect(0);
    assert!(
        !shown.stdout.contains("office@") && shown.stdout.contains(&proxy.url("")) && !shown.stdout.contains("office:"),
        "{shown:?}"
    );
}
