"""Tells by its ``apiVersion`` which tool a file is of, and reads it."""

from cli.cluster_imports import k0sctl, kubeone
from cli.cluster_imports.imported import ImportedCluster
from cli.cluster_imports.parts import Told
from cli.file_refused import FileRefused

READERS = {k0sctl.API_VERSION: k0sctl.read, **dict.fromkeys(kubeone.API_VERSIONS, kubeone.read)}


class BadClusterFile(FileRefused):
    """Another tool's file cannot be used, or not as it is."""

    title = "The file cannot be used"

    def __init__(self, told: Told) -> None:
        super().__init__(f"cannot convert {told.file}", told.faults, "nothing was written")


def read(
    text: str, file: str, *, name: str = "", channel: str = ""
) -> tuple[ImportedCluster, list[str]]:
    """Return the cluster of a file, and what of the file is not carried over.

    ``name`` and ``channel`` go before what the file says. Raises ``BadClusterFile`` with
    everything that is wrong, each at its line.
    """
    told = Told(file)
    whole = told.whole(text)
    version = whole.text("apiVersion")
    reader = READERS.get(version)
    if reader is None:
        told.faults = told.faults or [
            f"{file}:{whole.at('apiVersion')}: cannot use apiVersion {version[:80]!r}: a file of "
            f"k0sctl ({k0sctl.API_VERSION}) or of KubeOne ({' or '.join(kubeone.API_VERSIONS)}) is "
            "wanted"
        ]
        raise BadClusterFile(told)
    cluster = reader(whole, name=name, channel=channel)
    told.note_left()
    if told.faults:
        raise BadClusterFile(told)
    return cluster, told.notes
