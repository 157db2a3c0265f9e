-- Migration $1 was applied, from a file with the checksum $2.
INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)
