/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/engine/lex.h"

#include <string.h>
#include <strings.h>

#include "base/cursor.h"

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

/* The character i places on; 0 past the end. */
static char peek(const struct cursor *c, size_t i)
{
	return cursor_left(c) > i ? (char)c->pos[i] : '\0';
}

/* Step over what ends with the text; false when it never comes. */
static bool skip_past(struct cursor *c, const char *text)
{
	const uint8_t *at = memmem(c->pos, cursor_left(c), text, strlen(text));
	if (!at) {
		cursor_skip(c, cursor_left(c));
		return false;
	}
	cursor_skip(c, (size_t)(at - c->pos) + strlen(text));
	return true;
}

/* Spaces and comments: "--", "#!" and "# " to the end of the line, slash-star. False for an unclosed comment. */
static bool skip_blank(struct cursor *c)
{
	while (cursor_left(c)) {
		char a = peek(c, 0), b = peek(c, 1);
		if (is_space(a)) {
			cursor_skip(c, 1);
		} else if ((a == '-' && b == '-') || (a == '#' && (b == ' ' || b == '!'))) {
			(void)skip_past(c, "\n"); /* the end of the text ends it too */
		} else if (a == '/' && b == '*') {
			cursor_skip(c, 2);
			if (!skip_past(c, "*/"))
				return false;
		} else {
			return true;
		}
	}
	return true;
}

/* After the opening quote: a backslash escapes the next character, a doubled quote stands for itself. */
static struct lex_token quoted(struct cursor *c, char quote, enum lex_kind kind)
{
	struct lex_token t = {kind, (const char *)c->pos, 0};

	while (cursor_left(c)) {
		char a = (char)cursor_u8(c);
		if (a == quote && peek(c, 0) != quote) {
			t.n = (size_t)((const char *)c->pos - 1 - t.s);
			return t;
		}
		if (a == quote || a == '\\')
			cursor_skip(c, 1);
	}
	return (struct lex_token){LEX_STRANGE, t.s, 0};
}

static struct lex_token word(struct cursor *c)
{
	struct lex_token t = {LEX_WORD, (const char *)c->pos, 0};
	while (is_word(peek(c, 0))) {
		cursor_skip(c, 1);
		t.n++;
	}
	return t;
}

static struct lex_token take(struct cursor *c)
{
	const char *at = (const char *)c->pos;

	if (!skip_blank(c))
		return (struct lex_token){LEX_STRANGE, at, 0};
	if (!cursor_left(c))
		return (struct lex_token){LEX_END, (const char *)c->pos, 0};
	if (is_word(peek(c, 0)))
		return word(c);
	at = (const char *)c->pos;
	char a = (char)cursor_u8(c);
	if (a == '\'')
		return quoted(c, a, LEX_STRING);
	if (a == '`' || a == '"')
		return quoted(c, a, LEX_NAME);
	bool strange = a == '$' || a == '\0' || (unsigned char)a >= 0x80;
	return (struct lex_token){strange ? LEX_STRANGE : LEX_MARK, at, 1};
}

struct lex_token lex_next(struct lex *l)
{
	struct cursor c = cursor_of(l->pos, (size_t)(l->end - l->pos));
	struct lex_token t = take(&c);
	l->pos = c.failed ? l->end : (const char *)c.pos;
	return t;
}

bool lex_is(const struct lex_token *t, const char *w)
{
	return t->kind == LEX_WORD && t->n == strlen(w) && strncasecmp(t->s, w, t->n) == 0;
}

bool lex_is_mark(const struct lex_token *t, char c)
{
	return t->kind == LEX_MARK && *t->s == c;
}
