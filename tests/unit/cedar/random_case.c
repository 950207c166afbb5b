#include "unit/cedar/random_case.h"

#include "check.h"
#include "unit/cedar/world.h"

unsigned random_below(struct random *random, unsigned limit)
{
	random->state = random->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random->state >> 33) % limit;
}

const slice random_schema = SLICE_INIT(
	"entity Group in [Group];"
	"entity User in [Group] { name: String, age: Long, boss?: User } tags String;"
	"entity File in [Folder] { owner: User, size: Long, open: Bool, labels: Set<String>, meta?: { a: Long, b?: String } };"
	"entity Folder;"
	"action any;"
	"action read, write in [any] appliesTo { principal: [User], resource: [File], context: {"
	" ok?: Bool, amount: Long, purpose: String, at: datetime, by?: User, list: Set<Long>,"
	" rec: { x: Long, y?: Bool }, cost: decimal, from: ipaddr, more?: { z: Long } } };");

#define ENTITY(type, id) "{\"uid\":{\"type\":\"" type "\",\"id\":\"" id "\"},\"attrs\":{"
#define UID(type, id)	 "{\"type\":\"" type "\",\"id\":\"" id "\"}"

const slice random_entities = SLICE_INIT(
	"[" ENTITY("User", "a") "\"name\":\"ann\",\"age\":30},\"parents\":[" UID("Group", "g") "],\"tags\":{\"t\":\"x\"}},"
	ENTITY("User", "b") "\"name\":\"bob\",\"age\":5,\"boss\":{\"__entity\":" UID("User", "a") "}},\"parents\":[]},"
	ENTITY("Group", "g") "},\"parents\":[" UID("Group", "h") "]},"
	ENTITY("File", "f") "\"owner\":{\"__entity\":" UID("User", "a") "},\"size\":3,\"open\":true,\"labels\":[\"x\",\"y\"],"
	"\"meta\":{\"a\":1}},\"parents\":[" UID("Folder", "d") "]},"
	ENTITY("File", "e") "\"owner\":{\"__entity\":" UID("User", "b") "},\"size\":9,\"open\":false,\"labels\":[]},"
	"\"parents\":[]},"
	ENTITY("Action", "read") "},\"parents\":[" UID("Action", "any") "]},"
	ENTITY("Action", "write") "},\"parents\":[" UID("Action", "any") "]}]");

const struct random_field random_fields[] = {
	{SLICE_INIT("ok"), SLICE_INIT("Bool"), true},	    {SLICE_INIT("amount"), SLICE_INIT("Long"), false},
	{SLICE_INIT("purpose"), SLICE_INIT("String"), false}, {SLICE_INIT("at"), SLICE_INIT("datetime"), false},
	{SLICE_INIT("by"), SLICE_INIT("User"), true},	    {SLICE_INIT("list"), SLICE_INIT("Set"), false},
	{SLICE_INIT("rec"), SLICE_INIT("record"), false},   {SLICE_INIT("cost"), SLICE_INIT("decimal"), false},
	{SLICE_INIT("from"), SLICE_INIT("ipaddr"), false},  {SLICE_INIT("more"), SLICE_INIT("record"), true},
};
const size_t random_field_count = sizeof(random_fields) / sizeof(random_fields[0]);

/* What may stand for each kind of expression: % is followed by the kind of what stands there. */
static const char *const bools[] = {
	"true", "false", "context.ok", "resource.open", "(context has ok)", "(context has by)", "(context has rec.y)",
	"(context has more.z)", "context.rec.y", "(principal has boss)", "(principal has boss.boss)", "(principal has nope)",
	"(resource has meta.b)", "(%l < %l)", "(%l <= %l)", "(%l == %l)", "(%s == %s)", "(%s != %s)", "(%e == %e)",
	"(%e in %e)", "(%e in [%e, %e])", "(%b && %b)", "(%b && %b && %b)", "(%b || %b)", "(!%b)",
	"(if %b then %b else %b)", "%t.contains(%l)", "%t.containsAll(%t)", "%t.containsAny(%t)", "%t.isEmpty()",
	"resource.labels.contains(%s)", "(%s like \"*n*\")", "(%e is User)", "(%e is User in %e)", "(%e is File)",
	"%e.hasTag(%s)", "(%d < %d)", "(%d >= %d)", "%c.lessThan(%c)", "%i.isLoopback()", "%i.isInRange(%i)",
	"(%r == %r)", "(%t == %t)", "(%d == %d)", "%l", "%r.y", "principal.nope"};
