"""Mail servers of other makes than ours, in a namespace of the test's own.

They are unpacked by ./setup, laid over /usr, and get users and folders that
exist there only. Each takes mail for mail.example from anybody, relays for
this machine's addresses and for what it takes for a local user, and keeps what
it took, for the tests to look at.
"""

import contextlib
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import neighbours
import postfix
import screen
import view

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
NEIGHBOURS = os.path.join(TOP, "build", "neighbours")
TREE = os.path.join(TOP, "build", "mtas")

POSTFIX_SENDMAIL = "/usr/sbin/sendmail"
EXIM, EXIM_USER = "/usr/sbin/exim4", "Debian-exim"
MAILFRONT = "/usr/sbin/mailfront"
OPENSMTPD = "/usr/sbin/smtpd"
SENDMAIL = "/usr/libexec/sendmail/sendmail"
SENDMAIL_CF = "/usr/share/sendmail/cf"

PATIENCE = 30.0


def lay_out():
    """Their programs, their users, and a place for what they write."""
    if not os.path.exists(TREE + EXIM):
        raise view.Cannot("the mail servers are not unpacked: see ./setup")
    base = tempfile.mkdtemp(prefix="screen-mtas-")
    view.run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", base,
             why="no tmpfs here")
    for place in ("/usr", "/etc", "/var"):
        view.lay_over(place, TREE + place, base)
    for number, name in ((61010, EXIM_USER), (61011, "opensmtpd"),
                         (61012, "opensmtpq"), (61013, "smmta"),
                         (61014, "smmsp")):
        with open("/etc/passwd", "a", encoding="ascii") as file:
            file.write("%s:x:%d:%d::/nonexistent:/bin/false\n" % (
                name, number, number))
        with open("/etc/group", "a", encoding="ascii") as file:
            file.write("%s:x:%d:\n" % (name, number))


def ports(count):
    """Ports that are free, all at once: this namespace has no one else."""
    return [neighbours.free_port() for _ in range(count)]


