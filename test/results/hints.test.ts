import { Tally } from '../../nodes/MoEngageCohortSync/delivery/tally';
import type { CohortChanges } from '../../nodes/MoEngageCohortSync/plan/changes';
import type { Outcome } from '../../nodes/MoEngageCohortSync/plan/outcome';
import { Refusal } from '../../nodes/MoEngageCohortSync/refusal';
import { hintsOf } from '../../nodes/MoEngageCohortSync/results/hints';
import type { FinishedRun } from '../../nodes/MoEngageCohortSync/run';
import { atOnce } from '../support/atOnce';
import { finishedRun } from '../support/finishedRun';
import { VirtualClock } from '../support/virtualClock';

interface Given {
	readonly users?: readonly string[];
	readonly cohortNames?: readonly string[];
	readonly dryRun?: boolean;
	/** Of the members, in turn. */
	readonly outcomes?: readonly Outcome[];
	/** What each cohort's requests took. */
	readonly tallies?: ReadonlyArray<Partial<Tally>>;
	/** What a mirror found out about each cohort. */
	readonly mirror?: Partial<CohortChanges>;
}

function runWith({
	users = ['u1'],
	cohortNames = ['VIP'],
	dryRun = false,
	outcomes = [{ status: 'accepted' }],
	tallies = [{ requests: 1 }],
	mirror = {},
}: Given): FinishedRun {
	const rows = cohortNames.flatMap((cohortName, index) =>
		users.map((userId) => ({ userId, cohortId: `c${index}`, cohortName })),
	);
	const run = finishedRun(
		rows,
		rows.flatMap(() => outcomes),
	);
	return {
		...run,
		settings: { ...run.settings, dryRun },
		cohorts: run.cohorts.map((changes) => ({ ...changes, ...mirror })),
		tallies: tallies.map((tally) => Object.assign(new Tally(new VirtualClock()), tally)),
	};
}

const named = (count: number) => Array.from({ length: count }, (_, index) => `VIP (${index})`);
const PARENTHESES = /^The cohort name "VIP \(\d\)" has parentheses/;
const AGAIN = /^Everyone in the cohort "VIP" was sent again/;
const KEPT = /^Nobody was removed from the cohort "VIP".* 2 members of it may be among them/;
const refusal = new Refusal('No', 'Do this');

test.each<[what: string, given: Given, hints: RegExp[]]>([
	['an ordinary run', {}, []],
	[
		'a run in which all went wrong',
		{ users: ['u1', 'u2'], outcomes: [{ status: 'rejected', reason: 'MoEngage refused it.' }] },
		[/^No item was accepted\. The first of them: MoEngage refused it\.$/],
	],
	[
		'a run in which something went wrong',
		{
			users: ['u1', 'u2'],
			outcomes: [{ status: 'rejected', reason: 'No.' }, { status: 'accepted' }],
		},
		[],
	],
	['a user who comes twice', { users: ['u1', 'u2', 'u1'] }, [/^1 item came with a user/]],
	[
		'identifiers in which something is not seen',
		{ users: ['u1', 'u\u200b2', 'u3\u0000', 'u\n4', 'ü 5', '👍🏽'] },
		[/^3 users came with an identifier that has an invisible character in it/],
	],
	[
		'cohorts that were throttled',
		{ tallies: [{ throttled: 1 }, { throttled: 2 }] },
		[/^MoEngage asked to slow down 3 times\./],
	],
	['3,000 requests', { tallies: [{ requests: 2_999 }, { requests: 1 }] }, []],
	['more', { tallies: [{ requests: 2_999 }, { requests: 2 }] }, [/^This run takes 3,001 requests/]],
	[
		'a dry run within a minute',
		{ dryRun: true, tallies: [{ requests: 300 }] },
		[/^Dry run: .* 300 requests, without a wait at the set rate/],
	],
	[
		'a longer dry run',
		{ dryRun: true, tallies: [{ requests: 300 }, { requests: 1 }] },
		[/^Dry run: .* 301 requests, in no less than 60 s at the set rate/],
	],
	['leavers who are kept', { mirror: { keptLeavers: 2 } }, [KEPT]],
	['no leavers to be kept', { mirror: { keptLeavers: 0 } }, []],
	['everyone sent again', { mirror: { resendsAll: true } }, [AGAIN]],
	[
		'everyone to be sent again',
		{ mirror: { resendsAll: true }, dryRun: true, outcomes: [{ status: 'planned' }] },
		[/^Dry run/, /^Everyone in the cohort "VIP" would be sent again/],
	],
	[
		'everyone to be sent again, but the run ended before',
		{ mirror: { resendsAll: true }, outcomes: [{ status: 'not_sent', reason: 'It ended.' }] },
		[/^No item was accepted/],
	],
	['both', { mirror: { keptLeavers: 2, resendsAll: true } }, [KEPT, AGAIN]],
	['a refused cohort', { mirror: { keptLeavers: 2, resendsAll: true, refusal } }, []],
	['a doubtful name', { cohortNames: ['VIP', 'VIP (1)'] }, [PARENTHESES]],
	['three doubtful names', { cohortNames: named(3) }, [PARENTHESES, PARENTHESES, PARENTHESES]],
	[
		'five doubtful names',
		{ cohortNames: named(5) },
		[PARENTHESES, PARENTHESES, PARENTHESES, /^The same goes for 2 more cohorts\.$/],
	],
])('%s: what a person should know', (_what, given, hints) => {
	expect(atOnce(hintsOf(runWith(given), ['And this.']))).toEqual(
		[...hints.map((hint): unknown => expect.stringMatching(hint)), 'And this.'].map((message) => ({
			message,
			type: 'info',
			location: 'outputPane',
		})),
	);
});
