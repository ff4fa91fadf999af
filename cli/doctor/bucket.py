"""The bucket that takes copies of backups, where the environment names one."""

from collections.abc import Iterator

from buckets.bucket import Bucket, BucketError
from buckets.target import ENDPOINT, BadTarget, target_from_env
from cli.doctor.check import Check, Patient, failed, passed, warned

NAME = "backup bucket"


def checks(patient: Patient) -> Iterator[Check]:
    """List the bucket, which changes nothing; that it may be written shows with a backup."""
    if not patient.is_local:
        return
    try:
        target = target_from_env(patient.data_dir)
    except BadTarget as error:
        fault, _, mend = str(error).partition("; ")
        yield failed(NAME, fault, mend)
        return
    if target is None:
        return
    try:
        Bucket(target).keys("")
    except BucketError as error:
        yield failed(NAME, str(error), error.advice)
        return
    seen = f"{target.address()} at {target.endpoint} lets itself be listed"
    if target.is_encrypted:
        yield passed(NAME, seen)
    else:
        mend = f"let {ENDPOINT} begin with https://: others on the way see which backups there are"
        yield warned(NAME, f"{seen}, without TLS", mend)
