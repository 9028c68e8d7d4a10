"""Faults of whom the screen asks, and whom it gives its clients to: name servers,
the cache, Redis, the smtpd.
"""

import fcntl
import os
import signal
import socket
import struct
import time

import dnsserver
import hostile
import neighbours
import redisserver
from fault import DAY, READ_ONCE, WRITTEN, ASKED, NOTHING_WRONG, Fault
from fault_plays import (
    AFTER, BEFORE, ENGINE, HANDOFF, KNOWN, WAIT, Daemon, Screen, true)
from fault_visit import PATIENCE

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
