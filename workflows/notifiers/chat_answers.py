"""What an HTTP answer of a chat means that is not a good one: later, or never; pure."""

from collections.abc import Mapping

from workflows.notifiers.notifier import Answer, Told
from workflows.notifiers.ticket_answers import LATER, is_limited, wait_of

HELP = "clusterwright subscriptions --help tells how"
ADVICE: Mapping[int, str] = {
    401: f"its token is not good there; enter another, {HELP}",
    403: "its bot may not write there; invite it to the channel, and give it the right to post",
    404: f"the channel, or the address, is not there; enter what is, {HELP}",
    410: "the address is good no more; make another at the chat, and enter it anew",
    413: "what was sent is too large for it; report this as a defect",
}
OTHERWISE = f"compare the settings of this subscription with the chat's own, {HELP}"


def refusal(what: str, answer: Answer, said: str = "") -> Told:
    """Return what an answer means; ``what`` it was that could not be done.

    ``said`` is a word or number of the chat's own, never a text that may quote a secret.
    """
    told = f"it answers {answer.status}" + (f" ({said})" if said else "")
    if is_limited(answer):
        because = f"cannot {what}: {told}: too much at once; tried again when it says"
        return Told(False, because, wait_of(answer))
    if answer.status in LATER or answer.status >= 500:
        return Told(False, f"cannot {what}: {told}; tried again later")
    advice = ADVICE.get(answer.status, OTHERWISE)
    return Told(False, f"cannot {what}: {told}; {advice}", is_final=True)
