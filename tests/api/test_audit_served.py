"""The audit log of a real server: many requests at once, in several processes, are one chain."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import httpx
from api_requests import HOST_KEY
from served import served

from workflows.audit.log import AuditLog
from workflows.audit.verifying import verify


def test_many_requests_at_once_write_one_chain_and_one_file(redis, settings, token, port, tmp_path):
    url = f"http://127.0.0.1:{port}/v1"
    headers = {"Authorization": f"Bearer {token}"}

    def put(place):
        site, number = place
        body = {"address": f"10.{site}.0.{number}", "host_key": HOST_KEY}
        path = f"{url}/hosts/h{site}-{number}"
        return httpx.put(path, json=body, headers=headers, trust_env=False, timeout=60).status_code

    with (
        served(port, settings, tmp_path / "log", "--workers", "2"),
        ThreadPoolExecutor(20) as pool,
    ):
        statuses = list(pool.map(put, product(range(1, 5), range(1, 26))))
        verdict = httpx.get(f"{url}/audit/verify", headers=headers, trust_env=False).json()

    assert set(statuses) == {201}
    assert (verdict["whole"], verdict["behind"]) == (True, 0)
    assert verdict["redis"] == verdict["file"]
    log = AuditLog(redis, settings.data_dir)
    assert log.count() == 100
    assert verify(log.lines(), log.copy.lines()).is_whole
