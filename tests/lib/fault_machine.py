"""Faults of a process and of the machine that it runs on: killed, stopped, out of
memory or descriptors, a disk, the log, the clock.
"""

import contextlib
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time

import hostile
from fault import (
    EVERYWHERE, LATER, DAY, NO_PROCESS, WRITTEN, MANAGER, NOTHING_WRONG,
    Fault)
from fault_plays import (
    AFTER, BEFORE, ENGINE, HANDOFF, WAIT, Daemon, Screen, Worker, descriptors,
    limit, mount, send, true)
from fault_visit import PATIENCE

# ---- processes ---------------------------------------------------------------

class Kill(Fault):
    """A process is killed."""

    name = "kill -9"
    how = "kill(2)"
    where = {Screen: LATER, Daemon: EVERYWHERE, Worker: LATER}
    why_not = {BEFORE: NO_PROCESS}
    silent = {Screen: MANAGER, Daemon: MANAGER}

    def strike(self, play):
        send(play, signal.SIGKILL)

    def lost(self, play):
        if isinstance(play, Worker):
            play.host.until(lambda: any("was killed by signal" in line
                                        for line in play.lines()),
                            "its end is told")
        return []

    def heals(self, play):
        return isinstance(play, Daemon) and play.phase == BEFORE

    def lift(self, play):
        if type(play) is Daemon:
            play.restart()


class Stop(Fault):
    """A process stands still for a moment."""

    name = "SIGSTOP, then SIGCONT"
    how = "kill(2)"
    where = {Screen: LATER, Daemon: EVERYWHERE, Worker: LATER}
    why_not = {BEFORE: NO_PROCESS}
    silent = {None: NOTHING_WRONG}

    def strike(self, play):
        self.pids = play.pids()
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)

    def heals(self, play):
        return True

    def lift(self, play):
        for pid in self.pids:
            os.kill(pid, signal.SIGCONT)


# ---- limits ------------------------------------------------------------------

class Limit(Fault):
    """Something runs out."""

    where = {Screen: EVERYWHERE, Daemon: EVERYWHERE, Worker: LATER}
    why_not = {BEFORE: NO_PROCESS}
    silent = {None: "nothing more was wanted"}
    which = 0
    start = ""  # of a shell: what to do before smtp-screen is started

    def prepare(self, play):
        play.connected()  # else the smtpd would have the same limit
        if isinstance(play, Screen) and play.phase == BEFORE:
            play.stage.wrap = hostile.shell(self.start + '; exec "$@"')

    def least(self, pid):
        """The limit that has been reached."""
        raise NotImplementedError

    def strike(self, play):
        if isinstance(play, Screen) and play.phase == BEFORE:
            return
        self.kept = [(pid, resource.prlimit(pid, self.which)[0])
                     for pid in play.pids()]
        for pid, _ in self.kept:
            limit(pid, self.which, self.least(pid))

    def heals(self, play):
        return type(play) is Daemon and play.phase == BEFORE and self.waits

    waits = False  # nobody is accepted meanwhile

    def lift(self, play):
        if isinstance(play, Screen):
            play.stage.wrap = []
            return
        for pid, soft in self.kept:
            with contextlib.suppress(ProcessLookupError):
                limit(pid, self.which, soft)


class Memory(Limit):
    """No page more."""

    name = "no more memory"
    how = "RLIMIT_AS"
    which = resource.RLIMIT_AS

    def sanitized(self, _play, _phase):
        return False

    start = "ulimit -v 3000"

    def least(self, pid):
        return 1


class Descriptors(Limit):
    """Not one more."""

    name = "EMFILE"
    how = "RLIMIT_NOFILE"
    which = resource.RLIMIT_NOFILE
    start = "ulimit -n 4"
    waits = True

    def least(self, pid):
        return descriptors(pid)


class Table(Fault):
    """The whole machine has no descriptor left."""

    name = "ENFILE"
    how = "strace -e inject"
    where = {Screen: EVERYWHERE, Daemon: EVERYWHERE, Worker: LATER}
    why_not = {BEFORE: NO_PROCESS}
    silent = {None: "nothing more was wanted"}
    calls = ("openat,open,socket,socketpair,accept4,accept,pipe2,"
             "epoll_create1,signalfd4,eventfd2,memfd_create")

    def sanitized(self, play, phase):
        return (play, phase) != (Screen, BEFORE)  # the loader opens files

    def prepare(self, play):
        if not shutil.which("strace"):
            raise hostile.Skipped("needs strace")
        play.connected()
        self.command = ["strace", "-qq", "-o", os.path.join(
            play.stage.dir, "trace"), "-e", "trace=" + self.calls, "-e",
            "inject=%s:error=ENFILE" % self.calls]
        if isinstance(play, Screen) and play.phase == BEFORE:
            play.stage.wrap = self.command

    def strike(self, play):
        self.tracers = []
        if isinstance(play, Screen) and play.phase == BEFORE:
            return
        for pid in play.pids():
            tracer = subprocess.Popen(self.command + ["-p", str(pid)],
                                      stderr=subprocess.DEVNULL)
            self.tracers.append(tracer)
            deadline = time.monotonic() + PATIENCE
            while not self.traced(pid):
                true(time.monotonic() < deadline, "strace does not attach")
                true(tracer.poll() is None, "strace has ended")
                time.sleep(0.01)

    @staticmethod
    def traced(pid):
        """Is it?"""
        with open("/proc/%d/status" % pid, encoding="ascii") as status:
            return "TracerPid:\t0\n" not in status.read()

    def heals(self, play):
        return type(play) is Daemon and play.phase == BEFORE

    def lift(self, play):
        if isinstance(play, Screen):
            play.stage.wrap = []
        for tracer in self.tracers:
            tracer.send_signal(signal.SIGINT)  # it lets go
            tracer.wait()


