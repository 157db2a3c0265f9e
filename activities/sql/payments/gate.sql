-- Whether the order $1 is of the run that was opened as $2, and has entry $3 recorded. No row: the order is not recorded.
SELECT opened_by = $2 AS ours, entry >= $3 AS recorded FROM orders WHERE order_id = $1
