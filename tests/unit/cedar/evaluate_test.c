#include "cedar/evaluate.h"

#include "check.h"
#include "unit/cedar/world.h"

static const slice context = SLICE_INIT("{\"x\":{\"b\":1},\"s\":\"s\"}");
static const slice entities = SLICE_INIT(
	"[{\"uid\":{\"type\":\"User\",\"id\":\"a\"},\"attrs\":{\"bb\":1,\"c\":2},\"parents\":[{\"type\":\"G\",\"id\":\"g\"}],"
	"\"tags\":{\"t\":1}},{\"uid\":{\"type\":\"G\",\"id\":\"g\"},\"attrs\":{},\"parents\":[{\"type\":\"G\",\"id\":\"h\"}]}]");

static const struct {
	slice expression;
	const char *expected;
} rows[] = {
#include "unit/cedar/expressions.h"
};

TEST(each_expression_gives_what_the_reference_engine_gives)
{
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		slice result = world_evaluate(rows[i].expression, context, entities);
		slice kind = slice_cut(&result, ':');
		if (slice_equal(kind, slice_of(rows[i].expected)))
			continue;
		print_error("# %.*s: %.*s%.*s instead of %s\n", SLICE_ARG(rows[i].expression), SLICE_ARG(kind),
			    SLICE_ARG(result), rows[i].expected);
		wrong++;
	}
	CHECK_INT(wrong, 0);
}
