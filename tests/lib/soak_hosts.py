"""What tests/soak puts under load: smtp-screend, or smtp-screen started once
for each connection as systemd's Accept=yes does it. And what they need: name
servers that are partly slow, an smtpd, and the smtpd alone to measure with.
"""

import contextlib
import multiprocessing
import os
import subprocess
import threading
import zlib

import daemon
import dnsserver
import screen
import smtpds
import soak_clients


SANITIZED = bool(os.environ.get("SANITIZED"))
WAIT = 2  # greet_wait


class Lists:
    """A zone: bl.example lists one kind of client, slow.example lists nobody,
    answers one in eight late and one in sixteen never."""

    def items(self):
        """A DnsServer copies its zone; this one makes up its answers."""
        return ()

    def get(self, name, default):
        """The answer for NAME."""
        octets, _, domain = name.partition(".127.")
        kind = octets.rpartition(".")[2]
        if domain == "bl.example" and kind == soak_clients.LISTED:
            return dnsserver.Answer(["127.0.0.2"])
        chance = zlib.crc32(name.encode()) % 16
        if domain == "slow.example" and chance < 3:
            return dnsserver.Answer(
                trick="silent" if chance == 0 else None,
                delay=WAIT * 0.7)
        return default


def _serve_names(pipe):
    """The name server's process: the port, then until the pipe ends."""
    with dnsserver.DnsServer() as server:
        server.zone = Lists()
        pipe.send(server.port)
        with contextlib.suppress(EOFError):
            pipe.recv()


class Names:
    """That process."""

    def __init__(self):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("spawn").Process(
            target=_serve_names, args=(other,), daemon=True)
        self.process.start()
        other.close()
        self.port = self.pipe.recv()

    def close(self):
        """End it."""
        self.pipe.close()
        self.process.join()


class Acceptor:
    """Starts ARGV for each client, within limits on all connections and on
    those of one address, which are closed at once beyond it: what
    MaxConnections= and MaxConnectionsPerSource= do."""

    def __init__(self, argv, log, env, cwd, most=1000, most_each=20):
        self.argv, self.log, self.env, self.cwd = argv, log, env, cwd
        self.most, self.most_each = most, most_each
        self.listener = daemon.listener()
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.running = {}  # process: address
        self.thread = threading.Thread(target=self._loop, daemon=True)
        self.closing = False
        self.thread.start()

    def _loop(self):
        while True:
            try:
                client, (address, _) = self.listener.accept()
            except OSError:
                return
            with client:
                if not self.closing:
                    self._start(client, address)

    def _start(self, client, address):
        self.reap()
        if len(self.running) >= self.most or list(
                self.running.values()).count(address) >= self.most_each:
            return
        process = subprocess.Popen(
            self.argv, stdin=client, stdout=client, stderr=self.log,
            env=self.env, cwd=self.cwd, start_new_session=True)
        with self.lock:
            self.running[process] = address

    def reap(self):
        """Forget those that have ended; how many are left."""
        with self.lock:
            for process in [p for p in self.running if p.poll() is not None]:
                del self.running[process]
            return len(self.running)

    def close(self):
        """No more clients; what still runs is killed."""
        self.closing = True
        with contextlib.suppress(OSError):
            self.listener.shutdown(2)
        self.listener.close()
        self.thread.join()
        for process in self.running:
            process.kill()
            process.wait()


class Behind(smtpds.TcpService):
    """The smtpd that smtp-screend connects to."""

    def __init__(self, program, mail):
        self.mail = mail
        super().__init__(program, lambda: "", "v2")

    def serve(self, client, environment):
        subprocess.run([self.program], stdin=client, stdout=client,
                       stderr=subprocess.DEVNULL, start_new_session=True,
                       check=False, env={"FAKE_SMTPD_MAIL": self.mail})


