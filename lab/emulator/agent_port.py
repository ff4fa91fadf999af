"""The cluster agent's port, apart from the agent so that commands need not load TLS."""

PORT = 25000
