-- How many files the party $1, $2 has brought within $3, counted no further than $4.
SELECT count(*)
FROM (
    SELECT FROM uploads
    WHERE uploads.role = $1 AND uploads.party_id = $2 AND uploads.uploaded_at > now() - $3::interval
    LIMIT $4
) AS counted
