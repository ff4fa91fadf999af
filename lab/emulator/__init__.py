"""A model of snapd, MicroK8s, its dqlite shell, kubectl and systemctl for lab hosts.

Standard library only: it runs in hosts as `PYTHON -I -S /opt/lab/emulator/run.py COMMAND ...`.

Where state lives:

* `/var/snap/microk8s`, `/snap`: the real files that automation reads (`paths.py`, `layout.py`).
* `/var/lib/snapd/lab/`: what snapd knows of this host (`snapd.py`).
* `/run/lab-snapd.sock`: the host's daemon (`boot.py`), which runs the services.
* `/lab/world/clusters/ID/`: Kubernetes objects, and members, leader and log of an emulated dqlite.
  Nobody reads or writes them without a dqlite leader in reach (`api.py`).
* `/lab/log/`: effects, commands and minted tokens, for tests (`journal.py`).
"""
