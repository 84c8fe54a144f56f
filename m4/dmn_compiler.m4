# dmn_compiler.m4 - probes for compiler and linker switches.
#
# Each switch is tried before it is used, with warnings as errors, so that a
# compiler which merely grumbles about a switch does not get it. The results
# are AM_* material: CFLAGS, CPPFLAGS and LDFLAGS belong to the caller.

# DMN_REQUIRE_C11
# Stop unless the compiler speaks C11.
AC_DEFUN([DMN_REQUIRE_C11], [
AC_CACHE_CHECK([whether $CC accepts C11], [dmn_cv_c11],
	[AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
		#if !defined(__STDC_VERSION__) || __STDC_VERSION__ < 201112L
		#error "C11 is needed"
		#endif
		_Static_assert(sizeof(int) >= 4, "int");
		]])], [dmn_cv_c11=yes], [dmn_cv_c11=no])])
AS_IF([test "$dmn_cv_c11" = no],
	[AC_MSG_ERROR([a C11 compiler is needed; try CC='$CC -std=gnu11'])])
])

# DMN_TRY_CFLAG(VARIABLE, FLAG)
# Append FLAG to VARIABLE where the compiler takes it.
AC_DEFUN([DMN_TRY_CFLAG], [
AS_VAR_PUSHDEF([dmn_cache], [dmn_cv_cflag_$2])
AC_CACHE_CHECK([whether $CC accepts $2], [dmn_cache],
	[dmn_saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $2"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
		[AS_VAR_SET([dmn_cache], [yes])],
		[AS_VAR_SET([dmn_cache], [no])])
	CFLAGS=$dmn_saved_CFLAGS])
AS_VAR_IF([dmn_cache], [yes], [$1="$$1 $2"])
AS_VAR_POPDEF([dmn_cache])
])

# DMN_TRY_LDFLAG(VARIABLE, FLAG)
# Append FLAG to VARIABLE where the linker takes it.
AC_DEFUN([DMN_TRY_LDFLAG], [
AS_VAR_PUSHDEF([dmn_cache], [dmn_cv_ldflag_$2])
AC_CACHE_CHECK([whether the linker accepts $2], [dmn_cache],
	[dmn_saved_LDFLAGS=$LDFLAGS
	LDFLAGS="$LDFLAGS -Werror $2"
	AC_LINK_IFELSE([AC_LANG_PROGRAM()],
		[AS_VAR_SET([dmn_cache], [yes])],
		[AS_VAR_SET([dmn_cache], [no])])
	LDFLAGS=$dmn_saved_LDFLAGS])
AS_VAR_IF([dmn_cache], [yes], [$1="$$1 $2"])
AS_VAR_POPDEF([dmn_cache])
])

# DMN_WARNINGS
# WARN_CFLAGS: the list of CONTRIBUTING.md; --enable-werror for developers.
AC_DEFUN([DMN_WARNINGS], [
AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])],
	[dmn_werror=$enableval], [dmn_werror=no])
WARN_CFLAGS=
m4_foreach_w([dmn_flag], [-Wall -Wextra -Wshadow -Wstrict-prototypes
	-Wmissing-prototypes -Wformat=2 -Wvla -Wnull-dereference -Wundef
	-Wwrite-strings -Wcast-qual -Wswitch-enum -Wimplicit-fallthrough],
	[DMN_TRY_CFLAG([WARN_CFLAGS], dmn_flag)])
AS_IF([test "$dmn_werror" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
AC_SUBST([WARN_CFLAGS])
])

# DMN_SANITIZERS
# SANITIZE_CFLAGS, SANITIZE_LDFLAGS. A sanitizer's run-time library cannot
# live in a child that shares its parent's memory, hence DISABLE_VFORK_CLONE.
AC_DEFUN([DMN_SANITIZERS], [
AC_ARG_ENABLE([sanitizers],
	[AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
		[build with these sanitizers (default: address,undefined)])],
	[dmn_sanitizers=$enableval], [dmn_sanitizers=no])
AS_IF([test "$dmn_sanitizers" = yes], [dmn_sanitizers=address,undefined])
SANITIZE_CFLAGS=
SANITIZE_LDFLAGS=
AS_IF([test "$dmn_sanitizers" != no], [
	dmn_flags="-fsanitize=$dmn_sanitizers"
	dmn_flags="$dmn_flags -fno-sanitize-recover=all"
	dmn_saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS $dmn_flags"
	AC_MSG_CHECKING([whether $dmn_flags links])
	AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes])],
		[AC_MSG_RESULT([no])
		AC_MSG_ERROR([$CC cannot link with $dmn_flags])])
	CFLAGS=$dmn_saved_CFLAGS
	SANITIZE_CFLAGS="$dmn_flags -fno-omit-frame-pointer"
	SANITIZE_LDFLAGS=$dmn_flags
	AC_DEFINE([DISABLE_VFORK_CLONE], [1],
		[Define to 1 to start the daemon by fork() only.])])
