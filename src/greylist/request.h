/*
 * request.h - requests of Postfix's access policy protocol, as they arrive.
 *
 * Lines "name=value" and an empty line at the end (SMTPD_POLICY_README). Only
 * the attributes that greylisting looks at are kept, so that no other can be
 * too long; those are cut at nothing. Lines end in LF or CR LF. Of a repeated
 * name the last value counts. Any bytes may come.
 */
#ifndef SCREEN_REQUEST_H
#define SCREEN_REQUEST_H

#include "base/span.h"

/* What is kept of a request and what has come of the next, in bytes. */
#define REQUEST_MEMORY 16384

enum request_field {
	REQUEST_TYPE, /* "request" */
	REQUEST_CLIENT_ADDRESS,
	REQUEST_CLIENT_NAME,
	REQUEST_SENDER,
	REQUEST_RECIPIENT,
	REQUEST_INSTANCE,
	REQUEST_QUEUE_ID,
	REQUEST_ETRN_DOMAIN,
	REQUEST_TEST_TIME, /* "policy_test_time" */
	REQUEST_FIELDS,
};

struct request {
	char memory[REQUEST_MEMORY];
	size_t kept;	/* values, from the start */
	size_t at, len; /* what has not been looked at */
	size_t scanned; /* of that, without a line feed */
	bool begun;	/* something of this request has come */
	struct {
		bool present;
		size_t from, len;
	} field[REQUEST_FIELDS];
};

/* Nothing has arrived. */
void request_init(struct request *r);

/* Where the next bytes go: *RET_SIZE of them, at least one. */
char *request_room(struct request *r, size_t *ret_size);
void request_arrived(struct request *r, size_t size);

enum request_state {
	REQUEST_PARTIAL, /* more must arrive */
	REQUEST_GARBAGE, /* *RET_LINE is no attribute and was skipped */
	REQUEST_WHOLE,
	REQUEST_ENDLESS, /* it does not fit; nothing more can be made of it */
};

/* Look at what has arrived. Call it again behind REQUEST_GARBAGE. */
enum request_state request_next(struct request *r, struct span *ret_line);

/* Has a request begun that is not whole? */
bool request_begun(const struct request *r);

/* A value; empty when it is missing. Valid until request_forget. */
bool request_has(const struct request *r, enum request_field field);
struct span request_get(const struct request *r, enum request_field field);

/* "client_address" for REQUEST_CLIENT_ADDRESS. */
const char *request_name(enum request_field field);

/* Behind REQUEST_WHOLE: go on to the next. */
void request_forget(struct request *r);

#endif
