"""What requests say of hosts: one, or a list of them."""

import base64
import binascii
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from cluster.names import (
    HOST_KEY,
    KEY_NAME,
    UNIX_USER,
    Address,
    HostName,
    Labels,
    Pattern,
    longest,
)
from cluster.node_addresses import unfit

LEAST_RSA_BITS, MOST_RSA_BITS = 2048, 16384
"""What OpenSSH takes and makes."""
MOST_LISTED = 1000
LONGEST_ETAG = 200


def _host_key(text: str) -> None:
    """Refuse a key whose data are not base64, or are of another type than it says."""
    kind, _, data = text.partition(" ")
    try:
        blob = base64.b64decode(data, validate=True)
    except binascii.Error:
        raise ValidationError("cannot use the host key: its data are not base64") from None
    length = int.from_bytes(blob[:4])
    if blob[4 : 4 + length] != kind.encode():
        raise ValidationError(f"cannot use the host key: its data are not of type {kind}")
    if kind == "ssh-rsa" and not LEAST_RSA_BITS <= (bits := _rsa_bits(blob)) <= MOST_RSA_BITS:
        raise ValidationError(
            f"cannot use the host key: it is RSA of {bits} bits, and {LEAST_RSA_BITS} to "
            f"{MOST_RSA_BITS} are taken; pin the host's ed25519 key, or make a longer one there"
        )


def _rsa_bits(blob: bytes) -> int:
    """Return the length of the modulus, the third of the key's parts."""
    part = b""
    for _ in range(3):
        end = 4 + int.from_bytes(blob[:4])
        part, blob = blob[4:end], blob[end:]
    return int.from_bytes(part).bit_length()


class HostKey(Pattern):
    """A public key as OpenSSH has it in a ``.pub`` file: what stands behind it is a comment."""

    def __init__(self, wanted: str, **kwargs: Any) -> None:
        super().__init__(HOST_KEY, wanted, validate=_host_key, **kwargs)
        self.metadata = {**self.metadata, "pattern": f"^{HOST_KEY.pattern}( .*)?$"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, str) and value.isprintable():
            value = " ".join(value.split(" ")[:2])
        return super()._deserialize(value, attr, data, **kwargs)


class HostRequestSchema(Schema):
    """A machine that can be reached by SSH."""

    address = Address(
        required=True,
        metadata={
            "description": "The IPv4 address that SSH connects to, from `jump` if one is named"
        },
    )
    host_key = HostKey(
        "a host key is type and base64, as ssh-keyscan prints it, without the address; the type is "
        "ssh-ed25519, ecdsa-sha2-nistp256, -384 or -521, or ssh-rsa; sk- keys, which are kept on a "
        "security token, are not supported",
        required=True,
        metadata={"description": "The pinned SSH host key; a host that shows another is refused"},
    )
    port = fields.Integer(
        strict=True,
        load_default=22,
        validate=validate.Range(1, 65535, error="cannot use port {input}: it is 1 to 65535"),
    )
    user = Pattern(
        UNIX_USER,
        "a user name has 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-', '@', '+', does not begin with a "
        "sign other than '_', and may have a domain and a backslash before it and '$' at its end",
        load_default="root",
    )
    ssh_key = Pattern(
        KEY_NAME,
        "ssh_key is the name of a private key in the keys folder, such as default; never the key "
        "itself, and no file that ends with .pub or .sites",
        load_default="default",
        metadata={"description": "The name of a private key in the keys folder; never the key"},
    )
    node_address = Address(metadata={"description": "What other nodes use, when not `address`"})
    jump = HostName(
        or_empty=True,
        load_default="",
        metadata={
            "description": "The host of the inventory whose SSH server connects onward to this "
            "one; empty when it is reached directly"
        },
    )
    site = HostName(
        load_default="default", metadata={"description": "Which Celery workers reach it"}
    )
    zone = HostName(
        or_empty=True,
        load_default="",
        metadata={"description": "The failure zone that it stands in; empty when not told"},
    )
    labels = Labels(load_default=dict, metadata={"description": "Kubernetes labels"})

    @validates_schema
    def _is_reachable(self, data: dict[str, Any], **_: Any) -> None:
        """A simulated host may answer SSH on loopback; that a node cannot, its plan will say."""
        given = data.get("node_address")
        if given and given != data.get("address") and (why := unfit(given)):
            text = (
                f"cannot use {given} as a node address: it is {why}; give the one at which the "
                "other nodes reach the host"
            )
            raise ValidationError({"node_address": [text]})


class HostRowSchema(HostRequestSchema):
    """A host in a list of hosts. What a row leaves out of a known host stays as it is."""

    name = HostName(required=True)
    if_match = fields.String(
        validate=validate.Length(1, LONGEST_ETAG),
        metadata={
            "description": "The `etag` of the state that is to be replaced, or `*` for any; a "
            "pinned key is replaced only with it"
        },
    )


class FewRows(fields.List[Any]):
    """A list that is counted before its rows are looked at: a million are refused in no time."""

    def __init__(self, inner: fields.Field[Any], most: int, what: str, **kwargs: Any) -> None:
        super().__init__(inner, validate=longest(most, what), **kwargs)
        self.most, self.what = most, what

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise ValidationError(
                f"cannot take {len(value)} {self.what}: {self.most} at most; send several lists"
            )
        return super()._deserialize(value, attr, data, **kwargs)


class HostListRequestSchema(Schema):
    """Hosts that are stored together, or not at all."""

    hosts = FewRows(
        fields.Nested(HostRowSchema(partial=tuple(HostRequestSchema().fields))),
        MOST_LISTED,
        "hosts",
        required=True,
        metadata={"description": "Each of another name; a jump host may stand behind its hosts"},
    )
    replace = fields.Boolean(
        load_default=False,
        metadata={"description": "Change hosts that are there and differ"},
    )
    dry_run = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Store nothing; answer what `replace` would do, had each row its "
            "`if_match`"
        },
    )

    @validates_schema
    def _each_is_told_once(self, data: dict[str, Any], **_: Any) -> None:
        first: dict[str, int] = {}
        faults = {}
        for place, row in enumerate(data.get("hosts", ())):
            before = first.setdefault(row["name"], place)
            if before != place:
                text = f"cannot use {row['name']} twice: it is the name in /hosts/{before} already"
                faults[place] = {"name": [text]}
        if faults:
            raise ValidationError({"hosts": faults})
