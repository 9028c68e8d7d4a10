"""The Test Anything Protocol: how the test programs tell their rows.

Writing: a program makes a Tap, calls ok() or skip() for each row, and ends
with `sys.exit(tap.done())`. Reading: parse() takes what a program printed.
"""

import re
import sys
import traceback


class Tap:
    """Rows of one program, printed as they happen."""

    def __init__(self, out=None):
        self.out = out or sys.stdout
        self.count = 0
        self.failed = 0

    def _say(self, line):
        self.out.write(line + "\n")
        self.out.flush()

    def ok(self, good, text, detail=""):
        """One row; DETAIL is shown when it failed."""
        self.count += 1
        self._say("%s %d - %s" % ("ok" if good else "not ok", self.count,
                                  text.replace("#", " ")))
        if not good:
            self.failed += 1
            self.note(detail)
        return bool(good)

    def equal(self, have, want, text):
        """One row: HAVE must equal WANT."""
        return self.ok(have == want, text,
                       "have %r\nwant %r" % (have, want))

    def skip(self, text, why):
        """One row that could not run; WHY says what is missing."""
        self.count += 1
        self._say("ok %d - %s # SKIP %s" % (self.count, text, why))

    def note(self, text):
        """Words for the reader, belonging to the row before."""
        for line in str(text).splitlines():
            self._say("# " + line)

    def run(self, text, function, *args):
        """One row: FUNCTION fails it by raising an exception."""
        try:
            function(*args)
        except Exception as problem:  # any exception is a failed row
            detail = str(problem)
            if not isinstance(problem, AssertionError):
                detail = traceback.format_exc()
            return self.ok(False, text, detail or traceback.format_exc())
        return self.ok(True, text)

    def done(self):
        """Print the plan; the exit code."""
        self._say("1..%d" % self.count)
        return 1 if self.failed or not self.count else 0


class Row:
    """One row that was read."""

    def __init__(self, good, text, skip):
        self.good = good
        self.text = text
        self.skip = skip  # why it was skipped, or None
        self.detail = []


_ROW = re.compile(r"(ok|not ok)\b(?: +(\d+))?(?: *-? ?(.*))?$")
_PLAN = re.compile(r"1\.\.(\d+)\s*$")
_SKIP = re.compile(r"\s*#\s*SKIP\b\s*(.*)$", re.IGNORECASE)


def parse(text):
    """The rows in TEXT, and what is wrong with it as a whole (or None)."""
    rows, planned = [], None
    for line in text.splitlines():
        plan, row = _PLAN.match(line), _ROW.match(line)
        if plan:
            planned = int(plan.group(1))
        elif row:
            words, skip = row.group(3) or "", None
            found = _SKIP.search(words)
            if found:
                words, skip = words[:found.start()], found.group(1)
            rows.append(Row(row.group(1) == "ok", words, skip))
        elif rows:
            rows[-1].detail.append(line)
    if planned is None:
        return rows, "no TAP plan: it did not reach its end"
    if planned != len(rows):
        return rows, "planned %d rows, gave %d" % (planned, len(rows))
    if not rows:
        return rows, "gave no row"
    return rows, None
