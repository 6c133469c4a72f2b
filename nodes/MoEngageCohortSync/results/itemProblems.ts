import type { ItemProblem } from '../model/problem';
import { IN, OUT } from '../plan/membership';
import type { ProblemTexts, WithCode } from './problemText';
import { n8nSays } from './problemText';

/** What is wrong with one item. No text holds the item's value, but for names and IDs of cohorts. */
export const ITEM_PROBLEMS: ProblemTexts<ItemProblem> = {
	no_identifier: () => ({ summary: "Both 'User ID' and 'Anonymous ID' are empty." }),

	no_user_id: () => ({
		summary: "'User ID' is empty, and MoEngage looks nobody up by an anonymous ID.",
	}),

	placeholder: ({ field, text }) => ({
		summary: `'${field}' holds the text "${text}", which a program wrote where it had nothing.`,
	}),

	placeholder_id: ({ field, text }) => ({
		summary: `'${field}' is "${text}", and MoEngage knows no user by that ID: it stands for nobody.`,
		remedy: 'Correct the ID at its source, or leave the item out with a Filter node.',
	}),

	object_in_text: ({ field }) => ({
		summary: `'${field}' holds "[object Object]", which stands for an object and not for a user or a cohort.`,
		remedy: `Drag the field inside of the object that holds the text into '${field}'.`,
	}),

	incomplete_text: ({ field }) => ({
		summary: `A part of the text in '${field}' is missing for this item.`,
		remedy: 'Check the names of the fields in its expression, and that the item has them all.',
	}),

	unsafe_number: ({ field }) => ({
		summary: `'${field}' is a number that can't be an identifier: use a whole number below 9007199254740992, or a text.`,
	}),

	wrong_type: ({ field, type }) => ({
		summary: `'${field}' is ${TYPE_NAMES[type] ?? `a ${type}`}, not a text or a whole number.`,
	}),

	empty_field: ({ field }) => ({ summary: `'${field}' is empty.` }),

	cohort_name_rejected: (problem) => ({
		summary: `'Cohort Name' ${flawOfName(problem)}, which MoEngage does not take.`,
		remedy:
			problem.suggestion === undefined
				? 'Choose another name.'
				: `Use "${problem.suggestion}" instead.`,
	}),

	cohorts_with_one_name: ({ name, cohortIds: [one, other] }) => ({
		summary: `The cohort name "${name}" comes with two cohort IDs in this run: "${one}" and "${other}".`,
		remedy:
			"MoEngage makes no second segment of the same name. Give each cohort ID a 'Cohort Name' of its own.",
	}),

	cohort_with_two_names: ({ cohortId, names: [one, other] }) => ({
		summary: `The cohort ID "${cohortId}" comes with two names in this run: "${one}" and "${other}".`,
		remedy: "Give each cohort ID one 'Cohort Name'.",
	}),

	membership_unclear: ({ isEmpty }) => ({
		summary: `'Is Member' ${isEmpty ? 'is empty' : 'says neither in nor out'}.`,
		remedy: `It takes ${[...IN].join(', ')} for in, and ${[...OUT].join(', ')} for out.`,
	}),

	not_a_time: () => ({
		summary: "'Changed At' is no time.",
		remedy:
			'It takes a date such as 2026-11-23T10:15:30Z, or seconds, milliseconds, microseconds or nanoseconds since 1970.',
	}),

	expression_failed: ({ message }) => ({
		summary: 'n8n could not work out an expression for this item.',
		serverMessage: n8nSays(message),
	}),

	member_too_large: () => ({
		summary: 'The member alone is larger than a request may be.',
		remedy:
			"Shorten its identifier or the 'Cohort Description', or raise the option 'Payload Limit in Bytes'.",
	}),
};

function flawOfName({
	reason,
	characters = [],
}: WithCode<ItemProblem, 'cohort_name_rejected'>): string {
	switch (reason) {
		case 'period':
			return 'starts with a period';
		case 'characters':
			return `has ${characters.join(' ')} in it`;
		case 'length':
			return 'is longer than 200 characters';
		case 'reserved':
			return "is the name of MoEngage's own segment of everybody";
	}
}

/** Types by their everyday names; any other is `a …`. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
	array: 'a list',
	boolean: 'true or false',
	object: 'an object',
};
