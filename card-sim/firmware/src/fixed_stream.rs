//! What stands in the place of random numbers.

/// The same bytes at every start: a chip for measuring has no source of random numbers, and a play that is
/// measured twice should be the same play.
///
/// Whoever has this source has every key made with it.
#[derive(Default)]
pub struct FixedStream {
    block: u64,
}

impl FixedStream {
    /// Fills `bytes` with the next blocks SHA-256(`sello-firmware` ‖ number of the block).
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let digest = sello_crypto::sha256(&[b"sello-firmware", &self.block.to_be_bytes()]);
            self.block = self.block.wrapping_add(1);
            for (to, from) in chunk.iter_mut().zip(digest) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_goes_on_and_begins_anew_with_the_next_chip() {
        let (mut first, mut second) = ([0; 40], [0; 40]);
        let mut stream = FixedStream::default();
        stream.fill(&mut first);
        stream.fill(&mut second);
        assert_ne!(first, second);
        FixedStream::default().fill(&mut second);
        assert_eq!(first, second);
    }
}
