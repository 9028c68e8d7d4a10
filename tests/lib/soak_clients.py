"""The clients of tests/soak: good ones, and all that plague them.

Each kind calls from addresses of its own, so that access list, DNS lists and
whoever reads the logs know it: KINDS has them. A kind is a coroutine that is
one client from connect to end; Crowd runs so many of each at a time.
"""

import asyncio
import contextlib
import random
import socket
import struct
import time

# Kind: the second octet of its addresses, and how many there are at a time.
KINDS = {"good": (10, 12), "zombie": (20, 20), "listed": (30, 10),
         "drip": (40, 20), "hang": (50, 25), "halfopen": (60, 15),
         "storm": (70, 40), "reset": (80, 5)}
REFUSED = "127.40.0.0/16", "127.50.0.0/16", "127.60.0.0/16"  # by access list
LISTED = "30"  # by bl.example

PATIENCE = 120.0  # a client that hears nothing for so long has been forgotten
TCP_REPAIR = 19


class Trouble(Exception):
    """A good client was not served as it should have been."""


class Talk:
    """One connection."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def begin(cls, port, source):
        """Connect from SOURCE."""
        return cls(*await asyncio.open_connection(
            "127.0.0.1", port, local_addr=(source, 0)))

    async def hear(self):
        """The next line; empty at the end."""
        line = await asyncio.wait_for(self.reader.readline(), PATIENCE)
        return line.decode("ascii", "replace").rstrip("\r\n")

    async def greeting(self):
        """Its last line, and whether a teaser came before."""
        line, teaser = await self.hear(), False
        while line.startswith("220-"):
            line, teaser = await self.hear(), True
        return line, teaser

    def say(self, *lines):
        """Lines, in one piece."""
        self.writer.write("".join(line + "\r\n" for line in lines).encode())

    async def ask(self, line, want):
        """Say LINE; the reply must begin with WANT."""
        self.say(line)
        reply = await self.hear()
        if not reply.startswith(want):
            raise Trouble("%s was answered with %r" % (line, reply))

    async def until_end(self):
        """Hear everything; the lines."""
        lines = []
        while True:
            line = await self.hear()
            if not line:
                return lines
            lines.append(line)

    def option(self, *option):
        """setsockopt."""
        self.writer.get_extra_info("socket").setsockopt(*option)

    def drop(self):
        """Close now."""
        self.writer.transport.abort()


class Crowd:
    """All clients of one host; what became of them."""

    def __init__(self, port, bare_port, wait, addresses, args):
        self.port, self.bare_port, self.wait = port, bare_port, wait
        # of mail servers; none has two mails at a time
        self.free = ["127.%d.1.%d" % (KINDS["good"][0], i + 1)
                     for i in range(addresses)]
        self.random = random.Random(args.seed)
        self.fewer = args.fewer
        self.over = False
        self.number = 0
        self.troubles = []  # of good clients, as text
        self.known, self.tested, self.bare = [], [], []  # delays, in seconds
        self.mails = set()  # that were taken
        self.count = dict.fromkeys(KINDS, 0)
        self.let_in = 0  # zombies
        self.turned_away = 0  # of the storm, by limits
        self.kinds = {"good": self.good, "zombie": self.zombie,
                      "listed": self.listed, "drip": self.drip,
                      "hang": self.hang, "halfopen": self.halfopen,
                      "storm": self.storm, "reset": self.reset}

    def address(self, kind):
        """Any of the kind's."""
        if kind == "storm":
            return "127.70.0.1"
        if kind == "zombie":  # none comes twice
            return "127.%d.%d.%d" % (KINDS[kind][0],
                                     self.count[kind] // 250,
                                     self.count[kind] % 250 + 1)
        return "127.%d.0.%d" % (KINDS[kind][0], self.random.randrange(1, 61))

    # ---- kinds --------------------------------------------------------------

    async def good(self, _):
        """A mail server with one mail; from one address one at a time."""
        source = self.free.pop(self.random.randrange(len(self.free)))
        self.number += 1
        mail = "mail-%d-of-%s" % (self.number, source)
        began = time.monotonic()
        talk = await Talk.begin(self.port, source)
        try:
            line, teaser = await talk.greeting()
            took = time.monotonic() - began
            if not line.startswith("220 "):
                raise Trouble("greeted with %r" % line)
            (self.tested if teaser else self.known).append(took)
            await talk.ask("EHLO good.example", "250 ")
            await talk.ask("MAIL FROM:<a@good.example>", "250 ")
            await talk.ask("RCPT TO:<b@mail.example>", "250 ")
            await talk.ask("DATA", "354 ")
            await talk.ask(mail + "\r\n.", "250 ")
            self.mails.add(mail)
            await talk.ask("QUIT", "221 ")
        except (Trouble, OSError, asyncio.TimeoutError) as problem:
            self.troubles.append("%s: %s %s" % (source, type(problem).__name__,
                                                problem))
        finally:
            talk.drop()
            self.free.append(source)
        await asyncio.sleep(self.random.random())

    async def zombie(self, source):
        """Says everything at once."""
        began = time.monotonic()
        talk = await Talk.begin(self.port, source)
        with contextlib.closing(Closer(talk)):
            if time.monotonic() - began > self.wait / 2:
                return  # on this machine that is not at once
            talk.say("HELO x", "MAIL FROM:<a@x>", "RCPT TO:<b@y>", "DATA",
                     "spam", ".", "QUIT")
            await self.judge(talk)
        await asyncio.sleep(self.random.random())

    async def listed(self, source):
        """Behaves well, but bl.example knows it."""
        talk = await Talk.begin(self.port, source)
        with contextlib.closing(Closer(talk)):
            await talk.greeting()
            for line in ("HELO x", "MAIL FROM:<a@x>", "RCPT TO:<b@y>", "QUIT"):
                talk.say(line)
                await talk.hear()

    async def drip(self, source):
        """A byte now and then, until it is ended."""
        talk = await Talk.begin(self.port, source)
        with contextlib.closing(Closer(talk)):
            hearing = asyncio.ensure_future(talk.until_end())
            while not hearing.done():
                talk.writer.write(self.random.choice((b"N", b"O", b"\r\n")))
                await asyncio.wait([hearing], timeout=0.3)
            hearing.exception()

    async def hang(self, source):
        """Hears what there is, and says nothing."""
        talk = await Talk.begin(self.port, source)
        with contextlib.closing(Closer(talk)):
            if self.random.random() < 0.3:
                talk.writer.write_eof()
            await talk.until_end()

    async def halfopen(self, source):
        """Is gone without a word, as when a line breaks: no FIN, no RST."""
        talk = await Talk.begin(self.port, source)
        with contextlib.closing(Closer(talk)):
            await asyncio.sleep(self.random.random() * 2 * self.wait)
            with contextlib.suppress(PermissionError):
                talk.option(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        await asyncio.sleep(1)

    async def storm(self, source):
        """One of many from the same address."""
        try:
            talk = await Talk.begin(self.port, source)
        except ConnectionError:  # closed before it was there
            self.turned_away += 1
            await asyncio.sleep(self.random.random())
            return
        with contextlib.closing(Closer(talk)):
            line = await talk.hear()
            if line.startswith("220"):
                await asyncio.sleep(self.wait * self.random.random())
                return
        self.turned_away += 1
        await asyncio.sleep(self.random.random())

    async def reset(self, source):
        """Connects and resets, soon or later."""
        talk = await Talk.begin(self.port, source)
        await asyncio.sleep(self.random.choice((0, 0, self.wait / 2)))
        talk.option(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
        talk.drop()
        await asyncio.sleep(0.3)

    async def judge(self, talk):
        """What a zombie said must not have been taken for mail."""
        for line in await talk.until_end():
            self.let_in += line.startswith("354")

    # ---- the run ------------------------------------------------------------

    async def keep(self, kind):
        """One client of KIND after another."""
        while not self.over:
            self.count[kind] += 1
            try:
                await self.kinds[kind](
                    self.address(kind) if kind != "good" else None)
            except (OSError, asyncio.TimeoutError) as problem:
                if kind == "good":
                    self.troubles.append("cannot connect: %s" % problem)
                await asyncio.sleep(0.2)

    async def yardstick(self):
        """How long the smtpd's own greeting takes, with no screen before it:
        what the machine and this program add to every delay."""
        while not self.over:
            began = time.monotonic()
            talk = await Talk.begin(self.bare_port, "127.0.0.1")
            await talk.greeting()
            self.bare.append(time.monotonic() - began)
            talk.drop()
            await asyncio.sleep(0.25)

    async def run(self, seconds, each_second):
        """So long; EACH_SECOND is called about so often. Good clients may end
        what they have begun, the others are cut off."""
        await self.good(None)  # it makes the state file, so that all are counted
        tasks = {kind: [asyncio.ensure_future(self.keep(kind))
                        for _ in range(many if kind == "storm" else
                                       -(-many // self.fewer))]
                 for kind, (_, many) in KINDS.items()}
        measure = asyncio.ensure_future(self.yardstick())
        end = time.monotonic() + seconds
        # on a machine that crawls, until there is something to judge
        while time.monotonic() < end or (
                time.monotonic() < end + PATIENCE and
                not (len(self.tested) > 20 and self.turned_away)):
            await asyncio.sleep(1)
            each_second()
        self.over = True
        await asyncio.wait(tasks.pop("good") + [measure])
        rest = [task for group in tasks.values() for task in group]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


class Closer:
    """Lets contextlib.closing end a Talk."""

    def __init__(self, talk):
        self.talk = talk

    def close(self):
        """At once, whatever is still to be said."""
        self.talk.drop()
