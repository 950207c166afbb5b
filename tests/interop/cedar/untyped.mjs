// Policies, entities and requests with odd types everywhere: most of what they evaluate errs somewhere.
import { below, exactly, many, maybe, mutate, pick } from './random.mjs';

export const types = ['User', 'Group', 'A::B', 'Action', 'R'];
const ids = ['a', 'b', 'c', '', 'x\\0y', 'é', 'r', 'x'];
const names = ['a', 'b', 'c', 'principal', 'if', 'x y', '', 'type'];
const unescape = id => id.replace('\\0', '\0');
/* Half of all are among a few, so that policies and requests meet. */
const few = [['User', 'a'], ['User', 'b'], ['Group', 'a'], ['R', 'r']];
const name = () => maybe(0.6) ? pick(few) : [pick(types), pick(ids)];
const actionId = () => maybe(0.6) ? pick(['a', 'b']) : pick(ids);
export const entityText = () => { const [type, id] = name(); return `${type}::"${id}"`; };
export const entityJson = () => { const [type, id] = name(); return { type, id: unescape(id) }; };
const numbers = ['0', '1', '2', '3', '-1', '9223372036854775807', '-9223372036854775808', '42'];
const strings = ['""', '"a"', '"b"', '"1.0"', '"1.1.1.1"', '"2024-01-01"', '"1d"', '"\\u{1F600}"', '"a*b"', '"\\0"', '"x y"'];
const patterns = ['"*"', '"a*"', '"*b"', '"a\\\\*b"', '""', '"*a*b*"', '"\\0*"', '"\\**"', '"*\\u{e9}*"', '"**x"'];
const samples = {
	decimal: ['1.0', '0.5', '-1.5', '1.23456', '9.', '922337203685477.5807', '-922337203685477.5808', '922337203685477.5808', '1.50', '00.1', '-0.0'],
	ip: ['1.1.1.1', '10.0.0.0/8', '10.1.2.3/16', '::1', 'ff00::/8', '1.1.1', '127.0.0.1', '::/0', '0.0.0.0/0', '1.2.3.4/33', '::ffff:1.2.3.4', '1::2::3', '224.0.0.0/4', 'fe80::1/64', '127.0.0.0/7'],
	datetime: ['2024-01-01', '1969-12-31T23:59:59.999Z', '2024-02-30', '2024-02-29', '2024-01-01T00:00:00+0130', '0001-01-01', '9999-12-31T23:59:59Z', '2024-01-01T24:00:00Z', '2024-01-01T00:00:60Z',
		'2024-01-01T00:00:00.1Z', '2024-01-01T00:00:00.123-2359', '2024-01-01T00:00:00+2400', '0000-01-01'],
	duration: ['1d', '-1h', '1d2h3m4s5ms', '1x', '9223372036854775807ms', '0ms', '90m', '', '1h1d', '-', '1ms1s', '106751991168d', '-9223372036854775808ms', '9223372036854775808ms'],
};
const constructors = Object.keys(samples);
const marks = ['0', '1', '9', '.', ':', '/', '-', '+', 'T', 'Z', 'd', 'h', 'm', 's', 'ms', ' ', '_', 'f', '::', '00'];
const argument = of => { const text = pick(samples[of]); return maybe(0.15) ? mutate(text, marks) : text; };
/* One of them, in a policy that errs where the engine refuses the text. */
export function constructorPolicy() {
	const of = pick(constructors), x = `${of}(${JSON.stringify(maybe(0.6) ? mutate(pick(samples[of]), marks) : argument(of))})`;
	const other = `${of}("${argument(of)}")`;
	const methods = {
		decimal: () => `${x}.${pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'])}(${other})`,
		ip: () => pick([`${x}.isInRange(${other})`, `${x}.${pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'])}()`]),
		datetime: () => pick([`${x} ${pick(['<', '<=', '>', '>='])} ${other}`, `${x}.toDate() == ${other}`, `${x}.toTime() > duration("1h")`,
			`${x}.offset(duration("${argument('duration')}")) < ${other}`, `${x}.durationSince(${other}) < duration("1d")`]),
		duration: () => pick([`${x} ${pick(['<', '<=', '>', '>='])} ${other}`, `${x}.${pick(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'])}() ${pick(['<', '=='])} ${below(100) - 50}`]),
	};
	return `permit(principal, action, resource) when { ${pick([`${x} == ${other}`, methods[of]()])} };`;
}

