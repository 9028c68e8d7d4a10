"""What must hold behind a soak: nothing left over, and log, decision log,
cache and counters tell the same story, line by line. Each check raises
AssertionError, or returns a few words with its figures."""

import collections
import fcntl
import json
import os
import re
import time

import soak_hosts
from soak_clients import KINDS

# Clocks are read a moment apart, and stamps have whole seconds.
APART = 2

# What is true of the list that is slow, and where the machine is that the
# name server runs on.
SLOW = re.compile(r"warning: (dnsblog reply timeout|none of the \d+ DNS lists)")


def kind_of(address):
    """Which kind calls from there."""
    octet = int(address.split(".")[1])
    return next((kind for kind, (own, _) in KINDS.items() if own == octet),
                None)


class Records:
    """All that was written down."""

    def __init__(self, host):
        with open(host.decisions, encoding="utf-8") as file:
            # an empty line is all that a write seen half done may leave
            self.lines = [json.loads(line) for line in file if line != "\n"]
        with open(host.log_file, encoding="utf-8",
                  errors="backslashreplace") as file:
            self.log = [re.sub(r"^\S+\[\d+\]: ", "", line.rstrip("\n"))
                        for line in file]
        self.lines.sort(key=lambda line: line["time"] + line["took"])


def good_clients(crowd):
    """None was refused, and each of its mails was taken"""
    assert not crowd.troubles, "%d of %d: %s" % (
        len(crowd.troubles), crowd.count["good"], crowd.troubles[:5])
    return "%d tested, %d known" % (len(crowd.tested), len(crowd.known))


def others(crowd):
    """No zombie left a mail; limits held"""
    assert not crowd.let_in, "%d let in" % crowd.let_in
    return "%d zombies, %d listed, %d dripping, %d hanging, %d half-open, " \
        "%d reset; %d of %d of the storm turned away" % (
            *(crowd.count[kind] for kind in (
                "zombie", "listed", "drip", "hang", "halfopen", "reset")),
            crowd.turned_away, crowd.count["storm"])


def mails(host, crowd):
    """What was said to be taken is there, and once"""
    with open(host.mail, encoding="utf-8") as file:
        have = collections.Counter(file.read().split())
    wrong = [mail for mail in crowd.mails if have[mail] != 1] + \
        [mail for mail in have if mail not in crowd.mails]
    assert not wrong, "%d mails: %s" % (len(wrong), wrong[:5])
    return "%d mails" % len(have)


def processes(host, patience):
    """Every process that was started for a client has ended"""
    deadline = time.monotonic() + patience
    while host.processes() > 0:
        assert time.monotonic() < deadline, "%d are left" % host.processes()
        time.sleep(0.1)
    return "none"


def size(host):
    """The daemon has no more descriptors than at its start, and has asked for
    hardly more memory since"""
    assert host.daemon.process.poll() is None, "the daemon has ended"
    descriptors, early, _ = host.samples[0]
    deadline = time.monotonic() + 10
    while True:
        host.sample()
        if host.samples[-1][0] <= descriptors:
            break
        assert time.monotonic() < deadline, "%d descriptors, not %d" % (
            host.samples[-1][0], descriptors)
        time.sleep(0.1)
    # its tables are there from the start, and filled in the course of time
    late, used = host.samples[-1][1:]
    assert late <= early + 256 or soak_hosts.SANITIZED, \
        "%d KB, then %d KB" % (early, late)
    return "%d descriptors; %d KB, then %d KB, of which it has used %d KB" % (
        descriptors, early, late, used)


def locks(host):
    """Nobody holds a lock, and no file is there that nobody asked for"""
    with open(os.path.join(host.dir, "cache.lock"), "r+b") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert lock.read(1) != b"D", "a writer died"
    with open(host.cache, "r+b") as cache:
        fcntl.flock(cache, fcntl.LOCK_EX | fcntl.LOCK_NB)
    known = {"screen.conf", "cache.gdbm", "cache.lock", "state", "mail", "log",
             "decisions", "access"}
    assert set(os.listdir(host.dir)) == known, os.listdir(host.dir)
    return "none"


def warnings(records):
    """Nothing was wrong but that DNS lists were slow, and the log says so"""
    found = collections.Counter(
        re.sub(r"\[[^]]*\](:\d+)?", "CLIENT", line) for line in records.log
        if line.startswith(("warning:", "fatal:")) and not SLOW.match(line))
    assert not found, found.most_common(5)
    return "%d lines of log" % len(records.log)


def log_and_decisions(records):
    """Each CONNECT and PASS of the log has its decision, and the other way
    round"""
    def clients(word):
        pattern = re.compile(re.escape(word) + r"\[([^]]+)\]:(\d+)")
        return collections.Counter(
            (m.group(1), int(m.group(2)))
            for m in map(pattern.match, records.log) if m)

    def decided(**members):
        return collections.Counter(
            (line["client"], line["port"]) for line in records.lines
            if all(line.get(name) == value
                   for name, value in members.items()))
    for words, have in (("CONNECT from ", decided()),
                        ("PASS NEW ", decided(**{"pass": "new"})),
                        ("PASS OLD ", decided(**{"pass": "old"}))):
        want = clients(words)
        assert want == have, "%s: only in the log %s, only decided %s" % (
            words, list(want - have)[:5], list(have - want)[:5])
    return "%d decisions" % len(records.lines)


