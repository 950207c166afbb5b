// The reference engine as its npm package offers it: the operations of bench/tasks.c, CPU time a piece.
//
//	node tasks.mjs FOLDER [--quick]     in a folder with @cedar-policy/cedar-wasm below node_modules
//
// A stateful call takes the entities anew each time: that is how the binding works, and it is counted.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const cedar = createRequire(process.cwd() + '/x.js')('@cedar-policy/cedar-wasm/nodejs');
const folder = process.argv[2], batchUs = process.argv.includes('--quick') ? 2000 : 20000;
const text = name => existsSync(`${folder}/${name}`) ? readFileSync(`${folder}/${name}`, 'utf8') : null;
const json = name => { const read = text(name); return read === null ? null : JSON.parse(read); };
const need = answer => { if (answer.type !== 'success') throw Error(answer.errors.map(e => e.message).join('; ')); return answer; };

function cpuUs(count, operation) {
	const before = process.cpuUsage();
	for (let i = 0; i < count; i++) operation();
	const used = process.cpuUsage(before);
	return used.user + used.system;
}
function measure(name, operation) {
	let count = 1;
	operation();
	while (cpuUs(count, operation) < batchUs / 4) count *= 2;
	const results = Array.from({ length: 5 }, () => cpuUs(count * 4, operation) / (count * 4)).sort((a, b) => a - b);
	console.log(JSON.stringify({ name, value: results[2] * 1000, unit: 'ns' }));
}

const policies = text('policies.cedar'), policiesJson = json('policies.json'), schema = text('schema.cedarschema'), schemaJson = json('schema.json');
const entities = json('entities.json'), requests = json('requests.json');
measure('policy_parse', () => need(cedar.checkParsePolicySet({ staticPolicies: policies })));
if (policiesJson) measure('json_policy_parse', () => need(cedar.checkParsePolicySet(policiesJson)));
if (schemaJson) measure('json_schema_parse', () => need(cedar.checkParseSchema(schemaJson)));
if (schema) {
	measure('schema_parse', () => need(cedar.checkParseSchema(schema)));
	measure('validation', () => need(cedar.validate({ schema, policies: { staticPolicies: policies } })));
}
if (schema && entities) {
	measure('entity_parse_with_schema', () => need(cedar.checkParseEntities({ entities, schema })));
	measure('entity_parse_without_schema', () => need(cedar.checkParseEntities({ entities })));
}
if (schema && entities && requests) {
	need(cedar.preparsePolicySet('set', { staticPolicies: policies }));
	need(cedar.preparseSchema('schema', schema));
	let next = 0;
	const decide = () => need(cedar.statefulIsAuthorized({ ...requests[next++ % requests.length], entities, preparsedPolicySetId: 'set', preparsedSchemaName: 'schema' })).response.decision;
	const allowed = requests.filter(() => decide() === 'allow').length;
	console.log(JSON.stringify({ name: 'allowed', value: 100 * allowed / requests.length, unit: '%' }));
	measure('authorization', decide);
}
