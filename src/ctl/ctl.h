/* ctl.h - smtp-screenctl, from its command line to its exit code. */
#ifndef SCREEN_CTL_H
#define SCREEN_CTL_H

/* Run the command line; what main returns. */
int ctl_main(int argc, char **argv);

#endif
