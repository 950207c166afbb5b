// Random choices from one seed (mulberry32), so that a seed names a whole run.
let state = 1;
export function seed(value) {
	state = value >>> 0;
}
export function random() {
	state = (state + 0x6d2b79f5) >>> 0;
	let t = state;
	t = Math.imul(t ^ (t >>> 15), t | 1);
	t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
	return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
export const below = n => Math.floor(random() * n);
export const pick = list => list[below(list.length)];
export const maybe = p => random() < p;
/* At most n, at least none. */
export const many = (n, make) => Array.from({ length: below(n + 1) }, make);
export const exactly = (n, make) => Array.from({ length: n }, make);

/* A text with one small thing done to it. */
export function mutate(text, alphabet) {
	const at = below(text.length + 1), to = below(text.length + 1);
	let made;
	switch (below(5)) {
	case 0: made = text.slice(0, at) + text.slice(at + 1); break;
	case 1: made = text.slice(0, at) + pick(alphabet) + text.slice(at); break;
	case 2: made = text.slice(0, Math.min(at, to)) + text.slice(Math.max(at, to)); break;
	case 3: made = text.slice(0, at) + text.slice(Math.min(at, to), Math.max(at, to)) + text.slice(at); break;
	default: made = text.slice(0, at) + pick(alphabet) + text.slice(at + 1 + below(3)); break;
	}
	return made.isWellFormed ? made.isWellFormed() ? made : text : made.replace(/[\ud800-\udfff]/g, '');
}
