"""Faults that strike smtp-screen-greylist."""

import contextlib
import os
import signal
import socket
import time

import fault_machine
import fault_others
import grey
import hostile
from fault import DAY, NO_PROCESS, MANAGER, NOTHING_WRONG, Fault
from fault_plays import send, true, Play
from fault_visit import PATIENCE

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


class GreyKill(fault_machine.Kill):
    """It is killed."""

    where = {Grey: (REQUEST,)}
    why_not = {START: NO_PROCESS}
    silent = {None: MANAGER}

    def strike(self, play):
        super().strike(play)
        play.service.daemon.process.wait()

    def heals(self, play):
        return False

    def lift(self, play):
        play.restart()


class GreyStop(fault_machine.Stop):
    """It stands still."""

    where = {Grey: (REQUEST,)}
    why_not = {START: NO_PROCESS}


class GreyMemory(fault_machine.Memory):
    """No page more."""

    where = {Grey: (REQUEST,)}
    why_not = {START: "it does not start, and its manager says so"}

    def prepare(self, play):
        pass


class GreyDescriptors(fault_machine.Descriptors):
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


class GreyFull(fault_machine.Full):
    """No byte is free, in the store neither."""

    where = {Grey: (REQUEST,)}
    why_not = {START: "as between two requests"}

    def strike(self, play):
        super().strike(play)
        number = 0
        while play.ask("%dfill%d@x" % (number, number), 0) == DELAY:
            number += 1
            true(number < 20000, "it is never full")


class GreyReadOnly(fault_machine.ReadOnly):
    """It may only be read."""

    where, why_not = BOTH, {}

    def silence(self, play):
        return "what it needs is open by then" if play.phase == REQUEST \
            else None


class GreyLocked(fault_others.Locked):
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
        fault_others.scribble(store(play))


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
    step = DAY


class GreyBack(GreyClock):
    """Two days come again."""

    name = "clock stepped back"
    step = -2 * DAY


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
