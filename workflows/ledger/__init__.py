"""The ledger: one Lua script as the only writer of jobs and clusters, and its Python side."""
