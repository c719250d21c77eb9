/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The timer wheel against a plain array of due times: same items, same second, same order, over random settings, clears and gaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/wheel.h"

#define ITEMS 500u

struct model {
	struct wheel wheel;
	uint32_t due[ITEMS]; /* 0: not armed */
	uint32_t last_due, last_item, fired;
};

static void on_fire(void *ctx, uint32_t item)
{
	struct model *m = ctx;
	assert_true(m->due[item] != 0);
	assert_int_equal(m->due[item], m->wheel.now);
	if (m->last_due == m->wheel.now)
		assert_true(item > m->last_item); /* in order of item within a second */
	else
		assert_true(m->wheel.now > m->last_due);
	m->last_due = m->wheel.now;
	m->last_item = item;
	m->due[item] = 0;
	m->fired++;
	uint32_t other = (item * 7 + 3) % ITEMS; /* clearing from within */
	if (item % 5 == 0 && m->due[other]) {
		wheel_clear(&m->wheel, other);
		m->due[other] = 0;
	}
}

static void same_as_an_array(void **state)
{
	struct model m = {0};
	(void)state;
	srand(7);
	assert_int_equal(wheel_init(&m.wheel, ITEMS, 1000), 0);
	for (int round = 0; round < 20000; round++) {
		uint32_t item = (uint32_t)rand() % ITEMS, now = m.wheel.now;
		switch (rand() % 4) {
		case 0:
		case 1: {
			uint32_t ahead = rand() % 3 ? (uint32_t)rand() % 400 : (uint32_t)rand() % 60000;
			wheel_set(&m.wheel, item, now + ahead);
			m.due[item] = ahead ? now + ahead : now + 1;
			break;
		}
		case 2:
			wheel_clear(&m.wheel, item);
			m.due[item] = 0;
			break;
		default:
			m.last_due = 0;
			wheel_advance(&m.wheel, now + (rand() % 50 ? (uint32_t)rand() % 20 : (uint32_t)rand() % 5000),
				      on_fire, &m);
			for (uint32_t i = 0; i < ITEMS; i++)
				assert_true(m.due[i] == 0 || m.due[i] > m.wheel.now);
		}
	}
	assert_true(m.fired > 1000);
	wheel_free(&m.wheel);
}

static void count_fire(void *ctx, uint32_t item)
{
	(void)item;
	++*(unsigned *)ctx;
}

static void a_gap_of_years_is_jumped(void **state)
{
	struct wheel w;
	unsigned fired = 0;
	(void)state;
	assert_int_equal(wheel_init(&w, 10, 0), 0);
	wheel_set(&w, 1, 60);
	wheel_set(&w, 2, UINT32_MAX); /* clamped */
	wheel_advance(&w, 1700000000, count_fire, &fired);
	assert_int_equal(fired, 2);
	assert_int_equal(w.now, 1700000000);
	wheel_set(&w, 3, 1700000000 + 255 * 256 - 1);
	wheel_advance(&w, 1700000000 + 255 * 256 - 2, count_fire, &fired);
	assert_int_equal(fired, 2);
	wheel_advance(&w, 1700000000 + 255 * 256 - 1, count_fire, &fired);
	assert_int_equal(fired, 3);
	wheel_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(same_as_an_array),
					   cmocka_unit_test(a_gap_of_years_is_jumped)};
	return cmocka_run_group_tests_name("base/wheel", tests, NULL, NULL);
}
