/* Two small universes for random policies: expressions, contexts, entities and names, with a schema and without. */
#ifndef TIPSTAFF_TESTS_ANALYSIS_UNIVERSES_H
#define TIPSTAFF_TESTS_ANALYSIS_UNIVERSES_H

/* Where nothing is known. */
static const char *const loose_atoms[] = {
	"principal == U::\"a\"", "principal in G::\"g\"", "principal in G::\"h\"", "resource == R::\"x\"", "principal is U",
	"resource in principal", "resource == principal", "principal in resource", "context.n < 2", "context.n == 2",
	"context.n >= 3", "context has n", "context has r.n", "context.r.n == 1", "context.s like \"a*\"",
	"context.s like \"*b\"", "context.s == \"ab\"", "context.s != \"b\"", "context.t.contains(\"x\")",
	"context.t.isEmpty()", "context.t.containsAll([\"x\", \"y\"])", "context.t.containsAny([\"y\", \"z\"])", "context.b",
	"principal.l > 1", "principal.l == resource.l", "principal.l < resource.l", "principal has l", "resource.o == principal",
	"context.e == principal", "context.e.l < 3", "[\"ab\", \"b\"].contains(context.s)", "principal in [G::\"g\", U::\"a\"]",
	"principal in resource.gs", "action == Action::\"r\"", "context.n == principal.l", "context.n + 1 > 2",
	"(if context.b then 1 else context.n) == 1", "resource has o.l", "principal.hasTag(\"k\")", "principal.getTag(\"k\") == 1",
	"context.e in G::\"g\"", "U::\"a\".l == 3", "G::\"g\" in G::\"h\"", "context.n * 2 == 4", "resource.gs.contains(G::\"h\")", "2 - context.n < 1", "-context.n == 5"};
static const char *const loose_contexts[] = {
	"{}", "{\"n\":1}", "{\"n\":2,\"b\":true}", "{\"n\":3,\"s\":\"b\"}", "{\"n\":-5,\"t\":[]}", "{\"s\":\"ab\",\"t\":[\"x\"]}",
	"{\"s\":\"a\",\"n\":2}", "{\"t\":[\"x\",\"y\"],\"b\":false}", "{\"n\":\"1\"}", "{\"b\":false,\"n\":1}",
	"{\"r\":{\"n\":1},\"n\":3}", "{\"r\":{},\"s\":\"ab\"}", "{\"e\":{\"__entity\":{\"type\":\"U\",\"id\":\"a\"}}}",
	"{\"e\":{\"__entity\":{\"type\":\"V\",\"id\":\"a\"}},\"n\":3}",
	"{\"n\":3,\"b\":true,\"s\":\"ab\",\"t\":[\"x\",\"y\"],\"e\":{\"__entity\":{\"type\":\"U\",\"id\":\"b\"}}}"};
#define UID(type, id) "{\"type\":\"" type "\",\"id\":\"" id "\"}"
static const char *const loose_stores[] = {
	"[]",
	"[{\"uid\":" UID("U", "a") ",\"attrs\":{\"l\":3},\"parents\":[" UID("G", "g") "]}]",
	"[{\"uid\":" UID("U", "a") ",\"attrs\":{\"l\":1},\"parents\":[" UID("G", "h") "],\"tags\":{\"k\":1}},"
	"{\"uid\":" UID("R", "x") ",\"attrs\":{\"l\":2,\"o\":{\"__entity\":" UID("U", "a") "},\"gs\":[{\"__entity\":" UID("G", "h") "}]},\"parents\":[]}]",
	"[{\"uid\":" UID("U", "b") ",\"attrs\":{\"l\":2},\"parents\":[" UID("G", "g") "],\"tags\":{\"k\":2}},"
	"{\"uid\":" UID("G", "g") ",\"attrs\":{},\"parents\":[" UID("G", "h") "]},"
	"{\"uid\":" UID("R", "y") ",\"attrs\":{\"l\":2,\"gs\":[1]},\"parents\":[" UID("U", "b") "]}]"};
static const char *const loose_principals[] = {"U::\"a\"", "U::\"b\"", "V::\"a\"", "R::\"x\""};
static const char *const loose_resources[] = {"R::\"x\"", "R::\"y\"", "U::\"a\""};

static const char schema_text[] =
	"entity G in [G]; entity C enum [\"red\", \"blue\"];"
	"entity U in [G] { l: Long, o?: U } tags Long; entity V { l: Long };"
	"entity R in [R] { l: Long, gs: Set<G>, o: U, c: C };"
	"action r, w appliesTo { principal: [U, V], resource: R, context: {"
	" n: Long, m?: Long, s?: String, t: Set<String>, b: Bool, c: C, d: decimal, w: datetime, i: ipaddr, r: { n?: Long } } };";
