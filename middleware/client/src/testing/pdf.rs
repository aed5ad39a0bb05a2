//! The smallest document: one page of A4 with a word on it.

/// One page with a classic cross-reference table (ISO 32000-1, 7.5.4).
pub(crate) fn one_page() -> Vec<u8> {
    let content = "BT /F1 24 Tf 72 720 Td (Contract) Tj ET";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R\
         /Resources<</Font<</F1 5 0 R>>>>>>"
            .to_owned(),
        format!(
            "<</Length {}>>\nstream\n{content}\nendstream",
            content.len()
        ),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut table = "xref\n0 6\n0000000000 65535 f \n".to_owned();
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).bytes());
    }
    let start = file.len();
    file.extend(table.bytes());
    let id = "<00112233445566778899AABBCCDDEEFF>";
    let trailer = format!("trailer\n<</Size 6/Root 1 0 R/ID[{id}{id}]>>\n");
    file.extend(trailer.bytes());
    file.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
    file
}
