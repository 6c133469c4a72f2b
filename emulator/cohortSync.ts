import { invalidAttribute } from './answers';
import { forbiddenNameRule, hasForbiddenCharacters } from './cohortNames';
import { createReader, text, type Reading } from './json';

/** A member as sent, with at least one of the two IDs. */
export type Member = { uid?: string; anonymous_id?: string };

export type Action = 'add_members' | 'remove_members';

/** The body of a Cohort Sync request (MoEngage Cohort Sync docs, read 2026-08). */
export type CohortChange = {
	action: Action;
	timestamp?: string;
	partner: string;
	parameters: {
		cohort_name: string;
		cohort_id: string;
		cohort_description?: string;
		members: Member[];
	};
};

const read = createReader<CohortChange>({
	type: 'object',
	required: ['action', 'partner', 'parameters'],
	properties: {
		action: { enum: ['add_members', 'remove_members'] },
		timestamp: { type: 'string', format: 'date-time' },
		partner: text,
		parameters: {
			type: 'object',
			required: ['cohort_name', 'cohort_id', 'members'],
			properties: {
				cohort_name: text,
				cohort_id: text,
				cohort_description: { type: 'string' },
				members: {
					type: 'array',
					minItems: 1,
					items: {
						type: 'object',
						properties: { uid: text, anonymous_id: text },
						anyOf: [{ required: ['uid'] }, { required: ['anonymous_id'] }],
					},
				},
			},
		},
	},
});

/** Reads the body of a Cohort Sync request. Forbidden characters in the name are refused if `refuseNames`. */
export function readCohortChange(body: string, refuseNames: boolean): Reading<CohortChange> {
	const reading = read(body);
	if (!('content' in reading) || !refuseNames) return reading;
	if (!hasForbiddenCharacters(reading.content.parameters.cohort_name)) return reading;
	return {
		refusal: invalidAttribute('cohort_name', `parameters.cohort_name ${forbiddenNameRule}`),
	};
}
