#include "evidence/crc32c.h"

#include "check.h"

TEST(the_checksum_of_the_nine_digits_is_the_published_one)
{
	CHECK_INT(crc32c(0, SLICE("123456789")), 0xe3069283);
	CHECK_INT(crc32c_portable(0, SLICE("123456789")), 0xe3069283);
}

/* RFC 3720 B.4 */
TEST(thirty_two_zeros_and_thirty_two_ones_give_the_values_of_the_rfc)
{
	char bytes[32] = {0};
	CHECK_INT(crc32c(0, slice_from(bytes, 32)), 0x8a9136aa);
	for (int i = 0; i < 32; i++)
		bytes[i] = (char)0xff;
	CHECK_INT(crc32c(0, slice_from(bytes, 32)), 0x62a8ab43);
}

TEST(the_processor_and_the_table_agree_and_pieces_make_the_whole)
{
	char bytes[300];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 37 + 11);
	for (size_t length = 0; length <= sizeof(bytes); length++) {
		slice all = slice_from(bytes, length);
		uint32_t crc = crc32c(0, all);
		CHECK_INT(crc32c_portable(0, all), crc);
		CHECK_INT(crc32c(crc32c(0, slice_sub(all, 0, length / 3)), slice_from_offset(all, length / 3)), crc);
	}
}
