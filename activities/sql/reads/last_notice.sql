-- The last notice that there is; 0 where nobody was told anything.
SELECT coalesce(max(notice_id), 0) FROM notices
