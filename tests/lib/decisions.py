"""Decision logs made up from a seed, and what a report must say of them.

The sums are made here once more, slowly and obviously, from what
smtp-screen-decisions(5) and smtp-screenctl(8) say.
"""

import collections
import ipaddress
import json
import math
import random
import time

LISTS = ("zen.example", "cop.example", "cuda.example", "wl.example",
         "small.example")
WEIGHTS = (3, 2, 2, -4, 1)
THRESHOLD = 3
TESTS = ("pregreet", "dnsbl", "pipelining", "non-smtp", "bare-newline")
OUTCOMES = {"pass": "passed", "retry": "later", "refuse": "refused",
            "drop": "refused"}


def lists_of(rnd, bad):
    """What each list says, and the score."""
    score, lists = 0, []
    for name, weight in zip(LISTS, WEIGHTS):
        one = {"list": name, "took": round(rnd.lognormvariate(-3.7, .9), 6)}
        if rnd.random() < (.5 if bad == (weight > 0) else .05):
            score += weight
            one.update(status="listed", answers=["127.0.0.2"], counted=True,
                       weight=weight)
        else:
            one["status"] = rnd.choice(("absent", "absent", "absent", "error",
                                        "failed", "pending", "muted"))
        if one["status"] in ("pending", "muted"):
            del one["took"]
        lists.append(one)
    return lists, score


def tested(rnd, one):
    """A client that was tested."""
    bad = rnd.random() < .4
    tests = {}
    for name in TESTS:
        result = "failed" if rnd.random() < (.2 if bad else .02) else "passed"
        tests[name] = {"due": True, "result": result,
                       "action": rnd.choice(("enforce", "drop", "ignore"))}
    one["lists"], score = lists_of(rnd, bad)
    one["dnsbl"] = {"score": score, "threshold": THRESHOLD}
    tests["dnsbl"] = {"due": True, "action": "enforce", "result":
                      "failed" if score >= THRESHOLD else "passed"}
    against = [name for name in ("dnsbl", *TESTS)
               if tests[name]["result"] == "failed" and
               tests[name]["action"] != "ignore"]
    one.update(path="tests", tests=tests, waited=round(
        rnd.lognormvariate(1, .5), 6), reason="none", verdict="pass")
    if against:
        one["verdict"] = "drop" if tests[against[0]]["action"] == "drop" \
            else "refuse"
        one["reason"] = against[0] if against[0] in ("dnsbl", "pregreet") \
            else "protocol"
    elif rnd.random() < .2:
        one["verdict"] = rnd.choice(("retry", "hangup", "trouble"))


def connection(rnd, now):
    """One line, as an object."""
    v4 = "198.51.%d.%d" % (min(int(rnd.paretovariate(1)), 255),
                           rnd.randrange(256))
    v6 = "2001:db8:%x::%x" % (rnd.randrange(4), rnd.randrange(1, 99))
    client = v6 if rnd.random() < .1 else v4
    one = {"v": 1, "id": "x", "time": now, "client": client,
           "network": client, "access": "dunno"}
    kind = rnd.random()
    if kind < .4:
        one.update(path=rnd.choice(("cache", "cache", "shared")),
                   verdict="pass", reason="none")
    elif kind < .45:
        one.update(path="access-list", verdict="refuse", reason="denylist",
                   access="reject", denylist_action="enforce")
    elif kind < .47:
        one.update(path="cache", verdict="pass", reason="none",
                   access="reject", denylist_action="ignore", delayed=2)
    elif kind < .5:
        one.update(path="limit", verdict="limit", reason="none")
    else:
        tested(rnd, one)
        if rnd.random() < .2:
            one["cache"] = {"stamps": [1, 1, 1, 1, 1]}
    return one


def make_up(count, seed, days=5, until=None):
    """So many connections in order, the last of them now."""
    rnd = random.Random(seed)
    until = until or time.time()
    return [connection(rnd, round(until - days * 86400 * (1 - (i + 1) / count),
                                  6))
            for i in range(count)]


def text_of(lines):
    """As smtp-screen writes them."""
    return "".join(json.dumps(line, separators=(",", ":")) + "\n"
                   for line in lines)


