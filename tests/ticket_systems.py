"""Each kind of ticket system, as far as a job's news need it."""

import base64
from html import unescape
from typing import Any, ClassVar

from repository_systems import Gitea, GitHub, GitLab, PagerDuty
from ticket_receivers import SECRET, USER, Receiver, Refused, Request, basic, routed

SYS_ID = "9d385017c611228701d22104cc95c371"


class Jira(Receiver):
    subject = "OPS-42"
    settings: ClassVar = {"user": USER}
    moved: ClassVar = {"transition_on_success": "Done"}

    def authorization(self) -> str:
        return basic(USER)

    def carry_out(self, request: Request) -> tuple[int, Any]:
        if routed(request, "GET", "/rest/api/2/myself"):
            return 200, {}
        for api in ("2", "3"):
            issue = f"/rest/api/{api}/issue/OPS-42"
            if routed(request, "GET", f"{issue}/comment"):
                return 200, {"comments": [{"body": text} for text in self.notes]}
            if routed(request, "POST", f"{issue}/comment"):
                body = request.document["body"]
                self.note(self._text_of(body) if api == "3" else body)
                return 201, {"id": "1"}
        return self._other(request, "/rest/api/2/issue/OPS-42")

    def _other(self, request: Request, issue: str) -> tuple[int, Any]:
        if routed(request, "POST", f"{issue}/attachments"):
            if request.headers.get("x-atlassian-token") != "no-check":
                raise Refused(403, "XSRF check failed")
            name, content = request.file("file")
            self.files[name] = content
            return 200, [{"filename": name}]
        if routed(request, "GET", issue):
            files = [{"filename": name} for name in self.files]
            return 200, {"fields": {"attachment": files, "status": {"name": self.state}}}
        if routed(request, "GET", f"{issue}/transitions"):
            offered = [{"id": "31", "name": "Finish", "to": {"name": "done"}}]
            return 200, {"transitions": offered if self.state == "open" else []}
        if routed(request, "POST", f"{issue}/transitions"):
            assert request.document == {"transition": {"id": "31"}}
            self.state = "done"
            return 204, ""
        raise Refused(404, {"errorMessages": ["Issue does not exist"]})

    def _text_of(self, document: Any) -> str:
        assert (document["type"], document["version"]) == ("doc", 1)
        assert all(block["type"] in {"paragraph", "codeBlock"} for block in document["content"])
        inner = [text for block in document["content"] for text in block["content"]]
        assert all(text["type"] == "text" and text["text"] for text in inner)
        return "\n".join(text["text"] for text in inner)


class ServiceNow(Receiver):
    subject = "CHG0030001"
    settings: ClassVar = {"user": "ada"}
    moved: ClassVar = {"state_on_success": "done"}

    def authorization(self) -> str:
        return basic("ada")

    def carry_out(self, request: Request) -> tuple[int, Any]:
        if request.headers.get("accept") != "application/json":
            raise Refused(406)
        if routed(request, "GET", "/api/now/table/sys_user"):
            return 200, {"result": []}
        if routed(request, "GET", "/api/now/table/change_request"):
            is_it = request.query.get("sysparm_query") == "number=CHG0030001"
            return 200, {"result": [{"sys_id": SYS_ID}] if is_it else []}
        if routed(request, "GET", "/api/now/table/sys_journal_field"):
            assert f"element_id={SYS_ID}^element=work_notes" in request.query["sysparm_query"]
            return 200, {"result": [{"value": text} for text in self.notes]}
        if routed(request, "PATCH", f"/api/now/table/change_request/{SYS_ID}"):
            self.note(request.document["work_notes"])
            self.state = request.document.get("state", self.state)
            return 200, {"result": {}}
        if routed(request, "GET", "/api/now/attachment"):
            return 200, {"result": [{"file_name": name} for name in self.files]}
        if routed(request, "POST", "/api/now/attachment/file"):
            told = (request.query["table_name"], request.query["table_sys_id"])
            assert told == ("change_request", SYS_ID)
            assert request.document
            self.files[request.query["file_name"]] = request.body
            return 201, {"result": {}}
        raise Refused(404, {"error": {"message": "No Record found"}})


