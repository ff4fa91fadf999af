"""Backups of a datastore as files: sealed, counted, kept on a shelf, and read again."""