def rank(values, percent):
    """The quantile by nearest rank; None of nothing."""
    values = sorted(values)
    return values[math.ceil(len(values) * percent / 100) - 1] if values \
        else None


def network_of(line):
    """What is shown of a client."""
    prefix = 64 if ":" in line["client"] else 24
    return str(ipaddress.ip_network("%s/%d" % (line["client"], prefix),
                                    strict=False))


def against(line):
    """The tests that speak against it, with actions that count."""
    found = [name for name, test in line.get("tests", {}).items()
             if test["result"] == "failed" and test["action"] != "ignore"]
    return found + ["denylist"] * (line["reason"] == "denylist")


def expected_tests(lines):
    """For each test its figures."""
    sums = {name: collections.Counter() for name in (*TESTS, "denylist")}
    for line in lines:
        refused = line["verdict"] in ("refuse", "drop")
        for name, test in line.get("tests", {}).items():
            sums[name]["due"] += test.get("due", False)
            sums[name][test["result"]] += 1
            sums[name]["ignored"] += test["result"] == "failed" and \
                test["action"] == "ignore"
        if line["access"] == "reject":
            sums["denylist"]["failed"] += 1
            sums["denylist"]["ignored"] += line["reason"] != "denylist"
        if refused:
            for name in against(line):
                sums[name]["refused"] += 1
            if len(against(line)) == 1:
                sums[against(line)[0]]["alone"] += 1
    return {name: {word: have[word] for word in
                   ("due", "passed", "failed", "ignored", "refused", "alone")}
            for name, have in sums.items()}


def expected_lists(lines):
    """For each list its figures."""
    sums = {name: collections.Counter() for name in LISTS}
    took = {name: [] for name in LISTS}
    together = collections.defaultdict(collections.Counter)
    for line in lines:
        hits = {one["list"]: one["weight"] for one in line.get("lists", [])
                if one.get("counted")}
        for one in line.get("lists", []):
            have = sums[one["list"]]
            have[one["status"]] += 1
            have["asked"] += one["status"] != "muted"
            if one["status"] in ("listed", "absent", "error"):
                took[one["list"]].append(one["took"])
        for name, weight in hits.items():
            score = line["dnsbl"]["score"]
            others = [other for other in hits if other != name and
                      (hits[other] < 0) == (weight < 0)]
            sums[name]["hits"] += 1
            sums[name]["alone"] += not others
            sums[name]["decided"] += (score >= THRESHOLD) != (
                score - weight >= THRESHOLD)
            together[name].update(others)
    words = ("asked", "listed", "absent", "error", "failed", "pending",
             "muted", "hits", "alone", "decided")
    return {name: ({word: have[word] for word in words},
                   dict(together[name]), took[name])
            for name, have in sums.items() if have}


def expected(lines):
    """What a report says, but for the parts above; local time is UTC."""
    days, hours = (collections.defaultdict(collections.Counter)
                   for _ in range(2))
    for line in lines:
        when = time.gmtime(line["time"])
        outcome = OUTCOMES.get(line["verdict"], "other")
        days[time.strftime("%Y-%m-%d", when)][outcome] += 1
        hours[when.tm_hour][outcome] += 1
    refused = [line for line in lines if line["verdict"] in ("refuse", "drop")]
    waited = [line["waited"] for line in lines
              if line["verdict"] == "pass" and "waited" in line]
    told, after, count = {}, [], 0
    for line in lines:
        if line["verdict"] == "retry" and line["network"] not in told:
            told[line["network"]] = line["time"]
            count += 1
        elif line["verdict"] == "pass" and line["network"] in told:
            after.append(line["time"] - told.pop(line["network"]))
    paths = collections.Counter(line["path"] for line in lines)
    return {
        "verdicts": collections.Counter(line["verdict"] for line in lines),
        "reasons": collections.Counter(line["reason"] for line in refused),
        "paths": paths, "days": days, "hours": hours,
        "networks": collections.Counter(map(network_of, refused)),
        "waited": waited, "told": count, "after": after,
        "delayed": sum("delayed" in line for line in lines),
        "due": sum("cache" in line and line["path"] == "tests"
                   for line in lines),
    }
