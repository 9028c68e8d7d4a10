"""Conversations in files, played with smtp-screen or with postscreen.

THE FILES

Blank lines and lines that begin with "#" are for the reader. First comes the
stage, which may be changed again between sessions:

    set NAME=VALUE        a setting, as -o; over the few below
    unset NAME            none of the few below
    args WORD...          more arguments, such as --polite
    conf                  the settings file is made of the "| " lines below
    file NAME             a file {dir}/NAME is made of the "| " lines below
    | TEXT                one line of it
    dns NAME WORDS...     what the name server says: tests/lib/dnsserver.py;
                          any other name does not exist (ttl 300)
    cache KEY VALUE       an entry; a stamp may be "now", "now+60", "now-5"
    state LIST WORD...    what is known of a DNS list: tests/lib/state_note.c;
                          a number may be "now", "now+60", "now-5"
    smtpd WORD...         the command behind "--" ("smtpd" alone: none); else
                          tests/lib/fake_smtpd.c, which greets "220 fake ESMTP"
    pass NAME             instead: that smtpd behind {dir}/NAME, a socket as a
                          Postfix service of type "pass" has it, and
                          handoff=pass:{dir}/NAME
    listen v1|v2 [deaf]   instead: on a TCP port, where it wants a PROXY header
                          of that version, and handoff=connect:127.0.0.1:PORT
                          proxy= that; "deaf": it knows no such headers
    env NAME=VALUE        environment for smtp-screen
    alone WHY...          not for postscreen: it has nothing like it, or is
                          not started like it
    single WHY...         not for smtp-screend: it is about a program that
                          has one client, or that cannot start
    differs TOPIC         what follows shows that row of the table in
                          smtp-screen(8)

Set unless said otherwise: myhostname=mail.example, mynetworks=127.0.0.1/32,
smtpd_banner=$myhostname ESMTP, greet_wait=1s, cache_map, state_file and
dns_servers to those of this file, and log_target=stderr. Then follow one or
more sessions, one after the other:

    connect [ADDRESS]     a client comes (127.0.0.9); outside 127.0.0.0/8 and
                          ::1 it is a socket pair and --client ADDRESS:4321
    S: LINE               this line is heard next, nothing else
    C: LINE               say LINE and CRLF
    C> TEXT               say exactly TEXT; \\r \\n \\t \\0 \\\\ \\xHH \\ooo, and
                          {NUMBER*TEXT} for TEXT that many times
    after SECONDS         at least this much time has passed since connect
    before SECONDS        no more than this
    tls [VERSION]         shake hands, with TLSv1.2 or TLSv1.3 if it is said
    shut                  end our side of the stream, go on listening
    eof                   hear nothing more but the end
    broken                the same, but with a TCP reset
    hangup                close
    reset                 close with a TCP reset

and behind them what must then be true of that session:

    exit N                the exit status, 0 if not said
    LOG: LINE             these lines were logged, in this order, no others
    LOG~ LINE             the same, but lines next to each other marked so
                          may come in any order
    LOG *                 the log is not looked at
    SMTPD: FACT           the smtpd recorded this; tests/lib/fake_smtpd.c
    SMTPD none            it was not started
    CACHE: KEY VALUE      the entry is now this; a stamp may be "*" or
                          "now+60", true if it was made during this file
    CACHE none [KEY]      no entry at all, or not this one
    STATE: LIST WORD...   this is now known of the list, among other things; as
                          for "state", and "now" if it was made during this file
    ASKED: NAME...        the name server was asked exactly this by now, in any
                          order, each as often as it stands there; without
                          NAME nothing

Each session of smtp-screen's also leaves a decision log, unless the file sets
one of its own, and what is decided again from that under the same settings
(smtp-screenctl whatif) must be what was decided.

tests/conformance plays the same files against postscreen, where nothing is
said about exit statuses, and of an entry of the cache only about its five
stamps. Behind "differs" a line (and "set" everywhere) may begin with

    postscreen ...        only when postscreen is played
    smtp-screen ...       only when smtp-screen is

In the stage {dir} stands for the directory with this file's files, {dns} for
the name server's address and port, {cert} and {key} for files with a
certificate that nobody has signed and its key. In LOG and S lines these stand
for what differs from run to run:

    {client} {server}     [ADDRESS]:PORT of either end
    {addr} {port}         the client's
    {dir}                 the directory with this file's files
    {t}                   a delay: 0, 0.01, 1.3
    {n}                   a whole number
    {time}                as in "Jan 31 23:59:59"
    {id}                  a decision ID
    {*}                   anything

The smtpd must always get descriptors 0, 1 and 2 alone, blocking, with default
signals, no timer and the limits that smtp-screen was started with.
"""

