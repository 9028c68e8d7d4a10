"""What the tests with hostile input share: rows side by side, a rougher stage.

    ROWS = Rows()

    @ROWS.table(("a NUL", b"a\\0b"), ("a bell", b"\\a"))
    def client_says(why, bytes):
        with Stage() as stage:
            ...

    if __name__ == "__main__":
        sys.exit(ROWS.run())

Every row is a function that raises to fail, or raises Skipped. Rows share
nothing and mostly wait, so that many run at once.
"""

import concurrent.futures
import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
import traceback

import screen
import tap

BUILD = os.environ.get("BUILD", "build")
SANITIZED = bool(os.environ.get("SANITIZED"))

# Rows at the same time. Each waits for clocks most of its life.
AT_ONCE = 12

# What a busy machine may add to a wait, in seconds. Every wait that a row is
# about is longer than this, or not there at all.
SLACK = 8.0 if SANITIZED else 4.0

TROUBLE = "421 4.3.0 Service currently unavailable"


class Skipped(Exception):
    """This row cannot run here; the text says what is missing."""


class Rows:
    """The rows of one program."""

    def __init__(self):
        self.rows = []

    def add(self, text, function, *args):
        """One row."""
        self.rows.append((text, function, args))

    def row(self, text):
        """Decorator: the function is one row."""
        def take(function):
            self.add(text, function)
            return function
        return take

    def table(self, *rows):
        """Decorator: one row for each tuple (why, argument...)."""
        def take(function):
            for why, *args in rows:
                self.add("%s: %s" % (function.__name__.replace("_", " "), why),
                         function, *args)
            return function
        return take

    def run(self):
        """Run all, print TAP in the order written; the exit code."""
        out = tap.Tap()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            jobs = [(text, pool.submit(self._one, function, args))
                    for text, function, args in self.rows]
            for text, job in jobs:
                kind, detail = job.result()
                if kind == "skip":
                    out.skip(text, detail)
                else:
                    out.ok(kind == "ok", text, detail)
        return out.done()

    @staticmethod
    def _one(function, args):
        try:
            function(*args)
        except Skipped as why:
            return "skip", str(why)
        except screen.Failure as problem:
            return "failed", str(problem)
        except Exception:  # any exception is a failed row
            return "failed", traceback.format_exc()
        return "ok", ""


def equal(have, want, what=""):
    """Fail unless they are."""
    if have != want:
        raise screen.Failure("%s\nhave %r\nwant %r" % (what, have, want))


def true(good, text):
    """Fail with TEXT unless GOOD."""
    if not good:
        raise screen.Failure(text)


class Stage(screen.Stage):
    """A stage whose program can be started in hostile surroundings.

    `wrap` stands before the command line, such as a shell that closes
    descriptors: shell('exec "$@" 2>&-').
    """

    def __init__(self, settings=None, dns=None, wrap=()):
        super().__init__(BUILD, dns, patience=60.0 if SANITIZED else 20.0)
        self.settings.update(settings or {})
        self.wrap = list(wrap)
        self.made = set()  # what a row puts into the directory itself
        self.limits = ()  # resource limits, by number, that the row has set

    def path(self, name):
        """Where the row makes something of its own."""
        self.made.add(name)
        return os.path.join(self.dir, name)

    def command(self, extra=()):
        return self.wrap + super().command(extra)

    def __exit__(self, kind, problem, trace):
        """Tell the whole story when a row failed."""
        if isinstance(problem, screen.Failure):
            problem.args = (str(problem) + "\n" + self.story(),)
        super().__exit__(kind, problem, trace)

    def story(self):
        """What the sessions said and logged."""
        text = []
        for session in self.sessions:
            text += ["session:"] + ["    " + x for x in session.transcript[-30:]]
            text += ["log:"] + ["    " + x for x in session.log()]
        return "\n".join(text)

    def leftovers(self):
        """Files that nobody asked for."""
        known = {"screen.conf", "cache.gdbm", "cache.lock", "state"} | self.made
        return [name for name in os.listdir(self.dir)
                if name not in known and not re.match(r"(log|smtpd)-\d+$",
                                                      name)]


def shell(script):
    """A wrap: SCRIPT, whose "$@" is the command line."""
    return ["/bin/sh", "-c", script, "sh"]


def no_crash(log, status):
    """STATUS is that of a program that ended by itself, with no complaint."""
    if status is None or status < 0:
        name = "still running" if status is None else \
            signal.Signals(-status).name
        raise screen.Failure("killed by " + name)
    for line in log:
        true("Sanitizer" not in line and "runtime error:" not in line and
             "assertion" not in line.lower(), "it complained: " + line)


def gone(session):
    """Nothing that the session started is still there."""
    screen.wait_until_gone(session, SLACK)


