"""`microk8s config`."""

from lab.emulator import addresses, certificates, files, layout, terminal
from lab.emulator.commands import microk8s


def run(_verb: str, words: list[str]) -> None:
    microk8s.refuse_worker("Please use the microk8s config on the master.", 0)
    microk8s.require_permission()
    loopback = "-l" in words or "--use-loopback" in words
    address = "127.0.0.1" if loopback else addresses.default()
    authority = files.read(certificates.authority_path())
    terminal.out(layout.kubeconfig(address, authority), "")
