/*
 * mta.h - which mail server a command starts, as far as names tell.
 *
 * Some do not look where they are told to find the client, and relay for
 * everybody then: those must be known, by whatever name.
 */
#ifndef SCREEN_MTA_H
#define SCREEN_MTA_H

enum mta {
	MTA_OTHER,
	MTA_EXIM,
	MTA_SENDMAIL, /* or Postfix: its sendmail, or its smtpd */
};

/*
 * What ARGV starts. Links are followed; a program that starts another one, as
 * env(1) or "sh -c" do, is known by the other's name among its arguments.
 */
enum mta mta_of(char *const *argv);

#endif
