//! A center in a temporary folder, and a card and a station made of nothing but rules.

use std::path::Path;

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use sello_center::application::{Applicant, Kind, Request};
use sello_center::vault::{Cost, Passphrase};
use sello_center::{Authority, Center, Error, Home, Officer};
use sello_issuing::possession::Statement;
use sello_issuing::station::{
    BeginRequest, Card, CenterLink, CertifyRequest, FinishRequest, LifeCycle, Mark, Package, Point,
    Refusal, SEAL_SLOT, Start, Step, StepRequest,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection};
use tempfile::TempDir;

const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

pub struct World {
    pub folder: TempDir,
    pub center: Center,
    pub ana: Officer,
    pub eva: Officer,
}

pub fn home(folder: &TempDir) -> Home {
    Home::new(folder.path().join("center"))
}

pub fn passphrase(officer: &str) -> Passphrase {
    Passphrase::new(format!("passphrase of {officer}"))
}

pub fn authority() -> Authority {
    Authority {
        operator: "Example Seal Center".into(),
        country: "ES".into(),
        identifier: None,
        name: "Example CA".into(),
        crl_url: None,
    }
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (mut center, ana) = Center::initialize(
            home(&folder),
            &authority(),
            "ana",
            &passphrase("ana"),
            CHEAP,
        )
        .unwrap();
        center
            .add_officer(&ana, "eva", &passphrase("eva"), CHEAP)
            .unwrap();
        let eva = center.log_in("eva", &passphrase("eva")).unwrap();
        Self {
            folder,
            center,
            ana,
            eva,
        }
    }

    /// As after a crash: everything in memory is gone.
    pub fn reopen(self) -> Self {
        drop(self.center);
        let mut center = Center::open(home(&self.folder)).unwrap();
        let ana = center.log_in("ana", &passphrase("ana")).unwrap();
        let eva = center.log_in("eva", &passphrase("eva")).unwrap();
        Self {
            folder: self.folder,
            center,
            ana,
            eva,
        }
    }

    pub fn apply(&mut self) -> String {
        self.center.apply(&request()).unwrap()
    }

    pub fn approved(&mut self) -> String {
        let reference = self.apply();
        self.center.approve(&self.ana, &reference).unwrap();
        self.center.approve(&self.eva, &reference).unwrap();
        reference
    }

    pub fn issued(&mut self, card: &mut FakeCard) -> String {
        let reference = self.approved();
        self.personalize(&reference, card, &mut Fuse::never())
            .unwrap();
        reference
    }

    pub fn active(&mut self, card: &mut FakeCard) -> String {
        let reference = self.issued(card);
        self.center.activate(&self.ana, &reference, None).unwrap();
        reference
    }

    pub fn personalize(
        &mut self,
        reference: &str,
        card: &mut FakeCard,
        fuse: &mut Fuse,
    ) -> Result<Start, Stop> {
        let mut link = self.center.station(&self.ana).unwrap();
        card.personalize(&mut link, reference, fuse)
    }
}

pub fn request() -> Request {
    let mut picture = Vec::new();
    let mut writer = png::Encoder::new(&mut picture, 6, 6)
        .write_header()
        .unwrap();
    writer.write_image_data(&[0; 36]).unwrap();
    writer.finish().unwrap();
    let applicant = Applicant::Organization {
        country: "ES".into(),
        name: "Example S.L.".into(),
        identifier: "VATES-B12345678".into(),
    };
    Request::new(
        applicant,
        "Contract seal".into(),
        Kind::Contract,
        40,
        picture,
    )
    .unwrap()
}

/// Why a scripted run ended.
#[derive(Debug)]
pub enum Stop {
    Refused(Refusal),
    Killed,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Blows after a number of steps.
pub struct Fuse(Option<usize>);

impl Fuse {
    pub fn never() -> Self {
        Self(None)
    }

    pub fn after(steps: usize) -> Self {
        Self(Some(steps))
    }

    fn burn(&mut self) -> Result<(), Stop> {
        match &mut self.0 {
            Some(0) => return Err(Stop::Killed),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }
}

/// A card's state, as far as making it goes.
pub struct FakeCard {
    pub serial: [u8; 4],
    pub life_cycle: LifeCycle,
    pub key: Option<SigningKey>,
    pub management: Option<[u8; 32]>,
    pub certificate: Option<Vec<u8>>,
    pub seal: Option<Vec<u8>>,
    pub pin: Vec<u8>,
    pub puk: Vec<u8>,
    keys_made: u8,
}

impl FakeCard {
    pub fn new(serial: u8) -> Self {
        Self {
            serial: [0, 0, 0, serial],
            life_cycle: LifeCycle::Blank,
            key: None,
            management: None,
            certificate: None,
            seal: None,
            pin: b"123456".to_vec(),
            puk: b"12345678".to_vec(),
            keys_made: 0,
        }
    }

