/* Who asks over AuthZEN, and which properties of a question are believed because of it. */
#ifndef TIPSTAFF_API_ASKER_H
#define TIPSTAFF_API_ASKER_H

#include "decision/snapshot.h"
#include "identity/caller.h"

/* Zero may ask nothing. */
enum asker_kind {
	ASKER_NOBODY = 0,
	ASKER_AGENT,    /* with its task token: about itself */
	ASKER_PEP,      /* an enforcement point with its key: about entities, with the properties that it may assert */
	ASKER_OPERATOR, /* with the admin key */
};

struct asker {
	enum asker_kind kind;
	const struct caller *caller;  /* of ASKER_AGENT */
	const struct pep_row *pep;    /* of ASKER_PEP; borrowed from the snapshot */
	bool asserts_subject;         /* of ASKER_OPERATOR (config: authzen.assert_properties) */
};

/*
 * Is this property of `part` ("subject" or "resource") a fact when this asker says it? The operator is believed about
 * resources, and about subjects where the configuration says so; an enforcement point only what its row lists.
 */
bool asker_may_assert(const struct asker *asker, const char *part, slice property);
/* "operator:admin", "pep:<id>", "agent:<id>"; in the arena. ptr NULL where there is no memory. */
slice asker_name(const struct asker *asker, struct arena *arena);

#endif
