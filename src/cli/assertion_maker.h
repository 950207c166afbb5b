/* What an agent does to get a task token: signs an assertion with its key and exchanges it (RFC 7523). */
#ifndef TIPSTAFF_CLI_ASSERTION_MAKER_H
#define TIPSTAFF_CLI_ASSERTION_MAKER_H

#include "cli/remote.h"

/* What is asked for. Either `task`, or `purpose` and perhaps `scope`. */
struct token_wish {
	slice agent;
	slice key_file; /* private JWK */
	slice task;
	slice purpose;
	slice scope;    /* tool ids, separated by spaces */
	uint64_t lifetime_s; /* 0: as long as the server gives */
};

/* Makes a key pair: the private JWK goes into a new file (mode 0600), the public one into `ret_public`. */
MUST_USE enum error keygen(slice key_file, struct buffer *ret_public, struct fault *why);
/*
 * Gets a token. `*ret_reply` is the token response as it came.
 * E_FORBIDDEN: refused (the agent is unknown or may not act).  E_REQUEST, E_UNAUTHENTICATED.  E_IO: the key file.
 */
MUST_USE enum error token_fetch(struct remote *remote, const struct token_wish *wish, struct remote_reply *ret_reply,
				struct fault *why);

#endif
