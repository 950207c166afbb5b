#include "text/base64.h"

#include "check.h"

#include <string.h>

/* RFC 4648 10 */
static const struct {
	slice bytes;
	slice plain;
	slice url;
} rows[] = {
	{SLICE_INIT(""), SLICE_INIT(""), SLICE_INIT("")},
	{SLICE_INIT("f"), SLICE_INIT("Zg=="), SLICE_INIT("Zg")},
	{SLICE_INIT("fo"), SLICE_INIT("Zm8="), SLICE_INIT("Zm8")},
	{SLICE_INIT("foo"), SLICE_INIT("Zm9v"), SLICE_INIT("Zm9v")},
	{SLICE_INIT("foob"), SLICE_INIT("Zm9vYg=="), SLICE_INIT("Zm9vYg")},
	{SLICE_INIT("fooba"), SLICE_INIT("Zm9vYmE="), SLICE_INIT("Zm9vYmE")},
	{SLICE_INIT("foobar"), SLICE_INIT("Zm9vYmFy"), SLICE_INIT("Zm9vYmFy")},
	{SLICE_INIT("\xff\xef\xbe\x00"), SLICE_INIT("/+++AA=="), SLICE_INIT("_---AA")},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

TEST(known_texts_come_out_and_go_in)
{
	struct arena arena;
	struct buffer buffer;
	struct fault why;
	slice bytes;
	arena_init(&arena, 1 << 20);
	buffer_init(&buffer, 1000);
	for (size_t i = 0; i < ROWS; i++) {
		buffer_clear(&buffer);
		base64_add(&buffer, rows[i].bytes);
		CHECK_SLICE(buffer_slice(&buffer), rows[i].plain);
		CHECK_INT(buffer.len, BASE64_TEXT_BYTES(rows[i].bytes.len));
		buffer_clear(&buffer);
		base64url_add(&buffer, rows[i].bytes);
		CHECK_SLICE(buffer_slice(&buffer), rows[i].url);
		CHECK_INT(buffer.len, BASE64URL_TEXT_BYTES(rows[i].bytes.len));
		CHECK_OK(base64_read_arena(&bytes, rows[i].plain, &arena, &why), why);
		CHECK_SLICE(bytes, rows[i].bytes);
		CHECK_OK(base64url_read_arena(&bytes, rows[i].url, &arena, &why), why);
		CHECK_SLICE(bytes, rows[i].bytes);
	}
	arena_free(&arena);
	buffer_free(&buffer);
}

TEST(every_byte_in_every_place_survives)
{
	char bytes[3], text[4], back[6];
	for (int byte = 0; byte < 256; byte++)
		for (size_t length = 1; length <= 3; length++)
			for (size_t at = 0; at < length; at++) {
				size_t read;
				memset(bytes, 0x55, sizeof(bytes));
				bytes[at] = (char)byte;
				size_t written = base64url_write(text, slice_from(bytes, length));
				CHECK_ERROR(base64url_read(back, &read, slice_from(text, written), NULL), E_OK);
				CHECK_SLICE(slice_from(back, read), slice_from(bytes, length));
			}
}

TEST(there_is_one_text_only)
{
	static const char *const wrong_url[] = {"A",	"AAAAA", "Zh",	 "Zm9", "Zg==", "Zg=", "Z g", "Zg\n", " Zg", "Zm9v=",
						"Zm+v", "Zm/v",	 "Zm9v\xc3\xa9zz", "====", "Zm9vZ?", "Zm.v"};
	static const char *const wrong[] = {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm-v", "Zm_v", "Z===", "====", "Zg==Zg==",
					    "=Zg=", "Zm8=\n", "Zm9vZm9v===="};
	char room[64];
	size_t length;
	for (size_t i = 0; i < sizeof(wrong_url) / sizeof(wrong_url[0]); i++)
		CHECK_ERROR(base64url_read(room, &length, slice_of(wrong_url[i]), NULL), E_SYNTAX);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_ERROR(base64_read(room, &length, slice_of(wrong[i]), NULL), E_SYNTAX);
	struct arena none = {0};
	slice bytes;
	CHECK_ERROR(base64url_read_arena(&bytes, SLICE("Zg"), &none, NULL), E_MEMORY);
	CHECK_ERROR(base64_read_arena(&bytes, SLICE("Zg=="), &none, NULL), E_MEMORY);
}

TEST(hex_is_written_small_and_read_in_both_cases)
{
	struct buffer buffer;
	char bytes[4];
	buffer_init(&buffer, 1000);
	hex_add(&buffer, SLICE("\x00\x1f\xab\xff"));
	CHECK_SLICE(buffer_slice(&buffer), SLICE("001fabff"));
	CHECK_ERROR(hex_read(bytes, SLICE("001FabfF"), NULL), E_OK);
	CHECK_SLICE(slice_from(bytes, 4), SLICE("\x00\x1f\xab\xff"));
	CHECK_ERROR(hex_read(bytes, SLICE("001"), NULL), E_SYNTAX);
	CHECK_ERROR(hex_read(bytes, SLICE("0g"), NULL), E_SYNTAX);
	CHECK_ERROR(hex_read(bytes, SLICE("0\0"), NULL), E_SYNTAX);
	CHECK_ERROR(hex_read(bytes, SLICE("0x11"), NULL), E_SYNTAX);
	buffer_free(&buffer);
}
