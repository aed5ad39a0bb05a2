//! Certificates and revocation lists.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::super::{CertificateRow, CertificateStatus, Certificates, RevocationListRow};
use super::SqliteTransaction;
use crate::Error;

impl Certificates for SqliteTransaction<'_> {
    fn certificates(&mut self) -> Result<Vec<CertificateRow>, Error> {
        self.all(
            sqlx::query(
                "SELECT serial, application, run, card_serial, point, der, seal, status, reason, \
                 since FROM certificates ORDER BY serial",
            ),
            read_certificate,
        )
    }

    fn insert_certificate(&mut self, row: &CertificateRow) -> Result<(), Error> {
        self.execute(
            sqlx::query(
                "INSERT INTO certificates \
                 (serial, application, run, card_serial, point, der, seal, status, reason, since) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(&row.serial)
            .bind(&row.application)
            .bind(&row.run)
            .bind(&row.card_serial)
            .bind(&row.point)
            .bind(&row.der)
            .bind(&row.seal)
            .bind(row.status.word())
            .bind(row.status.code())
            .bind(row.since),
        )
    }

    fn set_certificate_status(
        &mut self,
        serial: &str,
        status: CertificateStatus,
        at: i64,
    ) -> Result<(), Error> {
        self.execute(
            sqlx::query(
                "UPDATE certificates SET status = $1, reason = $2, since = $3 WHERE serial = $4",
            )
            .bind(status.word())
            .bind(status.code())
            .bind(at)
            .bind(serial),
        )
    }

    fn revocation_lists(&mut self) -> Result<Vec<RevocationListRow>, Error> {
        self.all(
            sqlx::query(
                "SELECT number, this_update, next_update, der FROM revocation_lists \
                 ORDER BY number",
            ),
            read_list,
        )
    }

    fn newest_revocation_list(&mut self) -> Result<Option<RevocationListRow>, Error> {
        self.one(
            sqlx::query(
                "SELECT number, this_update, next_update, der FROM revocation_lists \
                 ORDER BY number DESC LIMIT 1",
            ),
            read_list,
        )
    }

    fn insert_revocation_list(&mut self, row: &RevocationListRow) -> Result<(), Error> {
        self.execute(
            sqlx::query(
                "INSERT INTO revocation_lists (number, this_update, next_update, der) \
                 VALUES ($1, $2, $3, $4)",
            )
            .bind(row.number)
            .bind(row.this_update)
            .bind(row.next_update)
            .bind(&row.der),
        )
    }
}

fn read_certificate(row: &SqliteRow) -> Result<CertificateRow, Error> {
    let word: String = row.try_get("status")?;
    let status = CertificateStatus::from_stored(&word, row.try_get("reason")?);
    Ok(CertificateRow {
        serial: row.try_get("serial")?,
        application: row.try_get("application")?,
        run: row.try_get("run")?,
        card_serial: row.try_get("card_serial")?,
        point: row.try_get("point")?,
        der: row.try_get("der")?,
        seal: row.try_get("seal")?,
        status: status.ok_or(Error::Stored {
            what: "certificate status",
        })?,
        since: row.try_get("since")?,
    })
}

fn read_list(row: &SqliteRow) -> Result<RevocationListRow, Error> {
    Ok(RevocationListRow {
        number: row.try_get("number")?,
        this_update: row.try_get("this_update")?,
        next_update: row.try_get("next_update")?,
        der: row.try_get("der")?,
    })
}
