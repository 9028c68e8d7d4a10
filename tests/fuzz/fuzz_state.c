/*
 * The state file: whatever stands in it, nothing is read or written beyond
 * it, and what is read keeps its promises.
 *
 * Input: one byte which part of the file the rest is laid over, again and
 * again; eight bytes the time.
 */
#include "state/recent.h"
#include "state/record.h"
#include "state/sightings.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lay_over(void *part, size_t length, const uint8_t *data,
		     size_t size)
{
	unsigned char *to = part;

	for (size_t i = 0; size > 0 && i < length; i++)
		to[i] = data[i % size];
}

static void use_record(struct image *m, int at, int64_t now)
{
	struct record r;

	assert(at < IMAGE_LISTS);
	record_read(m, at, now, &r);
	assert(r.probed <= now + 60 && r.muted <= now + 60 &&
	       r.alarm <= now + 60 && r.resumed <= now + 60 &&
	       r.paused <= now + RECORD_PAUSE_MOST);
	assert(r.finding < 256 && r.reason < 256 && r.latency_ms < 65536);
	record_write(m, at, &r, now);
	record_alarm(m, at, r.alarm_listed, r.alarm_tested, now + 60, now);
}

static void use_recent(struct image *m, uint64_t key, int64_t now)
{
	const struct recent_found found = { true, true, { 3, true } };
	struct recent r;

	recent_find(m, key, now, &r);
	assert(r.score >= -RECENT_SCORE && r.score <= 2047 - RECENT_SCORE);
	recent_note(m, key, &found, now);
	assert(now < 60 || (recent_find(m, key, now, &r) && r.score == 3));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct image m;
	struct sightings seen;
	uint32_t second;
	int64_t now;
	int at;

	if (size < 5)
		return 0;
	memcpy(&second, data + 1, sizeof(second));
	now = second % UINT32_C(4000000000); /* recent.h lasts until 2096 */
	memset(&m, 0, sizeof(m));
	switch (data[0] % 6) {
	case 0:
		lay_over(&m, sizeof(m), data + 5, size - 5);
		break;
	case 1:
		lay_over(m.mark, sizeof(m.mark), data + 5, size - 5);
		break;
	case 2:
		lay_over(m.list, sizeof(m.list), data + 5, size - 5);
		break;
	case 3:
		lay_over(&m.tested, sizeof(m.tested), data + 5, size - 5);
		break;
	case 4:
		lay_over(m.recent, sizeof(m.recent), data + 5, size - 5);
		break;
	default:
		lay_over(&m.listed, sizeof(m.listed), data + 5, size - 5);
		break;
	}
	image_header_valid(&m.header);

	uint64_t key = image_key(&m, SPAN("list"), SPAN("list.example"));

	if (image_once(&m, key, 3600, now))
		assert(now == 0 || !image_once(&m, key, 3600, now));
	if (image_over(&m, key, 60, now + 60))
		assert(!image_over(&m, key, 60, now + 60));
	/* whatever was there, one of two at once may try what is shunned */
	image_shun(&m, key, now);
	assert(now == 0 || image_shunned(&m, key, 60, now));
	assert(!image_shunned(&m, key, 60, now + 60));
	assert(now == 0 || image_shunned(&m, key, 60, now + 60));
	image_forgive(&m, key);
	assert(!image_shunned(&m, key, 60, now));
	at = record_find(&m, key, true, now);
	if (at >= 0)
		use_record(&m, at, now);
	for (int i = 0; i < IMAGE_LISTS; i += 51)
		use_record(&m, i, now);
	at = at < 0 ? 0 : at;
	sightings_tested(&m, sightings_client(key, now), now);
	sightings_listed(&m, at, sightings_client(key, now), now);
	sightings_count(&m, at, now, &seen);
	use_recent(&m, key, now);
	assert(seen.tested <= IMAGE_SIGHTINGS &&
	       seen.listed <= IMAGE_SIGHTINGS && seen.networks <= seen.listed);
	return 0;
}
