//! The kinds of official documents and their abbreviations (Nghị định 30/2020/NĐ-CP, Appendix III), numbers and symbols, and the words before
//! the signature of who signs for somebody else.

use crate::error::{Error, Kind as ErrorKind, Result};
use crate::messages::both;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A kind of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentKind {
    /// Its abbreviation, and the name of its series of numbers.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// Công văn: the one kind without an abbreviation in its symbol.
pub const LETTER: &str = "CV";

/// The kinds that are drafted.
pub const KINDS: &[DocumentKind] = &[
    kind("NQ", "Nghị quyết"),
    kind("QĐ", "Quyết định"),
    kind("CT", "Chỉ thị"),
    kind("QC", "Quy chế"),
    kind("QyĐ", "Quy định"),
    kind("TC", "Thông cáo"),
    kind("TB", "Thông báo"),
    kind("HD", "Hướng dẫn"),
    kind("CTr", "Chương trình"),
    kind("KH", "Kế hoạch"),
    kind("PA", "Phương án"),
    kind("ĐA", "Đề án"),
    kind("DA", "Dự án"),
    kind("BC", "Báo cáo"),
    kind("BB", "Biên bản"),
    kind("TTr", "Tờ trình"),
    kind("HĐ", "Hợp đồng"),
    kind("CĐ", "Công điện"),
    kind("BGN", "Bản ghi nhớ"),
    kind("BTT", "Bản thỏa thuận"),
    kind("GUQ", "Giấy ủy quyền"),
    kind("GM", "Giấy mời"),
    kind("GGT", "Giấy giới thiệu"),
    kind("GNP", "Giấy nghỉ phép"),
    kind("PG", "Phiếu gửi"),
    kind("PC", "Phiếu chuyển"),
    kind("PB", "Phiếu báo"),
    kind(LETTER, "Công văn"),
];

/// Copies: each kind has numbers of its own.
pub const COPIES: &[DocumentKind] = &[kind("SY", "Sao y"), kind("SL", "Sao lục"), kind("TrS", "Trích sao")];

const fn kind(code: &'static str, name: &'static str) -> DocumentKind {
    DocumentKind { code, name }
}

/// Of these kinds, the one with this abbreviation.
pub fn find(among: &'static [DocumentKind], code: &str) -> Result<&'static DocumentKind> {
    among.iter().find(|kind| kind.code == code).ok_or_else(|| {
        let codes: Vec<&str> = among.iter().map(|kind| kind.code).collect();
        let why = both!("các loại là {codes}", "the kinds are {codes}", codes = codes.join(", "));
        Error::new(
            ErrorKind::Usage,
            "registry.kind",
            both!("loại {code:?}", "kind {code:?}", code = code).to_string(),
            why,
        )
    })
}

/// The name of a kind; of one that others made up, its abbreviation.
pub fn name(code: &str) -> &str {
    KINDS.iter().chain(COPIES).find(|kind| kind.code == code).map_or(code, |kind| kind.name)
}

/// Number and symbol: `07/QĐ-UBND`, of a letter `45/UBND-VX`.
pub fn symbol(number: u32, kind: &str, issuer: &str, department: Option<&str>) -> String {
    let department = department.map(|department| format!("-{department}")).unwrap_or_default();
    if kind == LETTER { format!("{number:02}/{issuer}{department}") } else { format!("{number:02}/{kind}-{issuer}") }
}

/// In whose place a document is signed: what stands before the title of whom it is signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Words {
    /// Thay mặt: for a body that decides together. Needs no delegation.
    #[serde(rename = "TM")]
    Tm,
    /// Ký thay: a deputy for the head.
    #[serde(rename = "KT")]
    Kt,
    /// Thừa lệnh: by order of the head.
    #[serde(rename = "TL")]
    Tl,
    /// Thừa ủy quyền: by delegation in writing.
    #[serde(rename = "TUQ")]
    Tuq,
    /// Quyền: who acts as the head.
    #[serde(rename = "Q")]
    Q,
}

impl Words {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Tm, Self::Kt, Self::Tl, Self::Tuq, Self::Q];

    /// Without the full stop.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tm => "TM",
            Self::Kt => "KT",
            Self::Tl => "TL",
            Self::Tuq => "TUQ",
            Self::Q => "Q",
        }
    }

    /// The one of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|words| words.as_str() == name)
    }

    /// Whether somebody has to have delegated it.
    pub const fn needs_delegation(self) -> bool {
        !matches!(self, Self::Tm)
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_as_the_decree_has_them() {
        assert_eq!(symbol(7, "QĐ", "UBND", Some("VX")), "07/QĐ-UBND");
        assert_eq!(symbol(45, LETTER, "UBND", Some("VX")), "45/UBND-VX");
        assert_eq!(symbol(123, LETTER, "UBND", None), "123/UBND");
        assert_eq!(symbol(1, "SY", "UBND", None), "01/SY-UBND");
        assert!(find(KINDS, "SY").is_err() && find(COPIES, "QĐ").is_err());
        assert_eq!((name("QĐ"), name("XX")), ("Quyết định", "XX"));
        assert_eq!(KINDS.len(), 28);
        assert_eq!(Words::Kt.to_string(), "KT.");
    }
}
