-- Roles and database, once, as the superuser of Postgres 15 or later:
--   psql -v owner_password="'…'" -v app_password="'…'" -f ops/database.sql
-- `owner` owns the tables and runs migrations; `app` is what the site runs as, and it owns nothing.

\set ON_ERROR_STOP on

CREATE ROLE owner LOGIN PASSWORD :owner_password NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE app LOGIN PASSWORD :app_password NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;

-- LC_CTYPE must not be C: trigrams would drop every Chinese character.
CREATE DATABASE cases OWNER owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE cases FROM PUBLIC;
GRANT CONNECT ON DATABASE cases TO app;

-- No statement and no value of a failed one in the server's log: they hold people's words and numbers.
ALTER ROLE owner SET log_min_error_statement = 'panic';
ALTER ROLE owner SET log_error_verbosity = 'terse';
ALTER ROLE app SET log_min_error_statement = 'panic';
ALTER ROLE app SET log_error_verbosity = 'terse';

\connect cases
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE, SELECT ON SEQUENCES TO app;
