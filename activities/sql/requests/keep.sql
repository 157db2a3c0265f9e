-- Keeps requests, oldest first: each column of them is a list.
INSERT INTO requests (at, request_id, caller, acting_for, method, route, status, code, milliseconds, order_id)
SELECT *
FROM unnest(
    $1::timestamptz [], $2::text [], $3::text [], $4::text [], $5::text [], $6::text [], $7::integer [], $8::text [],
    $9::integer [], $10::text []
)
