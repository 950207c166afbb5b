/*
 * What a server offers, written down: asks it for its tools, pins each definition (SHA-256 over JCS of the whole), and
 * notices where one differs from its pin.
 */
#ifndef TIPSTAFF_GATEWAY_DISCOVERY_H
#define TIPSTAFF_GATEWAY_DISCOVERY_H

#include "gateway/services.h"

#define DISCOVERY_TOOLS_MAX 1024u  /* of one server */
#define DISCOVERY_PAGES_MAX 64u    /* of one list */
#define DISCOVERY_DEADLINE_MS 30000u

/* Without `done`, a server is asked again only after so long. */
#define DISCOVERY_PAUSE_MS 5000u

/*
 * Asks `server` for its tools and has the registry brought up to date: new ones are pinned, different ones become
 * `changed`, missing ones `gone` (registry: COMMAND_DISCOVER). `done` (may be NULL) gets the registry's HTTP status and
 * reply, or a problem: 404 no such server, 502 it did not answer properly. Not called inside.
 */
void discovery_refresh(struct services *services, slice server, recorder_answered *done, void *context);
/*
 * The registry has told this change: a server that is new or has another URL is asked. For loop 0 only, so that one
 * process asks once.
 */
void discovery_on_change(struct services *services, slice change);

/* What one loop remembers of its discoveries; part of struct gateway. NULL: no memory. */
struct discoveries;
struct discoveries *discoveries_new(struct services *services);
/* NULL is fine. None may be under way. */
void discoveries_free(struct discoveries *discoveries);

/* All active servers are asked: what they offer may have changed while this server was down. For loop 0 only, once. */
void discovery_start(struct services *services);

#endif
