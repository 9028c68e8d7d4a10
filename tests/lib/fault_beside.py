"""The faults of tests/hostile/faults that strike what works beside a mail's
way: smtp-screen-tls, smtp-screen-greylist, smtp-screenctl.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

import fault_list
import grey
import hostile
import screen
import tls
from fault_list import MANAGER, NOTHING_WRONG, Fault
from fault_plays import (
    ENGINE, KNOWN, PATIENCE, Play, Screen, Visit, send, true)

# ---- smtp-screen-tls ---------------------------------------------------------

ASKED = "before STARTTLS"
SHAKE = "before the handshake"
TALK = "within TLS"
READY = "220 2.0.0 Ready to start TLS"


class TlsVisit(Visit):
    """A client that says STARTTLS to the engine, and goes on without it."""

    STEPS = (("EHLO x", "250"), ("STARTTLS", "220"), (None, "220"),
             ("EHLO x", "250"), ("MAIL FROM:<a@x>", "250"),
             ("RCPT TO:<b@y>", "250"), ("DATA", "354"))
    heard = ""

    def step(self):
        say, _ = self.STEPS[self.done]
        if say is None:
            self.done += 1
            self.client.secure()
            return True
        if super().step():
            return True
        if say == "STARTTLS" and self.reply:
            self.heard, self.reply = self.reply + ", then ", None
            self.done = 4
            return True
        return False

    def words(self):
        return self.heard + super().words()


class Tls(Screen):
    """smtp-screen-tls, started by smtp-screen."""

    program = "smtp-screen-tls"
    phases = (ASKED, SHAKE, TALK)
    usual = dict.fromkeys(phases, Play.usual[ENGINE])

    def __init__(self, phase):
        super().__init__(phase)
        certificate, key = self.stage.certificate()
        self.stage.settings.update(
            pipelining_enable="yes", tls_security_level="may", tls_service="",
            smtpd_tls_cert_file=certificate, smtpd_tls_key_file=key,
            smtpd_starttls_timeout="20s")

    def visit(self):
        if self.number > 0:  # the screen may not be in the way any more
            return super().visit()
        self.number += 1
        return TlsVisit(self.client(), "mail-1")

    def arrive(self, visit):
        true(visit.greeting(), visit.reply)
        for _ in range({ASKED: 1, SHAKE: 2, TALK: 4}[self.phase]):
            true(visit.step(), visit.reply)

    def pids(self):
        session = self.stage.sessions[-1]
        deadline = time.monotonic() + PATIENCE
        while not tls.processes(session):
            true(time.monotonic() < deadline, "no smtp-screen-tls")
            time.sleep(0.005)
        return tls.processes(session)

    def helpers(self):
        """What the session has forked, to become the program."""
        leader = self.stage.sessions[-1].process.pid
        with open("/proc/%d/task/%d/children" % (leader, leader),
                  encoding="ascii") as file:
            return [int(word) for word in file.read().split()]

    def hears_nothing(self, visit):
        """Of TLS nothing can be seen before it is taken."""
        if self.phase != TALK:
            super().hears_nothing(visit)

    def remembers(self, visit):
        return visit.reply == self.usual[self.phase]


TLS_PROCESS = {Tls: (SHAKE, TALK)}
TLS_NOT = {ASKED: fault_list.NO_PROCESS}


class TlsKill(fault_list.Kill):
    """smtp-screen-tls is killed."""

    where, why_not, silent = TLS_PROCESS, TLS_NOT, {}

    def lift(self, play):
        pass


class TlsStop(fault_list.Stop):
    """smtp-screen-tls stands still."""

    where, why_not = TLS_PROCESS, TLS_NOT

    def heals(self, play):
        return True


class TlsLimit(fault_list.Limit):
    """It is inherited: by then nobody else may set one."""

    where = {Tls: (ASKED,)}
    why_not = {SHAKE: "it runs, with all that it needs",
               TALK: "it runs, with all that it needs"}

    def prepare(self, play):
        pass

    def strike(self, play):
        for pid in play.helpers():
            fault_list.limit(pid, self.which, self.least(pid))

    def lift(self, play):
        pass


class TlsMemory(TlsLimit, fault_list.Memory):
    """Too little for OpenSSL."""

    where, why_not = TlsLimit.where, TlsLimit.why_not

    def least(self, pid):
        return 6 << 20


class TlsDescriptors(TlsLimit, fault_list.Descriptors):
    """Too few."""

    where, why_not = TlsLimit.where, TlsLimit.why_not


class TlsKey(Fault):
    """A certificate is being renewed."""

    name = "key half written"
    how = "a file that is cut in the middle"
    where = {Tls: (ASKED,)}
    why_not = {SHAKE: "it has been read", TALK: "it has been read"}

    def strike(self, play):
        path = play.stage.settings["smtpd_tls_key_file"]
        shutil.copy(path, path + ".whole")
        os.truncate(path, os.path.getsize(path) // 2)

    def lift(self, play):
        path = play.stage.settings["smtpd_tls_key_file"]
        os.rename(path + ".whole", path)


class TlsAway(Fault):
    """The service does not run."""

    name = "service away"
    how = "nobody listens at tls_service"
    where = {Tls: (ASKED,)}
    why_not = {SHAKE: "it has the client", TALK: "it has the client"}
    backlog = None

    def prepare(self, play):
        path = os.path.join(play.stage.dir, "service")
        play.stage.settings["tls_service"] = path
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        if self.backlog is not None:
            self.socket.listen(self.backlog)
        play.cleanup.callback(self.socket.close)


class TlsSlow(TlsAway):
    """The service does not answer."""

    name = "service stopped"
    how = "nobody accepts at tls_service"
    backlog = 5


class TlsUpgrade(fault_list.Upgrade):
    """Another version is installed."""

    how = "the programs' files are replaced"
    where = {Tls: (ASKED, SHAKE, TALK)}
    why_not = {}

    def strike(self, play):
        folder = os.path.dirname(self.program)
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            shutil.copy(path, path + ".new")
            os.rename(path + ".new", path)


TLS_FAULTS = [TlsKill, TlsStop, TlsMemory, TlsDescriptors, TlsKey,
              TlsAway, TlsSlow, TlsUpgrade]

# ---- smtp-screen-greylist ----------------------------------------------------

START = "at its start"
REQUEST = "between two requests"
T = 1700000000
DELAY = "DEFER_IF_PERMIT Greylisted, please try again later"


class Answers:
    """What the mail server heard: of a mail that was delayed before, and of a
    new one."""

    reply = None

    def __init__(self, play):
        self.play, self.retry, self.new = play, None, None

    @staticmethod
    def say(answer):
        """In words."""
        if answer is None:
            return "no answer"
        return "delayed" if answer == DELAY else "goes on"

    def go_on(self):
        """Ask."""
        self.retry = self.play.ask("a@x", 300)
        self.new = self.play.ask("b@x", 300)

    def words(self):
        """What was heard."""
        return "a retry: %s; a new mail: %s" % (
            self.say(self.retry), self.say(self.new))


class Grey(Play):
    """smtp-screen-greylist; the client is a mail server."""

    program = "smtp-screen-greylist"
    phases = (START, REQUEST)

    def __init__(self, phase):
        super().__init__(hostile.Stage(), phase)
        self.service, self.again = None, 0
        self.ahead = 0  # of the clock
        self.options = []
        self.db = self.on_disk("db")
        os.mkdir(self.db, 0o700)
        self.said = []

    def start(self):
        if self.phase == REQUEST:
            self.run()
            true(self.ask("a@x", 0) == DELAY, "it does not delay")

    def run(self):
        """It runs."""
        self.service = grey.Ours(hostile.BUILD, *self.options,
                                 directory=self.db)

    def restart(self):
        """One more."""
        self.said += self.service.lines()
        self.service.close()
        self.run()

    def __exit__(self, *problem):
        if self.service:
            self.service.close()
        super().__exit__(*problem)

    def meet(self, fault):
        if self.phase == START:
            self.run()  # what it remembers
            true(self.ask("a@x", 0) == DELAY, "it does not delay")
            self.service.close()
            fault.strike(self)
            self.run()
        else:
            fault.strike(self)
        return Answers(self)

    def ask(self, sender, at):
        """An answer, or None."""
        try:
            with self.service.connect() as one:
                return one.ask(T + at + self.ahead, sender=sender)
        except OSError:
            return None

    def hears_nothing(self, visit):
        with self.service.connect() as one:
            one.send(grey.request(T, sender="c@x"))
            one.socket.settimeout(0.3)
            try:
                true(False, "heard %r" % one.socket.recv(1))
            except socket.timeout:
                pass

    def pids(self):
        return [self.service.pid()]

    def connections(self):
        """Of mail servers, that the service has not closed yet."""
        folder = "/proc/%d/fd/" % self.service.pid()
        sockets = set()
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):
                sockets.add(os.readlink(folder + name))
        with open("/proc/net/unix", encoding="utf-8") as table:
            return [row for row in table if row.split()[5] == "03" and
                    row.rstrip().endswith(self.service.socket) and
                    "socket:[%s]" % row.split()[6] in sockets]

    def lines(self):
        return self.said + (self.service.lines() if self.service else [])

    def settle(self, patience):
        pass

    def harmed(self, visit):
        return visit.retry is None

    def first_loss(self, visit):
        return []

    def try_again(self, first):
        deadline = time.monotonic() + 90
        while self.ask("new-%d@x" % self.again, 400) != DELAY:
            self.again += 1
            true(time.monotonic() < deadline, "it does not work again")
            time.sleep(0.2)
        self.ask("a@x", 900)
        true(self.ask("a@x", 1300) != DELAY, "delayed for ever")
        if first.retry == DELAY:
            return ["when the mail was first seen"]
        return []

    def leftovers(self):
        self.service.daemon.process.terminate()
        self.service.daemon.process.wait(PATIENCE)
        true(set(os.listdir(self.db)) <= {"greylist.gdbm", "greylist.lock"},
             os.listdir(self.db))

    def plain(self, line):
        return super().plain(line.replace(self.db, "DIR"))


class GreyKill(fault_list.Kill):
    """It is killed."""

    where = {Grey: (REQUEST,)}
    why_not = {START: fault_list.NO_PROCESS}
    silent = {None: MANAGER}

    def strike(self, play):
        super().strike(play)
        play.service.daemon.process.wait()

    def heals(self, play):
        return False

    def lift(self, play):
        play.restart()


class GreyStop(fault_list.Stop):
    """It stands still."""

    where = {Grey: (REQUEST,)}
    why_not = {START: fault_list.NO_PROCESS}


class GreyMemory(fault_list.Memory):
    """No page more."""

    where = {Grey: (REQUEST,)}
    why_not = {START: "it does not start, and its manager says so"}

    def prepare(self, play):
        pass


class GreyDescriptors(fault_list.Descriptors):
    """Not one more."""

    where = {Grey: (REQUEST,)}
    why_not = {START: "it does not start, and its manager says so"}
    silent = {}

    def prepare(self, play):
        pass

    def strike(self, play):
        deadline = time.monotonic() + PATIENCE
        while play.connections():
            true(time.monotonic() < deadline, "they do not end")
            time.sleep(0.01)
        super().strike(play)

    def heals(self, play):
        return True


BOTH = {Grey: (START, REQUEST)}


def store(play, name="greylist.gdbm"):
    """A file of its."""
    return os.path.join(play.db, name)


class GreyFull(fault_list.Full):
    """No byte is free, in the store neither."""

    where = {Grey: (REQUEST,)}
    why_not = {START: "as between two requests"}

    def strike(self, play):
        super().strike(play)
        number = 0
        while play.ask("%dfill%d@x" % (number, number), 0) == DELAY:
            number += 1
            true(number < 20000, "it is never full")


class GreyReadOnly(fault_list.ReadOnly):
    """It may only be read."""

    where, why_not = BOTH, {}

    def silence(self, play):
        return "what it needs is open by then" if play.phase == REQUEST \
            else None


class GreyLocked(fault_list.Locked):
    """Somebody does not let go."""

    name = "store locked"
    how = "another process holds greylist.lock"
    where, why_not = BOTH, {}

    def prepare(self, play):
        pass

    def strike(self, play):
        self.take(store(play, "greylist.lock"))


class GreyDamaged(Fault):
    """Noise."""

    name = "store damaged"
    how = "noise behind the first 100 bytes"
    where = BOTH

    def silence(self, play):
        return "noise in the place of an entry is no entry" \
            if play.phase == REQUEST else None

    def strike(self, play):
        fault_list.scribble(store(play))


class GreyOwner(Fault):
    """Somebody else's."""

    name = "store of another owner"
    how = "chown"
    where = {Grey: (START,)}
    why_not = {REQUEST: "it has the store open"}

    def strike(self, play):
        os.chown(store(play), 65534, 65534)

    def lift(self, play):
        os.chown(store(play), os.geteuid(), os.getegid())


