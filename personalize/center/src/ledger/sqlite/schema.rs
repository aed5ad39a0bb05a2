//! The tables, brought up to date when the ledger is opened.

use sqlx::{Connection, Row, SqliteConnection};

use crate::Error;

/// Each step of the schema, in order; the position (from 1) is its version.
const MIGRATIONS: &[&str] = &[include_str!("../../../migrations/0001_ledger.sql")];

pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<(), Error> {
    sqlx::query("CREATE TABLE IF NOT EXISTS schema (version BIGINT PRIMARY KEY)")
        .execute(&mut *connection)
        .await?;
    let row = sqlx::query("SELECT COALESCE(MAX(version), 0) AS version FROM schema")
        .fetch_one(&mut *connection)
        .await?;
    let found: i64 = row.try_get("version")?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(Error::Schema { found, known });
    }
    for (version, statements) in (1_i64..).zip(MIGRATIONS) {
        if version <= found {
            continue;
        }
        let mut transaction = connection.begin().await?;
        sqlx::raw_sql(*statements)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO schema (version) VALUES ($1)")
            .bind(version)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(())
}
