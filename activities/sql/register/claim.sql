-- Claims $3 of the payment $1 for the order $2, before it hears of it: $4 is what the whole payment brings (null: just
-- that), $5 what of that is charged, $6 the currency, $7 the order from which a claim that does not stand is taken away.
-- A row comes back where it may not: why, and the orders that have it.
SELECT claimed.why, claimed.owners FROM claim_payment($1, $2, $3, $4, $5, $6, $7) AS claimed
