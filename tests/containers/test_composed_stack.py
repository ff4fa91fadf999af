"""How the running stack is closed off, kept, and watched."""

import httpx
import pytest
from composed import poll, run

pytestmark = pytest.mark.containers

OURS = ["api", "worker", "deliveries"]
HOSTS = ["lab-1", "lab-2", "lab-3", "lab-4"]
CONNECT = "python -c \"import socket; socket.create_connection(('{}', {}), 3)\" 2>&1 | tail -1"


@pytest.mark.parametrize("service", ["redis", *OURS, *HOSTS])
def test_every_service_is_healthy(stack, service):
    assert stack.health(service) == "healthy"


def test_the_stack_says_that_it_can_carry_out_changes(stack):
    answer = httpx.get(f"http://127.0.0.1:{stack.port}/readyz", timeout=10, trust_env=False)

    checks = {name: check["status"] for name, check in answer.json()["checks"].items()}
    assert set(checks) >= {"redis", "append_only_file", "celery_workers", "jobs_set_aside"}
    assert set(checks.values()) == {"pass"}


def test_redis_keeps_every_write_and_evicts_nothing(stack):
    stdout = stack.inside(
        "redis",
        "for k in appendonly appendfsync maxmemory-policy; do "
        "redis-cli config get $k | tail -1; done",
    )

    assert stdout.split() == ["yes", "everysec", "noeviction"]
    assert "appendonlydir" in stack.inside("redis", "ls /data")


@pytest.mark.parametrize("service", ["redis", *OURS])
def test_a_service_is_no_root_and_can_write_nowhere_but_its_volumes(stack, service):
    facts = stack.facts(service)["HostConfig"]

    assert stack.inside(service, "id -u") != "0"
    assert facts["ReadonlyRootfs"] is True
    assert facts["CapDrop"] == ["ALL"]
    assert not facts["CapAdd"]
    assert facts["SecurityOpt"] == ["no-new-privileges:true"]
    assert stack.inside(service, "echo x 2>/dev/null >/etc/x || echo refused") == "refused"
    assert stack.inside(service, "grep CapEff /proc/1/status").split()[1] == "0" * 16


@pytest.mark.parametrize("service", ["redis", *OURS, *HOSTS])
def test_a_service_has_limits_and_comes_back_after_a_failure(stack, service):
    facts = stack.facts(service)["HostConfig"]

    assert facts["Memory"] > 0
    assert facts["NanoCpus"] > 0
    assert facts["PidsLimit"] > 0
    assert facts["RestartPolicy"]["Name"] == (
        "on-failure" if service in HOSTS else "unless-stopped"
    )


def test_only_the_api_is_published_and_only_on_loopback(stack):
    published = {
        service: stack.facts(service)["HostConfig"]["PortBindings"] or {}
        for service in ["redis", *OURS, *HOSTS]
    }

    api = {"8460/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(stack.port)}]}
    assert published == {service: api if service == "api" else {} for service in published}


def test_the_api_sees_no_ssh_key_and_the_celery_worker_no_token(stack):
    where = "/var/lib/clusterwright"

    assert stack.inside("api", f"ls {where}/keys") == ""
    assert stack.inside("worker", f"ls {where}/keys") == "lab"
    assert stack.inside("worker", f"ls {where}/token 2>/dev/null") == ""
    assert stack.inside("api", f"stat -c %a {where}/token") == "600"
    assert stack.inside("worker", f"stat -c '%a %u' {where}/keys/lab") == "600 10001"


def test_a_host_reaches_neither_redis_nor_the_api(stack):
    script = "for name in redis api; do getent hosts $name && echo found; done; true"

    assert stack.inside("lab-1", script) == ""
    # Nor by address: the networks are separate.
    networks = stack.facts("redis")["NetworkSettings"]["Networks"]
    address = next(iter(networks.values()))["IPAddress"]
    reach = CONNECT.format(address, 6379).replace("python ", "python3 ")
    assert "Error" in stack.inside("lab-1", reach)


def test_the_api_reaches_no_host_and_the_celery_worker_does(stack):
    address = "10.79.109.11"

    assert stack.inside("worker", CONNECT.format(address, 22)) == ""
    assert "Error" in stack.inside("api", CONNECT.format(address, 22))


def test_hosts_have_keys_of_their_own_and_the_inventory_row_tells_them(stack):
    shown = {name: stack.inside(name, "cut -d' ' -f2 /etc/ssh/*_ed25519_key.pub") for name in HOSTS}
    inventory = stack.inside("lab-1", "cat /lab/world/inventory/*.json")

    assert len(set(shown.values())) == len(HOSTS)
    assert all(key in inventory for key in shown.values())


def test_a_host_that_reboots_comes_back_with_its_files_and_its_key(stack):
    key = stack.inside("lab-4", "cat /etc/ssh/*.pub")
    stack.inside("lab-4", "touch /root/kept; reboot")

    poll(lambda: stack.facts("lab-4")["RestartCount"] == 1, seconds=30, what="the reboot")
    poll(lambda: stack.health("lab-4") == "healthy", seconds=60, what="the host to be back")
    assert stack.inside("lab-4", "ls /root/kept") == "/root/kept"
    assert stack.inside("lab-4", "cat /etc/ssh/*.pub") == key


def test_a_killed_celery_worker_is_started_again_by_the_engine(stack):
    pid = stack.facts("worker")["State"]["Pid"]

    stack.host_process(pid, 'kill -KILL "$1"')

    poll(lambda: stack.facts("worker")["RestartCount"] == 1, seconds=30, what="the restart")
    poll(lambda: stack.health("worker") == "healthy", seconds=60, what="the Celery worker")


def test_the_token_survives_a_new_api_container_and_a_new_redis_container(stack):
    before = stack.client.get("/v1/hosts").status_code
    stack.compose("up", "--detach", "--wait", "--force-recreate", "redis", "api", seconds=120)

    after = stack.client.get("/v1/hosts").status_code

    assert (before, after) == (200, 200)


def test_stopping_takes_no_longer_than_a_step_needs_to_be_given_back(stack):
    done = run(["docker", "stop", stack.container("worker")], seconds=25)
    exit_code = stack.facts("worker")["State"]["ExitCode"]
    stack.compose("up", "--detach", "--wait", "worker", seconds=90)

    assert done.returncode == 0
    assert exit_code == 0, "the Celery worker had to be killed"
