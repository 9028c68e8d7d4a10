"""Debian's Postfix beside smtp-screen: the real postscreen, played with the
same dialogues.

It is unpacked, never installed: what is below build/neighbours is laid over
/usr and /etc in a mount namespace of the test's own, and its users exist there
only. In a network namespace of their own instances need no free port, and a
client may come from any address. Behind postscreen stands a socket to which it
passes its clients; they are given to tests/lib/fake_smtpd.c, as smtp-screen
does it.
"""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import client
import dnsserver
import screen
import smtpds
import syslog_server
import view

SBIN = "/usr/lib/postfix/sbin"
MASTER = os.path.join(SBIN, "master")
USER = "postfix"

# Beneath whatever a dialogue sets.
BASE = {
    # the defaults of a Postfix that is set up today
    "compatibility_level": "3.6",
    "inet_interfaces": "127.0.0.1, ::1",
    # it would ask smtpd's own setting
    "tlsproxy_tls_security_level": "$postscreen_tls_security_level",
    # a scan of the cache is no part of a session
    "postscreen_cache_cleanup_interval": "0",
}

# Old names, which have no default of their own to be asked for.
OLD_NAMES = ("blacklist_action", "whitelist_interfaces",
             "dnsbl_whitelist_threshold", "dnsbl_ttl")

# Without postscreen_ before them these mean something else in Postfix.
POSTFIX_OWN = ("command_time_limit", "disable_vrfy_command")

# How lines of dnsblog begin; postscreen has none like them.
DNSBLOG_SAYS = ("addr ", "warning: dnsblog_query: ")

_TCP = {socket.AF_INET: "/proc/net/tcp", socket.AF_INET6: "/proc/net/tcp6"}
_HELD = ("01", "08")  # established, close wait


def add_address(address):
    """This machine has ADDRESS (here, in the namespace) from now on."""
    if screen.is_loopback(address):
        return True
    if ":" in address:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            index = socket.if_nametoindex("lo")
            request = struct.pack("16sIi", socket.inet_pton(
                socket.AF_INET6, address), 128, index)
            with contextlib.suppress(FileExistsError):
                fcntl.ioctl(sock, 0x8916, request)  # SIOCSIFADDR
            wait_for_address(sock, address)
        return True
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        name = b"lo:" + b"%x" % struct.unpack(
            ">I", socket.inet_aton(address))[0]
        request = struct.pack("16sHH4s8x", name[:15], socket.AF_INET, 0,
                              socket.inet_aton(address))
        fcntl.ioctl(sock, 0x8916, request)
    return True


def wait_for_address(sock, address):
    """The kernel takes a moment until it may be used."""
    deadline = time.monotonic() + 10
    while True:
        try:
            sock.bind((address, 0))
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)


def add_users():
    """Users and groups that Postfix wants, with numbers nobody has."""
    number = 61000
    for name, group in (("passwd", USER), ("group", USER),
                        ("group", "postdrop")):
        number += name == "group"
        with open("/etc/" + name, "a", encoding="ascii") as file:
            file.write("%s:x:%d:%s\n" % (
                group, number, "61001::/nonexistent:/bin/false"
                if name == "passwd" else ""))


class System:
    """Postfix in this namespace."""

    def __init__(self, tree, build):
        self.build = os.path.abspath(build)
        if not os.path.exists(tree + MASTER):
            raise view.Cannot("Postfix is not unpacked: see ./setup")
        self.base = tempfile.mkdtemp(prefix="screen-postfix-")
        view.run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.base,
                 why="no tmpfs here")
        view.lay_over("/usr", tree + "/usr", self.base)
        view.lay_over("/etc", tree + "/etc", self.base)
        add_users()
        self.log = syslog_server.SyslogServer(
            os.path.join(view.own_dev(self.base), "log"))
        self._lock = threading.Lock()
        self._instances = 0
        self.parameters = self._ask_parameters()

    def _ask_parameters(self):
        """The names of all of Postfix's parameters."""
        directory = os.path.join(self.base, "none")
        os.mkdir(directory)
        for name in ("main.cf", "master.cf"):
            view.write(os.path.join(directory, name), "")
        out = subprocess.run(["postconf", "-c", directory, "-dH"],
                             stdin=subprocess.DEVNULL, check=True,
                             stdout=subprocess.PIPE, encoding="utf-8").stdout
        return set(out.split()) | {"postscreen_" + x for x in OLD_NAMES}

    def number(self):
        """Of the next instance."""
        with self._lock:
            self._instances += 1
            return self._instances


