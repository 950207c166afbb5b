#include "cedar/write.h"

#include "cedar/extension.h"
#include "cedar/lexer.h"

/* The first place at or after `from` that is not written as it is. */
static size_t skip_plain(slice text, size_t from, bool is_pattern)
{
	for (; from < text.len; from++) {
		unsigned char c = (unsigned char)text.ptr[from];
		if (c < 0x20 || c == 0x7f || c == '"' || c == '\\' || (c == '*' && is_pattern))
			break;
	}
	return from;
}

static void write_escaped(struct buffer *out, slice text, bool is_pattern)
{
	for (size_t i = 0, plain; i < text.len; i++) {
		plain = skip_plain(text, i, is_pattern);
		buffer_add(out, slice_sub(text, i, plain));
		i = plain;
		if (i == text.len)
			return;
		char c = text.ptr[i];
		if (c == '\n')
			buffer_add_text(out, "\\n");
		else if (c == '\r')
			buffer_add_text(out, "\\r");
		else if (c == '\t')
			buffer_add_text(out, "\\t");
		else if (c == '\0')
			buffer_add_text(out, "\\0");
		else if (c == '"' || c == '\\' || (c == '*' && is_pattern))
			buffer_print(out, "\\%c", c);
		else
			buffer_print(out, "\\u{%x}", (unsigned)c);
	}
}

void cedar_string_write(struct buffer *out, slice text)
{
	buffer_add_byte(out, '"');
	write_escaped(out, text, false);
	buffer_add_byte(out, '"');
}

void pattern_write(struct buffer *out, const struct pattern *pattern)
{
	buffer_add_byte(out, '"');
	for (size_t i = 0; i < pattern->count; i++) {
		if (pattern->parts[i].is_wildcard)
			buffer_add_byte(out, '*');
		else
			write_escaped(out, pattern->parts[i].literal, true);
	}
	buffer_add_byte(out, '"');
}

bool name_is_bare(slice name)
{
	return word_is_identifier(name) && !word_is_reserved(name) && !slice_equal(name, SLICE("__cedar"));
}

static void write_uid(struct buffer *out, const struct cedar_uid *uid)
{
	buffer_add(out, uid->type);
	buffer_add_text(out, "::");
	cedar_string_write(out, uid->id);
}

/* Years beyond four digits have no literal: such a time is written as an offset. */
static void write_datetime(struct buffer *out, int64_t milliseconds)
{
	buffer_print(out, "datetime(\"1970-01-01\").offset(duration(\"%lldms\"))", (long long)milliseconds);
}

static void write_items(struct buffer *out, struct cedar_value set)
{
	buffer_add_byte(out, '[');
	for (uint32_t i = 0; i < set.length; i++) {
		if (i)
			buffer_add_text(out, ", ");
		cedar_value_write(out, set.as.items[i]);
	}
	buffer_add_byte(out, ']');
}

static void write_fields(struct buffer *out, struct cedar_value record)
{
	buffer_add_byte(out, '{');
	for (uint32_t i = 0; i < record.length; i++) {
		if (i)
			buffer_add_text(out, ", ");
		cedar_string_write(out, record.as.fields[i].key);
		buffer_add_text(out, ": ");
		cedar_value_write(out, record.as.fields[i].value);
	}
	buffer_add_byte(out, '}');
}

void cedar_value_write(struct buffer *out, struct cedar_value value)
{
	switch ((enum cedar_kind)value.kind) {
	case CEDAR_BOOL:
		buffer_add_text(out, value.as.boolean ? "true" : "false");
		break;
	case CEDAR_LONG:
		buffer_add_i64(out, value.as.integer);
		break;
	case CEDAR_STRING:
		cedar_string_write(out, cedar_text(value));
		break;
	case CEDAR_ENTITY:
		write_uid(out, value.as.uid);
		break;
	case CEDAR_SET:
		write_items(out, value);
		break;
	case CEDAR_RECORD:
		write_fields(out, value);
		break;
	case CEDAR_DECIMAL:
		buffer_add_text(out, "decimal(\"");
		decimal_write(out, value.as.integer);
		buffer_add_text(out, "\")");
		break;
	case CEDAR_DATETIME:
		write_datetime(out, value.as.integer);
		break;
	case CEDAR_DURATION:
		buffer_print(out, "duration(\"%lldms\")", (long long)value.as.integer);
		break;
	case CEDAR_IP:
		buffer_add_text(out, "ip(\"");
		ip_write(out, value.as.ip);
		buffer_add_text(out, "\")");
		break;
	case CEDAR_UNKNOWN:
		buffer_add_text(out, "unknown");
		break;
	case CEDAR_NONE:
	case CEDAR_KIND_COUNT:
		break;
	}
}
