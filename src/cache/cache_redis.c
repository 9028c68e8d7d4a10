#include "cache/cache_redis.h"

#include "base/clock.h"
#include "cache/redis_trouble.h"

#include <assert.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* What an answer may have: more than twice what the longest text that an
 * operator asks for takes. */
#define HEARD_MOST (16 << 10)

/* hiredis 1.0 counts elements with another type. */
#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

/* ---- what hiredis found ------------------------------------------------- */

/*
 * hiredis would allocate an object for each piece, as many as the server
 * likes. Instead the pieces go into *R's own memory, and all its objects are
 * *R itself.
 */
static struct cache_redis_item *place(const redisReadTask *task)
{
	struct cache_redis *r = task->privdata;
	size_t index;

	if (!task->parent) {
		r->reply.count = 0;
		sbuf_clear(&r->text);
		return &r->reply.top;
	}
	index = (size_t)task->idx;
	if (task->parent->parent || index >= CACHE_REDIS_ITEMS)
		return NULL;
	return &r->reply.item[index];
}

static void put(const redisReadTask *task, enum cache_redis_kind kind,
		struct span text)
{
	struct cache_redis_item *item = place(task);
	struct cache_redis *r = task->privdata;
	size_t from = r->text.len;

	if (!item)
		return;
	sbuf_add(&r->text, text);
	/* half a number would be another number */
	if (task->parent && !sbuf_fitted(&r->text))
		kind = CACHE_REDIS_OTHER;
	item->kind = kind;
	item->text = (struct span){ r->text.text + from, r->text.len - from };
}

static void *put_text(const redisReadTask *task, char *text, size_t len)
{
	enum cache_redis_kind kind = CACHE_REDIS_TEXT_KIND;

	if (task->type == REDIS_REPLY_ERROR)
		kind = CACHE_REDIS_ERROR;
	else if (task->type == REDIS_REPLY_STATUS)
		kind = CACHE_REDIS_WORD;
	put(task, kind, (struct span){ text, len });
	return task->privdata;
}

static void *put_list(const redisReadTask *task, element_count count)
{
	struct cache_redis *r = task->privdata;

	put(task, task->parent ? CACHE_REDIS_OTHER : CACHE_REDIS_LIST,
	    SPAN(""));
	if (!task->parent)
		r->reply.count = (size_t)count;
	return r;
}

static void *put_number(const redisReadTask *task, long long number)
{
	struct cache_redis_item *item = place(task);

	if (item)
		*item = (struct cache_redis_item){
			.kind = CACHE_REDIS_NUMBER,
			.number = number,
		};
	return task->privdata;
}

static void *put_nil(const redisReadTask *task)
{
	put(task, CACHE_REDIS_NIL, SPAN(""));
	return task->privdata;
}

static void drop(void *object)
{
	(void)object; /* see place() */
}

static redisReplyObjectFunctions functions = {
	.createString = put_text,
	.createArray = put_list,
	.createInteger = put_number,
	.createNil = put_nil,
	.freeObject = drop,
};

/* ---- opening and closing ------------------------------------------------ */

void cache_redis_init(struct cache_redis *r)
{
	r->fd = -1;
	r->reader = NULL;
	r->greetings = 0;
	r->awaited = 0;
	r->trouble = "";
}

void cache_redis_close(struct cache_redis *r)
{
	if (r->reader)
		redisReaderFree(r->reader);
	if (r->fd >= 0) {
		close(r->fd);
		explicit_bzero(r->out_memory, sizeof(r->out_memory));
	}
	r->fd = -1;
	r->reader = NULL;
	r->greetings = 0;
	r->awaited = 0;
}

static int fail(struct cache_redis *r, int error, const char *trouble)
{
	cache_redis_close(r);
	r->trouble = trouble;
	return error;
}

static int fail_as_system(struct cache_redis *r, int error)
{
	return fail(r, error, redis_trouble_of(error));
}