function literal() {
	const of = pick(constructors);
	switch (below(9)) {
	case 0: return pick(['true', 'false']);
	case 1: case 2: return pick(numbers);
	case 3: return pick(strings);
	case 4: return entityText();
	default: return `${of}("${argument(of)}")`;
	}
}
const access = () => maybe(0.7) ? `.${pick(['a', 'b', 'c', 'principal', 'type'])}` : `[${JSON.stringify(pick(names))}]`;
const operators = [
	e => `(${e()} && ${e()})`, e => `(${e()} || ${e()})`, e => `!(${e()})`, e => `-(${e()})`,
	e => `(if ${e()} then ${e()} else ${e()})`,
	e => `(${e()} ${pick(['==', '!=', '<', '<=', '>', '>='])} ${e()})`,
	e => `(${e()} ${pick(['+', '-', '*'])} ${e()})`,
	e => `(${e()} in ${e()})`, e => `(${e()} in [${many(3, entityText).join(', ')}])`,
	e => `(${e()} has ${pick(['a', 'b.c', '"x y"', 'a.b.c'])})`, e => `(${e()} like ${pick(patterns)})`,
	e => `(${e()} is ${pick(types)})`, e => `(${e()} is ${pick(types)} in ${e()})`,
	e => `[${many(4, e).join(', ')}]`,
	e => `{${[...new Set(many(3, () => pick(['a', 'b', '"if"'])))].map(n => `${n}: ${e()}`).join(', ')}}`,
	e => `${e()}${access()}`,
	e => `${e()}.${pick(['contains', 'containsAll', 'containsAny', 'hasTag', 'getTag'])}(${e()})`,
	e => `${e()}.isEmpty()`,
	e => `${e()}.${pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual', 'isInRange', 'offset', 'durationSince'])}(${e()})`,
	e => `${e()}.${pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast', 'toDate', 'toTime', 'toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'])}()`,
	e => `${pick(constructors)}(${e()})`,
	e => `(${e()} == ${e()} && ${e()})`, e => `(${e()} && ${e()} && ${e()} || ${e()})`,
	() => literal(),
];
export function expression(depth) {
	if (depth <= 0 || maybe(0.15))
		return maybe(0.5) ? literal() : pick(['principal', 'action', 'resource', 'context']) + (maybe(0.6) ? access() : '');
	return pick(operators)(() => expression(depth - 1));
}
export function head(variable) {
	if (variable === 'action')
		return pick(['action', 'action', `action == Action::"${actionId()}"`, `action in Action::"${actionId()}"`,
			`action in [Action::"${actionId()}", Action::"${actionId()}"]`]);
	return pick([variable, variable, `${variable} == ${entityText()}`, `${variable} in ${entityText()}`,
		`${variable} is ${pick(types)}`, `${variable} is ${pick(types)} in ${entityText()}`]);
}
const clauses = () => many(2, () => ` ${pick(['when', 'when', 'unless'])} { ${expression(1 + below(4))} }`).join('');
const notes = () => many(2, () => `@n${below(1e6)}${maybe(0.8) ? '("v")' : ''}\n`).join('');
export const policy = () => `${notes()}${pick(['permit', 'permit', 'forbid'])}(${head('principal')}, ${head('action')}, ${head('resource')})${clauses()};`;
const slots = {
	'?principal': ['principal == ?principal', 'principal in ?principal', 'principal is User in ?principal', 'principal'],
	'?resource': ['resource == ?resource', 'resource in ?resource', 'resource is R in ?resource', 'resource'],
};
export const template = () => `${notes()}${pick(['permit', 'forbid'])}(${pick(slots['?principal'])}, ${head('action')}, ${pick(slots['?resource'])})${clauses()};`;

