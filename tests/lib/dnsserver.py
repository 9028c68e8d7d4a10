#!/usr/bin/python3
"""A scripted name server on the loopback, UDP and TCP, one port.

    with DnsServer({"2.0.0.127.bl.example": Answer(["127.0.0.2"])}) as dns:
        ... dns.port ...
        dns.asked()

A name that is not in the zone does not exist (NXDOMAIN, with a SOA whose TTL
is 300). answer_from_text() reads an Answer from the words after a name:

    A 127.0.0.2 127.0.0.4   these records; without any: no such name
    ttl N                   of the records, or of the SOA (300)
    delay SECONDS           before each reply
    TRICK                   one of:
      silent           no reply
      servfail refused notimp formerr    that response code
      empty            the name exists but has no A record
      nosoa            no such name, and no SOA to say for how long
      truncated        UDP says "truncated" and TCP has the records
      truncated-silent the same, but TCP never answers
      truncated-closed the same, but TCP closes at once
      truncated-half   the same, but TCP closes after half the answer
      forged           a reply with another id first, then the good one
      mismatched       a reply to another question first, then the good one
      stranger         a reply from another port first, then the good one
      uppercase        the good reply, its question in upper case
      cname            an alias first, then the records under its name
      loop             the owner name of the record is a compression loop
      beyond           a record that claims more bytes than there are
      short            five bytes
      query            the question itself sent back
      oversized        3000 records, more than 48,000 bytes
      garbage          the header and question, then noise

A forged, mismatched or strange reply lists the name as 127.0.0.66, so that
believing it shows.
"""

import heapq
import itertools
import selectors
import socket
import struct
import sys
import threading
import time

FALSE_ADDRESS = "127.0.0.66"

RCODES = {"formerr": 1, "servfail": 2, "nxdomain": 3, "notimp": 4,
          "refused": 5}
TRICKS = set(RCODES) - {"nxdomain"} | {
    "silent", "empty", "nosoa", "truncated", "truncated-silent",
    "truncated-closed", "truncated-half", "forged", "mismatched", "stranger",
    "uppercase", "cname", "loop", "beyond", "short", "query", "oversized",
    "garbage"}


class Answer:
    """What one name gets."""

    def __init__(self, addresses=(), ttl=300, trick=None, delay=0.0,
                 txt=(), mail_servers=()):
        if trick is not None and trick not in TRICKS:
            raise ValueError("no such trick: " + trick)
        self.addresses = list(addresses)
        # records of other types, by number, as they are sent
        self.others = {16: [strings(text) for text in txt],
                       15: [b"\0\x0a" + wire_name(name)
                            for name in mail_servers]}
        self.ttl = ttl
        self.trick = trick
        self.delay = delay


def answer_from_text(text):
    """An Answer from words; see the top of this file."""
    answer, words = Answer(), text.split()
    while words:
        word = words.pop(0)
        if word == "A":
            while words and words[0][0].isdigit():
                answer.addresses.append(words.pop(0))
            if not answer.addresses:
                raise ValueError("A needs addresses")
        elif word == "ttl":
            answer.ttl = int(words.pop(0))
        elif word == "delay":
            answer.delay = float(words.pop(0))
        elif word in TRICKS:
            answer.trick = word
        else:
            raise ValueError("no such word: " + word)
    return answer


class Question:
    """The header and the one question of a query."""

    def __init__(self, packet):
        self.packet = packet
        self.id, flags, count = struct.unpack_from(">HHH", packet)
        if count != 1 or flags & 0x8000:
            raise ValueError("not a query with one question")
        labels, at = [], 12
        while packet[at]:
            size = packet[at]
            if size > 63:
                raise ValueError("compression in a question")
            labels.append(packet[at + 1:at + 1 + size])
            at += 1 + size
        self.raw = packet[12:at + 5]
        self.type, self.klass = struct.unpack_from(">HH", packet, at + 1)
        self.name = b".".join(labels).decode("latin-1").lower()
        self.recursion = flags & 0x0100


def wire_name(name):
    """NAME as labels, without compression."""
    return b"".join(bytes([len(label)]) + label.encode("latin-1")
                    for label in name.split(".") if label) + b"\0"


def header(question, rcode=0, answers=0, authority=0, flags=0, ident=None):
    """The first 12 bytes of a reply."""
    return struct.pack(">HHHHHH",
                       question.id if ident is None else ident,
                       0x8080 | question.recursion | flags | rcode,
                       1, answers, authority, 0)


def records(addresses, ttl, owner=b"\xc0\x0c"):
    """A records; the owner is the question's name."""
    return b"".join(owner + struct.pack(">HHIH", 1, 1, ttl, 4) +
                    socket.inet_aton(address) for address in addresses)


