//! What keeps a signature from its level: TSAs that are down, lie, drip or flood; certificates that are revoked, or whose
//! status is not to be had. Nothing appears then.

use crate::answering::{Answer, Server as Answering};
use crate::levels::{Desk, others_accept, sample, verify};
use crate::program::{Ran, run};
use dauson::authority::tsa::Tsa;
use dauson::authority::{Agency, Authority, Plan};
use dauson::cms::oid;
use dauson::keys::{KeyAlgorithm, LocalKey};
use std::net::TcpListener;
use time::{Duration, OffsetDateTime};

const QUICK: [(&str, &str); 1] = [("DAUSON_NET_SECONDS", "1")];

fn gone() -> String {
    format!("http://{}/tsa", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

/// A TSA of this authority that states another digest, or another nonce.
fn lying(made: &Authority, imprint: bool) -> Answering {
    let tsa = &made.tsa;
    let key = LocalKey::from_pkcs8(&tsa.pkcs8, tsa.certificate.clone(), tsa.chain.clone()).unwrap();
    let server = Answering::start();
    server.on(move |asked| {
        let tsa = Tsa { key: &key, policy: oid::DAUSON_TSA_POLICY, accuracy: Duration::SECOND };
        let mut request = tsa.accept(&asked.body).unwrap();
        if imprint {
            request.imprint[0] ^= 1;
        } else {
            request.nonce = Some(vec![1]);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Answer::Body(runtime.block_on(tsa.grant(request, 1, OffsetDateTime::now_utc())).unwrap())
    });
    server
}

fn stop(desk: &mut Desk) {
    desk.server.terminate();
    desk.server.wait();
}

#[track_caller]
fn nothing_came(desk: &Desk, ran: &Ran, why: &str) {
    assert!(ran.error_line().contains(why), "{ran:?}");
    assert!(!desk.path("no.pdf").exists() && ran.stdout.is_empty());
    let left = std::fs::read_dir(desk.folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.contains("tmp")).count(), 0);
}

#[test]
fn a_tsa_that_fails_leaves_nothing_and_the_next_one_is_asked() {
    let desk = Desk::new(KeyAlgorithm::P256);
    let stranger = {
        let plan = Plan {
            algorithm: KeyAlgorithm::P256,
            url: "http://ca.example",
            agency: Agency::SAMPLE,
            now: OffsetDateTime::now_utc(),
        };
        Authority::create(&plan, &mut rand::rng()).unwrap()
    };
    let answering = |answer: fn() -> Answer| {
        let server = Answering::start();
        server.on(move |_| answer());
        server
    };
    let servers = [
        (lying(&desk.made, true), "is of something else"),
        (lying(&desk.made, false), "has not the nonce"),
        (lying(&stranger, true), "is of something else"),
        (answering(|| Answer::Silence), "does not answer within 1 s"),
        (answering(|| Answer::Drip), "does not answer within 1 s"),
        (answering(|| Answer::Endless), "is longer than"),
        (answering(|| Answer::Status(503, String::new())), "answers with status 503"),
        (answering(|| Answer::Body(b"<html>".to_vec())), "is not a time-stamp"),
    ];
    let mut all = vec![gone()];
    for (server, why) in &servers {
        let url = server.url("/tsa");
        let ran = desk.sign_as(&sample(), "no.pdf", &format!("--level B-T --tsa {url}"), &QUICK).expect(69);
        nothing_came(&desk, &ran, why);
        all.push(url);
    }
    let words = format!(" --tsa {}", all.join(" --tsa "));
    let ran = desk.sign_as(&sample(), "no.pdf", &format!("--level B-LTA{words}"), &QUICK).expect(69);
    nothing_came(&desk, &ran, "it cannot be reached");
    // the last one answers
    let words = format!("--level B-T{words} --tsa {}", desk.tsa());
    desk.sign_as(&sample(), "out.pdf", &words, &QUICK).expect(0);
    others_accept(&desk.path("out.pdf"), 1);
    let ran = desk.sign(&sample(), "no.pdf", "--level B-T").expect(64);
    nothing_came(&desk, &ran, "there is no TSA to be asked");
    // a TSA that failed had no signature to stamp: only the one that appeared is in the log
    let audit = run(desk.folder.path(), ["audit", "verify", "--json"]).expect(0).json();
    assert_eq!(audit["entries"], 1);
}

#[test]
fn a_tsa_that_falls_silent_halfway_leaves_nothing() {
    let mut desk = Desk::new(KeyAlgorithm::P256);
    desk.sign(&sample(), "out.pdf", &format!("--level B-T --tsa {}", desk.tsa())).expect(0);
    let tsa = desk.tsa();
    stop(&mut desk);
    // how large its tokens are is known, so that it is asked only once there is a signature
    let ran = desk.sign_as(&sample(), "no.pdf", &format!("--level B-T --tsa {tsa}"), &QUICK);
    nothing_came(&desk, &ran.expect(69), "it cannot be reached");
    run(desk.folder.path(), ["audit", "verify"]).expect(0);
}

#[test]
fn a_revoked_certificate_signs_no_more() {
    let desk = Desk::new(KeyAlgorithm::P256);
    for level in ["B-B", "B-LT"] {
        desk.sign(&sample(), &format!("{level}.pdf"), &format!("--level {level} --tsa {}", desk.tsa())).expect(0);
    }
    let revoked = desk.authority.path().join("leader");
    run(desk.authority.path(), ["pki", "revoke", revoked.to_str().unwrap(), "--reason", "keyCompromise"]).expect(0);
    // an answer of some minutes ago counts no longer than those minutes; here nobody waits for them
    std::fs::remove_dir_all(desk.path("cache")).unwrap();
    for level in ["B-B", "B-LT"] {
        let ran = desk.sign(&sample(), "no.pdf", &format!("--level {level} --tsa {}", desk.tsa())).expect(77);
        nothing_came(&desk, &ran, "was revoked at");
    }
    let long_term = verify(&[&desk.path("trust/root.pem")], &desk.path("B-LT.pdf"), "require");
    assert_eq!(long_term["verdict"], "TOTAL-PASSED", "what was signed before carries what proves it");
}

#[test]
fn a_status_that_is_not_to_be_had_is_a_warning_or_a_refusal() {
    let mut desk = Desk::new(KeyAlgorithm::P256);
    // a TSA that goes on while the CA is down
    let tsa = &desk.made.tsa;
    let key = LocalKey::from_pkcs8(&tsa.pkcs8, tsa.certificate.clone(), tsa.chain.clone()).unwrap();
    let stamping = Answering::start();
    stamping.on(move |asked| {
        let tsa = Tsa { key: &key, policy: oid::DAUSON_TSA_POLICY, accuracy: Duration::SECOND };
        let request = tsa.accept(&asked.body).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Answer::Body(runtime.block_on(tsa.grant(request, 1, OffsetDateTime::now_utc())).unwrap())
    });
    stop(&mut desk);
    let words = |level: &str| format!("--level {level} --tsa {}", stamping.url("/"));
    for level in ["B-B", "B-T"] {
        let ran = desk.sign_as(&sample(), &format!("{level}.pdf"), &words(level), &QUICK).expect(0);
        assert!(ran.stderr.contains("is revoked is not known"), "{ran:?}");
        let refuse = [QUICK[0], ("DAUSON_SIGN_UNKNOWN_STATUS", "refuse")];
        let ran = desk.sign_as(&sample(), "no.pdf", &words(level), &refuse).expect(69);
        nothing_came(&desk, &ran, "it cannot be reached");
    }
    let ran = desk.sign_as(&sample(), "no.pdf", &words("B-LT"), &QUICK).expect(69);
    nothing_came(&desk, &ran, "it cannot be reached");
    // lists that were brought by hand will do
    let crls = ["issuing", "root"].map(|ca| desk.authority.path().join(format!("crls/{ca}.crl")));
    let by_hand = format!("{} --crl {} --crl {}", words("B-LT"), crls[0].display(), crls[1].display());
    desk.sign_as(&sample(), "B-LT.pdf", &by_hand, &QUICK).expect(0);
    let report = verify(&[&desk.path("trust/root.pem")], &desk.path("B-LT.pdf"), "require");
    assert_eq!((&report["verdict"], &report["signatures"][0]["level"]), (&"TOTAL-PASSED".into(), &"B-LT".into()));
}
