"""MicroK8s as hosts answer it: facts, views, tokens, joining and leaving."""
