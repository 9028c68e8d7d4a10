"""Run smtp-screen the way a super-server does, and be its client.

A Stage is a directory with a configuration, a cache and, if wanted, a name
server. A Session is one client on it: smtp-screen started with the client's
own TCP socket as descriptors 0 and 1, as tcpserver(1) does it. Addresses in
127.0.0.0/8 and ::1 are real; any other client address is given by --client,
and the client is a socket pair.

    with Stage(build, dns=server) as stage:
        stage.settings["greet_wait"] = "1s"
        session = stage.connect("127.0.0.9")
        session.expect("220-mail.example ESMTP")
        session.send("EHLO x")
        ...
        session.end()
        session.log()      # what was logged, without time and process id
        session.smtpd()    # what the smtpd behind it saw

Nothing here waits by sleeping: every step ends with an event, or fails when
`patience` seconds have passed.
"""

import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

from client import Client, Failure

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
HOST = "mail.example"

_PREFIX = re.compile(r"^(?:[^\[\]]* )?\S+\[\d+\]: ")


def is_loopback(address):
    """Can a client on this machine really have ADDRESS?"""
    return address == "::1" or address.startswith("127.")


class Stage:
    """What sessions share: directory, configuration, cache, name server."""

    def __init__(self, build, dns=None, patience=20.0):
        self.build = os.path.abspath(build)
        self.dns = dns
        self.patience = patience
        self.dir = tempfile.mkdtemp(prefix="screen-")
        self.cache = os.path.join(self.dir, "cache.gdbm")
        self.state = os.path.join(self.dir, "state")
        self.conf = self.file("screen.conf", "")
        # Beneath whatever a test sets; 127.0.0.1 alone is one of us.
        self.settings = {
            "myhostname": HOST,
            "mynetworks": "127.0.0.1/32",
            "smtpd_banner": "$myhostname ESMTP",
            "cache_map": "gdbm:" + self.cache,
            "state_file": self.state,
            "dnslists_file": os.path.join(TOP, "conf", "dnslists.conf"),
            "greet_wait": "1s",
            "log_target": "stderr",
        }
        if dns:
            self.settings["dns_servers"] = "%s:%d" % (dns.address, dns.port)
        self.has_address = is_loopback
        self.args = []
        self.environment = {}
        self.smtpd = [os.path.join(self.build, "tests", "fake_smtpd")]
        self.program = os.path.join(self.build, "smtp-screen")
        self.sessions = []
        self.record_file = None  # of the session that began last

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End what still runs and remove the directory."""
        for session in self.sessions:
            session.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def file(self, name, text):
        """Write TEXT to a file of the stage; its path."""
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8",
                  errors="surrogateescape") as file:
            file.write(text)
        return path

    def command(self, extra=()):
        """What is run."""
        argv = [self.program, "-c", self.conf]
        for name, value in self.settings.items():
            argv += ["-o", "%s=%s" % (name, value)]
        return argv + list(self.args) + list(extra) + ["--"] + self.smtpd

    def connect(self, source="127.0.0.9"):
        """A client comes from SOURCE."""
        session = self.session(source, len(self.sessions))
        self.sessions.append(session)
        return session

    def session(self, source, number):
        """The client, and what it is screened by."""
        return Session(self, source, number)

    def seed(self, key, value):
        """Put an entry into the cache."""
        gdbmtool(self.cache, 'store "%s" "%s"' % (key, value))

    def note(self, domain, *facts):
        """Put FACTS about a DNS list, NAME=NUMBER, into the state file."""
        subprocess.run([os.path.join(self.build, "tests", "state_note"),
                        self.state, domain, *facts], timeout=60, check=True)

    def noted(self, domain):
        """What the state file knows of a DNS list, as a dict."""
        done = subprocess.run([os.path.join(self.build, "tests", "state_note"),
                               self.state, domain], timeout=60, check=True,
                              capture_output=True, text=True)
        return dict(word.split("=") for word in done.stdout.split())

    def certificate(self):
        """A certificate for HOST, made when it is first wanted: the paths of
        it and of its key."""
        paths = [os.path.join(self.dir, name)
                 for name in ("cert.pem", "key.pem")]
        if not os.path.exists(paths[1]):
            make_certificate(*paths)
        return paths

    def entries(self):
        """All entries of the cache, as a dict."""
        # Opened for an update that never came, it is empty: to GDBM no file.
        if not os.path.exists(self.cache) or not os.path.getsize(self.cache):
            return {}
        text = gdbmtool(self.cache, "list", "-r")
        return dict(line.split(" ", 1) for line in text.splitlines() if line)


EC_KEY = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
RSA_KEY = ("rsa:2048",)


def _openssl(*argv):
    subprocess.run(["openssl", *argv], stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=True, timeout=60)


def make_certificate(certificate, key, kind=EC_KEY):
    """A certificate for HOST that nobody has signed, and its key."""
    _openssl("req", "-x509", "-nodes", "-newkey", *kind, "-subj",
             "/CN=" + HOST, "-days", "2", "-keyout", key, "-out", certificate)


def make_expired_certificate(certificate, key):
    """The same, but its time is over: only "openssl ca" makes these."""
    with tempfile.TemporaryDirectory() as folder:
        conf = os.path.join(folder, "conf")
        with open(conf, "w", encoding="ascii") as file:
            file.write("[ca]\ndefault_ca=x\n[x]\ndatabase=%s/index\n"
                       "new_certs_dir=%s\ndefault_md=sha256\npolicy=p\n"
                       "rand_serial=yes\n[p]\ncommonName=supplied\n" %
                       (folder, folder))
        with open(os.path.join(folder, "index"), "w", encoding="ascii"):
            pass
        request = os.path.join(folder, "request")
        _openssl("req", "-new", "-nodes", "-newkey", *EC_KEY, "-subj",
                 "/CN=" + HOST, "-keyout", key, "-out", request)
        _openssl("ca", "-batch", "-selfsign", "-notext", "-config", conf,
                 "-keyfile", key, "-in", request, "-out", certificate,
                 "-startdate", "20200101000000Z", "-enddate",
                 "20200201000000Z")


def gdbmtool(path, command, *options):
    """One command to Debian's gdbmtool; what it printed."""
    done = subprocess.run(["gdbmtool", "-N", "-q", *options, path],
                          input=command + "\n", capture_output=True,
                          text=True, timeout=60, check=False)
    if done.returncode != 0 or done.stderr:
        raise Failure("gdbmtool: %s: %s" % (command, done.stderr.strip()))
    return done.stdout


