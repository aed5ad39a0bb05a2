//! Named values, officers, applications and approvals.

use sello_issuing::state::State;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::super::{ApplicationRow, Applications, Approval, Meta, OfficerRow, Officers};
use super::SqliteTransaction;
use crate::Error;

impl Meta for SqliteTransaction<'_> {
    fn meta(&mut self, name: &str) -> Result<Option<String>, Error> {
        self.one(
            sqlx::query("SELECT value FROM meta WHERE name = $1").bind(name),
            |row| Ok(row.try_get("value")?),
        )
    }

    fn insert_meta(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.execute(
            sqlx::query("INSERT INTO meta (name, value) VALUES ($1, $2)")
                .bind(name)
                .bind(value),
        )
    }
}

impl Officers for SqliteTransaction<'_> {
    fn officers(&mut self) -> Result<Vec<OfficerRow>, Error> {
        self.all(
            sqlx::query("SELECT name, wrapped, added_at FROM officers ORDER BY name"),
            |row| {
                Ok(OfficerRow {
                    name: row.try_get("name")?,
                    wrapped: row.try_get("wrapped")?,
                    added_at: row.try_get("added_at")?,
                })
            },
        )
    }

    fn insert_officer(&mut self, row: &OfficerRow) -> Result<(), Error> {
        self.execute(
            sqlx::query(
                "INSERT INTO officers (name, folded, wrapped, added_at) VALUES ($1, $2, $3, $4)",
            )
            .bind(&row.name)
            .bind(row.name.to_lowercase())
            .bind(&row.wrapped)
            .bind(row.added_at),
        )
    }
}

impl Applications for SqliteTransaction<'_> {
    fn applications(&mut self) -> Result<Vec<ApplicationRow>, Error> {
        self.all(
            sqlx::query(
                "SELECT number, reference, state, request, picture, created_at, changed_at \
                 FROM applications ORDER BY number",
            ),
            read_application,
        )
    }

    fn application(&mut self, reference: &str) -> Result<Option<ApplicationRow>, Error> {
        self.one(
            sqlx::query(
                "SELECT number, reference, state, request, picture, created_at, changed_at \
                 FROM applications WHERE reference = $1",
            )
            .bind(reference),
            read_application,
        )
    }

    fn insert_application(&mut self, row: &ApplicationRow) -> Result<(), Error> {
        self.execute(
            sqlx::query(
                "INSERT INTO applications \
                 (number, reference, state, request, picture, created_at, changed_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(row.number)
            .bind(&row.reference)
            .bind(row.state.word())
            .bind(&row.request)
            .bind(&row.picture)
            .bind(row.created_at)
            .bind(row.changed_at),
        )
    }

    fn set_application_state(
        &mut self,
        reference: &str,
        state: State,
        at: i64,
    ) -> Result<(), Error> {
        self.execute(
            sqlx::query("UPDATE applications SET state = $1, changed_at = $2 WHERE reference = $3")
                .bind(state.word())
                .bind(at)
                .bind(reference),
        )
    }

    fn approvals(&mut self, reference: &str) -> Result<Vec<Approval>, Error> {
        self.all(
            sqlx::query(
                "SELECT application, officer, approved_at FROM approvals \
                 WHERE application = $1 ORDER BY approved_at, officer",
            )
            .bind(reference),
            |row| {
                Ok(Approval {
                    application: row.try_get("application")?,
                    officer: row.try_get("officer")?,
                    approved_at: row.try_get("approved_at")?,
                })
            },
        )
    }

    fn insert_approval(&mut self, row: &Approval) -> Result<(), Error> {
        self.execute(
            sqlx::query(
                "INSERT INTO approvals (application, officer, approved_at) VALUES ($1, $2, $3)",
            )
            .bind(&row.application)
            .bind(&row.officer)
            .bind(row.approved_at),
        )
    }
}

fn read_application(row: &SqliteRow) -> Result<ApplicationRow, Error> {
    let word: String = row.try_get("state")?;
    Ok(ApplicationRow {
        number: row.try_get("number")?,
        reference: row.try_get("reference")?,
        state: State::from_word(&word).ok_or(Error::Stored {
            what: "application state",
        })?,
        request: row.try_get("request")?,
        picture: row.try_get("picture")?,
        created_at: row.try_get("created_at")?,
        changed_at: row.try_get("changed_at")?,
    })
}
