"""What ``clusterwright doctor`` looks at: the stack, files, bucket, this machine, the lab."""

from collections.abc import Iterator

from cli.doctor import bucket, files, lab_host, machine, stack
from cli.doctor.check import Check, Patient, Verdict

__all__ = ["Check", "Patient", "Verdict", "examine"]

SECTIONS = (
    ("stack", stack.checks),
    ("files", files.checks),
    ("bucket", bucket.checks),
    ("machine", machine.checks),
    ("lab", lab_host.checks),
)


def examine(patient: Patient) -> Iterator[tuple[str, Check]]:
    """Yield every check with its section, as soon as it is made; nothing is changed."""
    for section, checks in SECTIONS:
        for check in checks(patient):
            yield section, check
