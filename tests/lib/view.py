"""A copy-on-write view of this system, for tests that install things.

Real mail servers, super-servers and systemd want their own places: port 25,
/etc, users. A test that is root gets them in a view of / whose changes live on
a tmpfs, in mount (and, if wanted, network) namespaces that end with it,
whatever happens to it:

    view.enter_namespaces(__file__)      # runs the file again, inside them
    with view.View() as root:
        root.install(build)
        with root.entered():             # chroot, until the block ends
            ...

What cannot be done here is raised as Cannot, with the reason.
"""

import contextlib
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

import neighbours

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
INSIDE = "SCREEN_TEST_NAMESPACES"  # set: the namespaces are our own


class Cannot(Exception):
    """It cannot run here, and why."""


def run(*argv, why=None):
    """One command that must succeed; when it does not and WHY: Cannot."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", errors="backslashreplace")
    if done.returncode == 0:
        return
    words = "%s: %s" % (why or " ".join(argv), done.stdout.strip())
    if why:
        raise Cannot(words.replace("\n", "; "))
    raise AssertionError(words)


def write(path, text, mode=0o644):
    """A file with its folders."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def enter_namespaces(file, *tools, network=False, processes=False):
    """Run FILE again with mounts that nobody else sees; TOOLS must be there.

    With PROCESSES what it starts ends with it, whatever happens.
    """
    if os.environ.get(INSIDE):
        if network:
            loopback_up()
        return
    if os.geteuid() != 0:
        raise Cannot("not root")
    for tool in ("unshare", "mount") + tools:
        if not neighbours.find(tool):
            raise Cannot(tool + " not installed")
    command = ["unshare", "--mount", "--propagation", "private"]
    if network:
        command.append("--net")
    if processes:
        command += ["--pid", "--fork", "--kill-child", "--mount-proc"]
    run(*command, "true", why="no namespaces here")
    sys.stdout.flush()
    os.execvpe("unshare", command + [sys.executable, os.path.abspath(file)] +
               sys.argv[1:], {**os.environ, INSIDE: "1"})


def lay_over(place, tree, base):
    """What is in TREE is also in PLACE, here; changes go to tmpfs BASE."""
    name = os.path.join(base, place.strip("/").replace("/", "-"))
    os.makedirs(name + "/upper")
    os.mkdir(name + "/work")
    run("mount", "-t", "overlay", "overlay", "-o",
        "lowerdir=%s:%s,upperdir=%s/upper,workdir=%s/work" %
        (tree, place, name, name), place, why="no overlay over %s here" % place)


def own_dev(base):
    """A /dev of our own, with what every program may want; its path."""
    inside = os.path.join(base, "dev")
    os.mkdir(inside)
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        write(os.path.join(inside, name), "")
        run("mount", "--bind", "/dev/" + name, os.path.join(inside, name))
    os.symlink("/proc/self/fd", os.path.join(inside, "fd"))
    os.mkdir(os.path.join(inside, "shm"), 0o1777)
    run("mount", "--rbind", inside, "/dev")
    return "/dev"


def loopback_up():
    """A new network namespace has a loopback that is down."""
    with socket.socket() as sock:
        up = struct.pack("16sh", b"lo", 0x1)  # IFF_UP
        fcntl.ioctl(sock, 0x8914, up)  # SIOCSIFFLAGS


class View:
    """The view of /; .path is where it is."""

    def __init__(self):
        self.base = tempfile.mkdtemp(prefix="screen-view-")
        self.path = os.path.join(self.base, "root")
        try:
            self._mount()
        except BaseException:
            self.close()
            raise

    def _mount(self):
        # What tools leave in /run goes with the namespace.
        run("mount", "-t", "tmpfs", "tmpfs", "/run", why="no tmpfs here")
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.base,
            why="no tmpfs here")
        for name in ("upper", "work", "root"):
            os.mkdir(os.path.join(self.base, name))
        run("mount", "-t", "overlay", "overlay", "-o",
            "lowerdir=/,upperdir=%s/upper,workdir=%s/work" %
            (self.base, self.base), self.path, why="no overlay over / here")
        for stale in ("etc/smtp-screen", "var/lib/smtp-screen",
                      "var/log/journal"):
            shutil.rmtree(os.path.join(self.path, stale), ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Take it away."""
        # lazily: a socket that is still open in it would keep it
        subprocess.run(["umount", "-R", "-l", self.base], check=False,
                       stderr=subprocess.DEVNULL)
        # Should something still use it, it ends with the namespace.
        with contextlib.suppress(OSError):
            os.rmdir(self.base)

    def install(self, build):
        """make install of what has been built, in Debian's places."""
        run("make", "-s", "-C", TOP, "install-files", "B=" + build,
            "PREFIX=/usr", "DESTDIR=" + self.path)

    @contextlib.contextmanager
    def entered(self):
        """This process has the view as its root."""
        for name in ("proc", "dev"):
            run("mount", "--rbind", "/" + name,
                os.path.join(self.path, name))
        run("mount", "-t", "tmpfs", "tmpfs", os.path.join(self.path, "run"))
        run("mount", "-t", "tmpfs", "tmpfs", os.path.join(self.path, "tmp"))
        outside = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.chroot(self.path)
            os.chdir("/")
            yield
        finally:
            os.fchdir(outside)
            os.chroot(".")
            os.close(outside)
