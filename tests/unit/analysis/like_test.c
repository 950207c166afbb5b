#include "analysis/like.h"

#include "check.h"

#define WISHES_MAX 8u

/* `+a*` must fit, `-a*` must not, `!a` must not be the text; separated by spaces. */
static slice find(const char *text)
{
	static char found[200];
	struct like_wish wishes[WISHES_MAX];
	struct pattern patterns[WISHES_MAX];
	struct arena arena;
	size_t count = 0, bad;
	slice rest = slice_of(text), result = SLICE("unknown");
	arena_init(&arena, 1 << 24);
	while (rest.len > 0) {
		slice word = slice_cut(&rest, ' '), body = slice_from_offset(word, 1);
		slice quoted = arena_print(&arena, "\"%.*s\"", SLICE_ARG(body));
		CHECK(count < WISHES_MAX);
		CHECK_INT(pattern_unescape(&arena, quoted, &patterns[count], &bad), E_OK);
		wishes[count] = (struct like_wish){.pattern = &patterns[count], .is_wanted = word.ptr[0] == '+'};
		if (word.ptr[0] == '!')
			wishes[count] = (struct like_wish){.text = body};
		count++;
	}
	enum like_answer answer = like_find(&arena, wishes, count, &result);
	for (size_t i = 0; answer == LIKE_FOUND && i < count; i++)
		CHECK(wishes[i].pattern ? pattern_matches(wishes[i].pattern, result) == wishes[i].is_wanted
					: !slice_equal(wishes[i].text, result));
	if (answer == LIKE_NONE)
		result = SLICE("none");
	CHECK(result.len < sizeof(found));
	for (size_t i = 0; i < result.len; i++)
		found[i] = result.ptr[i];
	result.ptr = found;
	arena_free(&arena);
	return result;
}

#define FINDS(wishes, expected) CHECK_SLICE(find(wishes), SLICE(expected))

TEST(the_shortest_text_is_found)
{
	FINDS("", "");
	FINDS("+a*", "a");
	FINDS("+a* +*b", "ab");
	FINDS("+a*b*c -*b*b*", "abc");
	FINDS("+*ab* +*bc* +*cd*", "abcd");
	FINDS("+a*a -a -aa !aaa", "axa");
	FINDS("+* !", "x");
	FINDS("+*x* -x*", "yx");
	FINDS("+\u00e9* -*\u20ac", "\u00e9");
	FINDS("+a\\*b", "a*b");
}

TEST(where_there_is_none_that_is_certain)
{
	FINDS("+a* +b*", "none");
	FINDS("+ab* -a*", "none");
	FINDS("+a*b -*b", "none");
	FINDS("+* -*", "none");
	FINDS("+a !a", "none");
	FINDS("+*a* -*a*", "none");
	FINDS("+a*c -a*c", "none");
	FINDS("+a*b*c -*b*", "none");
}

TEST(what_is_too_large_is_not_known)
{
	char text[800] = "+";
	for (size_t i = 1; i < 700; i++)
		text[i] = i % 2 ? 'a' : '*';
	text[700] = '\0';
	FINDS(text, "unknown");
}