static socklen_t address_of(const struct cache_server *server,
			    struct sockaddr_storage *ret)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (server->path.len == 0)
		return endpoint_to_sockaddr(&server->at, ret);
	assert(server->path.len < sizeof(un.sun_path));
	memcpy(un.sun_path, server->path.p, server->path.len);
	memcpy(ret, &un, sizeof(un));
	return sizeof(un);
}

static int begin(struct cache_redis *r, const struct cache_server *server)
{
	struct sockaddr_storage to;
	socklen_t len = address_of(server, &to);

	r->fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0);
	if (r->fd < 0)
		return -errno;
	if (connect(r->fd, (const struct sockaddr *)&to, len) == 0)
		r->connected = true;
	else if (errno != EINPROGRESS)
		return -errno;
	return 0;
}

/* Our first words, whose answers nobody else has to know. */
static void greet(struct cache_redis *r, const struct cache_server *server,
		  struct span password)
{
	char number[16];
	struct sbuf db = SBUF(number);

	if (password.len > 0) {
		struct span words[3] = { SPAN("AUTH"), server->user, password };
		struct span short_words[2] = { SPAN("AUTH"), password };

		if (server->user.len > 0)
			cache_redis_ask(r, words, 3);
		else
			cache_redis_ask(r, short_words, 2);
	}
	if (server->db > 0) {
		sbuf_addf(&db, "%u", server->db);
		cache_redis_ask(
			r, (struct span[]){ SPAN("SELECT"), sbuf_span(&db) },
			2);
	}
	r->greetings = r->awaited;
	r->awaited = 0;
}

/* Nothing said, nothing heard. */
static int begin_anew(struct cache_redis *r)
{
	cache_redis_close(r);
	r->connected = false;
	r->heard = 0;
	r->sent = 0;
	r->out = SBUF(r->out_memory);
	r->text = SBUF(r->text_memory);
	r->reader = redisReaderCreateWithFunctions(&functions);
	if (!r->reader)
		return fail_as_system(r, -ENOMEM);
	r->reader->privdata = r;
	return 0;
}

int cache_redis_open(struct cache_redis *r, const struct cache_server *server,
		     struct span password)
{
	int error = begin_anew(r);

	if (error < 0)
		return error;
	error = begin(r, server);
	if (error < 0)
		return fail_as_system(r, error);
	greet(r, server, password);
	return 0;
}

int cache_redis_adopt(struct cache_redis *r, int fd)
{
	int error = begin_anew(r);

	if (error < 0) {
		close(fd);
		return error;
	}
	r->fd = fd;
	r->connected = true;
	return 0;
}

/* ---- asking ------------------------------------------------------------- */

void cache_redis_ask(struct cache_redis *r, const struct span *words,
		     size_t count)
{
	if (r->fd < 0)
		return;
	sbuf_addf(&r->out, "*%zu\r\n", count);
	for (size_t i = 0; i < count; i++) {
		sbuf_addf(&r->out, "$%zu\r\n", words[i].len);
		sbuf_add(&r->out, words[i]);
		sbuf_add_text(&r->out, "\r\n");
	}
	r->awaited++;
}

bool cache_redis_awaits(const struct cache_redis *r)
{
	return r->fd >= 0 && r->greetings + r->awaited > 0;
}

struct pollfd cache_redis_pollfd(const struct cache_redis *r)
{
	bool to_send = r->fd >= 0 && (!r->connected || r->sent < r->out.len);

	return (struct pollfd){
		.fd = r->fd,
		.events = (short)(to_send ? POLLOUT | POLLIN : POLLIN),
	};
}

