"""snap's commands about snapd itself: wait, set, get, version, ack."""

from lab.emulator import control, faults, files, snapd, terminal


def run(verb: str, words: list[str]) -> int:
    if verb == "set":
        with files.edited_json(snapd.SETTINGS_FILE, {}) as settings:
            settings.update(word.split("=", 1) for word in words[1:] if "=" in word)
    elif verb == "get":
        return _get(words)
    elif verb in ("version", "--version"):
        _version()
    # `wait system seed.loaded` and `ack` have nothing to wait for and nothing to say.
    return 0


def _version() -> None:
    """The versions; with snapd dead this still succeeds, and says `unavailable`."""
    if faults.has("snapd-dead") or not control.answers():
        terminal.out("snap    2.63\nsnapd   unavailable\nseries  -")
        return
    terminal.out("snap    2.63\nsnapd   2.63\nseries  16\ndebian  12\nkernel  lab")


def _get(words: list[str]) -> int:
    known = snapd.settings()
    for key in words[1:]:
        if key not in known:
            terminal.fail(f'error: snap "{words[0]}" has no "{key}" configuration option')
        terminal.out(known[key])
    return 0