static const char *const strict_atoms[] = {
	"principal == U::\"a\"", "principal in G::\"g\"", "principal in G::\"h\"", "resource == R::\"x\"", "principal is U",
	"resource in R::\"y\"", "context.n < 2", "context.n == 2", "context.n >= 3", "context has m && context.m < context.n",
	"context has m", "context.n > 2 && context.n < 4", "context has s && context.s like \"a*\"",
	"context has s && context.s like \"*b\"", "context.t.contains(\"x\")", "context.t.isEmpty()",
	"context.t.containsAll([\"x\", \"y\"])", "context.b", "context.c == C::\"red\"", "context.c == C::\"blue\"",
	"context.c == resource.c", "principal.l > 1", "principal.l < resource.l", "principal.l == resource.l",
	"resource.o == principal", "resource.o.l == 3", "resource.gs.contains(G::\"g\")", "principal in resource.gs",
	"context.d.lessThan(decimal(\"1.5\"))", "context.d.greaterThanOrEqual(decimal(\"1.0\"))",
	"context.w < datetime(\"2020-01-01\")", "context.i.isLoopback()", "context.i.isInRange(ip(\"10.0.0.0/8\"))",
	"context.r has n", "context.r has n && context.r.n == 1", "principal has o && principal.o == resource.o", "principal has o",
	"principal is U && principal.hasTag(\"k\")", "principal is U && principal.hasTag(\"k\") && principal.getTag(\"k\") == 1",
	"action == Action::\"r\"", "action in [Action::\"r\", Action::\"w\"]", "context.n + 1 > 2", "context.n * 2 == 4", "3 - context.n >= 2", "context.n * -3 < -5", "context.w.offset(duration(\"1d\")) > datetime(\"2020-01-01\")", "context.n != principal.l",
	"(if context.b then 1 else context.n) == 1", "[1, 2].contains(context.n)", "resource.o in G::\"g\"", "G::\"g\" in G::\"h\""};
#define CONTEXT(n, more, t, b, c, d, w, i, r)                                                                          \
	"{\"n\":" n more ",\"t\":[" t "],\"b\":" b ",\"c\":{\"__entity\":" UID("C", c) "},\"d\":{\"__extn\":{\"fn\":\"decimal\",\"arg\":\"" d         \
	"\"}},\"w\":{\"__extn\":{\"fn\":\"datetime\",\"arg\":\"" w "\"}},\"i\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"" i "\"}},\"r\":{" r "}}"
static const char *const strict_contexts[] = {
	CONTEXT("1", "", "", "true", "red", "1.0", "2019-01-01", "127.0.0.1", ""),
	CONTEXT("2", ",\"m\":1", "\"x\"", "false", "blue", "1.5", "2021-01-01", "10.1.1.1", "\"n\":1"),
	CONTEXT("3", ",\"s\":\"ab\"", "\"x\",\"y\"", "true", "red", "0.5", "2020-01-01", "8.8.8.8", "\"n\":2"),
	CONTEXT("3", ",\"s\":\"a\",\"m\":5", "\"y\"", "false", "red", "2.0", "2019-06-01", "::1", ""),
	CONTEXT("0", ",\"s\":\"b\",\"m\":0", "\"x\",\"z\"", "true", "blue", "1.2", "2022-01-01", "10.0.0.1", "\"n\":1"),
	CONTEXT("9223372036854775807", "", "", "false", "blue", "1.0", "2019-01-01", "127.0.0.2", "")};
#define ENTITY(uid, attrs, parents, tags) "{\"uid\":" uid ",\"attrs\":{" attrs "},\"parents\":[" parents "]" tags "}"
#define RESOURCE(id, l, o, gs, c, parents)                                                                             \
	ENTITY(UID("R", id), "\"l\":" l ",\"gs\":[" gs "],\"o\":{\"__entity\":" UID("U", o) "},\"c\":{\"__entity\":" UID("C", c) "}", parents, "")
#define GROUP(id) "{\"__entity\":" UID("G", id) "}"
static const char *const strict_stores[] = {
	"[" ENTITY(UID("U", "a"), "\"l\":3", UID("G", "g"), "") "," ENTITY(UID("U", "b"), "\"l\":1", "", ",\"tags\":{\"k\":1}") ","
	ENTITY(UID("V", "a"), "\"l\":2", "", "") "," RESOURCE("x", "2", "a", GROUP("g"), "red", "") "," RESOURCE("y", "3", "b", "", "blue", "") "]",
	"[" ENTITY(UID("U", "a"), "\"l\":1,\"o\":{\"__entity\":" UID("U", "b") "}", UID("G", "h"), ",\"tags\":{\"k\":2}") ","
	ENTITY(UID("U", "b"), "\"l\":3", UID("G", "g"), "") "," ENTITY(UID("G", "g"), "", UID("G", "h"), "") ","
	ENTITY(UID("V", "a"), "\"l\":3", "", "") "," RESOURCE("x", "1", "b", GROUP("h"), "blue", UID("R", "y")) "," RESOURCE("y", "1", "b", GROUP("g") "," GROUP("h"), "red", "") "]"};
static const char *const strict_principals[] = {"U::\"a\"", "U::\"b\"", "V::\"a\""};
static const char *const strict_resources[] = {"R::\"x\"", "R::\"y\""};
static const char *const actions[] = {"Action::\"r\"", "Action::\"w\""};

#endif
