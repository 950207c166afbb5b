// Random schemas, and policies, entities and requests that fit them, or nearly.
import { below, exactly, many, maybe, pick } from './random.mjs';

const primitives = ['Long', 'String', 'Bool', 'decimal', 'ipaddr', 'datetime', 'duration'];
const attributeNames = ['a', 'b', 'c', 'd', 'x y'];
const samples = { Long: ['0', '1', '-2', '7'], String: ['"a"', '"b"', '""'], Bool: ['true', 'false'], decimal: ['decimal("1.0")', 'decimal("2.5")'], ipaddr: ['ip("1.1.1.1")', 'ip("10.0.0.0/8")'],
	datetime: ['datetime("2024-01-01")', 'datetime("1999-12-31T23:59:59Z")'], duration: ['duration("1h")', 'duration("-5ms")'] };
const values = { Long: [0, 1, -2, 7], String: ['a', 'b', ''], Bool: [true, false], decimal: ['1.0', '2.5'], ipaddr: ['1.1.1.1', '10.0.0.0/8'], datetime: ['2024-01-01', '1999-12-31T23:59:59Z'], duration: ['1h', '-5ms'] };
const functions = { decimal: 'decimal', ipaddr: 'ip', datetime: 'datetime', duration: 'duration' };
const ids = ['x', 'y', 'z'];

/* A type is {of: name} of a primitive, {entity}, {set}, or {record: {name: {type, required}}}. */
function randomType(model, depth) {
	switch (below(depth > 0 ? 7 : 4)) {
	case 3: return { entity: pick(model.names) };
	case 4: return { set: randomType(model, depth - 1) };
	case 5: case 6: return { record: randomRecord(model, depth - 1) };
	default: return { of: pick(primitives) };
	}
}
const randomRecord = (model, depth) => Object.fromEntries(many(4, () => [pick(attributeNames), { type: randomType(model, depth), required: maybe(0.6) }]));

export function randomSchema() {
	const space = maybe(0.3) ? 'N::M' : '', full = name => space ? `${space}::${name}` : name;
	const model = { space, full, names: ['User', 'Group', 'R', 'E'].slice(0, 2 + below(3)), entities: {}, actions: {}, commons: {} };
	if (maybe(0.3)) model.commons.Shared = randomType({ names: model.names }, 2);
	for (const name of model.names)
		model.entities[name] = name === 'E' ? { choices: ['x', 'y'] } : { parents: model.names.filter(n => n !== 'E' && maybe(0.35)), shape: randomRecord(model, 2), tags: maybe(0.3) ? randomType(model, 1) : undefined };
	const actions = ['v', 'w', 'g', 'odd name'].slice(0, 2 + below(3));
	actions.forEach((name, i) => {
		model.actions[name] = { parents: actions.slice(0, i).filter(() => maybe(0.4)), context: maybe(0.8) ? randomRecord(model, 2) : undefined,
			applies: name !== 'g' && { principals: model.names.filter(n => maybe(0.6)), resources: model.names.filter(n => maybe(0.6)) } };
		const { applies } = model.actions[name];
		if (applies) for (const side of ['principals', 'resources']) if (!applies[side].length) applies[side].push(model.names[0]);
	});
	return model;
}

