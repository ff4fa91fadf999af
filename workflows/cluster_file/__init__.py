"""A cluster as a file: how it is written, how it is read, and how it differs from what there is."""
