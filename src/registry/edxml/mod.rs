//! Packages and status messages that systems of official documents exchange (edXML, QCVN 102:2016/BTTTT): what is in them, read within limits and
//! written.
//!
//! The text of the regulation was not at hand. Names of elements, their order and the namespace are those of packages that other systems write and
//! read; what those do not agree on is read in each of their ways, and written in the commonest.

mod read;
mod write;

pub use read::{ReadError, read};
pub use write::{day, moment, package, status};

use time::{Date, OffsetDateTime};

/// The namespace.
pub const NAMESPACE: &str = "http://www.mic.gov.vn/TBT/QCVN_102_2016";
/// Receivers of one package, and what is attached to one.
const MOST_ORGANS: usize = 500;
const MOST_ATTACHMENTS: usize = 51;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A document, or what its sender wants done with one that was sent before.
    Package(Box<Package>),
    /// How a document stands with its receiver.
    Status(Box<Status>),
}

/// A document on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Who sends it.
    pub from: Organ,
    /// To whom.
    pub to: Vec<Organ>,
    /// Its number.
    pub number: String,
    /// Its symbol: `QĐ-UBND`.
    pub notation: String,
    /// Where it was issued.
    pub place: Option<String>,
    /// When it was issued.
    pub date: Option<Date>,
    /// The name of its kind.
    pub kind: Option<String>,
    /// What it is about.
    pub subject: String,
    /// Who signed.
    pub signer: Signer,
    /// Everybody to whom it goes, in words.
    pub places: Vec<String>,
    /// 0 is not urgent.
    pub priority: u8,
    /// Copies on paper.
    pub copies: Option<u32>,
    /// Pages of the document.
    pub pages: Option<u32>,
    /// Names of what comes with it.
    pub appendices: Vec<String>,
    /// What its sender knows it by.
    pub document: String,
    /// The document that it answers or takes the place of.
    pub response_for: Option<Reference>,
    /// What is wanted.
    pub business: Business,
    /// Why.
    pub reason: Option<String>,
    /// Who had it on its way, and when, as they wrote it.
    pub trace: Vec<(String, String)>,
    /// Its files.
    pub attachments: Vec<Attachment>,
}

/// An agency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organ {
    /// Its agency code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: Option<String>,
    /// Its e-mail address.
    pub email: Option<String>,
    /// Its telephone number.
    pub phone: Option<String>,
}

/// Who signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signer {
    /// In which capacity: `KT.`, `TM.`.
    pub competence: Option<String>,
    /// The office.
    pub position: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// A document as one system names it to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reference {
    /// The agency that sent it.
    pub organ: String,
    /// Number and symbol: `07/QĐ-UBND`.
    pub code: String,
    /// When it was issued.
    pub date: Option<Date>,
    /// What its sender knows it by.
    pub document: String,
}

/// What is wanted with a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Business {
    /// A new document.
    New,
    /// One that was sent is to be given back.
    Recall,
    /// It changes one that was sent.
    Update,
    /// It takes the place of one that was sent.
    Replace,
}

impl Business {
    const ALL: [Self; 4] = [Self::New, Self::Recall, Self::Update, Self::Replace];

    const fn number(self) -> u8 {
        match self {
            Self::New => 0,
            Self::Recall => 1,
            Self::Update => 2,
            Self::Replace => 3,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::New => "Văn bản điện tử mới",
            Self::Recall => "Thu hồi văn bản điện tử",
            Self::Update => "Cập nhật văn bản điện tử",
            Self::Replace => "Thay thế văn bản điện tử",
        }
    }
}

/// A file in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// How a document stands with its receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Which document.
    pub response_for: Reference,
    /// Who says so.
    pub from: Organ,
    /// How it stands.
    pub code: StatusCode,
    /// Why, or anything else.
    pub description: Option<String>,
    /// Since when; in Vietnam, where it says no more.
    pub time: Option<OffsetDateTime>,
    /// Who did it.
    pub staff: Option<String>,
}

