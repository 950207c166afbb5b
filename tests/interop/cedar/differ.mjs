// Compares the engine with the reference engine (npm @cedar-policy/cedar-wasm) on random cases.
//
//	node differ.mjs PROBE [COMPARISONS] [SEED]
//
// One comparison is one answer: a decision with its reasons and errors, the verdict on one policy, a text that is read or
// refused, a translation. Prints each difference as one line of JSON and closes with a count of each kind.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cedar, reference } from './oracle.mjs';
import { below, exactly, many, maybe, mutate, pick, seed } from './random.mjs';
import { conforming } from './conforming.mjs';
import { sameForms, schemaForms } from './schemas.mjs';
import { brokenJsonSet, jsonSet } from './json_sets.mjs';
import { badRequest, brokenPolicies, constructorPolicy, deepPolicy, entity, entityJson, policy, record, request, template } from './untyped.mjs';
import { dataMaker, policyMaker, randomSchema, schemaJson, schemaText } from './typed.mjs';

const [probe, countText = '2000', seedText = ''] = process.argv.slice(2);
const target = Number(countText), begin = Number(seedText || Date.now() % 1e9);
seed(begin);

const requests = n => exactly(n, () => maybe(0.03) ? badRequest() : request());
const schemaMarks = ['{', '}', '[', ']', ',', ';', ':', '?', '::', '=', '<', '>', 'entity ', 'action ', 'type ', 'in ', 'tags ', 'enum ', 'appliesTo ', 'principal', 'context', 'namespace X {', '"', 'Set<', 'Long', '@a("b")', 'Shared', 'User', '__cedar::Long', '//', 'é'];
function typed(make) {
	const model = randomSchema(), maker = policyMaker(model);
	return maker && make(model, maker, maybe(0.7) ? schemaText(model) : schemaJson(model));
}
const typedPolicies = (maker, n) => exactly(n, () => maker.policy(1 + below(4))).join('\n');
/* Text, or JSON where a double can hold its numbers. */
function translated() {
	const text = maybe(0.8) ? policy() : deepPolicy(), answer = maybe(0.3) && !/\d{16}/.test(text) ? cedar.policyToJson(text) : {};
	return answer.json ?? text;
}
/* Comments where space may stand: before the first token of a line, and behind some operators. */
const commented = text => text.replace(/ (&&|\|\||when|unless|\{|==) /g, (all, token) => maybe(0.1) ? ` ${token} // c${below(100)}\n` : all).replace(/^/gm, () => maybe(0.2) ? `// line ${below(100)}\n` : '');
/* [share, kind, make] */
const kinds = [
	[20, 'decisions', () => ({ op: 'authorize', policies: exactly(1 + below(12), policy).join('\n'), entities: many(3, entity), requests: requests(20) })],
	[8, 'decisions of JSON sets', () => ({ op: 'authorize', policies: jsonSet(cedar), entities: many(3, entity), requests: requests(16) })],
	[8, 'constructors', () => ({ op: 'authorize', policies: exactly(40, constructorPolicy).join('\n'), entities: [], requests: exactly(1, request) })],
	[12, 'decisions under a schema', () => typed((model, maker, schema) => {
		const data = dataMaker(model, maybe(0.7) ? 0 : 0.02);
		return { op: 'authorize', schema, policies: typedPolicies(maker, 1 + below(6)), entities: data.entities(5), requests: exactly(10, () => data.request(maker.env)) };
	})],
	[6, 'conformance', conforming],
	[12, 'validation', () => typed((model, maker, schema) => ({ op: 'validate', schema, policies: typedPolicies(maker, 14) }))],
	[3, 'validation of templates', () => typed((model, maker, schema) => ({ op: 'validate', schema, policies: { templates: Object.fromEntries(exactly(6, (_, i) => ["t" + i, maker.template(1 + below(3))])) } }))],
	[14, 'broken policies', () => ({ op: 'policies', policies: brokenPolicies() })],
	[10, 'broken JSON sets', () => ({ op: 'policies', policies: brokenJsonSet(cedar) })],
	[5, 'nesting', () => ({ op: 'policies', policies: deepPolicy() })],
	[8, 'translations', () => ({ op: 'translate', policies: translated() })],
	[5, 'formats', () => ({ op: 'format', policies: commented(exactly(1 + below(3), policy).join('\n')) })],
	[6, 'schemas', () => typed((model, maker, schema) => ({ op: 'schema', schema: maybe(0.3) ? schema : mutate(schemaText(model), schemaMarks) }))],
	[4, 'schemas in both forms', schemaForms],
	[6, 'entities', () => ({ op: 'entities', entities: many(4, entity) })],
	[6, 'entities under a schema', () => typed((model, maker, schema) => ({ op: 'entities', schema, entities: dataMaker(model, 0.02).entities(4) }))],
];
const bag = kinds.flatMap(([share], i) => exactly(share, () => i));

const sorted = list => JSON.stringify([...new Set(list)].sort());
const plain = json => JSON.stringify(json, (_, v) => v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([x], [y]) => x < y ? -1 : 1)) : v);
function sameDecision(ours, theirs) {
	if (!!ours.refused || !!theirs.refused)
		return !!ours.refused === !!theirs.refused;
	return ours.decision === theirs.decision && sorted(ours.reason) === sorted(theirs.reason) && sorted(ours.errors) === sorted(theirs.errors);
}
function sameTranslation(ours, theirs) {
	if (/\d{16}/.test(ours.json)) /* a double cannot hold it */
		return true;
	if (ours.text === undefined)
		return false;
	if (plain(JSON.parse(ours.json)) !== plain(theirs.json))
		return false;
	const again = cedar.policyToJson(ours.text);
	return again.type === 'success' && plain(again.json) === plain(theirs.json);
}
/* Formatting keeps the meaning and the comments, and once is enough. */
function sameFormat(q, ours) {
	const before = cedar.policySetTextToParts(q.policies), after = cedar.policySetTextToParts(ours.text);
	const meaning = parts => plain(parts.policies.map(text => cedar.policyToJson(text).json));
	const comments = text => sorted((text.match(/\/\/ (c|line )\d+/g) ?? []).map((comment, i) => comment));
	return after.type === 'success' && meaning(before) === meaning(after) && comments(q.policies) === comments(ours.text) && ours.again === ours.text;
}
/* The reference engine reads the entities anew for each request, and so refuses each. */
const spread = (q, ours) => q.op === 'authorize' && ours.refused ? { ok: true, answers: q.requests.map(() => ours) } : ours;
/* [comparisons, differences] */
function compare(q, ours, theirs) {
	if (theirs.refused?.includes('recursion limit')) /* how deep their JSON may be is no matter of the language */
		return [0, 0];
	if (theirs.ok)
		ours = spread(q, ours);
	if (theirs.broken || !!ours.refused !== !!theirs.refused)
		return [1, 1];
	if (ours.refused)
		return [1, 0];
	if (q.op === 'authorize') {
		const bad = theirs.answers.filter((answer, i) => !sameDecision(ours.answers[i], answer)).length;
		const width = q.requests.length === 1 && q.policies.split ? q.policies.split('\n').length : theirs.answers.length;
		return [width, bad];
	}
	if (q.op === 'validate') {
		const n = typeof q.policies === 'object' ? Object.keys(q.policies.templates).length : q.policies.split('\n').length;
		return [n, sorted(ours.wrong) === sorted(theirs.wrong) && sorted(ours.impossible.filter(id => !ours.wrong.includes(id))) === sorted(theirs.impossible) ? 0 : 1];
	}
	if (q.op === 'schema')
		return [1, sameForms(ours, q.schema) ? 0 : 1];
	if (q.op === 'format')
		return [1, sameFormat(q, ours) ? 0 : 1];
	if (q.op === 'translate')
		return [1, sameTranslation(ours, theirs) ? 0 : 1];
	return [1, 0];
}