class GreyClock(Fault):
    """Somebody sets it."""

    how = "a service that believes the time of its requests"
    where = {Grey: (REQUEST,)}
    why_not = {START: "as between two requests"}
    silent = {None: NOTHING_WRONG}
    step = 0

    def strike(self, play):
        play.ahead = self.step

    def lift(self, play):
        play.ahead = max(0, self.step)


class GreyForward(GreyClock):
    """A day is gone."""

    name = "clock stepped forward"
    step = fault_list.DAY


class GreyBack(GreyClock):
    """Two days come again."""

    name = "clock stepped back"
    step = -2 * fault_list.DAY


class GreyLists(Fault):
    """An administrator writes at this moment."""

    name = "list half written"
    how = "a list of clients that is cut within a line, and SIGHUP"
    where = {Grey: (REQUEST,)}
    why_not = {START: "as between two requests"}

    def prepare(self, play):
        self.path = play.stage.file("clients", "mail.example\n")
        play.options.append("--whitelist-clients=" + self.path)

    def strike(self, play):
        with open(self.path, "w", encoding="ascii") as file:
            file.write("mail.example\n/^mail[0-9")
        send(play, signal.SIGHUP)
        play.service.wait_for_line(self.path)


class GreyUpgrade(Fault):
    """Another version is installed."""

    name = "upgrade"
    how = "SIGTERM, and one more is started"
    where = {Grey: (REQUEST,)}
    why_not = {START: "as between two requests"}
    silent = {None: NOTHING_WRONG}

    def strike(self, play):
        play.service.daemon.process.terminate()
        true(play.service.daemon.process.wait(PATIENCE) == 0, "exit status")
        play.restart()


GREY_FAULTS = [GreyKill, GreyStop, GreyMemory, GreyDescriptors, GreyFull,
               GreyReadOnly, GreyLocked, GreyDamaged, GreyOwner, GreyForward,
               GreyBack, GreyLists, GreyUpgrade]

# ---- smtp-screenctl ----------------------------------------------------------

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


class CtlFull(fault_list.Full):
    """No byte is free."""

    where, why_not = CTL, {}


class CtlReadOnly(fault_list.ReadOnly):
    """It may only be read."""

    where, why_not = CTL, {}


class CtlLocked(fault_list.Locked):
    """Somebody does not let go."""

    where, why_not = CTL, {}

    def prepare(self, play):
        pass


class CtlDamaged(fault_list.Damaged):
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
