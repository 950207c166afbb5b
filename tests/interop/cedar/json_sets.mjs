// Policy sets as JSON: policies as text or JSON, templates and links; and what is nearly one.
import { below, many, maybe, pick } from './random.mjs';
import { entityJson, policy, template } from './untyped.mjs';

/* A double cannot hold every integer of the language, so those stay text. */
const asJson = (convert, text) => {
	const answer = maybe(0.6) && !/\d{16}/.test(text) ? convert(text) : {};
	return answer.type === 'success' ? answer.json : text;
};
export function jsonSet(cedar) {
	const set = { staticPolicies: {}, templates: {}, templateLinks: [] };
	many(5, policy).forEach((text, i) => { set.staticPolicies['s' + i] = asJson(cedar.policyToJson, text); });
	many(3, template).forEach((text, i) => {
		set.templates['t' + i] = asJson(cedar.templateToJson, text);
		many(3, () => 0).forEach((_, j) => {
			const values = {};
			if (text.includes('?principal') !== maybe(0.02)) values['?principal'] = entityJson();
			if (text.includes('?resource') !== maybe(0.02)) values['?resource'] = entityJson();
			set.templateLinks.push({ templateId: 't' + (maybe(0.02) ? 9 : i), newId: maybe(0.02) ? 's0' : `l${i}${j}`, values });
		});
	});
	return set;
}
const strange = [null, 0, 1.5, -1, true, '', 'x', [], {}, [1], { Value: 1 }, { Var: 'principal' }, { Var: 'x' }, { Slot: '?principal' }, { Set: [] }, { Record: {} }, { Unknown: {} }, 'All', { op: 'All' },
	{ op: 'in', entity: { type: 'A', id: 'b' } }, { op: '==', slot: '?principal' }, { '==': { left: { Value: 1 }, right: { Value: 1 } } }, { ip: [{ Value: '1.1.1.1' }] }, { ip: [] }, { isIpv4: [{ Value: 1 }] },
	{ '.': { left: { Var: 'context' }, attr: 'if' } }, { has: { left: { Var: 'context' }, attr: ['a', 'b'] } }, { has: { left: { Var: 'context' }, attr: [] } }, { like: { left: { Value: 'a' }, pattern: ['Wildcard', { Literal: 'a' }] } },
	{ like: { left: { Value: 'a' }, pattern: ['Wild'] } }, { is: { left: { Var: 'principal' }, entity_type: 'A::B' } }, { is: { left: { Var: 'principal' }, entity_type: 'in' } }, { neg: { arg: { Value: 1 } } },
	{ 'if-then-else': { if: { Value: true }, then: { Value: true }, else: { Value: false } } }, { '!': { arg: { Value: true } } }, { contains: { left: { Set: [] }, right: { Value: 1 } } }, { Value: { __entity: { type: 'A', id: 'b' } } },
	{ Value: { __extn: { fn: 'ip', arg: '1.1.1.1' } } }, { Value: { __extn: { fn: 'ip', arg: 'x' } } }, { Value: { __entity: { type: 'a b', id: '' } } }, { Value: [1, 'a'] }, { Value: { a: 1 } }, { Value: 1.5 }, { Value: null }];
/* Every place in a JSON text where a value stands: [holder, key]. */
function places(holder, found = []) {
	for (const key of Object.keys(holder)) {
		found.push([holder, key]);
		if (holder[key] && typeof holder[key] === 'object') places(holder[key], found);
	}
	return found;
}
export function brokenJsonSet(cedar) {
	const set = JSON.parse(JSON.stringify(jsonSet(cedar))), found = places(set);
	/* As text or as a list they are the binding's own shorthand, which the language's JSON does not have. */
	const [holder, key] = pick(found.filter(([, name]) => name !== 'staticPolicies'));
	switch (below(4)) {
	case 0: if (Array.isArray(holder)) holder.splice(Number(key), 1); else delete holder[key]; break;
	case 1: holder[key] = pick(strange); break;
	case 2: { const [other, name] = pick(found); holder[key] = JSON.parse(JSON.stringify(other[name] ?? null)); break; }
	default: if (!Array.isArray(holder)) { holder[pick(['extra', 'effect', 'left', 'annotations', 'Value', 'slot', 'entity', 'op', 'arg', 'kind'])] = pick(strange); } else holder.push(pick(strange)); break;
	}
	return set;
}
