"""Takes what programs say to syslog, in a namespace of its own.

Each line is kept under its syslog name: "pf3/postscreen[7]: CONNECT ..." as
("postscreen", "CONNECT ...") of pf3.
"""

import os
import re
import socket
import threading
import time

_LINE = re.compile(r"<\d+>.{15} ([^/\[]+)/([^\[]*)\[\d+\]: (.*)", re.DOTALL)


class SyslogServer:
    """A thread behind a socket, until it is closed."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)
        os.chmod(path, 0o666)
        self._news = threading.Condition()
        self._lines = {}
        threading.Thread(target=self._loop, daemon=True).start()

    def _loop(self):
        while True:
            text = self._socket.recv(65536).decode("utf-8",
                                                   "backslashreplace")
            match = _LINE.match(text.rstrip("\n\0"))
            if match:
                with self._news:
                    self._lines.setdefault(match.group(1), []).append(
                        match.groups()[1:])
                    self._news.notify_all()

    def lines(self, name):
        """The lines of NAME so far, as (program, text)."""
        with self._news:
            return list(self._lines.get(name, []))

    def flush(self):
        """Everything said before now has been taken."""
        mark = "%d-%d" % (threading.get_ident(), time.monotonic_ns())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.connect(self._socket.getsockname())
            sock.send(("<22>Jan  1 00:00:00 %s/flush[1]: now" % mark).encode())
        with self._news:
            while mark not in self._lines:
                self._news.wait()
            del self._lines[mark]

    def wait(self, name, count, seconds):
        """Until NAME has said more than COUNT lines, at most SECONDS."""
        with self._news:
            self._news.wait_for(
                lambda: len(self._lines.get(name, [])) > count, seconds)
