"""A cluster as people see it: a picture of what is known, in words and drawn as text; pure."""
