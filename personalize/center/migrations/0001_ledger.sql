-- Text understood by SQLite and PostgreSQL alike. Times are seconds since 1970 (UTC).
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE officers (
    name     TEXT PRIMARY KEY,
    -- The name in lower case: two officers cannot differ in capitals only.
    folded   TEXT NOT NULL UNIQUE,
    wrapped  TEXT NOT NULL,
    added_at BIGINT NOT NULL
);

CREATE TABLE applications (
    number     BIGINT PRIMARY KEY,
    reference  TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL,
    -- What was applied for, as JSON; the picture beside it.
    request    TEXT NOT NULL,
    picture    BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE approvals (
    application TEXT NOT NULL REFERENCES applications (reference),
    officer     TEXT NOT NULL REFERENCES officers (name),
    approved_at BIGINT NOT NULL,
    PRIMARY KEY (application, officer)
);

CREATE TABLE runs (
    id          TEXT PRIMARY KEY,
    number      BIGINT NOT NULL UNIQUE,
    application TEXT NOT NULL REFERENCES applications (reference),
    card_serial TEXT NOT NULL,
    state       TEXT NOT NULL,
    nonce       TEXT NOT NULL,
    guid        TEXT NOT NULL,
    -- Transport PIN and PUK, encrypted, until the letter is made.
    codes       TEXT,
    started_at  BIGINT NOT NULL
);

-- One open run an application, and one a card.
CREATE UNIQUE INDEX open_run_of_application ON runs (application) WHERE state = 'open';
CREATE UNIQUE INDEX open_run_of_card ON runs (card_serial) WHERE state = 'open';

CREATE TABLE steps (
    run         TEXT NOT NULL REFERENCES runs (id),
    step        TEXT NOT NULL,
    mark        TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (run, step, mark)
);

CREATE TABLE certificates (
    serial      TEXT PRIMARY KEY,
    application TEXT NOT NULL REFERENCES applications (reference),
    run         TEXT NOT NULL UNIQUE REFERENCES runs (id),
    card_serial TEXT NOT NULL,
    -- A key is certified once and never again.
    point       TEXT NOT NULL UNIQUE,
    der         BYTEA NOT NULL,
    seal        BYTEA NOT NULL,
    -- 'hold', 'good' or 'revoked'.
    status      TEXT NOT NULL,
    -- CRLReason of RFC 5280, 5.3.1, while the status is not 'good'.
    reason      BIGINT,
    since       BIGINT NOT NULL
);

-- At most one live certificate an application, and one a card.
CREATE UNIQUE INDEX live_certificate_of_application
    ON certificates (application) WHERE status <> 'revoked';
CREATE UNIQUE INDEX live_certificate_of_card
    ON certificates (card_serial) WHERE status <> 'revoked';

CREATE TABLE revocation_lists (
    number      BIGINT PRIMARY KEY,
    this_update BIGINT NOT NULL,
    next_update BIGINT NOT NULL,
    der         BYTEA NOT NULL
);

CREATE TABLE audit (
    line     BIGINT PRIMARY KEY,
    at       BIGINT NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL
);
