"""What properties look at in a modelled world."""

import json

from model_world import jobs_of

OVER = {"succeeded", "rolled-back", "outdated", "rejected", "expired"}
"""Statuses that leave nothing to go on with."""


def each_job(world):
    for job in jobs_of(world["db"]):
        yield job, world["db"][f"cw:job:{job}"]


def step_hash(world, job, index):
    return world["db"].get(f"cw:job:{job}:step:{index}", {})


def planned_step(world, job, index):
    return json.loads(world["db"][f"cw:job:{job}"]["plan"])["steps"][index]


def reserver(db, host):
    return db[f"cw:host:{host}"].get("reserved_by", "")


def holders_of(db, cluster):
    return {db.get(f"cw:holder:{cluster}", ""), *db.get(f"cw:sharers:{cluster}", [])}
