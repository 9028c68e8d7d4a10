#include "migrate/postfix_steps.h"

#include "conf/conf.h"
#include "net/address.h"

#include <string.h>

#define UNITS	"/etc/systemd/system/"
#define SERVICE "smtp-screen-hardened@.service"

/* Room for an entry of master.cf, quoted. */
#define ENTRY 16384

/* "postconf -c DIR", or the short form for the usual place. */
static void add_tool(struct sbuf *to, const struct postfix_host *h,
		     const char *tool)
{
	sbuf_add_text(to, tool);
	if (strcmp(h->dir, POSTFIX_DIR) == 0)
		return;
	sbuf_add_text(to, " -c ");
	draft_quote(to, span_of(h->dir));
}

static void add_service(struct sbuf *to, const struct master_service *s)
{
	char memory[512];
	struct sbuf name = SBUF(memory);

	sbuf_add(&name, s->column[MASTER_NAME]);
	sbuf_add_char(&name, '/');
	sbuf_add(&name, s->column[MASTER_TYPE]);
	draft_quote(to, sbuf_span(&name));
}

/* Put an entry of master.cf in. */
static void put(const struct postfix_host *h, const char *name,
		const char *type, struct span text, struct draft *d)
{
	char memory[ENTRY], raw_memory[ENTRY], quoted_memory[ENTRY];
	struct sbuf command = SBUF(memory), raw = SBUF(raw_memory);
	struct sbuf quoted = SBUF(quoted_memory);

	sbuf_addf(&raw, "%s/%s=%.*s", name, type, (int)text.len, text.p);
	draft_quote(&quoted, sbuf_span(&raw));
	add_tool(&command, h, "postconf");
	sbuf_addf(&command, " -Me %s", quoted.text);
	if (sbuf_fitted(&raw) && sbuf_fitted(&quoted) && sbuf_fitted(&command))
		draft_command(d, "%s", command.text);
	else
		draft_note(d, DRAFT_TODO,
			   "too long to be shown: the entry %s %s of master.cf",
			   name, type);
}

static void run(const struct postfix_host *h, const char *tool,
		const char *what, struct draft *d)
{
	char memory[2048];
	struct sbuf command = SBUF(memory);

	add_tool(&command, h, tool);
	draft_command(d, "%s%s", memory, what);
}

static void comment_out(const struct postfix_host *h,
			const struct master_service *s, struct draft *d)
{
	char memory[600];
	struct sbuf what = SBUF(memory);

	sbuf_add_text(&what, " -M# ");
	add_service(&what, s);
	run(h, "postconf", memory, d);
}

/* ---- the way there ------------------------------------------------------ */

static void drop_in(struct draft *d, const char *unit, const char *lines)
{
	char memory[8192];
	struct sbuf quoted = SBUF(memory);

	draft_quote(&quoted, span_of(lines));
	draft_command(d, "mkdir -p " UNITS "%s.d", unit);
	draft_command(d, "printf %s >" UNITS "%s.d/postfix.conf", memory, unit);
}

static void write_service(struct postfix_host *h, const char *conf_file,
			  bool tls, struct draft *d)
{
	struct span owner = postfix_host_value(h, "mail_owner", "postfix");
	char memory[1024], owner_memory[1024];
	struct sbuf lines = SBUF(memory), quoted = SBUF(owner_memory);

	draft_step(d,
		   "smtp-screen runs as Postfix's user, who can open the "
		   "door to its smtpd. (" SERVICE " says what that means, and "
		   "has the other way.)");
	if (strcmp(conf_file, CONF_DEFAULT_FILE) != 0)
		draft_note(d, DRAFT_TODO,
			   "let ExecStart= there, and the commands below, have "
			   "-c %s behind the program's name, or move the file "
			   "to " CONF_DEFAULT_FILE ".",
			   conf_file);
	sbuf_addf(&lines, "[Service]\\nUser=%.*s\\n%s", (int)owner.len, owner.p,
		  tls ? "SupplementaryGroups=smtp-screen\\n" : "");
	drop_in(d, SERVICE, memory);
	draft_command(d, "systemctl daemon-reload");
	draft_command(d, "systemctl enable " SERVICE);
	draft_quote(&quoted, owner);
	draft_command(d, "install -d -m 700 /var/lib/smtp-screen");
	draft_command(d, "chown -R %s: /var/lib/smtp-screen", owner_memory);
}

static void link_tls(struct draft *d, struct span file, const char *name)
{
	char memory[1024];
	struct sbuf quoted = SBUF(memory);

	draft_quote(&quoted, file);
	draft_command(d, "ln -sf %s /etc/smtp-screen/tls/%s", memory, name);
}

static struct span first_of(struct postfix_host *h, const char *name,
			    const char *other)
{
	struct span value = postfix_host_value(h, name, "");

	return value.len > 0 ? value : postfix_host_value(h, other, "");
}

