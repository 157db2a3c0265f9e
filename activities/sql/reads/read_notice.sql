-- Marks the notice $1 of the role $2 and party $3 as read, once, and says when it was; no row where there is none.
WITH told AS (
    UPDATE inbox SET read_at = CASE WHEN read_at >= recorded_at THEN read_at ELSE now() END
    WHERE notice_id = $1 AND role = $2 AND party_id = $3
    RETURNING read_at
),
stuck AS (
    UPDATE stuck_notices SET read_at = CASE WHEN read_at >= recorded_at THEN read_at ELSE now() END
    WHERE notice_id = $1 AND role = $2 AND party_id = $3
    RETURNING read_at
)
SELECT read_at FROM told UNION ALL SELECT read_at FROM stuck