AM_CONDITIONAL([SANITIZERS], [test "$dmn_sanitizers" != no])
AC_SUBST([SANITIZE_CFLAGS])
AC_SUBST([SANITIZE_LDFLAGS])
])

# DMN_COVERAGE
# COVERAGE_FLAGS, for the compiler and for the linker.
AC_DEFUN([DMN_COVERAGE], [
AC_ARG_ENABLE([coverage],
	[AS_HELP_STRING([--enable-coverage],
		[build for gcov; see `make coverage'])],
	[dmn_coverage=$enableval], [dmn_coverage=no])
COVERAGE_FLAGS=
AS_IF([test "$dmn_coverage" = yes],
	[DMN_TRY_CFLAG([COVERAGE_FLAGS], [--coverage])
	DMN_TRY_CFLAG([COVERAGE_FLAGS], [-fprofile-update=atomic])])
AC_SUBST([COVERAGE_FLAGS])
])

# DMN_FORTIFY
# Fortified string functions, where the caller optimises and has not chosen
# a level. Not below a sanitizer, which watches the plain functions.
AC_DEFUN([DMN_FORTIFY], [
dmn_level=0
for dmn_try in 2 3; do
	dmn_saved_CPPFLAGS=$CPPFLAGS
	CPPFLAGS="$CPPFLAGS -Werror -D_FORTIFY_SOURCE=$dmn_try"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
		#ifndef __OPTIMIZE__
		#error "not optimised"
		#endif
		#include <stdio.h>
		]])], [dmn_level=$dmn_try])
	CPPFLAGS=$dmn_saved_CPPFLAGS
done
AC_MSG_CHECKING([for the level of _FORTIFY_SOURCE to use])
AS_IF([test "$dmn_level" != 0],
	[HARDEN_CPPFLAGS="$HARDEN_CPPFLAGS -D_FORTIFY_SOURCE=$dmn_level"])
AC_MSG_RESULT([$dmn_level])
])

# DMN_HARDENING
# HARDEN_CPPFLAGS, HARDEN_CFLAGS, HARDEN_LDFLAGS.
AC_DEFUN([DMN_HARDENING], [
AC_REQUIRE([DMN_SANITIZERS])
AC_ARG_ENABLE([hardening],
	[AS_HELP_STRING([--disable-hardening],
		[do not add hardening switches of compiler and linker])],
	[dmn_hardening=$enableval], [dmn_hardening=yes])
HARDEN_CPPFLAGS=
HARDEN_CFLAGS=
HARDEN_LDFLAGS=
AS_IF([test "$dmn_hardening" = yes], [
	m4_foreach_w([dmn_flag], [-fstack-protector-strong
		-fstack-clash-protection -fcf-protection
		-ftrivial-auto-var-init=zero -fPIE],
		[DMN_TRY_CFLAG([HARDEN_CFLAGS], dmn_flag)])
	dmn_outer_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS $HARDEN_CFLAGS"
	DMN_TRY_LDFLAG([HARDEN_LDFLAGS], [-pie])
	DMN_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,-z,relro])
	DMN_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,-z,now])
	DMN_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,-z,noexecstack])
	CFLAGS=$dmn_outer_CFLAGS
	AS_IF([test "$dmn_sanitizers" = no], [DMN_FORTIFY])])
AC_SUBST([HARDEN_CPPFLAGS])
AC_SUBST([HARDEN_CFLAGS])
AC_SUBST([HARDEN_LDFLAGS])
])

# DMN_STATIC_PROGRAMS
# STATIC_LDFLAGS: -static where a program can be linked so, for the witness,
# whose own start must not show up in what it reports.
AC_DEFUN([DMN_STATIC_PROGRAMS], [
STATIC_LDFLAGS=
AC_CACHE_CHECK([whether programs can be linked statically], [dmn_cv_static],
	[dmn_saved_LDFLAGS=$LDFLAGS
	LDFLAGS="$LDFLAGS -static"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]],
		[[return (puts("") < 0);]])],
		[dmn_cv_static=yes], [dmn_cv_static=no])
	LDFLAGS=$dmn_saved_LDFLAGS])
AS_IF([test "$dmn_cv_static" = yes], [STATIC_LDFLAGS=-static])
AC_SUBST([STATIC_LDFLAGS])
])
