/* Room 5: a decision that waits for a person. There are no tickets yet, so what would wait is refused. */
#include "gateway/call.h"

enum step call_gate(struct call *call)
{
	if (!call->decision || call->decision->verdict != GATE)
		return STEP_ON;
	call->decision->observed = false;
	call->decision->public_sentence = SLICE("denied: this needs an approval, and approvals are not offered yet");
	return STEP_ON;
}
