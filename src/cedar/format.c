#include "cedar/format.h"

#include "cedar/lexer.h"
#include "cedar/limits.h"
#include "cedar/policyset.h"

#include "base/arena.h"

#define COLUMNS 80u
#define INDENT  2u

/* A token with the comments in front of it. */
struct piece {
	struct token token;
	size_t gap_start; /* of the space and comments between the token before and this one */
};

struct formatter {
	slice text;
	struct buffer *out;
	struct piece *pieces;
	size_t count;
	size_t at;
	unsigned indent;
	bool at_line_start;
};

static void new_line(struct formatter *formatter)
{
	if (formatter->at_line_start)
		return;
	buffer_add_byte(formatter->out, '\n');
	formatter->at_line_start = true;
}

static void put(struct formatter *formatter, slice text)
{
	if (formatter->at_line_start)
		for (unsigned i = 0; i < formatter->indent; i++)
			buffer_add_byte(formatter->out, ' ');
	formatter->at_line_start = false;
	buffer_add(formatter->out, text);
}

/* The comment at `*at` of the gap; false where there is no further one. `*ret_own_line`: a line break stands before. */
static bool next_comment(slice text, size_t *at, size_t end, slice *ret_comment, bool *ret_own_line)
{
	*ret_own_line = false;
	while (*at < end && text.ptr[*at] != '/') {
		*ret_own_line = *ret_own_line || text.ptr[*at] == '\n' || text.ptr[*at] == '\r';
		(*at)++;
	}
	size_t start = *at;
	while (*at < end && text.ptr[*at] != '\n' && text.ptr[*at] != '\r')
		(*at)++;
	size_t stop = *at;
	while (stop > start && (text.ptr[stop - 1] == ' ' || text.ptr[stop - 1] == '\t'))
		stop--;
	*ret_comment = slice_sub(text, start, stop);
	return stop > start;
}

static bool has_comment(const struct formatter *formatter, size_t index)
{
	size_t at = formatter->pieces[index].gap_start;
	slice comment;
	bool own_line;
	return next_comment(formatter->text, &at, formatter->pieces[index].token.offset, &comment, &own_line);
}

/* A comment behind a token stays behind it; every other one has its own line. A comment ends its line. */
static void put_comments(struct formatter *formatter, const struct piece *piece)
{
	size_t at = piece->gap_start;
	slice comment;
	bool own_line;
	while (next_comment(formatter->text, &at, piece->token.offset, &comment, &own_line)) {
		if (own_line || formatter->at_line_start)
			new_line(formatter);
		else
			buffer_add_byte(formatter->out, ' ');
		put(formatter, comment);
		new_line(formatter);
	}
}

static bool is_word(enum token_kind kind)
{
	return kind == TOKEN_IDENTIFIER || kind == TOKEN_INTEGER || kind == TOKEN_STRING || kind == TOKEN_SLOT;
}

/* Does what stands before make `-` a sign, `(` a group, `[` a set? */
static bool ends_operand(const struct token *token)
{
	if (token->kind == TOKEN_IDENTIFIER)
		return !word_is_reserved(token->text) || slice_equal(token->text, SLICE("true")) ||
		       slice_equal(token->text, SLICE("false"));
	return is_word(token->kind) || token->kind == TOKEN_RIGHT_PAREN || token->kind == TOKEN_RIGHT_BRACKET ||
	       token->kind == TOKEN_RIGHT_BRACE;
}

static bool is_sign(const struct formatter *formatter, size_t index)
{
	enum token_kind kind = formatter->pieces[index].token.kind;
	if (kind == TOKEN_NOT)
		return true;
	return kind == TOKEN_MINUS && (index == 0 || !ends_operand(&formatter->pieces[index - 1].token));
}