def base_environment(record_file):
    """What every program is started with."""
    env = {key: os.environ[key]
           for key in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
           if key in os.environ}
    env["FAKE_SMTPD_RECORD"] = record_file
    return env


class Session(Client):
    """One client, one process."""

    def __init__(self, stage, source, number):
        self.stage = stage
        self.record_file = os.path.join(stage.dir, "smtpd-%d" % number)
        stage.record_file = self.record_file
        self.log_file = os.path.join(stage.dir, "log-%d" % number)
        extra = []
        if stage.has_address(source):
            here, behind = tcp_pair(source)
            self.client = here.getsockname()[:2]
            self.server = here.getpeername()[:2]
        else:
            here, behind = socket.socketpair()
            self.client = (source, 4321)
            self.server = ("::1" if ":" in source else "127.0.0.1", 25)
            extra = ["--client", option_text(self.client),
                     "--server", option_text(self.server)]
        super().__init__(here, stage.patience)
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                stage.command(extra), stdin=behind, stdout=behind, stderr=log,
                cwd=stage.dir, start_new_session=True,
                env=self._environment(behind.family != socket.AF_UNIX))
        behind.close()

    def _environment(self, tcp):
        env = base_environment(self.record_file)
        if tcp:  # what tcpserver says
            env.update(PROTO="TCP", TCPREMOTEIP=self.client[0],
                       TCPREMOTEPORT=str(self.client[1]),
                       TCPLOCALIP=self.server[0],
                       TCPLOCALPORT=str(self.server[1]))
        env.update(self.stage.environment)
        return env

    def end(self):
        """Hang up and wait for the process; its exit status."""
        self.hang_up()
        try:
            status = self.process.wait(self.stage.patience)
        except subprocess.TimeoutExpired as problem:
            raise Failure("it still runs %g s after the client left" %
                          self.stage.patience) from problem
        if isinstance(self.socket, ssl.SSLSocket):
            self._wait_for_the_others()
        return status

    def _wait_for_the_others(self):
        """smtp-screen-tls, too, logs that the client has gone."""
        wait_until_gone(self, self.stage.patience)

    def kill(self):
        """Leave nothing behind."""
        with contextlib.suppress(OSError):
            self.socket.close()
        if self.process.poll() is None:
            # The group was started by us and its leader is not reaped.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def log(self):
        """The lines logged, each without what stands before its text."""
        with open(self.log_file, encoding="utf-8",
                  errors="backslashreplace") as file:
            return [_PREFIX.sub("", line, count=1)
                    for line in file.read().splitlines()]

    def came_beside(self, _want, _pattern):
        """Did another program of ours log such a line?  There is none."""
        return False

    def left_beside(self):
        """What other programs of ours logged beside that."""
        return []

    def everything_logged(self):
        """By whatever program."""
        return self.log()

    def status(self):
        """The exit status so far."""
        return self.process.poll()

    def smtpd(self):
        """The facts that the smtpd recorded; None when it did not run."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                with open(self.record_file, encoding="utf-8") as file:
                    facts = file.read().splitlines()
            except FileNotFoundError:
                return None
            # one that runs beside us may be about to write them
            if "began" in facts or time.monotonic() > deadline:
                return facts
            time.sleep(0.005)


def running(leader):
    """The processes of the group of LEADER that run: (number, name) each. One
    that has ended does not, although its number is taken until somebody asks
    what became of it: who that is, for an orphan, takes his time."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return []
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name, encoding="ascii",
                      errors="replace") as file:
                text = file.read()
        except OSError:
            continue
        command, rest = text[text.index("(") + 1:].rsplit(")", 1)
        state, _, group = rest.split()[:3]
        if int(group) == leader and state not in "ZX":
            found.append((int(name), command))
    return found


