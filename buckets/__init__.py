"""Where copies of backups go beside the data directory: a bucket of an S3-compatible server."""
