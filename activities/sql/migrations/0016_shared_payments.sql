-- The few payments that are not wholly one order's: by these reconciliation finds what does not add up.
CREATE INDEX payment_shares_in_parts ON payment_shares (payment_id) WHERE claimed <> whole OR question <> 'none';