class Postscreen:
    """The side of a dialogue that is played by postscreen."""

    name = "postscreen"

    def __init__(self, system, patience):
        self.system, self.patience = system, patience

    def dns(self):
        """A name server on an address of its own, where resolvers look."""
        number = self.system.number()
        return dnsserver.DnsServer(address="127.53.%d.%d" % (
            number // 250, number % 250 + 1), port=53)

    def stage(self, dns):
        """Where sessions take place."""
        return Stage(self.system, dns, self.patience)

    def connect(self, stage, source):
        """A client comes: the session, and nothing to know of its settings."""
        return stage.connect(source), None

    def decide_again(self, _stage, _settings):
        """It writes no decision log."""


class Stage:
    """An instance of Postfix; what it has is what screen.Stage has."""

    def __init__(self, system, dns, patience):
        self.system, self.dns, self.patience = system, dns, patience
        self.number = system.number()
        self.name = "pf%d" % self.number
        self.port = 10000 + self.number
        self.dir = tempfile.mkdtemp(prefix="screen-pf-")
        os.chmod(self.dir, 0o755)
        self.cache = os.path.join(self.dir, "data", "cache")
        self.settings = {
            **BASE,
            "myhostname": screen.HOST,
            "mynetworks": "127.0.0.1/32",
            "smtpd_banner": "$myhostname ESMTP",
            "cache_map": "btree:" + self.cache,
            # it counts whole seconds, and a part of the first is over
            "greet_wait": "2s",
        }
        self.conf = ""
        self.environment = {}  # "env" is for smtp-screen
        self.sessions = []
        self.master = self.running = None
        self.seen = 0  # lines of the log that sessions have taken
        self._make_directories()
        self.smtpd = [os.path.join(system.build, "tests", "fake_smtpd")]
        self.door = None

    def _make_directories(self):
        for name in ("queue/private", "queue/public", "data"):
            os.makedirs(os.path.join(self.dir, name))
            shutil.chown(os.path.join(self.dir, name), USER)
        for name in ("conf", "queue/pid", "queue/etc"):
            os.makedirs(os.path.join(self.dir, name))
        # dnsblog runs with the queue as its root
        self._write("queue/etc/resolv.conf",
                    "nameserver %s\n" % self.dns.address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self._shut_door()
        for session in self.sessions:
            session.hang_up()
        shutil.rmtree(self.dir, ignore_errors=True)

    def file(self, name, text):
        """Write TEXT to a file of the stage; its path."""
        self.stop()  # tables are read at start
        if name == "screen.conf":
            self.conf = text
        return self._write(name, text)

    def _write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8",
                  errors="surrogateescape") as file:
            file.write(text)
        return path

    def _line_of(self, name, value):
        """A setting, as a line of main.cf."""
        if name == "cache_map" and value == "none":
            value = ""
        known, full = self.system.parameters, name
        if name not in POSTFIX_OWN and "postscreen_" + name in known:
            full = "postscreen_" + name
        if full not in known:
            raise ValueError("postscreen has no parameter %s: the setting is "
                             "for smtp-screen only" % name)
        return "%s = %s\n" % (full, value)

    def _main_cf(self):
        return "queue_directory = %s/queue\ndata_directory = %s/data\n" \
            "syslog_name = %s\n" % (self.dir, self.dir, self.name) + \
            self.conf + "".join(
                self._line_of(*item) for item in self.settings.items())

    def _start(self, main_cf):
        self._write("conf/main.cf", main_cf)
        # only the name server's client needs a resolv.conf of its own
        self._write("conf/master.cf", """
%d inet n - n - 1 postscreen
dnsblog unix - - y - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
tlsmgr unix - - n 1000? 1 tlsmgr
""" % self.port)
        with open(os.path.join(self.dir, "master"), "ab") as out:
            self.master = subprocess.Popen(
                [MASTER, "-c", os.path.join(self.dir, "conf")],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True)
        self.running = main_cf
        deadline = time.monotonic() + self.patience
        while not listens(self.port):
            if self.master.poll() is not None or time.monotonic() > deadline:
                raise client.Failure("Postfix did not start: %r" %
                                     self.system.log.lines(self.name))
            time.sleep(0.005)

    def stop(self):
        """End it, with everything that it has started."""
        if self.master is None:
            return
        # The leader of the group is ours and not reaped yet.
        os.killpg(self.master.pid, signal.SIGKILL)
        self.master.wait()
        self.master = self.running = None
        while listens(self.port):  # the last of them has not ended yet
            time.sleep(0.005)

    def connect(self, source="127.0.0.9"):
        """A client comes from SOURCE."""
        main_cf = self._main_cf()
        if self.running != main_cf:
            self.stop()
        record = os.path.join(self.dir, "smtpd-%d" % len(self.sessions))
        self._shut_door()
        if self.smtpd and os.access(self.smtpd[0], os.X_OK):
            self.door = Door(os.path.join(self.dir, "queue/private/smtpd"),
                             self.smtpd[0], lambda: record)
        if self.master is None:
            self._start(main_cf)
        session = Session(self, source, record)
        self.sessions.append(session)
        return session

    def _shut_door(self):
        if self.door:
            self.door.close()
            os.unlink(self.door.path)
            self.door = None

    def seed(self, key, value):
        """Put an entry into the cache."""
        self.stop()
        self._write("conf/main.cf", self._main_cf())
        done = subprocess.run(
            ["postmap", "-c", os.path.join(self.dir, "conf"), "-i",
             "btree:" + self.cache],
            input="%s %s\n" % (key, ";".join(value.split(";")[:5])),
            user=USER, group=USER, capture_output=True, text=True,
            timeout=60, check=False)
        if done.returncode != 0:
            raise client.Failure("postmap: " + done.stderr)

    certificate = screen.Stage.certificate

    def entries(self):
        """All entries of the cache, as a dict."""
        self.stop()
        if not os.path.exists(self.cache + ".db"):
            return {}
        done = subprocess.run(
            ["postmap", "-c", os.path.join(self.dir, "conf"), "-s",
             "btree:" + self.cache], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise client.Failure("postmap: " + done.stderr)
        return {key: value for key, value in (
            line.split("\t", 1) for line in done.stdout.splitlines())
            if not key.startswith("_")}


class Door(smtpds.PassService):
    """To this postscreen passes its clients."""

    def __init__(self, path, program, record):
        self.path = path
        super().__init__(program, record, path)
        os.chmod(path, 0o666)

    def serve(self, client, environment):
        """As a super-server does it."""
        os.set_blocking(client, True)
        super().serve(client, {
            "PROTO": "TCP",
            "TCPREMOTEIP": environment["PASS_client_address"],
            "TCPREMOTEPORT": environment["PASS_client_port"],
            "TCPLOCALIP": environment["PASS_server_address"],
            "TCPLOCALPORT": environment["PASS_server_port"]})


def listens(port):
    """Does somebody listen on PORT?"""
    return any(fields[1].endswith(":%04X" % port) and fields[3] == "0A"
               for fields in sockets(socket.AF_INET))


def is_held(family, port, client_port):
    """Has nobody closed the connection of CLIENT_PORT with PORT yet?"""
    return any(fields[1].endswith(":%04X" % port) and
               fields[2].endswith(":%04X" % client_port) and
               fields[3] in _HELD for fields in sockets(family))


def sockets(family):
    """The kernel's table of TCP sockets."""
    with open(_TCP[family], encoding="ascii") as table:
        return [line.split() for line in list(table)[1:]]


class Session(client.Client):
    """One client."""

    def __init__(self, stage, source, record_file):
        self.stage, self.record_file = stage, record_file
        add_address(source)
        family = socket.AF_INET6 if ":" in source else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.bind((source, 0))
        sock.connect(("::1" if family == socket.AF_INET6 else "127.0.0.1",
                      stage.port))
        super().__init__(sock, stage.patience)
        self.client = sock.getsockname()[:2]
        self.server = sock.getpeername()[:2]
        self.family = family
        self.main, self.beside, self.everything = [], [], []

    def expect_end(self):
        """Hear nothing more: that it resets is shown where "broken" stands."""
        with contextlib.suppress(client.Reset):
            super().expect_end()

    def end(self):
        """Hang up, and let postscreen finish; there is no exit status."""
        self.hang_up()
        deadline = time.monotonic() + self.patience
        while is_held(self.family, self.server[1], self.client[1]):
            if self._is_dead():
                break
            if time.monotonic() > deadline:
                raise client.Failure("it still holds the connection")
            time.sleep(0.005)
        self._take_log()
        while self._tlsproxy_is_busy() or self._is_not_told():
            if time.monotonic() > deadline:
                raise client.Failure("the log does not let it go")
            self.stage.system.log.wait(self.stage.name, self.stage.seen, 1)
            self._take_log()

    def _is_not_told(self):
        """After a reset no socket shows how long postscreen is at it."""
        return self.was_reset and not any(
            text.startswith("DISCONNECT ") for text in self.main)

    def _tlsproxy_is_busy(self):
        """It tells when it begins and when it ends."""
        return sum(text.startswith("CONNECT ") - text.startswith("DISCONNECT ")
                   for text in self.beside)

    def _is_dead(self):
        """Did postscreen end itself? The client then waits in vain."""
        lines = self.stage.system.log.lines(self.stage.name)
        return any(text.startswith("fatal: ") and program == "postscreen"
                   for program, text in lines[self.stage.seen:])

    def _take_log(self):
        """What was logged since the session before."""
        log = self.stage.system.log
        log.flush()
        lines = log.lines(self.stage.name)
        for program, text in lines[self.stage.seen:]:
            if program == "postscreen":
                self.main.append(text)
            elif program in ("dnsblog", "tlsproxy"):
                self.beside.append(text)
            else:
                continue
            self.everything.append(text)
        self.stage.seen = len(lines)

    def everything_logged(self):
        """By whatever program."""
        return self.everything

    def status(self):
        """There is none."""

    def log(self):
        """What postscreen logged."""
        if not self.hung_up:
            self._take_log()
        return self.main

    def came_beside(self, want, pattern):
        """Did dnsblog or tlsproxy log such a line? They do when they want."""
        deadline = time.monotonic() + self.patience
        while True:
            for line in self.beside:
                if re.fullmatch(pattern, line):
                    self.beside.remove(line)
                    return True
            if not want.startswith(DNSBLOG_SAYS):
                return False
            if time.monotonic() > deadline:
                raise client.Failure("dnsblog logged %r\n  want %r" %
                                     (self.beside, want))
            self.stage.system.log.wait(self.stage.name, self.stage.seen, 1)
            self._take_log()

    def left_beside(self):
        """What else it logged."""
        return self.beside

    def smtpd(self):
        """The facts that the smtpd recorded; None when it did not run."""
        try:
            with open(self.record_file, encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return None
