// Random schemas, and requests and entities that nearly conform to them.
import { below, exactly, many, maybe, pick } from './random.mjs';

export const conforming = (() => {
	const names = ['a', 'b', 'c', 'x y', '', 'type', 'id', '__entity', 'if'];
	const ids = ['x', 'y', 'z', '', 'é'];
	const plain = ['Long', 'String', 'Bool', 'ipaddr', 'decimal', 'datetime', 'duration'];
	const strings = { ipaddr: ['::1', '10.0.0.0/8', '1.1.1'], decimal: ['1.0', '1'], datetime: ['2024-01-01', '2024-02-30'], duration: ['1h', '1x'] };
	const constructors = { ipaddr: 'ip', decimal: 'decimal', datetime: 'datetime', duration: 'duration' };
	const entityTypes = ['A', 'B', 'C'];
	const some = list => list.filter(() => maybe(0.5));
	const type = depth => {
		switch (below(depth > 0 ? 8 : 5)) {
		case 0: case 1: case 2: return pick(plain);
		case 3: return { entity: pick([...entityTypes, 'E']) };
		case 4: return 'Long';
		case 5: return { set: type(depth - 1) };
		default: return record(depth - 1);
		}
	};
	const record = depth => ({ record: Object.fromEntries(many(3, () => [pick(names), [type(depth), maybe(0.6)]])) });
	const quoted = name => /^[a-z]+$/.test(name) && name !== 'if' ? name : JSON.stringify(name);
	const text = t => typeof t === 'string' ? t : t.set ? `Set<${text(t.set)}>` : t.entity ? t.entity :
		`{${Object.entries(t.record).map(([n, [i, required]]) => `${quoted(n)}${required ? '' : '?'}: ${text(i)}`).join(', ')}}`;
	function makeSchema() {
		const s = { space: maybe(0.5) ? 'N' : '', entities: {}, actions: {} };
		for (const name of entityTypes)
			s.entities[name] = { in: some([...entityTypes, 'E']), shape: record(2), tags: maybe(0.4) ? type(1) : null };
		s.actions = { g: { in: [] }, h: { in: some(['g']) } };
		for (const name of ['v', 'w'])
			s.actions[name] = { in: some(['g', 'h']), principals: [pick([...entityTypes, 'E']), ...some(entityTypes)], resources: [pick([...entityTypes, 'E']), ...some(entityTypes)], context: record(2) };
		return s;
	}
	function schemaText(s) {
		const list = l => `[${l.join(', ')}]`;
		const body = Object.entries(s.entities).map(([n, e]) => `entity ${n}${e.in.length ? ` in ${list(e.in)}` : ''} = ${text(e.shape)}${e.tags ? ` tags ${text(e.tags)}` : ''};`).join(' ') +
			' entity E enum ["x", "y"]; ' + Object.entries(s.actions).map(([n, a]) => `action ${n}${a.in.length ? ` in ${list(a.in)}` : ''}` +
			`${a.principals ? ` appliesTo {principal: ${list(a.principals)}, resource: ${list(a.resources)}, context: ${text(a.context)}}` : ''};`).join(' ');
		return s.space ? `namespace ${s.space} { ${body} }` : body;
	}
	const wrong = () => maybe(0.03);
	const uid = (s, name) => ({ type: wrong() ? pick(['A', 'N::A', 'Nope']) : s.space ? `${s.space}::${name}` : name, id: name === 'E' && !wrong() ? pick(['x', 'y']) : pick(ids) });
	function value(s, t) {
		if (wrong())
			return pick([1, 'a', true, [], {}, { a: 1 }, { __entity: uid(s, 'A') }, { __extn: { fn: 'ip', arg: '::1' } }, { type: 'A', id: 'x' }, { fn: 'decimal', arg: '1.0' }, null]);
		if (t === 'Long') return pick([0, 1, -1]);
		if (t === 'String') return pick(['', 'a', '1.0']);
		if (t === 'Bool') return maybe(0.5);
		if (typeof t === 'string') {
			const argument = maybe(0.95) ? strings[t][0] : pick(strings[t]);
			return pick([argument, { __extn: { fn: constructors[t], arg: argument } }, { fn: constructors[t], arg: argument }]);
		}
		if (t.set) return many(3, () => value(s, t.set));
		if (t.entity) return maybe(0.5) ? uid(s, t.entity) : { __entity: uid(s, t.entity) };
		return fields(s, t);
	}
	function fields(s, t) {
		const made = {};
		for (const [name, [inner, required]] of Object.entries(t.record))
			if (required ? !wrong() : maybe(0.5))
				made[name] = value(s, inner);
		if (maybe(0.02)) made[pick(names)] = 1;
		return made;
	}
	function entity(s) {
		const name = maybe(0.8) ? pick(entityTypes) : pick(['E', 'Action', 'Nope']);
		const declared = s.entities[name] ?? { in: [], shape: { record: {} }, tags: null };
		const made = { uid: uid(s, name), attrs: fields(s, declared.shape), parents: some(declared.in).map(n => uid(s, n)) };
		if (name === 'Action') {
			made.uid.id = pick(['g', 'h', 'v', 'w', 'q']);
			made.parents = some(['g', 'h']).filter(n => n !== made.uid.id && made.uid.id !== 'g').map(id => ({ type: made.uid.type, id }));
		}
		if (maybe(0.03)) made.parents.push(uid(s, pick(entityTypes)));
		if (declared.tags ? maybe(0.7) : maybe(0.03))
			made.tags = Object.fromEntries(many(2, () => [pick(names), value(s, declared.tags ?? 'Long')]));
		return made;
	}
	return function question() {
		const s = makeSchema(), id = maybe(0.95) ? pick(['v', 'w']) : pick(['g', 'q']);
		const action = s.actions[id]?.principals ? s.actions[id] : s.actions.v;
		const request = () => ({ principal: uid(s, pick(action.principals)), action: { type: s.space ? 'N::Action' : 'Action', id }, resource: uid(s, pick(action.resources)), context: fields(s, action.context) });
		return { op: 'authorize', schema: schemaText(s), validateRequest: maybe(0.7), policies: 'permit(principal, action, resource);', entities: many(2, () => entity(s)), requests: exactly(8, request) };
	};
})();
