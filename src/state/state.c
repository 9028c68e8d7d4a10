#include "state/state.h"

#include "base/guard.h"
#include "base/private_file.h"
#include "base/sbuf.h"
#include "state/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Hashes of different kinds of names must not meet. */
#define TOPIC_LIST    SPAN("list")
#define TOPIC_CLIENT  SPAN("client")
#define TOPIC_NETWORK SPAN("network")
#define TOPIC_SERVER  SPAN("name server")
#define TOPIC_RECENT  SPAN("recent")

void state_init(struct state *s, const char *file)
{
	*s = (struct state){ .file = file };
}

void state_close(struct state *s)
{
	state_file_unmap(&s->image);
	s->tried = s->may_make = false;
}

/* One attempt is enough, and one more for who may make it. */
static bool is_open(struct state *s, bool make)
{
	int r;

	if (s->image || (s->tried && (s->may_make || !make)))
		return s->image != NULL;
	s->tried = true;
	s->may_make = make;
	r = state_file_map(s->file, make, &s->image);
	if (r < 0 && r != -ENOENT && s->error == 0)
		s->error = r;
	return r == 0;
}

int state_open(struct state *s)
{
	if (is_open(s, true))
		return 0;
	return s->error < 0 ? state_trouble(s) : -ENOENT;
}

int state_trouble(struct state *s)
{
	int error = s->error;

	s->error = 0;
	return error;
}

/* ---- what is done with it -------------------------------------------------
 */

/* All that any of these needs, so that one pointer carries it. */
struct task {
	struct image *image;
	struct span topic, name;
	const char *client;
	const struct witness *witness;
	struct record *record;
	struct recent *recent;
	const struct recent_found *found;
	const struct record *note;
	struct sightings *seen;
	const struct sightings *alarm;
	unsigned kind;
	uint64_t *counted;
	int64_t period, until, now;
	bool yes;
};

/* Do WORK if there is a file, or can be with MAKE. False when that is not so
 * and when the file was cut meanwhile. */
static bool do_with(struct state *s, bool make, void (*work)(void *task),
		    struct task *t)
{
	if (!is_open(s, make))
		return false;
	t->image = s->image;
	if (guard_run(s->image, IMAGE_SIZE, work, t))
		return true;
	state_file_unmap(&s->image);
	s->may_make = true; /* no second attempt */
	if (s->error == 0)
		s->error = -EUCLEAN;
	return false;
}

static int place_of_list(const struct task *t, bool make)
{
	return record_find(t->image, image_key(t->image, TOPIC_LIST, t->name),
			   make, t->now);
}

static uint32_t client_of(const struct task *t)
{
	const struct witness *w = t->witness;

	return sightings_client(
		image_key(t->image, TOPIC_NETWORK, span_of(w->network)),
		image_key(t->image, TOPIC_CLIENT, span_of(w->client)));
}

static void once(void *task)
{
	struct task *t = task;

	t->yes = image_once(t->image, image_key(t->image, t->topic, t->name),
			    t->period, t->now);
}

bool state_once(struct state *s, struct span topic, struct span name,
		int64_t period, int64_t now)
{
	struct task t = {
		.topic = topic, .name = name, .period = period, .now = now
	};

	return !do_with(s, true, once, &t) || t.yes;
}

static void over(void *task)
{
	struct task *t = task;

	t->yes = image_over(t->image, image_key(t->image, t->topic, t->name),
			    t->period, t->now);
}

bool state_over(struct state *s, struct span topic, struct span name,
		int64_t least, int64_t now)
{
	struct task t = {
		.topic = topic, .name = name, .period = least, .now = now
	};

	return do_with(s, false, over, &t) && t.yes;
}

static uint64_t key_of_server(const struct task *t)
{
	return image_key(t->image, TOPIC_SERVER, t->name);
}

static void shun(void *task)
{
	struct task *t = task;

	image_shun(t->image, key_of_server(t), t->now);
}

void state_silent(struct state *s, const char *server, int64_t now)
{
	struct task t = { .name = span_of(server), .now = now };

	do_with(s, true, shun, &t);
}

static void forgive(void *task)
{
	struct task *t = task;

	image_forgive(t->image, key_of_server(t));
}

void state_heard(struct state *s, const char *server)
{
	struct task t = { .name = span_of(server) };

	do_with(s, false, forgive, &t);
}

static void shunned(void *task)
{
	struct task *t = task;

	t->yes = image_shunned(t->image, key_of_server(t), t->period, t->now);
}

bool state_avoids(struct state *s, const char *server, int64_t period,
		  int64_t now)
{
	struct task t = { .name = span_of(server),
			  .period = period,
			  .now = now };

	return do_with(s, false, shunned, &t) && t.yes;
}

static void read_list(void *task)
{
	struct task *t = task;
	int at = place_of_list(t, false);

	t->yes = at >= 0;
	if (t->yes)
		record_read(t->image, at, t->now, t->record);
}

