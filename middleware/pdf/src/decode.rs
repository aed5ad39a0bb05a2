//! A stream's filters, read from its dictionary (ISO 32000-1 7.3.8.2), and applied.

use crate::error::{Damage, Error, Limit, Result};
use crate::filter::{Predictor, inflate, inflate_bytes, inflates_to, raw, unpredict};
use crate::object::{Dictionary, Object, Stream};
use crate::source::Source;

/// Most filters on one stream; each could multiply the work.
const MOST_FILTERS: usize = 4;

/// Resolves a value that may be a reference.
pub(crate) type Resolve<'a> = &'a dyn Fn(&Object) -> Result<Object>;

/// A stream's data with its filters undone, at most `most` bytes after each.
pub(crate) fn decode(
    source: &dyn Source,
    stream: &Stream,
    resolve: Resolve<'_>,
    most: usize,
) -> Result<Vec<u8>> {
    let offset = stream.data.start;
    let predictors = predictors(&stream.dictionary, resolve, offset)?;
    let mut predictors = predictors.into_iter();
    let Some(first) = predictors.next() else {
        return raw(source, &stream.data, most);
    };
    let mut bytes = unpredict(inflate(source, &stream.data, most)?, first, offset)?;
    for predictor in predictors {
        bytes = unpredict(inflate_bytes(&bytes, offset, most)?, predictor, offset)?;
    }
    Ok(bytes)
}

/// Whether a stream's data with its filters undone are these; nothing is kept of what is plainly deflated.
pub(crate) fn decodes_to(
    source: &dyn Source,
    stream: &Stream,
    resolve: Resolve<'_>,
    expected: &[u8],
) -> Result<bool> {
    let predictors = predictors(&stream.dictionary, resolve, stream.data.start)?;
    if predictors == [Predictor::NONE] {
        return inflates_to(source, &stream.data, expected);
    }
    match decode(source, stream, resolve, expected.len()) {
        Ok(data) => Ok(data == expected),
        Err(Error::TooLarge { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// One predictor for each `FlateDecode`; no other filter is known.
fn predictors(
    dictionary: &Dictionary,
    resolve: Resolve<'_>,
    offset: u64,
) -> Result<Vec<Predictor>> {
    let filters = list(dictionary, "Filter", resolve)?;
    let parameters = list(dictionary, "DecodeParms", resolve)?;
    if filters.len() > MOST_FILTERS {
        return Err(Error::too_large(offset, Limit::Values(MOST_FILTERS)));
    }
    let mut predictors = Vec::new();
    for (index, filter) in filters.iter().enumerate() {
        let Object::Name(name) = filter else {
            return Err(Error::damaged(offset, FILTER));
        };
        if *name != "FlateDecode" {
            let filter = name.to_string();
            return Err(Error::UnsupportedFilter { offset, filter });
        }
        predictors.push(match parameters.get(index) {
            Some(Object::Dictionary(parameters)) => predictor(parameters, resolve, offset)?,
            None | Some(Object::Null) => Predictor::NONE,
            Some(_) => return Err(Error::damaged(offset, PARAMETERS)),
        });
    }
    Ok(predictors)
}

/// An entry that may be absent, one value, or an array of values.
fn list(dictionary: &Dictionary, key: &str, resolve: Resolve<'_>) -> Result<Vec<Object>> {
    let Some(value) = dictionary.get(key) else {
        return Ok(Vec::new());
    };
    match resolve(value)? {
        Object::Array(elements) => elements.iter().map(resolve).collect(),
        Object::Null => Ok(Vec::new()),
        single => Ok(vec![single]),
    }
}

fn predictor(parameters: &Dictionary, resolve: Resolve<'_>, offset: u64) -> Result<Predictor> {
    let integer = |key: &str, default: i64| -> Result<i64> {
        match parameters.get(key).map(resolve).transpose()? {
            None => Ok(default),
            Some(Object::Integer(value)) => Ok(value),
            Some(_) => Err(Error::damaged(offset, PARAMETERS)),
        }
    };
    let size = |key: &str, default: i64| -> Result<usize> {
        let value = integer(key, default)?;
        usize::try_from(value).map_err(|_| Error::damaged(offset, PARAMETERS))
    };
    Ok(Predictor {
        predictor: integer("Predictor", 1)?,
        colors: size("Colors", 1)?,
        bits: size("BitsPerComponent", 8)?,
        columns: size("Columns", 1)?,
    })
}

const FILTER: Damage = Damage::WrongValue {
    key: "/Filter",
    expected: "a name or an array of names",
};
const PARAMETERS: Damage = Damage::WrongValue {
    key: "/DecodeParms",
    expected: "parameters for each filter",
};
