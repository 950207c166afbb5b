#include "net/journal.h"

#include "net/clock.h"
#include "text/time.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Set before the first thread starts; constant afterwards. */
static const char *process_part = "tipstaff";
static bool as_json;

struct line {
	char bytes[JOURNAL_LINE_BYTES_MAX];
	size_t length;
};

void journal_init(const char *part, bool json)
{
	process_part = part;
	as_json = json;
}

static void add(struct line *line, const char *text)
{
	size_t room = sizeof(line->bytes) - 2 - line->length;
	size_t length = strlen(text);
	if (length > room)
		length = room;
	memcpy(line->bytes + line->length, text, length);
	line->length += length;
}

static bool is_plain(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == '"' || *text == '=' || *text == '\\' || *text == 127)
			return false;
	return true;
}

/* Quoted the same way in both formats, so that no value can begin a new field or line. */
static void add_quoted(struct line *line, const char *text)
{
	add(line, "\"");
	for (; *text; text++) {
		char escape[8];
		unsigned char byte = (unsigned char)*text;
		if (byte == '"' || byte == '\\')
			snprintf(escape, sizeof(escape), "\\%c", byte);
		else if (byte < ' ' || byte == 127)
			snprintf(escape, sizeof(escape), "\\u%04x", byte);
		else
			snprintf(escape, sizeof(escape), "%c", byte);
		add(line, escape);
	}
	add(line, "\"");
}

static void add_field(struct line *line, const char *name, const char *value)
{
	if (as_json) {
		add(line, line->length > 1 ? "," : "");
		add_quoted(line, name);
		add(line, ":");
		add_quoted(line, value);
		return;
	}
	add(line, line->length > 0 ? " " : "");
	add(line, name);
	add(line, "=");
	if (is_plain(value))
		add(line, value);
	else
		add_quoted(line, value);
}

void journal_event_list(const char *event, va_list fields)
{
	struct line line = {.length = 0};
	struct time_text now = time_format_ms(clock_wall_ns() / 1000000);
	char time[TIME_TEXT_MAX + 1] = {0};
	memcpy(time, now.bytes, now.len);
	if (as_json)
		add(&line, "{");
	add_field(&line, "time", time);
	add_field(&line, "part", process_part);
	add_field(&line, "event", event);
	for (const char *name; (name = va_arg(fields, const char *)) != NULL;) {
		const char *value = va_arg(fields, const char *);
		add_field(&line, name, value ? value : "");
	}
	if (as_json)
		add(&line, "}");
	line.bytes[line.length++] = '\n';
	ssize_t written = write(STDERR_FILENO, line.bytes, line.length);
	(void)written; /* nobody is left to be told */
}

void journal_event(const char *event, ...)
{
	va_list fields;
	va_start(fields, event);
	journal_event_list(event, fields);
	va_end(fields);
}
