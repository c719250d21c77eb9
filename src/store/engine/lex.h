/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of a ClickHouse statement, as far as weir-store has to know them: to find FORMAT in an INSERT, and to
 * tell what a read-only session must not say (guard.h). Pure; no allocation.
 *
 * Where ClickHouse's own lexer knows quotes that this one does not ($tag$ here documents, typographic quotes),
 * the token is LEX_STRANGE, which the guard refuses.
 */
#ifndef WEIR_STORE_ENGINE_LEX_H
#define WEIR_STORE_ENGINE_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum lex_kind {
	LEX_END,
	LEX_WORD,   /* bare word or number */
	LEX_NAME,   /* `quoted` or "quoted": s, n are what stands between the quotes, escapes left as they are */
	LEX_STRING, /* 'quoted' */
	LEX_MARK,   /* one character of anything else */
	LEX_STRANGE /* can't be told: unclosed quote or comment, here document, bytes >= 0x80 outside quotes */
};

struct lex_token {
	enum lex_kind kind;
	const char *s;
	size_t n;
};

struct lex {
	const char *pos, *end;
};

/* Comments and spaces are left out. */
struct lex_token lex_next(struct lex *l);
/* A bare word, without regard to case. */
bool lex_is(const struct lex_token *t, const char *word);
bool lex_is_mark(const struct lex_token *t, char c);

#endif
