import type { ItemReader } from '../input/itemReader';
import type { Cohort } from '../model/cohort';
import { isMissingText } from '../model/missingText';
import type { FieldLabel, ItemProblem } from '../model/problem';
import { InvalidValue, readIdentifier, readText, valueOrProblem } from './member';

/** Characters that MoEngage doesn't accept in a cohort's name (Cohort Sync docs, read 2026-08). */
const FORBIDDEN_CHARACTERS = /[|*?\\:<>=$"]/g;

/** According to one partner's page only (Amplitude, read 2026-11), parentheses are refused, so they cause a hint. */
const PARENTHESES = /[()]/;

/**
 * Maximum number of characters in a name. MoEngage drops a segment with a longer name without saying so in its
 * response (manage-segments page, read 2026-11).
 */
const MAX_NAME_LENGTH = 200;

/** The name of MoEngage's own segment of all users (manage-segments page, read 2026-11), in upper or lower case. */
const RESERVED_NAME = 'all users';

/**
 * Texts that stand for no value where a column names the cohorts, in lower case. A cohort may well be called `unknown`
 * or `1`.
 */
const NO_NAMES = new Set(['none', 'n/a', '(empty)']);

/** Reads a cohort's ID from the value of an item's field: the trimmed text, or why there is none. */
export function readCohortId(value: unknown): string | InvalidValue {
	return readNameOrId(value, 'Cohort ID');
}

/** Reads a cohort's name: the trimmed text, or why MoEngage would refuse it, with a name that it would accept. */
export function readCohortName(value: unknown): string | InvalidValue {
	const name = readNameOrId(value, 'Cohort Name');
	if (name instanceof InvalidValue) return name;
	const problem = problemOfName(name);
	return problem === undefined ? name : new InvalidValue(problem);
}

function problemOfName(name: string): ItemProblem | undefined {
	const suggestion = suggestName(name);
	if (name.startsWith('.')) return { code: 'cohort_name_rejected', reason: 'period', suggestion };
	const characters = [...new Set(name.match(FORBIDDEN_CHARACTERS))];
	if (characters.length > 0) {
		return { code: 'cohort_name_rejected', reason: 'characters', characters, suggestion };
	}
	if (name.length > MAX_NAME_LENGTH) {
		return { code: 'cohort_name_rejected', reason: 'length', suggestion };
	}
	if (name.toLowerCase() === RESERVED_NAME) {
		return { code: 'cohort_name_rejected', reason: 'reserved', suggestion };
	}
	return undefined;
}

/** The closest name that MoEngage accepts; `undefined` if nothing usable is left. */
function suggestName(name: string): string | undefined {
	const cleaned = name
		.replace(FORBIDDEN_CHARACTERS, ' ')
		.replace(/\s+/g, ' ')
		.replace(/^[.\s]+/, '')
		.slice(0, MAX_NAME_LENGTH)
		.trim();
	if (typeof readRequired(cleaned, 'Cohort Name') !== 'string') return undefined;
	return cleaned.toLowerCase() === RESERVED_NAME ? `${cleaned} in n8n` : cleaned;
}

function readNameOrId(value: unknown, field: 'Cohort ID' | 'Cohort Name'): string | InvalidValue {
	const text = readRequired(value, field);
	return typeof text === 'string' && NO_NAMES.has(text.toLowerCase())
		? new InvalidValue({ code: 'placeholder', field, text })
		: text;
}

function readRequired(value: unknown, field: FieldLabel): string | InvalidValue {
	return readText(value, field) ?? new InvalidValue({ code: 'empty_field', field });
}

/** True if a name follows MoEngage's own rules but may still be refused. */
export function isDoubtfulName(name: string): boolean {
	return PARENTHESES.test(name);
}

/** The cohorts of a run by ID. IDs and names repeat from item to item, so each pair is read once. */
export class CohortRegistry {
	/** The problem of each ID that came with two names or shares a name with another ID. */
	readonly conflicts = new Map<string, ItemProblem>();
	private readonly byId = new Map<string, Cohort>();
	private readonly byName = new Map<string, Cohort>();
	private lastId: unknown;
	private lastName: unknown;
	private last: Cohort | undefined;

	constructor(private readonly reader: ItemReader) {}

	/** The cohort of an item. Its other properties come from the cohort's first usable item. */
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

	/** The cohort of an item by its ID only, if another item has everything that it takes. */
	knownCohortOf(item: number): Cohort | undefined {
		const id = valueOrProblem(() => readCohortId(this.reader.cohortId(item)));
		return typeof id === 'string' ? this.byId.get(id) : undefined;
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
		const text = readIdentifier(this.reader.cohortDescription(item), 'Cohort Description');
		if (text instanceof InvalidValue) return text;
		const description = text === undefined || isMissingText(text) ? '' : text;
		const partner = readRequired(this.reader.partner(item), 'Partner');
		if (partner instanceof InvalidValue) return partner;
		const cohort = { id, name, description, partner };
		this.byId.set(id, cohort);
		this.noteName(cohort);
		return cohort;
	}

	/** MoEngage creates no second segment with the same name, so the members of one of the cohorts would be lost. */
	private noteName(cohort: Cohort): void {
		const other = this.byName.get(cohort.name);
		if (other === undefined) {
			this.byName.set(cohort.name, cohort);
			return;
		}
		const problem: ItemProblem = {
			code: 'cohorts_with_one_name',
			name: cohort.name,
			cohortIds: [other.id, cohort.id],
		};
		for (const { id } of [other, cohort]) {
			if (!this.conflicts.has(id)) this.conflicts.set(id, problem);
		}
	}
}
