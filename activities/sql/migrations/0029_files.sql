-- Files that people uploaded: what each is, and who brought it. The files themselves lie in a folder or a bucket, by hash.

CREATE TABLE files (
    sha256 text COLLATE "C" PRIMARY KEY,
    media_type text NOT NULL,
    size bigint NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now()
);

-- The same file may be brought by several. Whoever only knows a hash has not brought it, and may not hand it on.
CREATE TABLE uploads (
    sha256 text COLLATE "C" NOT NULL REFERENCES files (sha256),
    -- Empty for a program that acts for nobody.
    role text NOT NULL,
    party_id text NOT NULL,
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sha256, role, party_id)
);

-- How many somebody has uploaded today.
CREATE INDEX uploads_by_party ON uploads (role, party_id, uploaded_at DESC);

-- Which entries refer to a file. Most refer to none, and cost these indexes nothing.
CREATE INDEX timeline_by_evidence ON timeline USING gin (evidence jsonb_path_ops) WHERE evidence <> '[]';
CREATE INDEX timeline_by_attachment ON timeline USING gin (attachments jsonb_path_ops) WHERE attachments <> '[]';
