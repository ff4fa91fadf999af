"""What hosts that do as they are told answer to each question."""

import base64
import json

UBUNTU = """\
@@sent
1000.5
@@sudo
yes
@@start
1003.0
@@python
/usr/bin/python3
@@root-sudo
yes
@@system
cp-1 x86_64
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
@@cpus
4
@@memory
MemTotal:        8131760 kB
@@disk
Filesystem       1B-blocks       Avail  Inodes   IFree
/dev/sda2      63089455104 46790086656 3932160 3500000
@@rotational
0
0
@@network
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: ens3    inet 10.0.0.11/24 metric 100 brd 10.0.0.255 scope global dynamic ens3\\  valid_lft 300sec
3: tap0@if7    inet 192.168.4.2 peer 192.168.4.1/32 scope global tap0
default via 10.0.0.1 dev ens3 proto dhcp src 10.0.0.11 metric 100
10.0.0.0/24 dev ens3 proto kernel scope link src 10.0.0.11 metric 100
10.9.9.9 dev tun0 scope link
blackhole 10.1.77.0/26 proto 80
local 127.0.0.1 dev lo src 127.0.0.1 uid 0 \\    cache <local>
local 10.0.0.11 dev lo src 10.0.0.11 uid 0 \\    cache <local>
10.0.0.12 dev ens3 src 10.0.0.11 uid 0 \\    cache
10.5.0.3 via 10.0.0.1 dev ens3 src 10.0.0.11 uid 0 \\    cache
@@links
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT qlen 1000\\ link
3: vxlan.calico: <UP> mtu 1450 \\    link/ether 96:8a brd ff:ff \\    vxlan id 4096 dstport 4789 ttl
9: cali0a@if2: <UP> mtu 1450 \\    link/ether 96:8b brd ff:ff link-netnsid 0 \\    veth
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
@@mark
installation=7f3a
cluster=prod
job=
@@members
- Address: 10.0.0.11:19001
  ID: 3297041220608546238
  Role: 0
- Address: 10.0.0.12:19001
  ID: 77
  Role: 0
- Address: 127.0.0.1:19001
@@endpoints
@@listening
tcp LISTEN 0 4096   127.0.0.1:10248 0.0.0.0:* users:(("kubelite",pid=12,fd=3))
tcp LISTEN 0 4096           *:16443       *:* users:(("kubelite",pid=12,fd=9))
tcp LISTEN 0 128         [::]:22       [::]:*
udp UNCONN 0 0        0.0.0.0:4789 0.0.0.0:*
@@foreign
/var/lib/rancher/k3s
@@cgroups
#subsys_name	hierarchy	num_cgroups	enabled
cpuset	3	1	1
memory	0	1	0
@@controllers
@@container
lxc
@@lacks
/dev/kmsg
@@modprobe
missing
overlay
@@cloud-init
manage_etc_hosts: false
manage_etc_hosts:   True # from user data
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
@@store
name:      microk8s
channels:
  1.32/stable:       v1.32.3  2025-05-07 (8148) 168MB classic
  1.32/candidate:    ^
  1.31/edge:         --
  edge:              v1.36
@@end
1003.25
"""
ROLE = [
    "tracking=1.32/stable",
    "notes=classic,held",
    "lock=no-cert-reissue",
    "lock=ours",
    "mark.installation=7f3a",
    "joined.role=worker",
    "members=1",
    "address=10.0.0.11:19001",
]
NODES = [
    "@@nodes",
    "items=3",
    'node name="cp-1" version="v1.32.3" cordoned address="10.0.0.11" ready="True" '
    'heard="2026-01-02T03:00:00Z" label="node.kubernetes.io/microk8s-controlplane"="x" '
    'taint="a"="b":"NoSchedule" taint="c":"NoExecute"',
    'lease name="cp-1" renewed="2026-01-02T03:04:00.500000Z"',
    'lease name="cp-2" renewed=%!q(<nil>)',
    "@@end 0 1767323045",
]
SILENT = ["@@nodes", "@@end 1 1767323045", "E0102 klog", "The connection was refused"]
MEMBERS = [
    {"ID": 3297041220608546238, "Address": "10.0.0.11:19001", "Role": 0},
    {"ID": 7, "Address": "10.0.0.12:19001", "Role": 2},
]
VIEW = [
    "@@cluster",
    *json.dumps(MEMBERS, indent="\t").splitlines(),
    "@@leader",
    "10.0.0.11:19001",
    "@@alive 10.0.0.11:19001 1",
    *NODES,
]
LEADERLESS = [
    "@@no-leader",
    "- Address: 10.0.0.11:19001",
    "  ID: 3297041220608546238",
    "  Role: 0",
    "@@alive 10.0.0.11:19001",
    *SILENT,
]
MEASUREMENT = {
    "listening": {"25000/tcp": "open"},
    "reached": {"n2": {"25000/tcp": "refused"}},
    "round_trips": {"n2": [0.2, 0.3]},
}

