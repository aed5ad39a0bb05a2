//! The structure exactly as the standard writes it; meaning is given by `info`.

use der::Sequence;
use der::asn1::{GeneralizedTime, Ia5String, OctetString};

use crate::oid::RawOid;

/// `SES_SealInfo ::= SEQ { header, esID IA5String, property, picture, extDatas OPTIONAL }`
#[derive(Sequence)]
pub(super) struct SesSealInfo {
    pub(super) header: SesHeader,
    pub(super) es_id: Ia5String,
    pub(super) property: SesEsPropertyInfo,
    pub(super) picture: SesEsPictureInfo,
    #[asn1(optional = "true")]
    pub(super) ext_datas: Option<Vec<ExtDataDer>>,
}

/// `SES_Header ::= SEQ { ID IA5String "ES", version INTEGER, Vid IA5String }`
#[derive(Sequence)]
pub(super) struct SesHeader {
    pub(super) id: Ia5String,
    pub(super) version: u32,
    pub(super) vid: Ia5String,
}

/// `SES_ESPropertyInfo`, with `certListType` 1: the list holds whole certificates.
#[derive(Sequence)]
pub(super) struct SesEsPropertyInfo {
    pub(super) kind: u32,
    pub(super) name: String,
    pub(super) cert_list_type: u32,
    pub(super) cert_list: Vec<OctetString>,
    pub(super) create_date: GeneralizedTime,
    pub(super) valid_start: GeneralizedTime,
    pub(super) valid_end: GeneralizedTime,
}

/// `SES_ESPictureInfo ::= SEQ { type IA5String, data OCTET STRING, width, height INTEGER }`, in mm.
#[derive(Sequence)]
pub(super) struct SesEsPictureInfo {
    pub(super) media_type: Ia5String,
    pub(super) data: OctetString,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// `ExtData ::= SEQ { extnID OID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`
#[derive(Sequence)]
pub(super) struct ExtDataDer {
    pub(super) extn_id: RawOid,
    #[asn1(default = "Default::default")]
    pub(super) critical: bool,
    pub(super) extn_value: OctetString,
}
