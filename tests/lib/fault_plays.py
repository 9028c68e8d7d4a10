"""The stage for tests/hostile/faults: a mail, one of our programs at work on
it, and a moment at which something breaks.

A Play brings its program to a PHASE, lets a fault strike, goes on, and tells
what came of it: what the client saw, what the log said, what was lost. Its
files are on a disk of its own (a tmpfs), which a fault can fill or lock.
"""

import contextlib
import fcntl
import json
import os
import re
import resource
import socket
import subprocess

import daemon
import hostile
import screen
from fault_visit import PATIENCE, Smtpd, Visit
from screen import Failure

SOURCE = "127.0.0.9"
FOREVER = "4000000000"
KNOWN = ";".join([FOREVER] * 2 + ["1"] * 3 + ["1700000000", "1700000000", "1"])

# Phases of a connection.
BEFORE = "before the greeting"
WAIT = "in the wait"
ENGINE = "in the engine"
HANDOFF = "at the hand-off"
AFTER = "behind the hand-off"

PROC = "/proc/%d/"


def mount(*argv):
    """mount(8)."""
    done = subprocess.run(["mount", *argv], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise Failure("mount: " + done.stderr.strip())


class Play:
    """What all programs have in common."""

    phases = ()
    program = ""
    usual = {ENGINE: "450 4.3.2 Service currently unavailable"}

    def __init__(self, stage, phase):
        self.stage, self.phase = stage, phase
        self.disk = os.path.join(stage.dir, "disk")
        os.mkdir(self.disk)
        self.mounted = 0
        if os.environ.get("SCREEN_TEST_NAMESPACES"):
            mount("-t", "tmpfs", "-o", "size=2m,mode=700", "none", self.disk)
            self.mounted = 1
        self.mail = os.path.join(stage.dir, "mail")
        self.decisions = self.on_disk("decisions")
        stage.cache = self.on_disk("cache.gdbm")
        stage.state = self.on_disk("state")
        stage.settings.update(
            cache_map="gdbm:" + stage.cache, state_file=stage.state,
            decision_log=self.decisions, mynetworks="127.0.0.1/32",
            greet_action="enforce", dnsbl_action="enforce")
        stage.environment["FAKE_SMTPD_MAIL"] = self.mail
        if phase == ENGINE:
            stage.settings["pipelining_enable"] = "yes"
        self.smtpd = None
        self.number = 0
        self.cleanup = contextlib.ExitStack()  # of faults

    def on_disk(self, name):
        """A path there."""
        return os.path.join(self.disk, name)

    def connected(self):
        """From now on the smtpd is reached by connect, through us."""
        if self.smtpd:
            return
        self.smtpd = Smtpd(self.stage.smtpd[0], self.mail)
        self.stage.smtpd = []
        self.stage.settings["handoff"] = "connect:127.0.0.1:%d proxy=v2" % \
            self.smtpd.port

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.cleanup.close()
        if self.smtpd:
            self.smtpd.open.set()
            self.smtpd.close()
        for _ in range(self.mounted):
            subprocess.run(["umount", "-l", self.disk], check=False)
        self.stage.close()

    # ---- a client -----------------------------------------------------------

    def client(self):
        """A client that connects now."""
        raise NotImplementedError

    def visit(self):
        """It, with a mail of its own."""
        self.number += 1
        return Visit(self.client(), "mail-%d" % self.number)

    def arrive(self, visit):
        """Bring the client to the phase."""
        if self.phase == WAIT:
            visit.client.expect("220-mail.example ESMTP")
            visit.teaser = True
        elif self.phase == ENGINE:
            true(visit.greeting(), visit.reply)
            true(visit.step(), visit.reply)
        elif self.phase == HANDOFF:
            visit.client.expect("220-mail.example ESMTP")
            visit.teaser = True
            true(self.smtpd.came.acquire(timeout=PATIENCE), "no hand-off")
        elif self.phase == AFTER:
            true(visit.greeting(), visit.reply)
            while visit.done < len(visit.STEPS):
                true(visit.step(), visit.reply)

    def remembers(self, visit):
        """Must what the client has passed be known now?"""
        return self.phase in (ENGINE, HANDOFF, AFTER) or visit.taken

    def pids(self):
        """Whom a fault strikes."""
        raise NotImplementedError

    def lines(self):
        """The log so far."""
        raise NotImplementedError

    def settle(self, patience):
        """The first visit is over: wait until what worked on it has ended."""
        raise NotImplementedError

    # ---- the course of it ---------------------------------------------------

    def meet(self, fault):
        """The fault strikes at the phase; the first visit."""
        if self.phase == BEFORE:
            fault.strike(self)
            return self.visit()
        if self.phase == HANDOFF and not fault.instead:
            self.smtpd.open.clear()
        visit = self.visit()
        if self.phase != HANDOFF or not fault.instead:
            self.arrive(visit)
        fault.strike(self)
        return visit

    @staticmethod
    def hears_nothing(visit):
        """While the fault is there."""
        visit.client.socket.settimeout(0.3)
        try:
            data = visit.client.socket.recv(1, socket.MSG_PEEK)
            true(False, "heard %r" % data)
        except socket.timeout:
            pass
        finally:
            visit.client.socket.settimeout(PATIENCE)

    def release(self):
        """The smtpd may go on."""
        if self.smtpd:
            self.smtpd.open.set()

    def harmed(self, visit):
        """Was it for nothing?"""
        return not visit.taken and (
            visit.reply is None or
            visit.reply != self.usual.get(self.phase))

    def first_loss(self, visit):
        """What the first visit has cost."""
        lost = ["this attempt"] if self.harmed(visit) else []
        if self.decided() == 0:
            lost.append("its line in the decision log")
        return lost

    def try_again(self, first):
        """The client comes again, and must get through now."""
        again = [first]
        while len(again) < 4:
            again.append(self.visit())
            again[-1].go_on()
            self.settle(PATIENCE)
            if again[-1].taken:
                break
            true(again[-1].reply == self.usual.get(self.phase),
                 "told %r when it comes again" % again[-1].reply)
        true(again[-1].taken, "it never gets through")
        for one in again:
            true(not one.taken or self.mails().count(one.mail) == 1,
                 "a mail that was taken is not there")
        passed = self.remembers(first)
        if passed and (again[-1].teaser or len(again) > 2):
            return ["what it had passed"]
        return []

    # ---- what is left -------------------------------------------------------

    def mails(self):
        """Those that the smtpd has taken."""
        with contextlib.suppress(FileNotFoundError), \
                open(self.mail, encoding="ascii") as file:
            return file.read().split()
        return []

    def decided(self):
        """How many lines the decision log has."""
        count = 0
        with contextlib.suppress(OSError), \
                open(self.decisions, encoding="utf-8") as file:
            for line in file:
                with contextlib.suppress(ValueError):
                    json.loads(line)
                    count += 1
        return count

    def leftovers(self):
        """Locks that are held and files that nobody asked for."""
        for path, lock in ((self.on_disk("cache.lock"), fcntl.lockf),
                           (self.stage.cache, fcntl.flock)):
            with contextlib.suppress(FileNotFoundError, PermissionError), \
                    open(path, "rb+") as file:
                lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        known = {"cache.gdbm", "cache.lock", "state", "decisions"}
        true(set(os.listdir(self.disk)) <= known, os.listdir(self.disk))

    def plain(self, line):
        """LINE without what differs from run to run."""
        line = line.replace(self.disk, "DIR").replace(self.stage.dir, "DIR")
        line = line.replace(os.path.abspath(hostile.BUILD), "BUILD")
        line = re.sub(r"\[127\.0\.0\.9\](:\d+)?", "CLIENT", line)
        line = re.sub(r"\[?127\.0\.0\.1\]?:\d+", "SERVER", line)
        return line.replace(SOURCE, "CLIENT")

    def warnings(self):
        """What the log says is wrong, each line once."""
        found = []
        for line in self.lines():
            if line.startswith(("warning: ", "fatal: ")):
                line = self.plain(line)
                # not every kernel has it
                if line not in found and "no Landlock" not in line:
                    found.append(line)
        return found


class Screen(Play):
    """smtp-screen, one process for each connection."""

    program = "smtp-screen"
    phases = (BEFORE, WAIT, ENGINE, HANDOFF, AFTER)

    def __init__(self, phase):
        super().__init__(hostile.Stage(), phase)
        if phase in (HANDOFF, AFTER):
            self.connected()

    def start(self):
        """Nothing runs yet."""

    def client(self):
        return self.stage.connect(SOURCE)

    def pids(self):
        return [self.stage.sessions[-1].process.pid]

    def lines(self):
        return [line for session in self.stage.sessions
                for line in session.log()]

    def settle(self, patience):
        session = self.stage.sessions[-1]
        session.hang_up()
        session.process.wait(patience)
        screen.wait_until_gone(session, patience)

    def restart(self):
        """Nothing runs that could be."""


class Daemon(Play):
    """smtp-screend, its parent."""

    program = "smtp-screend"
    phases = (BEFORE, WAIT, ENGINE, HANDOFF, AFTER)

    def __init__(self, phase):
        super().__init__(daemon.Host(hostile.BUILD, PATIENCE), phase)
        self.host = self.stage
        self.gone = []  # daemons that have been replaced
        self.ready = None  # waits for it, when its log goes elsewhere
        if phase in (HANDOFF, AFTER):
            self.connected()

    def start(self):
        """It listens."""
        self.host.start(wait=not self.ready)
        if self.ready:
            self.ready()

    def restart(self):
        """One more, on the same sockets, as systemd does it."""
        if self.host.daemon.process.poll() is None:
            self.host.daemon.stop(PATIENCE)
        self.gone.append(self.host.daemon)
        self.host.start(wait=not self.ready)

    def client(self):
        return self.host.call(SOURCE)

    def pids(self):
        return [self.host.daemon.process.pid]

    def lines(self):
        return self.host.lines()

    def settle(self, patience):
        self.host.clients[-1].hang_up()
        leader = self.host.daemon.process
        leader.poll()
        self.host.until(lambda: group_of(leader.pid) <= {leader.pid},
                        "workers end")
        for one in self.gone:
            self.host.until(lambda one=one: not one.lives(), "old ones end")

    def __exit__(self, *problem):
        for one in self.gone:
            one.kill()
        super().__exit__(*problem)


class Worker(Daemon):
    """smtp-screend, the process that it has forked for the client."""

    program = "smtp-screend's worker"
    phases = (WAIT, ENGINE, HANDOFF, AFTER)

    def pids(self):
        workers = self.host.workers()
        true(len(workers) == 1, "workers: %r" % workers)
        return workers


def true(good, text):
    """Fail with TEXT unless GOOD."""
    if not good:
        raise Failure(str(text))


def group_of(leader):
    """The processes of a group that run: a process's list of its children is
    not to be relied on while they come and go (proc(5))."""
    found = set()
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError), \
                open("/proc/%d/stat" % int(name), encoding="ascii",
                     errors="replace") as file:
            state, _, group = file.read().rsplit(")", 1)[1].split()[:3]
            if int(group) == leader and state != "Z":
                found.add(int(name))
    return found


def limit(pid, which, soft):
    """Set a limit of a process that runs."""
    resource.prlimit(pid, which, (soft, resource.prlimit(pid, which)[1]))


def descriptors(pid):
    """The limit that leaves it those that it has, and not one more."""
    used = set(map(int, os.listdir(PROC % pid + "fd")))
    return min(set(range(len(used) + 1)) - used)


def send(play, number):
    """A signal to whom the fault strikes."""
    for pid in play.pids():
        os.kill(pid, number)
