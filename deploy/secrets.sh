#!/bin/sh
# Makes the secrets that docker-compose.yml asks for, in a file `.env` beside it, readable by its owner only. One that is
# there stays as it is: whoever loses the passwords loses the data behind them.
set -eu
umask 077
cd "$(dirname "$0")/.."

if [ -e .env ]; then
    echo "There is a file .env already; remove it first, or add what is missing by hand (docs/deployment.md)." >&2
    exit 1
fi
{
    for name in POSTGRES_PASSWORD TEMPORAL_DB_PASSWORD ORDERS_DB_PASSWORD; do
        echo "$name=$(openssl rand -hex 24)"
    done
    for name in COUNTERMAND_WEBHOOK_SECRET COUNTERMAND_CARRIER_SECRET; do
        echo "$name=whsec_$(openssl rand -base64 24)"
    done
} >.env.new
mv .env.new .env
echo "Made .env."
