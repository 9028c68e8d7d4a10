"""Policy services for greylisting, ours and Postgrey, and their client.

    with grey.Ours(build, "--delay=60") as service:
        service.ask(sender="a@x", at=T)     # "DUNNO"
        service.log()                       # lines since the last call

Both listen on a UNIX socket in a directory of their own, believe the time
that a request brings, and log to a file.
"""

import grp
import os
import pwd
import re
import shutil
import socket
import tempfile
import time

import neighbours

# What a request says unless told otherwise.
BASE = {
    "request": "smtpd_access_policy",
    "client_name": "unknown",
    "client_address": "10.9.8.7",
    "sender": "a@example.com",
    "recipient": "b@example.org",
}
TREE = os.path.join(neighbours.PATH.rsplit(":", 1)[1], "..", "..")
PERL = "/usr/bin/perl"
PATIENCE = 20.0


class Cannot(Exception):
    """It cannot run here, and why."""


def request(at=None, **more):
    """A request as bytes; an attribute that is None is left out."""
    values = {**BASE, **more}
    if at is not None:
        values["policy_test_time"] = at
    return b"".join(b"%s=%s\n" % (
        name.encode(), value if isinstance(value, bytes)
        else str(value).encode("utf-8", "surrogateescape"))
        for name, value in values.items() if value is not None) + b"\n"


def directory_in_memory():
    """A new directory; Postgrey waits for the disk behind each answer."""
    fast = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.mkdtemp(prefix="grey-", dir=fast)


class Connection:
    """One client of a service."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self.heard = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Hang up."""
        self.heard.close()
        self.socket.close()

    def send(self, text):
        """Send bytes as they are."""
        self.socket.sendall(text)

    def answer(self):
        """The next answer without "action="; None when there is no more."""
        line = self.heard.readline()
        if not line:
            return None
        assert line.startswith(b"action=") and line.endswith(b"\n"), line
        assert self.heard.readline() == b"\n", "no empty line"
        return line[7:-1].decode("utf-8", "surrogateescape")

    def ask(self, at=None, **more):
        """Ask, and hear the answer."""
        self.send(request(at, **more))
        return self.answer()


class Service:
    """A policy service that runs until the block ends."""

    def __init__(self, argv, env=None):
        self.connection = None
        self.read = 0
        self.log_file = os.path.join(self.dir, "log")
        self.daemon = neighbours.Daemon(argv, self.log_file, env)
        try:
            neighbours.wait_for("the service", self.answers, self.daemon)
        except AssertionError:
            self.close()
            raise

    def answers(self):
        """Does it take connections?"""
        try:
            Connection(self.socket).close()
        except OSError:
            return False
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End it, and remove what it left."""
        if self.connection:
            self.connection.close()
        self.daemon.__exit__()
        shutil.rmtree(self.dir, ignore_errors=True)

    def connect(self):
        """One more connection."""
        return Connection(self.socket)

    def ask(self, at=None, **more):
        """Ask over one connection that stays."""
        if not self.connection:
            self.connection = self.connect()
        return self.connection.ask(at, **more)

    def lines(self):
        """All of the log, without names and times."""
        with open(self.log_file, "rb") as file:
            text = file.read().decode("utf-8", "surrogateescape")
        return [self.PREFIX.sub("", line) for line in text.splitlines()]

    def log(self):
        """The lines since the last call."""
        lines = self.lines()
        new, self.read = lines[self.read:], len(lines)
        return new

    def wait_for_line(self, part):
        """Until the log has a line with PART."""
        deadline = time.monotonic() + PATIENCE
        while not any(part in line for line in self.lines()):
            assert time.monotonic() < deadline, "not logged: %s\n%s" % (
                part, "\n".join(self.lines()[-20:]))
            time.sleep(0.01)


class Ours(Service):
    """smtp-screen-greylist."""

    PREFIX = re.compile(r"^smtp-screen-greylist\[\d+\]: ")

    def __init__(self, build, *options, wrap=(), lists=True, directory=None,
                 test_clock=True, make=True,
                 program="smtp-screen-greylist"):
        self.dir = directory_in_memory()
        self.db = directory or os.path.join(self.dir, "db")
        if make:
            os.makedirs(self.db, exist_ok=True)
        self.socket = os.path.join(self.dir, "socket")
        self.argv = [*wrap, os.path.join(build, program),
                     "--unix=" + self.socket, "--dbdir=" + self.db,
                     "--user=%d" % os.geteuid(), "--hostname=mx.test",
                     *(("--test-clock",) if test_clock else ())]
        if lists:
            self.argv += ["--whitelist-clients=/nonexistent.local",
                          "--whitelist-recipients=/nonexistent.local"]
        super().__init__(self.argv + list(options))

    def pid(self):
        """Of the service."""
        return self.daemon.process.pid


class Postgrey(Service):
    """Debian's Postgrey, unpacked by ./setup check."""

    PREFIX = re.compile(r"^$")

    def __init__(self, *options, lists=True):
        program = os.path.join(TREE, "usr/sbin/postgrey")
        if not os.path.exists(program):
            raise Cannot("Postgrey is not unpacked: see ./setup")
        if not os.path.exists(PERL):
            raise Cannot("perl not installed")
        self.dir = directory_in_memory()
        self.db = self.dir
        self.socket = os.path.join(self.dir, "socket")
        empty = os.path.join(self.dir, "none")
        with open(empty, "w", encoding="ascii"):
            pass
        # under -T it would not look into PERL5LIB
        super().__init__([
            PERL, "-T", "-I" + os.path.join(TREE, "usr/share/perl5"),
            "-I" + os.path.join(TREE, perl_arch()), program, "--unix=" + self.socket,
            "--dbdir=" + self.dir,
            "--user=" + pwd.getpwuid(os.geteuid()).pw_name,
            "--group=" + grp.getgrgid(os.getegid()).gr_name,
            "--hostname=mx.test",
            *(("--whitelist-clients=" + empty,
               "--whitelist-recipients=" + empty) if lists else ()),
            *options], {
                "PATH": "/usr/bin:/bin", "TZ": "UTC"})


def perl_arch():
    """Where Debian keeps compiled Perl modules, below the tree."""
    base = os.path.join(TREE, "usr/lib")
    for machine in sorted(os.listdir(base)) if os.path.isdir(base) else ():
        path = os.path.join(base, machine, "perl5")
        if os.path.isdir(path):
            return os.path.join("usr/lib", machine, "perl5",
                                sorted(os.listdir(path))[-1])
    return "usr/lib/perl5"

