//! SELECT, GET DATA and PUT DATA.

use sello_wire::aid;
use sello_wire::object::ObjectTag;
use sello_wire::status::Status;
use sello_wire::tag::Tag;
use sello_wire::tlv::Reader;

use super::{Request, expect};

/// By name, first occurrence; P2 may ask for no answer (ISO/IEC 7816-4, table 63), and gets it anyway.
pub(super) fn select<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    if p1 != 0x04 || !matches!(p2, 0x00 | 0x0C) {
        return Err(Status::INCORRECT_P1_P2);
    }
    if aid::selects_piv(data) {
        Ok(Request::SelectPiv)
    } else {
        Ok(Request::SelectOther)
    }
}

const DATA_OBJECT_IN_FIELD: (u8, u8) = (0x3F, 0xFF);

fn object_tag(reader: &mut Reader<'_>) -> Result<ObjectTag, Status> {
    let bytes = expect(reader, Tag::TAG_LIST)?;
    if bytes.is_empty() || bytes.len() > 3 {
        return Err(Status::INCORRECT_DATA);
    }
    let tag = bytes
        .iter()
        .fold(0, |tag, byte| tag << 8 | u32::from(*byte));
    Ok(ObjectTag(tag))
}

pub(super) fn get_data<'a>(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'a>, Status> {
    if (p1, p2) != DATA_OBJECT_IN_FIELD {
        return Err(Status::INCORRECT_P1_P2);
    }
    let mut reader = Reader::new(data);
    let tag = object_tag(&mut reader)?;
    if !reader.rest().is_empty() {
        return Err(Status::INCORRECT_DATA);
    }
    Ok(Request::GetData(tag))
}

pub(super) fn put_data(p1: u8, p2: u8, data: &[u8]) -> Result<Request<'_>, Status> {
    if (p1, p2) != DATA_OBJECT_IN_FIELD {
        return Err(Status::INCORRECT_P1_P2);
    }
    let mut reader = Reader::new(data);
    let tag = object_tag(&mut reader)?;
    let object = reader.rest();
    let content = expect(&mut reader, Tag::DATA)?;
    let writable = tag.is_well_formed() && tag != ObjectTag::DISCOVERY;
    if !writable || !reader.rest().is_empty() {
        return Err(Status::INCORRECT_DATA);
    }
    Ok(Request::PutData {
        tag,
        object,
        is_empty: content.is_empty(),
    })
}
