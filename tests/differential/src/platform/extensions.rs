//! The extensions of Trussed that the other card needs.

use trussed_auth::{AuthExtension, AuthReply, AuthRequest, reply as auth};
use trussed_chunked::{ChunkedExtension, ChunkedReply, ChunkedRequest, reply as chunked};
use trussed_core::Error;
use trussed_core::api::{reply, request};
use trussed_core::serde_extensions::{Extension, ExtensionClient};
use trussed_core::types::{KeyId, Message};
use trussed_hpke::{
    HpkeExtension, HpkeOpenKeyFromFileReply, HpkeReply, HpkeRequest, HpkeSealKeyToFileReply,
};
use trussed_wrap_key_to_file::{
    WrapKeyToFileExtension, WrapKeyToFileReply, WrapKeyToFileRequest, reply as wrapped,
};

use super::{File, Memory, Platform, bounded};
use crate::store::Key;

const AUTH: u8 = 0;
const CHUNKED: u8 = 1;
const HPKE: u8 = 2;
const WRAP_KEY_TO_FILE: u8 = 3;

impl ExtensionClient<AuthExtension> for Platform {
    fn id() -> u8 {
        AUTH
    }
}

impl ExtensionClient<ChunkedExtension> for Platform {
    fn id() -> u8 {
        CHUNKED
    }
}

impl ExtensionClient<HpkeExtension> for Platform {
    fn id() -> u8 {
        HPKE
    }
}

impl ExtensionClient<WrapKeyToFileExtension> for Platform {
    fn id() -> u8 {
        WRAP_KEY_TO_FILE
    }
}

impl Memory {
    pub(super) fn extension(
        &mut self,
        request: &request::SerdeExtension,
    ) -> Result<reply::SerdeExtension, Error> {
        match request.id {
            AUTH => {
                let request = AuthExtension::deserialize_request(request)?;
                AuthExtension::serialize_reply(&self.auth(request)?)
            }
            CHUNKED => {
                let request = ChunkedExtension::deserialize_request(request)?;
                ChunkedExtension::serialize_reply(&self.chunked(request)?)
            }
            HPKE => {
                let request = HpkeExtension::deserialize_request(request)?;
                HpkeExtension::serialize_reply(&self.hpke(request)?)
            }
            WRAP_KEY_TO_FILE => {
                let request = WrapKeyToFileExtension::deserialize_request(request)?;
                WrapKeyToFileExtension::serialize_reply(&self.wrap(request)?)
            }
            _ => Err(Error::FunctionNotSupported),
        }
    }

    fn auth(&mut self, request: AuthRequest) -> Result<AuthReply, Error> {
        Ok(match request {
            AuthRequest::HasPin(r) => {
                let has_pin = self.pins.has(r.id.into());
                auth::HasPin { has_pin }.into()
            }
            AuthRequest::GetPinKey(r) => {
                let key = self.pins.open(r.id.into(), &r.pin)?;
                let result = key.map(|key| self.keep(Key::Bytes(key)));
                auth::GetPinKey { result }.into()
            }
            AuthRequest::SetPin(r) => {
                self.pins.set(r.id.into(), &r.pin, r.retries, None)?;
                auth::SetPin.into()
            }
            AuthRequest::SetPinWithKey(r) => {
                let key = self.key(r.key)?.to_bytes()?;
                self.pins.set(r.id.into(), &r.pin, r.retries, Some(key))?;
                auth::SetPinWithKey.into()
            }
            AuthRequest::ChangePin(r) => {
                let success = self.pins.change(r.id.into(), &r.old_pin, &r.new_pin)?;
                auth::ChangePin { success }.into()
            }
            AuthRequest::PinRetries(r) => {
                let retries = self.pins.left(r.id.into())?;
                auth::PinRetries { retries }.into()
            }
            AuthRequest::DeleteAllPins(_) => {
                self.pins.clear();
                auth::DeleteAllPins.into()
            }
            _ => return Err(Error::FunctionNotSupported),
        })
    }

    fn hpke(&mut self, request: HpkeRequest) -> Result<HpkeReply, Error> {
        match request {
            HpkeRequest::SealKeyToFile(r) => {
                self.seal(r.file.as_str(), r.key_to_seal, r.public_key)?;
                Ok(HpkeSealKeyToFileReply {}.into())
            }
            HpkeRequest::OpenKeyFromFile(r) => {
                let opener = self.key(r.key)?;
                let key = self.unsealed(r.sealed_key.as_str(), opener)?;
                let key = self.keep(key.ok_or(Error::AeadError)?);
                Ok(HpkeOpenKeyFromFileReply { key }.into())
            }
            _ => Err(Error::FunctionNotSupported),
        }
    }

    fn wrap(&mut self, request: WrapKeyToFileRequest) -> Result<WrapKeyToFileReply, Error> {
        match request {
            WrapKeyToFileRequest::WrapKeyToFile(r) => {
                self.seal(r.path.as_str(), r.key, r.wrapping_key)?;
                Ok(wrapped::WrapKeyToFile {}.into())
            }
            WrapKeyToFileRequest::UnwrapKeyFromFile(r) => {
                let opener = self.key(r.key)?;
                let key = self.unsealed(r.path.as_str(), opener)?;
                let key: Option<KeyId> = key.map(|key| self.keep(key));
                Ok(wrapped::UnwrapKeyFromFile { key }.into())
            }
        }
    }

    fn chunked(&mut self, request: ChunkedRequest) -> Result<ChunkedReply, Error> {
        Ok(match request {
            ChunkedRequest::StartChunkedRead(r) => {
                self.reading = (r.path.as_str().to_owned(), 0);
                let (data, len) = self.chunk()?;
                chunked::StartChunkedRead { data, len }.into()
            }
            ChunkedRequest::StartEncryptedChunkedRead(r) => {
                self.data(r.path.as_str())?;
                self.reading = (r.path.as_str().to_owned(), 0);
                chunked::StartEncryptedChunkedRead {}.into()
            }
            ChunkedRequest::ReadChunk(_) => {
                let (data, len) = self.chunk()?;
                chunked::ReadChunk { data, len }.into()
            }
            ChunkedRequest::StartChunkedWrite(r) => {
                self.start_writing(r.path.as_str());
                chunked::StartChunkedWrite {}.into()
            }
            ChunkedRequest::StartEncryptedChunkedWrite(r) => {
                self.start_writing(r.path.as_str());
                chunked::StartEncryptedChunkedWrite {}.into()
            }
            ChunkedRequest::WriteChunk(r) => {
                if let Some(File::Data(data)) = self.files.get_mut(&self.writing) {
                    data.extend_from_slice(&r.data);
                }
                chunked::WriteChunk {}.into()
            }
            _ => return Err(Error::FunctionNotSupported),
        })
    }

    fn start_writing(&mut self, path: &str) {
        path.clone_into(&mut self.writing);
        self.files.insert(path.to_owned(), File::Data(Vec::new()));
    }

    /// The next chunk of the file being read, and the length of all of it.
    fn chunk(&mut self) -> Result<(Message, usize), Error> {
        let (path, offset) = &self.reading;
        let data = self.data(path)?;
        let rest = data.get(*offset..).unwrap_or_default();
        let capacity = Message::new().capacity();
        let chunk = rest.get(..capacity.min(rest.len())).unwrap_or_default();
        let (message, length, taken) = (bounded(chunk)?, data.len(), chunk.len());
        self.reading.1 += taken;
        Ok((message, length))
    }
}
