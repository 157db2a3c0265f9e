-- The file $1, if whoever looks with the eyes of $2 (platform; buyer or seller; empty: an outsider, who sees what both
-- sides may) may read it. $3 and $4: only orders of this buyer, of this seller; null: of all.
--
-- An entry that they may see must refer to it (as in reads/visible_timeline.sql), in an order of theirs; and whoever
-- wrote that entry must have brought the file: knowing a hash makes nobody its owner. What the platform or a program of
-- the marketplace has brought anybody may refer to.
WITH referring AS (
    SELECT
        timeline.order_id, timeline.entry, timeline.role, timeline.party_id, timeline.outcome, timeline.platform_only,
        true AS as_evidence
    FROM timeline
    WHERE timeline.evidence <> '[]' AND timeline.evidence @> jsonb_build_array(jsonb_build_object('sha256', $1::text))
    UNION ALL
    SELECT
        timeline.order_id, timeline.entry, timeline.role, timeline.party_id, timeline.outcome, timeline.platform_only,
        false AS as_evidence
    FROM timeline
    WHERE
        timeline.attachments <> '[]'
        AND timeline.attachments @> jsonb_build_array(jsonb_build_object('sha256', $1::text))
)
SELECT files.media_type, files.size
FROM files
WHERE
    files.sha256 = $1
    AND EXISTS (
        SELECT FROM referring
        INNER JOIN orders ON orders.order_id = referring.order_id
        WHERE
            ($3::text IS NULL OR orders.buyer_id = $3)
            AND ($4::text IS NULL OR orders.seller_id = $4)
            AND (
                $2::text = 'platform'
                OR (NOT referring.platform_only AND referring.role = $2)
                OR (
                    NOT referring.platform_only
                    AND referring.outcome <> 'refused'
                    -- What is attached to a message is for whom it was sent to.
                    AND (
                        referring.as_evidence
                        OR EXISTS (
                            SELECT FROM inbox
                            WHERE
                                inbox.order_id = referring.order_id AND inbox.entry = referring.entry
                                AND inbox.kind = 'message' AND inbox.role = $2
                        )
                    )
                )
            )
            AND EXISTS (
                SELECT FROM uploads
                WHERE
                    uploads.sha256 = $1
                    AND (
                        uploads.role NOT IN ('buyer', 'seller')
                        OR (uploads.role, uploads.party_id) = (referring.role, referring.party_id)
                    )
            )
    )
