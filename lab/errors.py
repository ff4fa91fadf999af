"""The ways in which the lab says no.

LabError
├── CannotStart     the machine does not allow, or lacks, something that the lab needs
├── LabNotFound     no lab of that name is running
└── LabRefused      a running lab declined a request (unknown host, host is off, no netem, ...)
"""


class LabError(Exception):
    """Anything that goes wrong with a lab; its text is meant for the person at the keyboard."""


class CannotStart(LabError):
    """A lab could not be started; nothing of it is left behind."""


class LabNotFound(LabError):
    """There is no running lab under the given name."""


class LabRefused(LabError):
    """The lab is running and did not do what was asked."""
