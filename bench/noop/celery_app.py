"""The product's own Celery application, with the step ``do_nothing`` among its steps."""

from workflows.queue import app

__all__ = ["app"]
