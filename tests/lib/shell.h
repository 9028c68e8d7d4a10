/*
 * shell.h - a command for a unit test, run by sh(1), which must succeed.
 */
#ifndef TESTS_SHELL_H
#define TESTS_SHELL_H

#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

static inline void shell_run(const char *command)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "%s: status %d", command, status);
}

#endif
