"""Objects of a bucket: put, told, read and removed, in pieces, within bounds of time.

The library that speaks S3 is an extra, and is loaded where a bucket is named. No redirect is
followed, and no proxy of the environment is used: requests go to the endpoint and nowhere else.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from buckets.target import CA_FILE, BadTarget, Target

if TYPE_CHECKING:
    from minio import Minio

PART_BYTES = 8 * 1024 * 1024
"""A larger object is sent in parts of so much, of which up to three copies are held at once."""
PIECE_BYTES = 1024 * 1024
CONNECT_SECONDS, ANSWER_SECONDS = 10, 60
MOST_LISTED = 10_000
BUSY = frozenset({408, 429, 500, 502, 503, 504})
EXTRA = "clusterwright[s3]"


class BucketError(Exception):
    """A bucket does not do what it is asked: half a sentence, and what to do."""

    def __init__(
        self, fault: str, advice: str, *, may_pass: bool = False, is_missing: bool = False
    ) -> None:
        """``may_pass``: the same may succeed a little later. ``is_missing``: no such object."""
        super().__init__(fault)
        self.advice, self.may_pass, self.is_missing = advice, may_pass, is_missing


class Bucket:
    """One bucket, opened; every method raises ``BucketError``."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._client = _client(target)

    def put(self, key: str, data: BinaryIO, size: int) -> None:
        """Put an object of so many bytes, or none of it."""
        with self._told():
            self._client.put_object(
                self.target.bucket,
                self._name(key),
                data,
                size,
                part_size=PART_BYTES,
                num_parallel_uploads=1,
            )

    def size(self, key: str) -> int | None:
        """Return how many bytes an object has; ``None`` where there is none."""
        name = self._name(key)
        with self._told():
            # Listed, since the answer to HEAD has no body that would say what is wrong.
            for row in self._client.list_objects(self.target.bucket, prefix=name):
                if row.object_name == name:
                    return row.size or 0
        return None

    def pieces(self, key: str, most: int) -> Iterator[bytes]:
        """Yield an object, and raise before there are more than ``most`` bytes of it."""
        with self._told():
            answer = self._client.get_object(self.target.bucket, self._name(key))
            try:
                count = 0
                while piece := answer.read(PIECE_BYTES):
                    count += len(piece)
                    if count > most:
                        raise BucketError(
                            f"{self.target.address(key)} has more than {most} bytes",
                            "see who else writes into the bucket",
                        )
                    yield piece
            finally:
                answer.close()
                answer.release_conn()

    def keys(self, folder: str) -> list[str]:
        """Return the names of the objects in a folder, at most ``MOST_LISTED``."""
        found: list[str] = []
        with self._told():
            rows = self._client.list_objects(self.target.bucket, prefix=self._name(folder))
            for row in rows:
                name = row.object_name or ""
                if not row.is_dir and name.startswith(self.target.prefix):
                    found.append(name.removeprefix(self.target.prefix))
                if len(found) >= MOST_LISTED:
                    break
        return found

    def remove(self, key: str) -> None:
        """Remove an object; nothing happens where there is none."""
        with self._told():
            self._client.remove_object(self.target.bucket, self._name(key))

    def _name(self, key: str) -> str:
        return f"{self.target.prefix}{key}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the library raises into a sentence that quotes no request."""
        from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
        from urllib3.exceptions import HTTPError

        where = f"{self.target.bucket} at {self.target.endpoint}"
        try:
            yield
        except S3Error as error:
            raise _refused(where, error.response.status, error.code or "") from None
        except ServerError as error:
            raise _refused(where, error.status_code, "") from None
        except InvalidResponseError as error:
            if error._code in BUSY:  # what stands before a server says so in HTML
                raise _refused(where, error._code, "") from None
            raise BucketError(
                f"what answers for bucket {where} does not speak S3",
                "name the S3 endpoint itself, and no page or proxy that redirects",
            ) from None
        except (HTTPError, OSError) as error:
            cause = getattr(error, "reason", None) or error
            raise BucketError(
                f"bucket {where} does not answer ({type(cause).__name__})",
                "look at the server, the way to it and its certificate",
                may_pass=True,
            ) from None
        except (MinioException, ValueError) as error:
            raise BucketError(
                f"bucket {where} gave an answer that cannot be read ({type(error).__name__})",
                "look at the server's own log",
            ) from None


ADVICE = {
    "NoSuchKey": "choose another backup",
    "NoSuchBucket": "make the bucket first: it is never made from here",
    "InvalidAccessKeyId": "put the credentials right",
    "SignatureDoesNotMatch": "put the secret, or the region, right",
    "RequestTimeTooSkewed": "put the clock of this machine right",
}
USUAL_ADVICE = "let the credentials list the bucket, and get, put and delete objects in it"


def _refused(where: str, status: int, code: str) -> BucketError:
    code = code if code.isascii() and code.isalnum() and len(code) <= 60 else ""
    may_pass = status in BUSY
    advice = "wait until the server is well" if may_pass else ADVICE.get(code, USUAL_ADVICE)
    told = f"{code}, HTTP status {status}" if code else f"HTTP status {status}"
    return BucketError(
        f"bucket {where} refuses ({told})",
        advice,
        may_pass=may_pass,
        is_missing=code == "NoSuchKey",
    )


def _trust(target: Target) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=target.ca_file)
    except OSError as error:  # which what is no certificate raises, too
        reason = "no such file" if isinstance(error, FileNotFoundError) else "it holds none"
        raise BucketError(
            f"no certificates can be read from {target.ca_file}: {reason}",
            f"let {CA_FILE} name a file of them in PEM",
        ) from None


def _client(target: Target) -> "Minio":
    try:
        import urllib3
        from minio import Minio
    except ImportError:
        raise BucketError(
            "the library that speaks S3 is not installed",
            f"pip install '{EXTRA}' where Celery workers run",
        ) from None
    try:
        credentials = target.credentials()
    except BadTarget as error:
        fault, _, advice = str(error).partition("; ")
        raise BucketError(fault.removeprefix("cannot use "), advice) from None
    # A class of urllib3's own would follow redirects and ask again for any failure.
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
        retries=urllib3.Retry(total=2, read=0, redirect=False, status=0, backoff_factor=0.2),
        ssl_context=_trust(target) if target.is_encrypted else None,
    )
    return Minio(
        urlsplit(target.endpoint).netloc,
        access_key=credentials.key_id,
        secret_key=credentials.secret,
        secure=target.is_encrypted,
        region=target.region,
        http_client=pool,
    )
