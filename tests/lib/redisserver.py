"""Redis servers: Debian's, and one that says whatever a test wants."""

import contextlib
import os
import signal
import socket
import threading
import time

import neighbours


class Redis(neighbours.Daemon):
    """A server on a Unix socket and a port of the loopback."""

    def __init__(self, folder, *options):
        os.makedirs(folder, exist_ok=True)
        self.socket = os.path.join(folder, "redis.sock")
        self.port = neighbours.free_port()
        super().__init__(
            [neighbours.find("redis-server"), "--bind", "127.0.0.1", "--port",
             str(self.port), "--unixsocket", self.socket, "--save", "",
             "--dir", folder, "--enable-debug-command", "yes", *options], os.path.join(folder, "redis.log"))
        self.password = None
        neighbours.wait_for("redis-server", lambda: self.says("PING"), self)

    def talk(self, *words):
        """One command; the whole answer, as it came."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(5)
            sock.connect(self.socket)
            for command in ([["AUTH", self.password]] if self.password
                            else []) + [words]:
                sock.sendall(b"*%d\r\n" % len(command) + b"".join(
                    b"$%d\r\n%s\r\n" % (len(w), w) for w in
                    [str(w).encode() for w in command]))
                said = sock.recv(65536)
            return said.decode("latin-1")

    def says(self, *words):
        """Does it answer at all?"""
        try:
            return bool(self.talk(*words))
        except OSError:
            return False

    def entry(self, key):
        """A hash, as a dict."""
        words = [w for w in self.talk("HGETALL", key).split("\r\n")
                 if w and w[0] not in "*$"]
        return dict(zip(words[::2], words[1::2]))

    def pause(self, stop=True):
        """Let it hear everything and say nothing, or go on."""
        os.kill(self.process.pid, signal.SIGSTOP if stop else signal.SIGCONT)
        if stop:  # which takes effect when it takes effect
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def __exit__(self, *problem):
        if self.alive():
            self.pause(False)
        super().__exit__(*problem)


class Liar(threading.Thread):
    """Says SAID to whoever has asked, and then MORE again and again, a piece
    every PAUSE seconds. With HANG_UP it ends the connection behind that."""

    def __init__(self, path, said, more=b"", pause=0.0, hang_up=False):
        super().__init__(daemon=True)
        self.said, self.more, self.pause = said, more, pause
        self.hang_up = hang_up
        self.heard = b""
        self.over = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(5)

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                with sock, contextlib.suppress(OSError):
                    self._serve(sock)

    def wait_for(self, what):
        """Until it has heard that; who asks may be ahead of its thread."""
        deadline = time.monotonic() + neighbours.PATIENCE
        while what not in self.heard:
            assert time.monotonic() < deadline, self.heard
            time.sleep(0.01)

    def _serve(self, sock):
        self.heard += sock.recv(65536)
        sock.sendall(self.said)
        while self.more and not self.over.is_set():
            sock.sendall(self.more)
            self.over.wait(self.pause)
        while not self.hang_up:
            more = sock.recv(65536)
            if not more:
                return
            self.heard += more

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
