//! Objects as bytes.

use std::io::Write;

use crate::lexer::is_regular;
use crate::object::{Dictionary, Name, Object};

/// Appends `object` as it stands in a file. A stream is written as its dictionary only, since
/// its data are not in memory.
pub fn write_object(output: &mut Vec<u8>, object: &Object) {
    match object {
        Object::Null => output.extend_from_slice(b"null"),
        Object::Boolean(true) => output.extend_from_slice(b"true"),
        Object::Boolean(false) => output.extend_from_slice(b"false"),
        Object::Integer(value) => text(output, format_args!("{value}")),
        Object::Real(value) => text(output, format_args!("{value}")),
        Object::String(bytes) => string(output, bytes),
        Object::Name(value) => name(output, value),
        Object::Array(elements) => array(output, elements),
        Object::Dictionary(dictionary) => write_dictionary(output, dictionary),
        Object::Stream(stream) => write_dictionary(output, &stream.dictionary),
        Object::Reference(reference) => text(output, format_args!("{reference}")),
    }
}

/// Appends a dictionary.
pub fn write_dictionary(output: &mut Vec<u8>, dictionary: &Dictionary) {
    output.extend_from_slice(b"<<");
    for (key, value) in dictionary.iter() {
        write_entry(output, key);
        write_object(output, value);
    }
    output.extend_from_slice(b">>");
}

/// Appends a dictionary key and the space after it.
pub(crate) fn write_entry(output: &mut Vec<u8>, key: &Name) {
    name(output, key);
    output.push(b' ');
}

pub(crate) fn text(output: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    let _ = output.write_fmt(arguments);
}

fn array(output: &mut Vec<u8>, elements: &[Object]) {
    output.push(b'[');
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            output.push(b' ');
        }
        write_object(output, element);
    }
    output.push(b']');
}

fn name(output: &mut Vec<u8>, name: &Name) {
    output.push(b'/');
    for byte in name.as_bytes() {
        if is_regular(*byte) && byte.is_ascii_graphic() && *byte != b'#' {
            output.push(*byte);
        } else {
            text(output, format_args!("#{byte:02X}"));
        }
    }
}

fn string(output: &mut Vec<u8>, bytes: &[u8]) {
    let plain = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    if !bytes.iter().all(plain) {
        output.push(b'<');
        for byte in bytes {
            text(output, format_args!("{byte:02X}"));
        }
        output.push(b'>');
        return;
    }
    output.push(b'(');
    for byte in bytes {
        if matches!(byte, b'(' | b')' | b'\\') {
            output.push(b'\\');
        }
        output.push(*byte);
    }
    output.push(b')');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::object::Reference;
    use crate::parser::Parser;
    use crate::source::wide;

    fn written(object: &Object) -> Vec<u8> {
        let mut output = Vec::new();
        write_object(&mut output, object);
        output
    }

    #[test]
    fn objects_are_written_plainly() {
        let dictionary = Dictionary::from_iter([
            ("A B#", Object::String(b"a(b)\\".to_vec())),
            ("R", Object::Reference(Reference::new(3, 1))),
            (
                "N",
                Object::Array(vec![Object::Null, Object::Real(0.5), Object::Integer(-2)]),
            ),
            ("S", Object::String(vec![0, 255])),
            ("T", Object::Boolean(true)),
        ]);
        let text = "<</A#20B#23 (a\\(b\\)\\\\)/N [null 0.5 -2]/R 3 1 R/S <00FF>/T true>>";
        assert_eq!(written(&dictionary.into()), text.as_bytes());
    }

    fn objects() -> impl Strategy<Value = Object> {
        let leaf = prop_oneof![
            Just(Object::Null),
            any::<bool>().prop_map(Object::Boolean),
            any::<i64>().prop_map(Object::Integer),
            // A real that is whole reads back as an integer, so these are not.
            any::<i32>().prop_map(|value| Object::Real(f64::from(value) + 0.25)),
            any::<Vec<u8>>().prop_map(Object::String),
            proptest::collection::vec(1u8.., 0..8).prop_map(|name| Object::Name(Name::new(name))),
            (0..8_388_607u32, any::<u16>())
                .prop_map(|(number, generation)| Reference::new(number, generation).into()),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            let key = proptest::collection::vec(1u8.., 0..8).prop_map(Name::new);
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Object::Array),
                proptest::collection::vec((key, inner), 0..6)
                    .prop_map(|entries| Dictionary::from_iter(entries).into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(object in objects()) {
            let bytes = written(&object);
            let mut parser = Parser::new(&bytes, 0, wide(bytes.len()));
            prop_assert_eq!(parser.value(0).unwrap(), object);
            prop_assert_eq!(parser.lexer().position(), wide(bytes.len()));
        }
    }
}
