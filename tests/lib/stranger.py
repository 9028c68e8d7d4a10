"""A stranger before real mail servers: what tests/real/mta* have in common.

A Stage is smtp-screen before one of them, and a mail of the stranger's must
arrive with his own address in it, while nobody relays for him.
"""

import hashlib
import os
import random
import re

import postfix
import screen

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
STRANGER = "192.0.2.7"
STRANGER6 = "2001:db8::7"
TROUBLE = "421 4.3.0 Service currently unavailable"
NO_RESOURCES = "421 4.3.2 No system resources"
BUSY = "421 4.3.2 All server ports are busy"
ARGUMENTS = " -oMa %{client_address}.%{client_port}" \
    " -oMi %{server_address}.%{server_port} -oMt \"\""
PROXY = {"upstream_proxy_protocol": "haproxy",
         "upstream_proxy_networks": "127.0.0.1"}


class Stage(screen.Stage):
    """smtp-screen before MTA, as USER; nobody has to wait for a greeting."""

    def __init__(self, handoff, user="root", command=(), **settings):
        super().__init__(BUILD)
        self.settings.update(handoff=handoff, greet_banner="",
                             cache_map="none", **settings)
        self.user, self.smtpd = user, list(command)
        self.group = {"nobody": "nogroup"}.get(user, user)
        self.has_address = postfix.add_address
        os.chmod(self.dir, 0o755)

    def command(self, extra=()):
        if self.user == "root":
            return super().command(extra)
        return ["setpriv", "--reuid", self.user, "--regid", self.group,
                "--clear-groups", "--"] + super().command(extra)


def greeted(session):
    """The greeting is the smtpd's own."""
    line = session.line()
    assert line and line.startswith("220 "), line


def ask(session, line):
    """The last line of the reply to LINE."""
    session.send(line)
    while True:
        reply = session.line()
        assert reply is not None, "hung up on " + line
        if reply[3:4] != "-":
            return reply


def deliver(session, body=b"hello\r\n"):
    """A mail that is to be taken, and one that is not to be relayed."""
    greeted(session)
    for line, code in (("EHLO client.example", "250"),
                       ("MAIL FROM:<a@client.example>", "250"),
                       ("RCPT TO:<b@elsewhere.example>", "5"),
                       ("RCPT TO:<b@mail.example>", "250"), ("DATA", "354")):
        reply = ask(session, line)
        assert reply.startswith(code), "%s: %s" % (line, reply)
    session.send_bytes(body)
    reply = ask(session, ".")
    assert reply.startswith("250"), reply
    assert ask(session, "QUIT").startswith("221")
    session.end()


def mail_arrives(mta, session, source, body=None):
    """A mail comes through SESSION, from SOURCE."""
    token = "X-Token: %d\r\n" % random.getrandbits(60)
    try:
        deliver(session, token.encode() + (body or b"\r\nhello\r\n"))
        mail = mta.mail_with(token.strip(), session)
        assert "[%s]" % source in mail or "[IPv6:%s]" % source in mail, \
            mail[:2000]
    except AssertionError as problem:
        raise AssertionError("%s\n%s\n%s" % (
            problem, "\n".join(session.transcript[-8:]),
            "\n".join(session.log() + mta.words()))) from problem
    return mail


def arrives(mta, stage, source=STRANGER, header=None, body=None):
    """A mail comes from SOURCE, or from a proxy that names it in HEADER."""
    with stage:
        session = stage.connect("127.0.0.1" if header else source)
        if header:
            session.send_bytes(header)
        return mail_arrives(mta, session, source, body)


LINES, LINE = 50000, 1000  # 50 MB


def large():
    """A body of 50 MB, as lines, and its digest with LF."""
    line = bytes(random.choice(b"abcdefghijklmnopqrstuvwxyz")
                 for _ in range(LINE - 8))
    body = b"".join(b"%06d" % i + line + b"\r\n" for i in range(LINES))
    return body, hashlib.sha256(body.replace(b"\r\n", b"\n")).hexdigest()


def large_arrives(mta, stage):
    """50 MB and not one byte of them another."""
    body, digest = large()
    stage.patience = 120  # a server may take its time, on a busy machine
    mail = arrives(mta, stage, body=b"\r\n" + body)
    path = mta.path_of(re.search(r"X-Token: \d+", mail).group())
    have = mta.body(path)
    start = have.index(b"000000")
    have = have[start:start + LINES * (LINE - 1)]
    assert hashlib.sha256(have).hexdigest() == digest, len(have)
    mta.forget(path)


def at_once(stage, count):
    """COUNT sessions side by side."""
    with stage:
        sessions = [stage.connect(STRANGER) for _ in range(count)]
        for session in sessions:
            greeted(session)
        for line in "EHLO client.example", "NOOP":
            for session in sessions:
                reply = ask(session, line)
                assert reply.startswith("250"), reply
        for session in sessions:
            assert ask(session, "QUIT").startswith("221")
            session.end()


def refused(stage, source=STRANGER, reply=TROUBLE, status=78, header=None):
    """It is told to come again, and no smtpd has it."""
    with stage:
        session = stage.connect("127.0.0.1" if header else source)
        if header:
            session.send_bytes(header)
        have = session.line()
        assert have == reply, "%s\n%s" % (have, "\n".join(session.log()))
        assert session.end() == status, session.log()
        return session.log()


def header(source=STRANGER):
    """What a proxy says of SOURCE."""
    return ("PROXY TCP%s %s %s 4321 25\r\n" % (
        (6, source, "2001:db8::25") if ":" in source else
        (4, source, "192.0.2.25"))).encode()
