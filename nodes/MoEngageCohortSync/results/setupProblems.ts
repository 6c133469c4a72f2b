import { countOf, formatNumber } from '../format';
import type { SetupProblem } from '../model/problem';
import type { Operation } from '../model/settings';
import { ITEM_PROBLEMS } from './itemProblems';
import type { ProblemText, ProblemTexts, WithCode } from './problemText';
import { describeBy, inOneLine, n8nSays } from './problemText';

/** Whether it is safe to run the workflow again with the same items. */
export function aboutRerun(operation: Operation): string {
	switch (operation) {
		case 'check':
			return 'Running the workflow again is safe: Check Users changes nothing.';
		case 'update':
			return 'Run the workflow again with the latest changes: sending an old change again may overwrite a newer one.';
		default:
			return 'Running the workflow again is safe: sending a member twice does no harm.';
	}
}

type SetupText<Code> = (problem: WithCode<SetupProblem, Code>) => ProblemText;

const unknownChoice: SetupText<'unknown_choice'> = ({ field }) => {
	switch (field) {
		case 'Operation':
			return {
				summary: "'Operation' has an unknown value.",
				remedy: 'Choose an operation from the list.',
			};
		case 'Output':
			return {
				summary: "The option 'Output' has an unknown value.",
				remedy: "Choose a value from its list under 'Options'.",
			};
		case 'Previous Members':
			return {
				summary: "'Previous Members' has an unknown value.",
				remedy: "Choose 'Remember in This Workflow' or 'Second Input'.",
			};
	}
};

const CUSTOM_URL = {
	empty: 'is empty',
	not_a_url: 'is not a URL',
	has_login: 'contains a user name or a password',
	has_query: 'contains ? or #',
	not_https: 'does not start with https://',
} as const;

function adviceFor(
	invalid: number,
	total: number,
	allLackIdentifiers: boolean,
	isCheck: boolean,
): string {
	if (allLackIdentifiers) {
		const fields = isCheck ? "'User ID'" : "'User ID' or 'Anonymous ID'";
		return `Check that ${fields} refers to a column that your items have.`;
	}
	if (invalid === total) return "Fix this in the node's fields or at the source.";
	return `Fix ${invalid === 1 ? 'this item' : 'these items'} at the source, or set 'On Error' in this node's settings to 'Continue (using error output)' to ${isCheck ? 'look up' : 'send'} the others.`;
}

const invalidItems: SetupText<'invalid_items'> = ({
	invalid,
	total,
	examples,
	allLackIdentifiers,
	isCheck = false,
}) => {
	const itemsByReason = new Map<string, number[]>();
	for (const { item, problem } of examples) {
		const reason = inOneLine(describeBy(ITEM_PROBLEMS, problem));
		itemsByReason.set(reason, [...(itemsByReason.get(reason) ?? []), item]);
	}
	const more = invalid - examples.length;
	const remedy = [
		...[...itemsByReason].map(
			([reason, items]) => `Item${items.length === 1 ? '' : 's'} ${items.join(', ')}: ${reason}`,
		),
		...(more > 0 ? [`And ${formatNumber(more)} more.`] : []),
		'Item numbers start at 0.',
		adviceFor(invalid, total, allLackIdentifiers, isCheck),
	];
	return {
		summary: `${formatNumber(invalid)} of ${countOf(total, 'item')} can't be ${isCheck ? 'looked up, so nobody was looked up' : 'sent, so nothing was sent'}.`,
		remedy: remedy.join(' '),
	};
};

