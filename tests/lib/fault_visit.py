"""A client that brings a mail while something breaks, and the smtpd that takes
it: what tests/hostile/faults sees of both sides."""

import subprocess
import threading

import hostile
import screen
import smtpds

PATIENCE = 60.0 if hostile.SANITIZED else 20.0


class Smtpd(smtpds.TcpService):
    """An smtpd that is reached by connect, and can be held up."""

    def __init__(self, program, mail):
        self.mail = mail
        self.open = threading.Event()
        self.open.set()
        self.came = threading.Semaphore(0)
        super().__init__(program, lambda: "", "v2")

    def serve(self, client, environment):
        self.came.release()
        self.open.wait(PATIENCE)
        self.processes.append(subprocess.Popen(
            [self.program], stdin=client, stdout=client,
            stderr=subprocess.DEVNULL, env={"FAKE_SMTPD_MAIL": self.mail}))


class Visit:
    """A client's way through: what it heard, from where the play begins."""

    STEPS = (("EHLO x", "250"), ("MAIL FROM:<a@x>", "250"),
             ("RCPT TO:<b@y>", "250"), ("DATA", "354"))
    done = 0  # of STEPS

    def __init__(self, one, mail):
        self.client, self.mail = one, mail
        self.greeted = self.teaser = False
        self.reply = None  # that ended it; None: the stream ended
        self.taken = False

    def hear(self):
        """A whole reply; its last line."""
        line = self.client.line()
        while line and line[3:4] == "-":
            if line.startswith("220-"):
                self.teaser = True
            line = self.client.line()
        return line

    def greeting(self):
        """Until it is greeted; false when it is turned away."""
        line = self.hear()
        self.greeted = bool(line) and line.startswith("220 ")
        if not self.greeted:
            self.reply = line
        return self.greeted

    def step(self):
        """The next one; false when it is the last."""
        say, want = self.STEPS[self.done]
        self.client.send(say)
        reply = self.hear()
        self.done += 1
        if reply and reply.startswith(want):
            return True
        self.reply = reply
        return False

    def finish(self):
        """The mail."""
        self.client.send_bytes(self.mail.encode() + b"\r\n.\r\n")
        self.reply = self.hear()
        self.taken = bool(self.reply) and self.reply.startswith("250")
        if self.taken:
            self.client.send("QUIT")
            self.hear()

    def go_on(self):
        """From where it is to its end."""
        try:
            if not self.greeted and not self.greeting():
                return
            while self.done < len(self.STEPS):
                if not self.step():
                    if self.reply and self.reply[0] in "45":
                        self.client.send("QUIT")
                        self.hear()
                    return
            self.finish()
        except screen.Failure as problem:
            if "heard nothing" in str(problem):
                raise
            self.reply = None

    def words(self):
        """What the client saw."""
        if self.taken:
            return "waits, mail taken" if self.teaser else "mail taken at once"
        if self.reply is None:
            return "the connection ends"
        return self.reply
