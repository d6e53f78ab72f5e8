//! What an entry says. Actions and members that are not known are left alone: a log outlives the programs that read it.

use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// The version of entries that is known.
const VERSION: u32 = 1;

/// An entry, as far as it is of interest to an auditor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry<'a> {
    /// What was done.
    #[serde(borrow)]
    pub action: Cow<'a, str>,
    /// By whom: a pseudonym.
    #[serde(borrow, default, deserialize_with = "text")]
    pub actor: Option<Cow<'a, str>>,
    /// Who agreed to it.
    #[serde(borrow, default, deserialize_with = "text")]
    pub approver: Option<Cow<'a, str>>,
    /// SHA-256 of the signer's certificate.
    #[serde(borrow, default, deserialize_with = "text")]
    pub certificate: Option<Cow<'a, str>>,
    /// What was signed.
    #[serde(borrow, default, deserialize_with = "text")]
    pub digest: Option<Cow<'a, str>>,
    /// The receipt or the series that it is about.
    #[serde(borrow, default, deserialize_with = "text")]
    pub receipt: Option<Cow<'a, str>>,
    /// The receipt's predecessor or successor.
    #[serde(borrow, default, deserialize_with = "text")]
    pub related: Option<Cow<'a, str>>,
    /// SHA-256 of the signature value.
    #[serde(borrow, default, deserialize_with = "text")]
    pub signature: Option<Cow<'a, str>>,
    /// When.
    #[serde(borrow)]
    pub time: Cow<'a, str>,
    /// By which unit.
    #[serde(borrow, default, deserialize_with = "text")]
    pub unit: Option<Cow<'a, str>>,
    v: u32,
}

/// Serde borrows a `Cow` of its own accord, but not one within an `Option`.
fn text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(Option::<Text<'a>>::deserialize(deserializer)?.map(|Text(text)| text))
}

impl<'a> Entry<'a> {
    /// Reads an entry.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        // in one go; otherwise it is asked of each text in it
        let text = std::str::from_utf8(bytes).map_err(|error| format!("it cannot be read: {error}"))?;
        let entry: Self = serde_json::from_str(text).map_err(|error| format!("it cannot be read: {error}"))?;
        if entry.v == VERSION { Ok(entry) } else { Err(format!("its version {} is not known", entry.v)) }
    }

    /// The same, on its own.
    pub fn into_owned(self) -> Entry<'static> {
        let own = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        Entry {
            action: own(self.action),
            actor: self.actor.map(own),
            approver: self.approver.map(own),
            certificate: self.certificate.map(own),
            digest: self.digest.map(own),
            receipt: self.receipt.map(own),
            related: self.related.map(own),
            signature: self.signature.map(own),
            time: own(self.time),
            unit: self.unit.map(own),
            v: self.v,
        }
    }
}

/// A receipt's or a series' name in its parts: `EBL01/26TAA/00000001` is `EBL01/26TAA` and 1.
pub fn receipt(id: &str) -> Option<(&str, u32)> {
    let (series, number) = id.rsplit_once('/')?;
    let is_number = number.len() == 8 && number.bytes().all(|b| b.is_ascii_digit());
    if !is_number || !series.contains('/') {
        return None;
    }
    Some((series, number.parse().ok().filter(|number| *number > 0)?))
}

/// Whether it is the number of a receipt of the law before, `01BLP0-001/AA-26E/0000001`: in none of the series of today.
pub fn is_legacy(id: &str) -> bool {
    let parts: Vec<&str> = id.split('/').collect();
    let [form, symbol, number] = parts.as_slice() else { return false };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    form.get(2..5) == Some("BLP")
        && symbol.ends_with('E')
        && symbol.contains('-')
        && number.len() == 7
        && digits(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_alone() {
        let entry =
            Entry::parse(br#"{"action":"moon.eaten","new":[1,{}],"time":"2026-11-24T01:30:15Z","v":1}"#).unwrap();
        assert_eq!((&*entry.action, entry.receipt), ("moon.eaten", None));
        let entry = Entry::parse(br#"{"action":"a","receipt":"r","time":"t","unit":"\u0041","v":1}"#).unwrap();
        assert!(
            matches!((entry.receipt, entry.unit), (Some(Cow::Borrowed("r")), Some(Cow::Owned(unit))) if unit == "A")
        );
        for wrong in [
            &b""[..],
            b"{}",
            b"[]",
            b"\xff",
            br#"{"action":"a","time":"t","v":2}"#,
            br#"{"action":"a","action":"b","time":"t","v":1}"#,
        ] {
            assert!(Entry::parse(wrong).is_err());
        }
        assert_eq!(receipt("EBL01/26TAA/00000001"), Some(("EBL01/26TAA", 1)));
        assert!(is_legacy("01BLP0-001/AA-26E/0000001") && receipt("01BLP0-001/AA-26E/0000001").is_none());
        assert!(!is_legacy("EBL01/26TAA/00000001") && !is_legacy("01BLP0-001/AA-26E/00000001") && !is_legacy(""));
        for wrong in ["EBL01/26TAA", "EBL01/26TAA/1", "EBL01/26TAA/00000000", "EBL01/00000001", "", "/"] {
            assert_eq!(receipt(wrong), None, "{wrong}");
        }
    }
}
