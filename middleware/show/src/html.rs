//! The page for the browser.

use std::fmt::Write as _;

use base64ct::{Base64, Encoding};
use sello_document::report::{
    Indication, Overall, Permission, Report, SignatureReport, change_in_words, headline,
    words as verdicts,
};
use sello_document::{Language, render_text};

use crate::draw::{Drawing, Drawn};
use crate::strike::{self, Place};
use crate::words::words;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("click.js");

/// How the page is made.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The language of the page.
    pub language: Language,
    /// The file's name, as a title and for the command shown.
    pub file: &'a str,
    /// Whether the pages drawn are those that were signed; else the file as it is.
    pub signed: bool,
    /// The pages, from 1, that look otherwise now than when they were signed.
    pub differing: &'a [usize],
}

/// Makes the page. The seals that are not valid are struck out in `drawing`.
#[must_use]
pub fn html(report: &Report, mut drawing: Drawing, options: Options<'_>) -> String {
    let words = words(options.language);
    let mut out = String::new();
    let file = escaped(options.file);
    add(
        &mut out,
        format_args!(
            "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{file}</title>\
         <style>{STYLE}</style></head><body>\n",
            words.language,
        ),
    );
    let (class, overall) = (
        class_of(report.overall),
        verdicts::overall(report.overall, options.language),
    );
    add(
        &mut out,
        format_args!(
            "<header class=\"{class}\"><h1>{overall}</h1><p>{file}</p><p class=\"when\">{} {}</p>",
            words.verified,
            escaped(&report.verified_at),
        ),
    );
    for finding in &report.findings {
        let sentence = verdicts::sentence(finding.code, options.language);
        add(
            &mut out,
            format_args!(
                "<p>{} <code>{}</code></p>",
                escaped(sentence),
                finding.code.name()
            ),
        );
    }
    out.push_str("</header>\n<main><ol class=\"seals\">");
    for signature in &report.signatures {
        let class = class_of(verdict(signature));
        let line = headline(signature, options.language);
        add(
            &mut out,
            format_args!("<li class=\"{class}\">{}</li>", escaped(&line)),
        );
    }
    out.push_str("</ol>\n");
    if report.signatures.is_empty() {
        add(&mut out, format_args!("<p>{}</p>", words.none));
    }
    for found in &report.lookalikes {
        let line = verdicts::lookalike(found, options.language);
        add(
            &mut out,
            format_args!("<p class=\"bad\">{}</p>", escaped(&line)),
        );
    }
    later(&mut out, report, options.language);
    pages(&mut out, report, &mut drawing, options);
    let text = escaped(&render_text(report, options.language));
    add(
        &mut out,
        format_args!(
            "<details><summary>{}</summary><pre>{text}</pre></details></main>\n",
            words.details,
        ),
    );
    add(
        &mut out,
        format_args!("<script>{SCRIPT}</script></body></html>\n"),
    );
    out
}

fn later(out: &mut String, report: &Report, language: Language) {
    let words = words(language);
    if report.changes.is_empty() {
        return;
    }
    add(
        out,
        format_args!("<h2>{}</h2><ul class=\"changes\">", words.later),
    );
    for revision in &report.changes {
        for change in &revision.changes {
            let class = if change.allowed == Permission::Never {
                "bad"
            } else {
                "good"
            };
            let line = change_in_words(change, language);
            add(
                out,
                format_args!(
                    "<li class=\"{class}\">{} {}: {}</li>",
                    words.version,
                    revision.revision,
                    escaped(&line),
                ),
            );
        }
    }
    out.push_str("</ul>\n");
}

