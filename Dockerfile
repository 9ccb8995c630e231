# One image for the backbone and every component of campus: the arguments say which.
# Build: docker build --tag trunkline:0.1.0 .

FROM python:3.11-slim AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN ["python", "-m", "venv", "/opt/trunkline"]
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
# pip builds the wheel of this folder, installs it with what it needs and compiles all of it, so that a read-only file
# system costs no start any time.
RUN ["/opt/trunkline/bin/pip", "install", ".[campus,postgres,uvloop]"]

FROM python:3.11-slim
LABEL org.opencontainers.image.title="Trunkline" \
      org.opencontainers.image.description="A gRPC service mesh backbone for Python, with the campus reference system" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN ["groupadd", "--gid", "10001", "trunkline"]
RUN ["useradd", "--uid", "10001", "--gid", "10001", "--no-create-home", "--home-dir", "/var/lib/trunkline", "--shell", "/usr/sbin/nologin", "trunkline"]
RUN ["install", "--directory", "--owner", "10001", "--group", "10001", "--mode", "0750", "/var/lib/trunkline"]
COPY --from=build /opt/trunkline /opt/trunkline
ENV PATH=/opt/trunkline/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /var/lib/trunkline
USER 10001:10001
EXPOSE 7400
STOPSIGNAL SIGTERM
ENTRYPOINT ["trunkline"]
CMD ["--help"]
