"""Chat, mail and some 180 more services by the library Apprise and its addresses.

Apprise sends by itself: the hosts that an address names are judged before, each connection when it
is made, redirects are off, and whatever would act on this machine, or have a file of it read, is
refused.
"""

import functools
import logging
import os
import threading
import warnings
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from workflows.notifiers.guarded_connections import guarded
from workflows.notifiers.notifier import News, Notifier, Post, Target, Told
from workflows.notifiers.safe_post import AddressRefused, SafePost

if TYPE_CHECKING:
    import apprise

LOCAL = frozenset(
    {
        *("syslog", "rsyslog", "dbus", "qt", "kde", "glib", "gio", "gnome", "macosx", "windows"),
        *("blink1", "growl"),
    }
)
"""Services that are this machine, or its local network."""
OF_FILES = frozenset(
    {
        *("keyfile", "subfile", "pgpkey", "pgp", "template", "cert", "key", "config", "smime"),
        *("include", "attach", "attach-as", "sound", "verify", "proxy", "tls", "ca"),
    }
)
"""Parameters that name a file of this machine, have something fetched, or weaken TLS."""
HOSTS = ("host", "hostname", "server", "homeserver", "domain")
"""Fields in which a service keeps where it connects to."""
LOGS = ("apprise", "urllib3.connectionpool", "requests_oauthlib.oauth1_session")
"""What would tell whole addresses, at the level DEBUG at least."""
SECONDS = 5.0
"""For connecting, and for each read: Apprise has no time for the whole."""
TITLE = "Clusterwright"


class BadReceiver(ValueError):
    """A text that cannot be the address of a receiver."""


def tell(target: Target, news: News, kept: Mapping[str, str], post: Post) -> Told:
    """Send a line about an event; ``kept`` is not needed."""
    if not isinstance(post, SafePost):
        return Told(is_done=False, because="cannot judge where this would be sent", is_final=True)
    try:
        service = _service(target.url)
    except BadReceiver as error:
        return Told(is_done=False, because=str(error), is_final=True)
    try:
        for host in _hosts(service):
            post.judge(host, 443)
    except AddressRefused as error:
        return Told(is_done=False, because=str(error), is_final=True)
    except OSError as error:
        return Told(is_done=False, because=str(error))
    service.socket_connect_timeout = service.socket_read_timeout = SECONDS
    with _silence, guarded(post.listed) as guard:
        is_sent = service.notify(body=text_of(news), title=TITLE)
    if is_sent:
        return Told(is_done=True)
    if guard.refused:
        return Told(is_done=False, because=str(guard.refused), is_final=True)
    because = f"the service {service.service_name} did not take it; check the address and its token"
    return Told(is_done=False, because=because)


def text_of(news: News) -> str:
    """Return what has happened in a few words."""
    job = news.job
    lines = [
        f"{job.get('cluster', '')}: {news.type}, {job.get('kind', '')}, job {job.get('id', '')}"
    ]
    error = (job.get("error") or {}).get("message")
    lines += [str(error)[:500]] if error and job.get("finished_for_now") else []
    return "\n".join([*lines, *([news.page] if news.page else [])])


def service_of(url: str) -> str:
    """Return the name of the service that an address is of. Raises ``BadReceiver``."""
    service = _service(url)
    return ", ".join([str(service.service_name), *_hosts(service)])


def _service(url: str) -> "apprise.NotifyBase":
    scheme = url.partition(":")[0].lower()
    if scheme in LOCAL or not url.partition("://")[1]:
        raise BadReceiver(
            f"cannot use an address that begins with {scheme[:20]}: it is no service of "
            "the network; give an address such as mailtos://USER:PASSWORD@example.org"
        )
    named = {name.lower().lstrip("+-:") for name, _ in parse_qsl(urlsplit(url).query)} & OF_FILES
    if named:
        raise BadReceiver(
            f"cannot use an address with {', '.join(sorted(named))}: it would have files of the "
            "server read, or TLS be weaker; leave that out"
        )
    service = _parsed(url)
    if service is None:
        raise BadReceiver(
            "cannot use the address: Apprise knows no service that it fits; check it with "
            "apprise --dry-run"
        )
    return service


def _parsed(url: str) -> "apprise.NotifyBase | None":
    apprise = _library()
    settings: dict[str, Any] = {
        "http_redirects": False,
        "allow_templates": False,
        "async_mode": False,
        "storage_mode": apprise.PersistentStoreMode.MEMORY,
        "plugin_paths": [],
        "pgp_autogen": False,
        "pem_autogen": False,
    }
    with _silence:
        found = apprise.Apprise.instantiate(url, asset=apprise.AppriseAsset(**settings))
    return found if isinstance(found, apprise.NotifyBase) else None


@functools.cache
def _library() -> ModuleType:
    """Return Apprise with its services, whose loading takes half a second that few need."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one of them asks for a module that Python retires
        import apprise
        from apprise.manager_plugins import NotificationManager

        NotificationManager().load_modules()
    return apprise


def _hosts(service: "apprise.NotifyBase") -> list[str]:
    """Return the hosts that an address names itself; most services have theirs for good."""
    templates: tuple[Any, ...] = service.templates
    if not any("{host}" in str(each) for each in templates):
        return []
    if mail := getattr(service, "smtp_host", None):
        return [str(mail)]  # the other host is that of the mail's address
    found = (getattr(service, name, None) for name in HOSTS)
    return list(dict.fromkeys(text for text in found if isinstance(text, str) and text))


class _Silence:
    """Keeps logs from telling addresses, which carry secrets, and proxies from being used.

    Both are the whole process': the first thread that wants it silences them, the last one leaves
    them as they were.
    """

    def __init__(self) -> None:
        self._turn, self._inside = threading.Lock(), 0
        self._logs: dict[str, bool] = {}
        self._proxies: dict[str, str] = {}

    def __enter__(self) -> None:
        with self._turn:
            self._inside += 1
            if self._inside > 1:
                return
            self._logs = {name: logging.getLogger(name).disabled for name in LOGS}
            for name in LOGS:
                logging.getLogger(name).disabled = True
            names = [name for name in os.environ if name.lower().endswith("_proxy")]
            self._proxies = {name: os.environ.pop(name) for name in names}

    def __exit__(self, *_: object) -> None:
        with self._turn:
            self._inside -= 1
            if self._inside:
                return
            for name, was in self._logs.items():
                logging.getLogger(name).disabled = was
            os.environ.update(self._proxies)


_silence = _Silence()


NOTIFIER = Notifier(name="apprise", title="a service by its Apprise address", tell=tell)