static const char *const longs[] = {
	"0", "1", "3", "(-7)", "9223372036854775807", "context.amount", "context.rec.x", "context.more.z", "resource.size",
	"principal.age", "(%l + %l)", "(%l * %l)", "(%l - %l)", "(-%l)", "(if %b then %l else %l)", "{\"k\": %l}.k",
	"{\"k\": %l, \"j\": %s}.k", "%e.age", "%r.x", "resource.meta.a", "context.at.toTime().toMilliseconds()", "%s"};
static const char *const strings[] = {
	"\"x\"", "\"ann\"", "\"t\"", "context.purpose", "principal.name", "%e.getTag(%s)", "principal.getTag(\"t\")",
	"(if %b then %s else %s)", "resource.meta.b", "%e.name", "{\"k\": %s}[\"k\"]"};
static const char *const entities[] = {
	"principal", "resource", "action", "User::\"a\"", "User::\"b\"", "Group::\"g\"", "Group::\"h\"", "File::\"f\"",
	"Folder::\"d\"", "User::\"zz\"", "context.by", "resource.owner", "principal.boss", "(if %b then %e else %e)",
	"%e.boss", "%e.owner"};
static const char *const sets[] = {"[]", "[1, 3]", "context.list", "[%l]", "[%l, %l]", "[%l, %s]", "resource.labels",
				   "[context.amount, 7]"};
static const char *const records[] = {"context", "context.rec", "context.more", "{\"x\": %l}", "{\"x\": %l, \"y\": %b}",
				      "{\"x\": 1}", "resource.meta"};
static const char *const decimals[] = {"decimal(\"1.5\")", "context.cost", "decimal(%s)", "(if %b then %c else %c)"};
static const char *const ips[] = {"ip(\"127.0.0.1\")", "ip(\"10.0.0.0/8\")", "context.from", "ip(%s)"};
static const char *const times[] = {"datetime(\"2024-01-01\")", "context.at", "context.at.toDate()",
				    "%d.offset(duration(\"1d\"))", "datetime(%s)"};

#define KIND(letter, rows) {letter, rows, sizeof(rows) / sizeof((rows)[0])}
static const struct {
	char letter;
	const char *const *rows;
	unsigned count;
} kinds[] = {KIND('b', bools),	 KIND('l', longs),    KIND('s', strings), KIND('e', entities), KIND('t', sets),
	     KIND('r', records), KIND('c', decimals), KIND('i', ips),	  KIND('d', times)};

/* Deep inside only rows without a hole are taken. */
static const char *choose_row(struct random *random, size_t kind, unsigned depth)
{
	for (;;) {
		const char *row = kinds[kind].rows[random_below(random, kinds[kind].count)];
		if (depth > 0 || slice_find_byte(slice_of(row), '%', 0) == SIZE_MAX)
			return row;
	}
}

static void add_expression(struct random *random, struct buffer *out, char letter, unsigned depth)
{
	size_t kind = 0;
	while (kinds[kind].letter != letter)
		kind++;
	/* Now and then something of another type stands there. */
	if (random_below(random, 40) == 0)
		kind = random_below(random, sizeof(kinds) / sizeof(kinds[0]));
	for (const char *at = choose_row(random, kind, depth); *at; at++) {
		if (*at == '%')
			add_expression(random, out, *++at, depth - 1);
		else
			buffer_add_byte(out, *at);
	}
}