# ---- disks -------------------------------------------------------------------

class Disk(Fault):
    """Where cache, state file and decision log are."""

    where = {Screen: (BEFORE, WAIT, ENGINE), Daemon: (BEFORE, WAIT, ENGINE)}
    why_not = {HANDOFF: WRITTEN, AFTER: WRITTEN}

    def prepare(self, play):
        if not play.mounted:
            raise hostile.Skipped("not root")


class Full(Disk):
    """No byte is free."""

    name = "disk full"
    how = "a tmpfs that is full"

    def strike(self, play):
        with open(play.on_disk("fill"), "wb", buffering=0) as fill:
            for size in (65536, 1):
                with contextlib.suppress(OSError):
                    while True:
                        fill.write(bytes(size))

    def lift(self, play):
        os.unlink(play.on_disk("fill"))


class ReadOnly(Disk):
    """It may only be read."""

    name = "read-only file system"
    how = "a read-only mount"

    def silence(self, play):
        return "what it needs is open by then" if play.phase == ENGINE \
            else None

    def strike(self, play):
        mount("--bind", play.disk, play.disk)
        play.mounted += 1
        mount("-o", "remount,bind,ro", play.disk)

    def lift(self, play):
        subprocess.run(["umount", play.disk], check=True)
        play.mounted -= 1

# ---- the log -----------------------------------------------------------------

class Log(Fault):
    """Where the lines go."""

    where = {Screen: (BEFORE, WAIT, ENGINE), Daemon: (BEFORE, WAIT, ENGINE)}
    why_not = {HANDOFF: "as in the wait", AFTER: "as in the wait"}
    target = ""

    @staticmethod
    def logged(play):
        """Is the end of the connection on standard error?"""
        return any(line.startswith(("PASS", "DISCONNECT"))
                   for line in play.lines())

    def lost(self, play):
        return [] if self.logged(play) else ["its lines in the log"]

    def prepare(self, play):
        self.path = os.path.join(play.stage.dir, "log.socket")
        self.open()
        play.cleanup.callback(self.close)
        play.stage.settings["log_target"] = "%s:%s" % (self.target, self.path)
        play.ready = self.hear

    def hear(self):
        """A line."""
        self.socket.settimeout(PATIENCE)
        true(b"listens on" in self.socket.recv(65536), "another line")
        self.socket.setblocking(False)

    def open(self):
        """Somebody reads; one who is there already is none of ours."""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)

    def close(self):
        """Nobody does."""
        if self.socket:
            # a process that is just being started may have it open, too
            self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()
            os.unlink(self.path)
            self.socket = None


class LogAway(Log):
    """The daemon is gone."""

    silent = {None: "its lines are on standard error"}

    def lost(self, play):
        deadline = time.monotonic() + PATIENCE
        while not self.logged(play):
            true(time.monotonic() < deadline, "they are not")
            time.sleep(0.01)
        return []
    how = "its socket is removed"

    def strike(self, play):
        self.close()

    def lift(self, play):
        self.open()


class LogStopped(Log):
    """It does not read."""

    silent = {None: "there is none"}
    how = "a socket whose queue is full"

    def strike(self, play):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.setblocking(False)
            other.connect(self.path)
            with contextlib.suppress(BlockingIOError):
                while True:
                    other.send(b"MESSAGE=full\n")

    def lift(self, play):
        with contextlib.suppress(BlockingIOError):
            while True:
                self.socket.recv(65536)


def logs():
    """Four of them."""
    made = []
    for target in ("journal", "syslog"):
        for base, state in ((LogAway, "away"), (LogStopped, "stopped")):
            made.append(type(base.__name__, (base,), {
                "name": "%s %s" % (target, state), "target": target}))
    return made


# ---- the clock ---------------------------------------------------------------

class Clock(Fault):
    """Somebody sets it."""

    how = "programs whose clock on the wall is the test's"
    where = {Screen: (BEFORE, WAIT, ENGINE), Daemon: (BEFORE, WAIT, ENGINE)}
    why_not = {HANDOFF: "only waits and deadlines matter any more",
               AFTER: "only waits and deadlines matter any more"}
    silent = {None: NOTHING_WRONG}
    step = 0

    def prepare(self, play):
        self.file = play.stage.file("clock", "\0" * 8)
        play.stage.environment["CLOCK_STEP"] = self.file
        play.stage.program = os.path.join(
            play.stage.build, "tests", "stepped",
            os.path.basename(play.stage.program))
        if play.phase == BEFORE:
            now = int(time.time())
            play.stage.seed("127.0.0.9", "%d;%d;1;1;1;%d;%d;3" % (
                now + 3600, now + 3600, now, now))
            os.chmod(play.stage.cache, 0o600)

    def known(self, play):
        return play.phase == BEFORE

    def strike(self, play):
        with open(self.file, "r+b") as file:
            file.write(struct.pack("q", self.step))


class ClockForward(Clock):
    """Two days are gone."""

    name = "clock stepped forward"
    step = 2 * DAY


class ClockBack(Clock):
    """Two days come again."""

    name = "clock stepped back"
    step = -2 * DAY
