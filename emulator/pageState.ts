import { endpointTitles, type MoEngage, type RequestRecord, type User } from './model';

const shownRequests = 20;
const shownUsers = 100;

/**
 * What the page shows, for `/state.json`: cohorts, the use of the limits, how many users were ignored as unknown,
 * and the latest 20 requests, newest first. It contains neither secrets nor users.
 */
export function pageState(model: MoEngage) {
	const { lastMinute, limit, refused429 } = model.stats();
	const { cohortSync, getUser } = model.rates();
	return {
		cohorts: [
			...model.cohorts().map(({ id, name, size, isArchived }) => ({
				id,
				name,
				size,
				unknownUsers: model.unknownUsersOf(id).size,
				state: isArchived ? 'Archived' : 'Active',
			})),
			...model.rejectedCohorts().map(({ id, name, reason }) => ({
				id,
				name,
				size: undefined,
				unknownUsers: undefined,
				state: `Rejected silently. ${reason}`,
			})),
		],
		lastMinute,
		limit,
		byOthers: cohortSync.byOthers,
		refused429,
		getUser,
		unknownUsers: model.unknownCount(),
		placeholderIds: model.placeholderIds(),
		requests: latest(model.requests).map(pageRow),
	};
}

/**
 * What the page shows about one cohort, for `/cohort.json`: its first 100 members, the first 100 users who were
 * ignored as unknown, and its latest 20 requests.
 */
export function cohortState(model: MoEngage, id: string) {
	const { name, members = [], size = 0 } = model.cohort(id) ?? {};
	const ignored = model.unknownUsersOf(id);
	return {
		id,
		name,
		size,
		members: firstOf(members),
		unknownUsers: ignored.size,
		ignored: firstOf([...ignored]),
		requests: latest(model.requests.filter(({ cohortId }) => cohortId === id)).map(pageRow),
	};
}

function firstOf(users: readonly User[]) {
	return users.slice(0, shownUsers).map(({ uid, anonymous_ids }) => ({ uid, anonymous_ids }));
}

function latest(requests: readonly RequestRecord[]): RequestRecord[] {
	return requests.slice(-shownRequests).reverse();
}

function pageRow(record: RequestRecord) {
	const { number, at, change, timestamp, userCount, bytes, status, message } = record;
	const cohort = change?.parameters.cohort_name ?? '';
	return { number, at, what: nameOf(record), cohort, timestamp, userCount, bytes, status, message };
}

function nameOf({ action, endpoint, status }: RequestRecord): string {
	if (action) return action === 'add_members' ? 'Add members' : 'Remove members';
	if (endpoint) return endpointTitles[endpoint];
	return status === 404 ? 'Unknown path' : 'Another path';
}
