"""A host's answer to the survey, read."""

from deploy_scripts.host_facts import Address, Clock, HostFacts
from deploy_scripts.host_survey import parse

UBUNTU = """\
@@sent
1000.5
@@sudo
yes
@@start
1003.0
@@python
/usr/bin/python3
@@hostname
cp-1
@@hostname-file
cp-1
@@machine-id
a1635674875d222a6b06d53beb3d7984
@@product-uuid
4C4C4544-0042-3510-8057-B4C04F4E3033
@@os
PRETTY_NAME="Ubuntu 24.04.1 LTS"
ID=ubuntu
VERSION_ID="24.04"
@@architecture
x86_64
@@cpus
4
@@memory
MemTotal:        8131760 kB
@@disk
Filesystem     1-blocks        Used   Available Capacity Mounted on
/dev/sda2  63089455104 13061087232 46790086656      22% /
@@rotational
0
0
@@addresses
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: ens3    inet 10.0.0.11/24 metric 100 brd 10.0.0.255 scope global dynamic ens3\\  valid_lft 300sec
3: tap0@if7    inet 192.168.4.2 peer 192.168.4.1/32 scope global tap0
@@routes
default via 10.0.0.1 dev ens3 proto dhcp src 10.0.0.11 metric 100
10.0.0.0/24 dev ens3 proto kernel scope link src 10.0.0.11 metric 100
@@speeds
ens3 1000
ens4 -1
@@snap
snap    2.63+24.04
snapd   2.63+24.04
series  16
@@microk8s
tracking=1.32/stable
notes=classic,held
lock=no-apiserver-proxy
lock=no-cert-reissue
members=3
@@members
- Address: 10.0.0.11:19001
  ID: 3297041220608546238
  Role: 0
- Address: 10.0.0.12:19001
  ID: 77
  Role: 0
- Address: 127.0.0.1:19001
@@endpoints
@@tcp
LISTEN 0 4096   127.0.0.1:10248 0.0.0.0:* users:(("kubelite",pid=12,fd=3))
LISTEN 0 4096           *:16443       *:* users:(("kubelite",pid=12,fd=9))
LISTEN 0 128         [::]:22       [::]:*
@@udp
UNCONN 0 0        0.0.0.0:4789 0.0.0.0:*
@@foreign
/var/lib/rancher/k3s
@@time
NTPSynchronized=no
@@proxy
HTTPS_PROXY="http://proxy:3128"
export no_proxy=10.0.0.0/8,localhost
PATH=/usr/bin
@@ufw
Status: active
@@resolve
cp-2 10.0.0.12
cp-3
@@end
1003.25
"""


def test_all_that_a_host_says_is_read() -> None:
    facts = parse(UBUNTU.splitlines(), received=1001.0)

    assert facts == HostFacts(
        sudo="yes",
        python="/usr/bin/python3",
        hostname="cp-1",
        hostname_file="cp-1",
        machine_id="a1635674875d222a6b06d53beb3d7984",
        product_uuid="4C4C4544-0042-3510-8057-B4C04F4E3033",
        os="ubuntu 24.04",
        architecture="x86_64",
        cpus=4,
        memory=8131760 * 1024,
        disk_size=63089455104,
        disk_available=46790086656,
        rotational=False,
        addresses=(
            Address("lo", "127.0.0.1", 8),
            Address("ens3", "10.0.0.11", 24, dynamic=True),
            Address("tap0", "192.168.4.2", 32),
        ),
        networks=("10.0.0.0/24",),
        default_route=True,
        speeds={"ens3": 1000},
        snapd="2.63+24.04",
        role="control-plane",
        channel="1.32/stable",
        peers=("10.0.0.11", "10.0.0.12"),
        listening={"16443/tcp": "kubelite", "22/tcp": "", "4789/udp": ""},
        foreign=("/var/lib/rancher/k3s",),
        synchronised=False,
        proxy="http://proxy:3128",
        no_proxy="10.0.0.0/8,localhost",
        ufw_active=True,
        resolves={"cp-2": "10.0.0.12", "cp-3": ""},
        clock=Clock(least=2.25, most=2.5),
    )


def test_a_host_that_says_nothing_is_unknown_in_every_respect() -> None:
    facts = parse(["@@sent", "1.0", "@@sudo", "missing"], received=2.0)

    assert facts == HostFacts(sudo="missing", role="unknown")


def test_what_sudo_answers_is_kept() -> None:
    facts = parse(["@@sudo", "sudo: a password is required"], received=0.0)

    assert facts.sudo == "sudo: a password is required"


def test_clocks_differ_by_what_their_bounds_prove_and_no_more() -> None:
    right, late = Clock(least=-0.1, most=0.2), Clock(least=2.0, most=2.3)

    assert (round(right.apart(late), 3), round(late.apart(right), 3)) == (1.8, 1.8)
    assert right.apart(Clock(least=0.1, most=9.0)) == 0.0
