"""The rows that tests/real/systemd_boot runs inside its booted container.

It is root of a machine of its own, without a network beyond the loopback, so
it may use port 25 and change settings as an administrator would.
"""

import contextlib
import json
import os
import resource
import selectors
import shutil
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import dnsserver  # noqa: E402
import postfix  # noqa: E402
import screen  # noqa: E402
import tap  # noqa: E402

HERE = "/screen-test"
RECORDS = HERE + "/records"  # root's alone
DELIVERED = HERE + "/delivered"
UNITS = "/etc/systemd/system"
CONF = "/etc/smtp-screen/smtp-screen.conf"
PATIENCE = 60.0
TEASER = "220-mail.example ESMTP"
GREETING = "220 fake ESMTP"

# It leaves a delivery behind that outlives it, says something to standard
# error, and becomes a setuid program: a mail server in miniature.
SMTPD = """#!/bin/sh
echo "smtpd: a warning about $TCPREMOTEIP" >&2
if [ "$TCPREMOTEIP" = 127.0.0.20 ]; then
	(while [ -d /proc/$$ ]; do sleep 0.1; done; sleep 2
	echo delivered >%s/mail) </dev/null >/dev/null 2>&1 &
fi
case $TCPREMOTEIP in
127.1.*) ;; # too many to remember
*) export FAKE_SMTPD_RECORD=%s/$TCPREMOTEIP ;;
esac
exec %s/setuid_smtpd "$@"
""" % (DELIVERED, RECORDS, HERE)

SETTINGS = """\
myhostname = mail.example
smtpd_banner = $myhostname ESMTP
# 127.1.0.0/16 comes in a flood and is not to wait
mynetworks = 127.1.0.0/16
greet_wait = 1s
greet_action = enforce
dnsbl_sites = list.example
dnsbl_action = drop
dns_servers = 127.0.0.1:%d
handoff = exec:%s/smtpd
"""


def run(*argv):
    """One command that must succeed; what it said."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=120, encoding="utf-8",
                          errors="backslashreplace")
    assert done.returncode == 0, "%s: %d: %s" % (" ".join(argv),
                                                 done.returncode, done.stdout)
    return done.stdout


def write(path, text, mode=0o644):
    """A file with its folders."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def until(what, ready):
    """Wait until READY() gives something true; that."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = ready()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not happen: " + what
        time.sleep(0.05)


class Client:
    """One connection to port 25."""

    def __init__(self, source):
        self.source = source
        server = "::1" if ":" in source else "127.0.0.1"
        self.socket = socket.create_connection((server, 25), PATIENCE,
                                               (source, 0))
        self.heard = self.socket.makefile("rb")
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.heard.close()
        self.socket.close()

    def expect(self, *lines):
        """Hear these lines, each whole or (ending in ...) its beginning."""
        for want in lines:
            have = self.heard.readline().decode("utf-8", "backslashreplace")
            good = have.startswith(want[:-3]) if want.endswith("...") \
                else have == want + "\r\n"
            assert good, "%s heard %r\nwant %r" % (self.source, have, want)

    def expect_end(self):
        """Nothing more is said."""
        assert self.heard.readline() == b"", "more was said"

    def say(self, *lines):
        """Say them in one piece."""
        self.socket.sendall("".join(x + "\r\n" for x in lines).encode())

    def secure(self):
        """Speak TLS from now on; the server's certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.heard.close()
        self.socket = context.wrap_socket(self.socket)
        self.heard = self.socket.makefile("rb")
        return self.socket.getpeercert(binary_form=True)

    def log(self, *fields):
        """The messages in the journal about this very connection."""
        run("journalctl", "--sync")
        found = [entry["MESSAGE"] for entry in journal(
            "SMTP_SCREEN_CLIENT=" + self.source, *fields)
            if entry.get("SMTP_SCREEN_CLIENT_PORT") == str(self.port)]
        return found


def journal(*matches):
    """The entries of the journal that match, as dicts."""
    text = run("journalctl", "-q", "--no-pager", "-o", "json", *matches)
    return [json.loads(line) for line in text.splitlines()]


