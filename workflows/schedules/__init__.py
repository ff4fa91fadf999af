"""Changes that are asked for at set times."""
