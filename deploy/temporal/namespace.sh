#!/bin/sh
# Makes the namespace of TEMPORAL_NAMESPACE when there is none, and sets how long it keeps what has ended: RETENTION.
# Safe to repeat. Ends when the server knows the namespace: it looks for new ones every few seconds only, and whoever
# comes next needs it.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"

tries=60
until temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
        echo "Temporal does not get to know the namespace $TEMPORAL_NAMESPACE; look at its log." >&2
        exit 1
    fi
    sleep 1
done
