//! Words as people look for them: without accents, in lower case.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A text in lower case, without accents; đ is d. `07/QĐ-UBND` is `07/qd-ubnd`.
pub fn unaccented(text: &str) -> String {
    let plain = |c: char| if matches!(c, 'đ' | 'Đ') { 'd' } else { c };
    text.nfkd().filter(|c| !is_combining_mark(*c)).map(plain).collect::<String>().to_lowercase()
}

/// The words of a text: letters and digits, in lower case, without accents; đ is d. `Nguyễn Văn Đức` is `nguyen`, `van`, `duc`.
pub fn folded(text: &str) -> Vec<String> {
    let text = unaccented(text);
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_composition_make_no_difference() {
        for text in ["Nguyễn  Văn Đức", "nguyen van duc", "NGUYE\u{302}\u{303}N VA\u{306}N ĐƯ\u{301}C"] {
            assert_eq!(folded(text), ["nguyen", "van", "duc"], "{text}");
        }
        assert_eq!(folded("Cty TNHH “A&B”-2"), ["cty", "tnhh", "a", "b", "2"]);
        assert!(folded(" -*- ").is_empty());
        assert_eq!(unaccented("Số 07/QĐ-UBND"), "so 07/qd-ubnd");
    }
}
