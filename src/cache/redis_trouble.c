#include "cache/redis_trouble.h"

#include <errno.h>

const char *redis_trouble_of(int error)
{
	switch (error) {
	case -ECONNREFUSED:
	case -ENOENT:
		return "nobody listens there";
	case -EACCES:
	case -EPERM:
		return "we may not connect to its socket: it must be open to "
		       "the user or a group of smtp-screen";
	case -EAGAIN:
		return "too many others wait to be let in";
	case -EHOSTUNREACH:
	case -ENETUNREACH:
	case -EADDRNOTAVAIL:
	case -EAFNOSUPPORT:
		return "there is no way to it from here";
	case -ETIMEDOUT:
		return "it did not answer in time";
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		return "no memory or descriptors for another connection";
	default:
		return "the connection failed";
	}
}

const char *redis_trouble_said(struct span text)
{
	static const struct {
		const char *code, *meaning;
	} known[] = {
		{ "NOAUTH", "it wants a password, which belongs into a file "
			    "of its own" },
		{ "WRONGPASS", "it refused the user or the password" },
		{ "NOPERM", "our user may not use these commands or keys; "
			    "the manual has what it needs" },
		{ "LOADING", "it is still loading its data" },
		{ "OOM", "its memory is full, and its maxmemory-policy throws "
			 "nothing away" },
		{ "READONLY", "it is a replica, which takes no writes; name "
			      "its master instead" },
		{ "MISCONF", "it cannot save to its disk, so it takes no "
			     "writes; see its log" },
		{ "MASTERDOWN", "it is a replica without its master" },
		{ "NOREPLICAS", "it has too few replicas to take writes" },
		{ "MOVED", "it is part of a cluster, which is not followed; "
			   "name a single server" },
		{ "CLUSTERDOWN", "it is part of a cluster, which is down" },
		{ "WRONGTYPE", "the key has something else than our list; "
			       "another program uses this database" },
		{ "BUSY", "it is busy with a script" },
	};
	struct span code = text, rest;

	span_cut(text, ' ', &code, &rest);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_equal(code, span_of(known[i].code)))
			return known[i].meaning;
	return "it does not know these commands; it must be Redis 7.0 or "
	       "later, or Valkey";
}