def short_session(client, *before):
    """What any client does once the smtpd greets it."""
    client.expect(*before, GREETING)
    client.say("EHLO x")
    client.expect("250 fake")
    client.say("QUIT")
    client.expect("221 2.0.0 fake bye")
    client.expect_end()


def new_client(source):
    """Waits and passes."""
    with Client(source) as client:
        short_session(client, TEASER)
        place = "[%s]:%d" % (source, client.port)
        until("PASS NEW " + place,
              lambda: "PASS NEW " + place in client.log())


def known_client(source):
    """Passes at once."""
    with Client(source) as client:
        short_session(client)
        place = "[%s]:%d" % (source, client.port)
        until("PASS OLD " + place,
              lambda: "PASS OLD " + place in client.log())


def zombie(source):
    """Talks first, and is refused."""
    with Client(source) as client:
        client.say("EHLO zombie", "MAIL FROM:<a@x>", "RCPT TO:<b@y>", "QUIT")
        client.expect(TEASER)
        said = client.heard.read().decode()
        assert "\r\n550 5.5.1 " in said and "fake" not in said, said
        until("PREGREET", lambda: any(
            line.startswith("PREGREET") for line in client.log()))
    assert not os.path.exists(os.path.join(RECORDS, source)), \
        "it reached the smtpd"


def facts(source):
    """What the smtpd recorded of that client; None: it could not."""
    try:
        with open(os.path.join(RECORDS, source), encoding="utf-8") as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return None


def failed_units():
    """Units of ours that have failed, and sockets that are not there."""
    text = run("systemctl", "list-units", "--failed", "--plain",
               "--no-legend", "smtp-screen*")
    state = run("systemctl", "is-active", "smtp-screen.socket").strip()
    return text + ("" if state == "active" else state)


def drop_in(unit, text):
    """Put TEXT over UNIT, as systemctl edit does; "" takes it away."""
    folder = os.path.join(UNITS, unit + ".d")
    shutil.rmtree(folder, ignore_errors=True)
    if text:
        write(os.path.join(folder, "test.conf"), text)
    run("systemctl", "daemon-reload")


# ---- the rows ---------------------------------------------------------------


def verify():
    """systemd-analyze verify finds nothing wrong with the units"""
    names = sorted(name for name in os.listdir("/usr/lib/systemd/system")
                   if name.startswith("smtp-screen"))
    assert len(names) == 16, names
    said = run("systemd-analyze", "verify", "--man=no",
               *["/usr/lib/systemd/system/" + name for name in names])
    ours = [line for line in said.splitlines() if "smtp-screen" in line and
            # of a later version than ours, and written as such
            "smtp-screenctl is not executable" not in line]
    assert not ours, said


def user_and_folder():
    """sysusers.d and tmpfiles.d give the user and the folder of the cache"""
    run("systemd-sysusers")
    run("systemd-tmpfiles", "--create")
    run("id", "smtp-screen")
    have = run("stat", "-c", "%a %U %G", "/var/lib/smtp-screen").strip()
    assert have == "700 smtp-screen smtp-screen", have


def enable():
    """systemctl enable --now smtp-screen.socket"""
    run("systemctl", "enable", "--now", "smtp-screen.socket")
    assert run("systemctl", "is-active", "smtp-screen.socket") == "active\n"
    wanted = os.path.join(UNITS, "sockets.target.wants/smtp-screen.socket")
    assert os.path.islink(wanted), "not there at the next boot"


def ipv4():
    """IPv4: a zombie is refused, a new client passes, a known one at once"""
    zombie("127.0.0.2")
    new_client("127.0.0.9")
    known_client("127.0.0.9")


def ipv6():
    """IPv6: a zombie is refused, a new client passes, a known one at once"""
    zombie("::1")
    new_client("::1")
    known_client("::1")


def listed():
    """A listed client is refused by the list's name"""
    with Client("127.0.0.30") as client:
        client.expect(TEASER, "521 5.7.1 Service unavailable; client "
                      "[127.0.0.30] blocked using list.example")
        client.expect_end()