/* 0, -EAGAIN or another negative errno. */
static int finish_connect(struct cache_redis *r)
{
	struct pollfd fd = { .fd = r->fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	if (r->connected)
		return 0;
	if (poll(&fd, 1, 0) <= 0)
		return -EAGAIN;
	if (getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	r->connected = error == 0;
	return -error;
}

/* Whatever is sent is wiped: there may be a password in it. */
static int send_out(struct cache_redis *r)
{
	ssize_t n;

	if (!sbuf_fitted(&r->out))
		return -EMSGSIZE;
	while (r->sent < r->out.len) {
		n = send(r->fd, r->out.text + r->sent, r->out.len - r->sent,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		explicit_bzero(r->out.text + r->sent, (size_t)n);
		r->sent += (size_t)n;
	}
	sbuf_clear(&r->out);
	r->sent = 0;
	return 0;
}

/* ---- listening ----------------------------------------------------------- */

/* An answer to our first words: must be good. */
static int judge_greeting(struct cache_redis *r)
{
	r->greetings--;
	if (r->reply.top.kind == CACHE_REDIS_WORD)
		return 0;
	if (r->reply.top.kind != CACHE_REDIS_ERROR)
		return fail(r, -EPROTO, "it does not answer like Redis");
	/* whatever it says of AUTH or SELECT: only LOADING is no refusal */
	if (span_starts_with(r->reply.top.text, SPAN("LOADING")))
		return fail(r, -EAGAIN, redis_trouble_said(r->reply.top.text));
	return fail(r, -EACCES,
		    "it refused our login or the database; see the password "
		    "file, and the user and the number that name the server");
}

/* The next answer among what was read. 1, 0 or negative errno. */
static int take_reply(struct cache_redis *r)
{
	void *reply = NULL;
	int error;

	while (r->greetings + r->awaited > 0) {
		if (redisReaderGetReply(r->reader, &reply) != REDIS_OK)
			return fail(r, -EPROTO,
				    "it does not answer like Redis");
		if (!reply)
			return 0;
		if (r->greetings == 0) {
			r->awaited--;
			r->heard = r->reader->len - r->reader->pos;
			return 1;
		}
		error = judge_greeting(r);
		if (error < 0)
			return error;
	}
	return 0;
}

/* What has come, into the reader. 1, 0 when nothing has, or negative errno. */
static int hear(struct cache_redis *r)
{
	char bytes[4096];
	ssize_t n = recv(r->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	r->heard += (size_t)n;
	if (r->heard > HEARD_MOST)
		return -EMSGSIZE;
	if (redisReaderFeed(r->reader, bytes, (size_t)n) != REDIS_OK)
		return -ENOMEM;
	return 1;
}

static int fail_hearing(struct cache_redis *r, int error)
{
	if (error == -EMSGSIZE)
		return fail(r, error, "it says more than anybody asked for");
	if (error == -ECONNRESET || error == -EPIPE)
		return fail(r, error, "it closed the connection");
	return fail_as_system(r, error);
}

size_t cache_redis_room(const struct cache_redis *r)
{
	return r->out.size - r->out.len;
}

int cache_redis_send(struct cache_redis *r)
{
	int error;

	if (r->fd < 0)
		return -ENOTCONN;
	error = finish_connect(r);
	if (error == -EAGAIN)
		return 0;
	if (error < 0)
		return fail_as_system(r, error);
	error = send_out(r);
	return error < 0 && error != -EAGAIN ? fail_hearing(r, error) : 0;
}

int cache_redis_next(struct cache_redis *r)
{
	int error = cache_redis_send(r);

	if (error < 0 || !r->connected)
		return error;
	for (;;) {
		error = take_reply(r);
		if (error != 0)
			return error;
		error = hear(r);
		if (error < 0)
			return fail_hearing(r, error);
		if (error == 0)
			return 0;
	}
}

int cache_redis_wait(struct cache_redis *r, int64_t deadline)
{
	for (;;) {
		struct pollfd fd;
		int64_t now;
		int error = cache_redis_next(r);

		if (error != 0)
			return error;
		now = clock_mono();
		if (now >= deadline)
			return -ETIMEDOUT;
		fd = cache_redis_pollfd(r);
		if (poll(&fd, 1, clock_poll_ms(now, deadline)) < 0 &&
		    errno != EINTR)
			return fail_as_system(r, -errno);
	}
}
