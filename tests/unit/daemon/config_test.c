#include "daemon/config.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads `text` as a configuration file. */
static enum error read_text(struct config *config, struct arena *arena, const char *text, struct fault *why)
{
	char path[] = "/tmp/tipstaff-config-XXXXXX";
	int file = mkstemp(path);
	CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
	close(file);
	config_init(config);
	enum error code = config_read(config, path, arena, why);
	unlink(path);
	return code;
}

TEST(every_key_has_a_default_that_passes)
{
	struct config config;
	struct fault why = {0};
	config_init(&config);
	CHECK_ERROR(config_check(&config, &why), E_INVALID);
	CHECK(strcmp(why.field, "data") == 0);
	config.data_dir = SLICE("/var/lib/tipstaff");
	CHECK_OK(config_check(&config, &why), why);
	CHECK(config_is_loopback(&config));
	CHECK(config.token_lifetime_s == 300 && config.append_timeout_ms == 2000);
	CHECK(config_key(0) != NULL && config_key(1000) == NULL);
}

TEST(what_the_file_says_is_taken)
{
	struct config config;
	struct arena arena;
	struct fault why = {0};
	arena_init(&arena, 1 << 20);
	CHECK_OK(read_text(&config, &arena,
			   "data: /srv/tipstaff\nlisten: \"[::1]:8080\"\nloops: 4\ntoken:\n  lifetime: 2m\n  clock_skew: 0s\n"
			   "evidence:\n  append_timeout: 500ms\n  segment_size: 16MiB\nlog:\n  format: json\n"
			   "authzen:\n  assert_properties: true\n",
			   &why), why);
	CHECK_SLICE(config.data_dir, SLICE("/srv/tipstaff"));
	CHECK_SLICE(config.listen_address, SLICE("::1"));
	CHECK(config.listen_port == 8080 && config.loops == 4 && config.token_lifetime_s == 120);
	CHECK(config.clock_skew_s == 0 && config.append_timeout_ms == 500 && config.log_segment_bytes == 16u << 20);
	CHECK(config.log_json && config.authzen_assert_properties);
	arena_free(&arena);
}

TEST(what_is_wrong_is_refused_with_its_place)
{
	static const struct {
		const char *text;
		const char *place;
	} wrong[] = {
		{"daata: /x\n", ":1:"},
		{"data: /x\ntoken:\n  lifetime: 10m\n", ":3:"},
		{"token:\n  lifetime: 30\n", ":2:"},
		{"token:\n  lifetime: 1500ms\n", ":2:"},
		{"token:\n  life: 60s\n", ":2:"},
		{"loops: many\n", ":1:"},
		{"loops: 65\n", ":1:"},
		{"listen: example.com:80\n", ":1:"},
		{"listen: 127.0.0.1\n", ":1:"},
		{"listen: 127.0.0.1:65536\n", ":1:"},
		{"evidence:\n  segment_size: 64MB\n", ":2:"},
		{"log:\n  format: xml\n", ":2:"},
		{"tls:\n  certificate: /nowhere/at/all.pem\n", ":2:"},
		{"authzen: true\n", ":1:"},
		{"data: /x\ndata: /y\n", ":2:"},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct config config;
		struct arena arena;
		struct fault why = {0};
		arena_init(&arena, 1 << 20);
		if (read_text(&config, &arena, wrong[i].text, &why) == E_OK)
			print_error("accepted: %s\n", wrong[i].text);
		CHECK(why.code != E_OK);
		if (!strstr(why.sentence, wrong[i].place))
			print_error("%s: no place in \"%s\"\n", wrong[i].text, why.sentence);
		CHECK(strstr(why.sentence, wrong[i].place) != NULL);
		arena_free(&arena);
	}
}

TEST(an_open_address_needs_tls)
{
	struct config config;
	struct arena arena;
	struct fault why = {0};
	arena_init(&arena, 1 << 16);
	config_init(&config);
	config.data_dir = SLICE("/x");
	CHECK_OK(config_listen(&config, SLICE("0.0.0.0:443"), &arena, &why), why);
	CHECK_ERROR(config_check(&config, &why), E_INVALID);
	CHECK(strcmp(why.field, "listen") == 0);
	config.tls_certificate = SLICE("pem");
	CHECK_ERROR(config_check(&config, &why), E_INVALID);
	config.tls_key = SLICE("pem");
	CHECK_OK(config_check(&config, &why), why);
	arena_free(&arena);
}