function jsonValue(depth) {
	const of = pick(constructors);
	switch (below(depth > 0 ? 9 : 5)) {
	case 0: return maybe(0.5);
	case 1: return pick([0, 1, 2, -1, 42, 9007199254740991]);
	case 2: return pick(['', 'a', 'b', '1.0', 'x y', '\0', 'é']);
	case 3: return { __entity: entityJson() };
	case 4: return { __extn: { fn: of, arg: maybe(0.97) ? samples[of][0] : argument(of) } };
	case 5: case 6: return many(3, () => jsonValue(depth - 1));
	case 7: return record(depth - 1);
	default: return maybe(0.05) ? pick([null, 1.5, { __extn: { fn: 'no', arg: 'x' } }, { __entity: { type: 'a b', id: '' } }, { __expr: '1' },
		{ __extn: 1 }, { __entity: { type: 'A' } }, { type: 'A', id: 'b' }]) : maybe(0.5);
	}
}
export const record = depth => Object.fromEntries(many(4, () => [pick(names), jsonValue(depth)]));
export function entity() {
	const made = { uid: entityJson(), attrs: record(2), parents: many(2, entityJson) };
	if (maybe(0.4)) made.tags = record(1);
	if (maybe(0.005)) delete made[pick(['uid', 'attrs', 'parents'])];
	if (maybe(0.005)) made.extra = 1;
	return made;
}
export const request = () => ({ principal: entityJson(), action: { type: 'Action', id: unescape(actionId()) }, resource: entityJson(), context: record(2) });
/* A request that is no request. */
export function badRequest() {
	const made = request(), part = pick(['principal', 'action', 'resource', 'context']);
	made[part] = part === 'context' ? pick([[], 1, 'x', null, { a: null }, { a: { __extn: { fn: 'ip', arg: 'x' } } }]) :
		pick([{ type: 'a b', id: 'x' }, { type: '', id: 'x' }, { id: 'x' }, { type: 'A' }, { type: 'in', id: 'x' }, { __entity: { type: 'A', id: 'x' } },
			{ type: 'A::', id: 'x' }, { type: 'A', id: 1 }, { type: '__cedar', id: 'a' }, { type: 'A::__cedar::B', id: 'a' }, 'A::"x"', null, { type: ' A', id: 'x' }, { type: 'A//x', id: 'y' }]);
	return made;
}

const policyMarks = ['"', '\\', '(', ')', '{', '}', '[', ']', ',', ';', '.', ':', '::', '-', '!', '&&', '||', ' in ', ' is ', ' has ', ' like ', ' if ', '?principal', '?resource', '//', '\r', '\n', '=', '==',
	'<', '*', '/', '%', '@', 'é', '0', '9223372036854775808', 'true', '\\u{110000}', '\\x80', '__cedar::A', ' when ', ' unless ', 'principal', ' then ', ' else ', '/*', "'", '|', '&', '#'];
export const brokenPolicies = () => mutate(exactly(1 + below(2), () => maybe(0.9) ? policy() : template()).join('\n'), policyMarks);

/* Things inside each other, below what either engine calls too deep. */
export function deepPolicy() {
	const n = 1 + below(pick([8, 30, 60])), shapes = [
		() => '('.repeat(n) + 'true' + ')'.repeat(n), () => '['.repeat(n) + ']'.repeat(n) + '.isEmpty()', () => '{a: '.repeat(n) + '1' + '}'.repeat(n) + '.a'.repeat(n) + ' == 1',
		() => 'context' + '.a'.repeat(n), () => `context has ${exactly(n, () => 'a').join('.')}`, () => exactly(n, () => pick(['true', 'context.a', '1 == 1'])).join(' && '),
		() => exactly(n, () => pick(['false', 'context.a'])).join(' || '), () => exactly(n, () => pick(['1', '2', 'context.a'])).join(pick([' + ', ' - ', ' * '])) + ' == 1',
		() => 'if true then '.repeat(n) + 'true' + ' else false'.repeat(n), () => '!(' .repeat(n) + 'context.a' + ')'.repeat(n), () => '-('.repeat(n) + '1' + ')'.repeat(n) + ' == 1',
		() => '!'.repeat(below(7)) + 'true', () => '-'.repeat(below(7)) + '1 == 1', () => '[1].contains('.repeat(n) + '1' + ')'.repeat(n),
	];
	return `permit(principal, action, resource) when { ${pick(shapes)()} };`;
}
