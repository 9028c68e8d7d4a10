#include "screen/cure.h"

#include <errno.h>

const char *cure_of(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
		return "; make its folder, for the user that smtp-screen runs "
		       "as";
	case -EACCES:
		return "; its folder must belong to the user that smtp-screen "
		       "runs as";
	case -EPERM:
	case -ELOOP:
	case -EISDIR:
	case -ENXIO:
		return "; what smtp-screen keeps must be plain files of the "
		       "user that it runs as, writable by nobody else: remove "
		       "what is there";
	case -ETIMEDOUT:
		return "; see with fuser which";
	case -ENOSPC:
	case -EDQUOT:
		return "; make room on that disk";
	case -EROFS:
		return "; mount it for writing, or keep it elsewhere";
	case -EMFILE:
	case -ENFILE:
		return "; see the limit on open files";
	case -ENOMEM:
		return "; see the limit on memory";
	case -EFBIG:
		return "; see the limit on the size of files";
	default:
		return "";
	}
}
