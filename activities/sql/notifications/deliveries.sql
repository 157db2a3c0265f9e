-- The messages of the subscription $1 that came before the one with the number $2 (null: from the newest on), at most $3.
WITH page AS MATERIALIZED (
    SELECT * FROM deliveries
    WHERE subscription_id = $1 AND ($2::bigint IS NULL OR notice_id < $2)
    ORDER BY notice_id DESC
    LIMIT $3
)
SELECT
    page.notice_id AS seq, page.message_id AS id, coalesce(notices.order_id, '') AS order_id,
    coalesce(notices.kind, '') AS kind, page.state AS status, page.tries AS attempts, page.last_error AS answer,
    page.created_at, page.first_tried_at, CASE WHEN page.state = 'waiting' THEN page.next_try_at END AS next_try_at,
    CASE WHEN page.state = 'sent' THEN page.sent_at END AS sent_at
FROM page
-- Also what is taken back in this moment counts, or the page would look like the last one.
LEFT JOIN notices ON notices.notice_id = page.notice_id
ORDER BY page.notice_id DESC
