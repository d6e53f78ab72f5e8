//! Letters by e-mail: a MIME message (RFC 5322, RFC 2045) with files, handed to one mail server by SMTP (RFC 5321). Headers are encoded
//! (RFC 2047), so that no name or subject can end one; addresses are checked, so that none can end a command.

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::Error as Smtp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// How long a letter may take, from the connection to the last answer.
pub const LIMIT: Duration = Duration::from_mins(2);

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// What makes it the same letter when it is handed over again: ASCII letters and digits.
    pub id: String,
    /// When it was written.
    pub date: OffsetDateTime,
    /// In whose name it is sent.
    pub from_name: String,
    /// Who gets it.
    pub to_name: String,
    /// At which address.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// What is enclosed.
    pub files: Vec<Enclosure>,
}

/// A file that is enclosed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes, which arrive as they are.
    pub bytes: Vec<u8>,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// By STARTTLS (RFC 3207), without which nothing is sent.
    Starttls,
    /// From the first byte on (RFC 8314).
    Implicit,
    /// Not at all.
    None,
}

/// Why a letter was not taken. Mail servers repeat addresses in their answers, so only the codes are told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpError {
    /// It may be taken later.
    #[error("{0}")]
    NotNow(String),
    /// It will never be taken: 5xx for its recipient or for what it says.
    #[error("{0}")]
    Refused(String),
    /// What was given for the server or the sender is wrong.
    #[error("{0}")]
    Setting(String),
}

/// The mail server that letters are handed to.
pub struct MailServer {
    host: String,
    port: u16,
    tls: Option<(Tls, TlsParameters)>,
    login: Option<Credentials>,
    from: Address,
}

impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailServer").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// Whether letters can be sent to an address.
pub fn is_address(text: &str) -> bool {
    // a quoted local part may hold anything, and is used by nobody
    !text.contains(['"', '\\', '<', '>', '(', ')', ',', ';', ':', '[', ']'])
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && text.parse::<Address>().is_ok()
}

impl MailServer {
    /// The server at this place, trusted as the system trusts servers; letters come from this address. Without TLS it must be on this
    /// very machine.
    pub fn new(
        (host, port): (&str, u16),
        tls: Tls,
        login: Option<(&str, Zeroizing<String>)>,
        from: &str,
    ) -> Result<Self, SmtpError> {
        let wrong = |why: String| SmtpError::Setting(why);
        if tls == Tls::None && !is_this_machine(host) {
            return Err(wrong(format!("{host} is not this machine, and is spoken to over TLS only")));
        }
        if !is_address(from) {
            return Err(wrong(format!("{from:?} is not an address that letters can come from")));
        }
        let parameters = || TlsParameters::new(host.to_owned()).map_err(|error| wrong(error.to_string()));
        Ok(Self {
            host: host.to_owned(),
            port,
            tls: if tls == Tls::None { None } else { Some((tls, parameters()?)) },
            login: login.map(|(user, password)| Credentials::new(user.to_owned(), password.to_string())),
            from: from.parse().map_err(|_| wrong(format!("{from:?} is not an address")))?,
        })
    }

    /// Hands a letter over; when it returns, the server has taken it.
    pub async fn send(&self, letter: &Letter) -> Result<(), SmtpError> {
        let late = |_| SmtpError::NotNow("the mail server took too long".to_owned());
        tokio::time::timeout(LIMIT, self.hand_over(letter)).await.map_err(late)?
    }

