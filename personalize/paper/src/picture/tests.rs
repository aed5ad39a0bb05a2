use super::*;

const SEAL: SealPicture<'_> = SealPicture {
    organization: "Example S.L.",
    kind_label: "Sello oficial",
    identifier: None,
    diameter_mm: 40,
    pixels: 300,
};

struct Image {
    rgba: Vec<u8>,
    edge: usize,
}

impl Image {
    fn of(seal: &SealPicture<'_>) -> Self {
        let file = draw(seal).unwrap();
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let mut rgba = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rgba).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgba);
        assert_eq!(info.width, info.height);
        let edge = usize::try_from(info.width).unwrap();
        Self { rgba, edge }
    }

    fn pixel(&self, x: usize, y: usize) -> [u8; 4] {
        self.rgba[4 * (y * self.edge + x)..][..4]
            .try_into()
            .unwrap()
    }

    /// Ink (alpha over 0) between two radii, as fractions of the outer radius.
    fn ink_between(&self, from: f64, to: f64) -> usize {
        let half = f64::from(u32::try_from(self.edge).unwrap()) / 2.0;
        let mut count = 0;
        for (index, pixel) in self.rgba.chunks_exact(4).enumerate() {
            let offset = |at: usize| f64::from(u32::try_from(at).unwrap()) + 0.5 - half;
            let r = offset(index % self.edge).hypot(offset(index / self.edge)) / half;
            count += usize::from(pixel[3] > 0 && (from..to).contains(&r));
        }
        count
    }
}

fn with_name(organization: &str) -> SealPicture<'_> {
    SealPicture {
        organization,
        ..SEAL
    }
}

#[test]
fn corners_are_transparent_and_the_ring_is_red() {
    let image = Image::of(&SEAL);
    assert_eq!(image.edge, 300);
    for (x, y) in [(0, 0), (299, 0), (0, 299), (299, 299)] {
        assert_eq!(image.pixel(x, y)[3], 0);
    }
    let [red, green, blue] = raster::RED;
    for (x, y) in [(5, 150), (294, 150), (150, 5), (150, 294)] {
        assert_eq!(image.pixel(x, y), [red, green, blue, 255]);
    }
    assert_eq!(image.pixel(150, 150)[3], 255, "the star");
    assert_eq!(
        image.pixel(150, 82)[3],
        0,
        "the paper between ring and star"
    );
}

#[test]
fn names_of_every_length_stay_in_their_band() {
    let long = "Confederación Española de Asociaciones de Empresas de Servicios Jurídicos, S.L.U.";
    let unbroken = "W".repeat(MAX_ORGANIZATION);
    let blanks = "Ñ Á ".repeat(MAX_ORGANIZATION / 4);
    for name in [
        "Ó",
        "Example S.L.",
        "Müller & Güell · Peña",
        long,
        &unbroken,
        &blanks,
    ] {
        let image = Image::of(&with_name(name));
        assert_eq!(image.ink_between(0.997, 2.0), 0, "{name}: outside the ring");
        // One pixel is 1/150 of the radius: keep clear of the rings' soft edges.
        assert_eq!(
            image.ink_between(0.913, 0.927),
            0,
            "{name}: between the rings"
        );
        assert_eq!(
            image.ink_between(0.565, 0.577),
            0,
            "{name}: at the inner ring"
        );
        assert!(image.ink_between(0.60, 0.87) > 100, "{name}: in the band");
    }
}

#[test]
fn each_text_changes_the_picture_and_the_same_text_does_not() {
    let drawn = draw(&SEAL).unwrap();
    assert_eq!(drawn, draw(&SEAL).unwrap());
    assert_ne!(drawn, draw(&with_name("Exampla S.L.")).unwrap());
    let kind_label = "Contratos";
    assert_ne!(drawn, draw(&SealPicture { kind_label, ..SEAL }).unwrap());
    let identifier = Some("B12345678");
    assert_ne!(drawn, draw(&SealPicture { identifier, ..SEAL }).unwrap());
}

#[test]
fn capitals_and_blanks_are_normalized() {
    let drawn = draw(&SEAL).unwrap();
    assert_eq!(drawn, draw(&with_name("  EXAMPLE   s.l. ")).unwrap());
}

#[test]
fn the_file_states_its_size_on_paper() {
    let file = draw(&SealPicture {
        pixels: 945,
        ..SEAL
    })
    .unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .unwrap();
    let dims = reader.info().pixel_dims.unwrap();
    assert_eq!((dims.xppu, dims.unit), (23625, png::Unit::Meter), "600 dpi");
}

#[test]
fn sizes_out_of_bounds_are_refused() {
    for pixels in [0, 63, 2401, u16::MAX] {
        let error = draw(&SealPicture { pixels, ..SEAL }).unwrap_err();
        assert!(matches!(error, PictureError::Pixels(p) if p == pixels));
    }
    for diameter_mm in [0, 14, 101] {
        let error = draw(&SealPicture {
            diameter_mm,
            ..SEAL
        })
        .unwrap_err();
        assert!(matches!(error, PictureError::Diameter(d) if d == diameter_mm));
    }
    assert!(
        draw(&SealPicture {
            pixels: 64,
            diameter_mm: 100,
            ..SEAL
        })
        .is_ok()
    );
}

#[test]
fn texts_out_of_bounds_are_refused() {
    let text = |seal: &SealPicture<'_>| match draw(seal).unwrap_err() {
        PictureError::Text(error) => error,
        other => panic!("{other}"),
    };
    let field = "organization";
    assert_eq!(text(&with_name(" ")), TextError::Empty { field });
    let (length, limit) = (MAX_ORGANIZATION + 1, MAX_ORGANIZATION);
    let long = "a".repeat(length);
    let expected = TextError::TooLong {
        field,
        length,
        limit,
    };
    assert_eq!(text(&with_name(&long)), expected);
    // Sixty letters, a hundred and twenty capitals.
    let sharp = "ß".repeat(60);
    let length = 120;
    let expected = TextError::TooLong {
        field,
        length,
        limit,
    };
    assert_eq!(text(&with_name(&sharp)), expected);
    for (name, code_point) in [("A\u{202E}B", 0x202E), ("A\nB", 0x0A), ("公章", 0x516C)] {
        assert_eq!(
            text(&with_name(name)),
            TextError::Character { field, code_point }
        );
    }
    let field = "kind label";
    assert_eq!(
        text(&SealPicture {
            kind_label: "",
            ..SEAL
        }),
        TextError::Empty { field }
    );
    let field = "identifier";
    assert_eq!(
        text(&SealPicture {
            identifier: Some(""),
            ..SEAL
        }),
        TextError::Empty { field }
    );
}

#[test]
fn at_600_dpi_it_fits_into_a_card_beside_its_certificates() {
    assert_eq!([15, 40, 100].map(pixels_at_600_dpi), [355, 945, 2048]);
    let name = "Confederación Española de Asociaciones de Empresas de Servicios Jurídicos, S.L.U.";
    let seal = SealPicture {
        identifier: Some("B12345678"),
        pixels: pixels_at_600_dpi(SEAL.diameter_mm),
        ..with_name(name)
    };
    let length = draw(&seal).unwrap().len();
    assert!(length < 40 * 1024, "{length}");
}
