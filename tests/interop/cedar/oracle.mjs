// The reference engine's answers in the words of probe.c.
import { createRequire } from 'node:module';

export const cedar = createRequire(process.cwd() + '/x.js')('@cedar-policy/cedar-wasm/nodejs');
const refused = answer => ({ refused: (answer.errors ?? [{ message: answer.error }]).map(e => e.message).join('; ') });
const verdict = answer => answer.type === 'success' ? { ok: true } : refused(answer);

function decide(call) {
	const answer = cedar.statefulIsAuthorized(call);
	if (answer.type !== 'success')
		return refused(answer);
	const { decision, diagnostics } = answer.response;
	return { ok: true, decision, reason: diagnostics.reason, errors: diagnostics.errors.map(e => e.policyId) };
}
const operations = {
	authorize({ policies, entities, requests, schema, validateRequest = true }) {
		const set = cedar.preparsePolicySet('set', typeof policies === 'object' ? policies : { staticPolicies: policies });
		if (set.type !== 'success')
			return refused(set);
		if (schema !== undefined) {
			const read = cedar.preparseSchema('schema', schema);
			if (read.type !== 'success')
				return refused(read);
		}
		const given = schema !== undefined ? { preparsedSchemaName: 'schema', validateRequest } : {};
		return { ok: true, answers: requests.map(request => decide({ ...request, entities, preparsedPolicySetId: 'set', ...given })) };
	},
	policies: ({ policies }) => verdict(cedar.checkParsePolicySet(typeof policies === 'object' ? policies : { staticPolicies: policies })),
	validate({ schema, policies }) {
		const answer = cedar.validate({ schema, policies: typeof policies === 'object' ? policies : { staticPolicies: policies } });
		if (answer.type !== 'success')
			return refused(answer);
		const wrong = answer.validationErrors.map(e => e.policyId);
		const impossible = answer.validationWarnings.filter(w => w.error.message.includes('impossible')).map(w => w.policyId).filter(id => !wrong.includes(id));
		return { ok: true, wrong, impossible, finding: answer.validationErrors.map(e => e.error.message).join('; ') };
	},
	translate({ policies }) {
		const answer = cedar.policyToJson(policies);
		return answer.type === 'success' ? { ok: true, json: answer.json } : refused(answer);
	},
	format: ({ policies }) => verdict(cedar.formatPolicies({ policyText: policies })),
	schema: ({ schema }) => verdict(cedar.checkParseSchema(schema)),
	entities: ({ entities, schema }) => verdict(cedar.checkParseEntities({ entities, ...(schema === undefined ? {} : { schema }) })),
};
/* What the reference engine says. It throws at JSON of the wrong shape; `broken` is a trap, such as too deep a stack. */
export function reference(question) {
	try {
		return operations[question.op](question);
	} catch (e) {
		return e instanceof WebAssembly.RuntimeError ? { broken: String(e) } : { refused: String(e) };
	}
}
