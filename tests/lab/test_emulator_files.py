"""Files of the emulator, written by many at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab.emulator import files


def test_threads_that_write_one_file_at_the_same_moment_do_not_get_in_each_others_way(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lock"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: files.write(str(path), ""), range(2000)))

    assert path.read_text() == ""
    assert [entry.name for entry in tmp_path.iterdir()] == ["lock"]
