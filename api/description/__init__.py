"""The API described: schemas, OpenAPI and its pages."""