fn pages(out: &mut String, report: &Report, drawing: &mut Drawing, options: Options<'_>) {
    let words = words(options.language);
    let title = if options.signed {
        words.signed_pages
    } else {
        words.present_pages
    };
    add(
        out,
        format_args!("<h2>{title}</h2><p class=\"hint\">{}</p>", words.click),
    );
    if !options.differing.is_empty() {
        let numbers: Vec<String> = options.differing.iter().map(ToString::to_string).collect();
        add(
            out,
            format_args!(
                "<p class=\"bad\">{}: {}</p>",
                words.differing,
                numbers.join(", ")
            ),
        );
    }
    for (page, number) in drawing.pages.iter_mut().zip(1usize..) {
        let shown: Vec<&SignatureReport> = report
            .signatures
            .iter()
            .filter(|signature| signature.page == Some(number))
            .collect();
        add(
            out,
            format_args!("<figure><figcaption>{} {number}</figcaption>", words.page),
        );
        match page {
            Some(page) => one_page(out, page, number, &shown, options),
            None => add(out, format_args!("<p>{}</p>", words.not_drawn)),
        }
        out.push_str("</figure>\n");
    }
    if drawing.cut_short {
        add(out, format_args!("<p>{}</p>", words.cut_short));
    }
}

fn one_page(
    out: &mut String,
    page: &mut Drawn,
    number: usize,
    shown: &[&SignatureReport],
    options: Options<'_>,
) {
    let mut marks = String::new();
    for signature in shown {
        let Some(place) = signature.rectangle_mm else {
            continue;
        };
        let verdict = verdict(signature);
        if verdict != Overall::Valid {
            let place = Place {
                x: place.x,
                y: place.y,
                width: place.width,
                height: place.height,
            };
            strike::out(page, place, verdict == Overall::Broken);
        }
        let percent = |part: f64, whole: f32| part / f64::from(whole.max(1.0)) * 100.0;
        let (across, down) = page.size_mm;
        let reason = verdicts::sentence(signature.code, options.language);
        let side = if percent(place.x, across) > 50.0 {
            " right"
        } else {
            ""
        };
        let label = format!("{}: {reason}", verdicts::overall(verdict, options.language));
        add(
            &mut marks,
            format_args!(
                "<div class=\"mark {}{side}\" style=\"left:{:.3}%;top:{:.3}%;width:{:.3}%;height:{:.3}%\">\
             <span>{}</span></div>",
                class_of(verdict),
                percent(place.x, across),
                percent(place.y, down),
                percent(place.width, across),
                percent(place.height, down),
                escaped(&label),
            ),
        );
    }
    let Some(png) = png(page) else {
        return;
    };
    add(
        out,
        format_args!(
            "<div class=\"page\" data-page=\"{number}\" data-width=\"{:.3}\" data-height=\"{:.3}\" \
         data-file=\"{}\"><img alt=\"\" src=\"data:image/png;base64,{}\">{marks}</div>\
         <output></output>",
            page.size_mm.0,
            page.size_mm.1,
            escaped(options.file),
            Base64::encode_string(&png),
        ),
    );
}

const fn verdict(signature: &SignatureReport) -> Overall {
    match signature.indication {
        Indication::TotalPassed => Overall::Valid,
        Indication::Indeterminate => Overall::CannotTell,
        Indication::TotalFailed => Overall::Broken,
    }
}

const fn class_of(overall: Overall) -> &'static str {
    match overall {
        Overall::Valid => "good",
        Overall::Broken => "bad",
        Overall::CannotTell | Overall::NothingSealed => "unsure",
    }
}

fn png(page: &Drawn) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    let side = |pixels: usize| u32::try_from(pixels).ok();
    let mut encoder = png::Encoder::new(&mut file, side(page.size.0)?, side(page.size.1)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().ok()?;
    let (pixels, _) = page.rgba.as_chunks::<4>();
    let rgb: Vec<u8> = pixels
        .iter()
        .flat_map(|[red, green, blue, _]| [*red, *green, *blue])
        .collect();
    writer.write_image_data(&rgb).ok()?;
    writer.finish().ok()?;
    Some(file)
}

/// Text that can do nothing: what a document says of itself is a stranger's.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

fn add(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    let _ = out.write_fmt(arguments);
}
