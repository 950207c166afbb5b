/* A record as record_encode writes it, read in one walk without levels and without a place for every item. */
#ifndef TIPSTAFF_EVIDENCE_RECORD_PLAIN_H
#define TIPSTAFF_EVIDENCE_RECORD_PLAIN_H

#include "evidence/record.h"

/*
 * As record_decode, and as strict. False: it has to be read with record_decode_strictly, which tells what is wrong;
 * `*ret_record` means nothing then.
 */
bool record_plain_decode(slice bytes, struct record *ret_record, struct arena *arena);
/* As record_decode, item by item as the CBOR reader gives them. */
MUST_USE enum error record_decode_strictly(slice bytes, struct record *ret_record, struct arena *arena, struct fault *why);

#endif