def end(session, status=0):
    """Hang up; it must end at once, in order, and leave nothing."""
    have = session.end()
    no_crash(session.log(), have)
    equal(have, status, "exit status")
    gone(session)
    equal(session.stage.leftovers(), [], "left behind")


def well_formed(session):
    """Every line of the log is one of ours, printable from end to end."""
    with open(session.log_file, "rb") as file:
        raw = file.read()
    if raw:
        true(raw.endswith(b"\n"), "the log ends within a line: %r" % raw[-80:])
    for line in raw.split(b"\n")[:-1]:
        true(re.match(rb"smtp-screen\[\d+\]: [ -~\x80-\xff]*$", line),
             "not a line of ours: %r" % line)
        line.decode("utf-8")


def log_is(session, *want):
    """Exactly these lines, with {client}, {server}, {t} and {dir}."""
    have = session.log()
    fill = {"client": screen.endpoint_text(session.client),
            "server": screen.endpoint_text(session.server),
            "dir": session.stage.dir, "t": "\0T"}
    for line, text in zip(have + [None] * len(want), want):
        pattern = re.escape(re.sub(r"{(\w+)}", lambda m: fill[m.group(1)],
                                   text))
        pattern = pattern.replace(re.escape("\0T"), r"[0-9.]+")
        if line is None or not re.fullmatch(pattern, line):
            raise screen.Failure("logged %r\n  want %r" % (line, text))
    equal(len(have), len(want), "more lines than wanted: %r" % have)


def smtpd_facts(session):
    """What the smtpd was given, once it has begun; it must be clean."""
    deadline = time.monotonic() + session.stage.patience
    while True:
        facts = session.smtpd() or []
        if "began" in facts:
            break
        true(time.monotonic() < deadline, "the smtpd was not started")
        time.sleep(0.01)
    faults = [fault for fault in screen.inheritance_faults(facts)
              if not (fault.startswith("limit ") and
                      int(fault.split()[1]) in session.stage.limits)]
    equal(faults, [], "inherited by the smtpd")
    return facts


def through(session, teaser=True):
    """The client gets through to the smtpd and can leave a mail."""
    if teaser:
        session.expect("220-mail.example ESMTP")
    session.expect("220 fake ESMTP")
    for line, reply in (("EHLO x", "250 fake"),
                        ("MAIL FROM:<a@x>", "250 2.0.0 fine"),
                        ("RCPT TO:<b@y>", "250 2.0.0 fine"),
                        ("DATA", "354 go ahead"),
                        ("hello\r\n.", "250 2.0.0 taken"),
                        ("QUIT", "221 2.0.0 fake bye")):
        session.send(line)
        session.expect(reply)
    session.expect_end()
    return smtpd_facts(session)


@contextlib.contextmanager
def within(seconds, what):
    """The block must not take longer than SECONDS and what a machine adds."""
    begin = time.monotonic()
    yield
    took = time.monotonic() - begin
    true(took < seconds + SLACK, "%s took %.2f s, not %.2f s at most" %
         (what, took, seconds))


def reset_on_close(sock):
    """Closing it now resets the connection."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


class Outcome:
    """What came of run(): exit status, what was said, what was logged."""

    def __init__(self, status, said, errors):
        self.status, self.said = status, said
        text = errors.decode("utf-8", "backslashreplace")
        self.log = [re.sub(r"^smtp-screen\[\d+\]: ", "", line)
                    for line in text.splitlines()]


def run(stage, *extra, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        env=None):
    """Start it without a client and wait for its end."""
    environment = {key: os.environ[key]
                   for key in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
                   if key in os.environ}
    environment.update(env or {})
    with subprocess.Popen(stage.command(extra), stdin=stdin, stdout=stdout,
                          stderr=subprocess.PIPE, cwd=stage.dir,
                          start_new_session=True, env=environment) as process:
        try:
            said, errors = process.communicate(timeout=stage.patience)
        except subprocess.TimeoutExpired as problem:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise screen.Failure("it did not end") from problem
    outcome = Outcome(process.returncode, said, errors)
    no_crash(outcome.log, outcome.status)
    return outcome


def need_root():
    """For what only the superuser can arrange."""
    if os.geteuid() != 0:
        raise Skipped("needs root")


def private_mount(script):
    """A wrap: SCRIPT with mounts that nobody else sees."""
    need_root()
    if not shutil.which("unshare"):
        raise Skipped("needs unshare(1)")
    probe = subprocess.run(["unshare", "-m", "--propagation", "private",
                            "mount", "-t", "tmpfs", "none", "/mnt"],
                           capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        raise Skipped("cannot mount: " + probe.stderr.strip())
    return ["unshare", "-m", "--propagation", "private"] + shell(script)
