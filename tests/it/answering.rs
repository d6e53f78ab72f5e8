//! An HTTP server on this machine that answers as a test tells it to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the server was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub line: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The path with its query.
    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap()
    }
}

/// How it answers.
pub enum Answer {
    /// Status 200.
    Body(Vec<u8>),
    /// A status and a header line.
    Status(u16, String),
    /// These octets, whatever they are.
    Raw(Vec<u8>),
    /// Without end, in chunks.
    Endless,
    /// An octet now and then.
    Drip,
    /// Never.
    Silence,
}

type Handler = dyn Fn(&Asked) -> Answer + Send + Sync;

/// Runs until the test ends.
pub struct Server {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    handler: Arc<Mutex<Arc<Handler>>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let first: Arc<Handler> = Arc::new(|_| Answer::Status(404, String::new()));
        let handler = Arc::new(Mutex::new(first));
        let (log, current) = (Arc::clone(&asked), Arc::clone(&handler));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, current) = (Arc::clone(&log), Arc::clone(&current));
                std::thread::spawn(move || {
                    if let Ok(mut stream) = stream
                        && let Some(asked) = read(&stream)
                    {
                        log.lock().unwrap().push(asked.clone());
                        let handler = Arc::clone(&current.lock().unwrap());
                        // the client may have gone
                        let _ = write(&mut stream, handler(&asked));
                    }
                });
            }
        });
        Self { address, asked, handler }
    }

    /// From now on it answers so.
    pub fn on(&self, handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static) {
        *self.handler.lock().unwrap() = Arc::new(handler);
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it was asked since the last time.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let len = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, len)| len.parse().unwrap());
    let mut body = vec![0; len];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { line: line.trim_end().to_owned(), headers, body })
}

fn write(stream: &mut TcpStream, answer: Answer) -> std::io::Result<()> {
    match answer {
        Answer::Body(body) => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len())?;
            stream.write_all(&body)
        }
        Answer::Status(status, header) => {
            let line = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\n{line}\r\n")
        }
        Answer::Raw(octets) => stream.write_all(&octets),
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            loop {
                stream.write_all(&[b"1000\r\n", &[b'x'; 0x1000][..], b"\r\n"].concat())?;
            }
        }
        Answer::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            loop {
                stream.write_all(b"x")?;
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Answer::Silence => {
            // until the client goes
            let _ = stream.read(&mut [0; 1]);
            Ok(())
        }
    }
}
