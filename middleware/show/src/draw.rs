//! Drawing pages, in a thread of its own and for a limited time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

/// Millimetres in a point.
const MM: f32 = 25.4 / 72.0;
/// Bytes of stack for drawing nested forms.
const STACK: usize = 64 << 20;

/// How much is drawn at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Pages.
    pub pages: usize,
    /// Bytes of a document.
    pub bytes: usize,
    /// Pixels along the longer edge of a page.
    pub edge: u16,
    /// For the whole document.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pages: 40,
            bytes: 64 << 20,
            edge: 1200,
            time: Duration::from_secs(20),
        }
    }
}

/// A page, drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Pixels across and down.
    pub size: (usize, usize),
    /// Millimetres across and down.
    pub size_mm: (f32, f32),
    /// Its pixels, four bytes each, on white.
    pub rgba: Vec<u8>,
}

/// The pages that were drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drawing {
    /// The first pages, in order; none where one could not be drawn.
    pub pages: Vec<Option<Drawn>>,
    /// Whether a limit or a fault kept further pages from being drawn.
    pub cut_short: bool,
}

/// Draws a document's pages as far as the limits allow. It never fails: what cannot be drawn is left out.
#[must_use]
pub fn draw(document: Vec<u8>, limits: Limits) -> Drawing {
    let mut drawing = Drawing::default();
    if document.len() > limits.bytes {
        drawing.cut_short = true;
        return drawing;
    }
    let (sender, receiver) = channel();
    let work = move || {
        // A fault of the drawing library shows as pages that are missing.
        let _ = catch_unwind(AssertUnwindSafe(|| pages(document, limits, &sender)));
    };
    if thread::Builder::new()
        .stack_size(STACK)
        .spawn(work)
        .is_err()
    {
        drawing.cut_short = true;
        return drawing;
    }
    collect(&receiver, limits, &mut drawing);
    drawing
}

/// Takes the pages as they come; a thread that hangs is left behind.
fn collect(receiver: &Receiver<Step>, limits: Limits, drawing: &mut Drawing) {
    let started = Instant::now();
    loop {
        let left = limits.time.saturating_sub(started.elapsed());
        match receiver.recv_timeout(left) {
            Ok(Step::Page(page)) => drawing.pages.push(page),
            Ok(Step::End { all }) => {
                drawing.cut_short = !all;
                return;
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                drawing.cut_short = true;
                return;
            }
        }
    }
}

enum Step {
    Page(Option<Drawn>),
    End { all: bool },
}

fn pages(document: Vec<u8>, limits: Limits, sender: &Sender<Step>) {
    let Ok(pdf) = Pdf::new(document) else {
        let _ = sender.send(Step::End { all: false });
        return;
    };
    let cache = RenderCache::new();
    let settings = InterpreterSettings::default();
    let pages = pdf.pages();
    for page in pages.iter().take(limits.pages) {
        let (width, height) = page.render_dimensions();
        let longer = width.max(height);
        let drawn = (longer > 0.0 && longer.is_finite()).then(|| {
            let scale = f32::from(limits.edge) / longer;
            let pixmap = PixmapSettings {
                x_scale: scale,
                y_scale: scale,
                bg_color: WHITE,
            };
            let picture = render(page, &cache, &settings, &RenderSettings::default(), &pixmap);
            let unit: Option<f32> = page.raw().get("UserUnit");
            let unit = unit.filter(|unit| *unit > 0.0).unwrap_or(1.0);
            Drawn {
                size: (picture.width().into(), picture.height().into()),
                size_mm: (width * unit * MM, height * unit * MM),
                rgba: picture.data_as_u8_slice().to_vec(),
            }
        });
        if sender.send(Step::Page(drawn)).is_err() {
            return;
        }
    }
    let all = pages.len() <= limits.pages;
    let _ = sender.send(Step::End { all });
}
