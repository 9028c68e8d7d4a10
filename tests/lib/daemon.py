"""Run smtp-screend on sockets of our own, as systemd does it.

A Daemon is the running program; a Stage is screen.Stage whose sessions each
have a daemon of their own, so that a dialogue can be played with it: what it
logs is what one client has caused. A Host has one for all its clients.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time

import client
import postfix
import screen

# What the daemon says of itself, and not of a client.
_STARTED = re.compile(r"smtp-screend \S+ listens on ")
_ENDS = re.compile(r"smtp-screend ends; ")

# systemd sets LISTEN_PID between fork and exec, which Python cannot.
_HAND_OVER = ["sh", "-c", 'LISTEN_PID=$$; export LISTEN_PID; exec "$@"', "sh"]


def listener(address="127.0.0.1", port=0):
    """A socket that listens."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(4096)
    return sock


class Daemon:
    """smtp-screend with ARGV, on SOCKETS: (socket, name) each."""

    def __init__(self, argv, sockets, log, env, prepare=None, **how):
        fds = [sock.fileno() for sock, _ in sockets]

        def hand_over():
            # above all of them first: they may stand in each other's way
            for fd in [os.dup2(fd, 200 + i) for i, fd in enumerate(fds)]:
                os.dup2(fd, fd - 197)
            if prepare:
                prepare()

        self.process = subprocess.Popen(
            _HAND_OVER + argv, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=log, start_new_session=True,
            close_fds=False, preexec_fn=hand_over, env=dict(
                env, LISTEN_FDS=str(len(fds)),
                LISTEN_FDNAMES=":".join(name for _, name in sockets)), **how)

    def stop(self, patience):
        """Ask it to end; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(patience)

    def lives(self):
        """Is it or a process that it has started still there?"""
        left = screen.running(self.process.pid)
        self.process.poll()  # behind that: who does not run has a status
        return bool(left)

    def kill(self):
        """Leave nothing behind, not even who does not end when asked to."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop(2)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def queue_length(sock):
    """How many clients have come to SOCK and were not accepted."""
    table = {socket.AF_INET: "/proc/net/tcp", socket.AF_INET6:
             "/proc/net/tcp6"}[sock.family]
    port = ":%04X" % sock.getsockname()[1]
    with open(table, encoding="ascii") as lines:
        for line in list(lines)[1:]:
            fields = line.split()
            if fields[1].endswith(port) and fields[3] == "0A":
                return int(fields[4].split(":")[1], 16)
    return 0


class Stage(screen.Stage):
    """Where each session has a daemon."""

    def __init__(self, build, dns=None, patience=20.0):
        super().__init__(build, dns, patience)
        self.program = os.path.join(self.build, "smtp-screend")
        self.has_address = postfix.add_address

    def session(self, source, number):
        return Session(self, source, number)


