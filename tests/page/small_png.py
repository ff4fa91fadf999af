"""Makes a screenshot small: 256 colours are plenty for a page, and repetition packs well."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
Colour = bytes


def shrink(png: bytes) -> bytes:
    """Return an 8-bit RGB picture, as Chromium makes it, with a palette."""
    chunks = dict[bytes, bytes]()
    for name, content in _chunks(png):
        chunks[name] = chunks.get(name, b"") + content
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert form == [8, 2, 0, 0, 0], form
    rows = list(_unfiltered(zlib.decompress(chunks[b"IDAT"]), width * 3))
    pixels = [[row[at : at + 3] for at in range(0, width * 3, 3)] for row in rows]
    counted = Counter(pixel for row in pixels for pixel in row)
    palette = [colour for colour, _ in counted.most_common(COLOURS)]
    place = {colour: _nearest(colour, palette) for colour in counted}
    packed = b"".join(b"\0" + bytes(map(place.__getitem__, row)) for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(packed, 9)))
    return SIGNATURE + b"".join(_chunk(*part) for part in (*parts, (b"IEND", b"")))


def _nearest(colour: Colour, palette: list[Colour]) -> int:
    red, green, blue = colour
    far = [(red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2 for r, g, b in palette]
    return far.index(min(far))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def _unfiltered(raw: bytes, stride: int) -> Iterator[bytes]:
    """Undo the five filters of PNG, line by line."""
    above = bytearray(stride + 3)
    for at in range(0, len(raw), stride + 1):
        line = bytearray(3) + raw[at + 1 : at + 1 + stride]
        for x in range(3, stride + 3):
            a, b, c = line[x - 3], above[x], above[x - 3]
            line[x] = (line[x] + _predicted(raw[at], a, b, c)) & 255
        above = line
        yield bytes(line[3:])


def _predicted(kind: int, a: int, b: int, c: int) -> int:
    match kind:
        case 0:
            return 0
        case 1:
            return a
        case 2:
            return b
        case 3:
            return (a + b) >> 1
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
