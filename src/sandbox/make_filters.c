/*
 * make_filters - write the seccomp filters as C, while the programs are built.
 *
 * Run by the Makefile; part of no program. What a process may still do once
 * it is locked in stands in the tables below.
 *
 * Whatever the tables of a session do not have fails with ENOSYS, as on a
 * kernel that is older than libc: libc then falls back on what that kernel has,
 * and a new libc costs nobody mail. What is denied fails with EPERM. What
 * nobody but an intruder would try ends the process, which is one client's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum {
	SESSION = 1,
	TLS = 2,
	BOTH = SESSION | TLS,
};

/* Conditions on an argument; the library's macros leave a member out. */
#define EQUALS(number, value)                                   \
	{                                                       \
		(number), SCMP_CMP_EQ, (scmp_datum_t)(value), 0 \
	}
#define LACKS(number, bit)                             \
	{                                              \
		(number), SCMP_CMP_MASKED_EQ, (bit), 0 \
	}
#define HAS(number, bit)                                   \
	{                                                  \
		(number), SCMP_CMP_MASKED_EQ, (bit), (bit) \
	}

/* One way to call, allowed whatever its arguments. */
struct allowed {
	const char *name;
	unsigned whom;
};

/* The same, for one value of one or two arguments, under a mask. */
struct allowed_with {
	const char *name;
	unsigned whom, count;
	struct scmp_arg_cmp arguments[2];
};

static const struct allowed allowed[] = {
	/* what is open already */
	{ "read", BOTH },
	{ "readv", BOTH },
	{ "write", BOTH },
	{ "writev", BOTH },
	{ "pwritev2", BOTH },
	{ "pread64", SESSION },
	{ "pwrite64", SESSION },
	{ "lseek", SESSION },
	{ "_llseek", SESSION },
	{ "recv", BOTH },
	{ "recvfrom", BOTH },
	{ "recvmsg", BOTH },
	{ "send", BOTH },
	{ "sendmsg", BOTH },
	{ "shutdown", BOTH },
	{ "getsockopt", BOTH },
	{ "getpeername", TLS },
	{ "poll", BOTH },
	{ "ppoll", BOTH },
	{ "ppoll_time64", BOTH },
	{ "splice", SESSION },
	{ "tee", SESSION },
	{ "fstat", BOTH },
	{ "fstat64", BOTH },
	{ "close", BOTH },
	{ "close_range", BOTH },
	{ "dup", SESSION },
	{ "dup2", SESSION },
	{ "dup3", SESSION },
	/* the cache: locks, repair in place */
	{ "flock", SESSION },
	{ "ftruncate", SESSION },
	{ "ftruncate64", SESSION },
	{ "fsync", SESSION },
	{ "fdatasync", SESSION },
	/* descriptors that lead nowhere */
	{ "pipe2", SESSION },
	{ "eventfd2", SESSION },
	{ "memfd_create", SESSION },
	/* memory */
	{ "brk", BOTH },
	{ "munmap", BOTH },
	{ "mremap", BOTH },
	{ "madvise", BOTH },
	{ "futex", BOTH },
	{ "futex_time64", BOTH },
	/* time */
	{ "clock_gettime", BOTH },
	{ "clock_gettime64", BOTH },
	{ "gettimeofday", BOTH },
	{ "time", BOTH },
	{ "alarm", TLS },
	{ "setitimer", TLS },
	{ "timer_create", SESSION },
	{ "timer_settime", SESSION },
	{ "timer_settime64", SESSION },
	{ "timer_delete", SESSION },
	/* signals that come, and the end */
	{ "rt_sigaction", BOTH },
	{ "rt_sigprocmask", BOTH },
	{ "rt_sigreturn", BOTH },
	{ "sigreturn", BOTH },
	{ "restart_syscall", BOTH },
	{ "wait4", SESSION },
	{ "waitid", SESSION },
	{ "exit", BOTH },
	{ "exit_group", BOTH },
	/* who we are */
	{ "getpid", BOTH },
	{ "gettid", BOTH },
	{ "getuid", BOTH },
	{ "geteuid", BOTH },
	{ "getrandom", BOTH },
};

