-- Keeps how the word $3 about $2, the fact $5 which says $6, is allotted over the payment $1, once; answers with how it is.
INSERT INTO allotments (payment_id, subject, word, parts, name, fact)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (payment_id, word) DO UPDATE SET parts = allotments.parts
RETURNING parts
