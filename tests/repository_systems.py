"""GitHub, Gitea, GitLab and PagerDuty, as far as a job's news need them."""

import re
from typing import Any, ClassVar

from ticket_receivers import SECRET, USER, Receiver, Refused, Request, routed


class GitHub(Receiver):
    subject = "ops/clusters#12"
    moved: ClassVar = {"state_on_success": "done"}
    has_files = False
    base = ""

    def check(self, request: Request) -> None:
        super().check(request)
        if not request.headers.get("user-agent"):
            raise Refused(403, "Request forbidden by administrative rules")

    def authorization(self) -> str:
        return f"Bearer {SECRET}"

    def carry_out(self, request: Request) -> tuple[int, Any]:
        issue = f"{self.base}/repos/ops/clusters/issues/12"
        if routed(request, "GET", f"{self.base}/user"):
            return 200, {}
        if routed(request, "GET", f"{issue}/comments"):
            assert re.fullmatch(r"[-\d]{10}T[:\d]{8}Z", request.query["since"])
            return 200, [{"body": text} for text in self.notes]
        if routed(request, "POST", f"{issue}/comments"):
            self.note(request.document["body"])
            return 201, {"id": 1}
        if routed(request, "PATCH", issue):
            self.state = request.document["state"]
            return 201, {}
        return self.more(request, issue)

    def more(self, request: Request, issue: str) -> tuple[int, Any]:
        raise Refused(404, {"message": "Not Found"})


class Gitea(GitHub):
    has_files = True
    base = "/api/v1"

    def authorization(self) -> str:
        return f"token {SECRET}"

    def more(self, request: Request, issue: str) -> tuple[int, Any]:
        if routed(request, "GET", f"{issue}/assets"):
            return 200, [{"name": name} for name in self.files]
        if routed(request, "POST", f"{issue}/assets"):
            name, content = request.file("attachment")
            assert request.query["name"] == name
            self.files[name] = content
            return 201, {"name": name}
        return super().more(request, issue)


class GitLab(Receiver):
    subject = "ops/teams/clusters#5"
    moved: ClassVar = {"state_on_success": "done"}
    has_files = False
    keeps_escapes = True

    def check(self, request: Request) -> None:
        if request.headers.get("private-token") != SECRET:
            raise Refused(401, {"message": "401 Unauthorized"})

    def carry_out(self, request: Request) -> tuple[int, Any]:
        issue = "/api/v4/projects/ops%2Fteams%2Fclusters/issues/5"
        if routed(request, "GET", "/api/v4/user"):
            return 200, {}
        if routed(request, "GET", f"{issue}/notes"):
            return 200, [{"body": text} for text in self.notes]
        if routed(request, "POST", f"{issue}/notes"):
            self.note(request.document["body"])
            return 201, {"id": 1}
        if routed(request, "PUT", issue):
            self.state = request.document["state_event"]
            return 200, {}
        raise Refused(404, {"message": "404 Project Not Found"})


class PagerDuty(Receiver):
    subject = "PINC01"
    settings: ClassVar = {"user": USER}
    moved: ClassVar = {"status_on_success": "done"}
    has_files = False

    def check(self, request: Request) -> None:
        super().check(request)
        if request.method != "GET" and request.headers.get("from") != USER:
            raise Refused(400, {"error": {"message": "Requester User Not Found"}})

    def authorization(self) -> str:
        return f"Token token={SECRET}"

    def carry_out(self, request: Request) -> tuple[int, Any]:
        if routed(request, "GET", "/abilities"):
            return 200, {}
        if routed(request, "GET", "/incidents/PINC01/notes"):
            return 200, {"notes": [{"content": text} for text in self.notes]}
        if routed(request, "POST", "/incidents/PINC01/notes"):
            self.note(request.document["note"]["content"])
            return 200, {"note": {}}
        if routed(request, "PUT", "/incidents/PINC01"):
            assert request.document["incident"]["type"] == "incident_reference"
            self.state = request.document["incident"]["status"]
            return 200, {}
        raise Refused(404, {"error": {"message": "Incident Not Found"}})
