/*
 * Default options of the address sanitizer, in builds that have it: no search
 * for leaks, because a start keeps what it has planned until it ends. In the
 * program and not in the environment, which some tests empty.
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