static const struct allowed_with allowed_with[] = {
	/* a connected socket has no need to be told whom to send to */
	{ "sendto", BOTH, 1, { EQUALS(4, 0) } },
	{ "ioctl", BOTH, 1, { EQUALS(1, FIONREAD) } },
	{ "setsockopt",
	  SESSION,
	  2,
	  { EQUALS(1, IPPROTO_TCP), EQUALS(2, TCP_NODELAY) } },
	{ "setsockopt",
	  SESSION,
	  2,
	  { EQUALS(1, SOL_SOCKET), EQUALS(2, SO_RCVLOWAT) } },
	/* fstat(3) of today's libc: only of a descriptor, though the kernel
	 * takes a name with this flag as well */
	{ "newfstatat", BOTH, 1, { EQUALS(3, AT_EMPTY_PATH) } },
	/* memory that nobody can run */
	{ "mmap", BOTH, 1, { LACKS(2, PROT_EXEC) } },
	{ "mmap2", BOTH, 1, { LACKS(2, PROT_EXEC) } },
	{ "mprotect", BOTH, 1, { LACKS(2, PROT_EXEC) } },
};

/* What may be asked of fcntl(2): no owner, who would be sent signals. */
static const struct {
	int command;
	unsigned whom;
} fcntls[] = {
	{ F_GETFD, BOTH },	   { F_SETFD, BOTH },
	{ F_GETFL, BOTH },	   { F_SETFL, SESSION },
	{ F_DUPFD_CLOEXEC, BOTH }, { F_OFD_SETLK, SESSION },
	{ F_OFD_SETLKW, SESSION }, { F_SETPIPE_SZ, SESSION },
};

/* What a mistake of ours or of a library would lead to: it is told in words
 * that somebody who reads the log understands. */
static const char *const denied[] = {
	"open", "openat", "openat2",  "socket", "socketpair", "connect",
	"bind", "unlink", "unlinkat", "kill",	"tgkill",     "prctl",
};

static const char *const fatal[] = {
	"execve",
	"execveat",
	"fork",
	"vfork",
	"clone",
	"clone3",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"pidfd_getfd",
};

/*
 * A service that lives long, opens files again and has a child for upkeep:
 * for it all is allowed but these. It becomes no other program, looks into no
 * other process, and leaves alone what only the system's own tools are for.
 */
static const char *const service_fatal[] = {
	"execve",	    "execveat",		 "ptrace",
	"process_vm_readv", "process_vm_writev", "pidfd_getfd",
};

static const char *const service_denied[] = {
	"kill",
	"tkill",
	"tgkill",
	"pidfd_send_signal",
	"unshare",
	"setns",
	"mount",
	"umount2",
	"pivot_root",
	"chroot",
	"open_tree",
	"move_mount",
	"fsopen",
	"fsmount",
	"fsconfig",
	"fspick",
	"mount_setattr",
	"bpf",
	"perf_event_open",
	"userfaultfd",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"keyctl",
	"add_key",
	"request_key",
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"swapon",
	"swapoff",
	"personality",
	"modify_ldt",
	"mknod",
	"mknodat",
};

/* Memory that can be run. */
static const char *const fatal_exec[] = { "mmap", "mmap2", "mprotect" };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void die(const char *what, int error)
{
	fprintf(stderr, "make_filters: %s: %s\n", what, strerror(-error));
	exit(1);
}

static void add(scmp_filter_ctx filter, uint32_t action, const char *name,
		unsigned count, const struct scmp_arg_cmp *arguments)
{
	int number = seccomp_syscall_resolve_name(name), r;

	/* one that this libseccomp does not know is ENOSYS, which is denial;
	 * to allow such a one would be a misspelt name */
	if (number == __NR_SCMP_ERROR && action != SCMP_ACT_ALLOW)
		return;
	if (number == __NR_SCMP_ERROR)
		die(name, -ENOSYS);
	r = seccomp_rule_add_array(filter, action, number, count, arguments);
	if (r < 0)
		die(name, r);
}

static void add_names(scmp_filter_ctx filter, uint32_t action,
		      const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(filter, action, names[i], 0, NULL);
}

static void add_fcntls(scmp_filter_ctx filter, unsigned whom)
{
	for (size_t i = 0; i < COUNT(fcntls); i++) {
		struct scmp_arg_cmp command = EQUALS(1, fcntls[i].command);

		if (!(fcntls[i].whom & whom))
			continue;
		add(filter, SCMP_ACT_ALLOW, "fcntl", 1, &command);
		add(filter, SCMP_ACT_ALLOW, "fcntl64", 1, &command);
	}
}

