#include "base/clock.h"
#include "base/number.h"
#include "console/lines.h"
#include "console/progress.h"
#include "ctl/commands.h"
#include "migrate/bdb_dump.h"
#include "migrate/bdb_tools.h"
#include "migrate/postgrey.h"
#include "triplet/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* All names together may need so much memory. */
#define NAMES_MOST ((size_t)2 << 30)

/* One entry; its name is a piece of NAMES. */
struct item {
	size_t name, name_len;
	struct ledger_entry entry; /* but for the name */
};

struct found {
	struct item *item;
	size_t count, room;
	char *names;
	size_t names_len, names_room;
	size_t triplets, clients;
	size_t hashed, strange; /* which were passed over */
};

struct wishes {
	const char *dbdir, *privacy_key;
	bool privacy;
};

/* ---- reading ----------------------------------------------------- */

static bool keep(struct found *f, const struct ledger_entry *entry)
{
	size_t need = f->names_len + entry->name.len;

	if (need > f->names_room) {
		size_t room = 2 * need + 4096;
		char *more = room < NAMES_MOST ? realloc(f->names, room) : NULL;

		if (!more)
			return false;
		f->names = more;
		f->names_room = room;
	}
	if (f->count == f->room) {
		size_t room = 2 * f->room + 1024;
		struct item *more = reallocarray(f->item, room, sizeof(*more));

		if (!more)
			return false;
		f->item = more;
		f->room = room;
	}
	f->item[f->count++] =
		(struct item){ f->names_len, entry->name.len, *entry };
	memcpy(f->names + f->names_len, entry->name.p, entry->name.len);
	f->names_len = need;
	return true;
}

static void forget(struct found *f)
{
	free(f->item);
	free(f->names);
}

/* False when there is no memory. */
static bool take_record(const struct bdb_dump *d, int64_t now, struct found *f)
{
	static char memory[TRIPLET_TEXT + 1];
	struct sbuf name = SBUF(memory);
	struct ledger_entry entry;

	switch (postgrey_entry((struct span){ d->key, d->key_len },
			       (struct span){ d->value, d->value_len }, now,
			       &name, &entry)) {
	case POSTGREY_TRIPLET:
		f->triplets++;
		return keep(f, &entry);
	case POSTGREY_CLIENT:
		f->clients++;
		return keep(f, &entry);
	case POSTGREY_HASHED:
		f->hashed++;
		break;
	case POSTGREY_STRANGE:
		f->strange++;
		break;
	}
	return true;
}

/* Mistakes are counted in L. */
static void read_dump(struct lines *l, struct found *f)
{
	static char memory[BDB_LINE + 1];
	static struct bdb_dump dump;
	struct sbuf line = SBUF(memory);
	int64_t now = clock_wall();
	enum lines_got got;

	bdb_dump_start(&dump);
	while ((got = lines_next(l, &line)) == LINES_ONE) {
		char reasons[300];
		struct sbuf why = SBUF(reasons);

		switch (bdb_dump_take(&dump, sbuf_span(&line), &why)) {
		case BDB_NOTHING:
			break;
		case BDB_WRONG: /* what follows has no meaning */
			lines_blame(l, reasons);
			return;
		case BDB_RECORD:
			if (take_record(&dump, now, f))
				break;
			lines_blame(l, "no memory for so many entries");
			return;
		}
	}
	if (got == LINES_END && !bdb_dump_is_whole(&dump))
		lines_blame(l, "the dump ends before DATA=END");
}

/* The files of a Postgrey. */
static int read_folder(const char *folder, struct found *f)
{
	static const char *const names[] = { "postgrey.db",
					     "postgrey_clients.db" };
	struct lines l = { .name = "db_dump" };
	struct bdb_tools tools;
	int code = bdb_tools_start(folder, names, 2, &tools);

	if (code != EX_OK)
		return code;
	l.file = fdopen(tools.fd, "r");
	if (l.file)
		read_dump(&l, f);
	/* an end of ours is an end of what it still writes */
	if (l.file)
		fclose(l.file);
	else
		close(tools.fd);
	code = bdb_tools_end(&tools);
	return code == EX_OK && (!l.file || l.mistakes > 0) ? EX_DATAERR : code;
}

static int read_file(const char *file, struct found *f)
{
	struct lines l;
	int code = lines_open(&l, file);

	if (code != EX_OK)
		return code;
	read_dump(&l, f);
	lines_close(&l);
	return l.mistakes > 0 ? EX_DATAERR : EX_OK;
}

static int read_all(const char *from, struct found *f)
{
	struct stat st;
	int code;

	if (stat(from, &st) == 0 && S_ISDIR(st.st_mode))
		code = read_folder(from, f);
	else
		code = read_file(from, f);
	if (code != EX_OK)
		say("nothing was imported");
	return code;
}

/* ---- writing ----------------------------------------------------- */

