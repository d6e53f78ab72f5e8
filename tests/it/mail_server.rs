//! A mail server on this machine that takes letters or not, as a test tells it to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the mail server does with the next letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Takes it.
    Take,
    /// Names the recipient, and wants it later.
    Later,
    /// Names the recipient, and never wants it.
    Refuse,
    /// Goes away in the middle of it.
    Vanish,
    /// Does not want its sender, which is no fault of the letter.
    RefuseSender,
}

/// A mail server on this machine: it does what it is told with each letter, and takes all later ones.
pub struct MailServer {
    pub address: SocketAddr,
    /// What it is trusted by, PEM, if it speaks TLS.
    pub certificate: Option<String>,
    pub acts: Arc<Mutex<Vec<Act>>>,
    lines: Arc<Mutex<Vec<String>>>,
    taken: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl MailServer {
    pub fn start(acts: &[Act]) -> Self {
        Self::begin(acts, None)
    }

    /// One that wants TLS and a login, from the first byte on or by STARTTLS.
    pub fn start_with_tls(implicit: bool) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let mut server = Self::begin(&[], Some((Arc::new(config), implicit)));
        server.certificate = Some(made.cert.pem());
        server
    }

    fn begin(acts: &[Act], tls: Option<(Arc<ServerConfig>, bool)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            certificate: None,
            acts: Arc::new(Mutex::new(acts.iter().rev().copied().collect())),
            lines: Arc::default(),
            taken: Arc::default(),
        };
        let (acts, lines, taken) = (Arc::clone(&server.acts), Arc::clone(&server.lines), Arc::clone(&server.taken));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let act = acts.lock().unwrap().pop().unwrap_or(Act::Take);
                let connection = Connection { act, lines: &lines, taken: &taken };
                // the client may go away at any moment
                let _ = connection.serve(stream.unwrap(), tls.as_ref());
            }
        });
        server
    }

    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("DAUSON_MAIL_HOST", self.address.ip().to_string()),
            ("DAUSON_MAIL_PORT", self.address.port().to_string()),
            ("DAUSON_MAIL_TLS", "none".to_owned()),
            ("DAUSON_MAIL_FROM", "bienlai@sonmau.example".to_owned()),
        ]
    }

    pub fn taken(&self) -> Vec<Vec<u8>> {
        self.taken.lock().unwrap().clone()
    }

    /// The commands that it heard.
    pub fn heard(&self, verb: &str) -> Vec<String> {
        self.lines.lock().unwrap().iter().filter(|line| line.starts_with(verb)).cloned().collect()
    }
}

struct Connection<'a> {
    act: Act,
    lines: &'a Mutex<Vec<String>>,
    taken: &'a Mutex<Vec<Vec<u8>>>,
}

impl Connection<'_> {
    fn serve(&self, mut stream: TcpStream, tls: Option<&(Arc<ServerConfig>, bool)>) -> std::io::Result<()> {
        let greeting = b"220 mail.example ESMTP\r\n";
        let encrypted = |stream, config: &Arc<ServerConfig>| {
            StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)
        };
        let Some((config, implicit)) = tls else {
            stream.write_all(greeting)?;
            return self.talk(stream, false).map(drop);
        };
        if *implicit {
            let mut stream = encrypted(stream, config);
            stream.write_all(greeting)?;
            return self.talk(stream, false).map(drop);
        }
        stream.write_all(greeting)?;
        if self.talk(stream.try_clone()?, true)? {
            self.talk(encrypted(stream, config), false)?;
        }
        Ok(())
    }

    /// Answers until the client goes, or wants TLS, which it is offered.
    fn talk(&self, stream: impl Read + Write, offers_tls: bool) -> std::io::Result<bool> {
        let mut reader = BufReader::new(stream);
        let mut to = String::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(false);
            }
            self.lines.lock().unwrap().push(line.trim_end().to_owned());
            let answer = match line.split([' ', ':', '\r']).next().unwrap() {
                "EHLO" if offers_tls => "250-mail.example\r\n250 STARTTLS\r\n".to_owned(),
                "EHLO" => {
                    "250-mail.example\r\n250-ENHANCEDSTATUSCODES\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n".to_owned()
                }
                "STARTTLS" if offers_tls => {
                    reader.get_mut().write_all(b"220 go on\r\n")?;
                    return Ok(true);
                }
                "AUTH" => "235 2.7.0 welcome\r\n".to_owned(),
                _ if offers_tls => "530 5.7.0 STARTTLS first\r\n".to_owned(),
                "MAIL" if self.act == Act::RefuseSender => {
                    "550 5.7.1 bienlai@sonmau.example may not send\r\n".to_owned()
                }
                "RCPT" => {
                    line.trim_end().clone_into(&mut to);
                    match self.act {
                        Act::Later => format!("450 4.2.0 {to}: greylisted\r\n"),
                        Act::Refuse => format!("550 5.1.1 {to}: no such user\r\n"),
                        _ => "250 ok\r\n".to_owned(),
                    }
                }
                "DATA" => {
                    reader.get_mut().write_all(b"354 go on\r\n")?;
                    let mut message = Vec::new();
                    loop {
                        let mut line = Vec::new();
                        let read = reader.read_until(b'\n', &mut line)?;
                        if read == 0 || (self.act == Act::Vanish && message.len() > 5_000) {
                            return Ok(false);
                        }
                        if line == b".\r\n" {
                            break;
                        }
                        // RFC 5321, 4.5.2
                        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                    }
                    self.taken.lock().unwrap().push(message);
                    "250 2.0.0 taken\r\n".to_owned()
                }
                "QUIT" => {
                    reader.get_mut().write_all(b"221 bye\r\n")?;
                    return Ok(false);
                }
                _ => "250 ok\r\n".to_owned(),
            };
            reader.get_mut().write_all(answer.as_bytes())?;
        }
    }
}
