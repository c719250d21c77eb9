// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/regex_re2.h"

#include <cstdio>
#include <new>

#include <re2/re2.h>

struct regex {
	RE2 re;
	regex(const re2::StringPiece &pattern, const RE2::Options &options) : re(pattern, options) {}
};

extern "C" struct regex *regex_compile(const char *pattern, size_t len, char *why, size_t why_size)
{
	try {
		RE2::Options options;
		options.set_log_errors(false);
		options.set_dot_nl(true); // as ClickHouse's match()
		options.set_never_capture(false);
		options.set_max_mem(REGEX_MEMORY_MAX);
		regex *r = new regex(re2::StringPiece(pattern, len), options);
		if (r->re.ok())
			return r;
		std::snprintf(why, why_size, "%s", r->re.error().c_str());
		delete r;
	} catch (const std::bad_alloc &) {
		std::snprintf(why, why_size, "out of memory");
	}
	return nullptr;
}

extern "C" bool regex_search(const struct regex *re, const char *s, size_t n)
{
	return re->re.Match(re2::StringPiece(s, n), 0, n, RE2::UNANCHORED, nullptr, 0);
}

extern "C" void regex_free(struct regex *re)
{
	delete re;
}