static int prepare(struct console *c, const struct wishes *w,
		   struct triplet_rules *rules)
{
	char memory[CACHE_PATH];
	struct sbuf key = SBUF(memory);
	struct sbuf store = SBUF(c->cache_file);
	int r;

	store_path(w->dbdir, &store);
	cache_init(&c->cache, c->cache_file);
	r = console_use_cache(c);
	*rules = (struct triplet_rules){ .privacy = w->privacy };
	if (r != EX_OK || !w->privacy)
		return r;
	store_key_path(w->dbdir, w->privacy_key, &key);
	r = pseudonym_key_load(memory, rules->secret);
	if (r == 0)
		return EX_OK;
	say("%s: %s", memory, strerror(-r));
	return EX_UNAVAILABLE;
}

static int store_batch(struct console *c, const struct triplet_rules *rules,
		       const struct found *f, size_t from, size_t count)
{
	char hidden[LEDGER_BATCH][TRIPLET_HIDDEN + 1];
	struct ledger_entry batch[LEDGER_BATCH];

	for (size_t i = 0; i < count; i++) {
		const struct item *item = &f->item[from + i];
		struct sbuf name = SBUF(hidden[i]);

		batch[i] = item->entry;
		batch[i].name =
			(struct span){ f->names + item->name, item->name_len };
		if (!rules->privacy)
			continue;
		triplet_hide(rules, batch[i].is_client, batch[i].name, &name);
		batch[i].name = sbuf_span(&name);
	}
	return ledger_join(&c->cache, batch, count, console_deadline(c));
}

static void tell(const struct found *f, size_t done, size_t changed)
{
	if (done == f->count)
		printf("imported %zu %s and %zu %s: ", f->triplets,
		       number_words(f->triplets, "triplet", "triplets"),
		       f->clients,
		       number_words(f->clients, "client", "clients"));
	else
		printf("imported %zu of %zu %s: ", done, f->count,
		       number_words(f->count, "entry", "entries"));
	printf("%zu new or better, %zu known as well or better\n", changed,
	       done - changed);
	if (f->hashed > 0)
		say("%zu %s cannot be known", f->hashed,
		    number_words(f->hashed,
				 "entry was written with --privacy and left "
				 "out: its names",
				 "entries were written with --privacy and left "
				 "out: their names"));
	if (f->strange > 0)
		say("%zu %s left out", f->strange,
		    number_words(f->strange,
				 "entry is not Postgrey's, or from the future, "
				 "and was",
				 "entries are not Postgrey's, or from the "
				 "future, and were"));
}

static int store_all(struct console *c, const struct triplet_rules *rules,
		     const struct found *f)
{
	size_t changed = 0, done = 0;

	while (done < f->count && !console_interrupted()) {
		size_t left = f->count - done;
		size_t size = left < LEDGER_BATCH ? left : LEDGER_BATCH;
		int64_t began = clock_mono();
		int r = store_batch(c, rules, f, done, size);

		if (r < 0) {
			progress_end();
			tell(f, done, changed);
			return console_cache_failed(c, r);
		}
		changed += (size_t)r;
		done += size;
		progress_show("importing", done, f->count);
		if (done < f->count)
			console_let_others_in(began);
	}
	progress_end();
	tell(f, done, changed);
	if (f->count == 0 && f->hashed + f->strange > 0)
		return EX_DATAERR;
	return done == f->count ? EX_OK : EX_UNAVAILABLE;
}

/* ---- the command ------------------------------------------------- */

/* The index of the first argument, or -1 after saying what is wrong. */
static int parse(int argc, char **argv, struct wishes *w)
{
	const struct option_row rows[] = {
		{ .name = "dbdir", .value = &w->dbdir },
		{ .name = "privacy", .flag = &w->privacy },
		{ .name = "privacy-key", .value = &w->privacy_key },
	};
	int first =
		options_parse(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));

	if (first < 0)
		return -1;
	if (w->dbdir[0] != '/' ||
	    (w->privacy_key && w->privacy_key[0] != '/')) {
		say("--dbdir and --privacy-key take absolute paths");
		return -1;
	}
	if (argc - first == 1)
		return first;
	say("import postgrey takes Postgrey's folder, or what db_dump "
	    "wrote of its files");
	return -1;
}

int import_postgrey(struct console *c, int argc, char **argv)
{
	struct wishes w = { .dbdir = STORE_FOLDER };
	struct found f = { .count = 0 };
	struct triplet_rules rules;
	static char name[] = "import postgrey";
	int first, code;

	argv[0] = name; /* for what is said about options */
	first = parse(argc, argv, &w);

	if (first < 0)
		return EX_USAGE;
	code = read_all(argv[first], &f);
	if (code == EX_OK)
		code = prepare(c, &w, &rules);
	console_hold_signals();
	if (code == EX_OK)
		code = store_all(c, &rules, &f);
	forget(&f);
	return code;
}
