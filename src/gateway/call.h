/* One exchange on its way through the nine rooms. Private to gateway/. */
#ifndef TIPSTAFF_GATEWAY_CALL_H
#define TIPSTAFF_GATEWAY_CALL_H

#include "crypt/digest.h"
#include "decision/decide.h"
#include "gateway/gateway.h"
#include "gateway/sessions.h"
#include "gateway/target.h"
#include "protocol/mcp_headers.h"
#include "protocol/sse.h"
#include "text/ulid.h"
#include "token/jwk.h"

struct discoveries;

struct gateway {
	struct services *services;
	struct credentials *credentials;
	struct discoveries *discoveries;
	struct sha256_context sha256;
	struct jwk_set keys;        /* parsed from `keys_json` */
	slice keys_json;            /* what the signer said last; owned */
	struct arena keys_arena;
};

/* What a room says when it is done. */
enum step {
	STEP_ON = 0, /* to the next room */
	STEP_WAIT,   /* call_walk is called again when something has happened */
	STEP_DONE,   /* answered; the call is gone */
};

enum room { ROOM_ARRIVE = 0, ROOM_IDENTIFY, ROOM_FACTS, ROOM_DECIDE, ROOM_GATE, ROOM_RECORD, ROOM_RELEASE, ROOM_COUNT };

/* How the answer of the target is taken in. */
enum intake {
	INTAKE_NONE = 0,
	INTAKE_WHOLE,  /* collected, then answered at once */
	INTAKE_STREAM, /* events, passed on one by one */
	INTAKE_PICK,   /* events, of which only the answer is taken */
};

struct call {
	struct services *services;
	struct http_exchange *exchange;
	struct arena *arena;             /* of the exchange */
	enum room room;
	int64_t begun_ns;                /* monotonic */

	/* arrive */
	bool multiplex;                  /* /mcp */
	slice server;                    /* id, from the path or from a prefixed name */
	slice tool;                      /* plain name, of tools/call */
	struct json_doc doc;
	struct mcp_request request;
	slice id;                        /* of the request, written anew; empty: none */
	enum mcp_era era;
	struct fault refusal;            /* what was wrong with the message; told once the caller is known */
	int refusal_code;                /* JSON-RPC; 0: nothing was wrong */

	/* identify */
	slice agent;
	slice subject;
	slice token;                     /* jti */
	slice transaction;
	int64_t original_issue_ms;
	int64_t expires_s;
	struct session_key session;      /* id empty: none */
	struct session_view view;
	bool observed_agent;

	/* decide, record */
	struct decision_input input;
	struct decision *decision;       /* NULL: nothing had to be decided */
	struct ulid decision_id;
	slice history;                   /* name of the session's history; empty: the decision is in none */
	bool recorded;                   /* an effect record is owed */
	bool enforced;
	const struct mcp_param *params;  /* headers that the tool's schema demands */
	size_t param_count;

	/* release */
	struct target target;
	slice upstream_session;
	slice upstream_id;               /* id of the request towards the target */
	struct buffer sent;              /* the body, written anew */
	struct upstream_call *upstream;
	int64_t released_ns;
	unsigned attempts;
	bool expected;                   /* the session knows that an answer is to come */
	bool was_sent;

	/* outcome */
	enum intake intake;
	int status;                      /* HTTP, of the target */
	struct buffer received;
	struct sse_reader events;
	struct buffer written;           /* one event, or the answer */
	uint64_t retry_ms;               /* last reconnection time passed on */
	bool streaming;                  /* the client's stream has begun */
	bool answered;                   /* the answer to the request has passed */
	bool resumable;                  /* an event id was seen */
	bool gone;                       /* the client went away */
	bool effect_written;
	const struct json_doc *output_doc;   /* while an answer is being taken in: what the tool gave, as data */
	const struct json_node *output;
	struct loop_timer timer;         /* end of a long stream */
};

/* Rooms, each in its own file. */
enum step call_arrive(struct call *call);
enum step call_identify(struct call *call);
enum step call_facts(struct call *call);
enum step call_decide(struct call *call);
enum step call_gate(struct call *call);
enum step call_record(struct call *call);
enum step call_release(struct call *call);

/* Walks on from the room the call is in. */
void call_walk(struct call *call);
/* To the next room, from a callback. */
void call_go_on(struct call *call);

/* --- answers (answer.c). Each of them finishes the call; it is gone afterwards. --- */
enum step call_reply(struct call *call, int status, slice type, slice body);
/* 202 */
enum step call_accept(struct call *call);
/* A JSON-RPC error with this HTTP status. `data` is JSON text or empty. */
enum step call_reject(struct call *call, int status, int64_t code, slice message, slice data);
/* By the table of errors; 5xx and the like. */
enum step call_fail(struct call *call, enum error code, const struct fault *why);
/* The denial of contract and DESIGN: 403, decision id, a sentence that the model can use. */
enum step call_deny(struct call *call);
/* 401 with its challenge. */
enum step call_challenge(struct call *call, const struct fault *why);
/* A result of our own. */
enum step call_result(struct call *call, slice result);
/* Cuts the client off, or ends its stream. */
void call_cut(struct call *call);
void call_end_stream(struct call *call);

