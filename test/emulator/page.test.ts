import { demoAccount, testConnectionPath } from '../../emulator/model';
import { page } from '../../emulator/page';
import { cohortState, pageState } from '../../emulator/pageState';
import { getUser, importElements, request, send, start, withClock } from '../support/emulator';

test('shows what happened, without secrets or users', () => {
	const { model } = withClock({ known: [{ uid: 'member-1' }], requestsPerMinute: 3 });
	const name = "Friends & VIP's";
	const members = [{ uid: 'member-1' }, { uid: 'member-2' }];
	for (let sent = 0; sent < 25; sent += 1) send(model, { name, members });
	const keys = JSON.stringify({ app_id: demoAccount.appId, app_secret: demoAccount.secret });
	model.receive(request({ path: testConnectionPath, body: keys }));
	const state = pageState(model);

	expect(state).toMatchObject({
		cohorts: [{ id: 'vip', name, size: 1, unknownUsers: 1, state: 'Active' }],
		lastMinute: 25,
		limit: 3,
		byOthers: 0,
		refused429: 22,
		placeholderIds: [],
	});
	expect(state.requests).toHaveLength(20);
	expect(state.requests.slice(0, 2)).toMatchObject([
		{ number: 26, what: 'Test Connection', status: 200 },
		{ number: 25, what: 'Add members', cohort: name, userCount: 2, status: 429 },
	]);
	expect(JSON.stringify(state)).not.toMatch(/member-\d|demo-secret|Basic/);
});

test('counts the people who were dropped, however often they were sent', () => {
	const { model } = withClock({ known: [] });
	const members = Array.from({ length: 37 }, (_, i) => ({ uid: `u${i}` }));
	for (let run = 0; run < 3; run += 1) send(model, { members: [...members, { uid: 'guest' }] });

	expect(pageState(model)).toMatchObject({ unknownUsers: 37, placeholderIds: ['guest'] });
});

test('says for each cohort how many users were ignored', () => {
	const { model } = withClock({ known: [{ uid: 'u1' }] });
	send(model, { id: 'one', members: [{ uid: 'u1' }, { uid: 'u2' }] });
	send(model, { id: 'two', members: [{ uid: 'u2' }, { uid: 'u3' }] });
	const { cohorts, unknownUsers } = pageState(model);
	expect(cohorts.map((cohort) => [cohort.id, cohort.size, cohort.unknownUsers])).toEqual([
		['one', 1, 1],
		['two', 0, 2],
	]);
	expect(unknownUsers).toBe(2);
});

test('calls each kind of request by its name, and says how many users it is about', () => {
	const { model } = withClock({ known: [{ uid: 'u1' }] });
	getUser(model, ['u1', 'u2', 'u3']);
	importElements(model, [{ type: 'customer', customer_id: 'u2' }]);
	send(model, { action: 'remove_members' });
	model.receive(request({ path: '/v1/other' }));
	model.receive(request({ body: '{' }));

	const { requests, getUser: lookups } = pageState(model);
	expect(requests.map(({ what, userCount, message }) => [what, userCount, message])).toEqual([
		['Cohort Sync', 0, 'Malformed JSON'],
		['Unknown path', 0, 'Not Found'],
		['Remove members', 1, 'Accepted'],
		['Bulk Import', 1, 'Accepted'],
		['Get User', 3, '1 of 3 known'],
	]);
	expect(lookups).toEqual({ limit: 1_000, used: 3, byOthers: 0 });
});

test('shows archived and rejected segments as what they are', () => {
	const { model } = withClock();
	send(model, { id: 'old' });
	model.archive('old');
	send(model, { id: 'new' });
	send(model, { id: 'all', name: 'All Users' });
	send(model, { id: 'newer', name: 'Cohort new' });

	expect(pageState(model).cohorts).toEqual([
		{ id: 'old', name: 'Cohort old', size: 1, unknownUsers: 0, state: 'Archived' },
		{ id: 'new', name: 'Cohort new', size: 1, unknownUsers: 0, state: 'Active' },
		{
			id: 'all',
			name: 'All Users',
			size: undefined,
			unknownUsers: undefined,
			state: 'Rejected silently. The name "All Users" is reserved.',
		},
		{
			id: 'newer',
			name: 'Cohort new',
			size: undefined,
			unknownUsers: undefined,
			state: 'Rejected silently. The name is taken by another cohort ID.',
		},
	]);
});

