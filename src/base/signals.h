/*
 * signals.h: names of signals.
 */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

/*
 * The signal that TEXT names: "HUP", "SIGHUP" (in any case) or a number.
 * Returns it, or -1 with errno EINVAL.
 */
int signal_number(const char *text);

/* "HUP", or "signal 40" for one without a name. Static. */
const char *signal_name(int number);

#endif
