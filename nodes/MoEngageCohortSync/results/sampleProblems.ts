import { formatNumber } from '../format';
import type { DeliveryProblem, SampleProblem } from '../model/problem';
import { DELIVERY_PROBLEMS } from './deliveryProblems';
import type { ProblemTexts } from './problemText';
import { describeBy } from './problemText';

/** Why a run is refused after a sample of its users was looked up. */
export const SAMPLE_PROBLEMS: ProblemTexts<SampleProblem> = {
	too_many_unknown: ({ unknown, lookedUp, limit, examples }) => {
		const known = lookedUp - unknown;
		const users = `the ${formatNumber(lookedUp)} users that were looked up`;
		return {
			summary: `MoEngage knows ${known === 0 ? 'none' : `only ${formatNumber(known)}`} of ${users}, so nothing was sent.`,
			examples: { of: 'unknown IDs', ids: examples },
			remedy: `Check that 'User ID' contains the ID by which MoEngage knows your users: an e-mail address, a phone number or an ID from another system is often not that ID. If it does, raise the option 'Unknown Limit (%)', which is ${limit} now.`,
		};
	},

	sample_not_looked_up: ({ cause }) => {
		const text = describeBy(DELIVERY_PROBLEMS, cause);
		return {
			...text,
			summary: `The users could not be looked up first, so nothing was sent. ${text.summary}`,
			...(isOfLookupOnly(cause) && { remedy: `${text.remedy ?? ''} ${WITHOUT_LOOKUP}`.trim() }),
		};
	},
};

const WITHOUT_LOOKUP =
	"The option 'Unknown Limit (%)' needs the lookup; to send without looking anyone up, remove it.";

/** True if Cohort Sync may work nevertheless. */
function isOfLookupOnly({ code }: DeliveryProblem): boolean {
	return ['lookup_refused', 'lookups_limited', 'lookup_unclear', 'members_refused'].includes(code);
}
