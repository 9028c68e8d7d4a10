"""The table of differences from postscreen in smtp-screen(8).

Behind each row a comment names the tests that assert it. A row that one
connection can show names dialogues there, and tests/conformance plays them.
"""

import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PAGE = os.path.join(TOP, "man", "smtp-screen.8")


def unroff(line):
    """Escapes of mdoc as what they stand for."""
    for escape, char in (("\\(dq", '"'), ("\\(aq", "'"), ("\\(ga", "`"),
                         ("\\(ha", "^"), ("\\(ti", "~"), ("\\-", "-"),
                         ("\\&", ""), ("\\e", "\\")):
        line = line.replace(escape, char)
    return line


def page():
    """The manual."""
    with open(PAGE, encoding="utf-8") as file:
        return file.read()


def topics():
    """The first column of the table."""
    table = page().split(".TS")[1].split(".TE")[0]
    return [unroff(topic) for topic in re.findall(
        r"^(?:T\})?T\{\n(.*)\nT\}\tT\{\n.*\nT\}\tT\{\n.*$", table, re.M)]


def tests():
    """What the comments say: (topic, [test, ...]), a topic's ":" as ","."""
    comments = page().split(".\\\" In the order of the rows")[1]
    return [(unroff(topic), names.split()) for topic, names in re.findall(
        r"^\.\\\" ([^:\n]+): (\S.*)$", comments.split(".TS")[0], re.M)]


def check(shown, alone):
    """What is wrong with SHOWN, {name of a dialogue: the topics it shows}?
    Those in ALONE show smtp-screen's half of a row only."""
    known, faults = topics(), []
    for name, some in sorted(shown.items()):
        faults += ["%s shows %r, which is no row" % (name, topic)
                   for topic in some if topic not in known]
    for topic, (_, names) in zip(known, tests()):
        dialogs = [os.path.basename(x) for x in names
                   if x.startswith("dialogs/")]
        shows = [name for name, some in shown.items() if topic in some]
        faults += ["%r: %s does not show it" % (topic, name)
                   for name in dialogs if name not in shows + alone]
        faults += ["%r: %s is not named by its comment" % (topic, name)
                   for name in shows if name not in dialogs]
    return faults
