"""A worker's `provider.yaml`: the API servers that its proxy leads to."""

from lab.emulator import api, files, paths

PROVIDER = f"{paths.ARGS}/traefik/provider.yaml"
HEAD = "tcp:\n  services:\n    kube-apiserver:\n      loadBalancer:\n        servers:\n"


def endpoints() -> list[str]:
    """The addresses in the file."""
    lines = files.read(PROVIDER).splitlines()
    urls = [line.partition("address:")[2].strip() for line in lines if "address:" in line]
    return [url.rpartition(":")[0] for url in urls if url]


def write(addresses: list[str]) -> None:
    servers = "".join(f"        - address: {item}:{api.PORT}\n" for item in addresses)
    files.write(PROVIDER, HEAD + servers)