def has_rights(have):
    """May it change users, and own and read all mail, once it is root?"""
    assert have, "no record: setuid had no effect"
    shut = [fact for fact in ("bounded %d" % which for which in (
        0, 1, 3, 5, 6, 7)) if fact in have]  # chown ... kill, setgid, setuid
    assert not shut, shut


def inherited():
    """A setuid smtpd has its rights, the client's address, and no more"""
    have = facts("127.0.0.9")
    has_rights(have)
    for fact in ("fds 0 1 2", "client tcp", "environment PROTO=TCP",
                 "environment TCPREMOTEIP=127.0.0.9",
                 "environment TCPLOCALPORT=25"):
        assert fact in have, "%s: not in %r" % (fact, have)
    wrong = [fact for fact in have if fact.startswith(
        ("stderr client", "nonblocking", "ignored", "blocked", "pending",
         "timer", "environment LISTEN_"))]
    assert not wrong, wrong
    assert os.stat(os.path.join(RECORDS, "127.0.0.9")).st_uid == 0


def fields():
    """journalctl SMTP_SCREEN_CLIENT=... and its kin find the lines"""
    for client in ("127.0.0.9", "::1"):
        found = journal("SMTP_SCREEN_CLIENT=" + client)
        words = [entry["MESSAGE"].split(" [")[0] for entry in found]
        for word in ("CONNECT from", "PASS NEW", "PASS OLD"):
            assert word in words, (client, words)
        assert {entry["SYSLOG_IDENTIFIER"] for entry in found} == \
            {"smtp-screen"}, found
        assert all(entry["_SYSTEMD_UNIT"].startswith("smtp-screen@")
                   for entry in found), found
    new = journal("SMTP_SCREEN_EVENT=pass-new")
    assert len(new) == 2, new
    assert len(journal("MESSAGE_ID=" + new[0]["MESSAGE_ID"])) == 2
    ids = {entry["SMTP_SCREEN_ID"] for entry in new}
    assert len(ids) == 2 and journal("SMTP_SCREEN_ID=" + ids.pop())


def words_of_the_smtpd():
    """What the smtpd says to standard error is in the journal, its unit with it"""
    found = [entry for entry in journal("_TRANSPORT=stdout")
             if entry["MESSAGE"] == "smtpd: a warning about 127.0.0.9"]
    assert len(found) == 2, found
    assert found[0]["_SYSTEMD_UNIT"].startswith("smtp-screen@"), found


def late_delivery():
    """Mail delivered 2 s after QUIT is not killed with the unit"""
    with Client("127.0.0.20") as client:
        short_session(client, TEASER)
    began = time.monotonic()
    until("the delivery", lambda: os.path.exists(DELIVERED + "/mail"))
    assert time.monotonic() - began > 0.5, "it was not late"


def flood():
    """1,000 connections at once: all are served, and the socket stays"""
    waiting = selectors.DefaultSelector()
    began = time.monotonic()
    for number in range(1000):
        sock = socket.socket()
        sock.setblocking(False)
        sock.bind(("127.1.%d.%d" % divmod(number, 250), 0))
        sock.connect_ex(("127.0.0.1", 25))
        waiting.register(sock, selectors.EVENT_READ, bytearray())
    connected = time.monotonic() - began
    served = 0
    # systemd starts them all before the first gets its turn, and a busy machine
    # starts few in a second: what counts is that it goes on.
    while waiting.get_map():
        ready = waiting.select(2 * PATIENCE)
        if not ready:
            break
        served += sum(serve(waiting, key) for key, _ in ready)
    ended = time.monotonic() - began
    rows.later = "connected in %.2f s, all served after %.1f s" % (connected,
                                                                   ended)
    assert served == 1000, "%d of 1000 were served" % served
    assert not failed_units(), failed_units()
    show = run("systemctl", "show", "-P", "NRefused", "smtp-screen.socket")
    assert show == "0\n", "refused: " + show