static void write_tls(struct postfix_host *h, struct draft *d)
{
	struct span cert =
		first_of(h, "postscreen_tls_cert_file", "smtpd_tls_cert_file");
	struct span key =
		first_of(h, "postscreen_tls_key_file", "smtpd_tls_key_file");

	draft_step(d, "Clients that are refused speak TLS with a service of "
		      "its own, which alone reads the key.");
	draft_command(d, "mkdir -p /etc/smtp-screen/tls");
	if (cert.len > 0) {
		link_tls(d, cert, "cert.pem");
		link_tls(d, key.len > 0 ? key : cert, "key.pem");
	} else {
		draft_note(d, DRAFT_TODO,
			   "put the certificate into /etc/smtp-screen/tls/"
			   "cert.pem and its key into key.pem there: "
			   "smtpd_tls_cert_file is not set.");
	}
	draft_command(d, "systemctl enable --now smtp-screen-tls.socket");
}

/* What stands before the port in the service's name: an address, or "". */
static struct span own_address(const struct postfix_host *h)
{
	struct span name = h->service->column[MASTER_NAME];
	size_t port = postfix_host_port(h->service).len;

	name.len -= port < name.len ? port + 1 : port;
	return name;
}

static bool add_listen(struct sbuf *to, struct span text, struct span port)
{
	struct address address;

	if (text.len > 1 && text.p[0] == '[' && text.p[text.len - 1] == ']')
		text = (struct span){ text.p + 1, text.len - 2 };
	if (!address_parse(text, &address))
		return false;
	sbuf_addf(to,
		  address.family == ADDRESS_IPV6 ? "ListenStream=[%.*s]:%.*s\\n"
						 : "ListenStream=%.*s:%.*s\\n",
		  (int)text.len, text.p, (int)port.len, port.p);
	return true;
}

/* Which addresses systemd is to listen on, as Postfix has it. */
static bool add_interfaces(struct sbuf *to, struct span interfaces,
			   struct span protocols, struct span port)
{
	struct span item;
	bool known = true, any = span_equal(interfaces, SPAN("all"));

	if (any && span_equal(protocols, SPAN("ipv4")))
		return add_listen(to, SPAN("0.0.0.0"), port);
	if (any) {
		sbuf_addf(to, "ListenStream=%.*s\\n", (int)port.len, port.p);
		return true;
	}
	if (span_equal(interfaces, SPAN("loopback-only")))
		interfaces = span_equal(protocols, SPAN("ipv4"))
				     ? SPAN("127.0.0.1")
				     : SPAN("127.0.0.1 ::1");
	while (span_next_item(&interfaces, SPAN_LIST_SEPARATORS, &item))
		known = add_listen(to, item, port) && known;
	return known;
}

static void write_socket(struct postfix_host *h, struct draft *d)
{
	struct span port = postfix_host_port(h->service);
	struct span interfaces = own_address(h);
	struct span protocols = postfix_host_value(h, "inet_protocols", "all");
	char memory[4096];
	struct sbuf lines = SBUF(memory);

	if (postfix_host_is_port_25(h->service))
		port = SPAN("25");
	if (interfaces.len == 0)
		interfaces = postfix_host_value(h, "inet_interfaces", "all");
	sbuf_add_text(&lines, "[Socket]\\nListenStream=\\n");
	if (!add_interfaces(&lines, interfaces, protocols, port) ||
	    !sbuf_fitted(&lines)) {
		draft_note(d, DRAFT_TODO,
			   "smtp-screen.socket listens on port 25 of all "
			   "addresses, Postfix on \"%.*s\": see systemctl edit "
			   "smtp-screen.socket.",
			   (int)interfaces.len, interfaces.p);
		return;
	}
	if (strcmp(memory, "[Socket]\\nListenStream=\\n"
			   "ListenStream=25\\n") == 0)
		return;
	drop_in(d, "smtp-screen.socket", memory);
	draft_command(d, "systemctl daemon-reload");
}

/* An smtpd that listens becomes one that is given clients. */
static void write_smtpd(struct postfix_host *h, struct draft *d)
{
	const struct master_service *s = h->service;
	char memory[ENTRY];
	struct sbuf entry = SBUF(memory);

	if (h->pass) {
		draft_note(d, DRAFT_TODO,
			   "master.cf has a service \"%s pass\" already, in "
			   "line %u. Are its options what \"%.*s inet\" in "
			   "line %u has?",
			   h->pass_name, h->pass->line,
			   (int)s->column[MASTER_NAME].len,
			   s->column[MASTER_NAME].p, s->line);
		return;
	}
	sbuf_addf(&entry, "%s pass - -", h->pass_name);
	for (int i = MASTER_CHROOT; i < MASTER_COLUMNS; i++) {
		sbuf_add_char(&entry, ' ');
		sbuf_add(&entry, s->column[i]);
	}
	if (s->arguments.len > 0) {
		sbuf_add_char(&entry, ' ');
		sbuf_add(&entry, s->arguments);
	}
	put(h, h->pass_name, "pass", sbuf_span(&entry), d);
}

