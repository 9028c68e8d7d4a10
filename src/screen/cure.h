/* cure.h - what an operator can do about a file of ours that fails. */
#ifndef SCREEN_CURE_H
#define SCREEN_CURE_H

/* "; make room on that disk" for -ENOSPC, and so on; empty when nothing can be
 * told. ERROR is a negative errno of a file that the screen itself writes. */
const char *cure_of(int error);

#endif
