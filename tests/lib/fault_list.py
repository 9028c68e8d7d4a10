"""The faults of tests/hostile/faults that strike a mail on its way through
smtp-screen or smtp-screend. Each says where it makes sense, and why not where
it does not; how it strikes, and how it is mended.
"""

import contextlib
import fcntl
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time

import dnsserver
import hostile
import neighbours
import redisserver
import screen
from fault_plays import (
    AFTER, BEFORE, ENGINE, HANDOFF, KNOWN, PATIENCE, WAIT, Daemon, Screen,
    Worker, descriptors, limit, mount, send, true)

EVERYWHERE = (BEFORE, WAIT, ENGINE, HANDOFF, AFTER)
LATER = EVERYWHERE[1:]
DAY = 86400

NO_PROCESS = "there is no process yet"
READ_ONCE = "only looked at before the greeting"
WRITTEN = "all is written by then"
ASKED = "all is asked by then"
MANAGER = "it cannot say so itself; who started it sees how it ended"
NOTHING_WRONG = "nothing went wrong"


class Fault:
    """One row of the table for each phase."""

    name = ""
    how = ""  # by what means
    where = {}  # Play: phases
    why_not = {}  # phase, or (Play, phase): why there is no such cell
    silent = {}  # Play or None: why no line of the log is expected
    instead = False  # at the hand-off: it is there before the client

    def prepare(self, play):
        """Before anything runs."""

    def strike(self, play):
        """Now."""

    def heals(self, _play):
        """Is it over before the client goes on?"""
        return False

    def lift(self, play):
        """It is over."""

    def sanitized(self, _play, _phase):
        """Can programs with a sanitizer play it?"""
        return True

    def known(self, _play):
        """Would the client not have to wait?"""
        return False

    def lost(self, _play):
        """What only this fault can cost, before it is lifted."""
        return []

    def reason(self, play, phase):
        """Why there is no such cell; None: there is."""
        if phase in self.where.get(play, ()):
            return None
        return self.why_not.get((play, phase), self.why_not.get(phase))

    def silence(self, play):
        """Why nothing need be logged."""
        return self.silent.get(type(play), self.silent.get(None))


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


# ---- name servers ------------------------------------------------------------

class Names(Fault):
    """The DNS list that is asked."""

    where = {Screen: (BEFORE,), Daemon: (BEFORE,)}
    why_not = {WAIT: "asked before the wait", ENGINE: ASKED, HANDOFF: ASKED,
               AFTER: ASKED}
    answer = dnsserver.Answer()

    def prepare(self, play):
        self.server = dnsserver.DnsServer(
            {"9.0.0.127.list.example": self.answer})
        play.cleanup.callback(self.close)
        play.stage.settings.update(
            dnsbl_sites="list.example",
            dns_servers="127.0.0.1:%d" % self.server.port)

    def close(self):
        """No answer any more."""
        if self.server:
            self.server.close()
            self.server = None

    def lift(self, play):
        self.close()


class NamesAway(Names):
    """Nobody is there."""

    name = "DNS away"
    how = "a server that has been stopped"
    where = {Screen: (BEFORE, WAIT), Daemon: (BEFORE, WAIT)}
    answer = dnsserver.Answer(trick="silent")

    def strike(self, play):
        if play.phase == WAIT:
            deadline = time.monotonic() + PATIENCE
            while not self.server.asked():
                true(time.monotonic() < deadline, "it was not asked")
                time.sleep(0.01)
        self.close()


class NamesSlow(Names):
    """It answers when the wait is over."""

    name = "DNS slow"
    how = "a server that answers after 5 s"
    answer = dnsserver.Answer(delay=5)


class NamesLie(Names):
    """It answers as lists do that do not serve us."""

    name = "DNS lying: an error as a listing"
    how = "a server that answers 127.255.255.254"
    answer = dnsserver.Answer(["127.255.255.254"])


class NamesForged(Names):
    """Somebody else answers, too."""

    name = "DNS lying: forged answers"
    how = "a listing under another id, before the true answer"
    answer = dnsserver.Answer(trick="forged")
    silent = {None: "what is not asked for is not looked at"}


# ---- the cache ---------------------------------------------------------------

class Cache(Fault):
    """Of a client that is known."""

    where = {Screen: (BEFORE, WAIT), Daemon: (BEFORE, WAIT)}
    why_not = {ENGINE: "it has the cache open", HANDOFF: WRITTEN,
               AFTER: WRITTEN}

    def prepare(self, play):
        play.stage.seed("127.0.0.8" if play.phase == WAIT else
                        "127.0.0.9", self.entry())
        os.chmod(play.stage.cache, 0o600)

    def known(self, play):
        return play.phase == BEFORE

    @staticmethod
    def entry():
        """What is known."""
        return KNOWN


