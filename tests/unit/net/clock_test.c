#include "net/clock.h"

#include "check.h"

#include <string.h>

TEST(a_pool_of_entropy_never_gives_the_same_bytes_twice)
{
	static struct clock_entropy_pool pool;
	static unsigned char drawn[300][16];
	for (size_t i = 0; i < 300; i++)
		clock_entropy_take(&pool, drawn[i], sizeof(drawn[i]));
	for (size_t i = 0; i < 300; i++)
		for (size_t j = 0; j < i; j++)
			CHECK(memcmp(drawn[i], drawn[j], sizeof(drawn[i])) != 0);
}

TEST(what_a_pool_gave_out_is_not_in_it_any_more)
{
	static const unsigned char nothing[16];
	static struct clock_entropy_pool pool;
	unsigned char drawn[16];
	clock_entropy_take(&pool, drawn, sizeof(drawn));
	CHECK(memcmp(drawn, nothing, sizeof(drawn)) != 0);
	CHECK(memcmp(pool.bytes + pool.left, nothing, sizeof(nothing)) == 0);
}

TEST(a_pool_gives_more_than_it_holds)
{
	static struct clock_entropy_pool pool;
	static const unsigned char nothing[64];
	static unsigned char drawn[2 * sizeof(pool.bytes)];
	clock_entropy_take(&pool, drawn, sizeof(drawn));
	CHECK(memcmp(drawn + sizeof(drawn) - sizeof(nothing), nothing, sizeof(nothing)) != 0);
}
