#include "text/url.h"

#include "check.h"

static struct arena arena;
static struct fault why;

static struct url parsed(const char *text)
{
	struct url url;
	if (url_parse(&url, slice_of(text), &why) != E_OK)
		fail_msg("%s: %s", text, fault_sentence(&why));
	return url;
}

TEST(a_url_is_taken_apart)
{
	struct url url = parsed("HTTPS://Example.com:8443/a%20b/c?x=1&y=/?#frag");
	CHECK(url.secure && url.port == 8443 && !url.host_is_ipv6);
	CHECK_SLICE(url.host, SLICE("Example.com"));
	CHECK_SLICE(url.origin, SLICE("HTTPS://Example.com:8443"));
	CHECK_SLICE(url.path, SLICE("/a%20b/c"));
	CHECK_SLICE(url.query, SLICE("x=1&y=/?"));
	CHECK_SLICE(url.fragment, SLICE("frag"));
	url = parsed("http://a");
	CHECK(!url.secure && url.port == 80 && url.path.len == 0 && url.query.ptr == NULL && url.fragment.ptr == NULL);
	url = parsed("https://a?#");
	CHECK(url.port == 443 && url.query.ptr && url.query.len == 0 && url.fragment.ptr && url.fragment.len == 0);
	url = parsed("http://[2001:db8::1]:80/");
	CHECK(url.host_is_ipv6);
	CHECK_SLICE(url.host, SLICE("2001:db8::1"));
}

TEST(hosts_are_names_or_plain_addresses)
{
	static const char *const right[] = {"http://127.0.0.1", "http://255.255.255.255:65535", "http://a.b-c.example.",
					    "http://xn--bcher-kva.example", "http://my_service:1", "http://[::]",
					    "http://[::1]", "http://[1:2:3:4:5:6:7:8]", "http://[::ffff:1.2.3.4]",
					    "http://[1::8]", "http://[1:2:3:4:5:6:1.2.3.4]", "http://1a", "http://a.1b"};
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		parsed(right[i]);
}

TEST(what_two_readers_could_read_differently_is_refused)
{
	static const char *const wrong[] = {
		"", "a", "/a", "ftp://a", "http:a", "http:/a", "http://", "http:///a", "http://?x", "http://:80", "//a",
		"http://user@a", "http://user:pass@a", "http://a\\b", "http://a b", "http://a/b c", "http://a/\xc3\xa9",
		"http://\xc3\xa9", "http://a%62", "http://a/%", "http://a/%2", "http://a/%zz", "http://a/<b>", "http://a\n",
		"http://a/\x01", "http://a:", "http://a:0", "http://a:080", "http://a:65536", "http://a:-1", "http://a:1:2",
		"http://a..b", "http://.a", "http://.", "http://127.1", "http://2130706433", "http://0x7f.1", "http://0x7f000001",
		"http://1.2.3.256", "http://1.2.3.04", "http://1.2.3.4.", "http://1.2.3.4.5", "http://[", "http://[]", "http://[::1",
		"http://[::1]x", "http://[1::2::3]", "http://[:1]", "http://[1:]", "http://[1:2:3:4:5:6:7]", "http://[:::]",
		"http://[1:2:3:4:5:6:7:8:9]", "http://[::12345]", "http://[::1%25eth0]", "http://[1.2.3.4::]", "http://::1/",
		"http://[v1.a]", "http://a/\"", "http://a/b`", "http://a/{b}", "http://a/b|c", "http://a/b^c", " http://a",
		"http://a/[b]", "http://a#b#c", "javascript://a"};
	struct url url;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (url_parse(&url, slice_of(wrong[i]), NULL) != E_SYNTAX)
			fail_msg("%s was read", wrong[i]);
	static char large[URL_BYTES_MAX + 1];
	CHECK_ERROR(url_parse(&url, slice_from(large, sizeof(large)), NULL), E_LIMIT);
	CHECK_ERROR(url_parse(&url, SLICE("http://a/\0"), NULL), E_SYNTAX);
	CHECK_ERROR(url_parse(&url, SLICE("http://a\0b/"), NULL), E_SYNTAX);
}

TEST(origins_are_compared_with_their_real_ports)
{
	struct url a = parsed("https://A.example/x"), b = parsed("https://a.EXAMPLE:443"), c = parsed("http://a.example:443");
	CHECK(url_same_origin(&a, &b) && !url_same_origin(&a, &c));
}

TEST(percent_signs_are_read_and_written)
{
	slice text;
	struct buffer buffer;
	arena_init(&arena, 1 << 16);
	CHECK_OK(percent_decode(&text, SLICE("a%20+%c3%A9%00"), &arena, &why), why);
	CHECK_SLICE(text, SLICE("a +\xc3\xa9\0"));
	CHECK_ERROR(percent_decode(&text, SLICE("%"), &arena, NULL), E_SYNTAX);
	CHECK_ERROR(percent_decode(&text, SLICE("a%2"), &arena, NULL), E_SYNTAX);
	CHECK_ERROR(percent_decode(&text, SLICE("%g0"), &arena, NULL), E_SYNTAX);
	struct arena none = {0};
	CHECK_ERROR(percent_decode(&text, SLICE("%20"), &none, NULL), E_MEMORY);
	buffer_init(&buffer, 100);
	percent_encode(&buffer, SLICE("aZ09-._~ /%\xff\0"));
	CHECK_SLICE(buffer_slice(&buffer), SLICE("aZ09-._~%20%2F%25%FF%00"));
	buffer_free(&buffer);
	arena_free(&arena);
}

TEST(paths_are_walked_without_leaving)
{
	static const struct {
		const char *path;
		const char *normal;
	} rows[] = {{"/", "/"},		 {"/a/../b", "/b"},  {"/a/./b/", "/a/b/"}, {"//a///b", "/a/b"},	 {"/a/b/..", "/a/"},
		    {"/a/..", "/"},	 {"a/../b", "b"},    {"a/..", "."},	   {"", "."},		 {".", "."},
		    {"./a", "a"},	 {"/...", "/..."},   {"/a/b/../../c", "/c"}, {"a/b/", "a/b/"},	 {"/..a/b..", "/..a/b.."}};
	slice path;
	arena_init(&arena, 1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_OK(path_normalise(&path, slice_of(rows[i].path), &arena, &why), why);
		CHECK_SLICE(path, slice_of(rows[i].normal));
	}
	static const char *const wrong[] = {"/..", "..", "/a/../..", "a/../../b", "/./../a", "//.."};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_ERROR(path_normalise(&path, slice_of(wrong[i]), &arena, NULL), E_INVALID);
	CHECK_ERROR(path_normalise(&path, SLICE("/a\0b"), &arena, NULL), E_INVALID);
	struct arena none = {0};
	CHECK_ERROR(path_normalise(&path, SLICE("/a"), &none, NULL), E_MEMORY);
	arena_free(&arena);
}
