"""What happens to a cluster, in which order, and what if it fails.

The core (states, quorum, cluster, names, plan, kinds) is pure: no I/O, no clock, no randomness.
The shell around it (ledger, inventory, submit, queue, engine, reconciler, tasks) talks to Redis
and Celery.
"""
