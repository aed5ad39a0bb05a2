//! Personalization runs and their steps.

use sello_issuing::station::{Mark, Step};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::super::{RunRow, RunState, Runs, StepRow};
use super::SqliteTransaction;
use crate::Error;

impl Runs for SqliteTransaction<'_> {
    fn runs(&mut self, application: &str) -> Result<Vec<RunRow>, Error> {
        self.all(
            sqlx::query(
                "SELECT id, application, card_serial, state, nonce, guid, codes, started_at \
                 FROM runs WHERE application = $1 ORDER BY number",
            )
            .bind(application),
            read_run,
        )
    }

    fn run(&mut self, id: &str) -> Result<Option<RunRow>, Error> {
        self.one(
            sqlx::query(
                "SELECT id, application, card_serial, state, nonce, guid, codes, started_at \
                 FROM runs WHERE id = $1",
            )
            .bind(id),
            read_run,
        )
    }

    fn open_run_of_card(&mut self, card_serial: &str) -> Result<Option<RunRow>, Error> {
        self.one(
            sqlx::query(
                "SELECT id, application, card_serial, state, nonce, guid, codes, started_at \
                 FROM runs WHERE card_serial = $1 AND state = 'open'",
            )
            .bind(card_serial),
            read_run,
        )
    }

    fn has_own_keys(&mut self, card_serial: &str) -> Result<bool, Error> {
        let found = self.one(
            sqlx::query(
                "SELECT runs.id AS id FROM runs JOIN steps ON steps.run = runs.id \
                 WHERE runs.card_serial = $1 AND steps.step = $2 AND steps.mark = $3 LIMIT 1",
            )
            .bind(card_serial)
            .bind(Step::ChannelKeys.word())
            .bind(Mark::Done.word()),
            |row| Ok(row.try_get::<String, _>("id")?),
        )?;
        Ok(found.is_some())
    }

    fn insert_run(&mut self, row: &RunRow) -> Result<(), Error> {
        self.execute(
            sqlx::query(
                "INSERT INTO runs \
                 (id, number, application, card_serial, state, nonce, guid, codes, started_at) \
                 VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM runs), \
                 $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(&row.id)
            .bind(&row.application)
            .bind(&row.card_serial)
            .bind(row.state.word())
            .bind(hex::encode(row.nonce))
            .bind(hex::encode(row.guid))
            .bind(&row.codes)
            .bind(row.started_at),
        )
    }

    fn set_run_state(&mut self, id: &str, state: RunState) -> Result<(), Error> {
        self.execute(
            sqlx::query("UPDATE runs SET state = $1 WHERE id = $2")
                .bind(state.word())
                .bind(id),
        )
    }

    fn set_run_codes(&mut self, id: &str, codes: Option<&str>) -> Result<(), Error> {
        self.execute(
            sqlx::query("UPDATE runs SET codes = $1 WHERE id = $2")
                .bind(codes)
                .bind(id),
        )
    }

    fn steps(&mut self, run: &str) -> Result<Vec<StepRow>, Error> {
        self.all(
            sqlx::query("SELECT step, mark, recorded_at FROM steps WHERE run = $1").bind(run),
            |row| {
                Ok(StepRow {
                    step: row.try_get("step")?,
                    mark: row.try_get("mark")?,
                    recorded_at: row.try_get("recorded_at")?,
                })
            },
        )
    }

    fn record_step(&mut self, run: &str, step: Step, mark: Mark, at: i64) -> Result<(), Error> {
        self.execute(
            sqlx::query(
                "INSERT INTO steps (run, step, mark, recorded_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (run, step, mark) DO UPDATE SET recorded_at = excluded.recorded_at",
            )
            .bind(run)
            .bind(step.word())
            .bind(mark.word())
            .bind(at),
        )
    }
}

fn read_run(row: &SqliteRow) -> Result<RunRow, Error> {
    let word: String = row.try_get("state")?;
    Ok(RunRow {
        id: row.try_get("id")?,
        application: row.try_get("application")?,
        card_serial: row.try_get("card_serial")?,
        state: RunState::from_word(&word).ok_or(Error::Stored { what: "run state" })?,
        nonce: read_hex(row, "nonce")?,
        guid: read_hex(row, "guid")?,
        codes: row.try_get("codes")?,
        started_at: row.try_get("started_at")?,
    })
}

fn read_hex<const N: usize>(row: &SqliteRow, column: &'static str) -> Result<[u8; N], Error> {
    let text: String = row.try_get(column)?;
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| Error::Stored { what: column })?;
    Ok(bytes)
}