const quoted = name => /^[a-z]\w*$/i.test(name) ? name : JSON.stringify(name);
function typeText(type) {
	if (type.of) return type.of;
	if (type.entity) return type.entity;
	if (type.set) return `Set<${typeText(type.set)}>`;
	return recordText(type.record);
}
const recordText = record => `{${Object.entries(record).map(([n, a]) => `${quoted(n)}${a.required ? '' : '?'}: ${typeText(a.type)}`).join(', ')}}`;
/* In Cedar's schema language. */
export function schemaText(model) {
	const parts = Object.entries(model.commons).map(([name, type]) => `type ${name} = ${typeText(type)};`);
	for (const [name, e] of Object.entries(model.entities))
		parts.push(e.choices ? `entity ${name} enum [${e.choices.map(c => JSON.stringify(c)).join(', ')}];`
			: `entity ${name}${e.parents.length ? ` in [${e.parents.join(', ')}]` : ''} ${maybe(0.5) ? '= ' : ''}${recordText(e.shape)}${e.tags ? ` tags ${typeText(e.tags)}` : ''};`);
	for (const [name, a] of Object.entries(model.actions))
		parts.push(`action ${JSON.stringify(name)}${a.parents.length ? ` in [${a.parents.map(p => JSON.stringify(p)).join(', ')}]` : ''}` +
			(a.applies ? ` appliesTo {principal: [${a.applies.principals.join(', ')}], resource: [${a.applies.resources.join(', ')}]${a.context ? `, context: ${recordText(a.context)}` : ''}}` : '') + ';');
	const text = parts.join('\n');
	return model.space ? `namespace ${model.space} {\n${text}\n}` : text;
}
function typeJson(type) {
	if (type.of) return primitives.indexOf(type.of) < 3 ? { type: { Long: 'Long', String: 'String', Bool: 'Boolean' }[type.of] } : { type: 'Extension', name: type.of };
	if (type.entity) return maybe(0.5) ? { type: 'Entity', name: type.entity } : { type: 'EntityOrCommon', name: type.entity };
	if (type.set) return { type: 'Set', element: typeJson(type.set) };
	return recordJson(type.record);
}
const recordJson = record => ({ type: 'Record', attributes: Object.fromEntries(Object.entries(record).map(([n, a]) => [n, { ...typeJson(a.type), ...(a.required && maybe(0.5) ? {} : { required: a.required }) }])) });
/* In Cedar's schema JSON. */
export function schemaJson(model) {
	const made = { entityTypes: {}, actions: {} };
	if (Object.keys(model.commons).length)
		made.commonTypes = Object.fromEntries(Object.entries(model.commons).map(([n, t]) => [n, typeJson(t)]));
	for (const [name, e] of Object.entries(model.entities))
		made.entityTypes[name] = e.choices ? { enum: e.choices } : { memberOfTypes: e.parents, shape: recordJson(e.shape), ...(e.tags ? { tags: typeJson(e.tags) } : {}) };
	for (const [name, a] of Object.entries(model.actions))
		made.actions[name] = { memberOf: a.parents.map(id => ({ id })), ...(a.applies ? { appliesTo: { principalTypes: a.applies.principals, resourceTypes: a.applies.resources, ...(a.context ? { context: recordJson(a.context) } : {}) } } : {}) };
	return { [model.space]: made };
}