class Host(screen.Stage):
    """One way to be started: MODE is "daemon" or "connection"."""

    def __init__(self, build, mode, ttl, longest):
        super().__init__(build)
        self.mode = mode
        self.names = Names()
        self.mail = os.path.join(self.dir, "mail")
        self.log_file = os.path.join(self.dir, "log")
        self.decisions = os.path.join(self.dir, "decisions")
        self.environment = {"FAKE_SMTPD_MAIL": self.mail, **{
            name: os.environ[name] for name in (
                "PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}}
        refused = self.file("access", "".join(
            net + " reject\n" for net in soak_clients.REFUSED))
        self.settings.update(
            dns_servers="127.0.0.1:%d" % self.names.port,
            dnsbl_sites="bl.example slow.example", dnsbl_action="enforce",
            greet_action="enforce", greet_wait="%ds" % WAIT,
            access_list="permit_mynetworks cidr:" + refused,
            denylist_action="enforce", decision_log=self.decisions,
            greet_ttl="%ds" % ttl, dnsbl_min_ttl="1s",
            dnsbl_max_ttl="%ds" % ttl, cache_retention_time="1s",
            command_time_limit="%ds" % (longest // 2),
            session_time_limit="%ds" % longest,
            pre_queue_limit="400", post_queue_limit="400",
            client_connection_count_limit="20")
        self.log = open(self.log_file, "ab")
        # what a unit would set; a sanitizer needs all the memory there is
        limits = ["sh", "-c", 'ulimit -n 64; %s; exec "$@"' % (
            ":" if SANITIZED else "ulimit -v 200000"), "sh"]
        self.behind = self.daemon = self.acceptor = None
        if mode == "daemon":
            self.program = os.path.join(self.build, "smtp-screend")
            self.behind = Behind(self.smtpd[0], self.mail)
            self.settings["handoff"] = "connect:127.0.0.1:%d proxy=v2" % \
                self.behind.port
            bare, self.smtpd = self.smtpd, []
            listener = daemon.listener()
            self.port = listener.getsockname()[1]
            self.daemon = daemon.Daemon(
                self.command(), [(listener, "smtp")], self.log,
                self.environment, cwd=self.dir)
            listener.close()
        else:
            bare = self.smtpd
            self.acceptor = Acceptor(limits + self.command(), self.log,
                                     self.environment, self.dir)
            self.port = self.acceptor.port
        self.bare = Acceptor(limits + bare, self.log, {}, self.dir)
        self.samples = []  # of the daemon: (descriptors, VmData, RssAnon)

    def sample(self):
        """How large the daemon is."""
        if self.daemon:
            pid = self.daemon.process.pid
            with open("/proc/%d/status" % pid, encoding="ascii") as status:
                facts = dict(line.split(":", 1) for line in status)
            self.samples.append((len(os.listdir("/proc/%d/fd" % pid)), *(
                int(facts[name].split()[0]) for name in (
                    "VmData", "RssAnon"))))

    def processes(self):
        """How many screens are at work on clients."""
        if self.acceptor:
            return self.acceptor.reap()
        pid = self.daemon.process.pid
        with open("/proc/%d/task/%d/children" % (pid, pid),
                  encoding="ascii") as children:
            return len(children.read().split())

    def expire(self):
        """Once through the cache, as the timer does."""
        argv = self.command()[1:]
        return subprocess.Popen(
            [os.path.join(self.build, "smtp-screenctl"),
             *(argv[:argv.index("--")]), "expire"], stdout=subprocess.DEVNULL,
            stderr=self.log, cwd=self.dir)

    def metrics(self):
        """The counters, as text."""
        argv = self.command()[1:]
        return subprocess.run(
            [os.path.join(self.build, "smtp-screenctl"),
             *(argv[:argv.index("--")]), "metrics"], capture_output=True,
            text=True, check=True, timeout=60).stdout

    def close(self):
        """End everything."""
        self.bare.close()
        for one in (self.acceptor, self.behind):
            if one:
                one.close()
        if self.daemon:
            self.daemon.kill()
        self.names.close()
        self.log.close()
        super().close()
