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
    /// What a verification was based on.
    #[serde(borrow, default, deserialize_with = "text")]
    pub basis: Option<Cow<'a, str>>,
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
    /// What a verification said.
    #[serde(borrow, default, deserialize_with = "text")]
    pub result: Option<Cow<'a, str>>,
    /// What stands in a row of the database: its table, mostly a digest of its name, and a digest of the rest.
    #[serde(borrow, default, deserialize_with = "text")]
    pub row: Option<Cow<'a, str>>,
    /// SHA-256 of the signature value.
    #[serde(borrow, default, deserialize_with = "text")]
    pub signature: Option<Cow<'a, str>>,
    /// When.
    #[serde(borrow)]
    pub time: Cow<'a, str>,
    /// By which unit.
    #[serde(borrow, default, deserialize_with = "text")]
    pub unit: Option<Cow<'a, str>>,
    /// Until when a key is open, or may still be used.
    #[serde(borrow, default, deserialize_with = "text")]
    pub until: Option<Cow<'a, str>>,
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
        let entry = match Self::canonical(text) {
            Some(entry) => entry,
            None => serde_json::from_str(text).map_err(|error| format!("it cannot be read: {error}"))?,
        };
        if entry.v == VERSION { Ok(entry) } else { Err(format!("its version {} is not known", entry.v)) }
    }

    /// Reads what is written as RFC 8785 has it, without white space: known members in the order of their names, texts without escapes. That is
    /// faster; none for anything else, which is left to JSON's own rules.
    fn canonical(text: &'a str) -> Option<Self> {
        let (members, v) = text.strip_prefix('{')?.strip_suffix('}')?.rsplit_once(",\"v\":")?;
        let mut rest = members;
        let mut next = |name: &str| {
            let value = rest.strip_prefix('"')?.strip_prefix(name)?.strip_prefix("\":\"")?;
            let (value, after) = value.split_once('"')?;
            // to the end of each text, many bytes at a time
            if value.bytes().fold(0, |odd, byte| odd | u8::from(byte < b' ') | u8::from(byte == b'\\')) != 0 {
                return None;
            }
            // behind a comma there is another member: a text that ends in one is none
            rest = if after.is_empty() { after } else { after.strip_prefix(',').filter(|more| !more.is_empty())? };
            Some(Cow::Borrowed(value))
        };
        let entry = Self {
            action: next("action")?,
            actor: next("actor"),
            approver: next("approver"),
            basis: next("basis"),
            certificate: next("certificate"),
            digest: next("digest"),
            receipt: next("receipt"),
            related: next("related"),
            result: next("result"),
            row: next("row"),
            signature: next("signature"),
            time: next("time")?,
            unit: next("unit"),
            until: next("until"),
            v: if v == "1" { VERSION } else { return None },
        };
        rest.is_empty().then_some(entry)
    }

    /// The same, on its own.
    pub fn into_owned(self) -> Entry<'static> {
        let own = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        Entry {
            action: own(self.action),
            actor: self.actor.map(own),
            approver: self.approver.map(own),
            basis: self.basis.map(own),
            certificate: self.certificate.map(own),
            digest: self.digest.map(own),
            receipt: self.receipt.map(own),
            related: self.related.map(own),
            result: self.result.map(own),
            row: self.row.map(own),
            signature: self.signature.map(own),
            time: own(self.time),
            unit: self.unit.map(own),
            until: self.until.map(own),
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
    use proptest::prelude::*;

    /// As serde_json reads it.
    fn by_json(text: &str) -> Option<Entry<'_>> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn what_is_odd_is_left_to_json() {
        for canonical in [
            r#"{"action":"a","time":"t","v":1}"#,
            r#"{"action":"a","actor":"b","approver":"c","basis":"i","certificate":"d","digest":"e","receipt":"f","related":"g","result":"j","row":"l","signature":"h","time":"t","unit":"ấp","until":"k","v":1}"#,
        ] {
            assert_eq!(Entry::canonical(canonical), by_json(canonical));
            assert!(Entry::canonical(canonical).is_some() && Entry::parse(canonical.as_bytes()).is_ok());
        }
        for (odd, is_read) in [
            (r#"{"action":"a","time":"t","unit":"\"","v":1}"#, true),
            (r#"{"action":"a","time":"t","unit":",\"v\":1","v":1}"#, true),
            (r#"{"action":"a","time":"t","zone":"z","v":1}"#, true),
            (r#"{"time":"t","action":"a","v":1}"#, true),
            (r#"{"action":"a","time":"t","v":1 }"#, true),
            (r#"{"action":"a","actor":null,"time":"t","v":1}"#, true),
            (r#"{"action":"a","time":"t","v":1,"w":{"x":1,"v":1}}"#, true),
            (r#"{"action":"a","time":"t","v":01}"#, false),
            (r#"{"action":"a","time":"t","v":1}}"#, false),
            (r#"{"action":"a","time":"t",,"v":1}"#, false),
            (r#"{"action":"a","time":"t""unit":"u","v":1}"#, false),
            (r#"{"action":"a","time":"t","unit":"u","unit":"w","v":1}"#, false),
            ("{\"action\":\"a\",\"time\":\"\n\",\"v\":1}", false),
        ] {
            assert_eq!(Entry::canonical(odd), None, "{odd}");
            assert_eq!((by_json(odd).is_some(), Entry::parse(odd.as_bytes()).is_ok()), (is_read, is_read), "{odd}");
        }
    }

    /// A member, mostly as it is written, now and then not quite.
    fn member(name: &'static str) -> impl Strategy<Value = String> {
        prop_oneof![
            8 => "[ -!#-\\[\\]-~ấ]{0,9}".prop_map(move |value| format!("\"{name}\":\"{value}\"")),
            1 => "[ \"\\\\{},:vn1\n]{0,5}".prop_map(move |value| format!("\"{name}\":\"{value}\"")),
            1 => Just(format!("\"{name}\":null")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        /// Whatever of the members is there, in whatever order, damaged or not: what is read the fast way is what JSON says.
        #[test]
        fn the_fast_way_says_what_json_says(
            members in (
                prop::sample::subsequence(
                    vec!["action", "actor", "approver", "basis", "certificate", "digest", "receipt", "related", "result", "row", "signature", "time", "unit", "until"],
                    2..=14,
                ),
                any::<bool>(),
            ).prop_flat_map(|(mut names, whole)| {
                if whole {
                    names.extend(["action", "time"]);
                    names.sort_unstable();
                    names.dedup();
                }
                names.into_iter().map(member).collect::<Vec<_>>()
            }),
            comma in prop_oneof![9 => Just(","), 1 => Just(", "), 1 => Just(""), 1 => Just(",,")],
            v in prop_oneof![9 => Just(",\"v\":1}"), 1 => Just(",\"v\":2}"), 1 => Just(",\"v\":1}}"), 1 => Just(",\"v\":1,\"w\":1}")],
        ) {
            let text = format!("{{{}{v}", members.join(comma));
            let json = by_json(&text);
            if let Some(fast) = Entry::canonical(&text) {
                prop_assert_eq!(Some(fast), json.clone(), "{}", text);
            }
            prop_assert_eq!(Entry::parse(text.as_bytes()).ok(), json.filter(|entry| entry.v == VERSION));
        }

        /// What the writer writes is read the fast way.
        #[test]
        fn canonical_entries_take_the_fast_way(
            values in prop::collection::vec(prop::option::of("[ -!#-\\[\\]-~ấ]{0,70}"), 14),
        ) {
            let names = ["action", "actor", "approver", "basis", "certificate", "digest", "receipt", "related", "result", "row", "signature", "time", "unit", "until"];
            let map: std::collections::BTreeMap<&str, String> = names
                .into_iter()
                .zip(values)
                .filter_map(|(name, value)| {
                    let must = ["action", "time"].contains(&name);
                    Some((name, value.or_else(|| must.then(String::new))?))
                })
                .collect();
            let text = serde_json::to_string(&map).unwrap();
            let text = format!("{},\"v\":1}}", text.strip_suffix('}').unwrap());
            prop_assert!(Entry::canonical(&text).is_some(), "{}", text);
            prop_assert_eq!(Entry::canonical(&text), by_json(&text));
        }
    }

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
