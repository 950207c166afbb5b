#include "text/ulid.h"

#include "check.h"

#include <string.h>

static const unsigned char low[ULID_RANDOM_BYTES];
static const unsigned char high[ULID_RANDOM_BYTES] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

TEST(a_name_sorts_by_its_time_and_tells_it)
{
	struct ulid first = ulid_make(SLICE("d"), 1795312800000, high), second = ulid_make(SLICE("d"), 1795312800001, low);
	CHECK_SLICE(ulid_slice(&first), SLICE("d_01M80FPM80ZZZZZZZZZZZZZZZZ"));
	CHECK(slice_compare(ulid_slice(&first), ulid_slice(&second)) < 0);
	int64_t time_ms;
	struct fault why;
	CHECK_OK(ulid_parse(ulid_slice(&second), SLICE("d"), &time_ms, &why), why);
	CHECK_INT(time_ms, 1795312800001);
	CHECK_OK(ulid_parse(ulid_slice(&second), SLICE("d"), NULL, &why), why);
	struct ulid bare = ulid_make(SLICE(""), INT64_MAX, high);
	CHECK_SLICE(ulid_slice(&bare), SLICE("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
	CHECK_OK(ulid_parse(ulid_slice(&bare), SLICE(""), &time_ms, &why), why);
	CHECK_INT(time_ms, ULID_TIME_MS_MAX);
	bare = ulid_make(SLICE("twelve_bytes"), -1, low);
	CHECK_SLICE(ulid_slice(&bare), SLICE("twelve_bytes_00000000000000000000000000"));
}

TEST(there_is_one_spelling_only)
{
	static const char *const wrong[] = {"", "d_", "01K8NH4T00ZZZZZZZZZZZZZZZZ", "e_01K8NH4T00ZZZZZZZZZZZZZZZZ",
					    "d-01K8NH4T00ZZZZZZZZZZZZZZZZ", "d_01K8NH4T00ZZZZZZZZZZZZZZZ",
					    "d_01K8NH4T00ZZZZZZZZZZZZZZZZZ", "d_01k8nh4t00zzzzzzzzzzzzzzzz",
					    "d_0IK8NH4T00ZZZZZZZZZZZZZZZZ", "d_0LK8NH4T00ZZZZZZZZZZZZZZZZ",
					    "d_0OK8NH4T00ZZZZZZZZZZZZZZZZ", "d_0UK8NH4T00ZZZZZZZZZZZZZZZZ",
					    "d_81K8NH4T00ZZZZZZZZZZZZZZZZ", "dd01K8NH4T00ZZZZZZZZZZZZZZZZ"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_ERROR(ulid_parse(slice_of(wrong[i]), SLICE("d"), NULL, NULL), E_SYNTAX);
}
