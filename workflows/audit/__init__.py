"""Who did what: records, each of which holds the hash of the one before it."""
