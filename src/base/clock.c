/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/err.h"

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t clock_real_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

uint64_t clock_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t clock_thread_cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

size_t rfc3339_format(uint64_t ns, char out[RFC3339_TEXT_MAX])
{
	time_t s = (time_t)(ns / NS_PER_S);
	struct tm tm;
	gmtime_r(&s, &tm);
	size_t n = strftime(out, RFC3339_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	return n + (size_t)snprintf(out + n, RFC3339_TEXT_MAX - n, ".%06uZ", (unsigned)(ns % NS_PER_S / NS_PER_US));
}

/* n digits as a number; -1 when one is not a digit. */
static int digits(const char *p, int n)
{
	int v = 0;
	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

/* ".123" → nanoseconds; *p moves behind it. */
static int fraction_parse(const char **p, uint64_t *ret_ns)
{
	uint64_t v = 0, scale = NS_PER_S;
	const char *at = *p;
	*ret_ns = 0;
	if (*at != '.')
		return 0;
	for (at++; *at >= '0' && *at <= '9'; at++) {
		if (scale == 1)
			return WEIR_E(INVALID);
		scale /= 10;
		v += (uint64_t)(*at - '0') * scale;
	}
	if (scale == NS_PER_S)
		return WEIR_E(INVALID);
	*p = at;
	*ret_ns = v;
	return 0;
}

/* "Z", "+02:00" → seconds east of UTC. */
static int zone_parse(const char *p, int *ret_offset_s)
{
	if ((*p == 'Z' || *p == 'z') && !p[1]) {
		*ret_offset_s = 0;
		return 0;
	}
	if (*p != '+' && *p != '-')
		return WEIR_E(INVALID);
	int hours = digits(p + 1, 2), minutes = hours < 0 || p[3] != ':' ? -1 : digits(p + 4, 2);
	if (minutes < 0 || hours > 23 || minutes > 59 || p[6])
		return WEIR_E(INVALID);
	*ret_offset_s = (hours * 60 + minutes) * 60 * (*p == '-' ? -1 : 1);
	return 0;
}

int rfc3339_parse(const char *text, uint64_t *ret_ns)
{
	struct tm tm = {0}, check;
	uint64_t fraction;
	int offset;

	if (strlen(text) < 20 || text[4] != '-' || text[7] != '-' || (text[10] | 32) != 't' || text[13] != ':' ||
	    text[16] != ':')
		return WEIR_E(INVALID);
	int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2), hour = digits(text + 11, 2),
	    minute = digits(text + 14, 2), second = digits(text + 17, 2);
	if (year < 1970 || year > 2554 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
	    minute < 0 || minute > 59 || second < 0 || second > 60)
		return WEIR_E(INVALID);
	const char *p = text + 19;
	if (fraction_parse(&p, &fraction) != 0 || zone_parse(p, &offset) != 0)
		return WEIR_E(INVALID);
	tm = (struct tm){.tm_year = year - 1900,
			 .tm_mon = month - 1,
			 .tm_mday = day,
			 .tm_hour = hour,
			 .tm_min = minute,
			 .tm_sec = second};
	check = tm;
	time_t t = timegm(&check);
	if (check.tm_mday != day || t - offset < 0)
		return WEIR_E(INVALID);
	*ret_ns = (uint64_t)(t - offset) * NS_PER_S + fraction;
	return 0;
}
