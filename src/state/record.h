/*
 * record.h - what is known of one DNS list: of its test points, and whether
 * it is muted.
 *
 * Facts only; what follows from them is dns/health.h's. Times are wall time
 * in seconds; 0 never. Most is written by `smtp-screenctl probe` alone; only
 * the alarm and the pause by connections, and each of these is one word.
 */
#ifndef SCREEN_RECORD_H
#define SCREEN_RECORD_H

#include "state/image.h"

/* RFC 5782 has two test points: one must be listed, one must not. */
enum record_point {
	RECORD_MUST,
	RECORD_MUST_NOT,
	RECORD_POINTS,
};

/* A pause of a list is never longer than this. */
#define RECORD_PAUSE_MOST 3600

struct record {
	int64_t probed;		      /* the last probe */
	unsigned latency_ms;	      /* of its slower answer */
	unsigned finding;	      /* what it found: a number of health.h */
	int64_t right[RECORD_POINTS]; /* when a point last was as it must be */
	int64_t wrong[RECORD_POINTS]; /* since when it is not */
	int64_t muted;		      /* since when, on proof */
	unsigned reason;	      /* for that: a number of health.h */
	int64_t resumed; /* the end of the last pause that was told of */
	int64_t alarm;	 /* when many known clients were newly listed */
	unsigned alarm_listed, alarm_tested;
	int64_t paused; /* muted until then, by an alarm */
};

/*
 * The place of the list whose key is KEY, or -1. With MAKE one is made if need
 * be: of a list that nobody has asked for in 30 days when there is no free
 * one, and -1 only when there is none either.
 */
int record_find(struct image *m, uint64_t key, bool make, int64_t now);

/*
 * Read the record at place AT, as of NOW. Whatever the words hold, no time is
 * in the future, a pause ends within RECORD_PAUSE_MOST, and numbers are at most
 * 255 or, of clients and milliseconds, 65535.
 */
void record_read(const struct image *m, int at, int64_t now,
		 struct record *ret);

/* Write all but alarm and pause. */
void record_write(struct image *m, int at, const struct record *r, int64_t now);

/* How often it has answered so, by kinds that the caller numbers. */
#define RECORD_COUNTS 5
void record_count(struct image *m, int at, unsigned kind);
uint64_t record_counted(const struct image *m, int at, unsigned kind);

/* Note an alarm; and with UNTIL, not 0, a pause. */
void record_alarm(struct image *m, int at, unsigned listed, unsigned tested,
		  int64_t until, int64_t now);

#endif