def serve(waiting, key):
    """Go on with one client of the flood; 1 when it has been served."""
    try:
        data = key.fileobj.recv(4096)
    except OSError:
        data = b""
    key.data.extend(data)
    if data == b"%s\r\n" % GREETING.encode():
        key.fileobj.send(b"QUIT\r\n")
    if data:
        return 0
    waiting.unregister(key.fileobj)
    key.fileobj.close()
    return int(key.data.endswith(b"221 2.0.0 fake bye\r\n"))


def one_greedy_client():
    """One client of 60 connections gets 50; others are let in beside it"""
    with contextlib.ExitStack() as stack:
        many = [stack.enter_context(Client("127.0.0.50")) for _ in range(60)]
        greeted = [client.heard.readline() for client in many]
        assert greeted.count(TEASER.encode() + b"\r\n") == 50, greeted
        assert greeted.count(b"") == 10, greeted
        new_client("127.0.0.51")


def broken_settings():
    """Broken settings: 421, the reason in the journal, no unit has failed"""
    with open(CONF, encoding="utf-8") as file:
        good = file.read()
    write(CONF, good + "greet_action = shout\n")
    try:
        with Client("127.0.0.60") as client:
            client.expect("421 4.3.0 ...")
            client.expect_end()
    finally:
        write(CONF, good)
    run("journalctl", "--sync")
    found = [entry["MESSAGE"] for entry in
             journal("SMTP_SCREEN_EVENT=config-trouble")]
    assert found and CONF in found[0] and "greet_action" in found[0], found
    assert not failed_units(), failed_units()


def listen_fds():
    """Without StandardInput=socket (LISTEN_FDS) it is the same"""
    drop_in("smtp-screen@.service", "[Service]\nStandardInput=null\n")
    try:
        zombie("127.0.0.70")
        new_client("127.0.0.71")
        known_client("127.0.0.71")
    finally:
        drop_in("smtp-screen@.service", "")
    have = facts("127.0.0.71")
    assert "fds 0 1 2" in have and "client tcp" in have, have
    assert not [fact for fact in have
                if fact.startswith("environment LISTEN_")], have


def kept_from_rights():
    """What doctor says of a setuid smtpd: the setting of the unit that keeps it
    from being that, or None."""
    done = subprocess.run(
        ["smtp-screenctl", "doctor", "--json", HERE + "/setuid_smtpd"],
        stdin=subprocess.DEVNULL, check=False, stdout=subprocess.PIPE,
        timeout=120)
    found = [finding["text"] for finding in json.loads(done.stdout)
             if "is a setuid program" in finding["text"]]
    assert len(found) < 2, found
    return found[0].split("(")[1].split(")")[0] if found else None


def hardened():
    """smtp-screen-hardened@.service takes its place, and screens as well; doctor
    knows what that, and a drop-in, means for a setuid smtpd"""
    assert kept_from_rights() is None
    for source, setting in (
            ("127.0.0.83", "PrivateDevices=yes"),
            ("127.0.0.84", "RestrictNamespaces=yes"),
            ("127.0.0.85", "SystemCallArchitectures=native")):
        drop_in("smtp-screen@.service", "[Service]\n%s\n" % setting)
        assert kept_from_rights() == setting.split("=")[0], setting
        new_client(source)
        assert facts(source) is None, "it has its rights"
    drop_in("smtp-screen@.service", "")
    run("systemctl", "enable", "smtp-screen-hardened@.service")
    try:
        assert kept_from_rights() == "NoNewPrivileges"
        zombie("127.0.0.80")
        new_client("127.0.0.81")
        known_client("127.0.0.81")
        known_client("127.0.0.9")
        listed()
        # Its smtpd is setuid; had that any effect, there were a record.
        assert facts("127.0.0.81") is None, "it is not hardened"
    finally:
        run("systemctl", "disable", "smtp-screen-hardened@.service")
    new_client("127.0.0.82")
    assert facts("127.0.0.82"), "it is still hardened"


TLS = "/etc/smtp-screen/tls"


def tls_files(folder):
    """A certificate that root alone can read, like any tool leaves them."""
    os.makedirs(folder, exist_ok=True)
    paths = ["%s/%s.pem" % (folder, name) for name in ("cert", "key")]
    screen.make_certificate(*paths)
    for path in paths:
        os.chmod(path, 0o600)


