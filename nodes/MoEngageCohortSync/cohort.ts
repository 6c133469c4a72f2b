import { readIdentifier, Unusable } from './member';

/** A cohort as the requests name it; MoEngage shows it as the custom segment `name`. */
export interface Cohort {
	readonly id: string;
	readonly name: string;
	readonly description: string;
	readonly partner: string;
}

/** What MoEngage doesn't take in a cohort's name (Cohort Sync docs, read 2026-08). */
const FORBIDDEN_CHARACTERS = /[|*?\\:<>=$"]/g;

/** Parentheses are refused according to a partner's page only (Amplitude, read 2026-11), so they earn a hint. */
const PARENTHESES = /[()]/;

/** Reads a cohort's id from what an item's field holds: the trimmed text, or why there is none. */
export function readCohortId(value: unknown): string | Unusable {
	return readIdentifier(value, 'Cohort ID') ?? new Unusable("'Cohort ID' is empty.");
}

/** Reads a cohort's name: the trimmed text, or why MoEngage would refuse it and a name that it takes. */
export function readCohortName(value: unknown): string | Unusable {
	const name = readIdentifier(value, 'Cohort Name') ?? new Unusable("'Cohort Name' is empty.");
	if (name instanceof Unusable) return name;
	const found = [...new Set(name.match(FORBIDDEN_CHARACTERS))].join(' ');
	if (!name.startsWith('.') && found === '') return name;

	const what = name.startsWith('.') ? 'starts with a period' : `has ${found} in it`;
	const cleaned = cleanName(name);
	const advice = cleaned === '' ? 'Choose another name.' : `Use "${cleaned}" instead.`;
	return new Unusable(`'Cohort Name' ${what}, which MoEngage does not take. ${advice}`);
}

/** True where a name is taken by MoEngage's own rules but may be refused all the same. */
export function isDoubtfulName(name: string): boolean {
	return PARENTHESES.test(name);
}

function cleanName(name: string): string {
	return name
		.replace(FORBIDDEN_CHARACTERS, ' ')
		.replace(/\s+/g, ' ')
		.trim()
		.replace(/^[.\s]+/, '');
}
