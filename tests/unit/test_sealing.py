"""Sealed streams: whatever was sealed opens again, and nothing else does."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy_scripts.backups.sealing import MAGIC, SALT_BYTES, TAG_BYTES, NotOpened, opened, seal

KEY, OTHER = b"k" * 32, b"o" * 32
FRAME = 16
HEAD = len(MAGIC) + SALT_BYTES
PIECES = st.lists(st.binary(max_size=40), max_size=6)


def sealed(pieces, about=b"prod/1"):
    return b"".join(seal(pieces, KEY, about, frame_bytes=FRAME))


def read(data, key=KEY, about=b"prod/1"):
    return b"".join(opened(io.BytesIO(data), key, about, frame_bytes=FRAME))


@given(PIECES)
def test_what_was_sealed_opens_in_whatever_pieces_it_came(pieces):
    assert read(sealed(pieces)) == b"".join(pieces)


@given(PIECES, st.data())
def test_a_file_that_was_cut_off_anywhere_does_not_open(pieces, data):
    whole = sealed(pieces)
    length = data.draw(st.integers(0, len(whole) - 1))

    with pytest.raises(NotOpened):
        read(whole[:length])


@given(PIECES, st.data())
def test_a_file_with_one_changed_byte_does_not_open(pieces, data):
    whole = bytearray(sealed(pieces))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises(NotOpened):
        read(bytes(whole))


@given(PIECES, st.binary(min_size=1, max_size=80))
def test_a_file_with_more_behind_it_does_not_open(pieces, more):
    with pytest.raises(NotOpened):
        read(sealed(pieces) + more)


@given(st.binary(min_size=3 * FRAME, max_size=6 * FRAME), st.data())
def test_frames_in_another_order_or_left_out_do_not_open(content, data):
    whole = sealed([content])
    size = FRAME + TAG_BYTES
    frames = [whole[at : at + size] for at in range(HEAD, len(whole), size)]
    places = range(len(frames))
    chosen = data.draw(
        st.lists(st.sampled_from(places), max_size=len(frames)).filter(
            lambda order: order != list(places)
        )
    )

    with pytest.raises(NotOpened):
        read(whole[:HEAD] + b"".join(frames[place] for place in chosen))


def test_another_key_and_another_backup_s_name_do_not_open_it():
    whole = sealed([b"secret"])

    with pytest.raises(NotOpened):
        read(whole, key=OTHER)
    with pytest.raises(NotOpened):
        read(whole, about=b"prod/2")


def test_equal_streams_are_sealed_differently_and_show_nothing():
    first, second = sealed([b"secret" * 9]), sealed([b"secret" * 9])

    assert first != second
    assert b"secret" not in first
