-- The newest requests since $1: of the order $2, the caller $3, with the code $4, the status $5, of the id $6 (null: any),
-- before the one numbered $7 (null: from the newest), at most $8.
SELECT id, at, request_id, caller, acting_for, method, route, status, code, milliseconds, order_id
FROM requests
WHERE
    at > $1
    AND ($2::text IS NULL OR order_id = $2)
    AND ($3::text IS NULL OR caller = $3)
    AND ($4::text IS NULL OR code = $4)
    AND ($5::integer IS NULL OR status = $5)
    AND ($6::text IS NULL OR request_id = $6)
    AND ($7::bigint IS NULL OR id < $7)
ORDER BY id DESC
LIMIT $8
