//! The program as a server, and a small HTTP client.
#![allow(dead_code)]

use crate::program::command;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// The program, serving.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    /// Starts `dauson serve` with these settings on a free port.
    pub fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = command(data);
        command.arg("serve").env("DAUSON_SERVE_ADDRESS", "127.0.0.1:0").envs(settings.iter().copied());
        Self::of(command, "dauson: serving at http://")
    }

    /// Starts what says so, and then its address, on stderr.
    pub fn of(mut command: Command, ready: &str) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        // on a busy machine there may be a warning before it
        let mut before = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "it did not start: {before}");
            if let Some(address) = line.trim_end().strip_prefix(ready) {
                break address.to_owned();
            }
            before.push_str(&line);
        };
        // what is logged later is shown if the test fails
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).for_each(|line| eprintln!("server: {line}")));
        Self { child, address }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream
    }

    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        Request { server: self, head: format!("{method} {path} HTTP/1.1\r\nhost: test\r\n"), body: Vec::new() }
    }

    pub fn get(&self, path: &str) -> Request<'_> {
        self.request("GET", path)
    }

    pub fn post(&self, path: &str) -> Request<'_> {
        self.request("POST", path)
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end; gives the exit code.
    pub fn wait(&mut self) -> i32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(start.elapsed() < Duration::from_secs(30), "the server does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request that is being put together.
pub struct Request<'a> {
    server: &'a Server,
    pub head: String,
    pub body: Vec<u8>,
}

impl Request<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.extend([name, ": ", value, "\r\n"]);
        self
    }

    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn body(mut self, media_type: &str, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.header("content-type", media_type)
    }

    pub fn pdf(self, body: &[u8]) -> Self {
        self.body("application/pdf", body)
    }

    pub fn json(self, body: &serde_json::Value) -> Self {
        self.body("application/json", body.to_string().as_bytes())
    }

    /// A form of parts: name, file name, bytes.
    pub fn form(self, parts: &[(&str, Option<&str>, &[u8])]) -> Self {
        let mut body = Vec::new();
        for (name, file, bytes) in parts {
            let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            body.extend(format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--cut--\r\n");
        self.body("multipart/form-data; boundary=cut", &body)
    }

    /// The bytes of head and body.
    pub fn bytes(&self) -> Vec<u8> {
        let head = format!("{}content-length: {}\r\nconnection: close\r\n\r\n", self.head, self.body.len());
        [head.as_bytes(), &self.body].concat()
    }

    #[track_caller]
    pub fn send(self) -> Answer {
        let mut stream = self.server.connect();
        // a server that has answered need not read the rest
        let _ = stream.write_all(&self.bytes());
        Answer::read(stream)
    }
}

/// What came back.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(2_000).collect();
        write!(f, "{}\n{}\n{body}", self.status, self.head)
    }
}

impl Answer {
    #[track_caller]
    pub fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or_else(|| panic!("no answer: {bytes:?}"));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let answer = Self { status, head, body: bytes[end + 4..].to_vec() };
        match answer.header("content-length") {
            Some(length) => assert_eq!(length.parse::<usize>().unwrap(), answer.body.len(), "{answer:?}"),
            None => assert!(answer.header("transfer-encoding").is_none(), "the client knows no chunks: {answer:?}"),
        }
        answer
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All values of a header.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The code of a problem document that is as it should be.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for key in ["type", "title", "detail", "code"] {
            assert!(problem[key].as_str().is_some_and(|text| !text.is_empty()), "{self:?}");
        }
        problem["code"].as_str().unwrap().to_owned()
    }
}

/// A PDF of the samples.
pub fn sample_pdf() -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples/cong-van.pdf")).unwrap()
}