def soa(ttl):
    """A SOA of the question's parent, good enough for its TTL."""
    data = wire_name("ns.invalid") + wire_name("hostmaster.invalid") + \
        struct.pack(">IIIII", 1, 7200, 3600, 604800, ttl)
    return b"\xc0\x0c" + struct.pack(">HHIH", 6, 1, ttl, len(data)) + data


def strings(text):
    """TEXT as the data of a TXT record."""
    data = text.encode("latin-1")
    return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255]
                    for i in range(0, len(data), 255))


def good_reply(question, answer):
    """The reply without any trick."""
    others = answer.others.get(question.type, ())
    if others:
        return header(question, answers=len(others)) + question.raw + b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", question.type, 1, answer.ttl,
                                      len(data)) + data for data in others)
    if question.type == 1 and answer.addresses:
        return header(question, answers=len(answer.addresses)) + \
            question.raw + records(answer.addresses, answer.ttl)
    rcode = 0 if answer.addresses or any(answer.others.values()) else RCODES["nxdomain"]
    return header(question, rcode, authority=1) + question.raw + \
        soa(answer.ttl)


def odd_reply(question, answer):
    """The one reply of those tricks that send nothing else, or None."""
    trick = answer.trick
    start = header(question, answers=1) + question.raw
    if trick in RCODES:
        return header(question, RCODES[trick]) + question.raw
    if trick == "empty":
        return header(question, authority=1) + question.raw + soa(answer.ttl)
    if trick == "nosoa":
        return header(question, RCODES["nxdomain"]) + question.raw
    if trick == "uppercase":
        upper = question.raw[:-4].upper() + question.raw[-4:]
        return good_reply(question, answer).replace(question.raw, upper, 1)
    if trick == "cname":
        target = wire_name("alias.invalid")
        return header(question, answers=1 + len(answer.addresses)) + \
            question.raw + b"\xc0\x0c" + \
            struct.pack(">HHIH", 5, 1, answer.ttl, len(target)) + target + \
            records(answer.addresses, answer.ttl, target)
    if trick == "loop":
        here = struct.pack(">H", 0xC000 | len(start))
        return start + here + struct.pack(">HHIH", 1, 1, 60, 4) + b"\x7f\0\0\2"
    if trick == "beyond":
        return start + b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 65535) + \
            b"\x7f\0\0\2"
    if trick == "short":
        return header(question)[:5]
    if trick == "query":
        return question.packet
    if trick == "oversized":
        return header(question, answers=3000) + question.raw + \
            records(["127.0.0.2"] * 3000, answer.ttl)
    if trick == "garbage":
        return start + bytes((i * 167 + 13) & 0xFF for i in range(200))
    return None


