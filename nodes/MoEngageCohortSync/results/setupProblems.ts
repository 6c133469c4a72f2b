import { countOf, formatNumber } from '../format';
import type { SetupProblem } from '../model/problem';
import { ITEM_PROBLEMS } from './itemProblems';
import type { ProblemText, ProblemTexts, WithCode } from './problemText';
import { describeBy, inOneLine, n8nSays } from './problemText';

/** That another run does no harm. */
export const RERUN_IS_SAFE =
	'Running the workflow again is safe: sending a member twice does no harm.';

type SetupText<Code> = (problem: WithCode<SetupProblem, Code>) => ProblemText;

const unknownChoice: SetupText<'unknown_choice'> = ({ field }) => {
	switch (field) {
		case 'Operation':
			return {
				summary: "'Operation' has no such choice.",
				remedy: "Choose one from the list in 'Operation'.",
			};
		case 'Output':
			return {
				summary: "The option 'Output' has no such choice.",
				remedy: "Choose one from the list of 'Output' under 'Options'.",
			};
		case 'Previous Members':
			return {
				summary: "'Previous Members' has no such choice.",
				remedy: "Choose 'Remember in This Workflow' or 'Second Input'.",
			};
	}
};

const CUSTOM_URL = {
	empty: 'is empty',
	not_a_url: 'is not a web address',
	has_login: 'has a user or a password in it',
	has_query: 'has a ? or a # in it',
	not_https: 'does not start with https://',
} as const;

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
		'Items are counted from 0.',
		allLackIdentifiers
			? "If the column has another name, empty 'User ID' and drag that column into it from the input panel."
			: "Correct this at the source or in the node's fields.",
		...(invalid < total
			? [
					`Or set 'On Error' in this node's settings to 'Continue (using error output)' to ${isCheck ? 'look up' : 'send'} the others.`,
				]
			: []),
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
		remedy: `It is ${value ?? 'not a number'} now. Correct it in the node, or use the default of ${fallback}.`,
	}),

	not_a_switch: ({ option }) => ({
		summary: `The option '${option}' must be on or off.`,
		remedy: "Its expression gives something else. Switch it by hand under 'Options'.",
	}),

	expression_as_text: ({ field, reason }) => {
		switch (reason) {
			case 'fixed':
				return {
					summary: `'${field}' holds an expression, but n8n takes it for a fixed text.`,
					remedy: "Choose 'Expression' instead of 'Fixed', above the field on the right.",
				};
			case 'no_braces':
				return {
					summary: `'${field}' holds $json outside of braces, so n8n takes it for a text.`,
					remedy: `Drag the field from the input panel into '${field}', so that it reads like {{ $json.uid }}.`,
				};
			case 'two_equals_signs':
				return {
					summary: `'${field}' begins with an equals sign that n8n takes for a part of the text.`,
					remedy: `Remove the equals sign at the beginning of '${field}'.`,
				};
		}
	},

	joined_fields: ({ field }) => ({
		summary: `'${field}' holds two fields next to each other.`,
		remedy: `n8n adds a dragged field to the expression that is there. Empty '${field}', then drag the one field that holds the identifier into it.`,
	}),

	fixed_identifier: ({ field, items }) => ({
		summary: `'${field}' is a fixed text, so all ${formatNumber(items)} items would be the same user.`,
		remedy: `Drag the field that holds the identifier from the input panel into '${field}', so that it reads like {{ $json.uid }}.`,
	}),

	invalid_items: invalidItems,

	credentials_differ: () => ({
		summary: 'The MoEngage API credential gives different keys for different items.',
		remedy:
			'A run sends to one workspace: let the items of each workspace go to a node of their own, or give the credential fixed keys.',
	}),

	credential_unreadable: ({ message }) => ({
		summary: 'The MoEngage API credential is missing or can not be read.',
		remedy: `Choose or create it at the top of this node's fields.${message === undefined ? '' : ` n8n says: ${message}`}`,
	}),

	unknown_data_center: () => ({
		summary: "'Data Center' in the MoEngage API credential is not one of MoEngage's data centers.",
		remedy: "Choose it from the list: it is the number in your dashboard's address.",
	}),

	custom_url_refused: ({ reason }) => ({
		summary: `'Custom URL' in the MoEngage API credential ${CUSTOM_URL[reason]}.`,
		remedy:
			'Enter an address such as https://proxy.example.com; http:// is accepted for this machine only (localhost).',
	}),

	parameters_unreadable: ({ message }) => ({
		summary: 'The node could not read its parameters.',
		serverMessage: n8nSays(message),
		remedy: "Check the expressions in the node's fields and options.",
	}),

	node_defect: ({ message }) => ({
		summary:
			'The node sent its requests but could not tell what became of them, which is a fault of its own.',
		remedy: `${RERUN_IS_SAFE} Please report it with these words: ${message}`,
	}),
};