class Zammad(Receiver):
    subject = "31081"
    moved: ClassVar = {"state_on_success": "done"}

    def authorization(self) -> str:
        return f"Token token={SECRET}"

    def carry_out(self, request: Request) -> tuple[int, Any]:
        if routed(request, "GET", "/api/v1/users/me"):
            return 200, {}
        if routed(request, "GET", "/api/v1/tickets/search"):
            is_it = "31081" in request.query["query"]
            return 200, [{"id": 81, "number": "31081"}] if is_it else []
        if routed(request, "GET", "/api/v1/ticket_articles/by_ticket/81"):
            return 200, [{"body": text} for text in self.notes]
        if routed(request, "POST", "/api/v1/ticket_articles"):
            told = request.document
            if told["ticket_id"] != 81:
                raise Refused(404, {"error": "Couldn't find Ticket"})
            assert (told["type"], told["content_type"]) == ("note", "text/plain")
            assert told["internal"] is True
            self.note(told["body"])
            for file in told.get("attachments", ()):
                assert file["mime-type"] == "application/json"
                self.files[file["filename"]] = base64.b64decode(file["data"])
            return 201, {"id": 1}
        if routed(request, "PUT", "/api/v1/tickets/81"):
            self.state = request.document["state"]
            return 200, {}
        raise Refused(404, {"error": "Not found"})


class Glpi(Receiver):
    url = "/apirest.php"
    subject = "118"
    secret = f"{SECRET} app-token"
    moved: ClassVar = {"status_on_success": "5"}
    has_files = False
    sessions = 0

    def check(self, request: Request) -> None:
        if request.headers.get("app-token") != "app-token":
            raise Refused(400, ["ERROR_WRONG_APP_TOKEN_PARAMETER"])
        if request.path == "/apirest.php/initSession":
            super().check(request)
        elif request.headers.get("session-token") != "a1b2c3":
            raise Refused(401, ["ERROR_SESSION_TOKEN_INVALID"])

    def authorization(self) -> str:
        return f"user_token {SECRET}"

    def carry_out(self, request: Request) -> tuple[int, Any]:
        path = request.path.removeprefix("/apirest.php")
        if path in {"/initSession", "/killSession"}:
            self.sessions += 1 if path == "/initSession" else -1
            return 200, {"session_token": "a1b2c3"}
        if path == "/Ticket/118/ITILFollowup":
            return 206, [{"content": text} for text in self.notes]
        told = request.document["input"]
        if path == "/ITILFollowup" and told["items_id"] == 118:
            assert (told["itemtype"], told["is_private"]) == ("Ticket", 1)
            self.note(unescape(told["content"]).replace("<br>", "\n"))
            return 201, {"id": 1}
        if path == "/Ticket/118" and request.method == "PUT":
            self.state = "done" if told["status"] == 5 else "wrong"
            return 200, [{"118": True}]
        raise Refused(404, ["ERROR_ITEM_NOT_FOUND"])


class Zendesk(Receiver):
    subject = "zen:ticket:35436"
    settings: ClassVar = {"user": USER}
    moved: ClassVar = {"status_on_success": "done"}

    def authorization(self) -> str:
        return basic(f"{USER}/token")

    def carry_out(self, request: Request) -> tuple[int, Any]:
        if routed(request, "GET", "/api/v2/users/me.json"):
            return 200, {}
        if routed(request, "GET", "/api/v2/tickets/35436/comments.json"):
            return 200, {"comments": [{"body": text} for text in self.notes]}
        if routed(request, "POST", "/api/v2/uploads.json"):
            assert request.document
            self.uploaded = (request.query["filename"], request.body)
            return 201, {"upload": {"token": "up1"}}
        if routed(request, "PUT", "/api/v2/tickets/35436.json"):
            told = request.document["ticket"]
            assert told["comment"]["public"] is False
            self.note(unescape(told["comment"]["html_body"]).replace("<br>", "\n"))
            if told["comment"].get("uploads") == ["up1"]:
                self.files |= [self.uploaded]
            self.state = told.get("status", self.state)
            return 200, {}
        raise Refused(404, {"error": "RecordNotFound"})


SYSTEMS = {
    "jira": Jira,
    "servicenow": ServiceNow,
    "zammad": Zammad,
    "glpi": Glpi,
    "zendesk": Zendesk,
    "github": GitHub,
    "gitlab": GitLab,
    "gitea": Gitea,
    "pagerduty": PagerDuty,
}
