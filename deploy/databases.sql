-- Who owns what on the one Postgres server: a role and a database each for Temporal, its visibility store and us.
-- Run by the job `databases` at every start, with the passwords in its environment: a changed password is taken over.

\set ON_ERROR_STOP on
\getenv temporal_password TEMPORAL_DB_PASSWORD
\getenv countermand_password ORDERS_DB_PASSWORD

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY ['temporal', 'temporal_visibility', 'countermand']) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE temporal PASSWORD :'temporal_password';
ALTER ROLE temporal_visibility PASSWORD :'temporal_password';
ALTER ROLE countermand PASSWORD :'countermand_password';

SELECT format('CREATE DATABASE %I OWNER %I', name, name)
FROM unnest(ARRAY ['temporal', 'temporal_visibility', 'countermand']) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec

-- By default every role may connect to every database.
REVOKE CONNECT ON DATABASE temporal, temporal_visibility, countermand, postgres FROM PUBLIC;
