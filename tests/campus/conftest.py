"""The two engines that components keep their rows in: whatever asks for `url` runs on both."""

from __future__ import annotations

import itertools
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

NONE_HERE = "NO POSTGRESQL SERVER HERE, HALF OF THE STORES' TESTS DO NOT RUN: apt-get install postgresql"

ADMIN, PASSWORD = "postgres", "very-secret"
# The server ends with whoever holds the other end of this shell's standard input, however that ends.
WATCHED = '"$0" "$@" & server=$!; read -r _; kill -s QUIT $server; wait $server'
BECOME = "import os, sys; _, user, group, *command = sys.argv; os.setgroups([]); os.setgid(int(group)); "
BECOME += "os.setuid(int(user)); os.execv(command[0], command)"
# All that makes a commit durable is left as it comes.
SETTINGS = ("unix_socket_directories=", "log_min_messages=log", "log_checkpoints=off", "deadlock_timeout=50ms")


class Postgres:
    """A PostgreSQL server with its data in `folder` and one port for all its lives."""

    def __init__(self, programs: Path, folder: Path):
        self._programs, self._folder, self._port = programs, folder, free_port()
        self._account = unprivileged()
        self._names = (f"campus{number}" for number in itertools.count())
        initialise(programs, folder, self._account)
        self.start()

    def start(self):
        """Return when it accepts connections and has again what was committed before."""
        options = [f"-c{each}" for each in ("listen_addresses=127.0.0.1", f"port={self._port}", *SETTINGS)]
        watched = ["/bin/sh", "-c", WATCHED, self._programs / "postgres", f"-D{self._folder}/data", *options]
        pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen([*under(self._account), *watched], cwd=self._folder, **pipes)
        said = [""]
        while "ready to accept connections" not in said[-1]:
            said.append(self._process.stderr.readline())
            if not said[-1]:
                self.end()
                raise AssertionError("".join(said))

    @property
    def pid(self):
        """The number of the process that makes all others."""
        return int((self._folder / "data" / "postmaster.pid").read_text().split()[0])

    def kill(self):
        """Let it die by SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)
        self.end()

    def end(self):
        """Return when the last of its processes is gone: they share their standard error. Nothing is put in order."""
        self._process.communicate()

    async def database(self):
        """Make a user whose tables are nobody else's and return its URL: a schema costs a tenth of a database."""
        name = next(self._names)
        await self.run(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'; CREATE SCHEMA AUTHORIZATION {name}")
        return f"postgresql+asyncpg://{name}:{PASSWORD}@127.0.0.1:{self._port}/{ADMIN}"

    async def run(self, statements):
        """Run statements as whoever may do anything."""
        connection = await asyncpg.connect(f"postgresql://{ADMIN}:{PASSWORD}@127.0.0.1:{self._port}/{ADMIN}")
        try:
            await connection.execute(statements)
        finally:
            await connection.close()


def initialise(programs, folder, account):
    """Make a cluster that orders texts as people do where the server can: nothing may rely on the order of bytes."""
    if account:
        os.chown(folder, *account)
    password = folder / "password"
    password.write_text(PASSWORD)
    known = subprocess.run([programs / "initdb", "--help"], capture_output=True, text=True, check=True).stdout
    order = ["--locale-provider=icu", "--icu-locale=en"] if "--icu-locale" in known else []
    told = [f"--pgdata={folder}/data", f"--username={ADMIN}", f"--pwfile={password}", "--auth=scram-sha-256"]
    told += ["--encoding=UTF8", "--locale=C", *order, "--no-sync"]
    pipes = {"capture_output": True, "text": True}
    done = subprocess.run([*under(account), programs / "initdb", *told], check=False, cwd=folder, **pipes)
    assert done.returncode == 0, done.stderr


def free_port():
    """Return a port below those that the system gives to whoever asks for any."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def unprivileged():
    """Return user and group to run a server under where this process is root's, which PostgreSQL refuses; else None."""
    if os.getuid() != 0:
        return None
    names = {one.pw_name for one in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return user.pw_uid, user.pw_gid


def under(account):
    """Return the command ahead of one that `account` shall run.

    Not by `subprocess` itself: it would fork, and gRPC, which may be at work in this process, does not bear that.
    """
    return [sys.executable, "-ISc", BECOME, *map(str, account)] if account else []


def programs():
    """Return the folder of PostgreSQL's programs, None where there is none: Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    folders = [Path(found).resolve().parent] if found else reversed(debian)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@pytest.fixture(scope="session")
def postgres():
    """Start a PostgreSQL server for this worker."""
    place = programs()
    if place is None:
        pytest.skip(NONE_HERE)
    # Not under pytest's folder, which root keeps to itself.
    with tempfile.TemporaryDirectory(prefix="campus-postgres-") as folder:
        server = Postgres(place, Path(folder))
        try:
            yield server
        finally:
            server.end()


@pytest.fixture
async def postgres_url(postgres):
    """Return the URL of an empty PostgreSQL database."""
    return await postgres.database()


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request, tmp_path):
    """Return the URL of an empty database: the test runs once on each engine."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/component.db"
    return await request.getfixturevalue("postgres").database()
