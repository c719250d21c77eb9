/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a read-only session must not say.
 *
 * ClickHouse's readonly=1 keeps a session from writing and from table functions that reach outside. Measured with
 * chDB 26.5 it lets through: SELECT … INTO OUTFILE (done by the client, which chDB has inside), the scalar function
 * file(), DESCRIBE of file() and its like, several statements in one text, KILL QUERY. So the text is looked at
 * first. Landlock (sandbox.h) stands behind it where the kernel has it.
 */
#ifndef WEIR_STORE_ENGINE_GUARD_H
#define WEIR_STORE_ENGINE_GUARD_H

#include <stddef.h>

/* NULL when the statement may run in a read-only session, else a sentence that says why not. Static storage. */
const char *guard_readonly(const char *sql, size_t len);

#endif
