"""Whether the snap store has a channel of MicroK8s. Pure."""

from collections.abc import Iterator, Mapping

from cluster.findings import Finding
from deploy_scripts.checks.verdicts import MOST_NAMED, listed, refuse


def judge_channel(name: str, channels: Mapping[str, bool], channel: str) -> Iterator[Finding]:
    """Refuse what the store surely does not have, as host ``name`` was told.

    ``channels`` are open or not; without its answer nothing is known.
    """
    track = channel.split("/")[0]
    tracks = dict.fromkeys(known.split("/")[0] for known in channels)
    if not channel or not tracks or channels.get(channel, track in tracks):
        return
    if track in tracks:
        is_open = [known for known, open_ in channels.items() if open_]
        has = [known for known in is_open if known.startswith(f"{track}/")]
        message = f"channel {channel} of MicroK8s is closed in the store"
    else:
        has = [f"{known}/stable" for known in list(tracks)[:6]]
        message = f"the store has no channel {channel} of MicroK8s"
    yield refuse(
        name,
        "channel-not-in-store",
        f"{message}, as {name} was told",
        f"ask for another: {listed(has)}" if has else "see snap info microk8s",
        acceptable=True,
        field="/params/channel",
        measured=has[:MOST_NAMED],
        needed=channel,
    )