PODS = [
    "pods 2",
    "kube-system calico-node-x2x7q Running owner:DaemonSet label:k8s-app=calico-node",
    "default shop-5c7f6d8b9-1 Running owner:ReplicaSet label:app=shop label:tier=web",
    "budgets 1",
    "default shop allows expressions label:app=shop",
]
SIGHT = [
    "@@node n2",
    *NODES,
    "@@pods",
    "pods 3",
    "pod node:n2 owner:DaemonSet ready:True",
    "pod node:n2 owner:ReplicaSet ready:True leaving",
    "pod",
]
CERTIFICATE = [
    "-----BEGIN CERTIFICATE-----",
    "MIIBcDCCARWgAwIBAgIUFxQLLw4CpcRBcwCZrR70Qm0NEp4wCgYIKoZIzj0EAwIw",
    "DTELMAkGA1UEAwwCbjEwHhcNMjYxMTI3MTUxNTA2WhcNMjcxMTI3MTUxNTA2WjAN",
    "MQswCQYDVQQDDAJuMTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEt3s0WJ8xvp",
    "Awbkrd0FNycRAO1nF8bZBjvn8/nV6JKFbfGKtu6QpxMPJO9VPBajRWpujW3Yc0ou",
    "kbO6bRAgdW6jUzBRMB0GA1UdDgQWBBQQt7ymWZWDp7fMfaXfA7u5RwA2STAfBgNV",
    "HSMEGDAWgBQQt7ymWZWDp7fMfaXfA7u5RwA2STAPBgNVHRMBAf8EBTADAQH/MAoG",
    "CCqGSM49BAMCA0kAMEYCIQDOwm3xb+Vb1bguh3hWxzv/ogwd8NMLpopKULuKF5VV",
    "TwIhAJOxmI2Jw1Snfira9m3fZKJQmPtqyIpcw7pGdUP9vRH8",
    "-----END CERTIFICATE-----",
]
CERTIFICATES = [
    *("@@certificate ca.crt", *CERTIFICATE, ""),
    *("@@certificate server.crt", *CERTIFICATE, ""),
    *("@@certificate front-proxy-client.crt", ""),
]
"""A node's, of which one is missing; each ends with the 27th of November 2027, 15:15:06."""
SNAP = [
    "@@snap",
    "Name      Version  Rev   Tracking     Publisher    Notes",
    "microk8s  v1.32.3  7890  1.32/stable  canonical**  classic,held",
    "@@services",
    "Service                         Startup  Current   Notes",
    "microk8s.daemon-kubelite        enabled  active    -",
    "microk8s.daemon-k8s-dqlite      enabled  inactive  -",
]
SIGNING = [
    *("@@modes", "--authorization-mode=RBAC,Node"),
    *("@@authority", *CERTIFICATE),
    *("@@certificate", base64.b64encode("\n".join([*CERTIFICATE, ""]).encode()).decode()),
    *("@@end 0", ""),
]
"""How a request stands that was signed."""
