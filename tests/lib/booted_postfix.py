"""A real Postfix behind the hardened unit, in the machine of booted.py."""

import contextlib
import glob
import grp
import os
import tempfile

import mtas
import postfix
from booted import CONF, TEASER, Client, drop_in, run, write

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
        client.expect(*[TEASER] * teaser, "220 mail.example ESMTP Postfix...")
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
