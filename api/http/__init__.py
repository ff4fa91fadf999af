"""HTTP as all routes share it: bodies, problems, preconditions, the server's worker."""
