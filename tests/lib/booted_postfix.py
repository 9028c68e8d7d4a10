"""A real Postfix behind the hardened unit, in the machine of booted.py."""

import contextlib
import glob
import grp
import os
import tempfile

import mtas
import postfix
from booted import CONF, TEASER, Client, drop_in, run, until, write

UNIT = "smtp-screen-hardened@.service"
STRANGER = "192.0.2.%d"


class System:
    """What mtas.Postfix wants of a system."""

    def __init__(self):
        self.log = self
        with contextlib.suppress(KeyError):
            grp.getgrnam("postdrop")
            return
        postfix.add_users()

    @staticmethod
    def number():
        """There is one instance only."""
        return 1

    @staticmethod
    def lines(name):
        """What it logged."""
        return [(line,) for line in run(
            "journalctl", "-q", "-o", "cat", "--no-pager", "-t",
            name + "/smtpd").splitlines()]


def mail(mta, source, teaser=True):
    """A mail from SOURCE, which is not relayed for."""
    token = "X-Token: " + source
    postfix.add_address(source)
    with Client(source) as client:
        client.expect(*[TEASER + "..."] * teaser, "220 mail.example ESMTP Postfix...")
        for line, reply in (("HELO client.example", "250 ..."),
                            ("MAIL FROM:<a@client.example>", "250 ..."),
                            ("RCPT TO:<b@elsewhere.example>", "554 5.7.1 ..."),
                            ("RCPT TO:<b@mail.example>", "250 ..."),
                            ("DATA", "354 ..."),
                            (token + "\r\n\r\nhello\r\n.", "250 ..."),
                            ("QUIT", "221 ...")):
            client.say(line)
            client.expect(reply)
        client.expect_end()
    text = mta.mail_with(token, None)
    assert "[%s]" % source in text, text[:2000]


DOORS = (
    ("the public door", "pass:{dir}/queue/public/smtpd",
     "SupplementaryGroups=postdrop"),
    ("the private door", "pass:{dir}/queue/private/smtpd", "User=postfix"),
    ("connect", "connect:127.0.0.1:{port} proxy=v2", ""),
)


def hardened():
    """The hardened unit before a Postfix: both doors, connect; each inline, too"""
    with open(CONF, encoding="utf-8") as file:
        before = file.read()
    tempfile.tempdir = "/var/spool"  # the unit has a /tmp of its own
    run("systemctl", "enable", UNIT)
    number = 0
    try:
        with mtas.Postfix(System()) as mta:
            for _, handoff, more in DOORS:
                drop_in(UNIT, "[Service]\n" + more + "\n")
                for inline in "", ("deep_protocol_tests = inline\n"
                                   "pipelining_enable = yes\n"):
                    write(CONF, "%s\nhandoff = %s\n%s" % (
                        before, handoff.format(dir=mta.dir,
                                               port=mta.proxy_port), inline))
                    number += 1
                    mail(mta, STRANGER % number)
                    if not inline:
                        mail(mta, STRANGER % number, teaser=False)
    finally:
        write(CONF, before)
        drop_in(UNIT, "")
        run("systemctl", "disable", UNIT)
    assert not glob.glob("/var/spool/screen-mta-*")


# What a Postfix with postscreen has; it goes in front of mtas.Postfix's own.
POSTSCREEN = """
smtp inet n - n - 1 postscreen
  -o { postscreen_greet_action = enforce }
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
tlsmgr unix - - n 1000? 1 tlsmgr
"""

POSTSCREEN_SETTINGS = """
nets = 198.51.100.77
postscreen_access_list = permit_mynetworks,
    # the old appliance
    cidr:{{$nets permit}}
postscreen_greet_wait = 1s
postscreen_cache_map = btree:$data_directory/postscreen_cache
"""

MAIN, MASTER = "/etc/postfix/main.cf", "/etc/postfix/master.cf"


def read(path):
    """A file."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def follow(commands):
    """As root would, one after the other, in a shell."""
    for command in commands:
        run("sh", "-ec", command)


def screener(source):
    """Which program told of the client SOURCE last."""
    run("journalctl", "--sync")
    told = run("journalctl", "-q", "-o", "cat", "--no-pager",
               "--output-fields=_COMM", "-t", "mta1/postscreen",
               "-g", r"CONNECT from \[%s\]" % source.replace(".", r"\."))
    return told.split()[-1:]


def zombie(source):
    """One who talks first does not get through."""
    postfix.add_address(source)
    with Client(source) as client:
        client.say("EHLO zombie", "MAIL FROM:<a@x>", "RCPT TO:<b@mail.example>",
                   "QUIT")
        said = client.heard.read().decode()
    assert "550 5.5.1 Protocol error" in said, said


def imported():
    """import-postfix: its steps take postscreen's place, and lead back"""
    before = read(CONF)
    os.rename(CONF, CONF + ".before")
    run("systemctl", "stop", "smtp-screen.socket")
    tempfile.tempdir = "/var/spool"
    try:
        with mtas.Postfix(System()) as mta:
            write(MASTER, POSTSCREEN + read(MASTER))
            write(MAIN, read(MAIN) + POSTSCREEN_SETTINGS)
            run("postfix", "reload")
            replaced(mta)
    finally:
        write(CONF, before)
        os.unlink(CONF + ".before")
        for unit in UNIT, "smtp-screen.socket":
            drop_in(unit, "")
        run("systemctl", "daemon-reload")
        run("systemctl", "disable", UNIT)
        run("chown", "-R", "smtp-screen:", "/var/lib/smtp-screen")
        run("systemctl", "start", "smtp-screen.socket")


def services():
    """What Postfix reads in its master.cf."""
    return sorted(run("postconf", "-M").splitlines())


def replaced(mta):
    """There and back, with mail at each stop."""
    until("postscreen", lambda: postfix.listens(25))
    mail(mta, "192.0.2.101")
    assert screener("192.0.2.101") == ["postscreen"]
    before = services()
    run("smtp-screenctl", "import-postfix", "--write", CONF)
    steps, back = (
        [line[9:] for line in part.splitlines() if line.startswith("#" + " " * 8)]
        for part in read(CONF).split("---- The way back", 1))
    assert "smtp-screen --check-config" in steps, steps
    follow(steps)
    mail(mta, "192.0.2.101", teaser=False)  # known to postscreen
    assert screener("192.0.2.101") == ["smtp-screen"]
    mail(mta, "192.0.2.103")
    zombie("192.0.2.104")
    mail(mta, "198.51.100.77", teaser=False)  # on the access list
    follow(back)
    until("postscreen", lambda: postfix.listens(25))
    mail(mta, "192.0.2.105")
    assert screener("192.0.2.105") == ["postscreen"]
    assert services() == before, (before, services())
