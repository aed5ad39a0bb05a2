//! One card through PC/SC, with or without exclusive access.

use std::ffi::CStr;

use pcsc::{Card, Context, Disposition, Error, Protocols, ShareMode, Transaction};
use self_cell::{MutBorrow, self_cell};
use sello_wire::Channel;
use zeroize::Zeroizing;

use super::transport_error;
use crate::error::TransportError;
use crate::reader::{CardConnection, Control};

/// Protocols offered to the card: the one it speaks is taken.
const PROTOCOLS: Protocols = Protocols::ANY;
/// The control that asks a reader what it can do (PC/SC part 10, 2.2).
const CM_IOCTL_GET_FEATURE_REQUEST: u32 = 3400;
/// Longest answer to a control, in bytes: a short response APDU.
const LONGEST_CONTROL: usize = 258;

self_cell!(
    /// A card together with the transaction that borrows it: exclusive access outlives the call that
    /// began it.
    struct Held {
        owner: MutBorrow<Card>,
        #[not_covariant]
        dependent: Transaction,
    }
);

/// Where the card is.
enum Place {
    Shared(Card),
    Exclusive(Held),
}

/// A connection to one card. Dropping it leaves the card as it is, since other programs may be using
/// it.
pub(super) struct PcscConnection {
    /// Empty only while a call moves the card from one place to the other, and after a drop.
    place: Option<Place>,
    atr: Vec<u8>,
}

impl PcscConnection {
    /// Connects to the card in a reader, shared with other programs.
    pub(super) fn open(context: &Context, reader: &CStr) -> Result<Self, Error> {
        let card = context.connect(reader, ShareMode::Shared, PROTOCOLS)?;
        let status = card.status2_owned();
        let mut connection = Self {
            place: Some(Place::Shared(card)),
            atr: Vec::new(),
        };
        status?.atr().clone_into(&mut connection.atr);
        Ok(connection)
    }

    fn with_card<T>(
        &mut self,
        work: impl FnOnce(&Card) -> Result<T, Error>,
    ) -> Result<T, TransportError> {
        let done = match &self.place {
            Some(Place::Shared(card)) => work(card),
            Some(Place::Exclusive(held)) => held.with_dependent(|_, transaction| work(transaction)),
            None => return Err(TransportError::Removed),
        };
        done.map_err(|error| self.failed(error))
    }

    /// After a reset by another program the connection has to be renewed; whether that worked shows at
    /// the next command.
    fn failed(&mut self, error: Error) -> TransportError {
        if error == Error::ResetCard
            && let Some(mut card) = self.take_card()
        {
            let _ = card.reconnect(ShareMode::Shared, PROTOCOLS, Disposition::LeaveCard);
            self.place = Some(Place::Shared(card));
        }
        transport_error(error)
    }

    /// The card, exclusive access ended.
    fn take_card(&mut self) -> Option<Card> {
        match self.place.take()? {
            Place::Shared(card) => Some(card),
            Place::Exclusive(held) => Some(held.into_owner().into_inner()),
        }
    }
}

impl Channel for PcscConnection {
    type Error = TransportError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], Self::Error> {
        let length = self.with_card(|card| card.transmit(command, response).map(<[u8]>::len))?;
        Ok(response.get(..length).unwrap_or_default())
    }
}

impl CardConnection for PcscConnection {
    fn begin_exclusive(&mut self) -> Result<(), TransportError> {
        let card = match self.place.take() {
            Some(Place::Shared(card)) => card,
            other => {
                self.place = other;
                return Ok(());
            }
        };
        match Held::try_new_or_recover(MutBorrow::new(card), |card| card.borrow_mut().transaction())
        {
            Ok(held) => {
                self.place = Some(Place::Exclusive(held));
                Ok(())
            }
            Err((card, error)) => {
                self.place = Some(Place::Shared(card.into_inner()));
                Err(self.failed(error))
            }
        }
    }

    fn end_exclusive(&mut self) -> Result<(), TransportError> {
        // A reset that ended it before shows at the next command.
        self.place = self.take_card().map(Place::Shared);
        Ok(())
    }

    fn atr(&self) -> &[u8] {
        &self.atr
    }

    fn control(&mut self, control: Control, data: &[u8]) -> Result<Vec<u8>, TransportError> {
        let code = match control {
            Control::GetFeatureRequest => pcsc::ctl_code(CM_IOCTL_GET_FEATURE_REQUEST.into()),
            Control::Code(code) => code.into(),
        };
        let mut answer = Zeroizing::new([0; LONGEST_CONTROL]);
        self.with_card(|card| {
            card.control(code, data, &mut answer[..])
                .map(<[u8]>::to_vec)
        })
    }
}

impl Drop for PcscConnection {
    fn drop(&mut self) {
        if let Some(card) = self.take_card() {
            let _ = card.disconnect(Disposition::LeaveCard);
        }
    }
}
