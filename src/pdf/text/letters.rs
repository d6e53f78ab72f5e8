//! What the codes of simple fonts mean (ISO 32000-2, 9.6.5 and Annex D).

use unicode_normalization::UnicodeNormalization as _;

/// The encodings that have names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// WinAnsiEncoding, Windows code page 1252; also what is taken for encodings that are not stated.
    Windows,
    /// MacRomanEncoding.
    Macintosh,
}

/// Code page 1252 from 0x80 to 0x9F.
const WINDOWS: &str = "€•‚ƒ„…†‡ˆ‰Š‹Œ•Ž••‘’“”•–—˜™š›œ•žŸ";
/// Mac OS Roman from 0x80.
const MACINTOSH: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»… ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

impl Encoding {
    /// The character of a code.
    pub fn character(self, code: u8) -> char {
        let from = |table: &str, first: u8| table.chars().nth(usize::from(code.saturating_sub(first)));
        let other = match (self, code) {
            (Self::Windows, 0x80..=0x9F) => from(WINDOWS, 0x80),
            (Self::Macintosh, 0x80..) => from(MACINTOSH, 0x80),
            _ => None,
        };
        other.unwrap_or(char::from(code))
    }
}

/// Names of accents, and what is behind a letter to have them.
const ACCENTS: [(&str, char); 13] = [
    ("circumflex", '\u{302}'),
    ("hookabove", '\u{309}'),
    ("dotbelow", '\u{323}'),
    ("dieresis", '\u{308}'),
    ("cedilla", '\u{327}'),
    ("macron", '\u{304}'),
    ("grave", '\u{300}'),
    ("acute", '\u{301}'),
    ("tilde", '\u{303}'),
    ("breve", '\u{306}'),
    ("caron", '\u{30c}'),
    ("horn", '\u{31b}'),
    ("ring", '\u{30a}'),
];

/// Names that are not made of a letter and its accents (Annex D.2, and the Adobe Glyph List's for Vietnamese).
const NAMES: [(&str, char); 69] = [
    ("space", ' '),
    ("nbspace", ' '),
    ("exclam", '!'),
    ("quotedbl", '"'),
    ("numbersign", '#'),
    ("dollar", '$'),
    ("percent", '%'),
    ("ampersand", '&'),
    ("quotesingle", '\''),
    ("parenleft", '('),
    ("parenright", ')'),
    ("asterisk", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("hyphen", '-'),
    ("minus", '-'),
    ("period", '.'),
    ("slash", '/'),
    ("zero", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("colon", ':'),
    ("semicolon", ';'),
    ("less", '<'),
    ("equal", '='),
    ("greater", '>'),
    ("question", '?'),
    ("at", '@'),
    ("bracketleft", '['),
    ("backslash", '\\'),
    ("bracketright", ']'),
    ("asciicircum", '^'),
    ("underscore", '_'),
    ("grave", '`'),
    ("braceleft", '{'),
    ("bar", '|'),
    ("braceright", '}'),
    ("asciitilde", '~'),
    ("quoteleft", '‘'),
    ("quoteright", '’'),
    ("quotedblleft", '“'),
    ("quotedblright", '”'),
    ("quotedblbase", '„'),
    ("guillemotleft", '«'),
    ("guillemotright", '»'),
    ("endash", '–'),
    ("emdash", '—'),
    ("bullet", '•'),
    ("ellipsis", '…'),
    ("section", '§'),
    ("degree", '°'),
    ("multiply", '×'),
    ("divide", '÷'),
    ("dong", '₫'),
    ("fi", 'ﬁ'),
    ("fl", 'ﬂ'),
    ("dcroat", 'đ'),
    ("dmacron", 'đ'),
    ("Dcroat", 'Đ'),
    ("Eth", 'Đ'),
    ("Dslash", 'Đ'),
    ("eth", 'đ'),
];

/// The characters that a glyph's name says it is.
pub fn named(name: &str) -> Option<String> {
    if let Some((_, character)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(character.to_string());
    }
    let hexadecimal = name.strip_prefix("uni").filter(|rest| rest.len() == 4).or_else(|| name.strip_prefix('u'));
    if let Some(code) = hexadecimal.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
        return char::from_u32(code).map(String::from);
    }
    let letter = name.chars().next().filter(char::is_ascii_alphabetic)?;
    let mut text = String::from(letter);
    let mut rest = name.get(1..)?;
    while !rest.is_empty() {
        let (accent, mark) = ACCENTS.iter().find(|(accent, _)| rest.starts_with(accent))?;
        text.push(*mark);
        rest = rest.get(accent.len()..)?;
    }
    Some(text.nfc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_glyphs_tell_vietnamese_letters() {
        let letters = ["A", "uni1EA1", "Ecircumflexacute", "ohorndotbelow", "Dcroat", "u1EF9", "abreve", "seven"];
        let told: Vec<_> = letters.into_iter().filter_map(named).collect();
        assert_eq!(told, ["A", "ạ", "Ế", "ợ", "Đ", "ỹ", "ă", "7"]);
        assert_eq!(["g123", "", "Aacutes", "uXYZ"].map(named), [None, None, None, None]);
        assert_eq!(Encoding::Windows.character(0x85), '…');
        assert_eq!(Encoding::Macintosh.character(0xC9), '…');
        assert_eq!(Encoding::Macintosh.character(0xFF), 'ˇ');
    }
}