static bool needs_space(const struct formatter *formatter, size_t index)
{
	const struct token *before = &formatter->pieces[index - 1].token, *token = &formatter->pieces[index].token;
	switch ((int)token->kind) {
	case TOKEN_COMMA:
	case TOKEN_SEMICOLON:
	case TOKEN_DOT:
	case TOKEN_DOUBLE_COLON:
	case TOKEN_COLON:
	case TOKEN_RIGHT_PAREN:
	case TOKEN_RIGHT_BRACKET:
		return false;
	case TOKEN_LEFT_PAREN:
		if (slice_equal(before->text, SLICE("permit")) || slice_equal(before->text, SLICE("forbid")))
			return index < 2 || formatter->pieces[index - 2].token.kind != TOKEN_AT;
		if (before->kind == TOKEN_IDENTIFIER && ends_operand(before))
			return false;
		break;
	case TOKEN_LEFT_BRACKET:
		if (ends_operand(before) && before->kind != TOKEN_RIGHT_BRACE)
			return false;
		break;
	case TOKEN_IDENTIFIER:
		/* `1h` */
		if (before->kind == TOKEN_INTEGER && token->text.len == 1)
			return false;
		break;
	default:
		break;
	}
	switch ((int)before->kind) {
	case TOKEN_LEFT_PAREN:
	case TOKEN_LEFT_BRACKET:
	case TOKEN_DOT:
	case TOKEN_DOUBLE_COLON:
	case TOKEN_AT:
		return false;
	default:
		return !is_sign(formatter, index - 1);
	}
}

/* Takes one token over. */
static void take(struct formatter *formatter)
{
	const struct piece *piece = &formatter->pieces[formatter->at];
	put_comments(formatter, piece);
	if (!formatter->at_line_start && formatter->at > 0 && needs_space(formatter, formatter->at))
		buffer_add_byte(formatter->out, ' ');
	put(formatter, piece->token.text);
	formatter->at++;
}

static enum token_kind kind_at(const struct formatter *formatter, size_t index)
{
	return index < formatter->count ? formatter->pieces[index].token.kind : TOKEN_END;
}

static bool word_at(const struct formatter *formatter, size_t index, slice word)
{
	return kind_at(formatter, index) == TOKEN_IDENTIFIER && slice_equal(formatter->pieces[index].token.text, word);
}

/* Index of the token that closes the bracket at `index`. */
static size_t closing(const struct formatter *formatter, size_t index)
{
	size_t depth = 0;
	for (; index < formatter->count; index++) {
		enum token_kind kind = kind_at(formatter, index);
		if (kind == TOKEN_LEFT_PAREN || kind == TOKEN_LEFT_BRACE || kind == TOKEN_LEFT_BRACKET)
			depth++;
		if ((kind == TOKEN_RIGHT_PAREN || kind == TOKEN_RIGHT_BRACE || kind == TOKEN_RIGHT_BRACKET) && --depth == 0)
			return index;
	}
	return formatter->count;
}

/* Width of the tokens from `from` to `to` on one line; COLUMNS + 1 where a comment or a line break stands inside. */
static size_t width(const struct formatter *formatter, size_t from, size_t to)
{
	size_t sum = 0;
	for (size_t i = from; i <= to && i < formatter->count; i++) {
		slice text = formatter->pieces[i].token.text;
		if ((i > from && has_comment(formatter, i)) || slice_find_byte(text, '\n', 0) != SIZE_MAX)
			return COLUMNS + 1;
		sum += text.len + (i > from && needs_space(formatter, i));
		if (sum > COLUMNS)
			return sum;
	}
	return sum;
}

static void format_annotations(struct formatter *formatter)
{
	while (kind_at(formatter, formatter->at) == TOKEN_AT) {
		take(formatter);
		take(formatter);
		if (kind_at(formatter, formatter->at) == TOKEN_LEFT_PAREN)
			for (unsigned i = 0; i < 3; i++)
				take(formatter);
		new_line(formatter);
	}
}

/* On one line where it fits, else one line for each of principal, action, resource. */
static void format_head(struct formatter *formatter)
{
	size_t end = closing(formatter, formatter->at + 1);
	bool fits = width(formatter, formatter->at, end) <= COLUMNS;
	take(formatter);
	take(formatter);
	formatter->indent = INDENT;
	for (size_t depth = 0; formatter->at < end;) {
		enum token_kind kind = kind_at(formatter, formatter->at);
		if (!fits && depth == 0 && kind_at(formatter, formatter->at - 1) == TOKEN_LEFT_PAREN)
			new_line(formatter);
		depth += kind == TOKEN_LEFT_PAREN || kind == TOKEN_LEFT_BRACKET;
		depth -= kind == TOKEN_RIGHT_PAREN || kind == TOKEN_RIGHT_BRACKET;
		take(formatter);
		if (!fits && depth == 0 && kind == TOKEN_COMMA && !has_comment(formatter, formatter->at))
			new_line(formatter);
	}
	formatter->indent = 0;
	if (!fits)
		new_line(formatter);
	take(formatter);
	new_line(formatter);
}