    async fn hand_over(&self, letter: &Letter) -> Result<(), SmtpError> {
        let message = self.message(letter)?;
        // whatever is wrong until the recipient is named has nothing to do with this letter
        let mut connection = self.connect().await.map_err(|error| SmtpError::NotNow(told(&error)))?;
        let mut parameters = Vec::new();
        if !letter.to.is_ascii() || !AsRef::<str>::as_ref(&self.from).is_ascii() {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                connection.abort().await;
                let why = "the mail server takes addresses of ASCII letters only (no SMTPUTF8)";
                return Err(SmtpError::Refused(why.to_owned()));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let done = exchange(&mut connection, message.envelope(), parameters, &message.formatted()).await;
        match done {
            // it is taken, however the connection ends
            Ok(()) => drop(connection.quit().await),
            Err(_) => connection.abort().await,
        }
        done
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Smtp> {
        let hello = ClientId::Domain(self.from.domain().to_owned());
        let implicit =
            self.tls.as_ref().filter(|(tls, _)| *tls == Tls::Implicit).map(|(_, parameters)| parameters.clone());
        let place = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(place, Some(LIMIT), &hello, implicit, None).await?;
        if let Some((Tls::Starttls, parameters)) = &self.tls {
            connection.starttls(parameters.clone(), &hello).await?;
        }
        if let Some(login) = &self.login {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], login).await?;
        }
        Ok(connection)
    }

    /// The letter as MIME. The same letter is the same message but for the lines between its parts.
    fn message(&self, letter: &Letter) -> Result<Message, SmtpError> {
        let refused = |why: &str| SmtpError::Refused(why.to_owned());
        if !is_address(&letter.to) {
            return Err(refused("the address is not one that letters can be sent to"));
        }
        let to: Address =
            letter.to.parse().map_err(|_| refused("the address is not one that letters can be sent to"))?;
        let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(letter.text.clone()));
        for file in &letter.files {
            let media_type = ContentType::parse(file.media_type).map_err(|_| refused("a file is of no media type"))?;
            let body = Body::new_with_encoding(file.bytes.clone(), ContentTransferEncoding::Base64);
            let body = body.map_err(|_| refused("a file cannot be enclosed"))?;
            parts = parts.singlepart(Attachment::new(file.name.clone()).body(body, media_type));
        }
        Message::builder()
            .date(SystemTime::from(letter.date))
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.domain())))
            .from(Mailbox::new(Some(one_line(&letter.from_name)), self.from.clone()))
            .to(Mailbox::new(Some(one_line(&letter.to_name)), to))
            .subject(one_line(&letter.subject))
            // nobody's out-of-office note is an answer to it (RFC 3834)
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .multipart(parts)
            .map_err(|_| refused("it cannot be written as a message"))
    }
}

async fn exchange(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    parameters: Vec<MailParameter>,
    message: &[u8],
) -> Result<(), SmtpError> {
    let not_now = |error: Smtp| SmtpError::NotNow(told(&error));
    let judged = |error: Smtp| if error.is_permanent() { SmtpError::Refused(told(&error)) } else { not_now(error) };
    connection.command(Mail::new(envelope.from().cloned(), parameters)).await.map_err(not_now)?;
    for to in envelope.to() {
        connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(judged)?;
    }
    connection.command(Data).await.map_err(judged)?;
    connection.message(message).await.map_err(judged)?;
    Ok(())
}

/// What went wrong, without a word of what the server said.
fn told(error: &Smtp) -> String {
    if let Some(code) = error.status() {
        let text = error.to_string();
        // the enhanced status code (RFC 3463) is the first word
        let word = text.split_once("): ").and_then(|(_, text)| text.split_whitespace().next()).unwrap_or_default();
        let is_code = word.split('.').count() == 3
            && word.split('.').all(|n| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()));
        return if is_code {
            format!("the mail server answered {code} {word}")
        } else {
            format!("the mail server answered {code}")
        };
    }
    match () {
        () if error.is_timeout() => "the mail server took too long".to_owned(),
        () if error.is_response() => "the mail server broke off, or its answer cannot be understood".to_owned(),
        () => format!("the mail server: {error}"),
    }
}

/// Without what could begin another line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

