-- A carrier's word names a parcel, and often no order: the tracking finds it. Compared are capitals without spaces, as
-- people read a number out; nothing else is taken for the same.
CREATE FUNCTION normal_tracking(tracking text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN upper(replace(tracking, ' ', '') COLLATE "C");

CREATE FUNCTION normal_trackings(trackings jsonb) RETURNS text [] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(SELECT normal_tracking(named.tracking) FROM jsonb_array_elements_text(trackings) AS named (tracking));

-- Every tracking that an order has ever named: of its parcels, those that were corrected, and those of returns. Written at
-- once (fastupdate), for a list of what is still to be sorted in would be read by every look.
CREATE INDEX orders_by_tracking ON orders USING gin (normal_trackings(state -> 'trackings')) WITH (fastupdate = off)
WHERE state -> 'trackings' <> '[]';
