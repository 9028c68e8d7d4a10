"""Smtpds that run already: a client is handed to them, nobody starts them.

    with PassService(program, record, path) as service:
    with TcpService(program, record, "v2") as service:  # has .port

Behind each is tests/lib/fake_smtpd.c, started for each client with its
connection as descriptors 0 and 1, as Postfix's master or a super-server would.
It records what it was given; what was said about the client is in its
environment: PASS_client_address and so on, or PROXY_client_address.
"""

import array
import os
import socket
import struct
import subprocess
import threading


class Service:
    """What all have in common: a listener, and a thread for each client."""

    def __init__(self, listener, program, record):
        self.listener, self.program, self.record = listener, program, record
        self.problems = []
        self.processes = []
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.closing = False
        self.threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """No more clients; those that are there are cut off."""
        self.closing = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for process in self.processes:
            process.kill()
            process.wait()

    def _accept(self):
        while not self.closing:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._take, args=(connection,),
                                      daemon=True)
            self.threads.append(thread)
            thread.start()

    def _take(self, connection):
        try:
            with connection:
                self.take(connection)
        except Exception as problem:  # told to whoever looks
            self.problems.append(repr(problem))

    def take(self, connection):
        """One client has come."""
        raise NotImplementedError

    def serve(self, client, environment):
        """Start the smtpd for descriptor CLIENT."""
        env = {"PATH": os.environ["PATH"], "FAKE_SMTPD_RECORD": self.record(),
               **environment}
        self.processes.append(subprocess.Popen(
            [self.program], stdin=client, stdout=client,
            stderr=subprocess.DEVNULL, env=env, start_new_session=True))


class PassService(Service):
    """A Postfix service of type "pass", as its smtpd takes a client."""

    def __init__(self, program, record, path, backlog=100):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen(backlog)
        super().__init__(listener, program, record)

    def take(self, connection):
        client, attributes = receive_client(connection)
        try:
            self.serve(client, {"PASS_" + name: value
                                for name, value in attributes.items()})
        finally:
            os.close(client)


def receive_client(connection):
    """What a sender must send: a byte with a descriptor, and a list of names
    and values that ends with an empty name. (descriptor, dict)."""
    connection.settimeout(20)
    data, control, _, _ = connection.recvmsg(1, 256)
    descriptors = array.array("i")
    for level, kind, content in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(content)
    if len(data) != 1 or len(descriptors) != 1:
        raise ValueError("not one byte and one descriptor")
    text = b""
    while not text.endswith(b"\0\0"):
        more = connection.recv(4096)
        if not more:
            raise ValueError("the attributes are cut: %r" % text)
        text += more
    words = text[:-2].decode().split("\0")
    if len(words) % 2:
        raise ValueError("a name without a value: %r" % words)
    return descriptors[0], dict(zip(words[::2], words[1::2]))


class TcpService(Service):
    """An smtpd on a port of 127.0.0.1 that wants a PROXY header of VERSION,
    "v1" or "v2"; None: it does not know such headers."""

    def __init__(self, program, record, version):
        self.version = version
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        self.port = listener.getsockname()[1]
        super().__init__(listener, program, record)

    def take(self, connection):
        said = {}
        if self.version:
            said = read_header(connection, self.version)
        connection.setblocking(True)
        self.serve(connection, {"PROXY_" + name: value
                                for name, value in said.items()})


SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def read_header(connection, version):
    """The header, which must be all of the first segment; a dict."""
    connection.settimeout(20)
    data = connection.recv(1000)
    if version == "v1":
        word, family, client, server, client_port, server_port = \
            data.decode("ascii").removesuffix("\r\n").split(" ")
        if word != "PROXY" or not data.endswith(b"\r\n") or \
                (family == "TCP6") != (":" in client):
            raise ValueError("no PROXY header: %r" % data)
    else:
        four, six = struct.Struct("!4s4sHH"), struct.Struct("!16s16sHH")
        family, form = {
            SIGNATURE + b"\x21\x11\x00\x0c": (socket.AF_INET, four),
            SIGNATURE + b"\x21\x21\x00\x24": (socket.AF_INET6, six),
        }[data[:16]]
        client, server, client_port, server_port = form.unpack(data[16:])
        client = socket.inet_ntop(family, client)
        server = socket.inet_ntop(family, server)
    return {"client_address": client, "client_port": str(client_port),
            "server_address": server, "server_port": str(server_port)}