class Mta:
    """What all have in common: a folder, and the mails in it."""

    LOST = "\n"  # what it says of a client that has left within a mail
    PROGRAM = ""  # what the kernel calls the process that talks to a client

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="screen-mta-")
        os.chmod(self.dir, 0o755)
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, argv, port):
        """A server that listens on PORT, as the leader of a group."""
        with open(os.path.join(self.dir, "out"), "ab") as out:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True)
        deadline = time.monotonic() + PATIENCE
        while not postfix.listens(port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("%s did not start: %s" % (
                    argv[0], "\n".join(self.words())))
            time.sleep(0.01)

    def stop(self):
        """End it, with everything that it has started."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def kill_smtpds(self):
        """Those that talk to clients, and nobody else."""
        for path in glob.glob("/proc/[0-9]*/comm"):
            pid = int(path.split("/")[2])
            with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
                    open(path, encoding="ascii") as file:
                if file.read().strip() == self.PROGRAM and \
                        pid != self.process.pid:
                    os.kill(pid, signal.SIGKILL)

    def log(self):
        """What it said."""
        try:
            with open(os.path.join(self.dir, "out"), encoding="utf-8",
                      errors="backslashreplace") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def words(self):
        """The last of it."""
        return self.log()[-20:]

    def lost(self):
        """How many mails have ended in their midst."""
        return sum(self.LOST in line for line in self.log())

    def mails(self):
        """The files that hold mails."""
        raise NotImplementedError

    def read(self, path):
        """The text of one."""
        with open(path, encoding="latin-1") as file:
            return file.read()

    def body(self, path):
        """What stands behind its header, and perhaps that, in bytes."""
        with open(path, "rb") as file:
            return file.read()

    def forget(self, path):
        """A mail has been looked at; it is too large to be read each time."""
        os.unlink(path)

    def nothing_since(self, before):
        """No mail has come since mails() was BEFORE. One that was given up in
        its midst may be there for another moment."""
        deadline = time.monotonic() + PATIENCE
        while new := set(self.mails()) - set(before):
            assert time.monotonic() < deadline, (new, self.words())
            time.sleep(0.05)

    def mail_with(self, token, _):
        """The mail that has TOKEN in its header, once it is there."""
        return self.read(self.path_of(token))

    def path_of(self, token):
        """Where it is."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for path in self.mails():
                # it may be moved, or that of another that is given up
                with contextlib.suppress(FileNotFoundError):
                    if token in self.read(path)[:20000]:
                        return path
            if time.monotonic() > deadline:
                raise AssertionError("no mail with " + token)
            time.sleep(0.05)


class Postfix(Mta):
    """Behind services of type pass, private and public, and with a content
    filter as in conf/mta/postfix, and two ports."""

    LOST = "lost connection after DATA"
    PROGRAM = "smtpd"

    def __init__(self, system, more=""):
        super().__init__()
        self.system = system
        self.name = "mta%d" % system.number()
        self.proxy_port, self.plain_port, behind_filter = ports(3)
        for name in ("active", "bounce", "corrupt", "defer", "deferred",
                     "flush", "hold", "incoming", "maildrop", "private",
                     "public", "saved", "trace"):
            os.makedirs(os.path.join(self.dir, "queue", name))
            shutil.chown(os.path.join(self.dir, "queue", name), postfix.USER)
        os.chmod(os.path.join(self.dir, "queue/private"), 0o700)
        shutil.chown(os.path.join(self.dir, "queue/public"), postfix.USER,
                     "postdrop")
        os.chmod(os.path.join(self.dir, "queue/public"), 0o710)
        os.makedirs(os.path.join(self.dir, "queue/pid"))
        os.makedirs(os.path.join(self.dir, "data"))
        shutil.chown(os.path.join(self.dir, "data"), postfix.USER)
        certificate, key = (os.path.join(self.dir, name)
                            for name in ("cert.pem", "key.pem"))
        screen.make_certificate(certificate, key)
        # sendmail(1) takes no other from anybody but root
        view.write("/etc/postfix/main.cf", """
compatibility_level = 3.6
queue_directory = %s/queue
data_directory = %s/data
syslog_name = %s
myhostname = mail.example
mydestination = mail.example
mynetworks = 127.0.0.0/8 [::1]/128
inet_interfaces = 127.0.0.1
local_recipient_maps =
alias_maps =
message_size_limit = 0
mailbox_size_limit = 0
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
authorized_submit_users = static:anyone
smtpd_tls_security_level = may
smtpd_tls_cert_file = %s
smtpd_tls_key_file = %s
%s""" % (self.dir, self.dir, self.name, certificate, key, more))
        view.write("/etc/postfix/master.cf", """
smtpd pass - - n - 300 smtpd
public pass n - n - 10 smtpd
filtered pass - - n - 20 smtpd
  -o smtpd_proxy_filter=127.0.0.1:%d
  -o smtpd_client_connection_count_limit=10
127.0.0.1:%d inet n - n - - smtpd
  -o smtpd_authorized_xforward_hosts=127.0.0.0/8
  -o smtpd_client_restrictions=
  -o smtpd_helo_restrictions=
  -o smtpd_sender_restrictions=
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o mynetworks=127.0.0.0/8
  -o receive_override_options=no_unknown_recipient_checks
127.0.0.1:%d inet n - n - 300 smtpd
  -o smtpd_upstream_proxy_protocol=haproxy
127.0.0.1:%d inet n - n - 10 smtpd
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
bounce unix - - n - 0 bounce
""" % (behind_filter, behind_filter, self.proxy_port, self.plain_port))
        # the public one has its own name here, and its usual one outside
        os.symlink("public", os.path.join(self.dir, "queue/public/smtpd"))
        self.start([postfix.MASTER, "-c", "/etc/postfix"], self.proxy_port)

    def stop(self):
        super().stop()
        while postfix.listens(self.proxy_port):  # one has not ended yet
            time.sleep(0.005)

    def mails(self):
        return glob.glob(os.path.join(self.dir, "queue/incoming/*"))

    def read(self, path):
        return subprocess.run(
            ["postcat", "-hb", path],
            stdin=subprocess.DEVNULL, capture_output=True, check=False,
            encoding="latin-1").stdout

    def body(self, path):
        return self.read(path).encode("latin-1")

    def log(self):
        return [": ".join(line) for line in self.system.log.lines(self.name)]


class Exim(Mta):
    """A daemon on two ports, and the same configuration for -bs."""

    LOST = "lost while reading message data"
    PROGRAM = "exim4"

    def __init__(self, rcpt=""):
        super().__init__()
        self.proxy_port, self.plain_port = ports(2)
        for name in ("spool", "log"):
            os.mkdir(os.path.join(self.dir, name))
            shutil.chown(os.path.join(self.dir, name), EXIM_USER, EXIM_USER)
        # as with -C it would not believe its own user
        view.write("/etc/exim4/exim4.conf", """
primary_hostname = mail.example
keep_environment =
spool_directory = %s/spool
log_file_path = %s/log/%%slog
queue_only = true
tls_advertise_hosts =
pipelining_connect_advertise_hosts = :
message_size_limit = 100M
hosts_proxy = ${if eq{$received_port}{%d}{127.0.0.1}{}}
acl_smtp_rcpt = acl_rcpt
begin acl
acl_rcpt:
%s  accept hosts = : 127.0.0.1 : ::1
  accept domains = mail.example
  deny message = relay not permitted
begin routers
keep:
  driver = manualroute
  route_list = * 127.0.0.1 byname
  self = send
  transport = out
begin transports
out:
  driver = smtp
""" % (self.dir, self.dir, self.proxy_port, rcpt))
        self.start([EXIM, "-bdf", "-oX", "<, [127.0.0.1]:%d, [127.0.0.1]:%d" %
                    (self.proxy_port, self.plain_port)], self.proxy_port)

    def log(self):
        text = super().log()
        for name in ("paniclog", "mainlog"):
            path = os.path.join(self.dir, "log", name)
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    text += file.read().splitlines()
        return text

    def body(self, path):
        return super().body(path[:-1] + "D")

    def forget(self, path):
        super().forget(path)
        super().forget(path[:-1] + "D")

    def mails(self):
        return glob.glob(os.path.join(self.dir, "spool/input/*-H")) + \
            glob.glob(os.path.join(self.dir, "spool/input/*/*-H"))


class Mailfront:
    """Started for each client; it says what it would have written."""

    def __init__(self):
        if not os.path.exists(MAILFRONT):
            raise view.Cannot("mailfront is not unpacked")

    nothing_since = Mta.nothing_since

    def mails(self):
        """It keeps none."""
        return []

    def log(self):
        """The log of smtp-screen has it."""
        return []

    words = log


class Sendmail(Mta):
    """Started for each client."""

    def __init__(self):
        super().__init__()
        if not os.path.exists(SENDMAIL):
            raise view.Cannot("sendmail is not unpacked")
        self.queue = os.path.join(self.dir, "queue")
        os.mkdir(self.queue, 0o700)
        # Without a name server, and with a name that has a dot, or it would
        # wait; and the stranger's address is one of this machine's here.
        view.write(os.path.join(self.dir, "switch"), "hosts files\n")
        view.write("/etc/hosts", "127.0.0.1 mail.example localhost %s\n" %
                   socket.gethostname())
        made = subprocess.run(
            ["m4", "-D_CF_DIR_=%s/" % SENDMAIL_CF], check=True,
            capture_output=True, encoding="ascii", input="""
include(`%s/m4/cf.m4')
VERSIONID(`a test')
OSTYPE(`linux')
define(`QUEUE_DIR', `%s')
define(`ALIAS_FILE', `')
define(`STATUS_FILE', `')
define(`HELP_FILE', `')
define(`confPID_FILE', `%s/pid')
define(`confDOMAIN_NAME', `mail.example')
define(`confDELIVERY_MODE', `queue')
define(`confSERVICE_SWITCH_FILE', `%s/switch')
define(`confTO_IDENT', `0')
define(`confDONT_PROBE_INTERFACES', `True')
FEATURE(`accept_unresolvable_domains')
FEATURE(`nocanonify')
LOCAL_DOMAIN(`mail.example')
MAILER(`smtp')
MAILER(`local')
""" % (SENDMAIL_CF, self.queue, self.dir, self.dir)).stdout
        os.makedirs("/etc/mail", exist_ok=True)
        view.write("/etc/mail/sendmail.cf", made)

    def mails(self):
        return glob.glob(self.queue + "/qf*")


class OpenSmtpd(Mta):
    """On two ports."""

    LOST = "reason=disconnect"

    def __init__(self):
        super().__init__()
        if not os.path.exists(OPENSMTPD):
            raise view.Cannot("OpenSMTPD is not unpacked")
        self.proxy_port, self.plain_port = ports(2)
        conf = os.path.join(self.dir, "smtpd.conf")
        view.write(conf, """
listen on 127.0.0.1 port %d proxy-v2 hostname mail.example
listen on 127.0.0.1 port %d hostname mail.example
action keep relay host smtp://127.0.0.1:1
match from any for domain mail.example action keep
match from src { 127.0.0.1, ::1 } for any action keep
""" % (self.proxy_port, self.plain_port))
        os.makedirs("/var/lib/opensmtpd/empty", exist_ok=True)
        os.makedirs("/var/spool/smtpd", exist_ok=True)
        os.chmod("/var/spool/smtpd", 0o711)
        self.start([OPENSMTPD, "-d", "-f", conf], self.proxy_port)

    def mails(self):
        return glob.glob("/var/spool/smtpd/**/message", recursive=True)
