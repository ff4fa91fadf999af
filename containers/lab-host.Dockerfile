# A simulated host of the compose file's lab profile: a real SSH server, an emulated MicroK8s.
# It holds no key: host keys are made when a container first starts.
ARG DEBIAN_IMAGE=debian:bookworm-20251229-slim

FROM ${DEBIAN_IMAGE}
LABEL org.opencontainers.image.title="Clusterwright lab host" \
      org.opencontainers.image.description="A simulated host for trying Clusterwright; not for work" \
      org.opencontainers.image.licenses="Apache-2.0"
# Versions follow the Debian release of the base image. go-dqlite makes the datastore real.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends go-dqlite iproute2 iputils-ping openssh-client \
        openssh-server openssl procps python3 \
    && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* /etc/machine-id \
    && mkdir -p /lab/log /lab/world /etc/modules-load.d /etc/sysctl.d /snap/bin /var/lib/lab \
    && usermod --password '*' root
COPY containers/sshd_config /etc/ssh/sshd_config
COPY containers/lab-key.sh lab/init.sh lab/container_host.py /opt/lab/
COPY lab/shims /opt/lab/shims
COPY lab/emulator /opt/lab/emulator
# The shims go before Debian's own commands on the path, as on the hosts of the other lab.
RUN python3 -I -S -m compileall -q /opt/lab/emulator \
    && python3 -I -S /opt/lab/emulator/install.py / /usr/bin/python3 \
    && for shim in /opt/lab/shims/*.sh; do \
        install -m 755 "$shim" "/usr/local/bin/$(basename "$shim" .sh)"; done \
    && for name in poweroff halt shutdown; do ln -s reboot "/usr/local/bin/$name"; done \
    && ln -s apt-get /usr/local/bin/apt \
    && install -d /usr/local/lib/lab \
    && install -m 755 /opt/lab/shims/packages/chrony.sh /usr/local/lib/lab/chrony
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["sh", "-c", "test -e /run/lab-booted && ssh-keyscan -T 3 -t ed25519 127.0.0.1 2>/dev/null | grep -q ed25519"]
CMD ["/usr/bin/python3", "-I", "-S", "/opt/lab/container_host.py"]
