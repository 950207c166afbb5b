/* URLs, forms, percent signs and paths. */
#include "fuzz.h"

#include "text/form.h"
#include "text/url.h"

static void check_form(slice text, struct arena *arena)
{
	struct form form, again;
	struct buffer buffer;
	if (form_parse(&form, text, arena, NULL) != E_OK)
		return;
	buffer_init(&buffer, 1 << 20);
	for (size_t i = 0; i < form.count; i++)
		form_add(&buffer, form.pairs[i].name, form.pairs[i].value);
	enum error error = form_parse(&again, buffer_slice(&buffer), arena, NULL);
	assert(error == E_OK && again.count == form.count);
	for (size_t i = 0; i < form.count; i++)
		assert(slice_equal(form.pairs[i].name, again.pairs[i].name) &&
		       slice_equal(form.pairs[i].value, again.pairs[i].value));
	buffer_free(&buffer);
}

static void check_path(slice text, struct arena *arena)
{
	slice path, again;
	if (path_normalise(&path, text, arena, NULL) != E_OK)
		return;
	enum error error = path_normalise(&again, path, arena, NULL);
	assert(error == E_OK && slice_equal(path, again));
	for (slice rest = path; rest.ptr;)
		assert(!slice_equal(slice_cut(&rest, '/'), SLICE("..")));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct arena arena;
	struct url url;
	struct fault why;
	slice text = slice_from(bytes, length), decoded;
	arena_init(&arena, 64u << 20);
	if (url_parse(&url, text, &why) == E_OK) {
		assert(url.host.len > 0 && url.port > 0 && slice_starts_with(text, url.origin));
		assert(url_same_origin(&url, &url));
		size_t parts = url.origin.len + url.path.len + (url.query.ptr ? url.query.len + 1 : 0) +
			       (url.fragment.ptr ? url.fragment.len + 1 : 0);
		assert(parts == text.len);
	}
	if (percent_decode(&decoded, text, &arena, &why) == E_OK)
		assert(decoded.len <= text.len);
	if (length < 65536) {
		check_form(text, &arena);
		check_path(text, &arena);
	}
	arena_free(&arena);
	return 0;
}
