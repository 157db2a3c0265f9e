-- Whether this transaction is the one that numbers; the lock is $1. A process whose machine is gone leaves it after $2.
SELECT
    pg_try_advisory_xact_lock($1) AS locked,
    set_config('idle_in_transaction_session_timeout', $2, true)
