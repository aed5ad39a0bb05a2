//! One module, one session, one key.

use std::error::Error;
use std::time::{Duration, Instant};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

/// What is signed.
pub(crate) const DIGEST: [u8; 32] = [0x5A; 32];

/// A program with a module loaded.
pub(crate) struct Program {
    pub(crate) module: Pkcs11,
    slot: Option<Slot>,
    session: Option<Session>,
    key: Option<ObjectHandle>,
    public: Option<ObjectHandle>,
}

impl Program {
    pub(crate) fn load(path: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            module: Pkcs11::new(path)?,
            slot: None,
            session: None,
            key: None,
            public: None,
        })
    }

    /// `C_Initialize`, and what it took.
    pub(crate) fn initialize(&self) -> Result<Duration, Box<dyn Error>> {
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        let begun = Instant::now();
        self.module.initialize(arguments)?;
        Ok(begun.elapsed())
    }

    /// The slot of a reader: both OpenSC and ykcs11 name a slot as its reader, cut to 64 bytes.
    pub(crate) fn slot_of(&self, reader: &str) -> Result<Slot, Box<dyn Error>> {
        for slot in self.module.get_slots_with_token()? {
            let info = self.module.get_slot_info(slot)?;
            let name = info.slot_description().trim_end();
            if !name.is_empty() && reader.starts_with(name) {
                return Ok(slot);
            }
        }
        Err(format!("the module shows no card in {reader}").into())
    }

    /// Looks at the card in a reader and opens a session.
    pub(crate) fn open(&mut self, reader: &str) -> Result<(), Box<dyn Error>> {
        let slot = self.slot_of(reader)?;
        self.module.get_token_info(slot)?;
        self.session = Some(self.module.open_ro_session(slot)?);
        self.slot = Some(slot);
        Ok(())
    }

    pub(crate) fn session(&self) -> Result<&Session, Box<dyn Error>> {
        self.session
            .as_ref()
            .ok_or_else(|| "no session is open".into())
    }

    pub(crate) fn public_key(&self) -> Result<ObjectHandle, Box<dyn Error>> {
        self.public.ok_or_else(|| "no public key is found".into())
    }

    pub(crate) fn key(&self) -> Result<ObjectHandle, Box<dyn Error>> {
        self.key.ok_or_else(|| "no key is found".into())
    }

    pub(crate) fn login(&self, pin: &str) -> Result<(), Box<dyn Error>> {
        Ok(self.session()?.login(UserType::User, Some(&secret(pin)))?)
    }

    /// Finds the private key of an identifier, and its public key where there is one.
    pub(crate) fn find(&mut self, id: &str) -> Result<(), Box<dyn Error>> {
        self.key = Some(find(self.session()?, ObjectClass::PRIVATE_KEY, id)?);
        self.public = find(self.session()?, ObjectClass::PUBLIC_KEY, id).ok();
        Ok(())
    }

    /// Signs a digest with a key that wants no PIN of its own.
    pub(crate) fn sign(&self) -> Result<(), Box<dyn Error>> {
        self.session()?
            .sign(&Mechanism::Ecdsa, self.key()?, &DIGEST)?;
        Ok(())
    }

    /// Signs with a key that wants the PIN for each use.
    pub(crate) fn sign_with_pin(&self, pin: &str) -> Result<(), Box<dyn Error>> {
        let session = self.session()?;
        session.sign_init(&Mechanism::EcdsaSha256, self.key()?)?;
        session.login(UserType::ContextSpecific, Some(&secret(pin)))?;
        session.sign_update(&DIGEST)?;
        session.sign_final()?;
        Ok(())
    }

    pub(crate) fn session_info(&self) -> Result<(), Box<dyn Error>> {
        self.session()?.get_session_info()?;
        Ok(())
    }

    pub(crate) fn slot(&self) -> Result<Slot, Box<dyn Error>> {
        self.slot.ok_or_else(|| "no slot is chosen".into())
    }

    pub(crate) fn slot_info(&self) -> Result<(), Box<dyn Error>> {
        self.module.get_slot_info(self.slot()?)?;
        Ok(())
    }

    /// Finds all objects.
    pub(crate) fn objects(&self) -> Result<(), Box<dyn Error>> {
        let found = self.session()?.find_objects(&[])?;
        if found.is_empty() {
            return Err("the module shows no objects".into());
        }
        Ok(())
    }

    /// Reads what programs ask of a certificate and of a key.
    pub(crate) fn attributes(&self) -> Result<(), Box<dyn Error>> {
        let session = self.session()?;
        let certificates = [Attribute::Class(ObjectClass::CERTIFICATE)];
        let kinds = [
            AttributeType::Label,
            AttributeType::Id,
            AttributeType::Value,
        ];
        for certificate in session.find_objects(&certificates)? {
            session.get_attributes(certificate, &kinds)?;
        }
        let kinds = [
            AttributeType::KeyType,
            AttributeType::Id,
            AttributeType::EcParams,
        ];
        session.get_attributes(self.key()?, &kinds)?;
        Ok(())
    }

    /// Closes the session and finalizes.
    pub(crate) fn end(self) -> Result<(), Box<dyn Error>> {
        drop(self.session);
        Ok(self.module.finalize()?)
    }
}

pub(crate) fn secret(pin: &str) -> AuthPin {
    AuthPin::new(pin.into())
}

/// The object of a class with an identifier in hexadecimal.
pub(crate) fn find(
    session: &Session,
    class: ObjectClass,
    id: &str,
) -> Result<ObjectHandle, Box<dyn Error>> {
    let id = u8::from_str_radix(id, 16)?;
    let wanted = [Attribute::Class(class), Attribute::Id(vec![id])];
    let found = session.find_objects(&wanted)?;
    let first = found.first().copied();
    first.ok_or_else(|| "the module shows no such key".into())
}
