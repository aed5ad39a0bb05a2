//! The ledger in an SQLite file.
//!
//! One writer at a time: `center.lock` is held from before `BEGIN IMMEDIATE` until after the
//! commit is noted in `audit.head`. The calls block; the asynchronous database driver runs on a
//! small runtime of the ledger's own.

mod certificates;
mod log;
mod people;
mod runs;
mod schema;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row, Sqlite, SqliteConnection};
use tokio::runtime::{Builder, Runtime};

use super::{Ledger, Log as _, Transaction};
use crate::Error;
use crate::audit::head::Locked;
use crate::audit::{Head, HeadFile};

/// Longest wait for another program that holds the database.
const BUSY: Duration = Duration::from_secs(30);

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// A ledger in one SQLite file.
pub struct SqliteLedger {
    runtime: Runtime,
    connection: Option<SqliteConnection>,
    head: HeadFile,
}

/// One change to it.
struct SqliteTransaction<'a> {
    runtime: &'a Runtime,
    connection: &'a mut SqliteConnection,
    locked: Locked,
    /// Last line of the log when the transaction began.
    begun: Head,
    /// Last line now.
    head: Head,
    open: bool,
}

impl SqliteLedger {
    /// Opens the ledger, making it if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Database`] or [`Error::Schema`].
    pub fn open(path: &Path, head: HeadFile) -> Result<Self, Error> {
        // Made here, so that it is never readable by others, not even for a moment.
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map_err(Error::file(path))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::file(path))?;
        let _lock = head.lock()?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            // What is erased is overwritten, not only unlinked.
            .pragma("secure_delete", "ON")
            .disable_statement_logging();
        let connection = runtime.block_on(async {
            let mut connection = options.connect().await?;
            schema::migrate(&mut connection).await?;
            Ok::<_, Error>(connection)
        })?;
        Ok(Self {
            runtime,
            connection: Some(connection),
            head,
        })
    }
}

impl Drop for SqliteLedger {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // Everything that matters is committed; a failure to close loses nothing.
            let _ = self.runtime.block_on(connection.close());
        }
    }
}

impl Ledger for SqliteLedger {
    fn begin(&mut self) -> Result<Box<dyn Transaction + '_>, Error> {
        let transaction = self.inspect()?;
        transaction.check_head()?;
        Ok(transaction)
    }

    fn inspect(&mut self) -> Result<Box<dyn Transaction + '_>, Error> {
        let locked = self.head.lock()?;
        let Some(connection) = self.connection.as_mut() else {
            return Err(sqlx::Error::WorkerCrashed.into());
        };
        let mut transaction = SqliteTransaction {
            runtime: &self.runtime,
            connection,
            locked,
            begun: Head::start(),
            head: Head::start(),
            open: false,
        };
        transaction.execute(sqlx::query("BEGIN IMMEDIATE"))?;
        transaction.open = true;
        transaction.begun = transaction.last_line()?;
        transaction.head = transaction.begun.clone();
        Ok(Box::new(transaction))
    }
}

impl SqliteTransaction<'_> {
    fn execute(&mut self, query: Query<'_>) -> Result<(), Error> {
        self.runtime
            .block_on(query.execute(&mut *self.connection))?;
        Ok(())
    }

    fn all<T>(
        &mut self,
        query: Query<'_>,
        read: impl Fn(&SqliteRow) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.runtime
            .block_on(query.fetch_all(&mut *self.connection))?
            .iter()
            .map(read)
            .collect()
    }

    fn one<T>(
        &mut self,
        query: Query<'_>,
        read: impl Fn(&SqliteRow) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        self.runtime
            .block_on(query.fetch_optional(&mut *self.connection))?
            .as_ref()
            .map(read)
            .transpose()
    }

    fn last_line(&mut self) -> Result<Head, Error> {
        let last = self.one(
            sqlx::query("SELECT line, hash FROM audit ORDER BY line DESC LIMIT 1"),
            |row| {
                Ok(Head {
                    line: row.try_get("line")?,
                    hash: row.try_get("hash")?,
                })
            },
        )?;
        Ok(last.unwrap_or_else(Head::start))
    }
}

impl Transaction for SqliteTransaction<'_> {
    fn commit(mut self: Box<Self>) -> Result<(), Error> {
        if self.head == self.begun {
            return Err(Error::Unlogged);
        }
        self.check_head()?;
        self.locked.announce(&self.begun, &self.head)?;
        self.execute(sqlx::query("COMMIT"))?;
        self.open = false;
        // The announcement names the line too, so a failure here is made good the next time.
        let _ = self.locked.confirm(&self.head);
        Ok(())
    }
}

impl Drop for SqliteTransaction<'_> {
    fn drop(&mut self) {
        if self.open {
            // If even this fails, SQLite rolls back when the connection closes.
            let _ = self.execute(sqlx::query("ROLLBACK"));
        }
    }
}