def tls_session(source):
    """A zombie that asks for TLS, which must be there; the certificate."""
    with Client(source) as client:
        client.say("STARTTLS")
        client.expect(TEASER, "220 2.0.0 Ready to start TLS")
        certificate = client.secure()
        client.say("EHLO zombie")
        client.expect(*["250..."] * 9)
        client.say("MAIL FROM:<a@x>")
        client.expect("250 2.1.0 Ok")
        client.say("RCPT TO:<b@y>")
        client.expect("550 5.5.1 Protocol error")
        user = run("ps", "-o", "user:20=", "-C", "smtp-screen-tls").split()
        client.say("QUIT")
        client.expect("221 2.0.0 Bye")
        client.expect_end()
        until("a log of TLS", lambda: any(
            line.startswith("Anonymous TLS connection established from ")
            for line in client.log("SYSLOG_IDENTIFIER=smtp-screen-tls")))
    return certificate, user


def tls_service():
    """smtp-screen-tls.socket: STARTTLS by a user of its own, with root's key"""
    tls_files(TLS + "/real")
    for name in ("cert.pem", "key.pem"):
        os.symlink("real/" + name, "%s/%s" % (TLS, name))
    with open(CONF, "a", encoding="utf-8") as file:
        file.write("tls_security_level = may\nsmtpd_tls_loglevel = 1\n")
    run("systemctl", "enable", "--now", "smtp-screen-tls.socket")
    _, user = tls_session("127.0.0.90")
    assert set(user) == {"smtp-screen-tls"}, user
    for other in ("smtp-screen", "smtp-screen-tls"):
        done = subprocess.run(["setpriv", "--reuid", other, "--clear-groups",
                               "cat", TLS + "/key.pem"], check=False,
                              capture_output=True)
        assert done.returncode != 0, other + " can read the key"
    done = subprocess.run(["setpriv", "--reuid", "smtp-screen-tls",
                           "--clear-groups", sys.executable, "-c",
                           "import socket; socket.socket(socket.AF_UNIX)."
                           "connect('/run/smtp-screen-tls.socket')"],
                          check=False, capture_output=True, text=True)
    assert "Permission denied" in done.stderr, done.stderr
    # systemd-nspawn allows no Landlock, which is told as it should be
    said = run("smtp-screen", "--check-config")
    assert " 0 errors" in said, said
    assert [line for line in said.splitlines() if "warning: " in line and
            "no Landlock (Operation not permitted)" not in line] == [], said


def tls_renewed():
    """A renewed certificate counts from the next start on, key and all"""
    before, _ = tls_session("127.0.0.91")
    tls_files(TLS + "/real")
    run("systemctl", "try-restart", "smtp-screen-tls.service")
    after, _ = tls_session("127.0.0.91")
    assert before != after, "it still is the old one"


def tls_exposure():
    """systemd-analyze security finds next to nothing open in it"""
    said = run("systemd-analyze", "security", "--no-pager",
               "smtp-screen-tls.service").splitlines()[-1]
    assert float(said.split(":")[1].split()[0]) < 2.0, said


def greylist():
    """smtp-screen-greylist.socket: a user of its own, next to nothing open"""
    run("systemctl", "enable", "--now", "smtp-screen-greylist.socket")
    with socket.create_connection(("127.0.0.1", 60000), PATIENCE) as sock:
        heard = sock.makefile("rb")
        for want in (b"action=DEFER_IF_PERMIT Greylisted",) * 2:
            sock.sendall(b"request=smtpd_access_policy\nclient_name=unknown\n"
                         b"client_address=192.0.2.1\nsender=a@x\n"
                         b"recipient=b@y\n\n")
            have = heard.readline()
            assert have.startswith(want), have
            assert heard.readline() == b"\n"
        user = run("ps", "-o", "user:30=", "-C", "smtp-screen-gre").split()
        assert set(user) == {"smtp-screen-greylist"}, user
        run("systemctl", "reload", "smtp-screen-greylist.service")
        until("the reload", lambda: "HUP received" in run(
            "journalctl", "-o", "cat", "-u", "smtp-screen-greylist.service"))
        said = run("journalctl", "-o", "cat", "-u",
                   "smtp-screen-greylist.service")
        assert "reason=early-retry" in said or said.count(
            "reason=new") == 2, said
        assert "warning" not in said, said
    have = run("stat", "-c", "%a %U", "/var/lib/smtp-screen-greylist")
    assert have.strip() == "700 smtp-screen-greylist", have
    said = run("systemd-analyze", "security", "--no-pager",
               "smtp-screen-greylist.service").splitlines()[-1]
    assert float(said.split(":")[1].split()[0]) <= 2.0, said
    rows.later = said


