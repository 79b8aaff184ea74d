#!/bin/sh
# Runs once, when the cluster is new. Two roles: the owner migrates, the application reads and writes.
# What the application's role may do is decided by `manage.py grant_application_role` after each migration.
set -eu
: "${SAWT_OWNER_PASSWORD:?Set SAWT_OWNER_PASSWORD.}" "${SAWT_DATABASE_PASSWORD:?Set SAWT_DATABASE_PASSWORD.}"

# Passwords go through psql's own quoting, never through the text of a statement.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set owner_password="$SAWT_OWNER_PASSWORD" --set application_password="$SAWT_DATABASE_PASSWORD" <<'SQL'
-- CREATEDB lets the restore drill have a database of its own.
CREATE ROLE sawt_owner LOGIN CREATEDB NOINHERIT PASSWORD :'owner_password';
CREATE ROLE sawt_app LOGIN NOINHERIT PASSWORD :'application_password';

-- C.UTF-8 of PostgreSQL itself: the same order on every machine, and trigrams that know Arabic and Chinese letters.
CREATE DATABASE sawt OWNER sawt_owner TEMPLATE template0 ENCODING 'UTF8'
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE sawt, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE sawt TO sawt_app;

-- What Django would ask of each connection: said here, so that a pooler may share connections.
ALTER ROLE sawt_app SET timezone = 'UTC';
ALTER ROLE sawt_owner SET timezone = 'UTC';
-- A page that hangs must not hold its locks, and a migration that waits must not stop everybody behind it.
ALTER ROLE sawt_app SET statement_timeout = '30s';
ALTER ROLE sawt_app SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE sawt_owner SET lock_timeout = '5s';
SQL
