import type { ItemReader } from '../input/itemReader';
import type { Cohort } from '../model/cohort';
import type { FieldLabel, ItemProblem } from '../model/problem';
import { InvalidValue, readIdentifier } from './member';

/** What MoEngage doesn't take in a cohort's name (Cohort Sync docs, read 2026-08). */
const FORBIDDEN_CHARACTERS = /[|*?\\:<>=$"]/g;

/** Parentheses are refused according to a partner's page only (Amplitude, read 2026-11), so they earn a hint. */
const PARENTHESES = /[()]/;

/** Longer than any name that somebody would read. */
const MAX_SUGGESTION = 200;

/** Reads a cohort's id from what an item's field holds: the trimmed text, or why there is none. */
export function readCohortId(value: unknown): string | InvalidValue {
	return readRequired(value, 'Cohort ID');
}

/** Reads a cohort's name: the trimmed text, or why MoEngage would refuse it and a name that it takes. */
export function readCohortName(value: unknown): string | InvalidValue {
	const name = readRequired(value, 'Cohort Name');
	if (name instanceof InvalidValue) return name;
	const startsWithPeriod = name.startsWith('.');
	const characters = startsWithPeriod ? [] : [...new Set(name.match(FORBIDDEN_CHARACTERS))];
	if (!startsWithPeriod && characters.length === 0) return name;
	const cleaned = readCohortName(cleanName(name));
	const suggestion =
		typeof cleaned === 'string' && cleaned.length <= MAX_SUGGESTION ? cleaned : undefined;
	return new InvalidValue({ code: 'cohort_name_rejected', characters, suggestion });
}

function readRequired(value: unknown, field: FieldLabel): string | InvalidValue {
	return readIdentifier(value, field) ?? new InvalidValue({ code: 'empty_field', field });
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
export class CohortRegistry {
	/** What is wrong with the ids that came with two names. */
	readonly conflicts = new Map<string, ItemProblem>();
	private readonly byId = new Map<string, Cohort>();
	private lastId: unknown;
	private lastName: unknown;
	private last: Cohort | undefined;

	constructor(private readonly reader: ItemReader) {}

	/** The cohort of an item; its description and partner are those of the cohort's first usable item. */
	cohortOf(item: number): Cohort | InvalidValue {
		const id = this.reader.cohortId(item);
		const name = this.reader.cohortName(item);
		if (this.last !== undefined && id === this.lastId && name === this.lastName) return this.last;
		const cohort = this.read(item, id, name);
		if (cohort instanceof InvalidValue) return cohort;
		this.last = cohort;
		this.lastId = id;
		this.lastName = name;
		return cohort;
	}

	private read(item: number, rawId: unknown, rawName: unknown): Cohort | InvalidValue {
		const id = readCohortId(rawId);
		if (id instanceof InvalidValue) return id;
		const name = readCohortName(rawName);
		if (name instanceof InvalidValue) return name;
		const known = this.byId.get(id);
		if (known !== undefined) {
			if (known.name !== name) {
				this.conflicts.set(id, {
					code: 'cohort_with_two_names',
					cohortId: id,
					names: [known.name, name],
				});
			}
			return known;
		}
		const description = readIdentifier(this.reader.cohortDescription(item), 'Cohort Description');
		if (description instanceof InvalidValue) return description;
		const partner = readRequired(this.reader.partner(item), 'Partner');
		if (partner instanceof InvalidValue) return partner;
		const cohort = { id, name, description: description ?? '', partner };
		this.byId.set(id, cohort);
		return cohort;
	}
}
