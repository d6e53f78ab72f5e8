//! What is fetched over HTTP comes within limits, from where it may come from, and tells no stranger a password.

use crate::answering::{Answer, Server};
use crate::openssl::openssl;
use dauson::net::http::Http;
use dauson::net::{ChosenBy, Fetch, NetError, Request};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(10);

fn http() -> Http {
    Http::new("", false, LIMIT).unwrap()
}

fn get(url: &str) -> Request<'_> {
    Request { url, chosen_by: ChosenBy::Operator, authorization: None, body: None, most: 10_000 }
}

async fn fetch(url: &str) -> Result<Vec<u8>, NetError> {
    http().fetch(&get(url)).await
}

#[tokio::test]
async fn what_is_asked_and_answered_arrives() {
    let server = Server::start();
    server.on(|asked| Answer::Body(asked.body.iter().rev().copied().collect()));
    let url = server.url("/a/b?c=d").replace("http://", "http://t%C3%AAn:m%3A%40@");
    let body = Some(("application/timestamp-query", &b"abc"[..]));
    let answer = http().fetch(&Request { body, ..get(&url) }).await.unwrap();
    assert_eq!(answer, b"cba");
    let asked = server.asked().pop().unwrap();
    assert_eq!(asked.line, "POST /a/b?c=d HTTP/1.1");
    assert_eq!(asked.header("host"), Some(&*server.address.to_string()));
    assert_eq!(asked.header("content-type"), Some("application/timestamp-query"));
    // "tên:m:@" in UTF-8
    assert_eq!(asked.header("authorization"), Some("Basic dMOqbjptOkA="));
    server.on(|_| Answer::Raw(b"HTTP/1.0 200 OK\r\n\r\nuntil the end".to_vec()));
    assert_eq!(fetch(&server.url("/")).await.unwrap(), b"until the end");
    assert_eq!(server.asked().pop().unwrap().header("authorization"), None);
}

#[tokio::test]
async fn what_is_no_good_answer_is_an_error_of_its_kind() {
    let server = Server::start();
    let url = server.url("/");
    for status in [204, 304, 404, 500, 503] {
        server.on(move |_| Answer::Status(status, String::new()));
        assert_eq!(fetch(&url).await.unwrap_err(), NetError::Status { status, body: Vec::new() });
    }
    for garbage in [&b"SSH-2.0-OpenSSH\r\n"[..], b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", &[0; 100]] {
        let raw = garbage.to_vec();
        server.on(move |_| Answer::Raw(raw.clone()));
        let error = fetch(&url).await.unwrap_err();
        assert!(matches!(error, NetError::Protocol { .. }), "{error}");
    }
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = fetch(&format!("http://{gone}/")).await.unwrap_err();
    assert!(matches!(error, NetError::Unreachable { .. }), "{error}");
    let error = fetch("http://no-such-host.invalid/").await.unwrap_err();
    assert!(matches!(error, NetError::Resolve { .. }), "{error}");
    for url in ["", "ocsp.ca.gov.vn", "ftp://a/", "file:///etc/passwd", "ldap://ca/cn=x", "http://", "http://a:99999/"]
    {
        let error = fetch(url).await.unwrap_err();
        assert!(matches!(error, NetError::Url { .. }), "{url}: {error}");
    }
}

#[tokio::test]
async fn too_much_and_too_slow_ends() {
    let server = Server::start();
    let url = server.url("/");
    let too_long = NetError::TooLong { most: 10_000 };
    server.on(|_| Answer::Body(vec![0; 10_000]));
    assert_eq!(fetch(&url).await.unwrap().len(), 10_000);
    server.on(|_| Answer::Body(vec![0; 10_001]));
    assert_eq!(fetch(&url).await.unwrap_err(), too_long);
    server.on(|_| Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec()));
    assert_eq!(fetch(&url).await.unwrap_err(), too_long);
    server.on(|_| Answer::Endless);
    assert_eq!(fetch(&url).await.unwrap_err(), too_long);
    let limit = Duration::from_millis(200);
    let hasty = Http::new("", false, limit).unwrap();
    for answer in [|| Answer::Silence, || Answer::Drip] {
        server.on(move |_| answer());
        let start = Instant::now();
        assert_eq!(hasty.fetch(&get(&url)).await.unwrap_err(), NetError::Slow { limit });
        assert!(start.elapsed() < LIMIT);
    }
}

