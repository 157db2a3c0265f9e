-- Which migrations were applied, and the checksum of what each file held then.
SELECT name, checksum FROM schema_migrations
