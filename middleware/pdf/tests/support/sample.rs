//! Makes PDF documents for tests, in each form of cross-reference section.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::as_conversions, reason = "the numbers of a small sample fit")]

use std::fmt::Write as _;

/// The objects of a document, to be written out in one of several forms.
#[derive(Clone, Default)]
pub(crate) struct Sample {
    /// Number, and what stands between `obj` and `endobj`. Object 1 is the catalog.
    pub(crate) objects: Vec<(u32, String)>,
    /// Further trailer entries.
    pub(crate) trailer: String,
}

impl Sample {
    /// A document of `pages` A4 pages, each with a line of text.
    pub(crate) fn pages(pages: u32) -> Self {
        let mut kids = String::new();
        let mut objects = Vec::new();
        for index in 0..pages {
            let page = 10 + 2 * index;
            write!(kids, "{page} 0 R ").unwrap();
            let content = format!("BT /F1 12 Tf 72 770 Td (Page {}) Tj ET", index + 1);
            objects.push((
                page,
                format!("<</Type/Page/Parent 2 0 R/Contents {} 0 R>>", page + 1),
            ));
            objects.push((page + 1, stream("", &content)));
        }
        let mut all = vec![
            (1, "<</Type/Catalog/Pages 2 0 R>>".to_owned()),
            (
                2,
                format!(
                    "<</Type/Pages/Kids[{kids}]/Count {pages}/MediaBox[0 0 595.276 841.89]\
                     /Resources<</Font<</F1 3 0 R>>>>>>"
                ),
            ),
            (
                3,
                "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
            ),
        ];
        all.extend(objects);
        Self {
            objects: all,
            trailer: String::new(),
        }
    }

    /// Replaces an object, or adds it.
    pub(crate) fn with(mut self, number: u32, body: &str) -> Self {
        self.objects.retain(|(other, _)| *other != number);
        self.objects.push((number, body.to_owned()));
        self.objects.sort_by_key(|(number, _)| *number);
        self
    }

    /// Adds trailer entries.
    pub(crate) fn with_trailer(mut self, entries: &str) -> Self {
        self.trailer.push_str(entries);
        self
    }

    fn size(&self) -> u32 {
        self.objects
            .iter()
            .map(|(number, _)| number + 1)
            .max()
            .unwrap_or(1)
    }

    /// With a cross-reference table.
    pub(crate) fn table(&self) -> Vec<u8> {
        self.append_table(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), "")
    }

    /// The objects appended to `bytes` with a table; `link` is `/Prev n` for an update.
    pub(crate) fn append_table(&self, mut bytes: Vec<u8>, link: &str) -> Vec<u8> {
        let mut entries = String::new();
        if link.is_empty() {
            entries.push_str("0 1\n0000000000 65535 f \n");
        }
        for (number, body) in &self.objects {
            writeln!(entries, "{number} 1\n{:010} 00000 n ", bytes.len()).unwrap();
            bytes.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
        }
        let section = bytes.len();
        let (size, extra) = (self.size(), &self.trailer);
        bytes.extend(
            format!(
                "xref\n{entries}trailer\n<</Size {size}/Root 1 0 R{link}{extra}>>\n\
                 startxref\n{section}\n%%EOF\n"
            )
            .bytes(),
        );
        bytes
    }

    /// With a cross-reference stream, and all objects but streams in one object stream.
    pub(crate) fn streams(&self) -> Vec<u8> {
        let (plain, packed): (Vec<_>, Vec<_>) = self
            .objects
            .iter()
            .partition(|(_, body)| body.contains("stream"));
        let container = self.size();
        let mut rows: Vec<(u32, [u64; 3])> = vec![(0, [0, 0, 65535])];
        let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        for (number, body) in plain {
            rows.push((*number, [1, bytes.len() as u64, 0]));
            bytes.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
        }
        let (mut head, mut data) = (String::new(), String::new());
        for (index, (number, body)) in packed.iter().enumerate() {
            write!(head, "{number} {} ", data.len()).unwrap();
            writeln!(data, "{body}").unwrap();
            rows.push((*number, [2, u64::from(container), index as u64]));
        }
        rows.push((container, [1, bytes.len() as u64, 0]));
        let entries = format!("/Type/ObjStm/N {}/First {}", packed.len(), head.len());
        let object_stream = stream(&entries, &(head + &data));
        bytes.extend(format!("{container} 0 obj\n{object_stream}\nendobj\n").bytes());
        self.append_stream(bytes, container + 1, rows)
    }

    fn append_stream(
        &self,
        mut bytes: Vec<u8>,
        own: u32,
        mut rows: Vec<(u32, [u64; 3])>,
    ) -> Vec<u8> {
        let section = bytes.len();
        rows.push((own, [1, section as u64, 0]));
        rows.sort_unstable();
        let mut index = String::new();
        let mut data = Vec::new();
        for (number, [kind, second, third]) in rows {
            write!(index, "{number} 1 ").unwrap();
            data.push(kind as u8);
            data.extend_from_slice(&(second as u32).to_be_bytes());
            data.extend_from_slice(&(third as u16).to_be_bytes());
        }
        let (size, extra, length) = (own + 1, &self.trailer, data.len());
        bytes.extend(
            format!(
                "{own} 0 obj\n<</Type/XRef/W[1 4 2]/Index[{index}]/Size {size}/Root 1 0 R{extra}\
                 /Length {length}>>\nstream\n"
            )
            .bytes(),
        );
        bytes.extend(data);
        bytes.extend(format!("\nendstream\nendobj\nstartxref\n{section}\n%%EOF\n").bytes());
        bytes
    }
}

/// A stream object of these dictionary entries and data.
pub(crate) fn stream(entries: &str, data: &str) -> String {
    format!(
        "<<{entries}/Length {}>>\nstream\n{data}\nendstream",
        data.len()
    )
}
