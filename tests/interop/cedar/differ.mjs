// Compares the engine with the reference engine (npm @cedar-policy/cedar-wasm) on random cases.
//
//	node differ.mjs PROBE [COUNT] [SEED]
//
// What the corpus lacks: several policies, odd types everywhere, parse errors, malformed entities and requests.
// Prints each difference as one line of JSON and closes with `N compared, N differences (seed S)`.
import { createRequire } from 'node:module';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { conforming } from './conforming.mjs';

const cedar = createRequire(process.cwd() + '/x.js')('@cedar-policy/cedar-wasm/nodejs');
const [probe, countText = '2000', seedText = String(Date.now() % 1e9)] = process.argv.slice(2);
const count = Number(countText), seed = Number(seedText);

let state = seed >>> 0;
function random() { // mulberry32
	state = (state + 0x6d2b79f5) >>> 0;
	let t = state;
	t = Math.imul(t ^ (t >>> 15), t | 1);
	t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
	return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = n => Math.floor(random() * n);
const pick = list => list[below(list.length)];
const maybe = p => random() < p;
const many = (n, make) => Array.from({ length: below(n + 1) }, make);

const types = ['User', 'Group', 'A::B', 'Action', 'R'];
const ids = ['a', 'b', 'c', '', 'x\\0y', 'é', 'r', 'x'];
const names = ['a', 'b', 'c', 'principal', 'if', 'x y', '', 'type'];
const entityText = () => `${pick(types)}::"${pick(ids)}"`;
const unescape = id => id.replace('\\0', '\0');
const entityJson = () => ({ type: pick(types), id: unescape(pick(ids)) });
const numbers = ['0', '1', '2', '3', '-1', '9223372036854775807', '-9223372036854775808', '42'];
const strings = ['""', '"a"', '"b"', '"1.0"', '"1.1.1.1"', '"2024-01-01"', '"1d"', '"\\u{1F600}"', '"a*b"', '"\\0"', '"x y"'];
const decimals = ['1.0', '0.5', '-1.5', '1.23456', '9.', '922337203685477.5807', '1.50'];
const addresses = ['1.1.1.1', '10.0.0.0/8', '10.1.2.3/16', '::1', 'ff00::/8', '1.1.1', '127.0.0.1', '::/0', '0.0.0.0/0'];
const moments = ['2024-01-01', '1969-12-31T23:59:59.999Z', '2024-02-30', '2024-01-01T00:00:00+0130', '0001-01-01'];
const spans = ['1d', '-1h', '1d2h3m4s5ms', '1x', '9223372036854775807ms', '0ms', '90m'];
const patterns = ['"*"', '"a*"', '"*b"', '"a\\\\*b"', '""', '"*a*b*"', '"\\0*"'];

function literal() {
	switch (below(9)) {
	case 0: return pick(['true', 'false']);
	case 1: case 2: return pick(numbers);
	case 3: return pick(strings);
	case 4: return entityText();
	case 5: return `decimal("${pick(decimals)}")`;
	case 6: return `ip("${pick(addresses)}")`;
	case 7: return `datetime("${pick(moments)}")`;
	default: return `duration("${pick(spans)}")`;
	}
}
const access = () => maybe(0.7) ? `.${pick(['a', 'b', 'c', 'principal', 'type'])}` : `[${JSON.stringify(pick(names))}]`;
function expression(depth) {
	if (depth <= 0 || maybe(0.15))
		return maybe(0.5) ? literal() : pick(['principal', 'action', 'resource', 'context']) + (maybe(0.6) ? access() : '');
	const e = () => expression(depth - 1);
	switch (below(24)) {
	case 0: return `(${e()} && ${e()})`;
	case 1: return `(${e()} || ${e()})`;
	case 2: return `!(${e()})`;
	case 3: return `-(${e()})`;
	case 4: return `(if ${e()} then ${e()} else ${e()})`;
	case 5: return `(${e()} ${pick(['==', '!=', '<', '<=', '>', '>='])} ${e()})`;
	case 6: return `(${e()} ${pick(['+', '-', '*'])} ${e()})`;
	case 7: return `(${e()} in ${e()})`;
	case 8: return `(${e()} in [${many(3, entityText).join(', ')}])`;
	case 9: return `(${e()} has ${pick(['a', 'b.c', '"x y"', 'a.b.c'])})`;
	case 10: return `(${e()} like ${pick(patterns)})`;
	case 11: return `(${e()} is ${pick(types)})`;
	case 12: return `(${e()} is ${pick(types)} in ${e()})`;
	case 13: return `[${many(4, e).join(', ')}]`;
	case 14: return `{${[...new Set(many(3, () => pick(['a', 'b', '"if"'])))].map(n => `${n}: ${e()}`).join(', ')}}`;
	case 15: return `${e()}${access()}`;
	case 16: return `${e()}.${pick(['contains', 'containsAll', 'containsAny', 'hasTag', 'getTag'])}(${e()})`;
	case 17: return `${e()}.isEmpty()`;
	case 18: return `${e()}.${pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual', 'isInRange', 'offset', 'durationSince'])}(${e()})`;
	case 19: return `${e()}.${pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast', 'toDate', 'toTime', 'toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'])}()`;
	case 20: return `${pick(['decimal', 'ip', 'datetime', 'duration'])}(${e()})`;
	case 21: return `(${e()} == ${e()} && ${e()})`;
	case 22: return `(${e()} && ${e()} && ${e()} || ${e()})`;
	default: return literal();
	}
}
function head(variable) {
	if (variable === 'action')
		return pick(['action', 'action', `action == Action::"${pick(ids)}"`, `action in Action::"${pick(ids)}"`,
			`action in [Action::"${pick(ids)}", Action::"${pick(ids)}"]`]);
	return pick([variable, variable, `${variable} == ${entityText()}`, `${variable} in ${entityText()}`,
		`${variable} is ${pick(types)}`, `${variable} is ${pick(types)} in ${entityText()}`]);
}
const policy = () => `${many(2, () => `@n${below(1e6)}("v")\n`).join('')}${pick(['permit', 'permit', 'forbid'])}` +
	`(${head('principal')}, ${head('action')}, ${head('resource')})` +
	many(2, () => ` ${pick(['when', 'when', 'unless'])} { ${expression(1 + below(4))} }`).join('') + ';';

function jsonValue(depth) {
	switch (below(depth > 0 ? 9 : 5)) {
	case 0: return maybe(0.5);
	case 1: return pick([0, 1, 2, -1, 42]);
	case 2: return pick(['', 'a', 'b', '1.0', 'x y', '\0', 'é']);
	case 3: return { __entity: entityJson() };
	case 4: return { __extn: pick([{ fn: 'decimal', arg: pick(decimals.slice(0, 3)) }, { fn: 'ip', arg: pick(addresses.slice(0, 5)) },
		{ fn: 'datetime', arg: pick(moments.slice(0, 2)) }, { fn: 'duration', arg: pick(spans.slice(0, 3)) }]) };
	case 5: case 6: return many(3, () => jsonValue(depth - 1));
	case 7: return record(depth - 1);
	default: return maybe(0.1) ? pick([null, 1.5, { __extn: { fn: 'no', arg: 'x' } }, { __entity: { type: 'a b', id: '' } }, { __expr: '1' },
		{ __extn: 1 }, { __entity: { type: 'A' } }, { type: 'A', id: 'b' }]) : maybe(0.5);
	}
}
const record = depth => Object.fromEntries(many(4, () => [pick(names), jsonValue(depth)]));
function entity() {
	const made = { uid: entityJson(), attrs: record(2), parents: many(2, entityJson) };
	if (maybe(0.4)) made.tags = record(1);
	if (maybe(0.01)) delete made[pick(['uid', 'attrs', 'parents'])];
	if (maybe(0.01)) made.extra = 1;
	return made;
}
function mutate(text) {
	const at = below(text.length + 1);
	switch (below(4)) {
	case 0: return text.slice(0, at) + text.slice(at + 1);
	case 1: return text.slice(0, at) + pick(['"', '\\', '(', ')', '{', '}', '[', ']', ',', ';', '.', ':', '::', '-', '!', '&&', ' in ', ' if ', '?principal', '//', '\r', '=', '*', '@', 'é', '0']) + text.slice(at);
	case 2: { const to = below(text.length + 1); return text.slice(0, Math.min(at, to)) + text.slice(Math.max(at, to)); }
	default: return text.slice(0, at) + text.slice(below(text.length), below(text.length)) + text.slice(at);
	}
}
/* A set as JSON: policies as text or JSON, templates and links. */
function jsonSet() {
	const set = { staticPolicies: {}, templates: {}, templateLinks: [] };
	many(3, policy).forEach((text, i) => {
		const r = cedar.policyToJson(text);
		set.staticPolicies['s' + i] = r.type === 'success' && maybe(0.7) && !/\d{16}/.test(text) ? r.json : text;
	});
	many(2, () => 0).forEach((_, i) => {
		const slots = [pick(['principal == ?principal', 'principal in ?principal', 'principal is User in ?principal', 'principal']),
			pick(['resource == ?resource', 'resource in ?resource', 'resource is R in ?resource', 'resource'])];
		const text = `${pick(['permit', 'forbid'])}(${slots[0]}, ${head('action')}, ${slots[1]})${maybe(0.5) ? ` when { ${expression(2)} }` : ''};`;
		const r = cedar.templateToJson(text);
		set.templates['t' + i] = r.type === 'success' && maybe(0.5) && !/\d{16}/.test(text) ? r.json : text;
		many(2, () => 0).forEach((_, j) => {
			const values = {};
			if (slots[0].includes('?') !== maybe(0.03)) values['?principal'] = entityJson();
			if (slots[1].includes('?') !== maybe(0.03)) values['?resource'] = entityJson();
			set.templateLinks.push({ templateId: 't' + (maybe(0.03) ? 9 : i), newId: maybe(0.03) ? 's0' : `l${i}${j}`, values });
		});
	});
	return set;
}
/* Policies that nearly fit a schema. */
const schema = 'entity User in [Group] = {name: String, age?: Long, t: {a: Long, b?: Long}, boss?: User} tags String; ' +
	'entity Group in [Group]; entity E enum ["x","y"]; entity R in [Group] = {owner: User, at?: datetime, open: Bool}; ' +
	'action v in g appliesTo {principal: User, resource: [R, Group], context: {ip: ipaddr, n?: Long, s: Set<String>, d: decimal}}; ' +
	'action g; action w appliesTo {principal: [User, Group], resource: R};';
const typed = {
	Bool: d => pick([
		() => pick(['true', 'false', 'resource.open']), () => `(${typed.Bool(d - 1)} && ${typed.Bool(d - 1)})`, () => `(${typed.Bool(d - 1)} || ${typed.Bool(d - 1)})`,
		() => `!${typed.Bool(d - 1)}`, () => `(${typed.Long(d - 1)} ${pick(['<', '<=', '>', '>='])} ${typed.Long(d - 1)})`,
		() => { const t = pick(Object.keys(typed)); return `(${typed[t](d - 1)} ${pick(['==', '!='])} ${typed[maybe(0.9) ? t : pick(Object.keys(typed))](d - 1)})`; },
		() => `(${typed.Entity(d - 1)} in ${pick([typed.Entity(d - 1), `[${typed.Entity(d - 1)}]`, 'Group::"a"'])})`, () => `(${typed.Entity(d - 1)} is ${pick(['User', 'Group', 'R', 'E', 'Nope'])})`,
		() => `(principal has ${pick(['age', 'name', 't.b', 'boss', 'boss.age', 'nope'])} && ${typed.Bool(d - 1)})`, () => `(context has n && ${typed.Bool(d - 1)})`,
		() => `(principal.hasTag("k") && ${typed.Bool(d - 1)})`, () => `(${typed.Set(d - 1)}.${pick(['contains', 'contains'])}(${typed.String(d - 1)}))`,
		() => `${typed.Set(d - 1)}.${pick(['containsAll', 'containsAny'])}(${typed.Set(d - 1)})`, () => `${typed.String(d - 1)} like "a*"`.replace(/^/, '(') + ')',
		() => `(if ${typed.Bool(d - 1)} then ${typed.Bool(d - 1)} else ${typed.Bool(d - 1)})`, () => `${typed.Ip(d - 1)}.isLoopback()`, () => `context.d.lessThan(decimal("${pick(['1.0', '1.', '2.5'])}"))`,
		() => `(resource is R && resource has at && resource.at < datetime("2024-01-01"))`, () => `${typed.Set(d - 1)}.isEmpty()`,
	])(),
	Long: d => d <= 0 ? pick(['1', '-2', 'principal.t.a', 'principal.age', 'context.n', 'principal.t.b']) : pick([() => `(${typed.Long(d - 1)} ${pick(['+', '-', '*'])} ${typed.Long(d - 1)})`, () => typed.Long(0),
		() => `(if ${typed.Bool(d - 1)} then ${typed.Long(d - 1)} else ${typed.Long(d - 1)})`, () => `-${typed.Long(0)}`.replace('--', '-')])(),
	String: d => pick(['"a"', 'principal.name', 'principal.getTag("k")', '"b"', 'principal.boss.name']),
	Entity: d => pick(['principal', 'resource', 'action', 'User::"a"', 'Group::"g"', 'R::"r"', 'E::"x"', 'E::"z"', 'Action::"v"', 'Action::"g"', 'resource.owner', 'principal.boss', 'Action::"no"']),
	Set: d => pick(['context.s', '["a", "b"]', '[]', '[principal.name]', '[1]', '["a", 1]']),
	Record: d => pick(['principal.t', '{a: 1}', '{a: 1, b: 2}', 'context']),
	Ip: d => pick(['context.ip', 'ip("1.1.1.1")', 'ip("x")', 'ip(principal.name)']),
};
for (const t of ['Bool']) { const inner = typed[t]; typed[t] = d => d <= 0 ? pick(['true', 'false', 'resource.open', '1 == 1'].map(x => `(${x})`)) : inner(d); }
function validation() {
	const side = v => v === 'action' ? pick(['action', 'action == Action::"v"', 'action in Action::"g"', 'action in [Action::"w", Action::"v"]']) :
		pick([v, v, `${v} is ${pick(['User', 'Group', 'R'])}`, `${v} == ${pick(['User::"a"', 'Group::"b"', 'R::"r"'])}`, `${v} in Group::"g"`]);
	return { op: 'validate', schema, policies: `permit(${side('principal')}, ${side('action')}, ${side('resource')})` +
		many(2, () => ` ${pick(['when', 'when', 'unless'])} { ${typed.Bool(1 + below(4))} }`).join('') + ';' };
}
const conformQuestion = conforming({ below, pick, maybe, many });
function question() {
	if (maybe(0.15))
		return conformQuestion();
	if (maybe(0.25))
		return validation();
	if (maybe(0.15))
		return { op: 'translate', policies: policy() };
	const policies = maybe(0.3) ? jsonSet() : many(5, policy).join('\n');
	if (typeof policies === 'object')
		return { op: 'authorize', policies, entities: many(6, entity), context: record(3), principal: entityJson(), action: { type: 'Action', id: unescape(pick(ids)) }, resource: entityJson() };
	if (maybe(0.3))
		return { op: 'policies', policies: maybe(0.9) ? mutate(policies) : policies };
	return { op: 'authorize', policies, entities: many(6, entity), context: record(3), principal: entityJson(), action: { type: 'Action', id: unescape(pick(ids)) }, resource: entityJson() };
}

function reference(q) {
	if (q.op === 'policies') {
		const r = cedar.checkParsePolicySet({ staticPolicies: q.policies });
		return r.type === 'success' ? { ok: true } : { refused: r.errors.map(e => e.message).join('; ') };
	}
	if (q.op === 'validate') {
		const r = cedar.validate({ schema: q.schema, policies: { staticPolicies: q.policies } });
		return r.type === 'success' ? { ok: true, valid: r.validationErrors.length === 0, finding: r.validationErrors.map(e => e.error.message).join('; '),
			impossible: r.validationErrors.length === 0 && r.validationWarnings.some(w => w.error.message.includes('impossible')) } :
			{ refused: r.errors.map(e => e.message).join('; ') };
	}
	if (q.op === 'translate') {
		const r = cedar.policyToJson(q.policies);
		return r.type === 'success' ? { ok: true, json: r.json } : { refused: r.errors.map(e => e.message).join('; ') };
	}
	const { op, policies, ...request } = q;
	const r = cedar.isAuthorized({ ...request, policies: typeof policies === 'object' ? policies : { staticPolicies: policies } });
	if (r.type !== 'success')
		return { refused: r.errors.map(e => e.message).join('; ') };
	const d = r.response;
	return { ok: true, decision: d.decision, reason: d.diagnostics.reason, errors: d.diagnostics.errors.map(e => e.policyId) };
}
function same(a, b) {
	if (!!a.refused !== !!b.refused) return false;
	if (a.json && !b.refused) {
		/* Numbers that a double cannot hold, and annotations without a value, are not compared. */
		const plain = j => JSON.stringify(j, (k, v) => k === 'annotations' ? undefined : v && typeof v === 'object' && !Array.isArray(v)
			? Object.fromEntries(Object.entries(v).sort(([x], [y]) => x < y ? -1 : 1)) : v);
		if (/\d{16}/.test(a.json)) return true;
		if (plain(JSON.parse(a.json)) !== plain(b.json)) return false;
		const again = cedar.policyToJson(a.text);
		return again.type === 'success' && plain(again.json) === plain(b.json);
	}
	if (a.refused) return true;
	if ('valid' in a) return a.valid === b.valid && a.impossible === b.impossible;
	if (!a.decision) return true;
	const set = l => JSON.stringify([...l].sort());
	return a.decision === b.decision && set(a.reason) === set(b.reason) && set(a.errors) === set(b.errors);
}

const child = spawn(probe, { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
let differences = 0, decided = 0;
for (let i = 0; i < count; i++) {
	const q = question();
	child.stdin.write(JSON.stringify(q) + '\n');
	let theirs;
	try { theirs = reference(q); } catch (e) { console.log('reference engine: ' + String(e)); process.exit(2); }
	const next = await lines.next();
	if (next.done) { console.log(JSON.stringify({ died: q })); differences++; break; }
	const ours = JSON.parse(next.value);
	if (ours.decision && ours.decision === theirs.decision) decided++;
	if (!same(ours, theirs)) {
		differences++;
		if (differences <= 20) console.log(JSON.stringify({ q, ours, theirs }));
	}
}
child.stdin.end();
console.log(`${count} compared (${decided} decided), ${differences} differences (seed ${seed})`);
process.exit(differences ? 1 : 0);
