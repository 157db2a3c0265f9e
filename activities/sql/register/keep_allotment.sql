-- Keeps how the word $3 about $2 is allotted over the payment $1, once; answers with how it is.
INSERT INTO allotments (payment_id, subject, word, parts)
VALUES ($1, $2, $3, $4)
ON CONFLICT (payment_id, word) DO UPDATE SET parts = allotments.parts
RETURNING parts
