"""The task that does nothing, for celery-director; loaded by it alone."""

from director import task  # type: ignore[import-not-found]  # in an environment of its own


@task(name="NOTHING")  # type: ignore[untyped-decorator]  # director has no types
def nothing(*args: object, **kwargs: object) -> None:
    """Do nothing."""