    pub fn point(&self) -> Option<Vec<u8>> {
        let key = self.key.as_ref()?;
        Some(key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
    }

    pub fn report(&self) -> Card {
        Card {
            serial: self.serial,
            life_cycle: self.life_cycle,
            point: self.point().map(Point),
        }
    }

    /// SET STATUS personalizing: keys and objects go, codes are the factory's again.
    pub fn wipe(&mut self) {
        self.life_cycle = LifeCycle::Personalizing;
        self.key = None;
        self.certificate = None;
        self.seal = None;
        self.pin = b"123456".to_vec();
        self.puk = b"12345678".to_vec();
    }

    pub fn generate(&mut self) {
        self.keys_made += 1;
        let mut scalar = [self.keys_made; 32];
        scalar[..4].copy_from_slice(&self.serial);
        self.key = Some(SigningKey::from_slice(&scalar).unwrap());
    }

    pub fn sign(&self, digest: &[u8; 32]) -> Vec<u8> {
        let key = self.key.as_ref().unwrap();
        let signature: DerSignature = key.sign_prehash(digest).unwrap();
        signature.as_bytes().to_vec()
    }

    pub fn personalize(
        &mut self,
        link: &mut dyn CenterLink,
        reference: &str,
        fuse: &mut Fuse,
    ) -> Result<Start, Stop> {
        fuse.burn()?;
        let answer = link.begin(&BeginRequest {
            application: reference.into(),
            card: self.report(),
        })?;
        let mut steps = Steps {
            link,
            run: answer.run.clone(),
            fuse,
        };
        steps.fuse.burn()?;
        let package = if answer.start == Start::Fresh {
            let management = *answer.management_key.expose();
            steps.go(Step::TakeCard, || self.wipe())?;
            steps.go(Step::ManagementKey, || self.management = Some(management))?;
            steps.go(Step::GenerateKey, || self.generate())?;
            let point = self.point().unwrap();
            let digest = Statement {
                application: reference,
                serial: self.serial,
                slot: SEAL_SLOT,
                point: &point,
                nonce: &answer.nonce,
            }
            .digest();
            let request = CertifyRequest {
                run: answer.run.clone(),
                point: Point(point),
                possession: self.sign(&digest),
            };
            steps.link.certify(&request)?
        } else {
            steps.link.package(&answer.run)?
        };
        steps.fuse.burn()?;
        if answer.start != Start::Prove {
            self.write(&mut steps, &package)?;
        }
        steps.go(Step::ProvePin, || {
            assert_eq!(self.pin, package.pin.expose())
        })?;
        steps.link.finish(&FinishRequest {
            run: answer.run,
            card: self.report(),
        })?;
        steps.fuse.burn()?;
        Ok(answer.start)
    }

    fn write(&mut self, steps: &mut Steps<'_>, package: &Package) -> Result<(), Stop> {
        steps.go(Step::WriteObjects, || {
            self.certificate = Some(package.objects.certificate.clone());
            self.seal = Some(package.objects.seal.clone());
        })?;
        steps.go(Step::SetCodes, || {
            self.pin = package.pin.expose().to_vec();
            self.puk = package.puk.expose().to_vec();
        })?;
        steps.go(Step::Operational, || {
            self.life_cycle = LifeCycle::Operational
        })
    }
}

struct Steps<'a> {
    link: &'a mut dyn CenterLink,
    run: sello_issuing::station::Run,
    fuse: &'a mut Fuse,
}

impl Steps<'_> {
    /// Records, does, records; each of the gaps is a place to die.
    fn go(&mut self, step: Step, act: impl FnOnce()) -> Result<(), Stop> {
        self.record(step, Mark::Begun)?;
        self.fuse.burn()?;
        act();
        self.fuse.burn()?;
        self.record(step, Mark::Done)?;
        self.fuse.burn()
    }

    fn record(&mut self, step: Step, mark: Mark) -> Result<(), Stop> {
        self.link.record(&StepRequest {
            run: self.run.clone(),
            step,
            mark,
        })?;
        Ok(())
    }
}

pub fn refused(result: Result<Start, Stop>) -> Refusal {
    match result {
        Err(Stop::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

pub fn error<T>(result: Result<T, Error>) -> Error {
    match result {
        Err(error) => error,
        Ok(_) => panic!("not refused"),
    }
}

/// Changes a ledger behind the center's back.
pub fn execute(database: &Path, sql: &str) {
    with(database, async |connection| {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(connection)
            .await
            .unwrap();
    });
}

/// One value, as text, in a column named `answer`.
pub fn query_text(database: &Path, sql: &str) -> String {
    let sql = format!("SELECT CAST(answer AS TEXT) AS answer FROM ({sql})");
    with(database, async |connection| {
        let row = sqlx::query(AssertSqlSafe(sql))
            .fetch_one(connection)
            .await
            .unwrap();
        row.get("answer")
    })
}

fn with<T>(database: &Path, act: impl AsyncFnOnce(&mut SqliteConnection) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(database);
        let mut connection = options.connect().await.unwrap();
        let result = act(&mut connection).await;
        connection.close().await.unwrap();
        result
    })
}
