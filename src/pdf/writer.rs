//! Objects as bytes (ISO 32000-2, 7.3).

use super::object::{Dictionary, Object, PdfString};
use super::parser::{is_delimiter, is_space};

/// Bytes as hexadecimal digits.
pub fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value & 15)).copied().unwrap_or_default();
    out.reserve(bytes.len().saturating_mul(2));
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]));
}

/// Appends an object. A stream's data is written where it is in memory; one that lies in the file cannot be written again
/// and is written as its dictionary (nothing here changes streams of the file).
pub fn write(object: &Object, out: &mut Vec<u8>) {
    match object {
        Object::Null => out.extend(b"null"),
        Object::Boolean(true) => out.extend(b"true"),
        Object::Boolean(false) => out.extend(b"false"),
        Object::Integer(i) => out.extend(i.to_string().bytes()),
        Object::Real(text) => out.extend(text.bytes()),
        Object::Name(name) => write_name(name, out),
        Object::String(string) => write_string(string, out),
        Object::Array(elements) => {
            out.push(b'[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write(element, out);
            }
            out.push(b']');
        }
        Object::Dictionary(dictionary) => write_dictionary(dictionary, out),
        Object::Stream(stream) => {
            write_dictionary(&stream.dictionary, out);
            if let super::object::StreamData::InMemory(data) = &stream.data {
                out.extend(b"\nstream\n");
                out.extend(data.iter());
                out.extend(b"\nendstream");
            }
        }
        Object::Reference(id) => out.extend(format!("{} {} R", id.number, id.generation).bytes()),
    }
}

fn write_dictionary(dictionary: &Dictionary, out: &mut Vec<u8>) {
    out.extend(b"<<");
    for (key, value) in dictionary.iter() {
        write_name(key, out);
        // a value that begins with a delimiter needs no space before it
        if !matches!(
            value,
            Object::Name(_) | Object::String(_) | Object::Array(_) | Object::Dictionary(_) | Object::Stream(_)
        ) {
            out.push(b' ');
        }
        write(value, out);
    }
    out.extend(b">>");
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        if is_space(*byte) || is_delimiter(*byte) || *byte == b'#' || !(0x21..=0x7E).contains(byte) {
            out.extend(format!("#{byte:02X}").bytes());
        } else {
            out.push(*byte);
        }
    }
}

fn write_string(string: &PdfString, out: &mut Vec<u8>) {
    if string.hexadecimal {
        out.push(b'<');
        push_hex(out, &string.bytes);
        out.push(b'>');
        return;
    }
    out.push(b'(');
    for byte in &string.bytes {
        match byte {
            b'(' | b')' | b'\\' => out.extend([b'\\', *byte]),
            // a bare CR would be read as LF (7.3.4.2)
            b'\r' => out.extend(b"\\r"),
            _ => out.push(*byte),
        }
    }
    out.push(b')');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::pdf::object::ObjectId;
    use crate::pdf::parser::Parser;
    use proptest::prelude::*;

    fn any_object() -> impl Strategy<Value = Object> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..12);
        let leaf = prop_oneof![
            Just(Object::Null),
            any::<bool>().prop_map(Object::Boolean),
            any::<i64>().prop_map(Object::Integer),
            "-?[0-9]{0,4}\\.[0-9]{1,4}".prop_map(|s| Object::Real(s.into())),
            bytes().prop_map(Object::Name),
            (bytes(), any::<bool>()).prop_map(|(bytes, hexadecimal)| Object::String(PdfString { bytes, hexadecimal })),
            (any::<u32>(), any::<u16>())
                .prop_map(|(number, generation)| Object::Reference(ObjectId { number, generation })),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Object::Array),
                proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..6), inner), 0..6).prop_map(
                    |entries| {
                        let mut dictionary = Dictionary::new();
                        for (key, value) in entries {
                            dictionary.set(&key, value);
                        }
                        Object::Dictionary(dictionary)
                    }
                ),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(object in any_object()) {
            let mut bytes = Vec::new();
            write(&object, &mut bytes);
            let read = Parser::new(&bytes, 0, true, &Limits::DEFAULT).object();
            prop_assert_eq!(read, Ok(object));
        }

        #[test]
        fn the_parser_takes_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400), complete: bool) {
            let _ = Parser::new(&bytes, 0, complete, &Limits::DEFAULT).object();
            let _ = Parser::new(&bytes, 0, complete, &Limits::DEFAULT).indirect();
        }

        #[test]
        fn a_window_never_changes_what_is_read(object in any_object(), cut in 0usize..200) {
            let mut bytes = b"7 0 obj ".to_vec();
            write(&object, &mut bytes);
            bytes.extend(b" endobj");
            let whole = Parser::new(&bytes, 0, true, &Limits::DEFAULT).indirect().map(|i| i.object);
            let part = Parser::new(&bytes[..cut.min(bytes.len())], 0, false, &Limits::DEFAULT).indirect();
            if let Ok(part) = part {
                prop_assert_eq!(Ok(part.object), whole);
            }
        }
    }
}
