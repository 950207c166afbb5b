/* Policy sets as JSON, both ways. */
#include "cedar/est.h"
#include "cedar/est_expression.h"
#include "cedar/limits.h"
#include "cedar/parser.h"
#include "cedar/policies.h"

struct set_reader {
	struct cedar_policyset *set;
	struct parser *parser;
	struct json_reader reader;
	uint32_t source;
};

/* A policy inside the set: an object, or text of its own. */
static enum error read_policy(struct set_reader *sets, const struct json_node *node, struct policy *policy)
{
	slice text;
	if (!json_string(node, &text))
		return est_read_policy(&sets->reader, node, policy);
	struct parser inner = *sets->parser;
	struct fault why = {0};
	inner.problem = NULL;
	inner.why = &why;
	enum error error = parser_start(&inner, text);
	if (error == E_OK)
		error = parser_policy(&inner, policy);
	if (error == E_OK)
		error = parser_expect(&inner, TOKEN_END);
	policy->offset = node->start;
	return error == E_OK ? E_OK : READER_FAIL(&sets->reader, error, node, "%s", fault_sentence(&why));
}

static enum error add_policy(struct set_reader *sets, const struct json_node *node, slice id)
{
	struct policy *policy = ARENA_NEW(&sets->set->arena, struct policy);
	if (!policy)
		return READER_FAIL(&sets->reader, E_MEMORY, node, "no memory for a policy");
	TRY(read_policy(sets, node, policy));
	policy->source = sets->source;
	return policyset_add(sets->set, sets->parser, policy, id);
}

static enum error read_section(struct set_reader *sets, const struct json_node *section, bool are_templates)
{
	if (!section)
		return E_OK;
	if (section->type != JSON_OBJECT)
		return READER_FAIL(&sets->reader, E_SYNTAX, section, "an object must stand here: id to policy");
	for (const struct json_node *member = json_first(section); member; member = json_next(member)) {
		size_t before = sets->set->template_count;
		TRY(add_policy(sets, member, member->key));
		if ((sets->set->template_count > before) != are_templates)
			return READER_FAIL(&sets->reader, E_SYNTAX, member, "expected a %s, got a %s",
					   are_templates ? "template" : "static policy",
					   are_templates ? "static policy" : "template");
	}
	return E_OK;
}

static enum error read_slots(struct set_reader *sets, const struct json_node *values, struct cedar_uid uids[2],
			     struct cedar_link *link)
{
	if (values->type != JSON_OBJECT)
		return READER_FAIL(&sets->reader, E_SYNTAX, values, "`values` must be an object");
	for (const struct json_node *member = json_first(values); member; member = json_next(member)) {
		bool is_principal = slice_equal(member->key, SLICE("?principal"));
		if (!is_principal && !slice_equal(member->key, SLICE("?resource")))
			return READER_FAIL(&sets->reader, E_SYNTAX, member, "`%.*s` is no slot", SLICE_ARG(member->key));
		TRY(json_read_uid(&sets->reader, member, &uids[is_principal ? 0 : 1]));
		if (is_principal)
			link->principal = &uids[0];
		else
			link->resource = &uids[1];
	}
	return E_OK;
}

static enum error read_links(struct set_reader *sets, const struct json_node *section)
{
	static const slice names[] = {SLICE_INIT("templateId"), SLICE_INIT("newId"), SLICE_INIT("values")};
	if (section && section->type != JSON_ARRAY)
		return READER_FAIL(&sets->reader, E_SYNTAX, section, "`templateLinks` must be an array");
	for (const struct json_node *item = json_first(section); item; item = json_next(item)) {
		const struct json_node *members[3];
		struct cedar_uid uids[2];
		struct cedar_link link = {0};
		struct fault inner = {0};
		TRY(est_members(&sets->reader, item, names, 3, 3, members));
		if (!json_string(members[0], &link.template_id) || !json_string(members[1], &link.id))
			return READER_FAIL(&sets->reader, E_SYNTAX, item, "`templateId` and `newId` must be text");
		TRY(read_slots(sets, members[2], uids, &link));
		enum error error = policyset_link(sets->set, &link, &inner);
		if (error != E_OK)
			return READER_FAIL(&sets->reader, error, item, "%s", fault_sentence(&inner));
	}
	return E_OK;
}

