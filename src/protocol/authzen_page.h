/*
 * The token of a page of search results: where the next page begins, bound to the search it belongs to.
 *
 * It holds no secret and gives no right: whoever makes one up can only begin elsewhere in what he may see anyway. The
 * digest is there so that a token of another search, another asker or an altered one is refused instead of leading to
 * pages that belong to nothing. It holds across restarts and nodes.
 */
#ifndef TIPSTAFF_PROTOCOL_AUTHZEN_PAGE_H
#define TIPSTAFF_PROTOCOL_AUTHZEN_PAGE_H

#include "protocol/authzen.h"

#define AUTHZEN_TOTAL_UNKNOWN UINT64_MAX
/* An id of 8 KB is longer than any URL that names a thing; results beyond cannot be paged over. */
#define AUTHZEN_POSITION_BYTES_MAX 8192u

struct authzen_page {
	uint64_t limit;
	uint64_t total;  /* as it was counted for the first page, or AUTHZEN_TOTAL_UNKNOWN */
	slice after;     /* id of the last candidate that was looked at */
	bool is_first;   /* nothing was looked at yet; `after` is empty */
};

/*
 * The token, in base64url, in the arena. `asker` names who asks, `search` is the request that is answered.
 * E_LIMIT: AUTHZEN_POSITION_BYTES_MAX.  E_MEMORY, E_CRYPTO.
 */
MUST_USE enum error authzen_page_write(slice *ret_token, const struct authzen_page *page,
				       const struct authzen_search *search, slice asker, struct arena *arena,
				       struct fault *why);
/*
 * Reads search->token. E_INVALID (page): it was not made for this search and asker, or the limit has changed.
 * E_MEMORY, E_CRYPTO.
 */
MUST_USE enum error authzen_page_read(struct authzen_page *ret, const struct authzen_search *search, slice asker,
				      struct arena *arena, struct fault *why);

#endif