def asked(heard, sock, address):
    """What is answered about a client."""
    sock.sendall(b"request=smtpd_access_policy\nclient_name=mail.friend.example"
                 b"\nclient_address=%s\nsender=a@sender.example\n"
                 b"recipient=b@y\n\n" % address.encode())
    line = heard.readline()
    assert heard.readline() == b"\n"
    return line.decode()


def greylist_for_postgrey():
    """The drop-ins of its manual: smtp-screen-greylist in Postgrey's place"""
    folder = "/etc/systemd/system/smtp-screen-greylist.%s.d/postgrey.conf"
    write(folder % "socket", "[Socket]\nListenStream=\n"
                             "ListenStream=127.0.0.1:10023\n")
    write(folder % "service", """\
[Service]
Environment="OPTIONS=--delay=120 --syslog-name=postgrey \\
    --greylist-text='Please try again in %%s seconds' \\
    --whitelist-clients=/etc/postgrey/whitelist_clients \\
    --whitelist-clients=/etc/postgrey/whitelist_clients.local \\
    --whitelist-recipients=/etc/postgrey/whitelist_recipients"
""")
    write("/etc/postgrey/whitelist_clients", "192.0.2.97\n")
    write("/etc/postgrey/whitelist_recipients", "postmaster@\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "stop", "smtp-screen-greylist.service")
    run("systemctl", "restart", "smtp-screen-greylist.socket")
    with socket.create_connection(("127.0.0.1", 10023), PATIENCE) as sock:
        heard = sock.makefile("rb")
        have = asked(heard, sock, "192.0.2.96")
        assert have == ("action=DEFER_IF_PERMIT Please try again in 120 "
                        "seconds\n"), have
        assert asked(heard, sock, "192.0.2.97") == "action=DUNNO\n"
    said = run("journalctl", "-o", "cat", "-t", "postgrey")
    assert "reason=client whitelist" in said, said
    assert "warning" not in said, said
    for unit in "socket", "service":
        os.unlink(folder % unit)
    run("systemctl", "daemon-reload")
    run("systemctl", "stop", "smtp-screen-greylist.service")
    run("systemctl", "restart", "smtp-screen-greylist.socket")


def greylist_fewer():
    """The drop-ins of its manual: --trust-cache reads what the screen knows,
    --pool-aware reaches a name server"""
    now = time.time()
    done = subprocess.run(
        ["smtp-screenctl", "import"], check=False, capture_output=True,
        input=("smtp-screen-cache 1\n192.0.2.99 %d;1;1;1;1;%d;%d;9\n" % (
            now + 9999, now - 40 * 86400, now - 9)).encode())
    assert done.returncode == 0, done
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dns:
        dns.settimeout(PATIENCE)
        dns.bind(("127.0.0.1", 0))
        write("/etc/systemd/system/smtp-screen-greylist.service.d/fewer.conf",
              "[Service]\nUser=smtp-screen\n"
              "ReadWritePaths=-/var/lib/smtp-screen\n"
              "PrivateNetwork=no\nRestrictAddressFamilies=AF_INET AF_INET6\n"
              'Environment="OPTIONS=--trust-cache --pool-aware '
              '--dns-servers=127.0.0.1:%d"\n' % dns.getsockname()[1])
        run("systemctl", "daemon-reload")
        run("systemctl", "restart", "smtp-screen-greylist.service")
        with socket.create_connection(("127.0.0.1", 60000), PATIENCE) as sock:
            heard = sock.makefile("rb")
            have = asked(heard, sock, "192.0.2.99")
            assert have == "action=DUNNO\n", have
            have = asked(heard, sock, "192.0.2.98")
            assert have.startswith("action=DEFER_IF_PERMIT"), have
            assert b"\6sender\7example" in dns.recv(512)
    run("journalctl", "--sync")
    said = run("journalctl", "-o", "cat", "-u", "smtp-screen-greylist.service")
    assert "reason=client trusted" in said, said
    assert "no pools by SPF while that is so" in said, said
    assert said.count("warning") == 1, said


def tls_many():
    """Forty sessions at the same time, a process for each"""
    began = time.monotonic()
    clients = [Client("127.0.0.%d" % (100 + i)) for i in range(40)]
    for client in clients:
        client.say("STARTTLS")
    for client in clients:
        client.expect(TEASER)
    for client in clients:
        client.expect("220 2.0.0 Ready to start TLS")
    took = time.monotonic() - began
    for client in clients:
        client.secure()
        client.say("QUIT")
        client.expect("221 2.0.0 Bye")
        client.expect_end()
        client.__exit__()
    rows.later = "all ready after %.1f s, one of them to wait" % took


def tls_broken():
    """A key that is gone, a service that is stopped: 454, and it goes on"""
    os.rename(TLS + "/real/key.pem", TLS + "/real/away.pem")
    run("systemctl", "stop", "smtp-screen-tls.service")
    try:
        for _ in range(30):
            no_tls("127.0.0.92", "key.pem: no private key in PEM")
    finally:
        os.rename(TLS + "/real/away.pem", TLS + "/real/key.pem")
    run("systemctl", "restart", "smtp-screen-tls.service")
    tls_session("127.0.0.92")
    # then the screen tries it alone, and has no certificate
    run("systemctl", "stop", "smtp-screen-tls.socket",
        "smtp-screen-tls.service")
    assert not os.path.exists("/run/smtp-screen-tls.socket")
    no_tls("127.0.0.93", "no certificate: set smtpd_tls_chain_files")
    run("systemctl", "start", "smtp-screen-tls.socket")
    tls_session("127.0.0.93")


def no_tls(source, words):
    """STARTTLS is refused, with WORDS in the log, and the session goes on."""
    with Client(source) as client:
        client.say("STARTTLS")
        client.expect(TEASER,
                      "454 4.7.0 TLS not available due to local problem")
        client.say("QUIT")
        client.expect("221 2.0.0 Bye")
        client.expect_end()
        until(words, lambda: any(words in line for line in client.log(
            "SMTP_SCREEN_EVENT=tls-trouble")))


def expire():
    """smtp-screen-expire.timer can be enabled, and its service works"""
    run("systemctl", "enable", "--now", "smtp-screen-expire.timer")
    run("systemctl", "start", "smtp-screen-expire.service")
    result = run("systemctl", "show", "-P", "Result",
                 "smtp-screen-expire.service")
    assert result == "success\n", result
    have = run("stat", "-c", "%U", "/var/lib/smtp-screen",
               *["/var/lib/smtp-screen/" + name for name in
                 os.listdir("/var/lib/smtp-screen")])
    assert set(have.split()) == {"smtp-screen"}, have
    known_client("127.0.0.9")


def probe():
    """smtp-screen-probe.timer can be enabled, and its service works"""
    run("systemctl", "enable", "--now", "smtp-screen-probe.timer")
    run("systemctl", "start", "smtp-screen-probe.service")
    result = run("systemctl", "show", "-P", "Result",
                 "smtp-screen-probe.service")
    assert result == "success\n", result
    states = run("smtp-screenctl", "lists")
    assert "list.example" in states and "unproved" in states, states
    owner = run("stat", "-c", "%U %a", "/var/lib/smtp-screen/state")
    assert owner == "smtp-screen 600\n", owner
    waits = run("systemctl", "show", "-P", "NextElapseUSecRealtime",
                "smtp-screen-probe.timer").strip()
    assert waits, "the timer waits for nothing"


def alarm():
    """Clients of five networks are listed at once: a probe looks into it"""
    since = "%d;1;1;1;1;%d;%d;9" % (time.time() + 9999,
                                    time.time() - 40 * 86400, time.time() - 9)
    dump = "smtp-screen-cache 1\n" + "".join(
        "127.0.%d.1 %s\n" % (n, since.replace(";1;", ";9;", 1))
        for n in range(141, 146))
    done = subprocess.run(["smtp-screenctl", "import"], input=dump.encode(),
                          check=False, capture_output=True)
    assert done.returncode == 0, done
    before = run("systemctl", "show", "-P", "InvocationID",
                 "smtp-screen-probe.service")
    for n in range(141, 146):
        with Client("127.0.%d.1" % n) as client:
            client.expect("521 5.7.1 ...")
    until("a probe", lambda: run("systemctl", "show", "-P", "InvocationID",
                                 "smtp-screen-probe.service") != before)
    until("its words", lambda: any(
        "its test points prove nothing" in entry["MESSAGE"]
        for entry in journal("SMTP_SCREEN_EVENT=tripwire")))


def at_last():
    """After all that nothing of ours has failed"""
    assert not failed_units(), failed_units()


def furnish(dns):
    """Settings, the smtpd, and where they leave their traces."""
    os.mkdir(RECORDS, 0o700)
    os.mkdir(DELIVERED)
    os.chmod(DELIVERED, 0o1777)
    os.chmod(HERE, 0o755)
    write(HERE + "/smtpd", SMTPD, 0o755)
    shutil.copyfile(HERE + "/fake_smtpd", HERE + "/setuid_smtpd")
    os.chmod(HERE + "/setuid_smtpd", 0o4755)
    write(CONF, SETTINGS % (dns.port, HERE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))


def main():
    """Each row is a function above; the order matters here and there."""
    # what they want of this file is there only now
    import booted_daemon
    import booted_metrics
    import booted_postfix
    with dnsserver.DnsServer({name + ".127.list.example":
                              dnsserver.Answer(["127.0.0.2"])
                              for name in ("30.0.0", *(
                                  "1.%d.0" % n for n in range(141, 146)))
                              }) as dns:
        furnish(dns)
        for test in (verify, user_and_folder, enable, ipv4, ipv6, listed,
                     inherited, fields, words_of_the_smtpd, late_delivery,
                     flood, one_greedy_client, broken_settings, listen_fds,
                     hardened, tls_service, tls_renewed, tls_exposure,
                     tls_many, tls_broken, greylist, greylist_for_postgrey):
            row(test)
        if os.path.exists("/usr/sbin/smtp-screenctl"):
            row(expire)
            row(probe)
            row(alarm)
            row(greylist_fewer)
            for test in booted_metrics.ROWS:
                row(test)
        else:
            rows.skip(expire.__doc__, "smtp-screenctl is not built")
            rows.skip(probe.__doc__, "smtp-screenctl is not built")
            rows.skip(alarm.__doc__, "smtp-screenctl is not built")
            rows.skip(greylist_fewer.__doc__, "smtp-screenctl is not built")
            for test in booted_metrics.ROWS:
                rows.skip(test.__doc__, "smtp-screenctl is not built")
        if os.path.exists(postfix.MASTER):
            row(booted_postfix.hardened)
            row(booted_postfix.imported)
        else:
            for test in booted_postfix.hardened, booted_postfix.imported:
                rows.skip(test.__doc__, "Postfix is not unpacked: see ./setup")
        for test in booted_daemon.ROWS:
            row(test)
        row(at_last)
    rows.done()


def row(test):
    """One row, and how long it took."""
    began = time.monotonic()
    rows.later = ""
    rows.run(test.__doc__, test)
    rows.note("%.1f s %s" % (time.monotonic() - began, rows.later))


if __name__ == "__main__":
    with open(sys.argv[1], "w", encoding="utf-8") as told:
        rows = tap.Tap(told)
        main()
