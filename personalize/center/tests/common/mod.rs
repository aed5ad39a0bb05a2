//! A center in a temporary folder, and a card made of nothing but rules.

mod card;

pub use card::{FakeCard, Fuse};

use std::path::Path;

use sello_center::application::{Applicant, Kind, Request};
use sello_center::vault::{Cost, Passphrase};
use sello_center::{Authority, Center, Error, Home, Officer};
use sello_issuing::station::{CardFault, CenterLink, Refusal, Start};
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
        self.personalize(&reference, card, Fuse::never()).unwrap();
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
        fuse: Fuse,
    ) -> Result<Start, Stop> {
        let mut link = self.center.station(&self.ana).unwrap();
        card.insert(fuse);
        Ok(link.personalize(reference, card)?.start)
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

/// Why a run ended.
#[derive(Debug)]
pub enum Stop {
    Refused(Refusal),
    Killed,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Card {
                fault: CardFault::Lost,
                ..
            } => Self::Killed,
            other => Self::Refused(other),
        }
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
