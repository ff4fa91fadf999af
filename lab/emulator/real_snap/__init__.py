"""MicroK8s' own wrappers, scripts, agent and dqlite shell on a lab host.

They come from the directory that `clusterwright lab up --snap DIR` names; hosts see it read-only.
Which of its parts are used was decided when the lab started (`plan.py`); each of the others is
emulated, one by one.
"""
