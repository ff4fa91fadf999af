"""A small S3 server on loopback: signatures are verified, objects stand in memory.

It knows what Amazon's documents say of PUT, GET, HEAD, DELETE, ListObjectsV2 and multipart uploads,
as far as copies of backups need it, and nothing of the library under test.
"""

import hashlib
import hmac
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.etree import ElementTree

from buckets.target import CREDENTIALS, ENDPOINT, TARGET, Target
from buckets.target import REGION as REGION_SETTING

BUCKET, REGION = "kept", "eu-test-1"
KEY_ID, SECRET = "TESTKEYOFTHESTAND", "S3-secret/of+the/stand-0123456789abcdef"
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass
class Bucket:
    """What the server has, and how it behaves."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and object of each request that was signed well."""
    fails: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By method: the status and the code that it answers instead."""
    damages: str = ""
    """How the names of those objects end of which it keeps other bytes, and says nothing."""
    reached: int = 0
    """How many requests came, signed well or not."""
    elsewhere: str = ""
    """Where it sends everybody; empty to answer itself."""
    page_size: int = 2

    def environment(self, prefix: str = "") -> dict[str, str]:
        """Return the settings that name the bucket to a process."""
        return {
            TARGET: f"s3://{BUCKET}{prefix}",
            ENDPOINT: self.url,
            REGION_SETTING: REGION,
        }

    def target(self, data_dir: Path, prefix: str = "site-1/", ca: Path | None = None) -> Target:
        return Target(BUCKET, prefix, self.url, REGION, data_dir / CREDENTIALS, ca)


def write_credentials(data_dir: Path, secret: str = SECRET) -> Path:
    file = data_dir / CREDENTIALS
    file.parent.mkdir(exist_ok=True, mode=0o700)
    file.write_text(f"[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {secret}\n")
    file.chmod(0o600)
    return file


@contextmanager
def s3_server(certificate: Path | None = None) -> Iterator[Bucket]:
    """Serve a bucket; with a file of certificate and key, by TLS."""
    bucket = Bucket()
    handler = type("Handler", (_Handler,), {"bucket": bucket})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # a client that does not trust the certificate
    bucket.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    bucket: Bucket
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        name, _, key = unquote(parts.path).lstrip("/").partition("/")
        bucket = self.bucket
        bucket.reached += 1
        if bucket.elsewhere:
            return self.say(302, b"", Location=bucket.elsewhere + self.path)
        if fault := _fault(self.command, parts, self.headers, body):
            return self.refuse(403, fault)
        bucket.asked.append((self.command, key))
        if self.command in bucket.fails:
            return self.refuse(*bucket.fails[self.command])
        if name != BUCKET:
            return self.refuse(404, "NoSuchBucket")
        return getattr(self, self.command.lower())(key, query, body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815  # http.server names them

    def put(self, key: str, query: dict[str, str], body: bytes) -> None:
        if "uploadId" in query:
            self.bucket.uploads[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.store(key, body)
        self.say(200, b"", ETag=f'"{hashlib.md5(body).hexdigest()}"')  # noqa: S324  # S3's own

    def post(self, key: str, query: dict[str, str], body: bytes) -> None:
        if "uploads" in query:
            upload = f"upload-{len(self.bucket.uploads) + 1}"
            self.bucket.uploads[upload] = {}
            rows = {"Bucket": BUCKET, "Key": key, "UploadId": upload}
            return self.say(200, _xml("InitiateMultipartUploadResult", rows))
        found = self.bucket.uploads.pop(query["uploadId"])
        self.store(key, b"".join(found[number] for number in sorted(found)))
        rows = {"Bucket": BUCKET, "Key": key, "ETag": '"whole-2"'}
        return self.say(200, _xml("CompleteMultipartUploadResult", rows))

    def get(self, key: str, query: dict[str, str], _: bytes) -> None:
        if not key:
            return self.say(200, self.listed(query))
        if key not in self.bucket.objects:
            return self.refuse(404, "NoSuchKey")
        return self.say(200, self.bucket.objects[key], Content_Type="application/octet-stream")

    def head(self, key: str, query: dict[str, str], body: bytes) -> None:
        self.get(key, query, body)

    def delete(self, key: str, query: dict[str, str], _: bytes) -> None:
        self.bucket.uploads.pop(query.get("uploadId", ""), None)
        self.bucket.objects.pop(key, None)
        self.say(204, b"")

    def store(self, key: str, body: bytes) -> None:
        is_damaged = self.bucket.damages and key.endswith(self.bucket.damages)
        self.bucket.objects[key] = body[:-1] + b"?" if is_damaged else body

    def listed(self, query: dict[str, str]) -> bytes:
        after = query.get("continuation-token", "")
        keys = sorted(key for key in self.bucket.objects if key.startswith(query["prefix"]))
        rest = [key for key in keys if key > after and "/" not in key[len(query["prefix"]) :]]
        page = rest[: self.bucket.page_size]
        more = len(rest) > len(page)
        rows = {"Name": BUCKET, "IsTruncated": str(more).lower()}
        if more:
            rows["NextContinuationToken"] = page[-1]
        root = ElementTree.fromstring(_xml("ListBucketResult", rows))  # noqa: S314  # our own
        for key in page:
            row = ElementTree.SubElement(root, f"{{{NAMESPACE}}}Contents")
            ElementTree.SubElement(row, f"{{{NAMESPACE}}}Key").text = key
            size = ElementTree.SubElement(row, f"{{{NAMESPACE}}}Size")
            size.text = str(len(self.bucket.objects[key]))
        return ElementTree.tostring(root)

    def refuse(self, status: int, code: str) -> None:
        self.say(status, _xml("Error", {"Code": code, "Message": "no"}, namespace=""))

    def say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content_Type": "application/xml"} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Last-Modified", "Sat, 28 Nov 2026 02:00:00 GMT")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _fault(method: str, parts, headers, body: bytes) -> str:
    """Verify AWS Signature Version 4 as Amazon's documents describe it; return the fault's code."""
    scheme, _, rest = headers.get("Authorization", "").partition(" ")
    fields = dict(each.strip().split("=", 1) for each in rest.split(",")) if rest else {}
    if scheme != "AWS4-HMAC-SHA256":
        return "AccessDenied"
    key_id, *scope = fields["Credential"].split("/")
    day, region = scope[:2]
    at = headers["x-amz-date"]
    moment = time.strptime(at, "%Y%m%dT%H%M%SZ")
    if key_id != KEY_ID:
        return "InvalidAccessKeyId"
    if day != at[:8] or abs(time.mktime(moment) - time.mktime(time.gmtime())) > 900:
        return "RequestTimeTooSkewed"
    told = headers["x-amz-content-sha256"]
    if told not in {"UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()}:
        return "XAmzContentSHA256Mismatch"
    names = fields["SignedHeaders"].split(";")
    if "host" not in names or region != REGION:
        return "SignatureDoesNotMatch"
    pairs = sorted(parse_qsl(parts.query, keep_blank_values=True))
    query = "&".join("=".join(quote(part, safe="-_.~") for part in pair) for pair in pairs)
    lines = [f"{name}:{' '.join(headers[name].split())}\n" for name in names]
    request = "\n".join([method, parts.path, query, "".join(lines), ";".join(names), told])
    hashed = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join([scheme, at, "/".join(scope), hashed])
    key = f"AWS4{SECRET}".encode()
    for part in (*scope, text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return "" if hmac.compare_digest(key.hex(), fields["Signature"]) else "SignatureDoesNotMatch"


def _xml(root: str, rows: dict[str, str], namespace: str = NAMESPACE) -> bytes:
    made = ElementTree.Element(f"{{{namespace}}}{root}" if namespace else root)
    for name, text in rows.items():
        ElementTree.SubElement(made, f"{{{namespace}}}{name}" if namespace else name).text = text
    return ElementTree.tostring(made)