/* An expression of the type, out of what the environment has; now and then of another type. */
function paths(model, env) {
	const found = [];
	const walk = (text, type, guard, depth) => {
		found.push({ text, type, guard });
		const record = type.record ?? (type.entity && model.entities[type.entity].shape);
		if (!record || depth === 0) return;
		for (const [name, a] of Object.entries(record)) {
			const plain = /^\w+$/.test(name), next = plain ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`;
			walk(next, a.type, a.required ? guard : [...guard, `${text} has ${plain ? name : JSON.stringify(name)}`], depth - 1);
		}
	};
	walk('principal', { entity: env.principal }, [], 3);
	walk('resource', { entity: env.resource }, [], 3);
	walk('context', { record: model.actions[env.action].context ?? {} }, [], 3);
	return found;
}
const typeKey = type => JSON.stringify(type);
export function policyMaker(model) {
	const applicable = Object.keys(model.actions).filter(a => model.actions[a].applies);
	if (!applicable.length) return null;
	const action = pick(applicable), env = { action, principal: pick(model.actions[action].applies.principals), resource: pick(model.actions[action].applies.resources) };
	const known = paths(model, env), uid = name => `${model.full(name)}::"${pick(ids)}"`, actionUid = name => `${model.full('Action')}::${JSON.stringify(name)}`;
	const literal = type => type.of ? pick(samples[type.of]) : type.entity ? uid(type.entity) : type.set ? `[${exactly(1 + below(2), () => expr(type.set, 0)).join(', ')}]`
		: `{${Object.entries(type.record).filter(([, a]) => a.required || maybe(0.5)).map(([n, a]) => `${JSON.stringify(n)}: ${literal(a.type)}`).join(', ')}}`;
	const path = type => {
		const fit = known.filter(p => typeKey(p.type) === typeKey(type) && (maybe(0.1) || !p.guard.length));
		return fit.length ? pick(fit).text : literal(type);
	};
	const someType = () => maybe(0.5) ? pick(known).type : { of: pick(primitives) };
	function expr(type, depth) {
		if (maybe(0.015)) type = someType();
		if (depth <= 0 || (type.of !== 'Bool' && maybe(0.4))) return maybe(0.6) ? path(type) : literal(type);
		const x = (t, d = depth - 1) => expr(t, d), L = { of: 'Long' }, B = { of: 'Bool' }, S = { of: 'String' };
		const branch = () => `(if ${x(B)} then ${x(type)} else ${x(type)})`;
		const tagged = () => { const e = Object.entries(model.entities).find(([, d]) => d.tags && typeKey(d.tags) === typeKey(type)); return e ? `${x({ entity: e[0] })}.getTag(${x(S)})` : branch(); };
		if (type.of === 'Long') return pick([() => `(${x(L)} ${pick(['+', '-', '*'])} ${x(L)})`, branch, () => `-(${x(L)})`, tagged,
			() => `${x({ of: 'duration' })}.${pick(['toSeconds', 'toDays'])}()`])();
		if (type.of === 'datetime') return pick([branch, () => `${x(type)}.offset(${x({ of: 'duration' })})`, () => `${x(type)}.toDate()`])();
		if (type.of === 'duration') return pick([branch, () => `${x({ of: 'datetime' })}.toTime()`, () => `${x({ of: 'datetime' })}.durationSince(${x({ of: 'datetime' })})`])();
		if (type.of !== 'Bool') return pick([branch, tagged, () => path(type)])();
		return bool(x, depth);
	}
	function bool(x, depth) {
		const B = { of: 'Bool' }, any = someType(), set = { set: pick([{ of: pick(primitives) }, { entity: pick(model.names) }]) };
		return pick([
			() => `(${x(B)} && ${x(B)})`, () => `(${x(B)} || ${x(B)})`, () => `!(${x(B)})`, () => `(if ${x(B)} then ${x(B)} else ${x(B)})`,
			() => `(${x(any)} ${pick(['==', '!='])} ${x(maybe(0.95) ? any : someType())})`, () => { const t = { of: pick(['Long', 'datetime', 'duration']) }; return `(${x(t)} ${pick(['<', '<=', '>', '>='])} ${x(t)})`; },
			() => { const e = { entity: pick(model.names) }; return `(${x(e)} in ${pick([x({ entity: pick(model.names) }), `[${x(e)}]`, x({ set: e })])})`; },
			() => `(${pick(['principal', 'resource', x({ entity: pick(model.names) })])} is ${pick([...model.names.map(model.full), ...(maybe(0.05) ? ['Nope'] : [])])})`,
			() => `(action in ${pick(Object.keys(model.actions).map(actionUid))})`, () => `(action == ${pick(Object.keys(model.actions).map(actionUid))})`,
			() => { const p = pick(known); return p.guard.length ? `(${[...p.guard, p.type.of === 'Bool' ? p.text : `${p.text} == ${x(p.type)}`].join(' && ')})` : x(B); },
			() => { const p = pick(known.filter(k => k.guard.length).concat(known)); return p.guard.length ? `(${p.guard.join(' && ')}${maybe(0.3) ? ` || ${x(B)}` : ` && ${x(B)}`})` : `(${p.text} == ${x(p.type)})`; },
			() => { const e = Object.entries(model.entities).find(([, d]) => d.tags); if (!e) return x(B); const of = x({ entity: e[0] }, 0), k = pick(['"k"', '"j"']); return `(${of}.hasTag(${k}) && ${of}.getTag(${maybe(0.95) ? k : '"no"'}) == ${x(e[1].tags)})`; },
			() => `${x(set)}.contains(${x(set.set)})`, () => `${x(set)}.${pick(['containsAll', 'containsAny'])}(${x(set)})`, () => `${x(set)}.isEmpty()`, () => `(${x({ of: 'String' })} like ${pick(['"a*"', '"*"', '"b"'])})`,
			() => `${x({ of: 'ipaddr' })}.${pick(['isIpv4()', 'isLoopback()', `isInRange(${x({ of: 'ipaddr' })})`])}`, () => `${x({ of: 'decimal' })}.${pick(['lessThan', 'greaterThanOrEqual'])}(${x({ of: 'decimal' })})`,
		])();
	}
	const side = (variable, type) => pick([variable, `${variable} is ${model.full(type)}`, `${variable} == ${uid(maybe(0.9) ? type : pick(model.names))}`, `${variable} in ${uid(pick(model.names))}`,
		`${variable} is ${model.full(maybe(0.9) ? type : pick(model.names))} in ${uid(pick(model.names))}`]);
	const actionHead = () => pick([`action == ${actionUid(action)}`, `action == ${actionUid(action)}`, 'action', `action in ${actionUid(pick(Object.keys(model.actions)))}`,
		`action in [${actionUid(action)}, ${actionUid(pick(Object.keys(model.actions)))}]`, ...(maybe(0.03) ? ['action == Action::"nope"'] : [])]);
	return { env, policy: depth => `${pick(['permit', 'permit', 'forbid'])}(${side('principal', env.principal)}, ${actionHead()}, ${side('resource', env.resource)})` +
		many(2, () => ` ${pick(['when', 'when', 'unless'])} { ${expr({ of: 'Bool' }, depth)} }`).join('') + ';',
	template: depth => `permit(principal ${pick(['==', 'in'])} ?principal, ${actionHead()}, ${pick(['resource', 'resource == ?resource', `resource is ${model.full(env.resource)} in ?resource`])})` +
		many(1, () => ` when { ${expr({ of: 'Bool' }, depth)} }`).join('') + ';' };
}

/* JSON that the schema allows, unless `wrong` says otherwise now and then. */
export function dataMaker(model, wrong) {
	const uid = name => ({ type: model.full(name), id: pick(ids.slice(0, model.entities[name]?.choices && !maybe(wrong) ? 2 : 3)) });
	function value(type, depth = 4) {
		if (maybe(wrong)) return pick([null, 1, 'a', true, [], {}, [1, 'a'], { __entity: { type: 'Nope', id: 'x' } }, { __extn: { fn: 'ip', arg: '1.1.1.1' } }, uid(pick(model.names))]);
		if (type.of) return functions[type.of] && maybe(0.5) ? { __extn: { fn: functions[type.of], arg: pick(values[type.of]) } } : pick(values[type.of]);
		if (type.entity) { const made = uid(type.entity); return maybe(0.5) ? made : { __entity: made }; }
		if (type.set) return many(2, () => value(type.set, depth - 1));
		return record(type.record, depth);
	}
	function record(shape, depth = 4) {
		const made = {};
		for (const [name, a] of Object.entries(shape ?? {})) if (a.required ? !maybe(wrong / 2) : maybe(0.6)) made[name] = value(a.type, depth - 1);
		if (maybe(wrong / 2)) made.extra = 1;
		return made;
	}
	function entity() {
		const name = pick(Object.keys(model.entities)), e = model.entities[name];
		const made = { uid: uid(name), attrs: e.choices ? {} : record(e.shape), parents: e.choices ? [] : many(2, () => uid(maybe(wrong) || !e.parents.length ? pick(model.names) : pick(e.parents))) };
		if (!e.choices && !maybe(wrong) && !e.parents.length) made.parents = [];
		if (e.tags ? maybe(0.7) : maybe(wrong / 2)) made.tags = { k: value(e.tags ?? { of: 'Long' }) };
		return made;
	}
	/* Each id once: two entities of one name are refused whatever they hold. */
	const entities = n => [...new Map(many(n, entity).map(e => [JSON.stringify(e.uid), e])).values()];
	function request(env) {
		const at = env && !maybe(wrong) ? env : { action: pick(Object.keys(model.actions)), principal: pick(model.names), resource: pick(model.names) };
		const action = maybe(wrong / 4) ? 'nope' : at.action;
		return { principal: uid(at.principal), action: { type: model.full('Action'), id: action }, resource: uid(at.resource), context: record(model.actions[at.action].context) };
	}
	return { entities, request, record };
}
