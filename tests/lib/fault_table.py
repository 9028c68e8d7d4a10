"""Cells of tests/hostile/faults, and the table that they make.

A cell is a fault at a phase of a program. It fails when a good client is told
"never", a mail that was taken is not there, one that was not taken is not
taken later, the log does not say what happens or what to do, or something is
left over. What was seen otherwise must be what doc/faults.md says, word for
word, and that may say nothing else.
"""

import itertools
import re

import hostile
from fault import MANAGER
from fault_plays import Failure, true
from fault_visit import PATIENCE

SEEN = ("| when | program | what the client saw | what the log said | "
        "what was lost |\n|---|---|---|---|---|\n")
WHY_NOT = ("| fault | when | program | why there is nothing to see |\n"
           "|---|---|---|---|\n")
NOTHING = "nothing"
BREAK = "<br>"  # between several in one field

# postscreen's own words.
THEIRS = ("warning: dnsblog reply timeout", "warning: access_list: cidr map")

# What tells what to do.
ADVICE = (" -- ", "; ", ": expected ")


class Cell:
    """One of them."""

    def __init__(self, fault, play, phase):
        self.fault, self.play, self.phase = fault, play, phase
        self.why_not = fault().reason(play, phase)
        self.seen = None  # what the client saw, the log said, was lost

    def __str__(self):
        return "%s, %s, %s" % (self.fault.name, self.phase,
                               self.play.program)

    def key(self):
        """What makes it this one."""
        return self.fault.name, self.phase, self.play.program

    def run(self):
        """Find out; sets seen."""
        fault = self.fault()
        with self.play(self.phase) as play:
            try:
                self._run(fault, play)
            except (Failure, AssertionError) as problem:
                raise Failure("%s\nlog:\n%s" % (problem, "\n".join(
                    play.lines()))) from problem

    def _run(self, fault, play):
        fault.prepare(play)
        play.start()
        visit = play.meet(fault)
        if fault.heals(play):
            play.hears_nothing(visit)
            fault.lift(play)
        play.release()
        visit.go_on()
        play.settle(PATIENCE)
        lost = play.first_loss(visit) + fault.lost(play)
        if fault.known(play) and visit.teaser:
            lost.append("what was known of it: it had to wait")
        said = play.warnings()
        if not fault.heals(play):
            fault.lift(play)
        lost += play.try_again(visit)
        play.leftovers()
        # nobody is told "never" for what is our trouble
        true(not re.match("5..", visit.reply or ""), visit.reply)
        self.seen = (visit.words(), log_words(
            said, fault.silence(play), play.harmed(visit)),
            ", ".join(lost) or NOTHING)


def log_words(said, silence, harmed):
    """The field of the log: lines that say what happens now, or what to do; or
    why there is none."""
    if not said:
        true(silence is not None and (not harmed or silence == MANAGER),
             "the log does not say a word")
        return "nothing: " + silence
    true(any(line.startswith(THEIRS) or any(word in line for word in ADVICE)
             for line in said), "what is to be done? %s" % said)
    return BREAK.join("`%s`" % line.replace("`", "'").replace("|", "\\|")
                      for line in said)


def cells(faults, plays, phases):
    """All, in the order of the table."""
    return [cell for fault in faults for phase in phases
            for cell in (Cell(fault, play, phase) for play in plays
                         if phase in play.phases and play in fault.where)
            if cell.why_not is not None or phase in fault.where[cell.play]]


# ---- the document ------------------------------------------------------------

def together(made, what):
    """(phases, programs, what) of cells of one fault that have WHAT in common:
    first those of several programs, then those of several phases."""
    rows = []  # [phases, programs, what]
    for phase, group in itertools.groupby(made, lambda cell: cell.phase):
        here = []
        for cell in group:
            same = [row for row in here if row[2] == what(cell)]
            if same:
                same[0][1].append(cell.play.program)
            else:
                here.append([[phase], [cell.play.program], what(cell)])
        for row in here:
            same = [old for old in rows if old[1:] == row[1:]]
            if same:
                same[0][0].append(phase)
            else:
                rows.append(row)
    return rows


def line(*fields):
    """A row of a table."""
    return "| %s |\n" % " | ".join(fields)


def document(sections):
    """The text of the tables; SECTIONS are (heading, cells)."""
    text = ""
    for heading, made in sections:
        text += "\n## %s\n" % heading
        left_out = ""
        for fault, group in itertools.groupby(made, lambda cell: cell.fault):
            group = list(group)
            text += "\n**%s** (%s)\n\n" % (fault.name, fault.how) + SEEN
            for phases, programs, seen in together(
                    [cell for cell in group if cell.seen],
                    lambda cell: cell.seen):
                text += line(BREAK.join(phases), BREAK.join(programs), *seen)
            for phases, programs, why in together(
                    [cell for cell in group if cell.why_not is not None],
                    lambda cell: cell.why_not):
                left_out += line(fault.name, BREAK.join(phases),
                                 BREAK.join(programs), why)
        text += "\n" + WHY_NOT + left_out
    return text


def documented(text):
    """{key: seen} of what document() has made."""
    found, fault = {}, None
    for row in text.splitlines():
        heading = re.match(r"\*\*(.*)\*\* \(", row)
        if heading:
            fault = heading.group(1)
        fields = re.split(r" (?<!\\)\| ", row.strip("| "))
        if row.startswith("| ") and len(fields) == 5 and \
                fields[0] != "when":
            for phase in fields[0].split(BREAK):
                for program in fields[1].split(BREAK):
                    found[fault, phase, program] = tuple(fields[2:])
    return found


# ---- the run -----------------------------------------------------------------

class Rows(hostile.Rows):
    """Cells as rows of TAP; what they show must be WANT, if that is known."""

    def __init__(self, made, want):
        super().__init__()
        self.cells, self.want = made, want
        for cell in made:
            if cell.why_not is None:
                self.add(str(cell), self.check, cell)

    def check(self, cell):
        """It runs, and is as documented."""
        cell.run()
        if self.want is not None:
            want = self.want.get(cell.key())
            true(cell.seen == want, "seen       %s\ndocumented %s" % (
                cell.seen, want))

    def all_there(self):
        """What is documented can be seen."""
        stale = set(self.want) - {cell.key() for cell in self.cells
                                  if cell.why_not is None}
        true(not stale, "no such cell: %s" % stale)
