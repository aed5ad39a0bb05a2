//! A center that remembers one application.

use der::DateTime;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_issuing::possession::Statement;
use sello_issuing::secret::{Code, ManagementKey};
use sello_issuing::station::{
    BeginAnswer, BeginRequest, CenterLink, CertifyRequest, FinishRequest, LifeCycle, Mark, Objects,
    Package, Refusal, Run, Start, Step, StepRequest,
};
use sello_profile::certificate::{self, Issuer, Organization, Profile, Subject};
use sello_profile::ecdsa;
use sello_profile::seal::{Picture, SeSeal, SealInfo, SealKind};

use super::{key, point};

pub(crate) const APPLICATION: &str = "A-000001";
const NONCE: [u8; 32] = [7; 32];

/// Stores what it certified; says where to begin as the real center does.
#[derive(Default)]
pub(crate) struct FakeCenter {
    pub(crate) certified: Option<Objects>,
    pub(crate) certifications: usize,
    pub(crate) marks: Vec<(Step, Mark)>,
    pub(crate) starts: Vec<Start>,
    pub(crate) finished: bool,
    /// Refuses to record this step.
    pub(crate) refuses: Option<Step>,
    serial: [u8; 4],
}

impl FakeCenter {
    fn package_now(&self) -> Result<Package, Refusal> {
        let code = |digits: &str| Code::new(digits.into()).unwrap();
        Ok(Package {
            objects: self.certified.clone().ok_or(Refusal::OtherCard)?,
            pin: code("482915"),
            puk: code("73920184"),
        })
    }

    fn certified_point(&self) -> Option<Vec<u8>> {
        let objects = self.certified.as_ref()?;
        Some(
            ecdsa::certificate_point(&objects.certificate)
                .unwrap()
                .into(),
        )
    }
}

impl CenterLink for FakeCenter {
    fn begin(&mut self, request: &BeginRequest) -> Result<BeginAnswer, Refusal> {
        assert_eq!(request.application, APPLICATION);
        self.serial = request.card.serial;
        let point = request.card.point.clone().map(|point| point.0);
        let same = point.is_some() && point == self.certified_point();
        let start = match request.card.life_cycle {
            LifeCycle::Blank => Start::Fresh,
            LifeCycle::Personalizing if same => Start::Continue,
            LifeCycle::Personalizing => Start::Fresh,
            LifeCycle::Operational if same && !self.finished => Start::Prove,
            life_cycle => return Err(Refusal::CardState { life_cycle }),
        };
        self.starts.push(start);
        Ok(BeginAnswer {
            run: Run("R-1".to_owned()),
            start,
            management_key: ManagementKey::new([0x42; 32]),
            nonce: NONCE,
        })
    }

    fn certify(&mut self, request: &CertifyRequest) -> Result<Package, Refusal> {
        let statement = Statement {
            application: APPLICATION,
            serial: self.serial,
            slot: 0x9C,
            point: &request.point.0,
            nonce: &NONCE,
        };
        ecdsa::check_digest(&request.point.0, &statement.digest(), &request.possession)
            .map_err(|_| Refusal::Possession)?;
        self.certified = Some(objects(&request.point.0));
        self.certifications += 1;
        self.package_now()
    }

    fn package(&mut self, _: &Run) -> Result<Package, Refusal> {
        self.package_now()
    }

    fn record(&mut self, request: &StepRequest) -> Result<(), Refusal> {
        if self.refuses == Some(request.step) {
            return Err(Refusal::OutOfOrder { step: request.step });
        }
        self.marks.push((request.step, request.mark));
        Ok(())
    }

    fn finish(&mut self, request: &FinishRequest) -> Result<(), Refusal> {
        assert_eq!(request.card.life_cycle, LifeCycle::Operational);
        assert_eq!(
            request.card.point.clone().map(|p| p.0),
            self.certified_point()
        );
        self.finished = true;
        Ok(())
    }
}

/// Certificate and seal for a key.
pub(crate) fn objects(point: &[u8]) -> Objects {
    let ca = key(9);
    let root = root(&ca);
    let issuer = Issuer::from_certificate(&root).unwrap();
    let profile = Profile::Seal {
        issuer,
        crl_url: None,
    };
    let tbs = profile
        .to_be_signed(&[2; 16], years(), subject("Official seal"), point)
        .unwrap();
    let certificate = certificate::assemble(&tbs, &sign(&ca, &tbs)).unwrap();
    let info = SealInfo {
        vendor: "SELLO".into(),
        es_id: "S-0001".into(),
        kind: SealKind::Official,
        name: "Official seal".into(),
        certificates: vec![certificate.clone()],
        created: years().0,
        valid_from: years().0,
        valid_until: years().1,
        picture: Picture {
            media_type: "PNG".into(),
            data: vec![0x89; 4000],
            width_mm: 40,
            height_mm: 40,
        },
        extensions: Vec::new(),
    };
    let info = info.to_der().unwrap();
    let seal = SeSeal::assemble(&info, &root, &sign(&ca, &info)).unwrap();
    Objects {
        certificate,
        chain: vec![sello_issuing::station::CertificateDer(root)],
        seal: seal.as_der().to_vec(),
        guid: [0xAB; 16],
    }
}

fn root(ca: &SigningKey) -> Vec<u8> {
    let tbs = Profile::Root
        .to_be_signed(&[1; 16], years(), subject("Example CA"), &point(ca))
        .unwrap();
    certificate::assemble(&tbs, &sign(ca, &tbs)).unwrap()
}

fn subject(common_name: &str) -> x509_cert::name::Name {
    Subject::Organization(Organization {
        country: "ES".into(),
        name: "Example S.L.".into(),
        identifier: "VATES-B12345678".into(),
    })
    .name(common_name)
    .unwrap()
}

fn years() -> (DateTime, DateTime) {
    let day = |year| DateTime::new(year, 1, 2, 3, 4, 5).unwrap();
    (day(2026), day(2029))
}

fn sign(key: &SigningKey, data: &[u8]) -> Vec<u8> {
    let signature: DerSignature = key.sign(data);
    signature.as_bytes().to_vec()
}
