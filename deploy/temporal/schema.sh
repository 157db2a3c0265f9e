#!/bin/sh
# Brings Temporal's two stores to the schema of the admin-tools image in which this runs. Safe to repeat: both commands
# leave alone what is there. SQL_HOST, SQL_PORT, SQL_PLUGIN and SQL_PASSWORD are read by the tool itself.
set -eu

update() {
    temporal-sql-tool -u "$1" --db "$1" setup-schema -v 0.0
    temporal-sql-tool -u "$1" --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

update temporal temporal
update temporal_visibility visibility
