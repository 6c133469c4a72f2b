import { readIdentifier, Unusable } from './member';
import type { Source } from '../input/source';

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

/** Longer than any name that somebody would read. */
const LONGEST_PROPOSAL = 200;

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
	const cleaned = readCohortName(cleanName(name));
	const isProposal = typeof cleaned === 'string' && cleaned.length <= LONGEST_PROPOSAL;
	const advice = isProposal ? `Use "${cleaned}" instead.` : 'Choose another name.';
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
		.replace(/^[.\s]+/, '');
}

/** The cohorts of a run by id. Ids and names repeat from item to item, so each pair is read once. */
export class CohortRegister {
	/** Ids that came with two names, and the sentence about it. */
	readonly doubleNames = new Map<string, string>();
	private readonly byId = new Map<string, Cohort>();
	private lastId: unknown;
	private lastName: unknown;
	private last: Cohort | undefined;

	constructor(private readonly source: Source) {}

	/** The cohort of an item; its description and partner are those of the cohort's first usable item. */
	cohortOf(item: number): Cohort | Unusable {
		const id = this.source.cohortId(item);
		const name = this.source.cohortName(item);
		if (this.last !== undefined && id === this.lastId && name === this.lastName) return this.last;
		const cohort = this.read(item, id, name);
		if (cohort instanceof Unusable) return cohort;
		this.last = cohort;
		this.lastId = id;
		this.lastName = name;
		return cohort;
	}

	private read(item: number, rawId: unknown, rawName: unknown): Cohort | Unusable {
		const id = readCohortId(rawId);
		if (id instanceof Unusable) return id;
		const name = readCohortName(rawName);
		if (name instanceof Unusable) return name;
		const known = this.byId.get(id);
		if (known !== undefined) {
			if (known.name !== name) {
				this.doubleNames.set(
					id,
					`The cohort ID "${id}" comes with two names in this run: "${known.name}" and "${name}". Give each cohort ID one 'Cohort Name'.`,
				);
			}
			return known;
		}
		const description = readIdentifier(this.source.cohortDescription(item), 'Cohort Description');
		if (description instanceof Unusable) return description;
		const partner =
			readIdentifier(this.source.partner(item), 'Partner') ?? new Unusable("'Partner' is empty.");
		if (partner instanceof Unusable) return partner;
		const cohort = { id, name, description: description ?? '', partner };
		this.byId.set(id, cohort);
		return cohort;
	}
}
