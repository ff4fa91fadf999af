"""The three ways in which preflight speaks of a host, or of no host in particular."""

from typing import Any

from deploy_scripts.findings import Finding, Severity


def refuse(host: str | None, code: str, message: str, advice: str, **more: Any) -> Finding:
    return Finding(code, Severity.REFUSE, message, advice, host=host, **more)


def warn(host: str | None, code: str, message: str, advice: str, **more: Any) -> Finding:
    return Finding(code, Severity.WARN, message, advice, host=host, **more)


def inform(host: str | None, code: str, message: str, advice: str, **more: Any) -> Finding:
    return Finding(code, Severity.INFO, message, advice, host=host, **more)
