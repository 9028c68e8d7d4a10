#include "ctl/commands.h"

#include "doctor/doctor.h"

#include <string.h>

const struct command commands[] = {
	{ "list", "[--json]", "all entries of the cache",
	  "Show every client network that passed, with what is left of each\n"
	  "pass (or expired; never: not passed yet; off: the test was off).\n"
	  "--json: an array of objects, times in seconds since 1970.\n",
	  list_run, false, 0 },
	{ "show", "ADDR", "the entry of one client",
	  "Show what the cache knows of the client ADDR, an address or a\n"
	  "network; and what the list that several hosts share knows.\n"
	  "Exit code 1 when nothing is known.\n",
	  show_run, false, 0 },
	{ "pass", "ADDR [DURATION]", "let a client pass all tests",
	  "Note that ADDR has passed every test that is switched on, for\n"
	  "DURATION: a number and one of s, m, h, d, w, such as 12h; a number\n"
	  "alone is days; 30d when it is left out. A longer pass is kept. "
	  "ADDR\n"
	  "may be a network only if it is one that shares an entry\n"
	  "(cache_ipv4_prefix, cache_ipv6_prefix). The access list still\n"
	  "comes first. Goes to the list that several hosts share, too.\n",
	  pass_run, false, 0 },
	{ "forget", "ADDR", "remove the entry of one client",
	  "Remove what the cache knows of ADDR, an address or a network: it\n"
	  "will be tested again. So does the list that several hosts share;\n"
	  "each other host still knows what is in its own cache.\n"
	  "Exit code 1 when nothing is known.\n",
	  forget_run, false, 0 },
	{ "expire", "", "remove entries that are of no use",
	  "Remove entries whose last pass ended longer than\n"
	  "cache_retention_time ago, and write the file anew when more than\n"
	  "half of it is free. For a timer.\n",
	  expire_run, false, 0 },
	{ "export", "", "write all entries as text",
	  "Write the cache to standard output: a first line\n"
	  "\"smtp-screen-cache 1\", then one entry a line.\n",
	  export_run, false, 0 },
	{ "import", "[postscreen|postgrey [OPTION]...] [FILE]",
	  "read what export, postscreen or Postgrey wrote",
	  "Read FILE, or standard input, and join it with the cache: of each\n"
	  "test the later pass counts. A file with any mistake is not "
	  "imported\n"
	  "at all. postscreen: it is what postmap -s shows of postscreen's "
	  "cache.\n"
	  "import postgrey [--dbdir=FOLDER] [--privacy] [--privacy-key=FILE]\n"
	  "DIR|FILE: join what Postgrey keeps in its folder DIR with the store "
	  "of\n"
	  "smtp-screen-greylist, whose options these are; FILE is what "
	  "db_dump\n"
	  "wrote of postgrey.db and postgrey_clients.db, - standard input.\n",
	  import_run, false, 0 },
	{ "import-postfix", "[--service NAME] [--write FILE] [DIR]",
	  "settings out of a Postfix's",
	  "Write what smtp-screen.conf must be to take the place of the "
	  "Postfix\n"
	  "in DIR (default /etc/postfix), with the commands for the switch and "
	  "for\n"
	  "the way back in comments. --service: of this service in master.cf,\n"
	  "instead of the one on port 25. --write: to FILE, which must not be\n"
	  "there yet, instead of standard output. Nothing else is changed.\n",
	  import_postfix_run, true, 0 },
	{ "compile", "[cidr:FILE...]", "make large access tables quick",
	  "Write FILE.compiled beside each FILE, or beside each file that the\n"
	  "settings name as a cidr table. smtp-screen uses it as long as FILE "
	  "is\n"
	  "not changed, and reads FILE otherwise. What is up to date is left "
	  "alone.\n",
	  compile_run, false, 0 },
	{ "check", "ADDR...", "what would happen to a client, and why",
	  "Ask the access list, the cache and every DNS list about each ADDR,\n"
	  "and show the answers, the score, and what smtp-screen would do. "
	  "Nothing\nis written.\n",
	  check_run, false, 0 },
	{ "explain", "[NAME...]", "the settings in force",
	  "Show every setting (or those named), and where it comes from; a *\n"
	  "marks those that differ from the default. DNS lists are shown by\n"
	  "the names of dnsbl_reply_map.\n",
	  explain_run, false, 0 },
	{ "lists", "[--json]", "how the DNS lists are",
	  "Show every DNS list in dnsbl_sites: its weights, how the last "
	  "probe\n"
	  "found it, and whether it is muted, which means that it counts\n"
	  "nothing. Nothing is asked.\n",
	  lists_run, false, 0 },
	{ "probe", "[--due] [--json]", "ask the DNS lists' test points",
	  "Ask every DNS list about an address that it must list and about "
	  "one\n"
	  "that it must not, show the answers, keep what they prove, and mute\n"
	  "or unmute lists. --due: only those that it is time for, which may\n"
	  "be none. For a timer.\n",
	  probe_run, false, 0 },
	{ "metrics", "[--prometheus]", "the counters, for a monitoring system",
	  "Print what has been counted in the state file: clients by what\n"
	  "became of them, tests, answers of DNS lists, delays, warnings; in\n"
	  "OpenMetrics text, or with --prometheus in Prometheus's older "
	  "format.\n"
	  "--http: answer one HTTP request on standard input, for\n"
	  "smtp-screen-metrics.socket.\n",
	  metrics_run, false, 0 },
	{ "report", "[--since DURATION] [--html FILE] [--json]",
	  "how the door is doing",
	  "Sum up the decision log of the last DURATION (a number and one of "
	  "s, "
	  "m,\n"
	  "h, d, w; a number alone is days; 7d when it is left out): what "
	  "became of\n"
	  "the clients by day and hour, the networks refused most, each DNS "
	  "list and\n"
	  "test, how long clients that passed had to wait, and how many were "
	  "known.\n"
	  "--html: as a page with charts, in FILE (- is standard output).\n"
	  "--json: as an object. Another log: smtp-screenctl -o "
	  "decision_log=FILE report.\n",
	  report_run, false, 0 },
	{ "why", "[--all] [--since DURATION] [--json] ID|ADDR",
	  "why a client was refused, or passed",
	  "Tell the story of the connection with the decision ID, or of the "
	  "latest\n"
	  "connections of ADDR (an address, a network, or a pseudonym), from "
	  "the\n"
	  "decision log: what each test and list said and whether it counted, "
	  "what\n"
	  "today's settings would do, and the line that would let the client "
	  "in.\n"
	  "--all: all stories. --since DURATION: only of the last so many s, "
	  "m, h,\n"
	  "d or w. --json: an array of objects. Exit code 1 when it is not in "
	  "the log.\n",
	  why_run, false, 0 },
	{ "whatif", "[-o NAME=VALUE]... [--since DURATION] [--json]",
	  "what other settings would have done",
	  "Decide the connections in the decision log again, with the settings "
	  "as\n"
	  "they are now and -o on top, and show the verdicts that change, "
	  "good\n"
	  "clients that would have been refused, and what each DNS list was "
	  "good\n"
	  "for. What the log does not know is not guessed. --since: of the "
	  "last\n"
	  "so many s, m, h, d or w (30d). --json: one object. Nothing is "
	  "changed.\n"
	  "Exit code 1 when there was no connection.\n",
	  whatif_run, false, 0 },
	{ "expect",
	  "[--dbdir=FOLDER] [--json] [DOMAIN for DURATION|DOMAIN off]",
	  "mail that greylisting shall not delay",
	  "Delay nothing from senders in DOMAIN, or in a domain below it, for\n"
	  "DURATION: a number and one of s, m, h, d, w, such as 15m; a number\n"
	  "alone is minutes; 30d at most. off: end that. Without a domain: "
	  "show\n"
	  "what is expected (--json: an array of objects).\n"
	  "--dbdir=FOLDER: where smtp-screen-greylist keeps its files.\n"
	  "Exit code 1 when off found nothing.\n",
	  expect_run, false, 0 },
	{ "doctor", "[--json] [SMTPD [ARG...]]", "look for what is wrong here",
	  "Look at everything that mail depends on, from this host: settings,\n"
	  "systemd's limits, who may say whose proxy it is, name servers, DNS\n"
	  "lists, cache, state file, clock, and the mail server (SMTPD, "
	  "unless\n"
	  "handoff names it). Each finding that is not good comes with the\n"
	  "line to change; nothing is changed. Exit code 0 when all is well, "
	  "1\n"
	  "with warnings, 2 when something is broken.\n",
	  doctor_run, false, DOCTOR_BROKE },
};

const size_t commands_count = sizeof(commands) / sizeof(commands[0]);

const struct command *commands_find(const char *name)
{
	for (size_t i = 0; i < commands_count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}
