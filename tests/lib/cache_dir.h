/*
 * cache_dir.h - a cache in a directory of the test's own.
 */
#ifndef SCREEN_TEST_CACHE_DIR_H
#define SCREEN_TEST_CACHE_DIR_H

#include "cache/cache.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64], file[80], lock[120];
static struct cache cache;

static void make_dir(void)
{
	/* in memory, if there is such a place: each run waits for the disk */
	strcpy(dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/test_cache.XXXXXX"
						  : "/tmp/test_cache.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/a.gdbm", dir);
	snprintf(lock, sizeof(lock), "%s/a.lock", dir);
	cache_init(&cache, file);
}

static void remove_dir(void)
{
	cache_close(&cache);
	unlink(file);
	unlink(lock);
	rmdir(dir);
}

#endif
