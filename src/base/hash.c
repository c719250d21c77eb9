/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <xxhash.h>
#pragma GCC diagnostic pop

static uint64_t seed;
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void seed_draw(void)
{
	if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
		abort(); /* without a secret the tables could be attacked; never run so */
}

uint64_t hash_seed(void)
{
	pthread_once(&seed_once, seed_draw);
	return seed;
}

uint64_t hash_bytes(const void *data, size_t len)
{
	return XXH3_64bits_withSeed(data, len, hash_seed());
}

uint64_t hash_stable(const void *data, size_t len)
{
	return XXH3_64bits(data, len);
}
