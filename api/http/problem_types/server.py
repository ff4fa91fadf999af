"""The server itself, and what it stands on."""

from api.http.problem_types.problem_type import ProblemType
from cluster.actions import Action

SERVER = (
    ProblemType(
        "internal",
        500,
        "Something went wrong in the server",
        "This is a defect of the server. Its log has the cause under the request's id.",
        "Report it with the request_id. Sending a change again is safe: an identical change that "
        "is not finished keeps its job.",
    ),
    ProblemType(
        "redis-unavailable",
        503,
        "Redis does not answer",
        "Jobs, hosts and clusters are kept in Redis, and it could not be reached.",
        "Start Redis and look whether the server is ready. Sending a change again is safe: an "
        "identical change that is not finished keeps its job.",
        (Action.CHECK_STACK,),
    ),
    ProblemType(
        "redis-refuses",
        503,
        "Redis does not serve",
        "Redis answers, and refuses what is needed: its memory is full, its disk, it is a replica, "
        "its password is another. The member refusal is Redis' own word for it.",
        "Do what the advice of this refusal says where Redis runs; then send the request again.",
    ),
    ProblemType(
        "too-many-streams",
        503,
        "Too many clients are following jobs",
        "This server process follows as many event streams as it may.",
        "Ask for the job again and again instead, or connect again after Retry-After seconds.",
    ),
    ProblemType(
        "not-ready",
        503,
        "The server is not ready to carry out changes",
        "One of the checks failed; each says what to do.",
        "Do what the failing check advises.",
    ),
)
