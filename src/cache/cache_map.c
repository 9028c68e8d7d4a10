#include "cache/cache_map.h"

#include "base/number.h"

#include <string.h>
#include <sys/un.h>

#define DEFAULT_FILE "/var/lib/smtp-screen/cache.gdbm"

/* More databases than any server has. */
#define DB_MOST 65535

#define WANTED_MAP "none or gdbm:/absolute/path, and perhaps a redis: behind it"
#define WANTED_SERVER                            \
	"redis://[USER@]ADDRESS[:PORT][/DB] or " \
	"redis+unix://[USER@]/path/of/socket[?db=DB]"
#define WANTED_BEHIND WANTED_SERVER " behind gdbm:/path"
#define WANTED_ADDRESS                                                      \
	"a numeric address or localhost in redis://, with a port if it is " \
	"not 6379; names are not looked up"
#define WANTED_NO_PASSWORD                                                  \
	"no password in redis:// or redis+unix://; it belongs into a file " \
	"of its own (cache_password_file, --redis-password-file)"

/* Where Postfix can keep a cache; each means that the administrator wants
 * one, and none is ours. */
static bool is_foreign(struct span type)
{
	static const char *const types[] = { "btree",  "cdb",	   "dbm",
					     "fail",   "hash",	   "ldap",
					     "lmdb",   "memcache", "mysql",
					     "pgsql",  "proxy",	   "sdbm",
					     "sqlite", "internal" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_equal(type, span_of(types[i])))
			return true;
	return false;
}

/* ---- the server ---------------------------------------------------------- */

static bool parse_db(struct span text, unsigned *ret)
{
	uint64_t number;

	if (!number_parse(text, DB_MOST, &number))
		return false;
	*ret = (unsigned)number;
	return true;
}

static bool is_user(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	return text.len > 0 && text.len <= CACHE_USER;
}

/* What stands before a "@" before any "/". */
static const char *take_user(struct span *rest, struct cache_server *server)
{
	struct span user, behind;
	ptrdiff_t slash = span_find(*rest, '/');

	if (!span_cut(*rest, '@', &user, &behind) ||
	    (slash >= 0 && (size_t)slash < user.len))
		return NULL;
	if (span_find(user, ':') >= 0)
		return WANTED_NO_PASSWORD;
	if (!is_user(user))
		return WANTED_SERVER;
	server->user = user;
	*rest = behind;
	return NULL;
}

static const char *parse_tcp(struct span text, struct cache_server *server)
{
	static const struct span local = { "localhost", 9 };
	struct span host = text, db;
	char memory[ADDRESS_TEXT + 16];
	struct sbuf at = SBUF(memory);
	bool has_port;

	if (span_cut(text, '/', &host, &db) && db.len > 0 &&
	    !parse_db(db, &server->db))
		return WANTED_SERVER;
	if (span_starts_with(host, local) &&
	    (host.len == local.len || host.p[local.len] == ':')) {
		sbuf_add_text(&at, "127.0.0.1");
		host = span_skip(host, local.len);
	}
	sbuf_add(&at, host);
	if (!sbuf_fitted(&at) ||
	    !endpoint_parse(sbuf_span(&at), &server->at, &has_port) ||
	    (has_port && server->at.port == 0))
		return WANTED_ADDRESS;
	if (!has_port)
		server->at.port = CACHE_REDIS_PORT;
	return NULL;
}