test('shows what other systems take of the limit', () => {
	const { model } = withClock();
	model.shareLimit({ places: 120 });

	expect(pageState(model)).toMatchObject({ lastMinute: 0, limit: 300, byOthers: 120 });
});

describe('a cohort', () => {
	test('is shown with its members and its own latest requests', () => {
		const { clock, model } = withClock({ known: [{ uid: 'u1', anonymous_ids: ['a1', 'b1'] }] });
		send(model, { members: [{ anonymous_id: 'b1' }, { uid: 'u9' }] });
		send(model, { id: 'other' });
		clock.now += 5_000;
		send(model, { action: 'remove_members', members: [{ uid: 'u9' }], timestamp: 5_000 });

		expect(cohortState(model, 'vip')).toMatchObject({
			id: 'vip',
			name: 'Cohort vip',
			size: 1,
			members: [{ uid: 'u1', anonymous_ids: ['a1', 'b1'] }],
			requests: [
				{ number: 3, at: start + 5_000, what: 'Remove members', userCount: 1 },
				{ number: 1, what: 'Add members', userCount: 2, timestamp: '2026-11-23T10:00:00.000Z' },
			],
		});
	});

	test('of a thousand is shown by its first hundred', () => {
		const { model } = withClock();
		send(model, { members: Array.from({ length: 1_000 }, (_, i) => ({ uid: `u${i}` })) });
		const { members, size } = cohortState(model, 'vip');

		expect([members.length, size]).toEqual([100, 1_000]);
	});

	test('is shown with the users who were ignored, at most the first hundred', () => {
		const { model } = withClock({ known: [] });
		send(model, { members: Array.from({ length: 300 }, (_, i) => ({ uid: `u${i}` })) });
		send(model, { id: 'other', members: [{ uid: 'u1', anonymous_id: 'a1' }] });
		const { members, unknownUsers, ignored } = cohortState(model, 'vip');

		expect([members.length, unknownUsers, ignored.length]).toEqual([0, 300, 100]);
		expect(ignored[0]).toEqual({ uid: 'u0', anonymous_ids: [] });
		expect(cohortState(model, 'other')).toMatchObject({
			unknownUsers: 1,
			ignored: [{ uid: 'u1', anonymous_ids: ['a1'] }],
		});
	});

	test('that is not there is shown empty, with the requests that were accepted in vain', () => {
		const { model } = withClock();
		send(model, { name: 'All Users' });

		expect(cohortState(model, 'vip')).toMatchObject({
			size: 0,
			members: [],
			requests: [{ number: 1, message: 'Accepted' }],
		});
	});
});

test('says that a user who was ignored in several cohorts counts once in all', () => {
	expect(page).toContain("' in all, each counted once'");
});

test('puts what comes from requests on the screen as text only', () => {
	expect(page).toContain('.textContent = text');
	expect(page).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
});

test('has every place that its script fills', () => {
	const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
	const used = [...page.matchAll(/get\('([^']+)'\)/g)].map(([, id]) => id);
	const filled = [...page.matchAll(/fill(?:Users)?\('([^']+)'/g)];
	const none = filled.map(([, id]) => `${id}-none`);
	const more = [...page.matchAll(/fillUsers\('([^']+)'/g)].map(([, id]) => `${id}-more`);

	expect(used.length).toBeGreaterThan(5);
	expect(more).toHaveLength(2);
	expect(
		[...used, ...filled.map(([, id]) => id), ...none, ...more].filter((id) => !ids.includes(id)),
	).toEqual([]);
});
