//! A large document to stamp.

/// One image: 1024 by 1024 samples of one byte.
const IMAGE_SIDE: usize = 1024;

/// A PDF document (ISO 32000-1, 7.5) of one page with `images` images of 1 MiB each, which do not
/// compress.
#[must_use]
pub fn large(images: usize) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = Vec::new();
    let mut object = |pdf: &mut Vec<u8>, dictionary: &str, stream: Option<&[u8]>| {
        places.push(pdf.len());
        pdf.extend(format!("{} 0 obj\n{dictionary}\n", places.len()).bytes());
        if let Some(stream) = stream {
            pdf.extend_from_slice(b"stream\n");
            pdf.extend_from_slice(stream);
            pdf.extend_from_slice(b"\nendstream\n");
        }
        pdf.extend_from_slice(b"endobj\n");
    };
    let names: String = (0..images)
        .map(|n| format!("/I{n} {} 0 R ", n + 5))
        .collect();
    let drawn: String = (0..images).map(draw).collect();
    object(&mut pdf, "<< /Type /Catalog /Pages 2 0 R >>", None);
    object(&mut pdf, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", None);
    let page = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /XObject << {names}>> >> >>"
    );
    object(&mut pdf, &page, None);
    let length = format!("<< /Length {} >>", drawn.len());
    object(&mut pdf, &length, Some(drawn.as_bytes()));
    let mut state = 1;
    for _ in 0..images {
        let samples = noise(&mut state, IMAGE_SIDE * IMAGE_SIDE);
        let image = format!(
            "<< /Type /XObject /Subtype /Image /Width {IMAGE_SIDE} /Height {IMAGE_SIDE} \
             /ColorSpace /DeviceGray /BitsPerComponent 8 /Length {} >>",
            samples.len()
        );
        object(&mut pdf, &image, Some(&samples));
    }
    finish(&mut pdf, &places);
    pdf
}

/// A document of one page with a line of text.
#[must_use]
pub fn small(number: usize) -> Vec<u8> {
    let text = format!("BT /F1 12 Tf 72 720 Td (Contract {number}) Tj ET");
    let mut pdf = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = Vec::new();
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for object in &objects {
        places.push(pdf.len());
        pdf.extend(format!("{} 0 obj\n{object}\nendobj\n", places.len()).bytes());
    }
    finish(&mut pdf, &places);
    pdf
}

/// Writes a document of one page and about `length` bytes, most of them a hole in one stream.
///
/// # Errors
/// When it cannot be written.
pub fn sparse(path: &std::path::Path, length: u64) -> std::io::Result<()> {
    use std::os::unix::fs::FileExt;
    let file = std::fs::File::create(path)?;
    let mut head = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = Vec::new();
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>".to_owned(),
    ];
    for object in &objects {
        places.push(head.len());
        head.extend(format!("{} 0 obj\n{object}\nendobj\n", places.len()).bytes());
    }
    places.push(head.len());
    head.extend(format!("4 0 obj\n<< /Length {length} >>\nstream\n").bytes());
    file.write_all_at(&head, 0)?;
    let after = u64::try_from(head.len())
        .unwrap_or(0)
        .saturating_add(length);
    let mut tail = b"\nendstream\nendobj\n".to_vec();
    let start = after.saturating_add(u64::try_from(tail.len()).unwrap_or(0));
    let count = places.len() + 1;
    let mut table = format!("xref\n0 {count}\n0000000000 65535 f \n");
    for place in places {
        table.push_str(&format!("{place:010} 00000 n \n"));
    }
    let id = "00112233445566778899AABBCCDDEEFF";
    table.push_str(&format!(
        "trailer\n<< /Size {count} /Root 1 0 R /ID [<{id}> <{id}>] >>\n\
         startxref\n{start}\n%%EOF\n"
    ));
    tail.extend(table.bytes());
    file.write_all_at(&tail, after)
}

/// Draws an image in a column on the left.
fn draw(index: usize) -> String {
    format!("q 60 0 0 60 40 {} cm /I{index} Do Q\n", 60 * index + 60)
}

/// Bytes that do not compress: a linear congruential generator (Knuth, TAOCP 2, 3.3.4).
fn noise(state: &mut u64, length: usize) -> Vec<u8> {
    let mut next = || {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let [top, ..] = state.to_be_bytes();
        top
    };
    (0..length).map(|_| next()).collect()
}

/// The cross-reference table and trailer (ISO 32000-1, 7.5.4 and 7.5.5).
fn finish(pdf: &mut Vec<u8>, places: &[usize]) {
    let start = pdf.len();
    let count = places.len() + 1;
    let mut table = format!("xref\n0 {count}\n0000000000 65535 f \n");
    for place in places {
        table.push_str(&format!("{place:010} 00000 n \n"));
    }
    let id = "00112233445566778899AABBCCDDEEFF";
    table.push_str(&format!(
        "trailer\n<< /Size {count} /Root 1 0 R /ID [<{id}> <{id}>] >>\n\
         startxref\n{start}\n%%EOF\n"
    ));
    pdf.extend_from_slice(table.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_large_as_its_images_and_its_table_is_true() {
        let pdf = large(2);
        assert!(pdf.len() > 2 * IMAGE_SIDE * IMAGE_SIDE);
        let text = String::from_utf8_lossy(&pdf[pdf.len() - 400..]).into_owned();
        let table = text.split("xref\n0 7\n").nth(1).unwrap();
        let third = table.lines().nth(3).unwrap();
        let place: usize = third[..10].parse().unwrap();
        assert!(pdf[place..].starts_with(b"3 0 obj"));
    }
}
