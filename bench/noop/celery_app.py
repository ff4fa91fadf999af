"""The product's own Celery application, with the step ``do_nothing`` among its steps."""

from pathlib import Path

import deploy_scripts
from workflows.queue import app

__all__ = ["app"]

deploy_scripts.__path__.append(str(Path(__file__).parent / "steps"))
