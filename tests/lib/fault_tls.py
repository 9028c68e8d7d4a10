"""Faults that strike smtp-screen-tls."""

import os
import shutil
import socket
import time

import fault_machine
import fault_mail
import tls
from fault import NO_PROCESS, Fault
from fault_plays import ENGINE, Play, Screen, limit, true
from fault_visit import PATIENCE, Visit

ASKED = "before STARTTLS"
SHAKE = "before the handshake"
TALK = "within TLS"


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
TLS_NOT = {ASKED: NO_PROCESS}


class TlsKill(fault_machine.Kill):
    """smtp-screen-tls is killed."""

    where, why_not, silent = TLS_PROCESS, TLS_NOT, {}

    def lift(self, play):
        pass


class TlsStop(fault_machine.Stop):
    """smtp-screen-tls stands still."""

    where, why_not = TLS_PROCESS, TLS_NOT

    def heals(self, play):
        return True


class TlsLimit(fault_machine.Limit):
    """It is inherited: by then nobody else may set one."""

    where = {Tls: (ASKED,)}
    why_not = {SHAKE: "it runs, with all that it needs",
               TALK: "it runs, with all that it needs"}

    def prepare(self, play):
        pass

    def strike(self, play):
        for pid in play.helpers():
            limit(pid, self.which, self.least(pid))

    def lift(self, play):
        pass


class TlsMemory(TlsLimit, fault_machine.Memory):
    """Too little for OpenSSL."""

    where, why_not = TlsLimit.where, TlsLimit.why_not

    def least(self, pid):
        return 6 << 20


class TlsDescriptors(TlsLimit, fault_machine.Descriptors):
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


class TlsUpgrade(fault_mail.Upgrade):
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