bool state_list(struct state *s, const char *domain, int64_t now,
		struct record *ret)
{
	struct record found = { 0 };
	struct task t = { .name = span_of(domain),
			  .record = &found,
			  .now = now };
	bool known = do_with(s, false, read_list, &t) && t.yes;

	*ret = known ? found : (struct record){ 0 };
	return known;
}

static void note_list(void *task)
{
	struct task *t = task;
	int at = place_of_list(t, true);

	t->yes = at >= 0;
	if (t->yes)
		record_write(t->image, at, t->note, t->now);
}

bool state_list_note(struct state *s, const char *domain,
		     const struct record *r, int64_t now)
{
	struct task t = { .name = span_of(domain), .note = r, .now = now };

	return do_with(s, true, note_list, &t) && t.yes;
}

/* Writing to a mapped file is not noticed by who watches it. That nobody can be
 * woken up is no trouble: the timer's probe will see the alarm. */
static void ring(const struct state *s)
{
	char memory[PATH_MAX];
	struct sbuf path = SBUF(memory);
	int fd;

	sbuf_addf(&path, "%s.alarm", s->file);
	if (sbuf_fitted(&path) &&
	    private_file_open(memory, O_WRONLY | O_CREAT, &fd) == 0)
		close(fd);
}

static void alarm_list(void *task)
{
	struct task *t = task;
	int at = place_of_list(t, true);

	t->yes = at >= 0;
	if (t->yes)
		record_alarm(t->image, at, t->alarm->listed, t->alarm->tested,
			     t->until, t->now);
}

bool state_list_alarm(struct state *s, const char *domain,
		      const struct sightings *seen, int64_t until, int64_t now)
{
	struct task t = { .name = span_of(domain),
			  .alarm = seen,
			  .until = until,
			  .now = now };

	if (!do_with(s, true, alarm_list, &t) || !t.yes)
		return false;
	ring(s);
	return true;
}

static void count_list(void *task)
{
	struct task *t = task;
	int at = place_of_list(t, true);

	t->yes = at >= 0;
	if (t->yes)
		record_count(t->image, at, t->kind);
}

bool state_list_count(struct state *s, const char *domain, unsigned kind,
		      int64_t now)
{
	struct task t = { .name = span_of(domain), .kind = kind, .now = now };

	return do_with(s, true, count_list, &t) && t.yes;
}

static void counted_list(void *task)
{
	struct task *t = task;
	int at = place_of_list(t, false);

	for (unsigned i = 0; at >= 0 && i < RECORD_COUNTS; i++)
		t->counted[i] = record_counted(t->image, at, i);
}

void state_list_counted(struct state *s, const char *domain,
			uint64_t ret[RECORD_COUNTS])
{
	uint64_t counted[RECORD_COUNTS] = { 0 };
	struct task t = { .name = span_of(domain), .counted = counted };

	memset(ret, 0, RECORD_COUNTS * sizeof(*ret));
	if (do_with(s, false, counted_list, &t))
		memcpy(ret, counted, sizeof(counted));
}

static void tested(void *task)
{
	struct task *t = task;

	sightings_tested(t->image, client_of(t), t->now);
}

bool state_tested(struct state *s, const struct witness *w, int64_t now)
{
	struct task t = { .witness = w, .now = now };

	return do_with(s, true, tested, &t);
}

static void listed(void *task)
{
	struct task *t = task;
	int at = place_of_list(t, true);

	t->yes = at >= 0;
	if (!t->yes)
		return;
	sightings_listed(t->image, at, client_of(t), t->now);
	sightings_count(t->image, at, t->now, t->seen);
}

bool state_listed(struct state *s, const char *domain, const struct witness *w,
		  int64_t now, struct sightings *ret)
{
	struct sightings seen = { 0 };
	struct task t = {
		.name = span_of(domain), .witness = w, .seen = &seen, .now = now
	};
	bool known = do_with(s, true, listed, &t) && t.yes;

	*ret = known ? seen : (struct sightings){ 0 };
	return known;
}

static uint64_t key_of_recent(const struct task *t)
{
	return image_key(t->image, TOPIC_RECENT, span_of(t->client));
}

static void found(void *task)
{
	struct task *t = task;

	recent_note(t->image, key_of_recent(t), t->found, t->now);
}

void state_found(struct state *s, const char *client,
		 const struct recent_found *f, int64_t now)
{
	struct task t = { .client = client, .found = f, .now = now };

	do_with(s, f->found.score != 0 || f->found.pregreet, found, &t);
}

static void find_recent(void *task)
{
	struct task *t = task;

	t->yes = recent_find(t->image, key_of_recent(t), t->now, t->recent);
}

int state_client(struct state *s, const char *client, int64_t now,
		 struct recent *ret)
{
	struct recent r = { 0 };
	struct task t = { .client = client, .recent = &r, .now = now };
	bool known = do_with(s, false, find_recent, &t);

	*ret = known ? r : (struct recent){ 0 };
	if (known)
		return t.yes;
	return s->error < 0 ? s->error : -ENOENT;
}