def wait_until_gone(session, seconds):
    """Everything that SESSION has started ends by itself in time."""
    deadline = time.monotonic() + seconds
    while left := running(session.process.pid):
        if time.monotonic() > deadline:
            raise Failure("still there after %g s: %r" % (seconds, left))
        time.sleep(0.005)


def stop(pid):
    """Stop a child of ours; it stands still when this returns."""
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED)


def endpoint_text(endpoint):
    """As it stands in the log."""
    return "[%s]:%d" % endpoint


def option_text(endpoint):
    """As --client and --server want it."""
    return ("[%s]:%d" if ":" in endpoint[0] else "%s:%d") % endpoint


def tcp_pair(source):
    """A connection over the loopback, its client end at SOURCE."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    here = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind((here, 0))
        listener.listen(1)
        client = socket.socket(family, socket.SOCK_STREAM)
        client.bind((source, 0))
        client.connect(listener.getsockname())
        server, _ = listener.accept()
    return client, server


def inheritance_faults(facts):
    """What an smtpd was given that a super-server would not have given it."""
    here = [fact for fact in facts if fact.startswith(
        ("nonblocking ", "low water ", "stderr client", "ignored ", "blocked ", "pending ",
         "timer"))]
    here += [fact for fact in facts
             if fact.startswith("fds") and fact != "fds 0 1 2"]
    if "dumpable 1" not in facts:
        here.append("not dumpable")
    for fact in facts:
        if fact.startswith("limit "):
            which, soft, hard = map(int, fact.split()[1:])
            if (soft, hard) != resource.getrlimit(which):
                here.append(fact)
    return here
