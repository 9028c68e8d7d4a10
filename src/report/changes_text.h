/*
 * changes_text.h - what other settings would have changed, told on standard
 * output.
 */
#ifndef SCREEN_CHANGES_TEXT_H
#define SCREEN_CHANGES_TEXT_H

#include "history/changes.h"

/* R has the settings that were tried, and how each of its lists was used. */
void changes_text(const struct changes *c, const struct retrial *r,
		  bool colour);

/* The same as one JSON object. */
void changes_json(const struct changes *c, const struct retrial *r);

#endif
