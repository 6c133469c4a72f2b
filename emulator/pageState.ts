import { testConnectionPath, type MoEngage, type RequestRecord } from './model';

const shownRequests = 20;

/**
 * What the page shows, for `/state.json`: cohorts, the use of the rate limit, members dropped as
 * unknown and the latest 20 requests, newest first. Neither secrets nor members are among it.
 */
export function pageState(model: MoEngage) {
	const { lastMinute, limit, refused429 } = model.stats();
	return {
		cohorts: model.cohorts(),
		lastMinute,
		limit,
		refused429,
		unknownMembers: model.unknownCount(),
		requests: model.requests.slice(-shownRequests).reverse().map(pageRow),
	};
}

function pageRow(record: RequestRecord) {
	const { number, at, change, memberCount, bytes, status, message } = record;
	const cohort = change?.parameters.cohort_name ?? '';
	return { number, at, what: nameOf(record), cohort, memberCount, bytes, status, message };
}

function nameOf({ action, path, status }: RequestRecord): string {
	if (action) return action === 'add_members' ? 'Add members' : 'Remove members';
	if (path === testConnectionPath) return 'Test Connection';
	return status === 404 ? 'Unknown path' : 'Cohort Sync';
}
