/* The extension types: what their constructors accept and their functions give. */
#ifndef TIPSTAFF_CEDAR_EXTENSION_H
#define TIPSTAFF_CEDAR_EXTENSION_H

#include "cedar/value.h"

/* name, number of arguments (the receiver of a method counts), is it a method, types of receiver and argument, result */
#define FUNCTION_ROWS(ROW) \
	ROW(DECIMAL,               "decimal",            1, false, STRING,   NONE,     DECIMAL)  \
	ROW(LESS_THAN,             "lessThan",           2, true,  DECIMAL,  DECIMAL,  BOOL)     \
	ROW(LESS_THAN_OR_EQUAL,    "lessThanOrEqual",    2, true,  DECIMAL,  DECIMAL,  BOOL)     \
	ROW(GREATER_THAN,          "greaterThan",        2, true,  DECIMAL,  DECIMAL,  BOOL)     \
	ROW(GREATER_THAN_OR_EQUAL, "greaterThanOrEqual", 2, true,  DECIMAL,  DECIMAL,  BOOL)     \
	ROW(IP,                    "ip",                 1, false, STRING,   NONE,     IP)       \
	ROW(IS_IPV4,               "isIpv4",             1, true,  IP,       NONE,     BOOL)     \
	ROW(IS_IPV6,               "isIpv6",             1, true,  IP,       NONE,     BOOL)     \
	ROW(IS_LOOPBACK,           "isLoopback",         1, true,  IP,       NONE,     BOOL)     \
	ROW(IS_MULTICAST,          "isMulticast",        1, true,  IP,       NONE,     BOOL)     \
	ROW(IS_IN_RANGE,           "isInRange",          2, true,  IP,       IP,       BOOL)     \
	ROW(DATETIME,              "datetime",           1, false, STRING,   NONE,     DATETIME) \
	ROW(OFFSET,                "offset",             2, true,  DATETIME, DURATION, DATETIME) \
	ROW(DURATION_SINCE,        "durationSince",      2, true,  DATETIME, DATETIME, DURATION) \
	ROW(TO_DATE,               "toDate",             1, true,  DATETIME, NONE,     DATETIME) \
	ROW(TO_TIME,               "toTime",             1, true,  DATETIME, NONE,     DURATION) \
	ROW(DURATION,              "duration",           1, false, STRING,   NONE,     DURATION) \
	ROW(TO_MILLISECONDS,       "toMilliseconds",     1, true,  DURATION, NONE,     LONG)     \
	ROW(TO_SECONDS,            "toSeconds",          1, true,  DURATION, NONE,     LONG)     \
	ROW(TO_MINUTES,            "toMinutes",          1, true,  DURATION, NONE,     LONG)     \
	ROW(TO_HOURS,              "toHours",            1, true,  DURATION, NONE,     LONG)     \
	ROW(TO_DAYS,               "toDays",             1, true,  DURATION, NONE,     LONG)

#define FUNCTION_ENUM(name, ...) FUNCTION_##name,
enum cedar_function { FUNCTION_ROWS(FUNCTION_ENUM) FUNCTION_COUNT };
#undef FUNCTION_ENUM

struct function_info {
	slice name;
	unsigned char argument_count;
	bool is_method;
	unsigned char arguments[2]; /* enum cedar_kind */
	unsigned char result;       /* enum cedar_kind */
};

const struct function_info *function_info(enum cedar_function function);
/* FUNCTION_COUNT: no such function. */
enum cedar_function function_find(slice name);

/* The text of a constructor's argument as a value. E_INVALID: not its form.  E_MEMORY. */
MUST_USE enum error decimal_parse(slice text, int64_t *ret_value, struct fault *why);
MUST_USE enum error datetime_parse(slice text, int64_t *ret_milliseconds, struct fault *why);
MUST_USE enum error duration_parse(slice text, int64_t *ret_milliseconds, struct fault *why);
MUST_USE enum error ip_parse(slice text, struct cedar_ip *ret_ip, struct fault *why);

void decimal_write(struct buffer *out, int64_t value);
void ip_write(struct buffer *out, const struct cedar_ip *ip);

bool ip_is_loopback(const struct cedar_ip *ip);
bool ip_is_multicast(const struct cedar_ip *ip);
/* Is all of `ip` inside `range`? Never across families. */
bool ip_is_in_range(const struct cedar_ip *ip, const struct cedar_ip *range);

/* False: outside 64 bits. */
bool datetime_to_date(int64_t milliseconds, int64_t *ret_midnight);
int64_t datetime_to_time(int64_t milliseconds);

/*
 * Calls a function with arguments of the right number and kinds (checked by the caller).
 * E_INVALID: a constructor refuses its text.  E_OVERFLOW.  E_MEMORY.
 */
MUST_USE enum error function_call(struct arena *arena, enum cedar_function function,
				  const struct cedar_value *arguments, struct cedar_value *ret_value,
				  struct fault *why);

#endif
