"""Faults of settings and programs; and all faults that strike a mail on its way
through smtp-screen or smtp-screend.
"""

import os
import signal

import hostile
import neighbours
from fault import EVERYWHERE, LATER, READ_ONCE, NOTHING_WRONG, Fault
from fault_machine import (
    Kill, Stop, Memory, Descriptors, Table, Full, ReadOnly, logs,
    ClockForward, ClockBack)
from fault_others import (
    NamesAway, NamesSlow, NamesLie, NamesForged, Locked, Damaged, Owner,
    Future, RedisAway, RedisSlow, BehindAway, BehindSlow, BehindCloses)
from fault_plays import (
    AFTER, BEFORE, ENGINE, HANDOFF, WAIT, Daemon, Screen, Worker, send, true)
from fault_visit import PATIENCE

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
            neighbours.copy_program(os.path.join(hostile.BUILD, name), folder)
        self.program = os.path.join(folder, os.path.basename(
            play.stage.program))
        play.stage.program = self.program

    def strike(self, play):
        neighbours.copy_program(self.program, self.program + ".new")
        os.rename(self.program + ".new", self.program)
        if isinstance(play, Daemon):
            play.restart()


FAULTS = [Kill, Stop, Memory, Descriptors, Table, Full, ReadOnly, NamesAway,
          NamesSlow, NamesLie, NamesForged, Locked, Damaged, Owner, Future,
          RedisAway, RedisSlow, BehindAway, BehindSlow, BehindCloses, *logs(),
          ClockForward, ClockBack, Settings, Restarted, AccessList, Upgrade]
PLAYS = [Screen, Daemon, Worker]
