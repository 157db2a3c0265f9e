-- A search finds orders by words that both sides see: of an order its id, what was bought, its payments, its parcels. Words
-- are compared without regard to capitals, in whole or by how they begin; a word with signs in it also by its parts.

-- Every letter small. Said one by one what is beyond ASCII: what `lower` knows depends on the locale of the database.
CREATE FUNCTION small_letters(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(
    lower(given COLLATE "C"),
    'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞŒŠŽ',
    'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþœšž'
);

-- The words between spaces, each without the signs around it. `starter/client/search.py` knows the same signs.
CREATE FUNCTION whole_words(given text) RETURNS text [] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(
    SELECT word.trimmed
    FROM string_to_table(small_letters(given), ' ') AS between (text)
    CROSS JOIN LATERAL (SELECT btrim(between.text, '.,;:!?"''`()[]{}<>/\|&+*#@%=^$~_-') AS trimmed) AS word
    WHERE word.trimmed <> ''
);

-- Those, and the parts between the signs in them.
CREATE FUNCTION words_to_find(given text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(
    whole_words(given) || whole_words(translate(given, '.,;:!?"''`()[]{}<>/\|&+*#@%=^$~_-', repeat(' ', 32)))
);

-- What stays as an order started; last whose it is, which nothing that is searched for can be: no word begins with a space.
CREATE FUNCTION words_of_start(order_id text, buyer_id text, seller_id text, state jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN words_to_find(concat_ws(' ', order_id, (
    SELECT string_agg(concat_ws(' ', line.sku, line.title), ' ')
    FROM jsonb_to_recordset(state -> 'lines') AS line (sku text, title text)
))) || array_to_tsvector(ARRAY[' buyer ' || buyer_id, ' seller ' || seller_id]);

-- What comes to it: payments and trackings.
CREATE FUNCTION words_since_start(state jsonb) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN words_to_find(concat_ws(
    ' ',
    (
        SELECT string_agg(payment.payment_id, ' ')
        FROM jsonb_to_recordset(state -> 'payments') AS payment (payment_id text)
    ),
    array_to_string(normal_trackings(state -> 'trackings'), ' ')
));

CREATE FUNCTION quoted_word(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '''' || replace(replace(word, '\', '\\'), '''', '''''') || '''';

-- What a search asks for: each of its words, or all of them as one, as a tracking is read out in groups; of this buyer and
-- this seller (null: any). A word begins like that, and one of fewer than three letters is that. Null where there is none.
CREATE FUNCTION asked_words(given text, buyer_id text, seller_id text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT
        '(' || string_agg(quoted_word(asked.word) || CASE WHEN length(asked.word) < 3 THEN '' ELSE ':*' END, ' & ')
        || CASE
            WHEN count(*) > 1 AND length(string_agg(asked.word, '')) >= 3
                THEN ' | ' || quoted_word(string_agg(asked.word, '')) || ':*'
            ELSE ''
        END
        || ')' || coalesce(' & ' || quoted_word(' buyer ' || buyer_id), '')
        || coalesce(' & ' || quoted_word(' seller ' || seller_id), '')
    FROM unnest(whole_words(given)) AS asked (word)
)::tsquery;

-- Beside the orders and not among their columns: an order is recorded some dozens of times, and its words change twice.
CREATE TABLE order_words (
    -- Not unique: what there was before is written (0037_search_of_before.sql) while orders are recorded, and neither waits.
    order_id text COLLATE "C" NOT NULL,
    words tsvector NOT NULL
);

CREATE INDEX order_words_of_order ON order_words (order_id);
-- Written at once, for a list of what is still to be sorted in would be read by every search.
CREATE INDEX order_words_found ON order_words USING gin (words) WITH (fastupdate = off);

-- By trigger, for workers of the version before record too. Words are only ever added.
CREATE FUNCTION keep_order_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    added tsvector := words_since_start(new.state);
BEGIN
    IF tg_op = 'UPDATE' THEN
        UPDATE order_words SET words = order_words.words || added WHERE order_words.order_id = new.order_id;
    END IF;
    IF tg_op = 'INSERT' OR NOT found THEN
        INSERT INTO order_words (order_id, words)
        VALUES (new.order_id, words_of_start(new.order_id, new.buyer_id, new.seller_id, new.state) || added);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER order_searched AFTER INSERT ON orders
FOR EACH ROW EXECUTE FUNCTION keep_order_words();
-- Of dozens of records of an order two or three bring a payment or a tracking.
CREATE TRIGGER order_searched_anew AFTER UPDATE OF state ON orders
FOR EACH ROW WHEN (
    old.state -> 'trackings' IS DISTINCT FROM new.state -> 'trackings'
    OR jsonb_path_query_array(old.state, '$.payments[*].payment_id')
    IS DISTINCT FROM jsonb_path_query_array(new.state, '$.payments[*].payment_id')
)
EXECUTE FUNCTION keep_order_words();
