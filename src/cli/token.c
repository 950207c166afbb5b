/* `tipstaff keygen FILE` and `tipstaff token`: an agent's key and its task tokens. */
#include "cli/assertion_maker.h"
#include "cli/line.h"
#include "cli/screen.h"
#include "cli/verb.h"

#include <string.h>

int verb_keygen(const struct verb *verb, int count, char **words)
{
	struct option_words given;
	struct fault why;
	struct buffer public;
	int go = options_begin(verb, NULL, 0, count, words, 1, 1, &given);
	if (go != OPTIONS_GO)
		return go;
	buffer_init(&public, 8192);
	enum error code = keygen(slice_of(given.items[0]), &public, &why);
	if (code == E_OK)
		printf("%.*s\n", SLICE_ARG(buffer_slice(&public)));
	else
		screen_fault(stderr, &why);
	buffer_free(&public);
	return error_exit(code);
}

/* Why not, and what an operator could do about it. */
static enum error explain_refusal(const struct token_wish *wish, struct fault *why)
{
	char says[sizeof(why->sentence)];
	memcpy(says, why->sentence, sizeof(says));
	slice text = slice_of(says);
	if (slice_find(text, SLICE("agent.state=registered")) != SIZE_MAX)
		return FAIL(why, E_FORBIDDEN, "no token: %s (nobody approved it; an operator may: tipstaff agents approve %.*s)",
			    says, SLICE_ARG(wish->agent));
	if (slice_find(text, SLICE("agent.state=suspended")) != SIZE_MAX ||
	    slice_find(text, SLICE("agent.state=quarantined")) != SIZE_MAX)
		return FAIL(why, E_FORBIDDEN, "no token: %s (an operator may: tipstaff resume %.*s)", says,
			    SLICE_ARG(wish->agent));
	return FAIL(why, E_FORBIDDEN, "no token: %s", says);
}

static enum error print_token(const struct remote_reply *reply, struct fault *why)
{
	slice token = line_text(&reply->doc, json_root(&reply->doc), "access_token");
	if (token.len == 0)
		return FAIL(why, E_UPSTREAM, "the server answered without a token");
	printf("%.*s\n", SLICE_ARG(token));
	return E_OK;
}

int verb_token(const struct verb *verb, int count, char **words)
{
	struct remote remote = {.json = false};
	struct option_words given;
	struct remote_reply reply;
	struct fault why;
	struct token_wish wish = {.lifetime_s = 0};
	const struct option_row options[] = {
		REMOTE_OPTIONS(&remote),
		{"agent", OPTION_TEXT, &wish.agent, "AGENT", "who asks"},
		{"key", OPTION_TEXT, &wish.key_file, "FILE", "its private key, made by tipstaff keygen"},
		{"task", OPTION_TEXT, &wish.task, "TASK", "a registered, open task"},
		{"purpose", OPTION_TEXT, &wish.purpose, "PURPOSE", "without a registered task: what for"},
		{"scope", OPTION_TEXT, &wish.scope, "TOOLS", "only these tools, separated by spaces"},
		{"for", OPTION_DURATION, &wish.lifetime_s, "TIME", "60s to 300s"},
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	if (wish.agent.len == 0 || wish.key_file.len == 0)
		return options_usage(verb, "--agent and --key are needed");
	if ((wish.task.len > 0) == (wish.purpose.len > 0))
		return options_usage(verb, "give either --task or --purpose");
	enum error code = remote_open_without_key(&remote, &why);
	if (code == E_OK)
		code = token_fetch(&remote, &wish, &reply, &why);
	if (code == E_FORBIDDEN)
		code = explain_refusal(&wish, &why);
	if (code == E_OK && remote.json)
		code = remote_print_json(&reply.doc, json_root(&reply.doc), &why);
	else if (code == E_OK)
		code = print_token(&reply, &why);
	return remote_end(&remote, code, &why);
}
