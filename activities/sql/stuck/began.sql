-- When the last look that ended began; null when none ever did.
SELECT began_at FROM looks
