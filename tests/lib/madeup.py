"""Sessions that nobody has thought of, for smtp-screen and postscreen alike.

What is said comes from a seed: commands, known or not, with arguments made of
what parsers trip over. What both are known to do differently is left out: the
client is vetoed, so that each failure may name the reason, and STARTTLS has no
argument.
"""

import random

import client
import dialogue

BASE = {"allowlist_interfaces": "!127.0.0.1, static:all", "greet_banner": "",
        "command_count_limit": "60", "line_length_limit": "1000",
        "non_smtp_command_action": "enforce"}
VARIANTS = (
    {}, {"soft_bounce": "yes"},
    {"helo_required": "yes", "discard_ehlo_keywords": "chunking, dsn"},
    {"smtputf8_enable": "no"}, {"reject_footer": "\\c. x\\ny"},
    {"non_smtp_command_action": "drop",
     "postscreen_disable_vrfy_command": "yes"},
)

# How often each is said, one time in so many.
COMMANDS = ((b"HELO", 6), (b"EHLO", 6), (b"MAIL", 14), (b"RCPT", 18),
            (b"RSET", 4), (b"NOOP", 4), (b"VRFY", 4), (b"ETRN", 3),
            (b"STARTTLS", 3)) + tuple((word, 1) for word in (
                b"DATA", b"BDAT", b"QUIT", b"AUTH", b"XCLIENT", b"HELP",
                b"GET", b"post", b"CONNECT", b"UNIMPLEMENTED", b"mail",
                b"rCpT", b"hElO", b"Subject:", b"From:x", b"x:", b"\t:", b"",
                b"\xff", b"\xc3\xa4", b"\x80:", b"\x01x:", b"a\tb:", b"1",
                b"MAIL\t"))
PIECES = (b"FROM:", b"TO:", b"<", b">", b"@", b":", b" ", b"\t", b'"', b"\\",
          b"a", b"b.c", b"..", b".", b",", b";", b"(", b")", b"[1.2.3.4]",
          b"x.example", b"@p,@q:", b"<>", b"<a@x>", b"\r", b"\0", b"\x7f",
          b"\xc3\xa4", b"\xff", b"SIZE=1", b"a" * 120, b"\x1b", b"{", b"$",
          b"%s", b"?")


def arguments(dice, command):
    """What stands behind COMMAND; likely an address where one belongs."""
    text = b"".join(dice.choices(PIECES, k=dice.choice((0, 1, 2, 3, 5, 8))))
    if command == b"STARTTLS":
        return b""
    if command in (b"MAIL", b"RCPT") and dice.random() < 0.6:
        text = dice.choice((b"FROM:", b"TO:", b"FROM: ")) + \
            dice.choice((b"<", b"", b"< ")) + text + dice.choice((b">", b""))
    return text


def line(dice):
    """One command line."""
    words, weights = zip(*COMMANDS)
    command = dice.choices(words, weights)[0]
    text = arguments(dice, command)
    return dice.choice((b"", b"", b"", b" ", b"  ")) + command + \
        (dice.choice((b" ", b" ", b"  ", b"")) if text else b"") + text + \
        dice.choice((b"\r\n",) * 8 + (b"\n", b"\r\r\n"))


def sessions(seed, count):
    """COUNT lists of lines."""
    dice = random.Random(seed)
    return [[line(dice) for _ in range(dice.randint(5, 30))]
            for _ in range(count)]


def talk(session, lines):
    """Say LINES, each when the one before has been answered."""
    try:
        session.line()
        for said in lines:
            session.send_bytes(said)
            heard = "250-"
            while heard and heard[3:4] == "-":
                heard = session.line()
            if heard is None:
                return
    except client.Reset:
        pass  # how it ends is shown by dialogues


def play(side, settings, scripts):
    """What each of SCRIPTS led to with that SIDE, as dialogue.plain has it."""
    told = []
    with side.dns() as dns, side.stage(dns) as stage:
        stage.settings.update(BASE, **settings)
        for lines in scripts:
            session = stage.connect()
            talk(session, lines)
            session.end()
            told.append(dialogue.plain(stage, session,
                                       session.lines + session.log()))
    return told


def difference(scripts, ours, theirs):
    """Where they part, for a reader; empty when they do not."""
    for lines, here, there in zip(scripts, ours, theirs):
        if here == there:
            continue
        first = next(n for n, pair in enumerate(zip(here + [""], there + [""]))
                     if pair[0] != pair[1])
        return "\n".join(["said:"] + [repr(said)[2:-1] for said in lines] +
                         ["smtp-screen: " + (here + [""])[first],
                          "postscreen:  " + (there + [""])[first]])
    return ""
