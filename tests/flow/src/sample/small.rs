//! Files of one page that each show one way of writing a PDF (ISO 32000-1, 7.5).

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{AnnotationFlags, FieldType};
use pdf_writer::{Chunk, Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const FONT: Ref = Ref::new(4);
const CONTENT: Ref = Ref::new(5);
const FIELD: Ref = Ref::new(6);
const APPEARANCE: Ref = Ref::new(7);
const OBJECT_STREAM: Ref = Ref::new(6);
const XREF_STREAM: Ref = Ref::new(7);
const FONT_NAME: Name<'static> = Name(b"Helv");
const FILE_ID: &[u8; 16] = b"sello-sample-doc";

/// One page with a classic cross-reference table (7.5.4), `%PDF-1.7`, an /ID, nothing compressed.
#[must_use]
pub fn minimal_classic() -> Vec<u8> {
    let mut pdf = pdf();
    pdf.catalog(CATALOG).pages(PAGES);
    body(&mut pdf, |_| {});
    pdf.finish()
}

/// Like [`minimal_classic`], with a text field `reference` already in an `AcroForm` (12.7).
#[must_use]
pub fn with_acroform_text_field() -> Vec<u8> {
    let value = "ES-2026-0117";
    let mut pdf = pdf();
    let mut catalog = pdf.catalog(CATALOG);
    catalog.pages(PAGES);
    let mut form = catalog.form();
    form.fields([FIELD]);
    form.default_resources().fonts().pair(FONT_NAME, FONT);
    form.default_appearance(Str(b"/Helv 12 Tf 0 g"));
    form.finish();
    catalog.finish();
    body(&mut pdf, |page| {
        page.annotations([FIELD]);
    });
    let mut field = pdf.form_field(FIELD);
    field
        .partial_name(TextStr("reference"))
        .field_type(FieldType::Text)
        .text_value(TextStr(value))
        .vartext_default_appearance(Str(b"/Helv 12 Tf 0 g"));
    let mut widget = field.into_annotation();
    widget
        .rect(Rect::new(72.0, 640.0, 272.0, 660.0))
        .page(PAGE)
        .flags(AnnotationFlags::PRINT);
    widget.appearance().normal().stream(APPEARANCE);
    widget.finish();
    let drawn = text(2.0, 5.0, 12.0, value.as_bytes());
    let mut appearance = pdf.form_xobject(APPEARANCE, &drawn);
    appearance.bbox(Rect::new(0.0, 0.0, 200.0, 20.0));
    appearance.resources().fonts().pair(FONT_NAME, FONT);
    appearance.finish();
    pdf.finish()
}

/// One page whose catalog, page tree, page and font lie in a compressed object stream (7.5.7),
/// found by a compressed cross-reference stream with the PNG "up" predictor (7.5.8), the way most
/// office programs write.
#[must_use]
pub fn with_object_streams() -> Vec<u8> {
    let mut packed = Chunk::new();
    packed
        .indirect(CATALOG)
        .dict()
        .pair(Name(b"Type"), Name(b"Catalog"))
        .pair(Name(b"Pages"), PAGES);
    let mut content = Chunk::new();
    structure(&mut packed, |_| {});
    content.stream(CONTENT, &page_text());

    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let content_at = file.len();
    file.extend_from_slice(content.as_bytes());
    let objects = bare_objects(&packed);
    let stream_at = file.len();
    object_stream(&mut file, &objects);
    let xref_at = file.len();

    // Rows of /W [1 4 2], object 0 first.
    let mut rows = vec![xref_row(0, 0, 65535)];
    for index in 0..4 {
        rows.push(xref_row(2, offset(OBJECT_STREAM_NUMBER), index));
    }
    for at in [content_at, stream_at, xref_at] {
        rows.push(xref_row(1, offset(at), 0));
    }
    let data = deflate(&predicted(&rows));
    let head = format!(
        "{} 0 obj\n<</Type/XRef/Size 8/Root 1 0 R/W[1 4 2]/Filter/FlateDecode\
         /DecodeParms<</Predictor 12/Columns 7>>/ID[{id}{id}]/Length {}>>\nstream\n",
        XREF_STREAM.get(),
        data.len(),
        id = hex_id(),
    );
    file.extend_from_slice(head.as_bytes());
    file.extend_from_slice(&data);
    let tail = format!("\nendstream\nendobj\nstartxref\n{xref_at}\n%%EOF\n");
    file.extend_from_slice(tail.as_bytes());
    file
}

/// [`OBJECT_STREAM`] as an offset field holds it.
const OBJECT_STREAM_NUMBER: usize = 6;

fn pdf() -> Pdf {
    let mut pdf = Pdf::new();
    pdf.set_version(1, 7);
    pdf.set_file_id((FILE_ID.to_vec(), FILE_ID.to_vec()));
    pdf
}

/// Page tree, page, font and content.
fn body(chunk: &mut Chunk, more: impl FnOnce(&mut pdf_writer::writers::Page<'_>)) {
    structure(chunk, more);
    chunk.stream(CONTENT, &page_text());
}

fn structure(chunk: &mut Chunk, more: impl FnOnce(&mut pdf_writer::writers::Page<'_>)) {
    chunk.pages(PAGES).kids([PAGE]).count(1);
    let mut page = chunk.page(PAGE);
    page.media_box(Rect::new(0.0, 0.0, 595.0, 842.0))
        .parent(PAGES)
        .contents(CONTENT);
    page.resources().fonts().pair(FONT_NAME, FONT);
    more(&mut page);
    page.finish();
    chunk.type1_font(FONT).base_font(Name(b"Helvetica"));
}

fn page_text() -> Vec<u8> {
    text(72.0, 740.0, 18.0, b"One page to be sealed.")
}

fn text(x: f32, y: f32, size: f32, line: &[u8]) -> Vec<u8> {
    let mut content = Content::new();
    content
        .begin_text()
        .set_font(FONT_NAME, size)
        .next_line(x, y)
        .show(Str(line))
        .end_text();
    content.finish().to_vec()
}

/// The objects of a chunk without `n 0 obj` and `endobj`, as an object stream holds them.
fn bare_objects(chunk: &Chunk) -> Vec<Vec<u8>> {
    let bytes = String::from_utf8_lossy(chunk.as_bytes()).into_owned();
    bytes
        .split("endobj")
        .filter_map(|object| object.split_once(" 0 obj\n"))
        .map(|(_, object)| object.trim().as_bytes().to_vec())
        .collect()
}

/// Writes objects 1 to n as an object stream: numbers and offsets, then the objects.
fn object_stream(file: &mut Vec<u8>, objects: &[Vec<u8>]) {
    let mut index = String::new();
    let mut body = Vec::new();
    for (number, object) in (1..).zip(objects) {
        index.push_str(&format!("{number} {} ", body.len()));
        body.extend_from_slice(object);
        body.push(b'\n');
    }
    let data = deflate(&[index.as_bytes(), &body].concat());
    let head = format!(
        "{} 0 obj\n<</Type/ObjStm/N {}/First {}/Filter/FlateDecode/Length {}>>\nstream\n",
        OBJECT_STREAM.get(),
        objects.len(),
        index.len(),
        data.len(),
    );
    file.extend_from_slice(head.as_bytes());
    file.extend_from_slice(&data);
    file.extend_from_slice(b"\nendstream\nendobj\n");
}

fn xref_row(kind: u8, second: u32, third: u16) -> [u8; 7] {
    let [a, b, c, d] = second.to_be_bytes();
    let [e, f] = third.to_be_bytes();
    [kind, a, b, c, d, e, f]
}

/// Each row as its difference from the one above, after the byte 2 (PNG filter "up").
fn predicted(rows: &[[u8; 7]]) -> Vec<u8> {
    let mut above = [0; 7];
    let mut out = Vec::new();
    for row in rows {
        out.push(2);
        out.extend(row.iter().zip(above).map(|(&b, a)| b.wrapping_sub(a)));
        above = *row;
    }
    out
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn hex_id() -> String {
    let digits: String = FILE_ID.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("<{digits}>")
}

#[expect(
    clippy::expect_used,
    reason = "a fixture that cannot be made fails its test"
)]
fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).expect("memory takes every byte");
    encoder.finish().expect("memory takes every byte")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(file: &[u8], needle: &str) -> bool {
        file.windows(needle.len()).any(|w| w == needle.as_bytes())
    }

    #[test]
    fn the_classic_file_has_a_table_and_no_streams_of_objects() {
        let file = minimal_classic();
        assert!(file.starts_with(b"%PDF-1.7\n"));
        assert!(has(&file, "\nxref\n0 6\n") && has(&file, "trailer"));
        assert!(has(&file, "/ID") && !has(&file, "/XRef"));
        assert_eq!(file, minimal_classic());
    }

    #[test]
    fn the_packed_file_hides_its_catalog() {
        let file = with_object_streams();
        assert!(file.starts_with(b"%PDF-1.7\n"));
        assert!(has(&file, "/ObjStm/N 4/") && has(&file, "/XRef"));
        assert!(!has(&file, "/Catalog") && !has(&file, "trailer"));
        assert_eq!(file, with_object_streams());
    }

    #[test]
    fn startxref_points_at_the_cross_reference_section() {
        for (file, begins) in [
            (minimal_classic(), "xref"),
            (with_acroform_text_field(), "xref"),
            (with_object_streams(), "7 0 obj"),
        ] {
            let tail = String::from_utf8_lossy(&file).into_owned();
            let at = tail.rsplit("startxref\n").next().unwrap();
            let at: usize = at.lines().next().unwrap().parse().unwrap();
            assert!(file[at..].starts_with(begins.as_bytes()));
        }
    }

    #[test]
    fn the_form_has_one_field_on_the_page() {
        let file = with_acroform_text_field();
        assert!(has(&file, "/AcroForm") && has(&file, "(reference)"));
        assert!(has(&file, "/Annots [6 0 R]") || has(&file, "/Annots[6 0 R]"));
    }
}