import contextlib
import os
import re
import shlex
import subprocess
import time
import traceback

import client
import dnsserver
import screen
import smtpds

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SIDES = ("smtp-screen", "postscreen")
_TIME = re.compile(r"[A-Z][a-z]{2} [ 0-3]\d \d\d:\d\d:\d\d")

EX_CONFIG = 78

CLOCK_REALTIME_COARSE = 5  # Python has no name for it


class SmtpScreen:
    """The side that every dialogue is played with."""

    name = "smtp-screen"

    def __init__(self, build, patience, stage_of=screen.Stage):
        self.build, self.patience = build, patience
        self.stage_of = stage_of

    def dns(self):
        """A name server."""
        return dnsserver.DnsServer()

    def stage(self, dns):
        """Where sessions take place."""
        return self.stage_of(self.build, dns, self.patience)

    def connect(self, stage, source):
        """A client comes: the session, and the settings that it has."""
        settings = {"decision_log": os.path.join(
            stage.dir, "decisions-%d" % len(stage.sessions)),
                    **stage.settings}
        kept, stage.settings = stage.settings, settings
        try:
            return stage.connect(source), settings
        finally:
            stage.settings = kept

    def decide_again(self, stage, settings):
        """What another decision than the one in its log looks like, or None."""
        file = settings["decision_log"]
        if not os.path.exists(file):
            return None
        argv = [os.path.join(self.build, "smtp-screenctl"), "-c", stage.conf]
        for name, value in settings.items():
            argv += ["-o", "%s=%s" % (name, value)]
        done = subprocess.run(
            argv + ["whatif", "--json"],
            capture_output=True, text=True, timeout=self.patience, check=False)
        if done.returncode == EX_CONFIG:
            return None
        if done.returncode == 0 and '"changed":0,"unknown":0,' in done.stdout:
            return None
        with open(file, encoding="utf-8") as log:
            return "decided again: %s%s\nof %s" % (done.stdout, done.stderr,
                                                  log.read())


def read_lines(path):
    """The lines of a file that count, as (number, line)."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return [(number, line)
                for number, line in enumerate(file.read().split("\n"), 1)
                if line.strip() and not line.startswith("#")]


def topics(path):
    """The differences that a file shows."""
    return [line.partition(" ")[2] for _, line in read_lines(path)
            if line.startswith("differs ")]


def is_alone(path):
    """Is it for smtp-screen alone?"""
    return any(line.startswith("alone ") for _, line in read_lines(path))


def plain(stage, session, lines):
    """LINES without what no two runs share."""
    text = []
    for line in lines:
        line = line.replace(stage.dir, "DIR")
        for port in (session.client[1], session.server[1]):
            line = line.replace(str(port), "PORT")
        line = re.sub(r"after [0-9.]+ from", "after T from", line)
        text.append(_TIME.sub("TIME", line))
    return text


def is_single(path):
    """Is it for one client's process alone?"""
    return any(line.startswith("single ") for _, line in read_lines(path))


