"""The addresses of receivers, as somebody gives them; pure but for Apprise's table of services."""

from urllib.parse import urlsplit

from workflows.notifiers import apprise_services
from workflows.notifiers.apprise_services import BadReceiver

LONGEST_URL = 2000


def host_of(notifier: str, url: str) -> str:
    """Return the host of a receiver's address, or the service that it is of, to be shown.

    Raises ``BadReceiver`` where it is none for this kind of receiver.
    """
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise BadReceiver(
            f"cannot use an address of {len(url)} signs: it has 1 to {LONGEST_URL} of printable "
            "ASCII, without spaces"
        )
    if notifier == apprise_services.NOTIFIER.name:
        return apprise_services.service_of(url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadReceiver(f"cannot read the address: {error}; correct it") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise BadReceiver(
            "cannot use the address: it begins with https:// or http://, and a host follows"
        )
    if parts.username or parts.password:
        raise BadReceiver(
            "cannot use an address with a user and a password: deliveries are signed; leave out "
            "what stands before the @"
        )
    return parts.hostname