#[tokio::test]
async fn a_certificate_cannot_lead_into_this_machine_or_its_network() {
    let server = Server::start();
    server.on(|_| Answer::Body(b"secret".to_vec()));
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1.2.3"] {
        let url = format!("http://{host}:{port}/");
        let request = Request { chosen_by: ChosenBy::Certificate, ..get(&url) };
        let error = http().fetch(&request).await.unwrap_err();
        assert!(matches!(error, NetError::Private { .. }), "{host}: {error}");
        // also where there is a proxy, which would be this machine for them
        let error = Http::new(&server.url(""), false, LIMIT).unwrap().fetch(&request).await.unwrap_err();
        assert!(matches!(error, NetError::Private { .. }), "{host}: {error}");
    }
    assert!(server.asked().is_empty());
    let url = server.url("/");
    let request = Request { chosen_by: ChosenBy::Certificate, ..get(&url) };
    assert_eq!(Http::new("", true, LIMIT).unwrap().fetch(&request).await.unwrap(), b"secret");
    let error = dauson::error::Error::from(http().fetch(&request).await.unwrap_err());
    assert!(error.to_string().contains("net.allow_private"), "{error}");
}

#[tokio::test]
async fn redirects_are_followed_a_little_and_never_to_where_one_may_not_go() {
    let server = Server::start();
    let elsewhere = Server::start();
    elsewhere.on(|_| Answer::Body(b"elsewhere".to_vec()));
    let to = |location: String| move |_: &_| Answer::Status(302, format!("Location: {location}"));
    server.on(|asked| match asked.path() {
        "/start" => Answer::Status(301, "Location: next?x".to_owned()),
        "/next?x" => Answer::Status(307, "Location: /end".to_owned()),
        _ => Answer::Body(b"here".to_vec()),
    });
    let url = server.url("/start").replace("http://", "http://user:secret@");
    assert_eq!(fetch(&url).await.unwrap(), b"here");
    assert!(server.asked().iter().all(|asked| asked.header("authorization").is_some()));
    // a POST is sent on only unchanged
    let body = Some(("text/plain", &b"abc"[..]));
    let status = http().fetch(&Request { body, ..get(&url) }).await.unwrap_err();
    assert_eq!(status, NetError::Status { status: 301, body: Vec::new() });
    let url = server.url("/next?x");
    http().fetch(&Request { body, ..get(&url) }).await.unwrap();
    assert_eq!(server.asked().pop().unwrap().body, b"abc");
    server.on(to("/".to_owned()));
    assert!(matches!(fetch(&server.url("/")).await.unwrap_err(), NetError::Redirect { .. }));
    assert_eq!(server.asked().len(), 4);
    for bad in ["ftp://a/", "file:///etc/passwd", "http://"] {
        server.on(to(bad.to_owned()));
        assert!(matches!(fetch(&server.url("/")).await.unwrap_err(), NetError::Redirect { .. }), "{bad}");
    }
    // who was asked by the operator may not send on to others in the network, and others learn no password
    let target = elsewhere.url("/").replace("127.0.0.1", "localhost");
    server.on(to(target));
    let url = server.url("/").replace("http://", "http://user:secret@");
    assert!(matches!(fetch(&url).await.unwrap_err(), NetError::Private { .. }));
    assert_eq!(Http::new("", true, LIMIT).unwrap().fetch(&get(&url)).await.unwrap(), b"elsewhere");
    let asked = elsewhere.asked();
    assert_eq!((asked.len(), asked[0].header("authorization")), (1, None));
}

