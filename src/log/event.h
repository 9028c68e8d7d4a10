/*
 * event.h - the kinds of lines: a word and a journal MESSAGE_ID for each.
 *
 * Both are fixed for ever: searches and message catalogues depend on them.
 */
#ifndef SCREEN_EVENT_H
#define SCREEN_EVENT_H

#include "log/log.h"

/* log_event_name is declared in log.h. */

/* 128 random bits as 32 lower-case hexadecimal digits. */
const char *log_event_id(enum log_event event);

#endif