void random_policies(struct random *random, struct buffer *out, unsigned count)
{
	static const char *const principals[] = {"principal", "principal", "principal == User::\"a\"",
						 "principal in Group::\"h\"", "principal is User",
						 "principal is User in Group::\"g\""};
	static const char *const actions[] = {"action", "action", "action == Action::\"read\"", "action in Action::\"any\"",
					      "action in [Action::\"write\", Action::\"read\"]"};
	static const char *const resources[] = {"resource", "resource", "resource == File::\"f\"",
						"resource in Folder::\"d\"", "resource is File", "resource is User"};
	for (unsigned i = 0; i < count; i++) {
		buffer_print(out, "%s(%s, %s, %s)", random_below(random, 3) ? "permit" : "forbid",
			     principals[random_below(random, 6)], actions[random_below(random, 5)],
			     resources[random_below(random, 6)]);
		for (unsigned j = random_below(random, 3); j > 0; j--) {
			buffer_add_text(out, random_below(random, 3) ? " when { " : " unless { ");
			add_expression(random, out, 'b', 1 + random_below(random, 4));
			buffer_add_text(out, " }");
		}
		buffer_add_text(out, ";\n");
	}
}

static struct cedar_value random_value(struct random *random, struct arena *arena, size_t field)
{
	static const char *const texts[] = {"x", "ann", "2024-01-01", "127.0.0.1"};
	struct cedar_value value = {0};
	struct fault why = {0};
	switch (field) {
	case 0:
		return cedar_bool(random_below(random, 2));
	case 1:
		return cedar_long((int64_t)random_below(random, 8) - 2);
	case 2:
		return cedar_string(slice_of(texts[random_below(random, 4)]));
	case 3:
		return cedar_datetime((int64_t)random_below(random, 3) * 1704067200000);
	case 4:
		return cedar_entity(world_uid(arena, random_below(random, 2) ? SLICE("User::\"a\"") : SLICE("User::\"b\"")));
	case 5: {
		struct cedar_value items[2] = {cedar_long(1), cedar_long(random_below(random, 4))};
		CHECK_OK(cedar_set(arena, items, random_below(random, 3), &value, &why), why);
		return value;
	}
	case 6: {
		struct cedar_field fields[2] = {{SLICE("x"), cedar_long(random_below(random, 3))},
						{SLICE("y"), cedar_bool(random_below(random, 2))}};
		CHECK_OK(cedar_record(arena, fields, 1 + random_below(random, 2), &value, &why), why);
		return value;
	}
	case 7:
		return (struct cedar_value){.kind = CEDAR_DECIMAL, .as.integer = 15000 * random_below(random, 3)};
	case 8:
		CHECK_OK(cedar_extension(arena, SLICE("ip"), random_below(random, 2) ? SLICE("127.0.0.1") : SLICE("10.1.0.0/16"),
					 &value, &why), why);
		return value;
	default: {
		struct cedar_field one = {SLICE("z"), cedar_long(random_below(random, 3))};
		CHECK_OK(cedar_record(arena, &one, 1, &value, &why), why);
		return value;
	}
	}
}

struct cedar_value random_context(struct random *random, struct arena *arena, bool conforms)
{
	struct cedar_fields fields;
	struct cedar_value context;
	struct fault why = {0};
	cedar_fields_init(&fields, arena);
	for (unsigned i = 0; i < random_field_count; i++) {
		bool other = !conforms && random_below(random, 8) == 0;
		unsigned type = other ? random_below(random, (unsigned)random_field_count) : i;
		if (!random_fields[i].is_optional || random_below(random, 2))
			cedar_fields_add(&fields, random_fields[i].name, random_value(random, arena, type));
	}
	CHECK_OK(cedar_fields_finish(&fields, &context, &why), why);
	return context;
}

void random_bench_start(struct random_bench *bench, slice policies)
{
	*bench = (struct random_bench){.set = world_policies(policies), .store = world_entities(random_entities)};
	arena_init(&bench->arena, 1 << 26);
	bench->layers[0] = bench->store;
	bench->sets[0] = bench->set;
	bench->world = (struct cedar_world){bench->layers, 1, bench->sets, 1};
	bench->request = (struct cedar_request){.principal = world_uid(&bench->arena, SLICE("User::\"a\"")),
						.action = world_uid(&bench->arena, SLICE("Action::\"read\"")),
						.resource = world_uid(&bench->arena, SLICE("File::\"f\""))};
}

void random_bench_stop(struct random_bench *bench)
{
	cedar_policyset_free(bench->set);
	cedar_entities_free(bench->store);
	arena_free(&bench->arena);
}