#[tokio::test]
async fn a_proxy_is_asked_with_the_whole_address() {
    let proxy = Server::start();
    proxy.on(|asked| match asked.line.split(' ').next() {
        Some("CONNECT") => Answer::Status(407, String::new()),
        _ => Answer::Body(b"by proxy".to_vec()),
    });
    let address = proxy.url("").replace("http://", "http://user:secret@");
    let http = Http::new(&address, false, LIMIT).unwrap();
    let request = Request { chosen_by: ChosenBy::Certificate, ..get("http://ocsp.example:8080/a?b") };
    assert_eq!(http.fetch(&request).await.unwrap(), b"by proxy");
    let asked = proxy.asked().pop().unwrap();
    assert_eq!(asked.line, "GET http://ocsp.example:8080/a?b HTTP/1.1");
    assert_eq!(asked.header("host"), Some("ocsp.example:8080"));
    assert_eq!(asked.header("proxy-authorization"), Some("Basic dXNlcjpzZWNyZXQ="));
    let error = http.fetch(&get("https://tsa.example/")).await.unwrap_err();
    assert_eq!(error, NetError::Proxy { why: "it answers with status 407".to_owned() });
    let asked = proxy.asked().pop().unwrap();
    assert_eq!(asked.line, "CONNECT tsa.example:443 HTTP/1.1");
    assert_eq!(asked.header("proxy-authorization"), Some("Basic dXNlcjpzZWNyZXQ="));
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let http = Http::new(&format!("http://{gone}"), false, LIMIT).unwrap();
    assert!(matches!(http.fetch(&request).await.unwrap_err(), NetError::Proxy { .. }));
    for bad in ["proxy:3128", "socks5://a", "https://a"] {
        assert!(matches!(Http::new(bad, false, LIMIT).unwrap_err(), NetError::Url { .. }), "{bad}");
    }
}

/// The variable that tells [`https_in_a_process_of_its_own`] what to fetch.
const FETCH: &str = "TEST_FETCH";

/// Which servers the system trusts is fixed for a process: this one is run by [`https_asks_who_the_server_is`].
#[tokio::test]
async fn https_in_a_process_of_its_own() {
    let Ok(url) = std::env::var(FETCH) else { return };
    match http().fetch(&Request { most: 100_000, ..get(&url) }).await {
        Ok(body) => println!("fetched {} bytes", body.len()),
        Err(error) => println!("failed: {error}"),
    }
}

#[test]
fn https_asks_who_the_server_is() {
    let folder = tempfile::tempdir().unwrap();
    let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost";
    for name in ["server", "another"] {
        // no CA: it is trusted itself
        openssl(
            folder.path(),
            &format!(
                "{new} -addext subjectAltName=DNS:localhost -addext basicConstraints=CA:FALSE -keyout {name}.key -out {name}.pem"
            ),
        );
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let arguments = format!("s_server -accept 127.0.0.1:{port} -cert server.pem -key server.key -www -quiet");
    let mut server = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < LIMIT, "openssl s_server does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    let fetch = |trusted: &str, host: &str| {
        let run = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "net_http::https_in_a_process_of_its_own", "--nocapture"])
            .env("SSL_CERT_FILE", folder.path().join(trusted))
            .env_remove("SSL_CERT_DIR")
            .env(FETCH, format!("https://{host}:{port}/"))
            .output()
            .unwrap();
        String::from_utf8(run.stdout).unwrap()
    };
    let (good, untrusted, misnamed) =
        (fetch("server.pem", "localhost"), fetch("another.pem", "localhost"), fetch("server.pem", "127.0.0.1"));
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(good.contains("fetched "), "{good}");
    assert!(untrusted.contains("failed: TLS: "), "{untrusted}");
    assert!(misnamed.contains("failed: TLS: "), "{misnamed}");
}