static void add_rules(scmp_filter_ctx filter, unsigned whom)
{
	struct scmp_arg_cmp exec = HAS(2, PROT_EXEC);

	for (size_t i = 0; i < COUNT(allowed); i++)
		if (allowed[i].whom & whom)
			add(filter, SCMP_ACT_ALLOW, allowed[i].name, 0, NULL);
	for (size_t i = 0; i < COUNT(allowed_with); i++)
		if (allowed_with[i].whom & whom)
			add(filter, SCMP_ACT_ALLOW, allowed_with[i].name,
			    allowed_with[i].count, allowed_with[i].arguments);
	add_fcntls(filter, whom);
	add_names(filter, SCMP_ACT_ERRNO(EPERM), denied, COUNT(denied));
	add_names(filter, SCMP_ACT_KILL_PROCESS, fatal, COUNT(fatal));
	for (size_t i = 0; i < COUNT(fatal_exec); i++)
		add(filter, SCMP_ACT_KILL_PROCESS, fatal_exec[i], 1, &exec);
}

/* Print the BPF program that FILTER makes, as an array called filter_NAME. */
static void print(scmp_filter_ctx filter, const char *name)
{
	struct sock_filter code[BPF_MAXINSNS];
	FILE *file = tmpfile();
	size_t count;
	int r = file ? seccomp_export_bpf(filter, fileno(file)) : -errno;

	if (r < 0)
		die("export", r);
	rewind(file);
	count = fread(code, sizeof(code[0]), COUNT(code), file);
	if (count == 0 || !feof(file))
		die("read back", -EIO);
	fclose(file);
	printf("const struct sock_filter filter_%s[] = {\n", name);
	for (size_t i = 0; i < count; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", code[i].code,
		       code[i].jt, code[i].jf, code[i].k);
	printf("};\nconst unsigned short filter_%s_length = %zu;\n", name,
	       count);
}

static void add_service_rules(scmp_filter_ctx filter)
{
	static const unsigned long spaces[] = {
		CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWNET,    CLONE_NEWPID,
		CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP,
	};
	struct scmp_arg_cmp exec = HAS(2, PROT_EXEC);

	add_names(filter, SCMP_ACT_KILL_PROCESS, service_fatal,
		  COUNT(service_fatal));
	add_names(filter, SCMP_ACT_ERRNO(EPERM), service_denied,
		  COUNT(service_denied));
	for (size_t i = 0; i < COUNT(fatal_exec); i++)
		add(filter, SCMP_ACT_ERRNO(EPERM), fatal_exec[i], 1, &exec);
	/* to fork is allowed, but into no other namespace; what clone3 is
	 * asked for cannot be seen, and libc falls back */
	for (size_t i = 0; i < COUNT(spaces); i++) {
		struct scmp_arg_cmp flag = HAS(0, spaces[i]);

		add(filter, SCMP_ACT_ERRNO(EPERM), "clone", 1, &flag);
	}
	add_names(filter, SCMP_ACT_ERRNO(ENOSYS),
		  (const char *const[]){ "clone3" }, 1);
}

/* A filter for ARCH; without rules it does OTHERWISE. */
static scmp_filter_ctx begin(const char *arch, uint32_t otherwise)
{
	scmp_filter_ctx filter = seccomp_init(otherwise);
	uint32_t token =
		arch ? seccomp_arch_resolve_name(arch) : seccomp_arch_native();
	int r = filter ? 0 : -ENOMEM;

	if (token == 0)
		die(arch, -EINVAL);
	if (r == 0 && token != seccomp_arch_native())
		r = seccomp_arch_add(filter, token);
	if (r == 0 && token != seccomp_arch_native())
		r = seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
	if (r == 0) /* what belongs to another architecture is no mistake */
		r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
				     SCMP_ACT_KILL_PROCESS);
	if (r == 0) /* a tree: a call that is allowed costs few steps */
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r < 0)
		die("a new filter", r);
	return filter;
}

static void make(const char *arch, const char *name, unsigned whom)
{
	scmp_filter_ctx filter = begin(arch, SCMP_ACT_ERRNO(ENOSYS));

	add_rules(filter, whom);
	print(filter, name);
	seccomp_release(filter);
}

static void make_service(const char *arch)
{
	scmp_filter_ctx filter = begin(arch, SCMP_ACT_ALLOW);

	add_service_rules(filter);
	print(filter, "service");
	seccomp_release(filter);
}

int main(int argc, char **argv)
{
	const char *arch = argc > 1 && argv[1][0] ? argv[1] : NULL;

	printf("/* Written by make_filters. */\n#include "
	       "\"sandbox/filters.h\"\n");
	make(arch, "session", SESSION);
	make(arch, "tls", TLS);
	make_service(arch);
	if (fflush(stdout) != 0 || ferror(stdout))
		die("write", -errno);
	return 0;
}
