# dmn_system.m4 - which system this is, libbsd, and where files go.

# DMN_SYSTEM_INTERFACES
# The conditional LINUX_INTERFACES picks src/base/os_linux*.c, otherwise
# src/base/os_posix.c is built. The former needs headers of Linux 5.9 or later;
# which kernel runs is seen at run time.
AC_DEFUN([DMN_SYSTEM_INTERFACES], [
AC_REQUIRE([AC_CANONICAL_HOST])
AC_ARG_ENABLE([linux-interfaces],
	[AS_HELP_STRING([--disable-linux-interfaces],
		[use POSIX interfaces only, also on Linux])],
	[dmn_linux=$enableval], [dmn_linux=yes])
AS_CASE([$host_os], [linux*], [], [dmn_linux=no])
AS_IF([test "$dmn_linux" = yes], [
	AC_CACHE_CHECK([for the interfaces of Linux 5.9], [dmn_cv_linux],
		[AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
			#include <linux/capability.h>
			#include <sys/prctl.h>
			#include <sys/syscall.h>
			]], [[
			return (SYS_close_range + SYS_pidfd_open +
			    SYS_pidfd_send_signal + PR_SET_CHILD_SUBREAPER +
			    PR_CAP_AMBIENT);
			]])], [dmn_cv_linux=yes], [dmn_cv_linux=no])])
	AS_IF([test "$dmn_cv_linux" = no],
		[AC_MSG_WARN([old kernel headers: using POSIX interfaces])])
	dmn_linux=$dmn_cv_linux])
AS_IF([test "$dmn_linux" = yes], [dmn_system=Linux], [dmn_system=POSIX])
AM_CONDITIONAL([LINUX_INTERFACES], [test "$dmn_linux" = yes])
])

# DMN_LIBBSD
# LIBBSD_CFLAGS from pkg-config (the overlay form: sources include <libutil.h>
# and <stdlib.h> as on a BSD), LIBBSD_LIBS from the probe below. The handful of
# members in use are linked from libbsd.a where that can be done: the shared
# library brings libmd along and costs more start-up time than all the rest.
AC_DEFUN([DMN_LIBBSD], [
PKG_PROG_PKG_CONFIG
AC_ARG_ENABLE([static-libbsd],
	[AS_HELP_STRING([--disable-static-libbsd],
		[link libbsd as a shared library])],
	[dmn_static_libbsd=$enableval], [dmn_static_libbsd=yes])
PKG_CHECK_MODULES([LIBBSD], [libbsd-overlay >= 0.11])
AC_DEFINE([LIBBSD_OPENBSD_VIS], [1],
	[Define to 1 for a <vis.h> that chooses one strnvis() without a warning.])
dmn_libbsd=shared
AS_IF([test "$dmn_static_libbsd" = yes], [
	dmn_saved_LIBS=$LIBS
	dmn_saved_CPPFLAGS=$CPPFLAGS
	CPPFLAGS="$CPPFLAGS $LIBBSD_CFLAGS"
	dmn_dirs=`$PKG_CONFIG --libs-only-L libbsd-overlay`
	LIBS="$dmn_dirs -l:libbsd.a $LIBS"
	AC_MSG_CHECKING([whether libbsd can be linked statically])
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[
		#include <sys/types.h>
		#include <fcntl.h>
		#include <stdlib.h>
		#include <libutil.h>
		]], [[
		const char *error;
		return (flopenat(AT_FDCWD, ".", O_RDONLY) == -1 &&
		    strtonum("1", 0, 1, &error) == 1);
		]])],
		[AC_MSG_RESULT([yes])
		dmn_libbsd=static
		LIBBSD_LIBS="$dmn_dirs -l:libbsd.a"],
		[AC_MSG_RESULT([no])])
	LIBS=$dmn_saved_LIBS
	CPPFLAGS=$dmn_saved_CPPFLAGS])
AM_CONDITIONAL([STATIC_LIBBSD], [test "$dmn_libbsd" = static])
])

# DMN_WITH_DIR(NAME, VARIABLE, DEFAULT)
# --with-NAME=DIR|no sets and substitutes VARIABLE. DEFAULT may refer to the
# directory variables of configure; they are expanded by make.
AC_DEFUN([DMN_WITH_DIR], [
AC_ARG_WITH([$1],
	[AS_HELP_STRING([--with-$1=DIR],
		[install the completion there, or `no' (default: $3)])],
	[$2=$withval], [$2=yes])
AS_CASE([$$2], [yes|""], [$2='m4_bpatsubst([$3], [\$\([a-z]+\)], [${\1}])'])
AC_SUBST([$2])
])
