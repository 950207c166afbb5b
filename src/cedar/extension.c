#include "cedar/extension.h"

#define FUNCTION_ROW(symbol, text, count, method, first, second, gives) \
	[FUNCTION_##symbol] = {SLICE_INIT(text), count, method, {CEDAR_##first, CEDAR_##second}, CEDAR_##gives},
static const struct function_info functions[FUNCTION_COUNT] = {FUNCTION_ROWS(FUNCTION_ROW)};
#undef FUNCTION_ROW

const struct function_info *function_info(enum cedar_function function)
{
	return &functions[function];
}

enum cedar_function function_find(slice name)
{
	for (unsigned i = 0; i < FUNCTION_COUNT; i++)
		if (slice_equal(functions[i].name, name))
			return (enum cedar_function)i;
	return FUNCTION_COUNT;
}

static enum error construct_ip(struct arena *arena, slice text, struct cedar_value *ret_value, struct fault *why)
{
	struct cedar_ip *ip = ARENA_NEW(arena, struct cedar_ip);
	if (!ip)
		return FAIL(why, E_MEMORY, "no memory for an address");
	TRY(ip_parse(text, ip, why));
	*ret_value = (struct cedar_value){.kind = CEDAR_IP, .as.ip = ip};
	return E_OK;
}

static enum error construct(struct arena *arena, enum cedar_function function, slice text,
			    struct cedar_value *ret_value, struct fault *why)
{
	int64_t integer;
	enum cedar_kind kind = functions[function].result;
	if (kind == CEDAR_IP)
		return construct_ip(arena, text, ret_value, why);
	if (kind == CEDAR_DECIMAL)
		TRY(decimal_parse(text, &integer, why));
	else if (kind == CEDAR_DATETIME)
		TRY(datetime_parse(text, &integer, why));
	else
		TRY(duration_parse(text, &integer, why));
	*ret_value = (struct cedar_value){.kind = (unsigned char)kind, .as.integer = integer};
	return E_OK;
}

/* Functions from numbers to numbers that may leave 64 bits. */
static enum error compute(enum cedar_function function, int64_t a, int64_t b, int64_t *ret_integer, struct fault *why)
{
	bool overflow = false;
	switch ((int)function) {
	case FUNCTION_OFFSET:
		overflow = __builtin_add_overflow(a, b, ret_integer);
		break;
	case FUNCTION_DURATION_SINCE:
		overflow = __builtin_sub_overflow(a, b, ret_integer);
		break;
	case FUNCTION_TO_DATE:
		overflow = !datetime_to_date(a, ret_integer);
		break;
	case FUNCTION_TO_TIME:
		*ret_integer = datetime_to_time(a);
		break;
	case FUNCTION_TO_MILLISECONDS:
		*ret_integer = a;
		break;
	case FUNCTION_TO_SECONDS:
		*ret_integer = a / 1000;
		break;
	case FUNCTION_TO_MINUTES:
		*ret_integer = a / 60000;
		break;
	case FUNCTION_TO_HOURS:
		*ret_integer = a / 3600000;
		break;
	case FUNCTION_TO_DAYS:
		*ret_integer = a / 86400000;
		break;
	default:
		return FAIL(why, E_INTERNAL, "function %d does not compute", (int)function);
	}
	return overflow ? FAIL(why, E_OVERFLOW, "overflows 64 bits of milliseconds") : E_OK;
}

static bool test(enum cedar_function function, struct cedar_value a, struct cedar_value b)
{
	switch ((int)function) {
	case FUNCTION_LESS_THAN:
		return a.as.integer < b.as.integer;
	case FUNCTION_LESS_THAN_OR_EQUAL:
		return a.as.integer <= b.as.integer;
	case FUNCTION_GREATER_THAN:
		return a.as.integer > b.as.integer;
	case FUNCTION_GREATER_THAN_OR_EQUAL:
		return a.as.integer >= b.as.integer;
	case FUNCTION_IS_IPV4:
		return !a.as.ip->is_v6;
	case FUNCTION_IS_IPV6:
		return a.as.ip->is_v6;
	case FUNCTION_IS_LOOPBACK:
		return ip_is_loopback(a.as.ip);
	case FUNCTION_IS_MULTICAST:
		return ip_is_multicast(a.as.ip);
	case FUNCTION_IS_IN_RANGE:
		return ip_is_in_range(a.as.ip, b.as.ip);
	default:
		return false;
	}
}

enum error function_call(struct arena *arena, enum cedar_function function, const struct cedar_value *arguments,
			 struct cedar_value *ret_value, struct fault *why)
{
	const struct function_info *info = &functions[function];
	if (!info->is_method)
		return construct(arena, function, cedar_text(arguments[0]), ret_value, why);
	struct cedar_value second = info->argument_count > 1 ? arguments[1] : (struct cedar_value){0};
	if (info->result == CEDAR_BOOL) {
		*ret_value = cedar_bool(test(function, arguments[0], second));
		return E_OK;
	}
	int64_t integer = 0;
	TRY(compute(function, arguments[0].as.integer, second.as.integer, &integer, why));
	*ret_value = (struct cedar_value){.kind = info->result, .as.integer = integer};
	return E_OK;
}

enum error cedar_extension(struct arena *arena, slice function, slice argument, struct cedar_value *ret_value,
			   struct fault *why)
{
	enum cedar_function found = function_find(function);
	if (found == FUNCTION_COUNT || functions[found].is_method)
		return FAIL(why, E_INVALID, "`%.*s` is no constructor", SLICE_ARG(function));
	return construct(arena, found, argument, ret_value, why);
}