def earned(line, ttl):
    """What a client that has just passed is remembered with."""
    now = line["time"] + line["took"]
    return now + ttl, now + min(ttl, line["dnsbl"]["ttl"])


def agrees(stamps, want):
    """Are these the stamps?"""
    return all(abs(have - expected) <= APART
               for have, expected in zip(stamps, want))


def cache_and_decisions(host, records, ttl):
    """What was remembered of a client is what its last decision earned, each
    time it came and in the cache at the end"""
    last, passed, used = {}, {}, 0
    for line in records.lines:
        key, now = line["network"], line["time"]
        # who came before the other had passed may know of it, or not
        want = last.get(key) if passed.get(key, 0) <= now else None
        if line["path"] not in ("tests", "cache"):
            continue
        if kind_of(key) == "storm":  # many at a time, so in no order
            if line["verdict"] == "pass" and line["path"] == "tests":
                last[key] = earned(line, ttl)
            continue
        if "cache" in line:
            used += 1
            assert key in last, "known, but never passed: %s" % line
            assert not want or agrees(line["cache"]["stamps"], want), (
                want, line)
        else:  # forgotten when both have been over for the retention time
            assert not want or max(want) < now + APART, (want, line)
        if line["verdict"] == "pass" and line["path"] == "tests":
            last[key] = earned(line, ttl)
            passed[key] = now + line["took"]
    entries = host.entries()
    for key, value in entries.items():
        assert key in last, "an entry without a decision: %s %s" % (key, value)
        assert agrees(list(map(int, value.split(";")[:2])), last[key]), (
            key, value, last[key])
    late = [key for key, want in last.items()
            if key not in entries and max(want) > time.time()]
    assert not late, "decisions without an entry: %s" % late[:5]
    return "%d visits of known clients, %d entries, %d forgotten" % (
        used, len(entries), len(last) - len(entries))


def lists(records):
    """Whom bl.example lists is refused, whenever it has answered"""
    count = 0
    for line in records.lines:
        if any(one["list"] == "bl.example" and one["status"] == "listed"
               for one in line.get("lists", ())):
            count += 1
            assert line["verdict"] in ("refuse", "hangup"), line
        else:
            assert kind_of(line["client"]) != "listed" or any(
                one["status"] == "pending"
                for one in line.get("lists", ())) or \
                line["verdict"] in ("hangup", "limit") or \
                line["path"] == "cache", line
    assert count > 0, "none was"
    return "%d" % count


def counters(host, records):
    """The counters have counted the decisions, all but one in a thousand, and
    nothing else: who cannot have their lock for 100 ms goes on"""
    have = {name: int(value) for name, value in re.findall(
        r'connections_total\{(verdict="[^"]*",path="[^"]*")\} (\d+)',
        host.metrics()) if int(value)}
    want = dict(collections.Counter(
        'verdict="%s",path="%s"' % (line["verdict"], line["path"])
        for line in records.lines))
    missing = {name: want.get(name, 0) - have.get(name, 0)
               for name in {*want, *have}}
    assert min(missing.values()) >= 0 and \
        sum(missing.values()) * 1000 <= sum(want.values()), \
        "counted %s\ndecided %s" % (have, want)
    return "%d connections, %d of them not counted" % (
        sum(want.values()), sum(missing.values()))


def quantile(values, part):
    """The value that PART of all do not exceed."""
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def delays(crowd):
    """How much longer than they must good clients have waited, and how long one
    waits for a bare greeting: a matter of the machine, and not judged"""
    return figures_of(crowd)[1]


def judged_delays(crowd):
    """No good client waited longer than it must, by more than a fortieth of
    greet_wait and three times what a bare greeting takes: median and 99 %"""
    figures, words = figures_of(crowd)
    for name in ("known", "tested"):
        for at, part in enumerate(("median", "99 %")):
            most = 3 * figures["bare"][at] + 1000 * crowd.wait / 40
            assert figures[name][at] <= most, "%s of %s, at most %.0f: " \
                "%s" % (part, name, most, words)
    return words


def figures_of(crowd):
    """Delays in milliseconds, and as words."""
    excess = {"known": crowd.known,
              "tested": [took - crowd.wait for took in crowd.tested],
              "bare": crowd.bare}
    figures = {name: [1000 * quantile(values, part)
                      for part in (0.5, 0.99, 1.0)]
               for name, values in excess.items()}
    words = ", ".join("%s %.0f/%.0f/%.0f ms" % (name, *values)
                      for name, values in figures.items())
    return figures, "median/99 %/most: " + words