/** What is wrong with the node's fields, its credential or its input as a whole. */
export const SETUP_PROBLEMS: ProblemTexts<SetupProblem> = {
	unknown_choice: unknownChoice,

	number_out_of_range: ({ label, min, max, default: fallback, isWhole, value }) => ({
		summary: `'${label}' must be a ${isWhole ? 'whole number' : 'number'} from ${min} to ${max}.`,
		remedy: `Its value is ${value ?? 'not a number'}. Change it in the node, or use the default, ${fallback}.`,
	}),

	not_a_switch: ({ option }) => ({
		summary: `The option '${option}' must be on or off.`,
		remedy:
			"Its expression returns something else. Turn it on or off under 'Options', or make the expression return true or false.",
	}),

	expression_as_text: ({ field, reason }) => {
		switch (reason) {
			case 'fixed':
				return {
					summary: `'${field}' contains an expression but is set to 'Fixed'.`,
					remedy:
						"Set the field to 'Expression': move the mouse over it, and the switch appears above it on the right.",
				};
			case 'no_braces':
				return {
					summary: `'${field}' contains $json outside of {{ }}, so n8n treats it as text.`,
					remedy: `Clear '${field}', then drag the column from the input panel into it, so that it contains only {{ $json.uid }} or similar.`,
				};
			case 'reference_without_braces':
				return {
					summary: `'${field}' refers to other data outside of {{ }}, so n8n treats it as text.`,
					remedy: `Put the reference in '${field}' between {{ and }}, and set the field to 'Expression'.`,
				};
			case 'column_name':
				return {
					summary: `'${field}' contains the name of a column as text, not the column itself.`,
					remedy: `Clear '${field}', then drag the column from the input panel into it, so that it contains only {{ $json.uid }} or similar.`,
				};
			case 'two_equals_signs':
				return {
					summary: `'${field}' starts with an equals sign that n8n treats as part of the text.`,
					remedy: `Remove the equals sign at the start of '${field}'.`,
				};
		}
	},

	joined_fields: ({ field, isNameBesideColumn }) => ({
		summary: `'${field}' contains ${isNameBesideColumn ? "a column's name next to the column itself" : 'two columns next to each other'}.`,
		remedy: `n8n adds a dragged column to what is already in the field. Clear '${field}', then drag in only the column with the identifier. To join two columns on purpose, use one expression such as {{ $json.a + $json.b }}.`,
	}),

	fixed_identifier: ({ field, items, isFixed }) => ({
		summary: `'${field}' ${isFixed ? 'is a fixed value' : 'has the same value for every item'}, so all ${formatNumber(items)} items would be the same user.`,
		remedy: `Clear '${field}', then drag the column with the identifier from the input panel into it, so that it contains only {{ $json.uid }} or similar.`,
	}),

	identifiers_not_set: ({ isCheck }) => ({
		summary: isCheck ? "'User ID' is empty." : "'User ID' and 'Anonymous ID' are both empty.",
		remedy: `Drag the column with your MoEngage user IDs from the input panel into 'User ID'${isCheck ? '.' : ", or the one with anonymous IDs into 'Anonymous ID'."}`,
	}),

	blank_input: () => ({
		summary: 'No data came in, so nothing was sent.',
		remedy:
			"The previous node returned nothing, and n8n passed on one empty item, as it does with 'Always Output Data' on. Check that node.",
	}),

	file_input: () => ({
		summary: 'Only a file came in, not its rows.',
		remedy:
			"Put an 'Extract from File' node before this one, so that each row of the file becomes an item.",
	}),

	invalid_items: invalidItems,

	credentials_differ: () => ({
		summary: 'The MoEngage API credential returns different keys for different items.',
		remedy:
			'A run sends to one workspace. Use a separate node for each workspace, or enter fixed keys in the credential.',
	}),

	credential_unreadable: ({ message }) => ({
		summary: "The MoEngage API credential is missing or can't be read.",
		serverMessage: message === undefined ? undefined : n8nSays(message),
		remedy: 'Select or create one at the top of this node.',
	}),

	unknown_data_center: () => ({
		summary: "'Data Center' in the MoEngage API credential is not one of MoEngage's data centers.",
		remedy: "Choose it from the list. It is the number in your dashboard's address.",
	}),

	custom_url_refused: ({ reason }) => ({
		summary: `'Custom URL' in the MoEngage API credential ${CUSTOM_URL[reason]}.`,
		remedy: 'Enter a URL such as https://proxy.example.com. http:// is allowed for localhost only.',
	}),

	parameters_unreadable: ({ message }) => ({
		summary: 'The node could not read its parameters.',
		serverMessage: n8nSays(message),
		remedy: "Check the expressions in the node's fields and options.",
	}),

	node_defect: ({ operation, message }) => ({
		summary:
			'The node sent its requests, but a bug in the node prevents it from reporting what happened to them.',
		remedy: `${aboutRerun(operation)} Please report this message: ${message}`,
	}),
};
