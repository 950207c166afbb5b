/* From text to policies: recursive descent over the lexer, one token of look-ahead. */
#ifndef TIPSTAFF_CEDAR_PARSER_H
#define TIPSTAFF_CEDAR_PARSER_H

#include "cedar/bytes.h"
#include "cedar/lexer.h"
#include "cedar/list.h"
#include "cedar/policy.h"
#include "cedar/problem.h"

/* Names of types repeat: each is hashed once, as long as no two others come on its place. */
struct parser_type {
	slice name;
	uint64_t hash;
	const struct cedar_uid *uid; /* with an empty id; NULL until it is asked for */
};
#define PARSER_TYPES 16u
/* So do the entities that heads name. */
#define PARSER_NAMED 128u

struct cons;

struct parser {
	struct lexer lexer;
	struct token token;         /* the next one, not yet taken */
	struct arena *arena;        /* where nodes go; the text must live as long */
	const struct hash_key *key;
	slice source;               /* its name, for messages */
	unsigned nesting;
	struct parser_type types[PARSER_TYPES][2]; /* seen last; of two on one place the later is the first */
	const struct cedar_uid *named[3][PARSER_NAMED]; /* by enum variable: entities of heads, seen last */
	struct cons *cons;          /* where expressions are read: equal ones become one */
	uint32_t place;             /* of the expression that was read last */
	struct list places;         /* uint32_t: of its nodes, children before parents */
	struct list items;          /* const struct node *: of the lists that are being read, one behind the other */
	struct list names;          /* slice: of keys, in the same way */
	struct cedar_problem *problem;
	struct fault *why;
};

/* Checks that the text is UTF-8 and not too long, and reads the first token. E_SYNTAX, E_LIMIT. */
MUST_USE enum error parser_start(struct parser *parser, slice text);
static inline void parser_take(struct parser *parser)
{
	lexer_next(&parser->lexer, &parser->token);
}
/* Takes the token if it is of that kind. */
static inline bool parser_accept(struct parser *parser, enum token_kind kind)
{
	if (parser->token.kind != kind)
		return false;
	parser_take(parser);
	return true;
}
/* Takes the token; E_SYNTAX where it is of another kind. */
MUST_USE enum error parser_expect(struct parser *parser, enum token_kind kind);
/* E_SYNTAX at the token: it was not expected here. */
MUST_USE enum error parser_unexpected(struct parser *parser);
/* An error at a place of the text. */
#define PARSER_FAIL(parser, code, offset, ...)                                                                         \
	cedar_problem_set((parser)->problem, (parser)->why, (code), (parser)->source, (parser)->lexer.text, (offset),  \
			  __VA_ARGS__)
/* Is the token this word? */
static inline bool parser_at_word(const struct parser *parser, slice word)
{
	return parser->token.kind == TOKEN_IDENTIFIER && bytes_equal(parser->token.text, word);
}

/* The type as a name with an empty id. NULL: no memory. */
const struct cedar_uid *parser_type(struct parser *parser, slice type);
/* Takes an identifier. E_SYNTAX: none, reserved, or `__cedar`. */
MUST_USE enum error parser_identifier(struct parser *parser, slice *ret_name);
/* Takes a string literal. */
MUST_USE enum error parser_string(struct parser *parser, slice *ret_text);
/* Takes `ident{::ident}`; the result is one slice without spaces and comments. */
MUST_USE enum error parser_name(struct parser *parser, slice *ret_name);
/* Takes `name::"id"`. */
MUST_USE enum error parser_entity(struct parser *parser, const struct cedar_uid **ret_uid);
/* The same in the head of a policy, which shares it with others. */
MUST_USE enum error parser_head_entity(struct parser *parser, enum variable variable, const struct cedar_uid **ret_uid);

/* Takes `ident{::ident}` or `name::"id"`; of the first `*ret_uid` is NULL. */
MUST_USE enum error parser_path(struct parser *parser, slice *ret_name, const struct cedar_uid **ret_uid);
/* The same, into memory of the caller. */
MUST_USE enum error parser_path_into(struct parser *parser, slice *ret_name, struct cedar_uid *ret_uid,
				     bool *ret_is_uid);

/* Takes `@key("value") @key ...`, as in front of policies and the parts of schemas. */
MUST_USE enum error parser_annotations(struct parser *parser, const struct cedar_annotation **ret_annotations,
				       uint32_t *ret_count);
/* Takes one expression. Its nodes are shared: where each was written is in `places`. */
MUST_USE enum error parser_expression(struct parser *parser, const struct node **ret_node);
/* Takes one policy or template. `*ret_policy` has no id and source yet. */
MUST_USE enum error parser_policy(struct parser *parser, struct policy *ret_policy);
/* Passes on an error that has no place yet, giving it one. */
MUST_USE enum error parser_place(struct parser *parser, enum error error, size_t offset);

/* A list of pointers that grows in the arena. */
struct pointer_list {
	const void **items;
	size_t count;
	size_t size;
};
MUST_USE enum error pointer_list_add(struct pointer_list *list, struct arena *arena, const void *item,
				     struct fault *why);

#endif
