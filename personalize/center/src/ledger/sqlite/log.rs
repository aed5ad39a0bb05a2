//! The audit log.

use sqlx::Row;

use super::super::Log;
use super::SqliteTransaction;
use crate::Error;
use crate::audit::{Entry, Head, Line};

impl Log for SqliteTransaction<'_> {
    fn append(&mut self, entry: Entry) -> Result<(), Error> {
        let line = Line::follow(self.head.line, &self.head.hash, entry);
        self.execute(
            sqlx::query(
                "INSERT INTO audit (line, at, actor, action, subject, detail, previous, hash) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(line.line)
            .bind(line.at)
            .bind(&line.actor)
            .bind(&line.action)
            .bind(&line.subject)
            .bind(&line.detail)
            .bind(&line.previous)
            .bind(&line.hash),
        )?;
        self.head = Head {
            line: line.line,
            hash: line.hash,
        };
        Ok(())
    }

    fn lines(&mut self) -> Result<Vec<Line>, Error> {
        self.all(
            sqlx::query(
                "SELECT line, at, actor, action, subject, detail, previous, hash FROM audit \
                 ORDER BY line",
            ),
            |row| {
                Ok(Line {
                    line: row.try_get("line")?,
                    at: row.try_get("at")?,
                    actor: row.try_get("actor")?,
                    action: row.try_get("action")?,
                    subject: row.try_get("subject")?,
                    detail: row.try_get("detail")?,
                    previous: row.try_get("previous")?,
                    hash: row.try_get("hash")?,
                })
            },
        )
    }

    fn check_head(&self) -> Result<(), Error> {
        // Before the first line there is nothing to be noted outside.
        if self.begun == Head::start() && !self.locked.path().exists() {
            return Ok(());
        }
        self.locked.check(&self.begun)
    }
}
