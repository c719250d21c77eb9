/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests with the real engine share: folders, stores, rows, counting. */
#ifndef WEIR_TESTS_STORE_LIVE_H
#define WEIR_TESTS_STORE_LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "store/store.h"

/* A fresh folder for each test; NULL-safe teardown. */
int live_setup(void **state);
int live_teardown(void **state);
/* The folder of this test. */
const char *live_dir(void);
/* False where libchdb.so is not there: skip. */
bool live_has_engine(void);
struct store_options live_options(void);
struct store *live_open(const struct store_options *o);

/* Rows numbered from `first` on: flow_id = number, packets_c2s = number % 1000. As END events in vectors of 64. */
void live_write(struct flow_reader *reader, uint64_t first, uint64_t count);
/* One row, all fields filled. */
struct flow_event live_event(uint64_t number);

/* The first number of the answer; fails the test on an error. */
uint64_t live_number(struct store *s, const char *sql);
/* Exactly the rows first … first + count - 1, each once. */
void live_expect_rows(struct store *s, uint64_t first, uint64_t count);

/* Our child that runs weir-store; 0: none. */
pid_t live_engine_pid(void);

#endif
