//! The frames between the virtual reader driver and a card: a length of two bytes, big-endian, and as
//! many bytes. One byte alone is an order to the card, anything longer a command APDU.

use std::io;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

/// What the driver says. It may hold a PIN, so it cannot be printed and is wiped when dropped.
#[derive(PartialEq, Eq)]
pub(crate) enum Frame {
    PowerOff,
    PowerOn,
    Reset,
    AskAtr,
    Apdu(Zeroizing<Vec<u8>>),
}

impl Frame {
    fn parse(payload: Zeroizing<Vec<u8>>) -> io::Result<Self> {
        match payload.as_slice() {
            [0] => Ok(Self::PowerOff),
            [1] => Ok(Self::PowerOn),
            [2] => Ok(Self::Reset),
            [4] => Ok(Self::AskAtr),
            [] | [_] => Err(io::ErrorKind::InvalidData.into()),
            _ => Ok(Self::Apdu(payload)),
        }
    }
}

/// Reads the next frame.
pub(crate) async fn read(stream: &mut TcpStream) -> io::Result<Frame> {
    acknowledge_at_once(stream)?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).await?;
    acknowledge_at_once(stream)?;
    let mut payload = Zeroizing::new(vec![0; usize::from(u16::from_be_bytes(length))]);
    stream.read_exact(&mut payload).await?;
    Frame::parse(payload)
}

/// Writes a frame in one piece.
pub(crate) async fn write(stream: &mut TcpStream, payload: &[u8]) -> io::Result<()> {
    let length = u16::try_from(payload.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut frame = Zeroizing::new(Vec::with_capacity(payload.len() + 2));
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(payload);
    stream.write_all(&frame).await
}

/// The driver writes length and payload separately. Without this its second write waits 40 ms for the
/// delayed acknowledgement of the first. The kernel forgets the option, so it is set before every read.
fn acknowledge_at_once(stream: &TcpStream) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    SockRef::from(stream).set_tcp_quickack(true)?;
    #[cfg(not(target_os = "linux"))]
    let _ = SockRef::from(stream);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(payload: &[u8]) -> io::Result<Frame> {
        Frame::parse(Zeroizing::new(payload.to_vec()))
    }

    #[test]
    fn orders_and_commands_are_told_apart() {
        assert!(parse(&[4]).is_ok_and(|frame| frame == Frame::AskAtr));
        assert!(matches!(parse(&[0, 0xA4]), Ok(Frame::Apdu(apdu)) if *apdu == [0, 0xA4]));
        assert!(parse(&[]).is_err());
        assert!(parse(&[3]).is_err());
    }
}
