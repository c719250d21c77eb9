/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/map_guard.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/* size is written last and cleared first, so that the handler sees whole entries only. */
static struct guard {
	_Atomic uintptr_t map;
	_Atomic size_t size;
	_Atomic(_Atomic bool *) cut;
} guards[MAP_GUARDS_MAX];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before;

/* Only mmap() and atomics: safe in a handler. The fault is repeated after it returns, and reads zeros. */
static void on_bus_error(int signal, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr;
	(void)context;
	for (unsigned i = 0; i < MAP_GUARDS_MAX; i++) {
		size_t size = atomic_load(&guards[i].size);
		uintptr_t map = atomic_load(&guards[i].map);
		if (!size || at < map || at >= map + size)
			continue;
		uintptr_t page = at & ~(uintptr_t)4095, end = (map + size + 4095) & ~(uintptr_t)4095;
		void *zeros = mmap((void *)page, end - page, PROT_READ,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
		if (zeros == MAP_FAILED)
			break;
		atomic_store(atomic_load(&guards[i].cut), true);
		return;
	}
	sigaction(signal, &before, NULL); /* not ours: as it would have been */
}

/* With each guard, for something else in the process may have put its own in between. */
static void install(void)
{
	struct sigaction ours = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO}, now;
	if (sigaction(SIGBUS, NULL, &now) == 0 && now.sa_sigaction == on_bus_error)
		return;
	sigemptyset(&ours.sa_mask);
	before = now;
	sigaction(SIGBUS, &ours, NULL);
}

bool map_guard_add(void *map, size_t size, _Atomic bool *cut)
{
	bool found = false;

	pthread_mutex_lock(&mutex);
	install();
	for (unsigned i = 0; !found && i < MAP_GUARDS_MAX; i++) {
		if (atomic_load(&guards[i].map))
			continue;
		atomic_store(&guards[i].cut, cut);
		atomic_store(&guards[i].map, (uintptr_t)map);
		atomic_store(&guards[i].size, size);
		found = true;
	}
	pthread_mutex_unlock(&mutex);
	return found;
}

void map_guard_remove(void *map)
{
	pthread_mutex_lock(&mutex);
	for (unsigned i = 0; i < MAP_GUARDS_MAX; i++) {
		if (atomic_load(&guards[i].map) != (uintptr_t)map)
			continue;
		atomic_store(&guards[i].size, 0);
		atomic_store(&guards[i].map, 0);
	}
	pthread_mutex_unlock(&mutex);
}
