//! Asking authorities over HTTP: timestamps (RFC 3161, 3.4), revocation lists (RFC 5280, 4.2.1.13) and
//! OCSP (RFC 6960, A.1). What they answer is signed by itself, so plain HTTP does; sizes and times
//! are bounded.

use std::time::Duration;

use sello_cades::DigestAlgorithm;
use sello_cades::timestamp::token::Token;
use sello_cades::timestamp::{MAX_TOKEN, MessageImprint, TimeStampReq, TimeStampResp};
use ureq::Agent;

use crate::failure::Failure;

/// The whole of one question and its answer.
const TIMEOUT: Duration = Duration::from_secs(20);
const MOST_REDIRECTS: u32 = 3;

/// A way to authorities.
pub(crate) struct Authorities {
    agent: Agent,
}

impl Authorities {
    pub(crate) fn new() -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .max_redirects(MOST_REDIRECTS)
            .user_agent(concat!("sello/", env!("CARGO_PKG_VERSION")));
        Self {
            agent: config.build().into(),
        }
    }

    /// A token over a SHA-256 digest, checked as far as it can be without trust: it answers this
    /// request and its signature holds.
    pub(crate) fn timestamp(&self, url: &str, digest: [u8; 32]) -> Result<Vec<u8>, Failure> {
        let refused = |reason: String| Failure::Timestamp {
            url: url.to_owned(),
            reason,
        };
        let nonce = random().ok_or_else(|| refused("no random numbers".to_owned()))?;
        let request = TimeStampReq {
            imprint: MessageImprint {
                algorithm: DigestAlgorithm::Sha256,
                digest: digest.to_vec(),
            },
            policy: None,
            nonce: Some(nonce),
            certificate: true,
        };
        let kind = "application/timestamp-query";
        let answer = self.post(url, kind, &request.to_der(), MAX_TOKEN)?;
        let answer =
            TimeStampResp::from_der(&answer).map_err(|error| refused(error.to_string()))?;
        let Some(token) = answer.token else {
            let said = answer.text.unwrap_or_else(|| "no token".to_owned());
            return Err(refused(said));
        };
        let parsed = Token::parse(&token).map_err(|error| refused(error.to_string()))?;
        parsed
            .answers(&request)
            .and_then(|()| parsed.check(&digest, &[]).map(|_| ()))
            .map_err(|error| refused(error.to_string()))?;
        Ok(token)
    }

    /// Fetches a file.
    pub(crate) fn get(&self, url: &str, most: usize) -> Result<Vec<u8>, Failure> {
        http(url)?;
        let unreachable = |error: ureq::Error| unreachable(url, &error);
        let mut answer = self.agent.get(url).call().map_err(unreachable)?;
        let limit = u64::try_from(most).unwrap_or(u64::MAX);
        let body = answer.body_mut().with_config().limit(limit);
        body.read_to_vec().map_err(unreachable)
    }

    /// Asks a question.
    pub(crate) fn post(
        &self,
        url: &str,
        kind: &str,
        question: &[u8],
        most: usize,
    ) -> Result<Vec<u8>, Failure> {
        http(url)?;
        let unreachable = |error: ureq::Error| unreachable(url, &error);
        let post = self.agent.post(url).header("Content-Type", kind);
        let mut answer = post.send(question).map_err(unreachable)?;
        let limit = u64::try_from(most).unwrap_or(u64::MAX);
        let body = answer.body_mut().with_config().limit(limit);
        body.read_to_vec().map_err(unreachable)
    }
}

/// 16 random bytes, the first of which makes a positive number.
fn random() -> Option<Vec<u8>> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).ok()?;
    let [first, ..] = &mut nonce;
    *first = (*first & 0x7f) | 0x40;
    Some(nonce.to_vec())
}

/// A random digest, to see how an authority answers.
pub(crate) fn random_digest() -> Result<[u8; 32], Failure> {
    let mut digest = [0; 32];
    getrandom::fill(&mut digest).map_err(|error| Failure::CannotStamp {
        reason: error.to_string(),
    })?;
    Ok(digest)
}

fn http(url: &str) -> Result<(), Failure> {
    if url.starts_with("http://") {
        return Ok(());
    }
    Err(Failure::NotHttp {
        url: url.to_owned(),
    })
}

fn unreachable(url: &str, error: &ureq::Error) -> Failure {
    Failure::Network {
        url: url.to_owned(),
        reason: error.to_string(),
    }
}
