"""The place for files that a setting names: a folder, or `s3://bucket/prefix`."""

from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from activities.files.bucket import BucketStore
from activities.files.folder import FolderStore
from activities.files.stores import FileStore

SCHEME: Final = "s3://"
OPTIONS: Final = ("endpoint", "region")
"""What may follow the bucket: `?endpoint=https://minio.example:9000&region=eu-central-1`."""


def open_store(place: str) -> FileStore:
    """The place; before the first file nothing is written and nobody called. Raises `ValueError`: what is right."""
    if not place.lower().startswith(SCHEME):
        if "://" in place:
            raise ValueError("must be a folder, or a bucket such as s3://evidence/files")
        return FolderStore(Path(place))
    parts = urlsplit(place)
    # Not parts.hostname, which would be in small letters: a server of one's own may take others.
    bucket, options = parts.netloc, dict(parse_qsl(parts.query, keep_blank_values=True))
    if "@" in bucket:
        raise ValueError("must not hold credentials: those are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if not bucket or parts.fragment:
        raise ValueError("must name a bucket, such as s3://evidence/files")
    if unknown := sorted(set(options) - set(OPTIONS)):
        raise ValueError(f"takes {' and '.join(OPTIONS)} after the question mark, and not {unknown[0]}")
    endpoint = options.get("endpoint")
    if endpoint is not None and (urlsplit(endpoint).scheme not in ("http", "https") or not urlsplit(endpoint).hostname):
        raise ValueError("must have an endpoint such as https://minio.example:9000")
    return BucketStore(bucket, parts.path.strip("/"), endpoint, options.get("region"))
