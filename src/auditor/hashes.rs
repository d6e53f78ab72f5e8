//! Digests that were signed for other programs. Nothing is kept of them but their entries, which therefore have to say all that there
//! is to say.

use super::entry::Entry;

/// Bytes of the digests that are signed.
const DIGESTS: [(&str, usize); 3] = [("sha256", 32), ("sha384", 48), ("sha512", 64)];

/// What is wrong with an entry of such a signature; nothing with any other.
pub fn fault(index: u64, entry: &Entry<'_>) -> Option<String> {
    if entry.action != "hash.signed" {
        return None;
    }
    let is_hex = |text: &str, bytes: usize| {
        text.len() == bytes.saturating_mul(2) && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let is_digest = |text: &str| {
        let parts = text.split_once(':');
        parts.is_some_and(|(name, hex)| DIGESTS.iter().any(|(known, bytes)| *known == name && is_hex(hex, *bytes)))
    };
    let is_sha256 = |text: &str| is_hex(text, 32);
    let says = [
        ("digest", entry.digest.as_deref().is_some_and(is_digest)),
        ("certificate", entry.certificate.as_deref().is_some_and(is_sha256)),
        ("signature", entry.signature.as_deref().is_some_and(is_sha256)),
        ("unit", entry.unit.is_some()),
        ("actor", entry.actor.is_some()),
    ];
    let (name, _) = says.into_iter().find(|(_, said)| !said)?;
    Some(format!("entry {index}: a digest was signed, and its {name} is missing or malformed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn such_an_entry_says_all_there_is_to_say() {
        let hex = "ab".repeat(32);
        let whole = format!(
            r#"{{"action":"hash.signed","actor":"p","certificate":"{hex}","digest":"sha256:{hex}","signature":"{hex}","time":"t","unit":"u","v":1}}"#
        );
        let judge = |text: &str| fault(7, &Entry::parse(text.as_bytes()).unwrap());
        assert_eq!(judge(&whole), None);
        for (name, from, to) in [
            ("digest", "sha256:", "sha1:"),
            ("digest", "sha256:", "sha384:"),
            ("digest", "sha256:", "sha256:x"),
            ("certificate", r#""certificate":"ab"#, r#""certificate":"AB"#),
            ("signature", r#""signature":"ab"#, r#""signature":""#),
            ("unit", r#","unit":"u""#, ""),
            ("actor", r#""actor":"p","#, ""),
        ] {
            let changed = whole.replacen(from, to, 1);
            assert_ne!(changed, whole);
            assert!(judge(&changed).is_some_and(|fault| fault.contains(name)), "{changed}");
        }
        assert_eq!(judge(r#"{"action":"document.signed","time":"t","v":1}"#), None);
    }
}
