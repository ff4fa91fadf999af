"""How a host is changed: one module for each step; knows nothing of changes, Celery or HTTP."""
