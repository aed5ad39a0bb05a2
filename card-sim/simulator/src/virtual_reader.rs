//! A card in a virtual reader of `vpcd`, so that every PC/SC program sees it.
//!
//! The driver listens; a connection is a card in the reader, and its end is the card pulled out. When
//! the driver goes away (pcscd restarts), the reader connects again by itself.

use std::fmt;
use std::io;
use std::sync::mpsc as std_mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sello_wire::Channel;
use sello_wire::status::Status;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use zeroize::Zeroizing;

use crate::card::SimulatedCard;
use crate::error::{CardError, ReaderError};
use crate::frame::{self, Frame};

/// The port of vpcd's first reader.
pub const DEFAULT_PORT: u16 = 35_963;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const RECONNECT_PAUSE: Duration = Duration::from_millis(200);
const POLL_PAUSE: Duration = Duration::from_millis(10);

/// Where a virtual reader listens for its card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcdAddress {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl VpcdAddress {
    /// A port of this machine.
    #[must_use]
    pub fn local(port: u16) -> Self {
        Self {
            host: "127.0.0.1".into(),
            port,
        }
    }
}

impl fmt::Display for VpcdAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Where the card is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the reader.
    Inserted,
    /// Pulled out, by [`VirtualReader::remove`].
    Removed,
    /// Waiting for the driver to come (back).
    Waiting,
}

enum Order {
    Insert,
    Remove,
    Stop,
}

/// What a virtual reader takes in: the contacts of a card.
///
/// A [`SimulatedCard`] has them, and so may a card that a test makes of one.
pub trait Contacts: Channel<Error = CardError> + Send + 'static {
    /// The answer to reset.
    fn answer_to_reset(&self) -> &[u8];

    /// Gives power, or resets the card: all rights are gone.
    ///
    /// # Errors
    /// [`CardError::UnreadableMemory`] when the memory holds no card.
    fn supply(&mut self) -> Result<(), CardError>;

    /// Takes the power away.
    fn cut(&mut self);
}

impl Contacts for SimulatedCard {
    fn answer_to_reset(&self) -> &[u8] {
        self.atr()
    }

    fn supply(&mut self) -> Result<(), CardError> {
        self.insert()
    }

    fn cut(&mut self) {
        self.power_off();
    }
}

/// A card in a virtual reader, served by a thread of its own. Dropping it pulls the card out.
pub struct VirtualReader<C = SimulatedCard> {
    card: Arc<Mutex<C>>,
    orders: mpsc::UnboundedSender<Order>,
    place: watch::Receiver<Place>,
    thread: Option<JoinHandle<()>>,
}

impl<C: Contacts> VirtualReader<C> {
    /// Puts a card into the reader at `address`.
    ///
    /// # Errors
    /// [`ReaderError::NoDriver`] when nothing listens there.
    pub fn start(address: VpcdAddress, card: C) -> Result<Self, ReaderError> {
        Self::launch(address, card, true)
    }

    /// As [`VirtualReader::start`], but waits for the driver as long as it takes.
    ///
    /// # Errors
    /// [`ReaderError::Start`] when no thread can be started.
    pub fn start_waiting(address: VpcdAddress, card: C) -> Result<Self, ReaderError> {
        Self::launch(address, card, false)
    }

    fn launch(address: VpcdAddress, card: C, must_be_there: bool) -> Result<Self, ReaderError> {
        let card = Arc::new(Mutex::new(card));
        let (orders, order_receiver) = mpsc::unbounded_channel();
        let (place_sender, place) = watch::channel(Place::Waiting);
        let (first_sender, first) = std_mpsc::channel();
        let service = Service {
            address: address.clone(),
            card: Arc::clone(&card),
            orders: order_receiver,
            place: place_sender,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(ReaderError::Start)?;
        let thread = std::thread::Builder::new()
            .name(format!("reader {address}"))
            .spawn(move || runtime.block_on(service.run(&first_sender)))
            .map_err(ReaderError::Start)?;
        let reader = Self {
            card,
            orders,
            place,
            thread: Some(thread),
        };
        match first.recv() {
            Ok(Err(source)) if must_be_there => Err(ReaderError::NoDriver {
                address: address.to_string(),
                source,
            }),
            Ok(_) => Ok(reader),
            Err(_) => Err(ReaderError::Stopped),
        }
    }

    /// Pulls the card out and waits until it is out.
    ///
    /// # Errors
    /// [`ReaderError::Stopped`].
    pub fn remove(&self) -> Result<(), ReaderError> {
        self.send(Order::Remove)?;
        self.wait_for(Place::Removed, CONNECT_TIMEOUT)
    }

    /// Puts the card back. [`VirtualReader::wait_for`] tells when the driver has taken it.
    ///
    /// # Errors
    /// [`ReaderError::Stopped`].
    pub fn insert(&self) -> Result<(), ReaderError> {
        self.send(Order::Insert)
    }

    /// Where the card is now.
    #[must_use]
    pub fn place(&self) -> Place {
        *self.place.borrow()
    }

    /// Waits until the card is there.
    ///
    /// # Errors
    /// [`ReaderError::TimedOut`].
    pub fn wait_for(&self, place: Place, timeout: Duration) -> Result<(), ReaderError> {
        let start = Instant::now();
        while self.place() != place {
            if start.elapsed() > timeout {
                return Err(ReaderError::TimedOut);
            }
            std::thread::sleep(POLL_PAUSE);
        }
        Ok(())
    }

    /// Looks at the card, or sets its faults, while it is in the reader.
    pub fn with_card<T>(&self, look: impl FnOnce(&mut C) -> T) -> T {
        look(&mut lock(&self.card))
    }

    /// Pulls the card out for good and gives it back.
    ///
    /// # Errors
    /// [`ReaderError::Stopped`] when the reader had ended badly.
    pub fn stop(mut self) -> Result<C, ReaderError> {
        self.end();
        let card = Arc::clone(&self.card);
        drop(self);
        Arc::into_inner(card)
            .and_then(|card| card.into_inner().ok())
            .ok_or(ReaderError::Stopped)
    }
}

impl<C> VirtualReader<C> {
    fn send(&self, order: Order) -> Result<(), ReaderError> {
        self.orders.send(order).map_err(|_| ReaderError::Stopped)
    }

