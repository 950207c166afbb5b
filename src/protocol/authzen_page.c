#include "protocol/authzen_page.h"

#include "crypt/digest.h"
#include "text/base64.h"
#include "text/jcs.h"

#include <string.h>

/* version, first page or not, limit, total, digest; then the id. All numbers big endian. */
#define VERSION       1
#define FLAGS_AT      1u
#define LIMIT_AT      2u
#define TOTAL_AT      10u
#define DIGEST_AT     18u
#define DIGEST_BYTES  16u
#define HEAD_BYTES    (DIGEST_AT + DIGEST_BYTES)
#define TOKEN_BYTES_MAX (HEAD_BYTES + AUTHZEN_POSITION_BYTES_MAX)
#define CANONICAL_BYTES_MAX (8u * 1024u * 1024u)

static void put_number(char *to, uint64_t number)
{
	for (unsigned i = 0; i < 8; i++)
		to[i] = (char)(unsigned char)(number >> (56 - 8 * i));
}

static uint64_t get_number(const char *from)
{
	uint64_t number = 0;
	for (unsigned i = 0; i < 8; i++)
		number = number << 8 | (unsigned char)from[i];
	return number;
}

/* One member of the request in its canonical form, or as it came where it has none. */
static enum error add_member(struct buffer *out, const struct authzen_search *search, const char *name,
			     struct arena *arena, struct fault *why)
{
	const struct json_node *node = json_get(&search->doc, json_root(&search->doc), slice_of(name));
	size_t before = out->len;
	buffer_add_text(out, name);
	if (!node)
		return E_OK;
	enum error code = jcs_write(out, &search->doc, node, JCS_EXACT_INTEGERS, arena, why);
	if (code != E_INVALID)
		return code;
	out->len = before;
	buffer_add(out, json_span(&search->doc, node));
	return E_OK;
}

static enum error bind(struct buffer *out, const struct authzen_search *search, slice asker, struct arena *arena,
		       struct fault *why)
{
	static const char *const members[] = {"subject", "resource", "action", "context"};
	buffer_add_text(out, "tipstaff search ");
	buffer_add_text(out, authzen_search_name(search->kind));
	buffer_add(out, (slice){"", 1});
	buffer_add(out, asker);
	buffer_add(out, (slice){"", 1});
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		TRY(add_member(out, search, members[i], arena, why));
	return buffer_check(out, why);
}

/* Over the search, the asker and all of the token but the digest itself. */
static enum error digest_of(const char *token, size_t length, const struct authzen_search *search, slice asker,
			    struct arena *arena, struct sha256 *ret_digest, struct fault *why)
{
	struct buffer bound;
	buffer_init(&bound, CANONICAL_BYTES_MAX);
	enum error code = bind(&bound, search, asker, arena, why);
	buffer_add(&bound, slice_from(token, DIGEST_AT));
	buffer_add(&bound, slice_from(token + HEAD_BYTES, length - HEAD_BYTES));
	if (code == E_OK)
		code = buffer_check(&bound, why);
	if (code == E_OK)
		code = sha256_once(ret_digest, buffer_slice(&bound), why);
	buffer_free(&bound);
	return code;
}

enum error authzen_page_write(slice *ret_token, const struct authzen_page *page, const struct authzen_search *search,
			      slice asker, struct arena *arena, struct fault *why)
{
	struct sha256 digest;
	size_t length = HEAD_BYTES + page->after.len;
	if (page->after.len > AUTHZEN_POSITION_BYTES_MAX)
		return FAIL(why, E_LIMIT, "an id is longer than %u bytes; results beyond cannot be paged",
			    AUTHZEN_POSITION_BYTES_MAX);
	char *token = arena_alloc(arena, length);
	char *text = arena_alloc(arena, BASE64URL_TEXT_BYTES(length));
	if (!token || !text)
		return FAIL(why, E_MEMORY, "no memory for a page token");
	token[0] = VERSION;
	token[FLAGS_AT] = page->is_first;
	put_number(token + LIMIT_AT, page->limit);
	put_number(token + TOTAL_AT, page->total);
	if (page->after.len)
		memcpy(token + HEAD_BYTES, page->after.ptr, page->after.len);
	TRY(digest_of(token, length, search, asker, arena, &digest, why));
	memcpy(token + DIGEST_AT, digest.bytes, DIGEST_BYTES);
	*ret_token = slice_from(text, base64url_write(text, slice_from(token, length)));
	return E_OK;
}

static enum error refuse(struct fault *why)
{
	return FAIL_FIELD(why, E_INVALID, "page", "page.token does not belong to this search; begin again without it");
}

enum error authzen_page_read(struct authzen_page *ret, const struct authzen_search *search, slice asker,
			     struct arena *arena, struct fault *why)
{
	slice token;
	struct sha256 digest;
	*ret = (struct authzen_page){.total = AUTHZEN_TOTAL_UNKNOWN};
	if (search->token.len > BASE64URL_TEXT_BYTES(TOKEN_BYTES_MAX))
		return refuse(why);
	enum error code = base64url_read_arena(&token, search->token, arena, why);
	if (code == E_MEMORY)
		return code;
	if (code != E_OK || token.len < HEAD_BYTES || token.ptr[0] != VERSION)
		return refuse(why);
	TRY(digest_of(token.ptr, token.len, search, asker, arena, &digest, why));
	if (memcmp(digest.bytes, token.ptr + DIGEST_AT, DIGEST_BYTES) != 0)
		return refuse(why);
	ret->is_first = token.ptr[FLAGS_AT] == 1;
	ret->limit = get_number(token.ptr + LIMIT_AT);
	ret->total = get_number(token.ptr + TOTAL_AT);
	ret->after = slice_from_offset(token, HEAD_BYTES);
	if (search->has_limit && search->limit != ret->limit)
		return FAIL_FIELD(why, E_INVALID, "page", "page.limit must stay the same from page to page");
	return E_OK;
}
