"""Files that people upload: taken in, cleaned, kept by their hash, and shown to whom they concern."""
