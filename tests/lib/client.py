"""An SMTP client that remembers what was said.

Nothing here waits by sleeping: every step ends with an event, or fails when
`patience` seconds have passed.
"""

import re
import socket
import ssl
import struct
import time

_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|(.))", re.DOTALL)
_FIN_WAIT2 = 5  # linux/tcp_states.h: what we said, and the end of it, is there
_NAMED = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"a": b"\a",
          b"b": b"\b", b"v": b"\v", b"f": b"\f", b"e": b"\x1b"}


def unescape(text):
    """The bytes that TEXT writes with \\r \\n \\t \\0 \\xHH \\ooo \\\\."""
    def one(match):
        if match.group(1):
            return bytes([int(match.group(1), 16)])
        if match.group(2):
            return bytes([int(match.group(2), 8) & 0xFF])
        return _NAMED.get(match.group(3), match.group(3))
    return _ESCAPE.sub(one, text.encode("utf-8", "surrogateescape"))


class Failure(AssertionError):
    """A session did not go as it should."""


class Reset(Failure):
    """The connection was reset."""


class Client:
    """One end of a connection."""

    def __init__(self, sock, patience):
        self.began = time.monotonic()
        self.socket = sock
        self.socket.settimeout(patience)
        self.patience = patience
        self.heard = b""  # not yet taken by line()
        self.lines = []  # taken by line()
        self.transcript = []
        self.hung_up = self.was_reset = False

    def _note(self, arrow, data):
        self.transcript.append("%6.3f %s %s" % (
            time.monotonic() - self.began, arrow,
            repr(bytes(data))[2:-1][:300]))

    def send_bytes(self, data):
        """Say DATA as it is."""
        self._note("C:", data)
        try:
            self.socket.sendall(data)
        except OSError as problem:
            raise Failure("cannot send: %s" % problem) from problem

    def send(self, line):
        """Say a line."""
        self.send_bytes(line.encode("utf-8", "surrogateescape") + b"\r\n")

    def _receive(self):
        """More bytes; False at the end of the stream."""
        try:
            data = self.socket.recv(65536)
        except socket.timeout as problem:
            raise Failure("heard nothing for %g s" %
                          self.patience) from problem
        except ConnectionResetError as problem:
            raise Reset("the connection was reset") from problem
        self.heard += data
        return bool(data)

    def line(self):
        """The next line heard, without CRLF; None at the end."""
        while b"\n" not in self.heard:
            if not self._receive():
                if self.heard:
                    raise Failure("the stream ended inside a line: %r" %
                                  self.heard)
                self._note("S:", b"(end)")
                return None
        line, _, self.heard = self.heard.partition(b"\n")
        self._note("S:", line + b"\n")
        if not line.endswith(b"\r"):
            raise Failure("a line without CR: %r" % line)
        self.lines.append(line[:-1].decode("utf-8", "surrogateescape"))
        return self.lines[-1]

    def expect(self, want):
        """Hear exactly this line."""
        have = self.line()
        if have != want:
            raise Failure("heard %r\n want %r" % (have, want))

    def expect_end(self):
        """Hear nothing more, and the server's hanging up."""
        have = self.line()
        if have is not None:
            raise Failure("heard %r\n want the end" % have)

    def expect_break(self):
        """Hear nothing more, and a reset."""
        try:
            have = self.line()
        except Reset:
            return
        raise Failure("heard %r\n want a reset" % have)

    def secure(self, version=""):
        """Shake hands, with that version of TLS if one is named."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if version:
            wanted = ssl.TLSVersion[version.replace(".", "_")]
            context.minimum_version = context.maximum_version = wanted
        if self.heard:
            raise Failure("said before the handshake: %r" % self.heard)
        try:
            self.socket = context.wrap_socket(self.socket)
        except (OSError, ssl.SSLError) as problem:
            raise Failure("no handshake: %s" % problem) from problem
        self._note("C:", ("(%s)" % self.socket.version()).encode())

    def shut(self):
        """Say that nothing more will be said, but go on listening."""
        self._note("C:", b"(shut)")
        self.socket.shutdown(socket.SHUT_WR)

    def hang_up(self):
        """Close."""
        if not self.hung_up:
            self._note("C:", b"(close)")
            self.socket.close()
            self.hung_up = True

    def leave(self):
        """Close, and the other side's kernel is sure to know it."""
        self.shut()
        deadline = time.monotonic() + self.patience
        while self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO,
                                     1)[0] != _FIN_WAIT2:
            if time.monotonic() > deadline:
                raise Failure("nobody has taken our last word")
            time.sleep(0.001)
        self.hang_up()

    def reset(self):
        """Close with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.was_reset = True
        self.hang_up()
