import type { ItemProblem } from '../model/problem';
import { IN, OUT } from '../plan/membership';
import type { ProblemTexts } from './problemText';
import { n8nSays } from './problemText';

/** What is wrong with one item. No text holds the item's value, but for names and IDs of cohorts. */
export const ITEM_PROBLEMS: ProblemTexts<ItemProblem> = {
	no_identifier: () => ({ summary: "Both 'User ID' and 'Anonymous ID' are empty." }),

	placeholder: ({ field, text }) => ({
		summary: `'${field}' holds the text "${text}", which a program wrote where it had nothing.`,
	}),

	unsafe_number: ({ field }) => ({
		summary: `'${field}' is a number that can't be an identifier: use a whole number below 9007199254740992, or a text.`,
	}),

	wrong_type: ({ field, type }) => ({
		summary: `'${field}' is ${TYPE_NAMES[type] ?? `a ${type}`}, not a text or a whole number.`,
	}),

	empty_field: ({ field }) => ({ summary: `'${field}' is empty.` }),

	cohort_name_rejected: ({ characters, suggestion }) => {
		const what =
			characters.length === 0 ? 'starts with a period' : `has ${characters.join(' ')} in it`;
		return {
			summary: `'Cohort Name' ${what}, which MoEngage does not take.`,
			remedy: suggestion === undefined ? 'Choose another name.' : `Use "${suggestion}" instead.`,
		};
	},

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
		remedy: 'It takes a date such as 2026-11-23T10:15:30Z, or seconds or milliseconds since 1970.',
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

/** Types by their everyday names; any other is `a …`. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
	array: 'a list',
	boolean: 'true or false',
	object: 'an object',
};