    fn end(&mut self) {
        let _ = self.send(Order::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl<C> Drop for VirtualReader<C> {
    fn drop(&mut self) {
        self.end();
    }
}

/// A card whose last user panicked is still a card: every change of it was one atomic commit.
fn lock<C>(card: &Mutex<C>) -> MutexGuard<'_, C> {
    card.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread's side.
struct Service<C> {
    address: VpcdAddress,
    card: Arc<Mutex<C>>,
    orders: mpsc::UnboundedReceiver<Order>,
    place: watch::Sender<Place>,
}

type FirstConnection = std_mpsc::Sender<io::Result<()>>;

impl<C: Contacts> Service<C> {
    async fn run(mut self, first: &FirstConnection) {
        let mut first = Some(first);
        let mut wanted = true;
        loop {
            let ordered = if wanted {
                self.stay(&mut first).await
            } else {
                None
            };
            lock(&self.card).cut();
            self.place.send_replace(if wanted && ordered.is_none() {
                Place::Waiting
            } else {
                Place::Removed
            });
            let order = match ordered {
                None => self.next_order(wanted).await,
                ordered => ordered,
            };
            match order {
                Some(Order::Stop) => break,
                Some(Order::Insert) => wanted = true,
                Some(Order::Remove) => wanted = false,
                None => {}
            }
        }
    }

    /// Connects and serves until the card is pulled out by an order, or the driver goes away (`None`).
    async fn stay(&mut self, first: &mut Option<&FirstConnection>) -> Option<Order> {
        match self.connect().await {
            Ok(stream) => {
                self.place.send_replace(Place::Inserted);
                report(first, Ok(()));
                self.serve(stream).await
            }
            Err(error) => {
                report(first, Err(error));
                None
            }
        }
    }

    /// The next order; while the card should be in the reader, waits for it only as long as the pause
    /// between attempts to connect.
    async fn next_order(&mut self, wanted: bool) -> Option<Order> {
        if wanted {
            let order = tokio::time::timeout(RECONNECT_PAUSE, self.orders.recv()).await;
            order.map_or(None, |order| Some(order.unwrap_or(Order::Stop)))
        } else {
            Some(self.orders.recv().await.unwrap_or(Order::Stop))
        }
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let target = (self.address.host.as_str(), self.address.port);
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(target));
        let stream = connecting
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn serve(&mut self, mut stream: TcpStream) -> Option<Order> {
        loop {
            let frame = match self.next_frame(&mut stream).await {
                Ok(Ok(frame)) => frame,
                Ok(Err(_)) => return None,
                Err(order) => return Some(order),
            };
            let answer = answer(&mut *lock(&self.card), &frame);
            let sent = match answer {
                Answer::Nothing => Ok(()),
                Answer::Bytes(bytes) => frame::write(&mut stream, &bytes).await,
                Answer::Gone => return None,
            };
            if sent.is_err() {
                return None;
            }
        }
    }

    /// The next frame, or the order that ends the stay. An order to insert the card that is in already
    /// must not cut a frame in two.
    async fn next_frame(&mut self, stream: &mut TcpStream) -> Result<io::Result<Frame>, Order> {
        let mut frame = std::pin::pin!(frame::read(stream));
        loop {
            tokio::select! {
                order = self.orders.recv() => match order.unwrap_or(Order::Stop) {
                    Order::Insert => {}
                    order => return Err(order),
                },
                frame = &mut frame => return Ok(frame),
            }
        }
    }
}

fn report(first: &mut Option<&FirstConnection>, outcome: io::Result<()>) {
    if let Some(first) = first.take() {
        let _ = first.send(outcome);
    }
}

enum Answer {
    Nothing,
    Bytes(Zeroizing<Vec<u8>>),
    /// The power was cut: the card falls silent.
    Gone,
}

fn answer(card: &mut impl Contacts, frame: &Frame) -> Answer {
    match frame {
        Frame::PowerOff => {
            card.cut();
            Answer::Nothing
        }
        Frame::PowerOn | Frame::Reset => {
            // A card that cannot be understood answers every command with 6F00, below.
            let _ = card.supply();
            Answer::Nothing
        }
        Frame::AskAtr => Answer::Bytes(Zeroizing::new(card.answer_to_reset().to_vec())),
        Frame::Apdu(command) => transmit(card, command),
    }
}

fn transmit(card: &mut impl Contacts, command: &[u8]) -> Answer {
    let mut buffer = Zeroizing::new(vec![0; sello_applet::LARGEST_COMMAND_DATA + 2]);
    let length = match card.transmit(command, &mut buffer) {
        Ok(response) => response.len(),
        Err(CardError::PowerCut | CardError::Removed) => return Answer::Gone,
        Err(_) => {
            return Answer::Bytes(Zeroizing::new(Status::UNKNOWN_ERROR.to_bytes().to_vec()));
        }
    };
    buffer.truncate(length);
    Answer::Bytes(buffer)
}