static const char *parse_unix(struct span text, struct cache_server *server)
{
	struct span path = text, query;

	if (span_cut(text, '?', &path, &query) &&
	    (!span_starts_with(query, SPAN("db=")) ||
	     !parse_db(span_skip(query, 3), &server->db)))
		return WANTED_SERVER;
	if (path.len < 2 || path.p[0] != '/' ||
	    path.len >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return WANTED_SERVER;
	server->path = path;
	return NULL;
}

/* Writes to RET on failure, too. */
const char *cache_server_parse(struct span text, struct cache_server *ret)
{
	const char *(*parse)(struct span, struct cache_server *);
	const char *wanted;

	*ret = (struct cache_server){ .db = 0 };
	if (span_starts_with(text, SPAN("redis://"))) {
		text = span_skip(text, strlen("redis://"));
		parse = parse_tcp;
	} else if (span_starts_with(text, SPAN("redis+unix://"))) {
		text = span_skip(text, strlen("redis+unix://"));
		parse = parse_unix;
	} else {
		return WANTED_SERVER;
	}
	wanted = take_user(&text, ret);
	return wanted ? wanted : parse(text, ret);
}

void cache_server_format(const struct cache_server *server, struct sbuf *to)
{
	if (server->path.len > 0) {
		sbuf_addf(to, "redis+unix://%.*s?db=%u", (int)server->path.len,
			  server->path.p, server->db);
		return;
	}
	sbuf_add_text(to, "redis://");
	if (server->at.address.family == ADDRESS_IPV6)
		sbuf_add_char(to, '[');
	address_format(&server->at.address, to);
	if (server->at.address.family == ADDRESS_IPV6)
		sbuf_add_char(to, ']');
	sbuf_addf(to, ":%u/%u", server->at.port, server->db);
}

/* ---- the map ------------------------------------------------------------- */

static bool parse_file(struct span text, struct cache_map *map)
{
	struct span type, file;

	if (text.len == 0 || span_equal(text, SPAN("none")))
		return true;
	if (!span_cut(text, ':', &type, &file))
		return false;
	if (is_foreign(type)) {
		map->file = SPAN(DEFAULT_FILE);
		map->foreign = true;
		return true;
	}
	if (!span_equal(type, SPAN("gdbm")) || file.len < 2 ||
	    file.len > CACHE_PATH || file.p[0] != '/')
		return false;
	map->file = file;
	return true;
}

/* Where the server's part begins: behind the white space before the last word
 * that begins with "redis". A file's name may have spaces in it. */
static bool cut_server(struct span text, struct span *ret_file,
		       struct span *ret_server)
{
	for (size_t i = text.len; i-- > 1;) {
		struct span word = span_skip(text, i);

		if ((text.p[i - 1] == ',' || span_is_space(text.p[i - 1])) &&
		    (span_starts_with(word, SPAN("redis:")) ||
		     span_starts_with(word, SPAN("redis+")))) {
			*ret_file = (struct span){ text.p, i - 1 };
			*ret_server = word;
			return true;
		}
	}
	return false;
}

const char *cache_map_parse(const char *map, struct cache_map *ret)
{
	struct cache_map m = { .file = SPAN("") };
	struct span text = span_trim(span_of(map)), file = text, server;

	m.shared = cut_server(text, &file, &server);
	if (m.shared)
		file = span_trim_end(file);
	if (m.shared && file.len > 0 && file.p[file.len - 1] == ',')
		file = span_trim_end((struct span){ file.p, file.len - 1 });
	if (span_starts_with(file, SPAN("redis:")) ||
	    span_starts_with(file, SPAN("redis+")))
		return WANTED_BEHIND;
	if (!parse_file(file, &m))
		return WANTED_MAP;
	if (m.shared) {
		const char *wanted = cache_server_parse(server, &m.server);

		if (wanted)
			return wanted;
		/* it is asked only for whom the file does not know */
		if (m.file.len == 0)
			return WANTED_BEHIND;
	}
	*ret = m;
	return NULL;
}

bool cache_map_read(const char *map, struct report *report,
		    const struct origin *where, struct cache_map *ret)
{
	const char *wanted = cache_map_parse(map, ret);

	if (!wanted) {
		if (ret->foreign)
			report_add(report, REPORT_WARNING, where,
				   "\"%s\" is a table type of Postfix; "
				   "gdbm:%.*s is used instead",
				   map, (int)ret->file.len, ret->file.p);
		return true;
	}
	if (strstr(map, "redis"))
		report_add(report, REPORT_ERROR, where,
			   "bad value: expected %s", wanted);
	else
		report_add(report, REPORT_ERROR, where,
			   "bad value \"%s\": expected %s", map, wanted);
	return false;
}
