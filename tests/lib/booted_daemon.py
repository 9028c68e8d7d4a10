"""smtp-screend.socket and .service, in the machine of booted.py."""

import os
import re
import shutil
import time

from booted import (CONF, UNITS, Client, facts, has_rights, journal,
                    kept_from_rights, known_client, listed, new_client, run, short_session,
                    until, write, zombie)

UNIT = "smtp-screend.service"
DROP_IN = os.path.join(UNITS, UNIT + ".d")


def swap():
    """smtp-screend.socket takes the place of smtp-screen.socket"""
    run("systemctl", "disable", "--now", "smtp-screen.socket")
    run("systemctl", "enable", "--now", "smtp-screend.socket", UNIT)
    assert run("systemctl", "is-active", UNIT) == "active\n"
    show = run("systemctl", "show", "-P", "NotifyAccess", UNIT)
    assert show == "main\n", show


def screens():
    """It screens IPv4 and IPv6, with what others have learned of clients"""
    zombie("127.0.2.2")
    new_client("127.0.2.9")
    known_client("127.0.2.9")
    known_client("127.0.0.9")
    known_client("::1")
    listed()
    assert kept_from_rights() == "NoNewPrivileges"
    # Its smtpd is setuid; had that any effect, there were a record.
    assert facts("127.0.2.9") is None, "it is not hardened"


def exposure():
    """systemd-analyze security finds little that is open in it"""
    said = run("systemd-analyze", "security", "--no-pager",
               UNIT).splitlines()[-1]
    assert float(said.split(":")[1].split()[0]) <= 2.0, said


def setuid():
    """With the drop-in of its documentation a setuid smtpd has its rights"""
    os.makedirs(DROP_IN)
    shutil.copy2("/usr/share/doc/smtp-screen/smtp-screend-setuid.conf",
                 DROP_IN)
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", UNIT)
    new_client("127.0.2.10")
    has_rights(facts("127.0.2.10"))
    assert kept_from_rights() is None


def reloads():
    """systemctl reload: new settings, and bad ones fail with the reason"""
    with open(CONF, encoding="utf-8") as file:
        good = file.read()
    pid = run("systemctl", "show", "-P", "MainPID", UNIT)
    try:
        write(CONF, good + "access_list = static:reject\n"
              "denylist_action = drop\n")
        run("systemctl", "reload", UNIT)
        until("the new settings", lambda: refused("127.0.2.11"))
        for bad in "greet_action = shout\n", "access_list = cidr:/no/such\n":
            write(CONF, good + bad)
            try:
                run("systemctl", "reload", UNIT)
                raise ValueError("the reload went well")
            except AssertionError:
                pass
            assert refused("127.0.2.12"), "the old settings do not hold"
    finally:
        write(CONF, good)
        run("systemctl", "reload", UNIT)
    until("the old settings", lambda: not refused("127.0.0.9"))
    assert run("systemctl", "show", "-P", "MainPID", UNIT) == pid
    run("journalctl", "--sync")
    assert any("greet_action" in entry["MESSAGE"]
               for entry in journal("_SYSTEMD_UNIT=" + UNIT)), "no reason"


def refused(source):
    """Does that client hear the access list's no?"""
    with Client(source) as client:
        return client.heard.readline().startswith(b"521 5.3.2 ")


def restart():
    """A restart refuses nobody, and sessions go on"""
    with Client("127.0.2.13") as waiting, Client("127.1.2.1") as served:
        served.expect("220 fake ESMTP")
        waiting.expect("220-mail.example ESMTP")
        run("systemctl", "restart", UNIT)
        waiting.expect("220 fake ESMTP")
        served.say("QUIT")
        served.expect("221 2.0.0 fake bye")
    run("systemctl", "stop", UNIT)
    with Client("127.1.2.2") as early:  # the socket starts it again
        short_session(early)


def watchdog():
    """A parent that hangs is started anew, and its sessions go on"""
    with Client("127.1.2.3") as served:
        served.expect("220 fake ESMTP")
        pid = int(run("systemctl", "show", "-P", "MainPID", UNIT))
        began = time.monotonic()
        os.kill(pid, 19)  # stopped, it accepts nobody
        with Client("127.1.2.4") as waiting:
            short_session(waiting)
        assert time.monotonic() - began > 1, "who answered?"
        assert int(run("systemctl", "show", "-P", "MainPID", UNIT)) != pid
        served.say("QUIT")
        served.expect("221 2.0.0 fake bye")


def back():
    """And smtp-screen.socket takes it back"""
    shutil.rmtree(DROP_IN)
    run("systemctl", "disable", "--now", "smtp-screend.socket", UNIT)
    run("systemctl", "daemon-reload")
    run("systemctl", "enable", "--now", "smtp-screen.socket")
    known_client("127.0.2.9")
    assert not re.search("smtp-screend", run(
        "systemctl", "list-units", "--failed", "--plain", "--no-legend"))


ROWS = (swap, screens, exposure, setuid, reloads, restart, watchdog, back)
