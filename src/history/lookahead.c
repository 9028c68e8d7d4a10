#include "history/lookahead.h"

#include "history/unpacked.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* A batch is full when it has so many lines, or so many bytes of them. */
#define LINES 64
#define BYTES (64 << 10)

/* One is filled, one is read, the others are parsed or wait for that. */
#define BATCHES 6

/* More processors than that wait for the one that reads. */
#define THREADS 3

enum stage {
	STAGE_FILLING, /* or empty */
	STAGE_FULL,
	STAGE_TAKEN, /* somebody parses it */
	STAGE_DONE,
};

struct batch {
	enum stage stage;
	size_t lines, bytes, parsed;
	struct span line[LINES];
	bool whole[LINES];
	enum recorded_line kind[LINES];
	struct recorded record[LINES];
	struct recorded_reader *reader;
	char text[BYTES + UNPACKED_LINE];
};

struct lookahead {
	/* of who reads alone: batches that are full or further, what was given
	 * out of the first of them, all lines that were not, and whether
	 * threads were started */
	size_t pending, at, waiting;
	bool started;
	pthread_t thread[THREADS];
	size_t threads;

	/* changed below the lock only, as is each batch's stage; the rest of a
	 * batch is of him who brought it to that stage */
	pthread_mutex_t lock;
	pthread_cond_t full, done;
	size_t reading; /* the first of the pending ones */
	bool over;

	struct batch batch[BATCHES];
};

/* ---- parsing ---------------------------------------------------------------
 */

/* As many lines as there is memory for: all, unless somebody made them up. */
static void parse(struct batch *b)
{
	size_t i = b->parsed;

	b->kind[i] = recorded_read(b->reader, b->line[i], &b->record[i]);
	for (i++; i < b->lines && recorded_has_room(b->reader); i++)
		b->kind[i] = recorded_read_more(b->reader, b->line[i],
						&b->record[i]);
	b->parsed = i;
}

/* The first batch that nobody parses yet, from the one on that is read; NULL
 * when there is none. Below the lock. */
static struct batch *find_full(struct lookahead *l)
{
	for (size_t i = 0; i < BATCHES; i++) {
		struct batch *b = &l->batch[(l->reading + i) % BATCHES];

		if (b->stage == STAGE_FULL)
			return b;
	}
	return NULL;
}

/* Parse B, with the lock released meanwhile. */
static void work_on(struct lookahead *l, struct batch *b)
{
	b->stage = STAGE_TAKEN;
	pthread_mutex_unlock(&l->lock);
	parse(b);
	pthread_mutex_lock(&l->lock);
	b->stage = STAGE_DONE;
	pthread_cond_signal(&l->done);
}

static void *work(void *argument)
{
	struct lookahead *l = argument;
	struct batch *b;

	pthread_mutex_lock(&l->lock);
	while (!l->over) {
		b = find_full(l);
		if (b)
			work_on(l, b);
		else
			pthread_cond_wait(&l->full, &l->lock);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

/* One processor is the reader's. */
static void start_threads(struct lookahead *l)
{
	cpu_set_t set;
	int processors = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		processors = CPU_COUNT(&set);
	/* without a thread it only takes longer */
	while (l->threads < THREADS && (int)l->threads + 1 < processors &&
	       pthread_create(&l->thread[l->threads], NULL, work, l) == 0)
		l->threads++;
}

/* ---- adding ----------------------------------------------------------------
 */

static struct batch *filling(struct lookahead *l)
{
	return &l->batch[(l->reading + l->pending) % BATCHES];
}

bool lookahead_has_room(const struct lookahead *l)
{
	return l->pending < BATCHES;
}

/* The batch that is being filled goes to who parses it. */
static void seal(struct lookahead *l)
{
	pthread_mutex_lock(&l->lock);
	filling(l)->stage = STAGE_FULL;
	pthread_cond_signal(&l->full);
	pthread_mutex_unlock(&l->lock);
	l->pending++;
}

void lookahead_add(struct lookahead *l, struct span line, bool whole)
{
	struct batch *b = filling(l);

	assert(line.len <= UNPACKED_LINE);
	memcpy(b->text + b->bytes, line.p, line.len);
	b->line[b->lines] = (struct span){ b->text + b->bytes, line.len };
	b->whole[b->lines] = whole;
	b->lines++;
	b->bytes += line.len;
	l->waiting++;
	if (b->lines < LINES && b->bytes < BYTES)
		return;
	seal(l);
	if (!l->started && l->pending > 1) {
		start_threads(l);
		l->started = true;
	}
}

/* ---- taking ----------------------------------------------------------------
 */

/* Wait until B is parsed, and parse meanwhile. */
static void await(struct lookahead *l, const struct batch *b)
{
	pthread_mutex_lock(&l->lock);
	while (b->stage != STAGE_DONE) {
		struct batch *other = find_full(l);

		if (other)
			work_on(l, other);
		else
			pthread_cond_wait(&l->done, &l->lock);
	}
	pthread_mutex_unlock(&l->lock);
}

/* All of the first batch was given out. */
static void release(struct lookahead *l, struct batch *b)
{
	b->lines = b->bytes = b->parsed = 0;
	pthread_mutex_lock(&l->lock);
	b->stage = STAGE_FILLING;
	l->reading = (l->reading + 1) % BATCHES;
	pthread_mutex_unlock(&l->lock);
	l->pending--;
	l->at = 0;
}

bool lookahead_is_empty(const struct lookahead *l)
{
	return l->waiting == 0;
}

bool lookahead_next(struct lookahead *l, struct lookahead_line *ret)
{
	struct batch *b = &l->batch[l->reading];

	if (l->waiting == 0)
		return false;
	if (l->pending > 0 && l->at == b->lines) {
		release(l, b);
		b = &l->batch[l->reading];
	}
	if (l->pending == 0)
		seal(l);
	if (l->at == 0)
		await(l, b);
	if (l->at == b->parsed)
		parse(b);
	*ret = (struct lookahead_line){
		.kind = b->kind[l->at],
		.line = &b->record[l->at],
		.text = b->line[l->at],
		.whole = b->whole[l->at],
	};
	l->at++;
	l->waiting--;
	return true;
}

/* ---- its life --------------------------------------------------------------
 */

struct lookahead *lookahead_new(void)
{
	struct lookahead *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->full, NULL);
	pthread_cond_init(&l->done, NULL);
	for (size_t i = 0; i < BATCHES; i++) {
		l->batch[i].reader = recorded_reader_new();
		if (!l->batch[i].reader) {
			lookahead_free(l);
			return NULL;
		}
	}
	return l;
}

void lookahead_free(struct lookahead *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->over = true;
	pthread_cond_broadcast(&l->full);
	pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < l->threads; i++)
		pthread_join(l->thread[i], NULL);
	for (size_t i = 0; i < BATCHES; i++)
		recorded_reader_free(l->batch[i].reader);
	pthread_cond_destroy(&l->full);
	pthread_cond_destroy(&l->done);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
