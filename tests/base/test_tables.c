/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Map, pool, ring, cursor, errors: the small structures everything stands on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/ring.h"

/* --- map --- */

static bool key_equal(const void *ctx, uint32_t value, const void *key)
{
	return ((const uint32_t *)ctx)[value] == *(const uint32_t *)key;
}

/* few: different keys share hashes, so runs and back-shifts are long. */
static uint64_t weak_hash(uint32_t key)
{
	return (uint64_t)(key % 97) << 32;
}

static void map_equals_an_array(void **state)
{
	static uint32_t keys[2000];
	static bool there[2000];
	struct map m;
	(void)state;
	srand(3);
	assert_int_equal(map_init(&m, 1500), 0);
	for (uint32_t i = 0; i < 2000; i++)
		keys[i] = i * 31 + 7;
	for (int round = 0; round < 30000; round++) {
		uint32_t i = (uint32_t)rand() % 2000;
		if (!there[i]) {
			int err = map_put(&m, weak_hash(keys[i]), i);
			there[i] = err == 0;
		} else {
			map_remove(&m, weak_hash(keys[i]), i);
			there[i] = false;
		}
		uint32_t k = (uint32_t)rand() % 2000;
		assert_int_equal(map_get(&m, weak_hash(keys[k]), &keys[k], key_equal, keys), there[k] ? k : MAP_NONE);
	}
	assert_true(m.count <= 1500);
	map_free(&m);
}

static void map_refuses_past_its_cap(void **state)
{
	struct map m;
	(void)state;
	map_init(&m, 100);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(map_put(&m, hash_bytes(&i, 4), i), 0);
	assert_int_equal(map_put(&m, 1, 100), WEIR_E(NOMEM));
	assert_int_equal(m.count, 100);
	map_free(&m);
}

/* --- pool --- */

static void pool_keeps_its_cap(void **state)
{
	struct pool p;
	void *block[1100];
	unsigned n = 0;
	(void)state;
	assert_int_equal(pool_init(&p, 65536), 0);
	while (n < 1100 && (block[n] = pool_take(&p, 64)))
		n++;
	assert_int_equal(n, 1024);
	assert_int_equal(p.refused, 1);
	assert_int_equal(p.in_use, 65536);
	for (unsigned i = 0; i < n; i++)
		pool_give(&p, block[i], 64);
	assert_int_equal(p.in_use, 0);
	assert_non_null(pool_take(&p, 33)); /* the same class again, reused */
	assert_null(pool_take(&p, 20000));
	pool_free_all(&p);
}

/* --- ring --- */

#define WORDS 200000u

static void *produce(void *arg)
{
	for (uint32_t i = 1; i <= WORDS;)
		if (ring_push(arg, i))
			i++;
	return NULL;
}

static void ring_keeps_order_between_threads(void **state)
{
	struct ring r;
	pthread_t t;
	uint32_t expect = 1, word, many[16];
	(void)state;
	assert_int_equal(ring_init(&r, 100), 0);
	assert_int_equal(r.mask, 127);
	pthread_create(&t, NULL, produce, &r);
	while (expect <= WORDS) {
		if (expect % 3 == 0) {
			uint32_t n = ring_pop_many(&r, many, 16);
			for (uint32_t i = 0; i < n; i++)
				assert_int_equal(many[i], expect++);
		} else if (ring_pop(&r, &word)) {
			assert_int_equal(word, expect++);
		}
	}
	pthread_join(t, NULL);
	assert_false(ring_pop(&r, &word));
	ring_free(&r);
}

static void a_full_ring_says_so(void **state)
{
	struct ring r;
	uint32_t word;
	(void)state;
	ring_init(&r, 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_true(ring_push(&r, i));
	assert_false(ring_push(&r, 9));
	assert_true(ring_pop(&r, &word));
	assert_int_equal(word, 0);
	assert_true(ring_push(&r, 4));
	ring_free(&r);
}

/* --- cursor --- */

static void a_cursor_fails_once_and_stays_so(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7};
	struct cursor c = cursor_of(bytes, sizeof bytes);
	(void)state;
	assert_int_equal(cursor_u8(&c), 1);
	assert_int_equal(cursor_be16(&c), 0x0203);
	assert_int_equal(cursor_left(&c), 4);
	struct cursor sub = cursor_sub(&c, 2);
	assert_int_equal(cursor_le16(&sub), 0x0504);
	assert_int_equal(cursor_u8(&sub), 0);
	assert_false(cursor_ok(&sub));
	assert_true(cursor_ok(&c));
	assert_int_equal(cursor_be32(&c), 0);
	assert_false(cursor_ok(&c));
	assert_int_equal(cursor_u8(&c), 0); /* though two bytes are there */
	assert_int_equal(cursor_left(&c), 0);
	struct cursor empty = cursor_of(NULL, 0);
	assert_true(cursor_ok(&empty));
	cursor_skip(&empty, 1);
	assert_false(cursor_ok(&empty));
}

static void errors_have_names_and_texts(void **state)
{
	struct errmsg e;
	(void)state;
	assert_int_equal(WEIR_E(NOMEM), -1001);
	assert_string_equal(err_name(WEIR_E(NOTFOUND)), "NOTFOUND");
	assert_int_equal(err_http_status(WEIR_E(NOTFOUND)), 404);
	assert_int_equal(err_http_status(-5), 500);
	assert_string_equal(err_name(0), "OK");
	assert_string_equal(err_text(WEIR_E(INTERNAL)), "internal error");
	assert_string_equal(err_name(-99999), "UNKNOWN");
	assert_int_equal(err_set(&e, WEIR_E(IO), "x %d", 5), WEIR_E(IO));
	assert_string_equal(e.text, "x 5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_equals_an_array),         cmocka_unit_test(map_refuses_past_its_cap),
		cmocka_unit_test(pool_keeps_its_cap),          cmocka_unit_test(ring_keeps_order_between_threads),
		cmocka_unit_test(a_full_ring_says_so),         cmocka_unit_test(a_cursor_fails_once_and_stays_so),
		cmocka_unit_test(errors_have_names_and_texts),
	};
	return cmocka_run_group_tests_name("base/tables", tests, NULL, NULL);
}
