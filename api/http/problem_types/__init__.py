"""Every problem that the API can answer with, a topic a file."""

from api.http.problem_types.access import ACCESS
from api.http.problem_types.calendar import CALENDAR
from api.http.problem_types.changes import CHANGES
from api.http.problem_types.events import EVENTS
from api.http.problem_types.hosts import HOSTS
from api.http.problem_types.jobs import JOBS
from api.http.problem_types.requests import REQUESTS
from api.http.problem_types.server import SERVER

PROBLEM_TYPES = (
    *REQUESTS,
    *ACCESS,
    *HOSTS,
    *CHANGES,
    *JOBS,
    *EVENTS,
    *CALENDAR,
    *SERVER,
)
