/* The heads of the messages in the rings between worker, recorder and signer. Host byte order: one machine. */
#ifndef TIPSTAFF_CHANNEL_WIRE_H
#define TIPSTAFF_CHANNEL_WIRE_H

#include <stdint.h>

/* LAYOUT_CALL: followed by JSON. */
struct wire_call {
	uint64_t tag; /* chosen by the worker, returned with the reply */
	uint32_t op;  /* enum recorder_op */
	uint32_t reserved;
};

enum wire_reply_kind {
	WIRE_REPLY = 0, /* to a call */
	WIRE_DELTA,     /* a change of the registry: JSON */
	WIRE_SYNCED,    /* all objects have been sent; the worker may serve */
};

/* LAYOUT_REPLY: followed by JSON. */
struct wire_reply {
	uint64_t tag;
	uint64_t revision; /* the snapshot must have it before the reply is handed out; 0: none */
	uint32_t status;   /* HTTP */
	uint32_t kind;     /* enum wire_reply_kind */
};

enum wire_sign_op {
	WIRE_SIGN_NONE = 0,
	WIRE_SIGN_PUBLIC,     /* -> u16 length of kid, kid, JWK set */
	WIRE_SIGN_TOKEN,      /* signing input -> 64 bytes */
	WIRE_SIGN_CHECKPOINT, /* checkpoint text -> signed note (recorder only) */
	WIRE_SIGN_VERIFIER,   /* -> the log's public key as a note verifier line (recorder only) */
	WIRE_SIGN_SEAL,       /* u16 length of label, label, secret -> text */
	WIRE_SIGN_OPEN,       /* u16 length of label, label, sealed -> secret */
};

/* LAYOUT_SIGN: followed by the input. */
struct wire_sign {
	uint64_t tag;
	uint32_t op; /* enum wire_sign_op */
	uint32_t reserved;
};

/* LAYOUT_SIGNED: followed by the result. */
struct wire_signed {
	uint64_t tag;
	uint32_t code; /* enum error */
	uint32_t reserved;
};

#endif
