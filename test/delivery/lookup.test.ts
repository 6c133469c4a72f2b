import { demoAccount, getUserPath, createMoEngage } from '../../emulator/model';
import type { EmulatorOptions, KnownUser } from '../../emulator/model';
import {
	lookUpUsers,
	planLookup,
	secondsOfLookup,
} from '../../nodes/MoEngageCohortSync/delivery/lookup';
import { parseResponseBody } from '../../nodes/MoEngageCohortSync/delivery/responseBody';
import type { SendResult } from '../../nodes/MoEngageCohortSync/delivery/sendResult';
import { Workspace } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import { numbered } from '../support/audience';
import { goodHeaders } from '../support/emulator';
import { VirtualClock } from '../support/virtualClock';

const SETTINGS = {
	...{ concurrency: 5, maxRetries: 2, requestsPerMinute: 300 },
	...{ timeout: 30, isAttended: false },
};

/** An account in virtual time. `answer` stands in for the emulator where it gives something. */
function account(
	options: EmulatorOptions = {},
	answer: (uids: readonly string[]) => SendResult | undefined = () => undefined,
) {
	const clock = new VirtualClock();
	const start = clock.now();
	const model = createMoEngage({ ...options, now: () => start + clock.elapsed() });
	const workspace = new Workspace(clock);
	const asked: string[][] = [];
	const send = async (body: string): Promise<SendResult> => {
		const { data = {}, identifiers = data.identifiers } = JSON.parse(body);
		const uids = identifiers.map(({ identifier }: { identifier: string }) => identifier);
		asked.push(uids);
		await clock.sleep(250);
		const given = answer(uids);
		if (given !== undefined) return given;
		const path = `${getUserPath}?app_id=${demoAccount.appId}`;
		const { status, body: text } = model.receive({ path, headers: goodHeaders, body });
		return { status, body: parseResponseBody(text, (words) => words) };
	};
	return {
		...{ clock, model, asked, workspace },
		lookUp: async (uids: readonly string[]) =>
			await clock.play(lookUpUsers(uids, SETTINGS, workspace, send)),
	};
}

function answered(data: object): SendResult {
	const body = JSON.stringify({ status: 'success', data });
	return { status: 200, body: parseResponseBody(body, (words) => words) };
}

const known = (uids: readonly string[]): KnownUser[] => uids.map((uid) => ({ uid }));

test('a user who was merged into another one, in the same request or not, is known', async () => {
	const { model, lookUp } = account({ known: known(['kept', 'merged', 'u-1']) });
	model.merge({ uid: 'kept' }, { uid: 'merged' });
	const lookup = await lookUp(['u-1', 'merged', 'stranger', 'kept']);
	expect(['u-1', 'merged', 'stranger', 'kept'].map((uid) => lookup.outcomeOf(uid).status)).toEqual([
		'known',
		'known',
		'unknown',
		'known',
	]);
	// The one whom the answer left out was asked for alone.
	expect(lookup.stats.requests).toBe(2);
});

test('whom an answer leaves out is not taken for known: MoEngage is asked for each alone', async () => {
	const shortened = account({ known: known(['u-0']) }, (uids) =>
		uids.length > 1
			? answered({ users: [{ user_attributes: { customer_id: 'u-0' } }], users_not_found: [] })
			: undefined,
	);
	const lookup = await shortened.lookUp(numbered(3));
	expect(numbered(3).map((uid) => lookup.outcomeOf(uid).status)).toEqual([
		'known',
		'unknown',
		'unknown',
	]);
	expect(shortened.asked).toEqual([numbered(3), ['u-1'], ['u-2']]);
});

test('IDs that come back as numbers are the same IDs', async () => {
	const { lookUp } = account({}, () =>
		answered({
			users: [{ user_attributes: { customer_id: 1 } }],
			users_not_found: [{ identifier: 2 }],
		}),
	);
	const lookup = await lookUp(['1', '2']);
	expect(lookup.outcomeOf('1').status).toBe('known');
	expect(lookup.outcomeOf('2').status).toBe('unknown');
	expect(lookup.stats.requests).toBe(1);
});

