//! The platform under the other card: keys, files and PINs in memory.
//!
//! A key "sealed" or "wrapped" into a file lies there beside the bytes of the key that opens it.

mod extensions;
mod pins;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Poll;

use littlefs2_core::{FileType, Metadata};
use trussed_core::api::{Reply, Request, RequestVariant, reply, request};
use trussed_core::mechanisms::Tdes;
use trussed_core::types::{KeyId, Message, SerializedKey, ShortData, Signature};
use trussed_core::{
    ClientError, ClientResult, CryptoClient, Error, FilesystemClient, FutureResult, PollClient,
};

use crate::store::{Key, random};
use pins::Pins;

/// What is kept while there is power and without.
#[derive(Default)]
struct Memory {
    last_key: u128,
    keys: BTreeMap<u128, Key>,
    files: BTreeMap<String, File>,
    pins: Pins,
    /// The file being read in chunks, and how much of it was.
    reading: (String, usize),
    /// The file being written in chunks.
    writing: String,
}

enum File {
    Data(Vec<u8>),
    /// A key, and the bytes of the key that opens it.
    Sealed(Key, Vec<u8>),
}

/// A handle of the platform; all copies share one memory.
#[derive(Clone, Default)]
pub struct Platform {
    memory: Rc<RefCell<Memory>>,
    answer: Option<Result<Reply, Error>>,
}

impl PollClient for Platform {
    fn request<Rq: RequestVariant>(&mut self, request: Rq) -> ClientResult<'_, Rq::Reply, Self> {
        if self.answer.is_some() {
            return Err(ClientError::Pending);
        }
        self.answer = Some(self.memory.borrow_mut().answer(request.into()));
        Ok(FutureResult::new(self))
    }

    fn poll(&mut self) -> Poll<Result<Reply, Error>> {
        match self.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        }
    }
}

impl CryptoClient for Platform {}
impl FilesystemClient for Platform {}
impl Tdes for Platform {}

/// Bytes in one of the bounded types of Trussed.
fn bounded<T>(bytes: &[u8]) -> Result<T, Error>
where
    T: for<'b> TryFrom<&'b [u8]>,
{
    T::try_from(bytes).map_err(|_| Error::ImplementationError)
}

impl Memory {
    fn answer(&mut self, request: Request) -> Result<Reply, Error> {
        match request {
            Request::ReadFile(_)
            | Request::WriteFile(_)
            | Request::Metadata(_)
            | Request::RemoveDirAll(_) => self.file(request),
            Request::SerdeExtension(request) => self.extension(&request).map(Into::into),
            request => self.crypto(request),
        }
    }

    fn key(&self, id: KeyId) -> Result<&Key, Error> {
        self.keys.get(&id.value()).ok_or(Error::NoSuchKey)
    }

    fn keep(&mut self, key: Key) -> KeyId {
        // The first 256 are special.
        self.last_key = self.last_key.max(0xFF) + 1;
        self.keys.insert(self.last_key, key);
        KeyId::from_value(self.last_key)
    }

    fn crypto(&mut self, request: Request) -> Result<Reply, Error> {
        Ok(match request {
            Request::GenerateKey(r) => {
                let key = self.keep(Key::generate(r.mechanism)?);
                reply::GenerateKey { key }.into()
            }
            Request::GenerateSecretKey(_) => {
                let key = self.keep(Key::Bytes(random::<32>()?.to_vec()));
                reply::GenerateSecretKey { key }.into()
            }
            Request::UnsafeInjectKey(r) => {
                let key = self.keep(Key::Bytes(r.raw_key.to_vec()));
                reply::UnsafeInjectKey { key }.into()
            }
            Request::DeserializeKey(r) => {
                let key = Key::from_bytes(r.mechanism, &r.serialized_key)?;
                let key = self.keep(key);
                reply::DeserializeKey { key }.into()
            }
            Request::DeriveKey(r) => {
                let public = self.key(r.base_key)?.public();
                let key = self.keep(public);
                reply::DeriveKey { key }.into()
            }
            Request::Agree(r) => {
                let secret = self.key(r.private_key)?.agree(self.key(r.public_key)?)?;
                let shared_secret = self.keep(secret);
                reply::Agree { shared_secret }.into()
            }
            Request::Delete(r) => {
                let success = self.keys.remove(&r.key.value()).is_some();
                reply::Delete { success }.into()
            }
            Request::Clear(r) => {
                let success = self.keys.remove(&r.key.value()).is_some();
                reply::Clear { success }.into()
            }
            Request::DeleteAllKeys(_) => {
                let count = self.keys.len();
                self.keys.clear();
                reply::DeleteAllKeys { count }.into()
            }
            request => return self.values(request),
        })
    }

    /// What gives bytes.
    fn values(&self, request: Request) -> Result<Reply, Error> {
        Ok(match request {
            Request::RandomBytes(r) => {
                let random = random::<64>()?;
                let bytes: Message = bounded(random.get(..r.count).ok_or(Error::GeneralError)?)?;
                reply::RandomBytes { bytes }.into()
            }
            Request::Encrypt(r) => {
                let block = self.key(r.key)?.encrypt(r.mechanism, &r.message)?;
                reply::Encrypt {
                    ciphertext: bounded(&block)?,
                    nonce: ShortData::new(),
                    tag: ShortData::new(),
                }
                .into()
            }
            Request::SerializeKey(r) => {
                let serialized_key: SerializedKey = bounded(&self.key(r.key)?.to_bytes()?)?;
                reply::SerializeKey { serialized_key }.into()
            }
            Request::Sign(r) => {
                let signature: Signature = bounded(&self.key(r.key)?.sign(&r.message)?)?;
                reply::Sign { signature }.into()
            }
            _ => return Err(Error::FunctionNotSupported),
        })
    }

    fn file(&mut self, request: Request) -> Result<Reply, Error> {
        Ok(match request {
            Request::ReadFile(request::ReadFile { path, .. }) => {
                let data: Message = bounded(self.data(path.as_str())?)?;
                reply::ReadFile { data }.into()
            }
            Request::WriteFile(r) => {
                let file = File::Data(r.data.to_vec());
                self.files.insert(r.path.as_str().to_owned(), file);
                reply::WriteFile {}.into()
            }
            Request::Metadata(r) => {
                let length = |file: &File| match file {
                    File::Data(data) => data.len(),
                    File::Sealed(..) => 0,
                };
                let file = self.files.get(r.path.as_str());
                let metadata = file.map(|file| Metadata::new(FileType::File, length(file)));
                reply::Metadata { metadata }.into()
            }
            _ => {
                let count = self.files.len();
                self.files.clear();
                reply::RemoveDirAll { count }.into()
            }
        })
    }

    fn data(&self, path: &str) -> Result<&[u8], Error> {
        match self.files.get(path) {
            Some(File::Data(data)) => Ok(data),
            _ => Err(Error::FilesystemReadFailure),
        }
    }

    /// A sealed key, for who has the bytes that open it.
    fn unsealed(&self, path: &str, opener: &Key) -> Result<Option<Key>, Error> {
        match self.files.get(path) {
            Some(File::Sealed(key, by)) if *by == opener.to_bytes()? => Ok(Some(key.clone())),
            Some(File::Sealed(..)) => Ok(None),
            _ => Err(Error::FilesystemReadFailure),
        }
    }

    fn seal(&mut self, path: &str, key: KeyId, opener: KeyId) -> Result<(), Error> {
        let file = File::Sealed(self.key(key)?.clone(), self.key(opener)?.to_bytes()?);
        self.files.insert(path.to_owned(), file);
        Ok(())
    }
}
