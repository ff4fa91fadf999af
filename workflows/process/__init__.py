"""What any process needs: settings, connections, logs, traces, the health of Redis."""