class Session(client.Client):
    """One client, one daemon."""

    everything_logged = screen.Session.everything_logged
    smtpd = screen.Session.smtpd

    def __init__(self, stage, source, number):
        self.stage = stage
        self.record_file = os.path.join(stage.dir, "smtpd-%d" % number)
        stage.record_file = self.record_file
        self.log_file = os.path.join(stage.dir, "log-%d" % number)
        stage.has_address(source)  # from now on, in our own network
        self.listener = listener("::1" if ":" in source else "127.0.0.1")
        env = screen.base_environment(self.record_file)
        env.update(stage.environment)
        with open(self.log_file, "wb") as log:
            self.daemon = Daemon(stage.command(), [(self.listener, "smtp")],
                                 log, env, cwd=stage.dir)
        sock = socket.socket(self.listener.family, socket.SOCK_STREAM)
        sock.bind((source, 0))
        began = time.monotonic()
        sock.connect(self.listener.getsockname())
        super().__init__(sock, stage.patience)
        self.began = began  # the daemon counts from there
        self.client = sock.getsockname()[:2]
        self.server = sock.getpeername()[:2]

    def end(self):
        """Hang up and wait for all processes; there is no exit status."""
        self.hang_up()
        deadline = time.monotonic() + self.patience
        while queue_length(self.listener) > 0:
            self._wait(deadline, "does not accept its client")
        self.daemon.stop(self.patience)
        while self.daemon.lives():
            self._wait(deadline, "has processes that do not end")

    def _wait(self, deadline, why):
        if time.monotonic() > deadline or self.daemon.process.poll():
            raise client.Failure("the daemon " + why)
        time.sleep(0.005)

    def kill(self):
        """Leave nothing behind."""
        with contextlib.suppress(OSError):
            self.socket.close()
        self.listener.close()
        self.daemon.kill()

    def _lines(self):
        """What was logged before clients were accepted, and since."""
        lines = screen.Session.log(self)
        starts = [i for i, line in enumerate(lines) if _STARTED.match(line)]
        at = starts[0] if starts else len(lines)
        return lines[:at], [line for line in lines[at + 1:]
                            if not _ENDS.match(line)]

    def log(self):
        """The lines logged of this client."""
        return self._lines()[1]

    def came_beside(self, _want, pattern):
        """What is doubtful in the settings is told at the start, if a
        connection has not come upon it itself."""
        start, since = self._lines()
        return not any(re.fullmatch(pattern, line) for line in since) and \
            any(re.fullmatch(pattern, line) for line in start)

    def left_beside(self):
        """Not every dialogue is about those."""
        return []

    def status(self):
        """There is none."""


class Host(screen.Stage):
    """A stage with one daemon for all, on sockets of our own."""

    def __init__(self, build, patience=20.0, **settings):
        super().__init__(build, patience=patience)
        self.program = os.path.join(self.build, "smtp-screend")
        self.settings.update(settings)
        self.sockets = [(listener(), "smtp")]
        self.log_file = os.path.join(self.dir, "log")
        self.daemon = None
        self.clients = []
        self.environment["FAKE_SMTPD_RECORD"] = os.path.join(self.dir, "smtpd")
        self.environment["PATH"] = os.environ["PATH"]

    def start(self, prepare=None, wait=True):
        """Start it, and WAIT until its log says that it listens."""
        listens = self.count("listens on")
        with open(self.log_file, "ab") as log:
            self.daemon = Daemon(self.command(), self.sockets, log,
                                        self.environment, cwd=self.dir,
                                        prepare=prepare)
        if wait:
            self.until(lambda: self.count("listens on") > listens,
                       "it starts")

    def close(self):
        for one in self.clients:
            one.hang_up()
        if self.daemon:
            self.daemon.kill()
        for sock, _ in self.sockets:
            sock.close()
        super().close()

    def __exit__(self, kind, problem, trace):
        if isinstance(problem, AssertionError):
            problem.args = ("%s\nlog:\n%s" % (problem, "\n".join(
                self.lines())),)
        super().__exit__(kind, problem, trace)

    def call(self, source="127.0.0.9", which=0):
        """A client connects."""
        door = self.sockets[which][0]
        sock = socket.socket(door.family, socket.SOCK_STREAM)
        sock.bind((source, 0))
        sock.connect(door.getsockname())
        one = client.Client(sock, self.patience)
        self.clients.append(one)
        return one

    def lines(self):
        """The log."""
        with contextlib.suppress(FileNotFoundError), \
                open(self.log_file, encoding="utf-8") as file:
            return [re.sub(r"^\S+\[\d+\]: ", "", line)
                    for line in file.read().splitlines()]
        return []

    def count(self, text):
        """How many lines of the log have TEXT in them."""
        return sum(text in line for line in self.lines())

    def until(self, ready, what):
        """Wait until READY() is true."""
        deadline = time.monotonic() + self.patience
        while not ready():
            assert time.monotonic() < deadline, "never: " + what
            time.sleep(0.01)

    def logged(self, text):
        """Wait for a line with TEXT in it."""
        self.until(lambda: self.count(text) > 0, text)

    def workers(self):
        """The children of the daemon."""
        path = "/proc/%d/task/%d/children" % ((self.daemon.process.pid,) * 2)
        with open(path, encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