class DnsServer:
    """The server, a thread of its own until it is closed."""

    def __init__(self, zone=None, address="127.0.0.1", port=0):
        self.zone = {name.lower().rstrip("."): answer
                     for name, answer in (zone or {}).items()}
        self._lock = threading.Condition()
        self._asked = []
        self._marks = set()  # of _take_all(), as they are taken
        self._due = []  # heap of (when, number, function, arguments)
        self._number = itertools.count()
        self._selector = selectors.DefaultSelector()
        self._udp, self._tcp = self._bind(address, port)
        self._stranger = socket.socket(self._udp.family, socket.SOCK_DGRAM)
        self.address, self.port = self._udp.getsockname()[:2]
        self._selector.register(self._udp, selectors.EVENT_READ,
                                self._udp_ready)
        self._selector.register(self._tcp, selectors.EVENT_READ,
                                self._tcp_ready)
        self._wake, wake = socket.socketpair()
        self._selector.register(wake, selectors.EVENT_READ, None)
        self._wake_end = wake
        self._connections = set()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    @staticmethod
    def _bind(address, port=0):
        """UDP and TCP on the same port, a free one when it is 0."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        for _ in range(100):
            udp = socket.socket(family, socket.SOCK_DGRAM)
            udp.bind((address, port))
            tcp = socket.socket(family, socket.SOCK_STREAM)
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tcp.bind(udp.getsockname()[:2])
            except OSError:
                udp.close()
                tcp.close()
                continue
            tcp.listen(64)
            return udp, tcp
        raise OSError("no port is free for both UDP and TCP")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Stop the thread and close everything."""
        self._wake.close()
        self._thread.join()
        for sock in (self._udp, self._tcp, self._stranger, self._wake_end,
                     *self._connections):
            sock.close()
        self._selector.close()

    def asked(self, transport=None):
        """The names asked so far, in order; of UDP or TCP only if named."""
        self._take_all()
        with self._lock:
            return [name for how, name in self._asked
                    if transport in (None, how)]

    def _take_all(self):
        """Every datagram sent before now has been taken: the thread may be
        behind, and whoever sent it gone already."""
        if not self._thread.is_alive():
            return
        mark = b"mark %d" % next(self._number)
        with socket.socket(self._udp.family, socket.SOCK_DGRAM) as sock, \
                self._lock:
            while mark not in self._marks and self._thread.is_alive():
                sock.sendto(mark, (self.address, self.port))
                self._lock.wait(1)

    def forget(self):
        """Whatever was asked so far was not."""
        with self._lock:
            self._asked.clear()

    def _loop(self):
        while True:
            wait = None
            if self._due:
                wait = max(0.0, self._due[0][0] - time.monotonic())
            for key, _ in self._selector.select(wait):
                if key.data is None:
                    return
                key.data(key.fileobj)
            while self._due and self._due[0][0] <= time.monotonic():
                _, _, function, arguments = heapq.heappop(self._due)
                try:
                    function(*arguments)
                except OSError:
                    pass  # the asker has gone

    def _later(self, delay, function, *arguments):
        heapq.heappush(self._due, (time.monotonic() + delay,
                                   next(self._number), function, arguments))

    def _note(self, how, packet):
        """The question in PACKET and its answer; None when it is none."""
        try:
            question = Question(packet)
        except (ValueError, IndexError, struct.error):
            return None, None
        with self._lock:
            self._asked.append((how, question.name))
        return question, self.zone.get(question.name, Answer())

    def _udp_ready(self, sock):
        packet, asker = sock.recvfrom(65535)
        if packet.startswith(b"mark "):
            with self._lock:
                self._marks.add(packet)
                self._lock.notify_all()
            return
        question, answer = self._note("udp", packet)
        if not question or answer.trick == "silent":
            return
        delay, good = answer.delay, good_reply(question, answer)
        false = Answer([FALSE_ADDRESS])
        if answer.trick and answer.trick.startswith("truncated"):
            good = header(question, flags=0x0200) + question.raw
        elif answer.trick == "forged":
            self._later(delay, sock.sendto,
                        header(question, answers=1,
                               ident=question.id ^ 0x5555) +
                        question.raw + records([FALSE_ADDRESS], 300), asker)
        elif answer.trick == "mismatched":
            other = wire_name("other.invalid") + question.raw[-4:]
            self._later(delay, sock.sendto,
                        header(question, answers=1) + other +
                        records([FALSE_ADDRESS], 300), asker)
        elif answer.trick == "stranger":
            self._later(delay, self._stranger.sendto,
                        good_reply(question, false), asker)
        self._later(delay, sock.sendto, odd_reply(question, answer) or good,
                    asker)

    def _tcp_ready(self, sock):
        connection, _ = sock.accept()
        connection.setblocking(False)
        self._connections.add(connection)
        data = bytearray()
        self._selector.register(connection, selectors.EVENT_READ,
                                lambda c: self._tcp_data(c, data))

    def _tcp_close(self, connection):
        if connection in self._connections:
            self._connections.discard(connection)
            self._selector.unregister(connection)
            connection.close()

    def _tcp_data(self, connection, data):
        try:
            piece = connection.recv(65535)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        data += piece
        if not piece:
            self._tcp_close(connection)
            return
        if len(data) < 2 or len(data) < 2 + struct.unpack(">H", data[:2])[0]:
            return
        question, answer = self._note("tcp", bytes(data[2:]))
        data.clear()
        if not question or answer.trick == "truncated-closed":
            self._tcp_close(connection)
            return
        if answer.trick in ("truncated-silent", "silent"):
            return
        reply = odd_reply(question, answer) or good_reply(question, answer)
        reply = struct.pack(">H", len(reply)) + reply
        if answer.trick == "truncated-half":
            self._later(answer.delay, connection.send,
                        reply[:len(reply) // 2])
            self._later(answer.delay, self._tcp_close, connection)
            return
        # In two pieces, as a network may deliver it.
        self._later(answer.delay, connection.send, reply[:3])
        self._later(answer.delay, connection.sendall, reply[3:])


def main():
    """By hand: dnsserver.py 'NAME WORDS' ...; says its port, then questions."""
    zone = {}
    for line in sys.argv[1:]:
        name, _, words = line.partition(" ")
        zone[name] = answer_from_text(words)
    with DnsServer(zone) as server:
        print("%s:%d" % (server.address, server.port), flush=True)
        told = 0
        try:
            while True:
                time.sleep(0.2)
                for name in server.asked()[told:]:
                    print(name, flush=True)
                    told += 1
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
