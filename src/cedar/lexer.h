/* The words of Cedar text, policies and schemas alike. Comments and white space separate and are skipped. */
#ifndef TIPSTAFF_CEDAR_LEXER_H
#define TIPSTAFF_CEDAR_LEXER_H

#include "base/slice.h"

#include <stdint.h>

#define TOKEN_ROWS(ROW) \
	ROW(END,           "end of input")   ROW(BAD,           "bad token") \
	ROW(IDENTIFIER,    "identifier")     ROW(INTEGER,       "integer") \
	ROW(STRING,        "string")         ROW(SLOT,          "slot") \
	ROW(AT,            "@")              ROW(LEFT_PAREN,    "(") \
	ROW(RIGHT_PAREN,   ")")              ROW(LEFT_BRACE,    "{") \
	ROW(RIGHT_BRACE,   "}")              ROW(LEFT_BRACKET,  "[") \
	ROW(RIGHT_BRACKET, "]")              ROW(LESS,          "<") \
	ROW(GREATER,       ">")              ROW(SEMICOLON,     ";") \
	ROW(COMMA,         ",")              ROW(DOT,           ".") \
	ROW(COLON,         ":")              ROW(DOUBLE_COLON,  "::") \
	ROW(EQUAL,         "=")              ROW(EQUAL_EQUAL,   "==") \
	ROW(NOT_EQUAL,     "!=")             ROW(LESS_EQUAL,    "<=") \
	ROW(GREATER_EQUAL, ">=")             ROW(AND,           "&&") \
	ROW(OR,            "||")             ROW(NOT,           "!") \
	ROW(PLUS,          "+")              ROW(MINUS,         "-") \
	ROW(STAR,          "*")              ROW(SLASH,         "/") \
	ROW(PERCENT,       "%")              ROW(QUESTION,      "?")

#define TOKEN_ENUM(name, text) TOKEN_##name,
enum token_kind { TOKEN_ROWS(TOKEN_ENUM) TOKEN_COUNT };
#undef TOKEN_ENUM

struct token {
	enum token_kind kind;
	uint32_t offset; /* in the text */
	bool is_plain;   /* a string without escapes and carriage returns */
	slice text;      /* as written; a string with its quotes */
};

struct lexer {
	slice text;
	size_t at;
};

/* The next token; TOKEN_END again and again at the end. What is no token is TOKEN_BAD. */
void lexer_next(struct lexer *lexer, struct token *ret_token);
/* The literal text of the punctuation, or the name of the class of tokens. */
const char *token_name(enum token_kind kind);
/* Words that are never identifiers in policies: true false if then else in like has is. */
bool word_is_reserved(slice word);
bool word_is_identifier(slice word);
/* Of the identifier that the text begins with, reserved or not; 0 where it begins with none. */
size_t word_length(slice text);
/* Length of the white space at `at`: ASCII and Unicode's White_Space; 0 where there is none. */
size_t space_length(slice text, size_t at);

#endif
