"""Real programs from Debian beside smtp-screen, for one test each.

Every one is a process group of its own on a free port of the loopback, ends
with its `with` block, and is used only once it answers.
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import time

# The last: what `./setup check` unpacked without installing it.
_UNPACKED = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))), "build/neighbours/usr/")
PATH = ":".join((
    os.environ.get("PATH", ""), "/usr/local/sbin:/usr/sbin:/sbin",
    _UNPACKED + "sbin", _UNPACKED + "bin"))
PATIENCE = 20.0


def find(name):
    """Where the program is, or None."""
    return shutil.which(name, path=PATH)


def copy_program(program, to):
    """A copy in the folder TO, or at that path, that can be run at once.
    shutil.copy has it open for writing, and a child that another thread forks
    meanwhile keeps that: "Text file busy"."""
    subprocess.run(["cp", program, to], check=True)
    return os.path.join(to, os.path.basename(program)) if os.path.isdir(to) \
        else to


_held = []


def free_port(kind=socket.SOCK_STREAM):
    """A port that nobody has. One for TCP stays ours until this program ends:
    the kernel gives it to nobody who takes any, but servers, who set
    SO_REUSEADDR, can listen on it."""
    sock = socket.socket(socket.AF_INET, kind)
    if kind == socket.SOCK_STREAM:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _held.append(sock)
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    if kind != socket.SOCK_STREAM:
        sock.close()
    return port


class Daemon:
    """A program that runs until the block ends."""

    def __init__(self, argv, log, env=None, cwd=None, stdin=subprocess.DEVNULL,
                 stdout=None):
        self.log = log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                argv, env=env, cwd=cwd, stdin=stdin,
                stdout=stdout if stdout is not None else out, stderr=out,
                start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def alive(self):
        """Does it still run?"""
        return self.process.poll() is None


def wait_for(what, ready, daemon):
    """Until READY() is true; fails when DAEMON ends or time is over."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if not daemon.alive() or time.monotonic() > deadline:
            with open(daemon.log, encoding="utf-8",
                      errors="backslashreplace") as log:
                raise AssertionError("%s is not there: %s" %
                                     (what, log.read()))
        time.sleep(0.02)


def listens(port):
    """Does anybody listen on that port?  Asks nobody: reads the kernel's table."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        return any(line.split()[1].endswith(":%04X" % port) and
                   line.split()[3] == "0A" for line in list(table)[1:])


def dns_answers(port, name, address="127.0.0.1"):
    """Does a name server there answer at all?"""
    query = struct.pack(">HHHHHH", 1, 0, 1, 0, 0, 0) + b"".join(
        bytes([len(x)]) + x.encode() for x in name.split(".")) + \
        b"\0" + struct.pack(">HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        sock.connect((address, port))
        try:
            sock.send(query)
            return len(sock.recv(512)) >= 12
        except OSError:
            return False


def rbldnsd(directory, zones):
    """A Daemon with .port that serves ZONES, {domain: text of an ip4set}."""
    argv = [find("rbldnsd"), "-n", "-q", "-t", "300", "-w", directory]
    if os.geteuid() == 0:
        # It gives root away, and the directory is the tests' own.
        os.chmod(directory, 0o755)
    port = free_port(socket.SOCK_DGRAM)
    argv += ["-b", "127.0.0.1/%d" % port]
    for domain, text in zones.items():
        path = os.path.join(directory, domain)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        argv.append("%s:ip4set:%s" % (domain, path))
    daemon = Daemon(argv, os.path.join(directory, "rbldnsd.log"))
    daemon.port = port
    try:
        wait_for("rbldnsd", lambda: dns_answers(port, "2.0.0.127." +
                                                next(iter(zones))), daemon)
    except AssertionError:
        daemon.__exit__()
        raise
    return daemon


def unbound(directory, address, stubs):
    """A Daemon: a recursive resolver at ADDRESS, port 53, which asks for each
    domain of STUBS at "ADDRESS@PORT"."""
    path = os.path.join(directory, "unbound.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write("""server:
    interface: %s
    access-control: 127.0.0.0/8 allow
    do-not-query-localhost: no
    do-daemonize: no
    use-syslog: no
    logfile: ""
    chroot: ""
    username: ""
    directory: "%s"
    pidfile: ""
    module-config: "iterator"
    num-threads: 1
    outgoing-range: 64
remote-control:
    control-enable: no
""" % (address, directory) + "".join("""stub-zone:
    name: "%s"
    stub-addr: %s
    stub-prime: no
""" % item for item in stubs.items()))
    daemon = Daemon([find("unbound"), "-d", "-p", "-c", path],
                    os.path.join(directory, "unbound.log"))
    try:
        wait_for("unbound", lambda: dns_answers(
            53, "2.0.0.127." + next(iter(stubs)), address), daemon)
    except AssertionError:
        daemon.__exit__()
        raise
    return daemon


def tcpserver(argv, log, env):
    """A Daemon with .port that runs ARGV for every connection."""
    daemon = Daemon([find("tcpserver"), "-1", "-HRl0", "127.0.0.1", "0"] +
                    argv, log, env, stdout=subprocess.PIPE)
    line = daemon.process.stdout.readline()  # -1: it says its port
    daemon.port = int(line or b"0")
    if not daemon.port:
        daemon.__exit__()
        raise AssertionError("tcpserver did not start")
    return daemon


def swaks(port, source, *more):
    """One mail from SOURCE; (exit status, what was said)."""
    done = subprocess.run(
        [find("swaks"), "--server", "127.0.0.1", "--port", str(port),
         "--local-interface", source, "--helo", "client.example",
         "--from", "a@client.example", "--to", "b@mail.example", *more],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60, check=False,
        encoding="utf-8", errors="backslashreplace")
    return done.returncode, done.stdout
