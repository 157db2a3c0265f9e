-- One page of the refunds in the book of the provider $1 from $2 to $3 that no order here has asked for, by reference after
-- $4 (null: from the first), at most $5 rows. One with a key of ours is another engine's, unless its order knows the key.
SELECT book.reference AS place, book.reference, book.key, book.payment_id, book.order_id, book.is_ours
FROM provider_book AS book
WHERE
    book.provider = $1 AND book.kind = 'refund' AND book.created_at >= $2 AND book.created_at < $3
    AND ($4::text IS NULL OR book.reference COLLATE "C" > $4)
    AND NOT EXISTS (SELECT FROM payment_calls AS calls WHERE calls.kind = 'refund' AND calls.key = book.key)
    AND NOT EXISTS (
        SELECT FROM order_attempts
        WHERE book.is_ours AND order_attempts.order_id = book.order_id AND order_attempts.key = book.key
    )
ORDER BY book.reference COLLATE "C"
LIMIT $5
