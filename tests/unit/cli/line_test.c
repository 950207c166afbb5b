#include "cli/line.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static char *line(const char *record)
{
	struct arena arena;
	struct json_doc doc;
	struct fault why;
	char *text = NULL;
	size_t size = 0;
	setenv("TZ", "UTC", 1);
	arena_init(&arena, 1u << 20);
	CHECK_OK(json_parse(&doc, slice_of(record), NULL, &arena, &why), why);
	FILE *to = open_memstream(&text, &size);
	line_print(to, &doc, json_root(&doc));
	fclose(to);
	arena_free(&arena);
	CHECK(text != NULL);
	return text;
}

static void shows(const char *record, const char *const *parts)
{
	char *text = line(record);
	for (const char *part; (part = *parts) != NULL; parts++) {
		if (!strstr(text, part))
			print_error("missing: %s in %s\n", part ? part : "", text ? text : "");
		CHECK(strstr(text, part) != NULL);
	}
	CHECK(strchr(text, '\n') == text + strlen(text) - 1);
	free(text);
}

TEST(every_kind_of_record_has_a_line)
{
	static const char time[] = "\"time\":\"2026-11-22T12:04:01.500000000Z\"";
	static const struct {
		const char *record;
		const char *parts[5];
	} rows[] = {
		{"{\"kind\":\"decision\",\"id\":\"d_1\",%s,\"decision\":\"DENY\",\"enforcement\":\"enforced\",\"agent\":\"bot\","
		 "\"tool\":\"fs.write_file\",\"target\":\"/x\",\"reason\":\"no_matching_permit\"}",
		 {"12:04:01 DENY    bot \xE2\x86\x92 fs.write_file /x ", " no_matching_permit ", " d_1"}},
		{"{\"kind\":\"decision\",\"id\":\"d_1\",%s,\"decision\":\"DENY\",\"enforcement\":\"observed\",\"agent\":\"bot\","
		 "\"tool\":\"fs.write_file\",\"reason\":\"no_matching_permit\"}",
		 {"PERMIT  bot", "observed: would be DENY no_matching_permit"}},
		{"{\"kind\":\"decision\",\"id\":\"d_1\",%s,\"decision\":\"PERMIT\",\"enforcement\":\"enforced\",\"agent\":\"bot\","
		 "\"action\":\"mcp:tools/list\",\"purpose\":\"support\"}", {"PERMIT  bot", "mcp:tools/list", "purpose:support"}},
		{"{\"kind\":\"effect\",\"id\":\"e_1\",%s,\"decision_id\":\"d_1\",\"outcome\":\"error\",\"status\":502,"
		 "\"duration_us\":1500}", {"effect  d_1", "error  502 in 1.5 ms", "e_1"}},
		{"{\"kind\":\"change\",\"id\":\"c_1\",%s,\"operation\":\"create\",\"object_kind\":\"agent\",\"object_id\":\"bot\","
		 "\"actor\":\"operator:admin\"}", {"change  agent bot", "create by operator:admin", "c_1"}},
		{"{\"kind\":\"token\",\"id\":\"t_1\",%s,\"operation\":\"refuse\",\"agent\":\"bot\",\"reason\":\"agent.state=x\"}",
		 {"token   bot refuse", "agent.state=x"}},
		{"{\"kind\":\"caller\",\"id\":\"u_1\",%s,\"agent\":\"who\",\"peer\":\"127.0.0.1\",\"count\":3}",
		 {"UNKNOWN who from 127.0.0.1", "attempt 3"}},
		{"{\"kind\":\"system\",\"id\":\"s_1\",%s,\"operation\":\"start\",\"detail\":\"ready\"}", {"system  start", "ready"}},
		{"{\"kind\":\"later\",\"id\":\"x_1\",%s}", {"x_1"}},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char record[512];
		const char *at = strstr(rows[i].record, "%s");
		snprintf(record, sizeof(record), "%.*s%s%s", (int)(at - rows[i].record), rows[i].record, time, at + 2);
		shows(record, rows[i].parts);
	}
}

TEST(what_a_stranger_wrote_cannot_drive_the_terminal)
{
	char *text = line("{\"kind\":\"decision\",\"id\":\"d_1\",\"decision\":\"DENY\",\"agent\":\"a\\u001b[2J\",\"tool\":\"t\"}");
	CHECK(strchr(text, '\033') == NULL && strstr(text, "a\\x1B[2J") != NULL);
	free(text);
}
