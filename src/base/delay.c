#include "base/delay.h"

#include <assert.h>
#include <inttypes.h>

#define SECOND INT64_C(1000000)

void delay_format(int64_t microseconds, int digits, struct sbuf *to)
{
	int64_t value = microseconds < 0 ? 0 : microseconds;
	int64_t step = SECOND;
	int places = 0;

	assert(digits >= 0 && digits <= 6);
	/* the first two digits that count decide how fine we write */
	while (places < digits && value < step * 10) {
		step /= 10;
		places++;
	}
	value = (value + step / 2) / step;
	while (places > 0 && value % 10 == 0) {
		value /= 10;
		places--;
	}
	step = 1;
	for (int i = 0; i < places; i++)
		step *= 10;
	sbuf_addf(to, "%" PRId64, value / step);
	if (places > 0)
		sbuf_addf(to, ".%0*" PRId64, places, value % step);
}
