"""SSH connections to hosts: pinned keys, jump hosts, keepalives."""
