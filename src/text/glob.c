#include "text/glob.h"

#include <string.h>

#define WORDS ((GLOB_BYTES_MAX + 64) / 64)

/*
 * All places of the pattern where a match may stand, at once: a set of byte positions. Each byte of the text moves the
 * whole set on, so nothing is ever tried twice.
 */
struct places {
	uint64_t words[WORDS];
	uint64_t arrived[WORDS]; /* those that `add` has been through */
};

enum error glob_check(slice pattern, struct fault *why)
{
	if (pattern.len > GLOB_BYTES_MAX)
		return FAIL(why, E_LIMIT, "a pattern of %zu bytes, at most %u are read", pattern.len, GLOB_BYTES_MAX);
	size_t at = 0;
	while (at < pattern.len)
		at += pattern.ptr[at] == '\\' ? 2 : 1;
	if (at > pattern.len)
		return FAIL(why, E_SYNTAX, "a pattern that ends with a backslash");
	return E_OK;
}

bool glob_is_literal(slice pattern)
{
	for (size_t at = 0; at < pattern.len; at++) {
		if (pattern.ptr[at] == '*' || pattern.ptr[at] == '?')
			return false;
		if (pattern.ptr[at] == '\\')
			at++;
	}
	return true;
}

/* Length of the run of stars at `at`. */
static size_t stars(slice pattern, size_t at)
{
	size_t end = at;
	while (end < pattern.len && pattern.ptr[end] == '*')
		end++;
	return end - at;
}

static bool at_segment_start(slice pattern, size_t at)
{
	return at == 0 || pattern.ptr[at - 1] == '/';
}

/* Puts `at` into the set, and the places that need no further byte. */
static void add(struct places *places, slice pattern, size_t at)
{
	for (;;) {
		uint64_t bit = (uint64_t)1 << (at % 64);
		if (places->arrived[at / 64] & bit)
			return;
		places->arrived[at / 64] |= bit;
		places->words[at / 64] |= bit;
		size_t run = stars(pattern, at);
		if (run == 0)
			return;
		/* A star may stand for nothing; "**" that is a whole segment for no segment. */
		size_t next = at + run;
		if (run > 1 && at_segment_start(pattern, at) && next < pattern.len && pattern.ptr[next] == '/')
			add(places, pattern, next + 1);
		at = next;
	}
}

/* Is there a '?' that stands for a character right before `at`? */
static bool behind_question(slice pattern, size_t at)
{
	if (at == 0 || pattern.ptr[at - 1] != '?')
		return false;
	size_t backslashes = 0;
	while (backslashes + 1 < at && pattern.ptr[at - 2 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 0;
}

static bool continues_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Where the place `at` goes with this byte. */
static void step(struct places *next, slice pattern, size_t at, char byte)
{
	/* Behind a '?' that took the first byte of a character, the others of it are taken too. */
	if (continues_character(byte) && behind_question(pattern, at))
		next->words[at / 64] |= (uint64_t)1 << (at % 64);
	if (at == pattern.len)
		return;
	size_t run = stars(pattern, at);
	if (run > 0) {
		/* Staying is not arriving: a segment that has begun is not skipped any more. */
		if (run > 1 || byte != '/') {
			next->words[at / 64] |= (uint64_t)1 << (at % 64);
			add(next, pattern, at + run);
		}
		return;
	}
	bool escaped = pattern.ptr[at] == '\\';
	if (pattern.ptr[at] == '?' ? byte != '/' && !continues_character(byte) : pattern.ptr[at + escaped] == byte)
		add(next, pattern, at + escaped + 1);
}

bool glob_match(slice pattern, slice text)
{
	if (glob_check(pattern, NULL) != E_OK)
		return false;
	if (glob_is_literal(pattern) && slice_find_byte(pattern, '\\', 0) == SIZE_MAX)
		return slice_equal(pattern, text);
	size_t words = pattern.len / 64 + 1;
	struct places now = {0}, next;
	add(&now, pattern, 0);
	for (size_t i = 0; i < text.len; i++) {
		uint64_t any = 0;
		memset(next.words, 0, words * sizeof(next.words[0]));
		memset(next.arrived, 0, words * sizeof(next.arrived[0]));
		for (size_t word = 0; word < words; word++)
			for (uint64_t bits = now.words[word]; bits; bits &= bits - 1)
				step(&next, pattern, word * 64 + (size_t)__builtin_ctzll(bits), text.ptr[i]);
		for (size_t word = 0; word < words; word++)
			any |= now.words[word] = next.words[word];
		if (!any)
			return false;
	}
	return now.words[pattern.len / 64] >> (pattern.len % 64) & 1;
}