/* --- history (history.c) --- */
struct history_hold;
/* Holds the history of the caller's session for the decision to come. E_MEMORY. */
MUST_USE enum error call_hold_history(struct call *call, const struct caller *caller, struct history_hold *ret_hold,
				      struct fault *why);
/* Takes the decision in and gives the history back. */
void call_add_history(struct call *call, struct history_hold *hold, bool lets_through);

/* --- evidence (record.c, outcome.c) --- */
/* Encodes and hands over the record of the decision. */
MUST_USE enum error call_encode_decision(struct call *call, struct buffer *to, struct fault *why);

enum effect { EFFECT_UNKNOWN = 0, EFFECT_OK, EFFECT_ERROR };
struct effect_note {
	slice decision_id;
	slice agent;
	slice server;
	slice tool;
	enum effect outcome;
	uint64_t status;
	int64_t duration_ns;
	slice result;  /* the bytes that were passed on; digested */
	slice detail;
	slice history;                       /* name of the session's history; empty: none */
	const struct json_doc *output_doc;   /* of `output` */
	const struct json_node *output;      /* what the tool gave, as data; NULL: none */
};
void effect_write(struct services *services, const struct effect_note *note);
/* Takes what came of it into the history of the session (history.c). */
void effect_add_history(struct services *services, const struct effect_note *note);
/* Writes the effect of this call, once, where a permit was recorded. */
void call_effect(struct call *call, enum effect outcome, uint64_t status, slice result, slice detail);

/* --- what comes from the target (outcome.c, message.c, list.c) --- */
/* No answer will come to this call any more. */
void call_forget_expected(struct call *call);
extern const struct upstream_handler call_upstream_handler;
/* The answer came whole: told to the client. */
enum step call_whole_answer(struct call *call);
/* The target answered an initialize: a session of ours begins. E_UPSTREAM: a revision that is not offered here. */
MUST_USE enum error call_opened(struct call *call, const struct json_doc *doc, const struct json_node *result,
				struct fault *why);
/* The client went away or takes bytes again. */
void call_client_closed(struct http_exchange *exchange);
void call_client_drained(struct http_exchange *exchange);

enum fate {
	FATE_DROP = 0, /* unknown, or not for this client: dropped and logged */
	FATE_PASS,
	FATE_ANSWER,   /* the answer to the request of this call */
};
/* Judges one message of the target and writes what the client may see of it into `to`. */
enum fate call_message(struct call *call, slice text, struct buffer *to);
/*
 * Writes the answer `doc` to a request for `method`: lists are filtered, capabilities reduced to what is let through.
 * `ret_detail` says what became of a call. Does not fail: a result that cannot be filtered is replaced by an error.
 */
struct answer_view {
	enum mcp_method_id method;
	slice server;
	slice id; /* as the client knows it */
};
void call_write_answer(struct call *call, const struct answer_view *view, const struct json_doc *doc,
		       const struct jsonrpc_message *message, struct buffer *to);
/* What an answer says of the call it answers. */
enum effect answer_effect(const struct json_doc *doc, const struct jsonrpc_message *message, uint64_t *ret_status,
			  slice *ret_detail);
/* List of tools as pinned, with prefixed names: the answer of /mcp. */
MUST_USE enum error list_pinned(struct call *call, struct buffer *to, struct fault *why);
/* Writes the result of a list with only what this caller may see. */
MUST_USE enum error list_filter(struct call *call, enum mcp_method_id method, slice server, const struct json_doc *doc,
				const struct json_node *result, struct buffer *to, struct fault *why);

/* DELETE: ends the session and what is open behind it. */
enum step call_end_session(struct call *call);
/* A new session of ours after an initialize; its id is in `call->session`. */
MUST_USE enum error call_open_session(struct call *call, enum mcp_revision revision, slice hello, struct fault *why);

/* --- multiplex (multiplex.c) --- */
/* Answers what /mcp answers itself; STEP_ON: it goes to a server. */
enum step multiplex_answer(struct call *call);
/* Opens the upstream session for a call behind /mcp; STEP_ON: it is open. Ends in call_go_on or an answer. */
enum step multiplex_open(struct call *call);

/* May the caller still act, by the snapshot of now? A stream of one that was stopped is cut. */
bool call_stands(struct call *call);
/* The caller of now, or NULL: its token has run out meanwhile. */
const struct caller *call_caller(struct call *call);
/* A copy in the arena of the call that outlives the snapshot; empty stays empty. */
slice call_keep(struct call *call, slice text);
slice call_header(const struct call *call, enum http1_name name);

#endif
