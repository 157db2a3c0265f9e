-- Marks that this database came back from a backup; from then on every key is looked up before its first sending.
INSERT INTO restorations DEFAULT VALUES RETURNING restored_at