const child = spawn(probe, { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const counts = {}, shown = {};
let compared = 0, differences = 0, decided = 0;
function note(kind, q, ours, theirs) {
	const [width, bad] = compare(q, ours, theirs);
	compared += width;
	counts[kind] = (counts[kind] ?? 0) + width;
	for (const answer of theirs.answers ?? [])
		decided += answer.ok && answer.decision === 'allow' ? 1 : 0;
	if (!bad)
		return;
	differences += bad;
	shown[kind] = (shown[kind] ?? 0) + 1;
	if (shown[kind] > 5)
		return;
	if (q.op === 'authorize' && theirs.answers) {
		ours = spread(q, ours);
		theirs.answers.forEach((answer, i) => { if (!sameDecision(ours.answers[i], answer)) console.log(JSON.stringify({ kind, q: { ...q, requests: [q.requests[i]] }, ours: ours.answers[i], theirs: answer })); });
	} else
		console.log(JSON.stringify({ kind, q, ours, theirs }));
}
/* The probe works on one question while the reference engine answers the next. */
const waiting = [];
async function settle(left) {
	while (waiting.length > left) {
		const next = await lines.next();
		const [kind, q, theirs] = waiting.shift();
		if (next.done) {
			console.log(JSON.stringify({ died: q }));
			differences++;
			return false;
		}
		note(kind, q, JSON.parse(next.value), theirs);
	}
	return true;
}
let alive = true;
while (alive && compared < target) {
	const [, kind, make] = kinds[pick(bag)], q = make();
	if (!q)
		continue;
	child.stdin.write(JSON.stringify(q) + '\n');
	waiting.push([kind, q, reference(q)]);
	alive = await settle(16);
}
if (alive)
	await settle(0);
child.stdin.end();
console.log(Object.entries(counts).map(([kind, n]) => `${n} ${kind}`).join(', '));
console.log(`${compared} compared (${decided} allowed), ${differences} differences (seed ${begin})`);
process.exit(differences ? 1 : 0);