def scribble(path):
    """Noise in the place of what stands there."""
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * (size - 100))


class Locked(Cache):
    """Somebody does not let go."""

    name = "cache locked"
    how = "another process holds cache.lock"

    fd = -1

    def take(self, path):
        """Both locks of base/filelock.h."""
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # F_OFD_SETLK: a lock of this very descriptor, not of the process
        fcntl.fcntl(self.fd, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0,
                                             1 << 40, 2, 0))

    def strike(self, play):
        self.take(play.on_disk("cache.lock"))

    def lift(self, play):
        os.close(self.fd)


class Damaged(Cache):
    """Noise."""

    name = "cache damaged"
    how = "noise behind the first 100 bytes"

    def strike(self, play):
        scribble(play.stage.cache)


class Owner(Cache):
    """Somebody else's."""

    name = "cache of another owner"
    how = "chown"

    def prepare(self, play):
        if os.geteuid() != 0:
            raise hostile.Skipped("not root")
        super().prepare(play)

    def strike(self, play):
        os.chown(play.stage.cache, 65534, 65534)

    def lift(self, play):
        os.chown(play.stage.cache, os.geteuid(), os.getegid())


class Future(Cache):
    """Written when the clock was wrong."""

    name = "cache from the future"
    how = "an entry that was written in three days"
    where = {Screen: (BEFORE,), Daemon: (BEFORE,)}
    why_not = {WAIT: READ_ONCE, **Cache.why_not}
    silent = {None: "the visit itself puts it right"}

    @staticmethod
    def entry():
        now = int(time.time()) + 3 * DAY
        return "%d;%d;1;1;1;%d;%d;3" % (now + DAY, now + DAY, now, now)


# ---- Redis -------------------------------------------------------------------

class Redis(Fault):
    """The list that several hosts share."""

    where = {Screen: (BEFORE, WAIT), Daemon: (BEFORE, WAIT)}
    why_not = {ENGINE: "told of the client by then, or not at all",
               HANDOFF: WRITTEN, AFTER: WRITTEN}
    number = signal.SIGKILL

    def prepare(self, play):
        if not neighbours.find("redis-server"):
            raise hostile.Skipped("needs redis-server")
        self.server = play.cleanup.enter_context(redisserver.Redis(
            os.path.join(play.stage.dir, "redis")))
        play.stage.settings["cache_map"] += " redis+unix://" + \
            self.server.socket

    def strike(self, play):
        os.kill(self.server.process.pid, self.number)
        if self.number == signal.SIGKILL:
            self.server.process.wait()


class RedisAway(Redis):
    """It has ended."""

    name = "Redis away"
    how = "redis-server is killed"


class RedisSlow(Redis):
    """It hears, and says nothing."""

    name = "Redis slow"
    how = "redis-server is stopped"
    number = signal.SIGSTOP

    def lift(self, play):
        os.kill(self.server.process.pid, signal.SIGCONT)


# ---- the smtpd ---------------------------------------------------------------

class Behind(Fault):
    """Whom the client is given to."""

    where = {Screen: (HANDOFF, AFTER), Daemon: (HANDOFF, AFTER)}
    why_not = {phase: "nobody needs it yet"
               for phase in (BEFORE, WAIT, ENGINE)}

    @staticmethod
    def process(play):
        """The one that has the client."""
        deadline = time.monotonic() + PATIENCE
        while not play.smtpd.processes:
            true(time.monotonic() < deadline, "no smtpd")
            time.sleep(0.005)
        return play.smtpd.processes[-1]


class BehindAway(Behind):
    """Nobody listens; or it dies."""

    name = "smtpd away"
    instead = True
    how = "nothing listens on its port; behind the hand-off it is killed"

    def prepare(self, play):
        if play.phase == HANDOFF:
            with socket.socket() as sock:
                sock.bind(("127.0.0.1", 0))
                self.right = play.stage.settings["handoff"]
                play.stage.settings["handoff"] = \
                    "connect:127.0.0.1:%d proxy=v2" % sock.getsockname()[1]

    def strike(self, play):
        if play.phase == AFTER:
            self.process(play).kill()

    def lift(self, play):
        if play.phase == HANDOFF:
            play.stage.settings["handoff"] = self.right
            play.restart()


