-- Evidence by reference stands in the timeline beside the attachments of messages.
ALTER TABLE timeline ADD COLUMN evidence jsonb NOT NULL DEFAULT '[]';