test('one ID that MoEngage does not take is found, and the others get their answer', async () => {
	const refused = parseResponseBody(
		JSON.stringify({ error: { type: 'InvalidAttributeError', message: 'Not an identifier' } }),
		(words) => words,
	);
	const { lookUp } = account({ known: known(numbered(10)) }, (uids) =>
		uids.includes('u-13') ? { status: 400, body: refused } : undefined,
	);
	const lookup = await lookUp(numbered(20));
	const outcomes = numbered(20).map((uid) => lookup.outcomeOf(uid).status);
	expect(outcomes.filter((status) => status === 'known')).toHaveLength(10);
	expect(outcomes.filter((status) => status === 'unknown')).toHaveLength(9);
	expect(lookup.outcomeOf('u-13')).toEqual({
		status: 'rejected',
		problem: { code: 'member_refused', status: 400, serverMessage: 'Not an identifier' },
	});
	expect(lookup.ended).toBeUndefined();
});

test('the first request goes alone, and no more are in flight than allowed', async () => {
	const { asked, lookUp } = account({}, () => ({ status: undefined, kind: 'timeout' }));
	const lookup = await lookUp(numbered(2_000));
	expect(asked).toEqual(Array.from({ length: 3 }, () => numbered(20)));
	expect(lookup.ended).toEqual({ code: 'timed_out' });
	expect(lookup.outcomeOf('u-0')).toEqual({ status: 'failed', problem: { code: 'timed_out' } });
	expect(lookup.outcomeOf('u-1999')).toEqual({
		status: 'not_sent',
		problem: { code: 'run_ended', cause: { code: 'timed_out' } },
	});
});

test('a defect of the node ends the lookup and is thrown once all has ended', async () => {
	const { lookUp } = account({}, (uids) => {
		if (uids.includes('u-50')) throw new Error('A defect');
		return undefined;
	});
	await expect(lookUp(numbered(200))).rejects.toThrow('A defect');
});

test('the limit is on users, 1,000 a minute', async () => {
	const { clock, model, lookUp } = account();
	await lookUp(numbered(2_010));
	expect(model.requests.every(({ status }) => status === 200)).toBe(true);
	expect(clock.elapsed()).toBeGreaterThan(120_000);
	expect(clock.elapsed()).toBeLessThan(125_000);
	expect([1_000, 1_001, 1_000_000].map(secondsOfLookup)).toEqual([0, 60, 999 * 60]);
});

describe('where MoEngage takes the body in its other form', () => {
	test('it is sent once more, and the form is known from then on', async () => {
		const { model, workspace, lookUp } = account({ getUserBody: 'flat', known: known(['u-0']) });
		const lookup = await lookUp(numbered(40));
		expect(numbered(2).map((uid) => lookup.outcomeOf(uid).status)).toEqual(['known', 'unknown']);
		expect(model.requests.map(({ status }) => status)).toEqual([400, 200, 200]);
		expect(workspace.lookupForm).toBe('flat');
		await lookUp(['u-0']);
		expect(model.requests.map(({ status }) => status)).toEqual([400, 200, 200, 200]);
	});

	test('also where another run found its old form', async () => {
		const { model, workspace, lookUp } = account({ known: known(['u-0']) });
		workspace.lookupForm = 'flat';
		expect((await lookUp(['u-0'])).outcomeOf('u-0')).toEqual({ status: 'known' });
		expect(model.requests.map(({ status }) => status)).toEqual([400, 200]);
		expect(workspace.lookupForm).toBe('wrapped');
	});

	test('and takes neither, the lookup ends after one request in each form', async () => {
		const missing = parseResponseBody(
			JSON.stringify({ error: { type: 'MissingAttributeError', attribute: 'data' } }),
			(words) => words,
		);
		const { asked, lookUp } = account({}, () => ({ status: 400, body: missing }));
		const lookup = await lookUp(numbered(40));
		expect(asked).toEqual([numbered(20), numbered(20)]);
		expect(lookup.ended).toMatchObject({ code: 'lookup_refused', status: 400 });
		expect(lookup.outcomeOf('u-0')).toEqual({ status: 'rejected', problem: lookup.ended });
		expect(lookup.outcomeOf('u-20')).toEqual({
			status: 'not_sent',
			problem: { code: 'run_ended', cause: lookup.ended },
		});
	});
});

test.each([
	[0, 0],
	[1, 1],
	[20, 1],
	[21, 2],
])('a dry run asks nothing about %d users and counts %d requests', (users, requests) => {
	const lookup = planLookup(numbered(users), new Workspace(new VirtualClock()));
	expect(lookup.stats.requests).toBe(requests);
	expect(lookup.outcomeOf('u-0')).toEqual({ status: 'planned' });
	expect(lookup.ended).toBeUndefined();
});