class Dialog:
    """One file being played."""

    def __init__(self, path, side):
        self.path, self.side = path, side
        self.stage = self.dns = self.session = None
        self.services = self.service = None
        self.block = self.block_name = None  # the file being written
        self.differs = False
        self.skipping = False  # the lines of a file for the other side
        self.number = 0
        # the clock that time(2) reads: the other may be a tick ahead of it
        self.began = time.clock_gettime(CLOCK_REALTIME_COARSE)
        self.expect = None
        self.checked = False
        self.status = None
        self.settings = None  # of the session
        self.told = []  # (heard, logged in any order) of each session
        self.story = ""

    def play(self):
        """Play it; Failure says where and why it went wrong."""
        self.dns = self.side.dns()
        with self.dns, contextlib.ExitStack() as self.services, \
                self.side.stage(self.dns) as self.stage:
            try:
                for self.number, line in read_lines(self.path):
                    self.take(line)
                self.end_session()
                if not self.stage.sessions:
                    raise client.Failure("nobody connects")
            except Exception as problem:
                raise client.Failure(self.explain(problem)) from problem
            self.story = self.explain("as it should be")
        return self

    def explain(self, problem):
        """Everything that a reader needs to see."""
        said = str(problem)
        if not isinstance(problem, (client.Failure, ValueError, str)):
            said = traceback.format_exc()
        text = ["%s:%d: %s: %s" % (os.path.relpath(self.path, TOP),
                                   self.number, self.side.name, said)]
        for session in self.stage.sessions[-1:]:
            text += ["session:"] + ["    " + x for x in session.transcript]
            text += ["log:"] + ["    " + x for x in session.log()]
            text += ["logged beside:"] + \
                ["    " + x for x in session.left_beside()]
            text += ["exit status: %s" % session.status()]
        text += ["asked: " + " ".join(self.dns.asked())]
        if self.service:
            text += ["smtpd: " + x for x in self.service.problems]
        return "\n".join(text)

    def take(self, line):
        """One line of the file."""
        if line.startswith("|"):
            self.add_to_block(line)
            return
        self.write_block()
        self.skipping = False
        if line.partition(" ")[0] in SIDES:
            side, _, line = line.partition(" ")
            self.skipping = side != self.side.name
            if not self.differs and line.partition(" ")[0] != "set":
                raise ValueError("for one side only, and no \"differs\" above")
        if not self.skipping:
            self.step(line)

    def step(self, line):
        """One line that is for us."""
        word, _, rest = line.partition(" ")
        name = {"S:": "heard", "C:": "say", "C>": "say_raw", "LOG:": "log",
                "LOG~": "log_any", "LOG": "log_all", "SMTPD:": "smtpd_fact",
                "SMTPD": "smtpd_none", "CACHE:": "cache_entry",
                "CACHE": "cache_none", "STATE:": "state_is",
                "ASKED:": "asked"}.get(word, word)
        step = getattr(self, "do_" + name, None)
        if step is None:
            raise ValueError("no such step: " + word)
        step(rest)

    # ---- what is for whom

    def do_single(self, rest):
        if not rest:
            raise ValueError("single, but why?")

    def do_alone(self, rest):
        if not rest:
            raise ValueError("alone, but why?")
        if self.side.name != "smtp-screen":
            raise ValueError("not for " + self.side.name)

    def do_differs(self, rest):
        if not rest:
            raise ValueError("differs, but in what?")
        self.differs = True

    # ---- the stage

    def between(self):
        """Not while somebody is connected: it would change nothing."""
        if self.session is not None and not self.checked:
            raise ValueError("too late: say how this session ends first")

    def add_to_block(self, line):
        """A line of a file that is being written."""
        if self.skipping:
            return
        if self.block is None:
            raise ValueError("a line of no file")
        if line[1:2] not in ("", " "):
            raise ValueError("write \"| \" before a line of a file")
        self.block.append(line[2:])

    def write_block(self):
        """A file has come to its end."""
        if self.block is not None:
            text = "".join(self.fill(x) + "\n" for x in self.block)
            self.stage.file(self.block_name, text)
            self.block = None

    def do_conf(self, _):
        self.do_file("screen.conf")

    def do_file(self, name):
        self.between()
        self.block_name, self.block = name, []

    def do_set(self, rest):
        self.between()
        name, _, value = rest.partition("=")
        self.stage.settings[name] = self.fill(value)

    def do_unset(self, rest):
        self.between()
        del self.stage.settings[rest]

    def do_args(self, rest):
        self.between()
        self.stage.args = shlex.split(self.fill(rest))

    def do_env(self, rest):
        self.between()
        name, _, value = rest.partition("=")
        self.stage.environment[name] = self.fill(value)

    def do_smtpd(self, rest):
        self.between()
        self.stage.smtpd = shlex.split(self.fill(rest))

    def do_pass(self, rest):
        self.between()
        path = os.path.join(self.stage.dir, rest)
        self.serve(smtpds.PassService, path)
        self.stage.settings["handoff"] = "pass:" + path

    def do_listen(self, rest):
        self.between()
        version, _, deaf = rest.partition(" ")
        self.serve(smtpds.TcpService, None if deaf else version)
        self.stage.settings["handoff"] = "connect:127.0.0.1:%d proxy=%s" % (
            self.service.port, version)

    def serve(self, kind, *args):
        """Hand clients to an smtpd that runs already."""
        program, = self.stage.smtpd
        self.stage.smtpd = []
        self.service = self.services.enter_context(kind(
            program, lambda: self.stage.record_file, *args))

    def do_dns(self, rest):
        name, _, words = rest.partition(" ")
        self.dns.zone[name.lower()] = dnsserver.answer_from_text(words)

    def do_cache(self, rest):
        key, value = rest.split()
        self.stage.seed(key, ";".join(
            str(self.moment(field)) if field.startswith("now") else field
            for field in value.split(";")))

    def do_state(self, rest):
        domain, *words = rest.split()
        self.stage.note(domain, *(
            "%s=%s" % (name, self.moment(value) if value.startswith("now")
                       else value)
            for name, value in (word.split("=") for word in words)))

    def moment(self, field):
        """What "now+60" was when this file began."""
        return int(self.began) + int(field[3:] or "0")

    def fill(self, text):
        """What stands in braces in what smtp-screen is given."""
        if "{cert}" in text or "{key}" in text:
            certificate, key = self.stage.certificate()
            text = text.replace("{cert}", certificate).replace("{key}", key)
        return text.replace("{dir}", self.stage.dir).replace(
            "{dns}", "%s:%d" % (self.dns.address, self.dns.port))

    # ---- a session

    def do_connect(self, rest):
        self.end_session()
        self.session, self.settings = self.side.connect(
            self.stage, rest or "127.0.0.9")
        self.expect = {"exit": 0, "log": [], "log all": False}
        self.checked = False

    def talking(self):
        """The session, as long as it is one."""
        if self.session is None or self.checked:
            raise ValueError("nobody is connected")
        return self.session

    def do_heard(self, rest):
        want = self.pattern(rest)
        have = self.talking().line()
        if have is None or not re.fullmatch(want, have):
            raise client.Failure("heard %r\n want %r" % (have, rest))

    def do_say(self, rest):
        self.talking().send(rest)

    def do_say_raw(self, rest):
        text = re.sub(r"\{(\d+)\*([^{}]*)\}",
                      lambda m: int(m.group(1)) * m.group(2), rest)
        self.talking().send_bytes(client.unescape(text))

    def do_after(self, rest):
        passed = time.monotonic() - self.talking().began
        if passed < float(rest.rstrip("s")):
            raise client.Failure("only %.3f s have passed" % passed)

    def do_tls(self, rest):
        self.talking().secure(rest)

    def do_before(self, rest):
        passed = time.monotonic() - self.talking().began
        if passed >= float(rest.rstrip("s")):
            raise screen.Failure("%.3f s have passed" % passed)

    def do_shut(self, _):
        self.talking().shut()

    def do_eof(self, _):
        self.talking().expect_end()

    def do_broken(self, _):
        self.talking().expect_break()

    def do_hangup(self, _):
        self.talking().hang_up()

    def do_reset(self, _):
        self.talking().reset()

    # ---- behind it

    def check(self):
        """From here on the file says what must be true of the session."""
        if self.session is None:
            raise ValueError("nobody has been connected")
        if not self.checked:
            self.checked = True
            self.status = self.session.end()

    def do_exit(self, rest):
        self.check()
        self.expect["exit"] = int(rest)

    def do_log(self, rest):
        self.check()
        self.expect["log"].append((False, [rest]))

    def do_log_any(self, rest):
        self.check()
        groups = self.expect["log"]
        if not groups or not groups[-1][0]:
            groups.append((True, []))
        groups[-1][1].append(rest)

    def do_log_all(self, rest):
        self.check()
        if rest != "*":
            raise ValueError("LOG * or LOG: LINE")
        self.expect["log all"] = True

    def do_smtpd_fact(self, rest):
        self.check()
        want = self.pattern(rest)
        deadline = time.monotonic() + self.session.patience
        # an smtpd that runs beside smtp-screen may end after it
        while not any(re.fullmatch(want, fact)
                      for fact in self.session.smtpd() or []):
            if time.monotonic() > deadline:
                raise client.Failure("the smtpd did not record %r:\n%s" % (
                    rest, "\n".join(x for x in self.session.smtpd() or []
                                    if "limit" not in x)))
            time.sleep(0.01)

    def do_smtpd_none(self, rest):
        self.check()
        if rest != "none":
            raise ValueError("SMTPD none or SMTPD: FACT")
        if self.session.smtpd() is not None:
            raise client.Failure("the smtpd was started")

    def do_cache_entry(self, rest):
        self.check()
        key, want = rest.split()
        have = self.stage.entries().get(key)
        if have is None:
            raise client.Failure("no entry for %s in %r" %
                                 (key, self.stage.entries()))
        fields, wants = have.split(";"), want.split(";")
        if self.side.name == "postscreen":
            del wants[5:]
        if len(fields) != len(wants) or not all(
                self.stamp_is(*pair) for pair in zip(fields, wants)):
            raise client.Failure("entry of %s\nhave %s\nwant %s (now=%d)" % (
                key, have, want, time.time()))

    def stamp_is(self, have, want):
        """Is the stamp HAVE what the file says?"""
        if want == "*":
            return have.isdigit()
        if want.startswith("now"):
            made = int(have) - int(want[3:] or "0")
            return int(self.began) <= made <= int(time.time())
        return have == want

    def do_state_is(self, rest):
        self.check()
        domain, *words = rest.split()
        have = self.stage.noted(domain)
        for word in words:
            name, want = word.split("=")
            if not self.stamp_is(have[name], want):
                raise client.Failure("of %s is known %r\n want %s" %
                                     (domain, have, word))

    def do_cache_none(self, rest):
        self.check()
        words = rest.split()
        entries = self.stage.entries()
        if words[:1] != ["none"]:
            raise ValueError("CACHE none or CACHE: KEY VALUE")
        if words[1:] and words[1] not in entries:
            return
        if entries:
            raise client.Failure("the cache holds %r" % entries)

    def do_asked(self, rest):
        self.check()
        have, want = sorted(self.dns.asked()), sorted(rest.split())
        if have != want:
            raise client.Failure("asked %r\n want %r" % (have, want))

    def end_session(self):
        """Everything has been said of the session; judge the rest."""
        if self.session is None:
            return
        self.check()
        facts = self.session.smtpd()
        if facts is not None:
            faults = screen.inheritance_faults(facts)
            if faults:
                raise client.Failure("the smtpd was given: " +
                                     ", ".join(faults))
        if not self.expect["log all"]:
            self.compare_log(self.session.log())
        if self.status not in (self.expect["exit"], None):
            raise client.Failure("exit status %s, want %s" % (
                self.status, self.expect["exit"]))
        self.told.append((self.session.lines, sorted(
            self.session.everything_logged())))
        again = self.side.decide_again(self.stage, self.settings)
        if again:
            raise client.Failure(again)
        self.session = None

    def plain(self):
        """All that was heard and logged."""
        text = []
        for session, (heard, logged) in zip(self.stage.sessions, self.told):
            text += plain(self.stage, session, heard + logged)
        return text

    def compare_log(self, have):
        """The log, group of lines by group of lines."""
        left = list(have)
        for _, wants in self.expect["log"]:
            wants = list(wants)
            while wants:
                near = left[:len(wants)]
                want = wants.pop(0)
                if self.session.came_beside(want,
                                                 self.pattern(want)):
                    continue
                match = next((line for line in near if
                              re.fullmatch(self.pattern(want), line)), None)
                if match is None:
                    raise client.Failure(
                        "logged %r\n  want %r" %
                        (left[0] if left else "nothing", want))
                left.remove(match)
        left += self.session.left_beside()
        if left:
            raise client.Failure("logged too: %r" % left)

    def pattern(self, text):
        """TEXT with its placeholders, as a regular expression."""
        caller, server = self.session.client, self.session.server
        stands_for = {
            "client": re.escape(screen.endpoint_text(caller)),
            "server": re.escape(screen.endpoint_text(server)),
            "addr": re.escape(caller[0]), "port": str(caller[1]),
            "dir": re.escape(self.stage.dir),
            "t": r"\d+(?:\.\d{1,2})?", "n": r"\d+",
            "time": _TIME.pattern,
            "id": r"[0-9A-Za-z._-]{4,31}", "*": r".*",
        }
        pieces = re.split(r"\{([a-z]+|\*)\}", text)
        return "".join(stands_for.get(piece, re.escape("{%s}" % piece))
                       if i % 2 else re.escape(piece)
                       for i, piece in enumerate(pieces))
