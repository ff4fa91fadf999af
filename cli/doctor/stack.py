"""The running stack: API, token, Redis and its append-only file, Celery workers, sites."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from cli.api_token import read_token
from cli.doctor.check import Check, Patient, Verdict, failed, passed, warned
from cli.errors import NoToken
from cli.places import keys_dir
from clusterwright import sendable
from clusterwright.failures import Unsendable
from lab.program import program
from ssh_keys.key_sites import SUFFIX, UnusableBinding, sites_of

SECONDS = 5.0
TITLE = "Clusterwright"
MENDS = {
    "redis": "start Redis, or correct REDIS_URL for API and Celery worker",
    "append_only_file": "set appendonly yes, or let clusterwright up start a Redis of its own",
    "eviction": "redis-cli CONFIG SET maxmemory-policy noeviction; and in its configuration file",
    "memory": "raise maxmemory; redis-cli INFO memory tells what is used",
    "redis_contents": "bring a backup of Redis back, or: hosts import FILE; see docs/runbook.md",
    "role": "name the primary in REDIS_URL for API and Celery worker",
    "jobs_set_aside": "see docs/runbook.md, set aside: what was it, and is its job still wanted?",
    "celery_workers": f"start one: {program()} up, or celery -A workflows.queue worker",
    "deliveries": "celery -A workflows.queue worker -P threads -c 2 -Q cw-deliveries",
}
"""By the name of the API's own check."""


def checks(patient: Patient) -> Iterator[Check]:
    """Ask the API about itself; with a valid token, about its hosts as well."""
    try:
        with httpx.Client(base_url=patient.url, timeout=SECONDS, trust_env=False) as client:
            yield _version(client.get("/openapi.json"), patient.url)
            readiness = client.get("/readyz")
            yield from _readiness(readiness)
            token = _token(patient)
            if token is None:
                yield failed(
                    "token",
                    "there is none, or it is not one line of plain text",
                    "set CLUSTERWRIGHT_TOKEN, or name its file with --token-file",
                )
                return
            headers = {"Authorization": f"Bearer {token}"}
            answer = client.get("/v1/hosts", headers=headers)
            yield _accepted(answer)
            if answer.is_success:
                rows = _json(answer)["hosts"]
                yield from _keys(rows, patient)
                yield from _sites(rows, _json(readiness).get("sites"))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield failed(
            "API",
            f"nobody answers at {patient.url}: {error or type(error).__name__}",
            f"start the stack: {program()} up; or name another API with --url",
        )


def _version(answer: httpx.Response, url: str) -> Check:
    info = _json(answer).get("info") or {}
    if info.get("title") != TITLE:
        return failed(
            "API",
            f"what answers at {url} is not Clusterwright (HTTP status {answer.status_code})",
            "name the API with --url or CLUSTERWRIGHT_URL",
        )
    return passed("API", f"answers at {url}, API {info.get('version')}")


def _readiness(answer: httpx.Response) -> Iterator[Check]:
    """Hand on what the API found out itself, whether it calls itself ready or not."""
    for name, row in (_json(answer).get("checks") or {}).items():
        verdict = Verdict(row["status"])
        mend = "" if verdict is Verdict.PASS else MENDS.get(name, "see docs/runbook.md")
        yield Check(name.replace("_", " "), verdict, row["detail"], mend)


def _token(patient: Patient) -> str | None:
    try:
        return sendable.token(patient.token) or read_token(patient.token_file)
    except (NoToken, Unsendable):
        return None


def _accepted(answer: httpx.Response) -> Check:
    if answer.is_success:
        return passed("token", "the API takes it")
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return failed(
            "token",
            "the API does not know it",
            "use the token in the data directory that the API was started with",
        )
    detail = _json(answer).get("detail") or f"HTTP status {answer.status_code}"
    return failed("token", f"the API could not check it: {detail}", "mend what is told above")


def _keys(rows: Sequence[Mapping[str, Any]], patient: Patient) -> Iterator[Check]:
    """Look for the keys that hosts name."""
    if patient.is_local:
        keys = {row["ssh_key"] for row in rows}
        for key in sorted(key for key in keys if not (keys_dir(patient.data_dir) / key).exists()):
            named = [row["name"] for row in rows if row["ssh_key"] == key]
            yield failed(
                f"key {key}",
                f"{', '.join(named[:4])}{' and more' if len(named) > 4 else ''}: named as SSH key, "
                f"and not in {keys_dir(patient.data_dir)}",
                f"install -m 600 ~/.ssh/id_ed25519 {keys_dir(patient.data_dir) / key}",
            )
        yield from _bindings(rows, keys_dir(patient.data_dir))


def _sites(rows: Sequence[Mapping[str, Any]], served: Sequence[str] | None) -> Iterator[Check]:
    """Look for the sites of hosts that no Celery worker serves; ``None`` where nobody can tell."""
    if served is None:
        return
    for site in sorted({row["site"] for row in rows}):
        count = sum(row["site"] == site for row in rows)
        hosts = f"{count} host{'' if count == 1 else 's'}"
        if site in served:
            yield passed(f"site {site}", f"{hosts}, and a Celery worker serves it")
        else:
            yield warned(
                f"site {site}",
                f"{hosts}, and no Celery worker serves it: changes of them would wait",
                f"there, run celery -A workflows.queue worker -P prefork -Q site.{site}",
            )


def _bindings(rows: Sequence[Mapping[str, Any]], folder: Path) -> Iterator[Check]:
    """Name the hosts whose key is bound to other sites than theirs."""
    for row in rows:
        key, site = folder / row["ssh_key"], row["site"]
        try:
            sites = sites_of(key)
        except UnusableBinding:  # told with the files
            continue
        if sites is not None and site not in sites:
            binding = shlex.quote(f"{key}{SUFFIX}")
            yield failed(
                f"host {row['name']}",
                f"it stands at site {site}, and its key {key.name} is bound to "
                f"{', '.join(sorted(sites)) or 'no site'}",
                f"name another key, or bind it to this site too: echo {site} >> {binding}",
            )


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
