-- Until the end of the transaction nobody else adds to, or tests, the subscriptions of role $1 and party $2.
SELECT pg_advisory_xact_lock(hashtextextended('subscriptions of ' || $1::text || ' ' || $2::text, 0))
