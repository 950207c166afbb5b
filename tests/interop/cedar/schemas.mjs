// Random schemas with all that a schema can say, and whether two forms of one mean the same.
import { cedar } from './oracle.mjs';
import { below, many, maybe, pick } from './random.mjs';

export const schemaForms = (() => {
	const primitives = ['Long', 'String', 'Bool', 'ipaddr', 'decimal', 'datetime', 'duration'];
	const keys = ['a', 'b', 'type', '"x y"', '""', '"in"', '"é"', '"__cedar"', '"q\\"\\n\\u{1F600}"'];
	const notes = (space = ' ') => [...new Set(many(2, () => pick(['doc', 'if', 'x'])))].map(n => `@${n}${pick(['("v")', '("")', '', '("\\"\\n")'])}${space}`).join('');
	const wrong = () => maybe(0.004);
	function makeSpace(space, others) {
		const entities = ['A', 'B', 'C', 'E'], commons = ['T', 'S'];
		const entity = () => wrong() ? 'Nope' : maybe(0.2) && others.length ? pick(others) : pick(entities);
		const type = depth => {
			switch (below(depth > 0 ? 8 : 5)) {
			case 0: case 1: return pick(primitives);
			case 2: return `__cedar::${pick(primitives)}`;
			case 3: return entity();
			case 4: return wrong() ? 'Boolean' : pick(commons);
			case 5: return `Set<${type(depth - 1)}>`;
			default: return record(depth - 1);
			}
		};
		/* Common types must not need each other, and T is a record. */
		const plainly = t => t.replace(/\b(T|S)\b/g, 'Long');
		const record = depth => `{${[...new Set(many(3, () => pick(keys)))].map(k => `${notes()}${k}${maybe(0.4) ? '?' : ''}: ${type(depth)}`).join(', ')}}`;
		const list = make => maybe(0.3) ? make() : `[${[make(), ...many(2, make)].join(', ')}]`;
		const actions = ['v', '"x y"', '""', '"é"'];
		const body = [
			`${notes()}type T = ${plainly(record(2))};`, `${notes()}type S = ${plainly(type(2))};`,
			...['A', 'B', 'C'].map(n => `${notes()}entity ${n}${maybe(0.4) ? ` in ${list(entity)}` : ''}${maybe(0.6) ? ` ${pick(['', '= '])}${record(2)}` : ''}${maybe(0.3) ? ` tags ${type(1)}` : ''};`),
			`${notes()}entity E enum ["x"${maybe(0.5) ? ', "y\\"\\0"' : ''}];`,
			...actions.map((n, i) => `${notes()}action ${n}${maybe(0.4) ? ` in ${pick(['g', '[g]', '[g, h]', `[${space ? space + '::' : ''}Action::"g"]`])}` : ''}` +
				`${maybe(0.7) ? ` appliesTo { principal: ${list(entity)}, resource: ${list(entity)}${maybe(0.6) ? `, context: ${pick(['T', record(2)])}` : ''} }` : ''};`),
			`${notes()}action g${maybe(0.5) ? ' in h' : ''};`, 'action h;',
		].sort(() => below(3) - 1).join('\n');
		return space ? `${notes('\n')}namespace ${space} { ${body} }` : body;
	}
	return function question() {
		const spaces = pick([[''], ['N'], ['N', 'M::O'], ['N', 'M::O']]);
		return { op: 'schema', schema: spaces.map((s, i) => makeSpace(s, i ? [`${spaces[0]}::A`] : [])).join('\n') };
	};
})();

/* All names resolved by the reference engine itself, what may be said in two ways said in one, sorted. */
function meaning(schema) {
	const text = typeof schema === 'string' ? { type: 'success', text: schema } : cedar.schemaToText(schema);
	const r = text.type === 'success' ? cedar.schemaToJsonWithResolvedTypes(text.text) : text;
	if (r.type !== 'success')
		return `refused: ${r.errors.map(e => e.message).join('; ')}`;
	return JSON.stringify(r.json, (key, v) => {
		if (typeof v === 'string')
			return key === 'type' ? v.replace(/^__cedar::/, '').replace(/^Bool$/, 'Boolean') : v;
		if (!v || typeof v !== 'object' || Array.isArray(v))
			return v;
		const members = Object.entries(v).filter(([k, x]) => !(k === 'context' && x.type === 'Record' && !Object.keys(x.attributes).length));
		return Object.fromEntries(members.sort(([x], [y]) => x < y ? -1 : 1));
	});
}
export function sameForms(forms, schema) {
	const expected = meaning(schema);
	const isTaken = form => cedar.checkParseSchema(form).type === 'success';
	/* It has no text for some schemas, and resolves only text. */
	if (expected.startsWith('refused'))
		return isTaken(JSON.parse(forms.json)) && (forms.text === undefined || isTaken(forms.text));
	return meaning(JSON.parse(forms.json)) === expected && meaning(forms.text) === expected;
}
