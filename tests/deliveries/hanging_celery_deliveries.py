"""The Celery application whose first delivery of all never comes back, for a short patience.

``celery -A hanging_celery_deliveries worker -P threads``. FIRST names a file that says
that there was one.
"""

import os
import time
from dataclasses import replace
from pathlib import Path

from workflows import tasks
from workflows.deliveries.attempts import Attempts
from workflows.notifiers.known import NOTIFIERS
from workflows.queue import app

__all__ = ["app"]

FIRST = Path(os.environ["FIRST"])
WEBHOOK = NOTIFIERS["webhook"]


def tell(target, news, kept, post):
    if not FIRST.exists():
        FIRST.touch()
        while True:
            time.sleep(60)
    return WEBHOOK.tell(target, news, kept, post)


NOTIFIERS["webhook"] = replace(WEBHOOK, tell=tell)
tasks._attempts = Attempts(longest=1.0)
