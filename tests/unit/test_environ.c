/*
 * Unit test of plan/environ: what the daemon's environment is made of.
 */
#include "plan/environ.h"

#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

static struct failure failure;

static char **
build(const char *const *inherited, const struct options *options)
{
	struct account nobody = { .is_set = false };
	char **result;

	failure.status = 0;
	result = environ_build((char *const *)(uintptr_t)inherited, options,
	    &nobody, &failure);
	if (result == NULL)
		printf("# %s\n", failure.text);
	return result;
}

static size_t
count_of(char *const *env, const char *name)
{
	size_t len = strlen(name), count = 0;

	for (; *env != NULL; env++)
		count += strncmp(*env, name, len) == 0 && (*env)[len] == '=';
	return count;
}

static void
check_inheriting(void)
{
	const char *odd[] = { "A=1", "no equals sign", "=nameless", "B=", "A=2",
	    "NOTIFY_SOCKET=/x", "LISTEN_FDS=1", NULL };
	const char *empty[] = { NULL };
	struct options options;
	char **env;

	options_init(&options);
	env = build(odd, &options);
	is_str(environ_get(env, "A"), "1", "a variable is inherited");
	is_str(environ_get(env, "B"), "", "also with an empty value");
	ok(environ_get(env, "NOTIFY_SOCKET") == NULL &&
	    environ_get(env, "LISTEN_FDS") == NULL,
	    "what the service manager said to the caller is not");
	ok(environ_get(env, "") == NULL && env[5] == NULL,
	    "nor is what has no name or no equals sign");
	is_str(environ_get(env, "PATH"), ENVIRON_DEFAULT_PATH,
	    "PATH is added where it is absent");
	is_str(environ_get(env, "IFS"), " \t\n", "and so is IFS");
	env = build(empty, &options);
	ok(env[0] != NULL && env[1] != NULL && env[2] == NULL,
	    "an empty environment gets PATH and IFS alone");
	options.is_env_clear = true;
	env = build(odd, &options);
	ok(env[0] == NULL, "a cleared environment is empty");
}

static void
check_order(void)
{
	const char *inherited[] = { "PATH=/bin", "IFS=x", "A=1", "A=2", "C=3",
	    NULL };
	struct account user = { .is_set = true, .name = "u", .home = "/h",
	    .shell = "/s" };
	struct options options;
	char **env;

	options_init(&options);
	string_list_add(&options.unset_env, "C");
	string_list_add(&options.env, "A=x=y");
	string_list_add(&options.env, "HOME=/mine");
	string_list_add(&options.env, "SHELL=/mine");
	env = build(inherited, &options);
	is_str(environ_get(env, "A"), "x=y", "--env wins, up to its first =");
	ok(count_of(env, "A") == 1, "and leaves no double behind");
	ok(environ_get(env, "C") == NULL, "--unset-env takes away");
	is_str(environ_get(env, "HOME"), "/mine", "HOME can be set");
	env = environ_build((char *const *)(uintptr_t)inherited, &options,
	    &user, &failure);
	is_str(environ_get(env, "HOME"), "/h", "unless there is a user");
	is_str(environ_get(env, "USER"), "u", "who gives USER");
	is_str(environ_get(env, "LOGNAME"), "u", "and LOGNAME");
	is_str(environ_get(env, "SHELL"), "/mine", "but --env keeps SHELL");
}

/* Writes TEXT of LEN bytes to a file and reads it as --env-file. */
static char **
build_from(const char *text, size_t len)
{
	char path[] = "/tmp/test_environ.XXXXXX";
	const char *inherited[] = { NULL };
	struct options options;
	char **env = NULL;
	int fd = mkstemp(path);

	options_init(&options);
	options.is_env_clear = true;
	string_list_add(&options.env_file, path);
	if (write(fd, text, len) == (ssize_t)len)
		env = build(inherited, &options);
	close(fd);
	unlink(path);
	return env;
}

static void
check_file(void)
{
	static const char good[] = "# comment\n\n  A=1\n"
	    "export B=\"two words\"\n"
	    "C='q'uo\\ ted\nD=\nE=last";
	char **env = build_from(good, sizeof(good) - 1);

	ok(env != NULL, "a file of variables is read");
	if (env == NULL)
		return;
	is_str(environ_get(env, "A"), "1", "blanks before a name are skipped");
	is_str(environ_get(env, "B"), "two words", "quotes and export go");
	is_str(environ_get(env, "C"), "quo ted", "also inside of a word");
	is_str(environ_get(env, "D"), "", "a value may be empty");
	is_str(environ_get(env, "E"), "last", "the last line needs no end");
	ok(build_from("A=1\nB\n", 6) == NULL &&
	    strstr(failure.text, ":2: ") != NULL, "a bad line is named");
	ok(build_from("A='\n", 4) == NULL, "an open quote is refused");
	ok(build_from("=x\n", 3) == NULL, "a missing name is refused");
	ok(build_from("A=\0x\n", 5) == NULL, "a NUL byte is refused");
}

int
main(void)
{
	check_inheriting();
	check_order();
	check_file();
	return done_testing();
}
