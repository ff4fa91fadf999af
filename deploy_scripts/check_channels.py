"""See that the store has every channel that an upgrade passes; changes nothing."""

from collections.abc import Collection, Sequence

from deploy_scripts.checks.channel_rules import judge_channel
from deploy_scripts.fleet.errors import HostFailure, Permanent
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.store_channels import StoreChannels
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = True


def apply(
    fleet: Fleet,
    *,
    before: Before,
    host: str,
    channels: Sequence[str],
    accept: Collection[str] = (),
) -> Result:
    """Ask the store through ``host``; raise ``Permanent`` with the first channel that it lacks.

    A store that does not answer refuses nothing: the refresh itself tells then.
    """
    del before  # nothing is changed
    told = fleet.facts(StoreChannels, on=[host])[host]
    lacking = [row for channel in channels for row in judge_channel(host, told, channel)]
    if lacking and lacking[0].code not in accept:
        first = lacking[0]
        raise Permanent(
            f"cannot upgrade by way of {', '.join(channels[:-1]) or channels[-1]}"
            f"{f' to {channels[-1]}' if channels[1:] else ''}: {first.message}",
            failures=[HostFailure(host, first.message, advice=first.advice, code=first.code)],
            advice=f"{first.advice}; or override with accept: {first.code}; nothing was changed",
            findings=tuple(lacking[:1]),
        )
    fleet.mark_done(host, f"told {len(told)} channels" if told else "the store did not answer")
    return Result({"findings": [row.as_dict() for row in lacking[:1]]})
