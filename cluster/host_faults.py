"""What is wrong with a host that a request describes, beside what a schema can say."""

from cluster.actions import Advised, AdvisedError


class HostFault(AdvisedError):
    """A host cannot be stored as it is; ``field`` is the pointer of what would have to change."""

    def __init__(self, message: str, field: str, actions: tuple[Advised, ...] = ()) -> None:
        super().__init__(message, *actions)
        self.field = field
