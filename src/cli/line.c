#include "cli/line.h"

#include "cli/screen.h"
#include "text/time.h"

#include <string.h>
#include <time.h>

#define WHO_WIDTH 44 /* agent, arrow and tool; longer ones push the rest to the right */

slice line_text(const struct json_doc *doc, const struct json_node *record, const char *name)
{
	slice text = {NULL, 0};
	(void)json_string(json_get(doc, record, slice_of(name)), &text);
	return text;
}

int64_t line_number(const struct json_doc *doc, const struct json_node *record, const char *name)
{
	int64_t number = 0;
	(void)json_i64(json_get(doc, record, slice_of(name)), &number);
	return number;
}

struct line_clock line_clock(const struct json_doc *doc, const struct json_node *record)
{
	struct line_clock clock = {.time = "--:--:--"};
	int64_t time_ms;
	if (time_parse_ms(&time_ms, line_text(doc, record, "time"), NULL) != E_OK)
		return clock;
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm local;
	if (!localtime_r(&seconds, &local))
		return clock;
	strftime(clock.date, sizeof(clock.date), "%Y-%m-%d", &local);
	strftime(clock.time, sizeof(clock.time), "%H:%M:%S", &local);
	strftime(clock.zone, sizeof(clock.zone), "%z", &local);
	snprintf(clock.milli, sizeof(clock.milli), ".%03d", (int)(time_ms % 1000));
	return clock;
}

/* One line while it is made; columns are counted so that the next column can be aligned. */
struct line {
	const struct json_doc *doc;
	const struct json_node *record;
	struct buffer text;
};

static void add(struct line *line, slice text)
{
	screen_add_text(&line->text, text);
}

static void add_member(struct line *line, const char *label, const char *name)
{
	slice text = line_text(line->doc, line->record, name);
	if (text.len == 0)
		return;
	buffer_add_text(&line->text, label);
	add(line, text);
}

static void pad(struct line *line, size_t columns)
{
	size_t used = screen_columns(buffer_slice(&line->text));
	do {
		buffer_add_byte(&line->text, ' ');
	} while (++used < columns);
}

static bool is_observed_denial(const struct line *line)
{
	return slice_equal(line_text(line->doc, line->record, "enforcement"), SLICE("observed")) &&
	       !slice_equal(line_text(line->doc, line->record, "decision"), SLICE("PERMIT"));
}

static void describe_decision(struct line *line)
{
	slice tool = line_text(line->doc, line->record, "tool");
	add_member(line, "", "agent");
	buffer_add_text(&line->text, " \xE2\x86\x92 ");
	add_member(line, "", tool.len > 0 ? "tool" : "action");
	if (!slice_equal(tool, line_text(line->doc, line->record, "target")))
		add_member(line, " ", "target");
	pad(line, WHO_WIDTH);
	if (is_observed_denial(line)) {
		buffer_add_text(&line->text, " observed: would be ");
		add_member(line, "", "decision");
		add_member(line, " ", "reason");
	} else if (slice_equal(line_text(line->doc, line->record, "decision"), SLICE("PERMIT"))) {
		add_member(line, " purpose:", "purpose");
	} else {
		add_member(line, " ", "reason");
	}
}

static void describe_effect(struct line *line)
{
	add_member(line, "", "decision_id");
	pad(line, WHO_WIDTH);
	add_member(line, " ", "outcome");
	buffer_print(&line->text, "  %lld in %.1f ms", (long long)line_number(line->doc, line->record, "status"),
		     (double)line_number(line->doc, line->record, "duration_us") / 1000);
}

static void describe_change(struct line *line)
{
	add_member(line, "", "object_kind");
	add_member(line, " ", "object_id");
	pad(line, WHO_WIDTH);
	add_member(line, " ", "operation");
	add_member(line, " by ", "actor");
}

static void describe_token(struct line *line)
{
	add_member(line, "", "agent");
	add_member(line, " ", "operation");
	pad(line, WHO_WIDTH);
	add_member(line, " ", "reason");
	add_member(line, " task:", "task");
}

static void describe_caller(struct line *line)
{
	add_member(line, "", "agent");
	add_member(line, " from ", "peer");
	pad(line, WHO_WIDTH);
	buffer_print(&line->text, " unregistered, attempt %lld",
		     (long long)line_number(line->doc, line->record, "count"));
}

static void describe_rest(struct line *line)
{
	add_member(line, "", "operation");
	pad(line, WHO_WIDTH);
	add_member(line, " ", "detail");
}

static const struct row {
	const char *kind;
	const char *word; /* NULL: the decision */
	enum screen_colour colour;
	void (*describe)(struct line *line);
} rows[] = {
	{"decision", NULL, SCREEN_PLAIN, describe_decision}, {"effect", "effect", SCREEN_DIM, describe_effect},
	{"change", "change", SCREEN_PLAIN, describe_change}, {"token", "token", SCREEN_PLAIN, describe_token},
	{"caller", "UNKNOWN", SCREEN_YELLOW, describe_caller}, {"system", "system", SCREEN_DIM, describe_rest},
	{"policy", "policy", SCREEN_DIM, describe_rest},
};

static const struct row *find_row(slice kind)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (slice_equal(kind, slice_of(rows[i].kind)))
			return &rows[i];
	return &rows[sizeof(rows) / sizeof(rows[0]) - 1];
}

static enum screen_colour colour_of(slice verdict)
{
	if (slice_equal(verdict, SLICE("PERMIT")))
		return SCREEN_GREEN;
	return slice_equal(verdict, SLICE("GATE")) ? SCREEN_YELLOW : SCREEN_RED;
}

void line_print(FILE *to, const struct json_doc *doc, const struct json_node *record)
{
	struct line line = {.doc = doc, .record = record};
	const struct row *row = find_row(line_text(doc, record, "kind"));
	struct line_clock when = line_clock(doc, record);
	slice word = row->word ? slice_of(row->word) : line_text(doc, record, "decision");
	if (!row->word && is_observed_denial(&line))
		word = SLICE("PERMIT");
	buffer_init(&line.text, 65536);
	fprintf(to, "%s ", when.time);
	screen_colour(to, row->word ? row->colour : colour_of(word));
	fprintf(to, "%-7.*s", SLICE_ARG(word));
	screen_colour(to, SCREEN_PLAIN);
	row->describe(&line);
	pad(&line, WHO_WIDTH + 26);
	add_member(&line, " ", "id");
	fprintf(to, " %.*s\n", SLICE_ARG(buffer_slice(&line.text)));
	buffer_free(&line.text);
}
