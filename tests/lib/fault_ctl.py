"""Faults that strike smtp-screenctl where it writes."""

import os
import shutil
import subprocess

import fault_machine
import fault_others
import hostile
from fault import MANAGER, Fault
from fault_plays import KNOWN, true, Play

PASS = "pass"
EXPIRE = "expire"
OLD = "1000;1000;1;1;1;900;900;1"


class Run:
    """One command; the operator is the client."""

    reply = None

    def __init__(self, play):
        self.play, self.status, self.said = play, None, []

    def go_on(self):
        """Run it."""
        done = self.play.run(self.play.phase)
        self.status, self.said = done.returncode, done.stderr.splitlines()

    def words(self):
        """How it ended."""
        if self.status < 0:
            return "it is gone"
        return "exit code %d" % self.status


class Ctl(Play):
    """smtp-screenctl where it writes: one entry, and many."""

    program = "smtp-screenctl"
    phases = (PASS, EXPIRE)

    def __init__(self, phase):
        super().__init__(hostile.Stage(), phase)
        self.wrap, self.first = [], None
        for i in range(1, 151):
            self.stage.seed("10.0.0.%d" % i, OLD if i > 100 else KNOWN)
        os.chmod(self.stage.cache, 0o600)
        self.kept = {"10.0.0.%d" % i for i in range(1, 101)}

    def start(self):
        pass

    def run(self, phase, wrap=None):
        """The command."""
        argv = self.stage.command()
        options = argv[1:argv.index("--")]
        words = ["expire"] if phase == EXPIRE else ["pass", "192.0.2.7", "1d"]
        return subprocess.run(
            (self.wrap if wrap is None else wrap) +
            [os.path.join(self.stage.build, "smtp-screenctl"), *options,
             *words], capture_output=True, text=True, timeout=60, check=False)

    def meet(self, fault):
        fault.strike(self)
        self.first = Run(self)
        return self.first

    def lines(self):
        return self.first.said if self.first else []

    def warnings(self):
        return [self.plain(line) for line in self.lines()
                if line.startswith("smtp-screenctl: ")]

    def settle(self, patience):
        pass

    def harmed(self, visit):
        return visit.status != 0

    def first_loss(self, visit):
        return ["the command"] if self.harmed(visit) else []

    def try_again(self, first):
        self.wrap = []
        for phase in (PASS, EXPIRE):
            done = self.run(phase)
            true(done.returncode == 0, done.stderr)
        entries = set(self.stage.entries())
        true("192.0.2.7" in entries, "it was not stored")
        true(not any(self.stage.entries()[key] == OLD for key in entries),
             "some are still there")
        missing = len(self.kept - entries)
        return ["%d of %d entries" % (missing, len(self.kept))] if missing \
            else []


class CtlKill(Fault):
    """In the midst of a write."""

    name = "kill -9"
    how = "strace -e inject, at its second write to a file"
    where = {Ctl: (PASS, EXPIRE)}
    silent = {None: MANAGER}

    def prepare(self, play):
        if not shutil.which("strace"):
            raise hostile.Skipped("needs strace")
        play.wrap = ["strace", "-f", "-qq", "-o", os.path.join(
            play.stage.dir, "trace"), "-e", "trace=pwrite64,write", "-e",
            "inject=pwrite64:signal=SIGKILL:when=2+"]


class CtlLimit(Fault):
    """Something runs out."""

    where = {Ctl: (PASS, EXPIRE)}
    limit = ""

    def prepare(self, play):
        play.wrap = hostile.shell('ulimit %s; exec "$@"' % self.limit)


class CtlMemory(CtlLimit):
    """No memory."""

    name = "no more memory"
    how = "RLIMIT_AS"
    limit = "-v 12000"

    def sanitized(self, _play, _phase):
        return False


class CtlDescriptors(CtlLimit):
    """No descriptor."""

    name = "EMFILE"
    how = "RLIMIT_NOFILE"
    limit = "-n 5"


class CtlSize(CtlLimit):
    """A file may not grow."""

    name = "files limited"
    how = "RLIMIT_FSIZE"
    limit = "-f 8"


CTL = {Ctl: (PASS, EXPIRE)}


class CtlFull(fault_machine.Full):
    """No byte is free."""

    where, why_not = CTL, {}


class CtlReadOnly(fault_machine.ReadOnly):
    """It may only be read."""

    where, why_not = CTL, {}


class CtlLocked(fault_others.Locked):
    """Somebody does not let go."""

    where, why_not = CTL, {}

    def prepare(self, play):
        pass


class CtlDamaged(fault_others.Damaged):
    """Noise."""

    where, why_not = CTL, {}

    def prepare(self, play):
        pass


class CtlSettings(Fault):
    """Somebody writes the file at this moment."""

    name = "settings half written"
    how = "a file that is cut within a line"
    where = CTL

    def strike(self, play):
        play.stage.file("screen.conf", "bare_newline_action = enf")

    def lift(self, play):
        play.stage.file("screen.conf", "")


CTL_FAULTS = [CtlKill, CtlMemory, CtlDescriptors, CtlSize, CtlFull,
              CtlReadOnly, CtlLocked, CtlDamaged, CtlSettings]
