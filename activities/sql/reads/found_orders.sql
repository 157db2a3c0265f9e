-- The orders of the buyer $2 and the seller $3 (null: any) that the search $1 finds, at most $4 rows.
SELECT order_id FROM order_words
WHERE words @@ asked_words($1, $2, $3)
LIMIT $4
