#include "cedar/confusable.h"

#include "cedar/complaint.h"
#include "cedar/script.h"
#include "cedar/write.h"

/* A text in a sentence; longer ones are not shown. */
#define SHOWN_BYTES_MAX 100u

/* In front of its last argument stands the text. */
static enum error add(struct complaint_list *list, slice text, bool is_name, uint32_t offset, const char *says)
{
	char bytes[SHOWN_BYTES_MAX];
	struct buffer shown = {.ptr = bytes, .size = sizeof(bytes), .bytes_max = sizeof(bytes)};
	cedar_string_write(&shown, text);
	slice quoted = shown.failed ? SLICE("here, which is long,") : buffer_slice(&shown);
	slice message = arena_print(list->arena, "%s %.*s %s", is_name ? "the name" : "the string", SLICE_ARG(quoted), says);
	if (!message.ptr)
		return FAIL(list->why, E_MEMORY, "no memory for findings");
	return complaint_add(list, offset, true, message);
}

static enum error add_character(struct complaint_list *list, slice text, uint32_t offset, uint32_t character)
{
	char says[100];
	struct buffer buffer = {.ptr = says, .size = sizeof(says), .bytes_max = sizeof(says)};
	buffer_print(&buffer, "has the character U+%04X, which no identifier should have", character);
	buffer_add_byte(&buffer, '\0');
	return add(list, text, true, offset, says);
}

static bool is_printable(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

static bool is_plain(slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_printable((unsigned char)text.ptr[i]))
			return false;
	return true;
}

/* The first that is wrong with the text is told. `is_name`: of an entity or attribute. */
static enum error check_text(struct complaint_list *list, slice text, bool is_name, uint32_t offset)
{
	if (is_plain(text))
		return E_OK;
	for (slice rest = text; rest.len;)
		if (script_is_bidi_control(script_next(&rest)))
			return add(list, text, is_name, offset, "has characters that turn the direction of text");
	for (slice rest = text; is_name && rest.len;) {
		uint32_t character = script_next(&rest);
		if ((character > 0x7f || !is_printable((unsigned char)character)) && !script_allows_identifier(character))
			return add_character(list, text, offset, character);
	}
	if (script_is_single(text))
		return E_OK;
	return add(list, text, is_name, offset, "mixes scripts that are not written together");
}

/* All that a pattern holds literally, as one text. */
static enum error check_pattern(struct complaint_list *list, const struct node *node)
{
	struct buffer text;
	size_t length = 0;
	for (size_t i = 0; i < node->pattern->count; i++)
		length += node->pattern->parts[i].literal.len;
	char *bytes = arena_alloc(list->arena, length + 1);
	if (!bytes)
		return FAIL(list->why, E_MEMORY, "no memory for findings");
	text = (struct buffer){.ptr = bytes, .size = length + 1, .bytes_max = length + 1};
	for (size_t i = 0; i < node->pattern->count; i++)
		buffer_add(&text, node->pattern->parts[i].literal);
	return check_text(list, buffer_slice(&text), false, node->offset);
}

static enum error check_own(struct complaint_list *list, const struct node *node)
{
	switch ((int)node->kind) {
	case NODE_LITERAL:
		if (node->value.kind == CEDAR_STRING)
			return check_text(list, cedar_text(node->value), false, node->offset);
		return node->value.kind == CEDAR_ENTITY ? check_text(list, node->value.as.uid->id, true, node->offset)
							: E_OK;
	case NODE_ATTRIBUTE:
		return check_text(list, node->name, true, node->offset);
	case NODE_HAS:
	case NODE_RECORD:
		for (uint32_t i = 0; i < node->count; i++)
			TRY(check_text(list, node->names[i], true, node->offset));
		return E_OK;
	case NODE_LIKE:
		return check_pattern(list, node);
	default:
		return E_OK;
	}
}

static enum error check_node(struct complaint_list *list, const struct node *node)
{
	const struct node *child;
	TRY(check_own(list, node));
	for (size_t i = 0; (child = node_child(node, i)) != NULL; i++)
		TRY(check_node(list, child));
	return E_OK;
}

static enum error check_policy(struct complaint_list *list)
{
	const struct policy *policy = list->policy;
	for (unsigned i = 0; i < 3; i++) {
		const struct scope *scope = &policy->scopes[i];
		if (scope->entity)
			TRY(check_text(list, scope->entity->id, true, policy->offset));
		for (uint32_t j = 0; j < scope->entity_count; j++)
			TRY(check_text(list, scope->entities[j]->id, true, policy->offset));
	}
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		const struct node *body = clause_written(&policy->clauses[i], list->arena);
		TRY(body ? check_node(list, body) : FAIL(list->why, E_MEMORY, "no memory for findings"));
	}
	return E_OK;
}

enum error cedar_confusables(const struct cedar_policyset *set, struct arena *arena,
			     struct cedar_validation *ret_validation, struct fault *why)
{
	struct complaint_list list = {.set = set, .arena = arena, .why = why};
	*ret_validation = (struct cedar_validation){.error_count = 1};
	for (list.index = 0; list.index < set->count; list.index++) {
		list.policy = set->policies[list.index];
		if (!list.policy->template)
			TRY(check_policy(&list));
	}
	list.is_template = true;
	for (list.index = 0; list.index < set->template_count; list.index++) {
		list.policy = set->templates[list.index];
		TRY(check_policy(&list));
	}
	*ret_validation = (struct cedar_validation){list.items, list.count, list.errors};
	return E_OK;
}