class BehindSlow(Behind):
    """It does not answer."""

    name = "smtpd slow"
    how = "it greets after 2 s; behind the hand-off it is stopped"
    silent = {None: NOTHING_WRONG}

    def prepare(self, play):
        play.stage.settings["relay_idle_limit"] = "2s"

    def strike(self, play):
        if play.phase == HANDOFF:
            time.sleep(2)
        else:
            os.kill(self.process(play).pid, signal.SIGSTOP)

    def silence(self, play):
        return NOTHING_WRONG if play.phase == HANDOFF else None

    def lift(self, play):
        if play.phase == AFTER:
            self.process(play).kill()


class BehindCloses(Behind):
    """It hangs up at once."""

    name = "smtpd closing"
    how = "it takes the connection and closes it"
    where = {Screen: (HANDOFF,), Daemon: (HANDOFF,)}
    why_not = {AFTER: "as when it is killed", **Behind.why_not}

    def prepare(self, play):
        self.right = play.smtpd.program
        play.smtpd.program = "/bin/true"

    def lift(self, play):
        play.smtpd.program = self.right


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


# ---- settings ----------------------------------------------------------------

class Settings(Fault):
    """Somebody writes the file at this moment."""

    name = "settings half written"
    how = "a file that is cut within a line; smtp-screend is told to reload"
    where = {Screen: (BEFORE, WAIT), Daemon: (BEFORE, WAIT)}
    why_not = {phase: "as in the wait" for phase in (ENGINE, HANDOFF, AFTER)}

    def silence(self, play):
        if isinstance(play, Screen) and play.phase == WAIT:
            return "they have been read"
        return None

    def strike(self, play):
        play.stage.file("screen.conf", "soft_bounce = no\ngreet_ttl = 1d\n"
                        "bare_newline_action = enf")
        if isinstance(play, Daemon):
            send(play, signal.SIGHUP)
            play.host.logged("the settings stay as they were")

    def lift(self, play):
        play.stage.file("screen.conf", "")


class Restarted(Settings):
    """And then the daemon is restarted."""

    name = "settings half written, and a restart"
    how = "SIGTERM; the new one ends with 78, and the socket stays open"
    where = {Daemon: (BEFORE, WAIT, ENGINE, AFTER)}
    why_not = {**{(Screen, phase): "nothing is restarted"
                  for phase in EVERYWHERE},
               HANDOFF: "as in the wait"}

    def strike(self, play):
        play.stage.file("screen.conf", "bare_newline_action = enf")
        old = play.host.daemon
        play.gone.append(old)
        old.stop(PATIENCE)
        play.host.start(wait=False)
        true(play.host.daemon.process.wait(PATIENCE) == 78, "it starts")

    def heals(self, play):
        return play.phase == BEFORE

    def lift(self, play):
        super().lift(play)
        play.host.start()


class AccessList(Fault):
    """A table of the administrator's."""

    name = "access list half written"
    how = "a cidr table that is cut within a line"
    where = {Screen: (BEFORE,), Daemon: (BEFORE,)}
    why_not = {phase: READ_ONCE for phase in LATER}

    def prepare(self, play):
        play.stage.settings["access_list"] = "cidr:%s/access" % play.stage.dir
        self.lift(play)

    def strike(self, play):
        play.stage.file("access", "192.0.2.0/24 reject\n203.0.113.0/2")
        if isinstance(play, Daemon):
            send(play, signal.SIGHUP)
            play.host.logged("read again")

    def lift(self, play):
        play.stage.file("access", "192.0.2.0/24 reject\n"
                        "203.0.113.0/24 reject\n")


class Upgrade(Fault):
    """Another version is installed."""

    name = "upgrade in mid-session"
    how = "the program's file is replaced, and smtp-screend restarted"
    where = {Screen: LATER, Daemon: EVERYWHERE}
    why_not = {(Screen, BEFORE): "the new one is started, and that is all"}
    silent = {None: NOTHING_WRONG}

    def prepare(self, play):
        folder = os.path.join(play.stage.dir, "bin")
        os.mkdir(folder)
        for name in ("smtp-screen", "smtp-screend", "smtp-screen-tls"):
            shutil.copy(os.path.join(hostile.BUILD, name), folder)
        self.program = os.path.join(folder, os.path.basename(
            play.stage.program))
        play.stage.program = self.program

    def strike(self, play):
        shutil.copy(self.program, self.program + ".new")
        os.rename(self.program + ".new", self.program)
        if isinstance(play, Daemon):
            play.restart()


FAULTS = [Kill, Stop, Memory, Descriptors, Table, Full, ReadOnly, NamesAway,
          NamesSlow, NamesLie, NamesForged, Locked, Damaged, Owner, Future,
          RedisAway, RedisSlow, BehindAway, BehindSlow, BehindCloses, *logs(),
          ClockForward, ClockBack, Settings, Restarted, AccessList, Upgrade]
PLAYS = [Screen, Daemon, Worker]
