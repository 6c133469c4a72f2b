import { AND } from '../format';
import type { ItemProblem } from '../model/problem';
import { IN, OUT } from '../plan/membership';
import type { ProblemTexts, WithCode } from './problemText';
import { n8nSays } from './problemText';

/** What is wrong with one item. No text contains the item's value, except placeholders and cohorts' names and IDs. */
export const ITEM_PROBLEMS: ProblemTexts<ItemProblem> = {
	no_identifier: () => ({ summary: "Both 'User ID' and 'Anonymous ID' are empty." }),

	no_user_id: () => ({
		summary: "'User ID' is empty, and MoEngage can't look users up by an anonymous ID.",
	}),

	placeholder: ({ field, text }) => ({
		summary: `'${field}' contains the text "${text}", which stands for a missing value.`,
	}),

	placeholder_id: ({ field, text }) => ({
		summary: `'${field}' is "${text}", a placeholder that usually stands for a missing ID.`,
		remedy: 'Give the user another ID, or filter the item out with a Filter node.',
	}),

	object_in_text: ({ field }) => ({
		summary: `'${field}' contains "[object Object]", which is an object turned into text.`,
		remedy: `Instead of the object, drag the field inside it into '${field}'.`,
	}),

	json_text: ({ field }) => ({
		summary: `'${field}' contains a list or an object as text.`,
		remedy:
			'Give each user an item of their own, for example with a Split Out node. An AI agent has to call the tool once for each user.',
	}),

	incomplete_text: ({ field }) => ({
		summary: `Part of the text in '${field}' is missing for this item.`,
		remedy:
			"Check that the item has every field that the expression refers to. If a part may be empty, use an expression such as {{ $json.suffix || '' }} for it.",
	}),

	unsafe_number: ({ field, isRounded }) =>
		isRounded
			? {
					summary: `'${field}' is a number that is too large for n8n or a spreadsheet, which has rounded it.`,
					remedy:
						'Converting it in n8n does not bring the lost digits back: let the source return it as text, in SQL with a cast, in a spreadsheet with the column formatted as text, and leave out Number() and parseInt().',
				}
			: { summary: `'${field}' is not a whole number, so it can't be an identifier.` },

	wrong_type: ({ field, type }) => ({
		summary: `'${field}' is ${TYPE_NAMES[type] ?? `a ${type}`}, not text or a whole number.`,
	}),

	empty_field: ({ field }) => ({ summary: `'${field}' is empty.` }),

	cohort_name_rejected: (problem) => ({
		summary: `'Cohort Name' ${flawOfName(problem)}, which MoEngage does not allow.`,
		remedy:
			problem.suggestion === undefined
				? 'Choose a different name.'
				: `Use "${problem.suggestion}" instead.`,
	}),

	cohorts_with_one_name: ({ name, cohortIds: [one, other] }) => ({
		summary: `The cohort name "${name}" has two cohort IDs in this run: "${one}" and "${other}".`,
		remedy:
			"MoEngage does not create a second segment with the same name. Give each cohort ID its own 'Cohort Name'.",
	}),

	cohort_with_two_names: ({ cohortId, names: [one, other] }) => ({
		summary: `The cohort ID "${cohortId}" has two names in this run: "${one}" and "${other}".`,
		remedy: "Use one 'Cohort Name' for each cohort ID.",
	}),

	membership_unclear: ({ isEmpty }) => ({
		summary: `'Is Member' ${isEmpty ? 'is empty' : 'is neither a yes nor a no'}.`,
		remedy: `Use ${quoted(IN)} for members, and ${quoted(OUT)} for everyone else.`,
	}),

	not_a_time: () => ({
		summary: "'Changed At' is not a valid time.",
		remedy:
			'Use a date from 1990 to 2099 such as 2026-11-23T10:15:30Z, or seconds, milliseconds, microseconds or nanoseconds since 1970.',
	}),

	newer_item_unreadable: ({ item }) => ({
		summary: `Item ${item} (counted from 0) is for the same user, may be newer, and can't be used.`,
		remedy: 'Nothing was sent for this user in this cohort. Fix that item and run again.',
	}),

	not_text: ({ field, column, method }) => ({
		summary: `'${field}' calls ${method}() on ${column}, which is a number in this item.`,
		remedy: `Only text has ${method}(), so n8n returns nothing. Put .toString() before .${method}().`,
	}),

	expression_failed: ({ message, field }) => ({
		summary: `n8n could not evaluate the expression${field === undefined ? '' : ` in '${field}'`} for this item.`,
		serverMessage: n8nSays(message),
	}),

	member_too_large: () => ({
		summary: 'This member alone is larger than a request can be.',
		remedy:
			"Shorten its identifier or the 'Cohort Description', or increase the option 'Payload Limit in Bytes'.",
	}),
};

const quoted = (values: Iterable<string>) =>
	[...values].map((value) => (value.includes(' ') ? `"${value}"` : value)).join(', ');

function flawOfName({
	reason,
	characters = [],
}: WithCode<ItemProblem, 'cohort_name_rejected'>): string {
	switch (reason) {
		case 'period':
			return 'starts with a period';
		case 'characters':
			return `contains ${AND.format(characters.map((character) => `"${character}"`))}`;
		case 'length':
			return 'is longer than 200 characters';
		case 'reserved':
			return "is the name of MoEngage's built-in segment of all users";
	}
}

/** Types by their everyday names; any other is `a …`. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
	array: 'a list',
	boolean: 'true or false',
	object: 'an object',
};
