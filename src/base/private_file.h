/*
 * private_file.h - open a file that only we may have written.
 *
 * What is remembered decides who reaches the mail server, so nothing that
 * another user could have planted is read or written: no symbolic or second
 * hard link, nothing but a regular file, ours, and writable by nobody else.
 * Root is no exception: it would trust what an ordinary user wrote, and mend,
 * in place, a file that this user chose.
 */
#ifndef SCREEN_PRIVATE_FILE_H
#define SCREEN_PRIVATE_FILE_H

/*
 * Open PATH close-on-exec with FLAGS of open(2), created with mode 0600 when
 * O_CREAT is among them. 0 or negative errno: -ELOOP when it is a symbolic
 * link, -EPERM when it could be somebody else's, -EACCES also when root would
 * make a file in another user's folder: that user could never use it, and
 * everybody's entries would be lost on it.
 */
int private_file_open(const char *path, int flags, int *ret_fd);

/* The same for a file that others may read: one that is made gets MODE, even
 * if the umask says otherwise. */
int private_file_open_mode(const char *path, int flags, unsigned mode,
			   int *ret_fd);

#endif