/// Whether a host is this very machine, whatever a resolver says.
fn is_this_machine(host: &str) -> bool {
    let literal = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    literal.map_or(host == "localhost", |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> MailServer {
        MailServer::new(("127.0.0.1", 25), Tls::None, None, "bienlai@xa.example.vn").unwrap()
    }

    fn letter() -> Letter {
        Letter {
            id: "abc123".into(),
            date: OffsetDateTime::UNIX_EPOCH,
            from_name: "ỦY BAN NHÂN DÂN XÃ SƠN MẪU".into(),
            to_name: "Nguyễn Văn A".into(),
            to: "a@b.vn".into(),
            subject: "Biên lai điện tử".into(),
            text: "Kính gửi\n.\nBcc: x@y.vn\n".into(),
            files: vec![Enclosure { name: "a.xml".into(), media_type: "application/xml", bytes: b"<a/>\n".to_vec() }],
        }
    }

    /// The names of the headers of a message.
    fn headers(letter: &Letter) -> Vec<String> {
        let message = String::from_utf8(server().message(letter).unwrap().formatted()).unwrap();
        let head = message.split("\r\n\r\n").next().unwrap().to_owned();
        head.lines()
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap().into())
            .collect()
    }

    #[test]
    fn no_name_or_subject_begins_a_header() {
        let right = headers(&letter());
        assert_eq!(right.len(), 8, "{right:?}");
        for evil in [
            "A\r\nBcc: x@evil.example",
            "A\nBcc: x@evil.example",
            "A\r\n\r\n<script>",
            "A\u{2028}Bcc: x@evil.example",
            "A\" <x@evil.example>, \"B",
            "=?utf-8?q?A=0D=0ABcc:_x@evil.example?=",
            "A\0B",
            &"ế ".repeat(2_000),
        ] {
            let changes: [fn(&mut Letter, &str); 3] = [
                |letter, evil| letter.from_name = evil.into(),
                |letter, evil| letter.to_name = evil.into(),
                |letter, evil| letter.subject = evil.into(),
            ];
            for change in changes {
                let mut letter = letter();
                change(&mut letter, evil);
                assert_eq!(headers(&letter), right, "{evil:?}");
                let message = server().message(&letter).unwrap();
                assert_eq!(message.envelope().to().len(), 1);
                assert_eq!(message.envelope().to()[0].as_ref() as &str, "a@b.vn");
            }
        }
    }

    #[test]
    fn no_address_ends_a_command() {
        for evil in [
            "a@b.vn\r\nRCPT TO:<x@evil.example>",
            "a@b.vn>\r\nDATA",
            "a@b.vn> SIZE=1",
            "\"a\r\nb\"@b.vn",
            "\"a>b\"@b.vn",
            "a@b.vn,x@evil.example",
            "<a@b.vn>",
            "a b@b.vn",
            "a@b.vn\0",
            "a@[127.0.0.1]",
            "a@b@c.vn",
            "@b.vn",
            "a@",
            "",
        ] {
            assert!(!is_address(evil), "{evil:?}");
            let refused = server().message(&Letter { to: evil.into(), ..letter() }).map(drop).unwrap_err();
            assert!(matches!(&refused, SmtpError::Refused(why) if !why.contains("b.vn")), "{refused}");
        }
        for good in ["a@b.vn", "nguyen.van-a+phi@thu.sonmau.gov.vn", "A_1@b.com"] {
            assert!(is_address(good), "{good}");
        }
    }

    #[test]
    fn without_tls_the_server_is_this_machine() {
        for (host, right) in [
            ("127.0.0.1", true),
            ("localhost", true),
            ("::1", true),
            ("mail.example.vn", false),
            ("10.0.0.1", false),
            ("localhost.example.vn", false),
        ] {
            assert_eq!(MailServer::new((host, 25), Tls::None, None, "a@b.vn").is_ok(), right, "{host}");
        }
        assert!(MailServer::new(("127.0.0.1", 25), Tls::None, None, "a").is_err());
    }
}