/* `when { ... }` or `when temporal { ... }` on one line where it fits, else broken behind each && and || that is in no brackets. */
static void format_clause(struct formatter *formatter)
{
	bool is_temporal = word_at(formatter, formatter->at + 1, SLICE("temporal"));
	size_t end = closing(formatter, formatter->at + 1 + is_temporal), depth = 0;
	bool last = kind_at(formatter, end + 1) == TOKEN_SEMICOLON;
	bool fits = width(formatter, formatter->at, end + last) <= COLUMNS;
	for (unsigned i = 0; i < 2u + is_temporal; i++)
		take(formatter);
	formatter->indent = INDENT;
	if (!fits)
		new_line(formatter);
	while (formatter->at < end) {
		enum token_kind kind = kind_at(formatter, formatter->at);
		depth += kind == TOKEN_LEFT_PAREN || kind == TOKEN_LEFT_BRACKET || kind == TOKEN_LEFT_BRACE;
		depth -= kind == TOKEN_RIGHT_PAREN || kind == TOKEN_RIGHT_BRACKET || kind == TOKEN_RIGHT_BRACE;
		take(formatter);
		/* A comment that stands behind the operator stays on its line. */
		if (!fits && depth == 0 && (kind == TOKEN_AND || kind == TOKEN_OR) &&
		    !has_comment(formatter, formatter->at))
			new_line(formatter);
	}
	if (!fits)
		put_comments(formatter, &formatter->pieces[formatter->at]);
	formatter->indent = 0;
	if (!fits)
		new_line(formatter);
	if (fits) {
		take(formatter);
	} else {
		put(formatter, formatter->pieces[formatter->at].token.text);
		formatter->at++;
	}
	if (!last)
		new_line(formatter);
}

static void format_policy(struct formatter *formatter)
{
	format_annotations(formatter);
	format_head(formatter);
	bool has_clause = false;
	while (word_at(formatter, formatter->at, SLICE("when")) || word_at(formatter, formatter->at, SLICE("unless"))) {
		format_clause(formatter);
		has_clause = true;
	}
	/* Without conditions the semicolon follows the head. */
	if (!has_clause && formatter->at_line_start && !has_comment(formatter, formatter->at)) {
		formatter->out->len--;
		formatter->at_line_start = false;
	}
	take(formatter);
}

/* The number of tokens; they are kept where `pieces` is not NULL. */
static size_t cut(slice text, struct piece *pieces)
{
	struct lexer lexer = {.text = text};
	size_t gap = 0, count = 0;
	for (;;) {
		struct token token;
		lexer_next(&lexer, &token);
		if (pieces)
			pieces[count] = (struct piece){token, gap};
		count++;
		gap = token.offset + token.text.len;
		if (token.kind == TOKEN_END)
			return count;
	}
}

static void format_all(struct formatter *formatter)
{
	formatter->at_line_start = true;
	while (kind_at(formatter, formatter->at) != TOKEN_END) {
		format_policy(formatter);
		/* A comment behind the semicolon belongs to this policy. */
		size_t at = formatter->pieces[formatter->at].gap_start;
		slice comment;
		bool own_line;
		if (next_comment(formatter->text, &at, formatter->pieces[formatter->at].token.offset, &comment, &own_line) &&
		    !own_line) {
			buffer_add_byte(formatter->out, ' ');
			put(formatter, comment);
			formatter->pieces[formatter->at].gap_start = at;
		}
		new_line(formatter);
		if (kind_at(formatter, formatter->at) != TOKEN_END || has_comment(formatter, formatter->at))
			buffer_add_byte(formatter->out, '\n');
	}
	put_comments(formatter, &formatter->pieces[formatter->at]);
}

enum error cedar_format(slice name, slice text, struct buffer *out, struct cedar_problem *problem, struct fault *why)
{
	static const struct hash_key key = {0, 0};
	struct cedar_policyset *set;
	struct cedar_source source = {.name = name, .text = text};
	struct arena arena;
	/* Only what parses has a layout. */
	TRY(cedar_policyset_build(&key, &source, 1, NULL, 0, &set, problem, why));
	cedar_policyset_free(set);
	arena_init(&arena, CEDAR_STORE_BYTES_MAX);
	struct piece *pieces = ARENA_ARRAY(&arena, cut(text, NULL), struct piece);
	enum error error = pieces ? E_OK : FAIL(why, E_MEMORY, "no memory for formatting");
	if (error == E_OK) {
		struct formatter formatter = {.text = text, .out = out, .pieces = pieces, .count = cut(text, pieces)};
		format_all(&formatter);
		error = buffer_check(out, why);
	}
	arena_free(&arena);
	return error;
}
