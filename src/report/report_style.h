/*
 * report_style.h - how a report's page looks. The page allows itself nothing
 * but this text, by its SHA-256: tests/real/report says the hash when the text
 * was changed.
 */
#ifndef SCREEN_REPORT_STYLE_H
#define SCREEN_REPORT_STYLE_H

#define REPORT_STYLE_HASH "sha256-u8fQQvpLT4o/PmYhT6E3ZB0ev1r72nzIRWfBRKlSLf8="

extern const char report_style[];

#endif