static enum error read_set(struct set_reader *sets, const struct json_node *root)
{
	static const slice names[] = {SLICE_INIT("staticPolicies"), SLICE_INIT("templates"), SLICE_INIT("templateLinks")};
	const struct json_node *members[3];
	TRY(est_members(&sets->reader, root, names, 0, 3, members));
	TRY(read_section(sets, members[0], false));
	TRY(read_section(sets, members[1], true));
	return read_links(sets, members[2]);
}

/* Many times as large as what becomes of it, the tree goes again when it is read. */
enum error policyset_read_json(struct cedar_policyset *set, struct parser *parser, uint32_t source, slice id,
			       bool *ret_has_ids)
{
	struct json_doc doc;
	struct arena nodes;
	struct json_limits limits = {.bytes_max = CEDAR_TEXT_BYTES_MAX, .depth_max = JSON_DEPTH_MAX,
				     .nodes_max = UINT32_MAX};
	struct set_reader sets = {.set = set, .parser = parser, .source = source};
	sets.reader = (struct json_reader){.arena = &set->arena, .key = &set->key, .source = parser->source,
					   .problem = parser->problem, .why = parser->why, .nodes = &nodes};
	arena_init(&nodes, CEDAR_STORE_BYTES_MAX);
	enum error error = json_read_document(&sets.reader, &doc, parser->lexer.text, &limits);
	*ret_has_ids = error == E_OK && !json_get(&doc, json_root(&doc), SLICE("effect"));
	if (error == E_OK)
		error = *ret_has_ids ? read_set(&sets, json_root(&doc)) : add_policy(&sets, json_root(&doc), id);
	arena_free(&nodes);
	return error;
}

void cedar_policy_write_text(const struct cedar_policyset *set, size_t index, struct buffer *out)
{
	policy_write(out, set->policies[index]);
}

/* Writing into a buffer that is too small is told by the buffer. */
static void finish(struct json_writer *writer, struct buffer *out)
{
	if (json_writer_end(writer, NULL) != E_OK)
		out->failed = true;
}

void cedar_policy_write_json(const struct cedar_policyset *set, size_t index, struct buffer *out)
{
	struct json_writer writer;
	json_writer_init(&writer, out, JSON_COMPACT);
	est_write_policy(&writer, set->policies[index]);
	finish(&writer, out);
}

static void write_link(struct json_writer *writer, const struct policy *policy)
{
	json_begin_object(writer);
	json_write_key(writer, SLICE("templateId"));
	json_write_string(writer, policy->template->id);
	json_write_key(writer, SLICE("newId"));
	json_write_string(writer, policy->id);
	json_write_key(writer, SLICE("values"));
	json_begin_object(writer);
	for (unsigned i = 0; i < 3; i++)
		if (policy->template->scopes[i].has_slot) {
			json_write_key(writer, i == VARIABLE_PRINCIPAL ? SLICE("?principal") : SLICE("?resource"));
			est_write_uid(writer, policy->scopes[i].entity);
		}
	json_end_object(writer);
	json_end_object(writer);
}

static void write_policies(struct json_writer *writer, slice key, const struct policy **policies, size_t count)
{
	json_write_key(writer, key);
	json_begin_object(writer);
	for (size_t i = 0; i < count; i++) {
		if (policies[i]->template)
			continue;
		json_write_key(writer, policies[i]->id);
		est_write_policy(writer, policies[i]);
	}
	json_end_object(writer);
}

void cedar_policyset_write_json(const struct cedar_policyset *set, struct buffer *out)
{
	struct json_writer writer;
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	write_policies(&writer, SLICE("staticPolicies"), set->policies, set->count);
	write_policies(&writer, SLICE("templates"), set->templates, set->template_count);
	json_write_key(&writer, SLICE("templateLinks"));
	json_begin_array(&writer);
	for (size_t i = 0; i < set->count; i++)
		if (set->policies[i]->template)
			write_link(&writer, set->policies[i]);
	json_end_array(&writer);
	json_end_object(&writer);
	finish(&writer, out);
}