/* A postscreen whose smtpd master.cf does not have: such an entry as Postfix
 * comes with. */
static void write_usual_smtpd(struct postfix_host *h, struct draft *d)
{
	struct span chroot = h->service->column[MASTER_CHROOT];
	char memory[ENTRY];
	struct sbuf entry = SBUF(memory);

	sbuf_addf(&entry, "%s pass - - %.*s - - smtpd", h->pass_name,
		  (int)chroot.len, chroot.p);
	put(h, h->pass_name, "pass", sbuf_span(&entry), d);
}

static void write_switch(struct postfix_host *h, struct draft *d)
{
	draft_step(d,
		   "The switch. Sessions that have begun go on, and whoever "
		   "calls in the second between tries again. master.cf keeps "
		   "the smtpd behind the door, with its options; the lines "
		   "dnsblog and tlsproxy may stay, nobody asks them.");
	if (!h->has_postscreen)
		write_smtpd(h, d);
	else if (!h->pass)
		write_usual_smtpd(h, d);
	comment_out(h, h->service, d);
	write_socket(h, d);
	run(h, "postfix", " reload", d);
	draft_command(d, "systemctl enable --now smtp-screen.socket "
			 "smtp-screen-expire.timer smtp-screen-probe.timer");
}

/* Only what postmap can list. */
static void write_cache(struct postfix_host *h, struct draft *d)
{
	struct span map = postfix_host_value(h, "postscreen_cache_map", "");
	char memory[1024], tool_memory[512], usual_memory[512];
	struct sbuf quoted = SBUF(memory), tool = SBUF(tool_memory);
	struct sbuf usual = SBUF(usual_memory);
	struct span type, name;

	if (!h->has_postscreen)
		return;
	if (!conf_file_ours(&h->file,
			    parameter_find(SPAN("postscreen_cache_map"))))
		map = postfix_host_value(h, "data_directory",
					 "/var/lib/postfix");
	else if (map.len == 0)
		return;
	draft_step(d, "What postscreen knows of clients, once it has ended "
		      "(some seconds; postmap waits for it).");
	while (span_starts_with(map, SPAN("proxy:")))
		map = span_skip(map, sizeof("proxy:") - 1);
	if (!span_cut(map, ':', &type, &name)) {
		sbuf_addf(&usual, "btree:%.*s/postscreen_cache", (int)map.len,
			  map.p);
		draft_quote(&quoted, sbuf_span(&usual));
	} else if (span_equal(type, SPAN("btree")) ||
		   span_equal(type, SPAN("hash")) ||
		   span_equal(type, SPAN("lmdb"))) {
		draft_quote(&quoted, map);
	} else {
		draft_note(d, DRAFT_PLAIN,
			   "postmap cannot list %.*s: clients are tested anew.",
			   (int)map.len, map.p);
		return;
	}
	add_tool(&tool, h, "postmap");
	draft_command(d, "%s -s %s | smtp-screenctl import postscreen",
		      tool_memory, memory);
}

/* ---- the way back ------------------------------------------------------- */

static void write_back(struct postfix_host *h, bool tls, struct draft *d)
{
	char memory[512];
	struct sbuf name = SBUF(memory);

	sbuf_add(&name, h->service->column[MASTER_NAME]);
	draft_gap(d);
	draft_note(d, DRAFT_PLAIN, "---- The way back, as root ----");
	draft_command(d,
		      "systemctl disable --now smtp-screen.socket "
		      "smtp-screen-expire.timer smtp-screen-probe.timer%s",
		      tls ? " smtp-screen-tls.socket" : "");
	put(h, memory, "inet", h->service->text, d);
	if (!h->pass) { /* ours */
		struct master_service made = *h->service;

		made.column[MASTER_NAME] = span_of(h->pass_name);
		made.column[MASTER_TYPE] = SPAN("pass");
		comment_out(h, &made, d);
	}
	run(h, "postfix", " reload", d);
}

void postfix_steps_write(struct postfix_host *h, const char *conf_file,
			 bool tls, struct draft *d)
{
	draft_gap(d);
	draft_note(d, DRAFT_PLAIN, "---- What to do, as root ----");
	write_service(h, conf_file, tls, d);
	if (tls)
		write_tls(h, d);
	draft_step(d, "Look for mistakes.");
	draft_command(d, "smtp-screen --check-config");
	write_switch(h, d);
	write_cache(h, d);
	write_back(h, tls, d);
}