/// How a document stands with its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusCode {
    /// 01: it has arrived.
    Arrived,
    /// 02: it was refused.
    Refused,
    /// 03: it was received, and registered.
    Received,
    /// 04: somebody is in charge of it.
    Assigned,
    /// 05: it is worked on.
    InProgress,
    /// 06: what was to be done is done.
    Done,
    /// 13: its sender asks to have it back.
    RecallAsked,
    /// 15: its receiver agrees to that.
    RecallAgreed,
    /// 16: its receiver does not.
    RecallRefused,
}

impl StatusCode {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Arrived,
        Self::Refused,
        Self::Received,
        Self::Assigned,
        Self::InProgress,
        Self::Done,
        Self::RecallAsked,
        Self::RecallAgreed,
        Self::RecallRefused,
    ];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arrived => "01",
            Self::Refused => "02",
            Self::Received => "03",
            Self::Assigned => "04",
            Self::InProgress => "05",
            Self::Done => "06",
            Self::RecallAsked => "13",
            Self::RecallAgreed => "15",
            Self::RecallRefused => "16",
        }
    }

    /// The one that is written so, with its leading zero or without.
    pub fn of(text: &str) -> Option<Self> {
        let number: u8 = text.trim().parse().ok()?;
        Self::ALL.into_iter().find(|code| code.as_str().parse() == Ok(number))
    }

    /// In Vietnamese.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Arrived => "Đã đến",
            Self::Refused => "Từ chối tiếp nhận",
            Self::Received => "Đã tiếp nhận",
            Self::Assigned => "Phân công xử lý",
            Self::InProgress => "Đang xử lý",
            Self::Done => "Hoàn thành",
            Self::RecallAsked => "Lấy lại",
            Self::RecallAgreed => "Đồng ý cho lấy lại",
            Self::RecallRefused => "Từ chối cho lấy lại",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use time::macros::{date, datetime};

    fn organ(code: &str, name: &str) -> Organ {
        Organ { code: code.to_owned(), name: name.to_owned(), ..Organ::default() }
    }

    fn sample() -> Package {
        Package {
            from: Organ { address: Some("Thôn 1".to_owned()), ..organ("H34.12", "UBND xã <Sơn> & Mẫu") },
            to: vec![organ("H34.05", "Sở Nội vụ"), organ("H34.07", "Sở Tài chính")],
            number: "07".to_owned(),
            notation: "QĐ-UBND".to_owned(),
            place: Some("Sơn Mẫu".to_owned()),
            date: Some(date!(2026 - 11 - 24)),
            kind: Some("Quyết định".to_owned()),
            subject: "Ban hành \"Quy chế\"".to_owned(),
            signer: Signer {
                competence: Some("KT.".to_owned()),
                position: Some("CHỦ TỊCH".to_owned()),
                name: Some("Nguyễn Thị Mẫu".to_owned()),
            },
            places: vec!["Sở Nội vụ".to_owned(), "Các thôn".to_owned()],
            priority: 1,
            copies: Some(2),
            pages: Some(3),
            appendices: vec!["phu-luc.pdf".to_owned()],
            document: "H34.12,2026/11/24,07/QĐ-UBND".to_owned(),
            response_for: Some(Reference {
                organ: "H34.12".to_owned(),
                code: "05/QĐ-UBND".to_owned(),
                date: Some(date!(2026 - 10 - 01)),
                document: "H34.12,2026/10/01,05/QĐ-UBND".to_owned(),
            }),
            business: Business::Replace,
            reason: Some("Thay thế".to_owned()),
            trace: vec![("H34.12".to_owned(), "2026/11/24 08:30:15".to_owned())],
            attachments: vec![
                Attachment { name: "a.pdf".into(), media_type: "application/pdf".into(), bytes: b"%PDF-1.7".to_vec() },
                Attachment { name: "phu-luc.pdf".into(), media_type: "application/pdf".into(), bytes: vec![0, 1, 255] },
            ],
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (text, at) = package(&sample());
        assert!(text[at..].starts_with("</edXML:DigitalSignature>"));
        assert_eq!(read(text.as_bytes(), &Limits::DEFAULT).unwrap(), Message::Package(Box::new(sample())));
        for code in StatusCode::ALL {
            let said = Status {
                response_for: sample().response_for.unwrap(),
                from: organ("H34.05", "Sở Nội vụ"),
                code,
                description: Some(code.vietnamese().to_owned()),
                time: Some(datetime!(2026-11-24 08:30:15 +7)),
                staff: Some("Văn thư".to_owned()),
            };
            assert_eq!(read(status(&said).as_bytes(), &Limits::DEFAULT).unwrap(), Message::Status(Box::new(said)));
            assert_eq!(StatusCode::of(code.as_str().trim_start_matches('0')), Some(code));
        }
        assert_eq!(StatusCode::of("07"), None);
    }

    #[test]
    fn other_systems_packages_are_read() {
        // one that leaves out what it may, with the contents in their own namespace, `cid:` in one place only, and days written otherwise
        let text = format!(
            r#"<?xml version="1.0"?><edXML xmlns="{NAMESPACE}"><e:edXMLEnvelope xmlns:e="{NAMESPACE}"><e:edXMLHeader><e:MessageHeader>
            <e:From><e:OrganId>G09</e:OrganId><e:OrganName> Bộ  Xây
            dựng </e:OrganName></e:From><e:To><e:OrganId>H34.12</e:OrganId></e:To>
            <e:Code><e:CodeNumber>12</e:CodeNumber><e:CodeNotation>TB-BXD</e:CodeNotation></e:Code>
            <e:PromulgationInfo><e:PromulgationDate>24/11/2026</e:PromulgationDate></e:PromulgationInfo>
            <e:Subject>Về việc</e:Subject><e:Strange>x</e:Strange></e:MessageHeader></e:edXMLHeader>
            <e:edXMLBody><e:edXMLManifest version="1.0"><e:Reference><e:AttachmentName>a.pdf</e:AttachmentName>
            <e:ContentId>cid:1</e:ContentId></e:Reference></e:edXMLManifest></e:edXMLBody></e:edXMLEnvelope>
            <AttachmentEncoded xmlns=""><Attachment><ContentId>1</ContentId>
            <e:ContentTransferEncoded xmlns:e="{NAMESPACE}">JVBERi0=</e:ContentTransferEncoded></Attachment></AttachmentEncoded></edXML>"#
        );
        let Message::Package(read) = read(text.as_bytes(), &Limits::DEFAULT).unwrap() else { panic!() };
        assert_eq!((&*read.from.code, &*read.from.name), ("G09", "Bộ Xây dựng"));
        assert_eq!((read.date, read.business), (Some(date!(2026 - 11 - 24)), Business::New));
        assert_eq!((&*read.attachments[0].name, &*read.attachments[0].bytes), ("a.pdf", &b"%PDF-"[..]));
    }

    #[test]
    fn what_is_no_package_is_refused() {
        let good = package(&sample()).0;
        for (from, to) in [
            ("edXMLHeader", "Header"),
            (NAMESPACE, "http://other.example/"),
            ("<edXML:CodeNumber>07", "<edXML:CodeNumber>"),
            ("<edXML:OrganId>H34.12", "<edXML:OrganId>"),
            ("<edXML:Subject>", "<edXML:Subject><a/>"),
            ("%s", "%s"),
        ] {
            let bad = good.replace(from, to);
            assert_eq!(read(bad.as_bytes(), &Limits::DEFAULT).is_err(), bad != good, "{from}");
        }
        let no_base64 = good.replace("JVBERi0xLjc=", "J*BERi0xLjc=");
        assert!(no_base64 != good && read(no_base64.as_bytes(), &Limits::DEFAULT).is_err());
        let doctype = good.replacen("<edXML ", "<!DOCTYPE edXML [<!ENTITY a \"b\">]><edXML ", 1);
        assert!(doctype != good && read(doctype.as_bytes(), &Limits::DEFAULT).is_err());
        let many =
            good.replace("<edXML:ToPlaces>", &"<edXML:To><edXML:OrganId>H34.05</edXML:OrganId></edXML:To>".repeat(501));
        assert!(read(many.as_bytes(), &Limits::DEFAULT).is_err());
        assert!(read(b"", &Limits::DEFAULT).is_err());
        assert!(read(b"%PDF-1.7", &Limits::DEFAULT).is_err());
    }
}
