"""Hosts for pyinfra's own command line; copy it and write your hosts into it.

``pyinfra deploy_scripts/example_inventory.py deploy_scripts.install_microk8s.install
channel=1.32/stable`` installs MicroK8s on both.
"""

hosts = (
    [
        ("cp-1", {"ssh_hostname": "192.0.2.11"}),
        ("cp-2", {"ssh_hostname": "192.0.2.12"}),
    ],
    {
        "ssh_user": "ubuntu",
        "ssh_key": "~/.ssh/id_ed25519",
        # pyinfra would take any key that a host shows at first: put theirs into this file.
        "ssh_known_hosts_file": "~/.ssh/known_hosts",
        "ssh_strict_host_key_checking": "yes",
    },
)
