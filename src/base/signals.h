/*
 * signals.h: names of signals.
 */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

/*
 * The signal that TEXT names: "HUP", "SIGHUP", "RTMIN+1" (in any case) or a
 * number.
 * Returns it, or -1 with errno EINVAL.
 */
int signal_number(const char *text);

/* "HUP" or "RTMIN+1", or "signal 32" for one without a name. Static. */
const char *signal_name(int number);

#endif
