//! The levels of PAdES (EN 319 142-1, 6): what is added to a seal so that it can be proved for
//! longer. Whatever can fail early is tried before the PIN: the authority gives a token for a random
//! number, and the validation data are gathered and judged.

use std::path::Path;

use sello_cades::Purpose;
use sello_cades::timestamp::token::Token;
use sello_document::stamp::{
    Digested, Evidence, Prepared, StampError, add_evidence, prepare_timestamp,
};
use sello_pdf::Document;
use sha2::{Digest, Sha256};

use crate::authority::{Authorities, random_digest};
use crate::card::CardSeal;
use crate::cli::{Level, Proof};
use crate::command::trust;
use crate::console::Console;
use crate::evidence::Gatherer;
use crate::failure::Failure;
use crate::target::Target;

/// How much larger than the trial token another one of the same authority may be: serial number, time
/// and signature vary by a few bytes.
const TOKEN_SPREAD: usize = 128;

/// What is added to each seal of this run.
pub(crate) struct Proving {
    level: Level,
    authority: Option<(Authorities, String)>,
    evidence: Evidence,
    room: usize,
}

impl Proving {
    /// Tries the authority and gathers the validation data.
    pub(crate) fn begin(
        proof: &Proof,
        seal: &CardSeal,
        console: &mut Console<'_>,
    ) -> Result<Self, Failure> {
        let usual = match proof.tsa {
            Some(_) => Level::T,
            None => Level::B,
        };
        let level = proof.level.unwrap_or(usual);
        if level == Level::B {
            return Ok(Self {
                level,
                authority: None,
                evidence: Evidence::default(),
                room: 0,
            });
        }
        let url = proof.tsa.clone().ok_or(Failure::NoTimestampAuthority)?;
        let trial = Trial::of(url)?;
        let mut evidence = Evidence::default();
        if level >= Level::Lt {
            let folder = trust::folder(proof.trust.as_deref(), console);
            let store = trust::documents(folder.as_deref())?;
            let online = (!proof.offline).then_some(&trial.authorities);
            let mut gatherer = Gatherer::new(folder.as_deref(), store, online, console.now);
            gatherer.demand(&seal.certificate, &seal.chain, Purpose::Document)?;
            gatherer.demand(
                seal.seal.maker_certificate(),
                &seal.chain,
                Purpose::SealMaker,
            )?;
            trial.demand(&mut gatherer)?;
            evidence = gatherer.into_found();
        }
        Ok(Self {
            level,
            room: trial.room(),
            authority: Some((trial.authorities, trial.url)),
            evidence,
        })
    }

    /// Bytes to be set aside for the token.
    pub(super) const fn token_room(&self) -> usize {
        self.room
    }

    pub(crate) const fn level(&self) -> Level {
        self.level
    }

    /// The validation data that were gathered.
    pub(crate) const fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// A token over a digest; none where the level has none.
    pub(crate) fn token(&self, digest: [u8; 32]) -> Result<Option<Vec<u8>>, Failure> {
        let authority = self.authority.as_ref();
        let ask = |(authorities, url): &(Authorities, String)| authorities.timestamp(url, digest);
        authority.map(ask).transpose()
    }

    /// The level, as EN 319 142-1 and EN 319 122-1 call it.
    pub(crate) const fn name(&self) -> &'static str {
        match self.level {
            Level::B => "B-B",
            Level::T => "B-T",
            Level::Lt => "B-LT",
            Level::Lta => "B-LTA",
        }
    }

    /// Writes the signature and what proves it behind the original.
    pub(super) fn write<S>(
        &self,
        input: &Path,
        prepared: Prepared<S>,
        signature: &[u8],
        target: &mut Target,
    ) -> Result<(), Failure> {
        let failed = |error: StampError| Failure::stamping(input, error);
        let token = self.token(Sha256::digest(signature).into())?;
        let sealed = prepared
            .finish_with(signature, token.as_deref())
            .map_err(failed)?;
        target.append(sealed.revision())?;
        if self.level < Level::Lt {
            return Ok(());
        }
        let mut digested = sealed.digested();
        let document = reopened(input, target)?;
        let revision =
            add_evidence(&document, &self.evidence, Some(sealed.contents())).map_err(failed)?;
        target.append(&revision)?;
        digested.append(&revision);
        if self.level == Level::Lta
            && let Some((authorities, url)) = &self.authority
        {
            archive(input, target, &digested, authorities, url, self.room)?;
        }
        Ok(())
    }
}

/// A token for a random number: the authority is there, and its tokens are about this large.
pub(crate) struct Trial {
    pub(crate) authorities: Authorities,
    pub(crate) url: String,
    token: Vec<u8>,
}

impl Trial {
    pub(crate) fn of(url: String) -> Result<Self, Failure> {
        let authorities = Authorities::new();
        let token = authorities.timestamp(&url, random_digest()?)?;
        Ok(Self {
            authorities,
            url,
            token,
        })
    }

    pub(crate) fn room(&self) -> usize {
        self.token.len().saturating_add(TOKEN_SPREAD)
    }

    /// Gathers what shows the authority to be good.
    pub(crate) fn demand(&self, gatherer: &mut Gatherer<'_>) -> Result<(), Failure> {
        demand_authority(&self.token, gatherer).unwrap_or_else(|| {
            Err(Failure::Timestamp {
                url: self.url.clone(),
                reason: "the token has no certificate".to_owned(),
            })
        })
    }
}

/// Gathers what shows the authority of a token to be good; nothing where it is no token, or its
/// authority's certificate is not in it.
pub(crate) fn demand_authority(
    token: &[u8],
    gatherer: &mut Gatherer<'_>,
) -> Option<Result<(), Failure>> {
    let token = Token::parse(token).ok()?;
    let authority = token.authority(&[])?;
    let others = token.certificates().iter();
    let others: Vec<Vec<u8>> = others.map(|one| one.as_der().to_vec()).collect();
    Some(gatherer.demand(authority.as_der(), &others, Purpose::Timestamp))
}

/// Appends a document timestamp.
pub(crate) fn archive(
    input: &Path,
    target: &mut Target,
    digested: &Digested,
    authorities: &Authorities,
    url: &str,
    room: usize,
) -> Result<(), Failure> {
    let failed = |error: StampError| Failure::stamping(input, error);
    let document = reopened(input, target)?;
    let prepared = prepare_timestamp(&document, digested, room).map_err(failed)?;
    let token = authorities.timestamp(url, prepared.digest())?;
    let revision = prepared.finish(&token).map_err(failed)?;
    target.append(&revision)
}

/// The document with what was appended to it so far.
pub(crate) fn reopened(
    input: &Path,
    target: &mut Target,
) -> Result<Document<sello_pdf::FileSource>, Failure> {
    let document = Document::open(target.source()?);
    document.map_err(|error| Failure::document(input, &error))
}
