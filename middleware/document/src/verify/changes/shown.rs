//! What a field shows that was filled in: its new appearance has to say its value (ISO 32000-1
//! 12.7.3.3), or whoever reads the page reads something else than whoever reads the form.
//!
//! Only text in fonts that are what they seem is compared: standard ones, and those that were there
//! when the document was signed. Where that cannot be told, nothing is said of the appearance.

use std::collections::BTreeSet;

use sello_pdf::{Dictionary, Error, Object, Stream, View};

use super::super::effort::Work;
use super::super::text::text;
use super::form::{Node, number};
use super::{Comparison, entry};
use crate::report::{Change, ChangeKind};

mod content;
mod says;

use content::{Content, Run};

/// Longest content of an appearance that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// `Password` (ISO 32000-1 Table 228).
const PASSWORD: i64 = 1 << 13;
/// `Combo` (ISO 32000-1 Table 230).
const COMBO: i64 = 1 << 17;
/// How far up an entry may be inherited.
const HIGHEST: usize = 8;

impl Comparison<'_> {
    /// Compares what each field that was filled in newly shows with its value.
    pub(super) fn appearances(&mut self) -> Result<(), Error> {
        let filled: Vec<(u32, Node)> = self
            .new_form
            .nodes
            .iter()
            .filter(|(number, node)| {
                let before = self.old_form.nodes.get(number);
                let otherwise = before.is_some_and(|before| before.value != node.value);
                let shows_text = matches!(node.kind.as_deref(), Some("Tx" | "Ch"));
                shows_text && (otherwise || self.filled.contains(number))
            })
            .map(|(number, node)| (*number, node.clone()))
            .collect();
        for (number, node) in filled {
            if !self.effort.spend(Work::Nodes, 1) {
                return Ok(());
            }
            if let Some(why) = self.misleads(number, &node)? {
                let change = Change::new(ChangeKind::FieldAppearance).named(node.name);
                self.add(change.of_object(number).because(why));
            }
        }
        Ok(())
    }

    /// How the new appearance of a field misleads; nothing where it says the value, or where that
    /// cannot be told.
    fn misleads(&mut self, number: u32, node: &Node) -> Result<Option<String>, Error> {
        let widget = |view: &View<'_>| -> Result<Option<Dictionary>, Error> {
            let Some(entry) = entry(view, number) else {
                return Ok(None);
            };
            let reference = sello_pdf::Reference::new(number, super::generation(entry));
            Ok(view.resolve(reference)?.as_dictionary().cloned())
        };
        let (Some(after), before) = (widget(&self.new)?, widget(&self.old)?) else {
            return Ok(None);
        };
        let Some(shown) = appearance(&self.new, &after)? else {
            return Ok(None);
        };
        let earlier = match &before {
            Some(before) => appearance(&self.old, before)?,
            None => None,
        };
        if let Some(earlier) = &earlier {
            let (one, other) = (
                Object::Stream(earlier.clone()),
                Object::Stream(shown.clone()),
            );
            if self.same(&one, &other)? {
                return Ok(None);
            }
        }
        let read = |view: &View<'_>, stream: &Stream| match view.stream_data(stream, LONGEST) {
            Ok(data) => Ok(Content::read(&data)),
            Err(Error::TooLarge { .. }) => Ok(None),
            Err(error) => Err(error),
        };
        let Some(content) = read(&self.new, &shown)? else {
            return Ok(None);
        };
        let drew = match &earlier {
            Some(earlier) => read(&self.old, earlier)?.is_none_or(|content| content.draws),
            None => false,
        };
        if content.draws && !drew {
            return Ok(Some("it draws something else than text".to_owned()));
        }
        let Some(said) = self.said(&shown, &content.runs)? else {
            return Ok(None);
        };
        self.compare_with_value(&after, node, &said)
    }

    fn compare_with_value(
        &self,
        widget: &Dictionary,
        node: &Node,
        said: &[u8],
    ) -> Result<Option<String>, Error> {
        let value = self
            .new
            .value(node.value.as_ref().unwrap_or(&Object::Null))?;
        let Some(value) = text(&value) else {
            return Ok(None);
        };
        let flags = self.inherited(widget, "Ff")?;
        let flags = flags.as_integer().unwrap_or_default();
        let mut values = vec![value.clone()];
        match node.kind.as_deref() {
            Some("Tx") if flags & PASSWORD != 0 => return Ok(None),
            // A list box shows all there is to choose from.
            Some("Ch") if flags & COMBO == 0 => return Ok(None),
            Some("Ch") => values.extend(self.displayed(widget, &value)?),
            _ => {}
        }
        // What a script may have formatted: `F` among the actions (ISO 32000-1 Table 196).
        let actions = self.inherited(widget, "AA")?;
        let formats = actions
            .as_dictionary()
            .is_some_and(|all| all.get("F").is_some());
        let fits = |value: &String| says::fits(value, said, formats);
        if says::is_nothing(said) || values.iter().any(fits) {
            return Ok(None);
        }
        let said = sello_cades::name::shown(&String::from_utf8_lossy(said));
        Ok(Some(format!(
            "it shows \"{said}\", and its value is \"{value}\""
        )))
    }

    /// What a choice of this export value is displayed as.
    fn displayed(&self, widget: &Dictionary, value: &str) -> Result<Vec<String>, Error> {
        let options = self.inherited(widget, "Opt")?;
        let mut found = Vec::new();
        for option in options.as_array().unwrap_or_default() {
            let option = self.new.value(option)?;
            if let Some([exported, displayed]) = option.as_array()
                && text(&self.new.value(exported)?).as_deref() == Some(value)
            {
                found.extend(text(&self.new.value(displayed)?));
            }
        }
        Ok(found)
    }

    /// An entry of a field, or of those it belongs to.
    fn inherited(&self, field: &Dictionary, key: &str) -> Result<Object, Error> {
        let mut field = field.clone();
        for _ in 0..HIGHEST {
            let own = self.new.get(&field, key)?;
            if !own.is_null() {
                return Ok(own);
            }
            match self.new.get(&field, "Parent")? {
                Object::Dictionary(parent) => field = parent,
                _ => break,
            }
        }
        Ok(Object::Null)
    }

    /// The octets that are shown, if they mean what they seem.
    fn said(&self, form: &Stream, runs: &[Run]) -> Result<Option<Vec<u8>>, Error> {
        // Each once: a content may change between two fonts at every letter.
        let fonts: BTreeSet<&[u8]> = runs.iter().map(|run| run.font.as_slice()).collect();
        for font in fonts {
            if !self.is_plain(form, font)? {
                return Ok(None);
            }
        }
        let octets = runs.iter().flat_map(|run| &run.octets);
        Ok(Some(octets.copied().collect()))
    }

    /// Whether a font shows the letters that its codes are: a simple one that was there before, or
    /// that viewers have themselves. One that is not to be found is theirs too.
    fn is_plain(&self, form: &Stream, name: &[u8]) -> Result<bool, Error> {
        let key = String::from_utf8_lossy(name);
        let catalog = self.new.catalog()?;
        let of_form = self.new.get(&catalog, "AcroForm")?;
        let defaults = match of_form.as_dictionary() {
            Some(entries) => self.new.get(entries, "DR")?,
            None => Object::Null,
        };
        let own = self.new.get(&form.dictionary, "Resources")?;
        for resources in [own, defaults] {
            let Some(resources) = resources.as_dictionary() else {
                continue;
            };
            let Object::Dictionary(fonts) = self.new.get(resources, "Font")? else {
                continue;
            };
            let Some(font) = fonts.get(&key) else {
                continue;
            };
            let known = number(Some(font)).is_some_and(|font| entry(&self.old, font).is_some());
            let Object::Dictionary(font) = self.new.value(font)? else {
                return Ok(false);
            };
            let simple = font
                .get("Subtype")
                .and_then(Object::as_name)
                .is_some_and(|kind| *kind == "Type1" || *kind == "TrueType");
            let own_letters = font.get("FontDescriptor").is_some()
                || matches!(self.new.get(&font, "Encoding")?, Object::Dictionary(_));
            return Ok(simple && (known || !own_letters));
        }
        Ok(true)
    }
}

/// The one normal appearance of a widget.
fn appearance(view: &View<'_>, widget: &Dictionary) -> Result<Option<Stream>, Error> {
    let Object::Dictionary(states) = view.get(widget, "AP")? else {
        return Ok(None);
    };
    match view.get(&states, "N")? {
        Object::Stream(stream) => Ok(Some(stream)),
        _ => Ok(None),
    }
}
