"""Rows of tests/lib/booted.py about smtp-screen-metrics.socket."""

import contextlib
import http.client
import re
import socket

from booted import PATIENCE, failed_units, known_client, run, until

PORT = 9717
KNOWN = re.compile(r'^smtp_screen_connections_total\{verdict="pass",'
                   r'path="cache"\} (\d+)$', re.M)


def ask(method="GET", path="/metrics", **headers):
    """One request: status, Content-Type and body."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT,
                                            timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return (answer.status, answer.headers["Content-Type"],
                answer.read().decode())


def known():
    """How many known clients were counted."""
    return int(KNOWN.search(ask()[2]).group(1))


def scraped():
    """smtp-screen-metrics.socket serves Prometheus, in the form it asks for"""
    run("systemctl", "enable", "--now", "smtp-screen-metrics.socket")
    status, kind, body = ask()
    assert status == 200, (status, body)
    assert kind == "text/plain; version=0.0.4; charset=utf-8", kind
    assert "# TYPE smtp_screen_connections_total counter\n" in body, body
    status, kind, body = ask(Accept="application/openmetrics-text;q=0.9")
    assert status == 200 and body.endswith("# EOF\n"), (status, body)
    assert kind == ("application/openmetrics-text; version=1.0.0; "
                    "charset=utf-8"), kind
    before = known()
    assert before > 0, "the clients of other rows were not counted"
    known_client("127.0.0.9")
    assert known() == before + 1
    said = run("systemd-analyze", "security", "--no-pager",
               "smtp-screen-metrics@x.service").splitlines()[-1]
    assert float(said.split(":")[1].split()[0]) <= 2.0, said


def raw(*parts):
    """What is answered to these bytes, until the end."""
    with socket.create_connection(("127.0.0.1", PORT), PATIENCE) as sock:
        heard = b""
        try:
            for part in parts:
                sock.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough
        try:
            while data := sock.recv(65536):
                heard += data
        except ConnectionResetError:
            pass
        return heard


def misused():
    """Whatever is said there is answered, or left, within seconds"""
    for method, path, want in (("HEAD", "/metrics", 200), ("GET", "/", 404),
                               ("POST", "/metrics", 405),
                               ("PUT", "/metrics", 405)):
        status, _, body = ask(method, path)
        assert status == want, (method, path, status)
        assert (body == "") == (method == "HEAD"), body
    for garbage in (b"\0\xff" * 50 + b"\r\n\r\n", b"\n\n", b"GET\r\n\r\n",
                    b"GET /metrics SMTP/1.0\r\n\r\n"):
        heard = raw(garbage)
        assert heard.startswith(b"HTTP/1.1 400 "), (garbage, heard)
    # a header, or a line, that never ends
    for endless in (b"X: y\r\n", b"y"):
        heard = raw(b"GET /metrics HTTP/1.1\r\n", *[endless * 1000] * 1000)
        # what it said may be lost with bytes that it never took
        assert not heard or heard.startswith(b"HTTP/1.1 431 "), heard[:80]
    assert ask()[0] == 200
    assert not failed_units(), failed_units()


def is_closed(sock):
    """Has the other side left?"""
    sock.settimeout(PATIENCE)
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def crowded():
    """Forty that say nothing: all are left, and it serves on"""
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection(
            ("127.0.0.1", PORT), PATIENCE)) for _ in range(40)]
        assert all(is_closed(sock) for sock in silent)
    until("an answer", answers)
    assert run("systemctl", "is-active",
               "smtp-screen-metrics.socket") == "active\n"
    assert not failed_units(), failed_units()


def answers():
    """Is there room again?"""
    try:
        return ask()[0] == 200
    except (OSError, http.client.HTTPException):
        return False


ROWS = (scraped, misused, crowded)
