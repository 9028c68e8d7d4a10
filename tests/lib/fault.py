"""What every fault of tests/hostile/faults says: where it makes sense, and why
not where it does not; how it strikes, and how it is mended.
"""

from fault_plays import AFTER, BEFORE, ENGINE, HANDOFF, WAIT

EVERYWHERE = (BEFORE, WAIT, ENGINE, HANDOFF, AFTER)
LATER = EVERYWHERE[1:]
DAY = 86400

NO_PROCESS = "there is no process yet"
READ_ONCE = "only looked at before the greeting"
WRITTEN = "all is written by then"
ASKED = "all is asked by then"
MANAGER = "it cannot say so itself; who started it sees how it ended"
NOTHING_WRONG = "nothing went wrong"


class Fault:
    """One row of the table for each phase."""

    name = ""
    how = ""  # by what means
    where = {}  # Play: phases
    why_not = {}  # phase, or (Play, phase): why there is no such cell
    silent = {}  # Play or None: why no line of the log is expected
    instead = False  # at the hand-off: it is there before the client

    def prepare(self, play):
        """Before anything runs."""

    def strike(self, play):
        """Now."""

    def heals(self, _play):
        """Is it over before the client goes on?"""
        return False

    def lift(self, play):
        """It is over."""

    def sanitized(self, _play, _phase):
        """Can programs with a sanitizer play it?"""
        return True

    def known(self, _play):
        """Would the client not have to wait?"""
        return False

    def lost(self, _play):
        """What only this fault can cost, before it is lifted."""
        return []

    def reason(self, play, phase):
        """Why there is no such cell; None: there is."""
        if phase in self.where.get(play, ()):
            return None
        return self.why_not.get((play, phase), self.why_not.get(phase))

    def silence(self, play):
        """Why nothing need be logged."""
        return self.silent.get(type(play), self.silent.get(None))
