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
