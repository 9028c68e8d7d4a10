/* say.h - words of smtp-screenctl for the operator. */
#ifndef SCREEN_SAY_H
#define SCREEN_SAY_H

/* "smtp-screenctl: ..." on standard error. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
