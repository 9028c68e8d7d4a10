"""Sessions that nobody has thought of, for smtp-screen and postscreen alike.

What is said comes from a seed: commands, known or not, with arguments made of
what parsers trip over, one at a time or several at once. What both are known to
do differently is left out: STARTTLS has no argument and nothing behind it; the
client is vetoed, or its first mail is a valid one, so that it has passed.
"""

import random
import re

import client
import dialogue

BASE = {"allowlist_interfaces": "!127.0.0.1, static:all", "greet_banner": "",
        "command_count_limit": "60", "line_length_limit": "1000",
        "non_smtp_command_action": "enforce"}
MAY_PASS = {"allowlist_interfaces": "static:all", "pipelining_enable": "yes",
            "bare_newline_enable": "yes", "non_smtp_command_enable": "yes"}
VARIANTS = (
    {}, {"soft_bounce": "yes"},
    {"helo_required": "yes", "discard_ehlo_keywords": "chunking, dsn"},
    {"smtputf8_enable": "no"}, {"reject_footer": "\\c. x\\ny"},
    {"non_smtp_command_action": "drop",
     "postscreen_disable_vrfy_command": "yes"},
    {"command_filter": "regexp:{{/^(.*)<(.*)$$/ $$1(<$$2}, {/^HELP/ QUIT}, "
     "{/^$$/ NOOP}, {/(.*):(.*)/ $$2:$$1}}"},
    {"reject_footer_maps": "regexp:{{/^5.. 5.5.1 (.*)/ $$$${client_address} "
     "$$1\\nx $$$${client_port?{a}:{b}}}, {/^501 (.)/ \\c $$1\\n\\n}, "
     "{/^4/ $$$$localtime \\c x}}", "soft_bounce": "yes"},
    {"forbidden_commands": "!get post, regexp:{{/^[^a-z]/ x}, {/x/ y}}",
     "discard_ehlo_keyword_address_maps": "static:{etrn size}"},
    {"tls_security_level": "may"},
    {"tls_security_level": "encrypt", "pipelining_action": "ignore"},
    MAY_PASS,
    {**MAY_PASS, "pipelining_action": "ignore",
     "non_smtp_command_action": "ignore", "bare_newline_action": "enforce"},
    {**MAY_PASS, "pipelining_action": "drop", "command_count_limit": "9"},
)
VALID = ([b"EHLO x\r\n"], [b"MAIL FROM:<a@x>\r\n"], [b"RCPT TO:<b@y>\r\n"])

# Also DISCONNECT, which both sides then say twice, and in any order.
OF_TLS = r"CONNECT from \S+$|DISCONNECT "

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


def burst(dice):
    """What is said at once: a line, or several."""
    if dice.random() < 0.7:
        return [line(dice)]
    lines = [line(dice) for _ in range(dice.randint(2, 4))]
    return [x for x in lines if b"STARTTLS" not in x] or [b"NOOP\r\n"]


def sessions(seed, count, settings):
    """COUNT lists of bursts, for those SETTINGS."""
    dice = random.Random(seed)
    begin = list(VALID) if "allowlist_interfaces" in settings else []
    end = [], [[b"RCPT TO:<half"]]
    return [begin + [burst(dice) for _ in range(dice.randint(5, 25))] +
            dice.choice(end) for _ in range(count)]


def is_answered(session):
    """Hear a whole reply. False: the session has ended."""
    heard = "250-"
    while heard and heard[3:4] == "-":
        heard = session.line()
    return heard is not None


def talk(session, bursts, secure):
    """Say BURSTS, within TLS if SECURE, each when the one before has been
    answered."""
    try:
        is_answered(session)
        if secure:
            session.send("STARTTLS")
            is_answered(session)
            session.secure()
        for lines in bursts:
            session.send_bytes(b"".join(lines))
            for text in lines:
                if text.endswith(b"\n") and not is_answered(session):
                    return
    except client.Reset:
        pass  # how it ends is shown by dialogues


def prepare(side, stage, settings):
    """SETTINGS, and what TLS needs."""
    stage.settings.update({**BASE, **settings})
    if "tls_security_level" in settings:
        certificate, key = stage.certificate()
        stage.settings.update(smtpd_tls_cert_file=certificate,
                              smtpd_tls_key_file=key)
        if side.name == "smtp-screen":
            stage.settings["tls_service"] = ""


def play(side, settings, scripts):
    """What each of SCRIPTS led to with that SIDE, as dialogue.plain has it,
    and what is in the cache then. Of TLS only postscreen's own lines."""
    told = []
    secure = "tls_security_level" in settings
    with side.dns() as dns, side.stage(dns) as stage:
        prepare(side, stage, settings)
        for number, bursts in enumerate(scripts):
            session = stage.connect("127.0.%d.9" % number)
            talk(session, bursts, secure)
            session.end()
            told.append(dialogue.plain(stage, session, session.lines + [
                text for text in session.log()
                if not (secure and re.match(OF_TLS, text))]))
        told.append(sorted(stage.entries()))
    return told


def difference(scripts, ours, theirs):
    """Where they part, for a reader; empty when they do not."""
    for bursts, here, there in zip(scripts + [[]], ours, theirs):
        if here == there:
            continue
        first = next(n for n, pair in enumerate(zip(here + [""], there + [""]))
                     if pair[0] != pair[1])
        return "\n".join(["said:"] + [repr(b"".join(lines))[2:-1]
                                      for lines in bursts] +
                         ["smtp-screen: " + (here + [""])[first],
                          "postscreen:  " + (there + [""])[first]])
    return ""
