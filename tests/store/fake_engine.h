/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stand-in for libchdb behind weir-store's HTTP, so that the server can run in a test with sanitizers.
 *
 *   anything                what it was asked: sql, database, settings, parameters
 *   INSERT … FROM INFILE    "rows LENGTH HASH" of the file
 *   SLEEP ms, ERROR code, BIG lines
 */
#ifndef WEIR_TESTS_FAKE_ENGINE_H
#define WEIR_TESTS_FAKE_ENGINE_H

#include <stdatomic.h>

/* Most statements that ran at the same time. */
extern _Atomic unsigned fake_engine_most;

#endif
