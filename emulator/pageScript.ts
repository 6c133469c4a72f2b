/**
 * The script of the page. Everything from requests is set as textContent, so that no name can become markup.
 */
export const pageScript = `
const get = (id) => document.getElementById(id);
const count = (value) => value === undefined ? '' : value.toLocaleString();
const time = (at) => new Date(at).toLocaleTimeString();
const load = async (path) => (await fetch(path)).json();
let openCohort;

function fill(id, rows, none) {
	get(id).replaceChildren(...rows.map((cells) => {
		const row = document.createElement('tr');
		for (const [text, className = '', onClick] of cells) {
			const cell = row.insertCell();
			cell.className = className;
			const element = onClick ? cell.appendChild(document.createElement('button')) : cell;
			element.textContent = text;
			element.onclick = onClick;
		}
		return row;
	}));
	get(id + '-none').textContent = rows.length === 0 ? none : '';
}

function fillUsers(id, users, total, none) {
	fill(id, users.map(({ uid, anonymous_ids }) => [[uid ?? ''], [anonymous_ids.join(', ')]]), none);
	const hidden = total - users.length;
	get(id + '-more').textContent = hidden > 0 ? 'and ' + count(hidden) + ' more' : '';
}

const status = (request) => [
	request.status === 'reset' ? 'connection closed' : request.status,
	request.status === 200 ? 'good' : 'bad',
];

function showLimits({ lastMinute, limit, byOthers, refused429, getUser }) {
	const share = (value) => Math.min(1, value / limit) * 100 + '%';
	get('used').style.width = share(lastMinute);
	get('used').className = lastMinute >= limit ? 'full' : '';
	get('others').style.width = share(byOthers);
	get('rate').textContent = 'Cohort Sync: ' + count(lastMinute) + ' of ' + count(limit) +
		' requests in the last minute' + (byOthers ? ', ' + count(byOthers) + ' by other systems' : '') +
		'. Requests rejected with 429 so far: ' + count(refused429);
	get('lookups').textContent = getUser.used + getUser.byOthers === 0 ? '' :
		'Get User: ' + count(getUser.used) + ' of ' + count(getUser.limit) + ' users in the last minute' +
		(getUser.byOthers ? ', ' + count(getUser.byOthers) + ' by other systems' : '');
}

function show(state) {
	showLimits(state);
	get('unknown').textContent =
		'Users ignored because MoEngage does not know them: ' + count(state.unknownUsers) +
		' in all, each counted once';
	get('placeholders').textContent = state.placeholderIds.length === 0 ? '' :
		'Placeholder IDs ignored: ' + state.placeholderIds.join(', ');
	fill('cohorts', state.cohorts.map(({ name, id, size, unknownUsers, state }) => [
		[name.trim() === '' ? '(blank)' : name, '', () => showCohort(id)],
		[id],
		[state, state === 'Active' ? 'good' : 'bad'],
		[count(size), 'number'],
		[count(unknownUsers), 'number'],
	]), 'No cohort yet.');
	fill('requests', state.requests.map((request) => [
		[time(request.at), 'time'],
		[request.what],
		[request.cohort],
		[count(request.userCount), 'number'],
		[count(request.bytes), 'number'],
		status(request),
		[request.message],
	]), 'No request yet.');
}

async function showCohort(id) {
	openCohort = id;
	const cohort = await load('/cohort.json?id=' + encodeURIComponent(id));
	if (openCohort !== id) return;
	get('cohort-name').textContent = cohort.name ?? cohort.id;
	fillUsers('members', cohort.members, cohort.size, 'No members.');
	get('ignored-count').textContent = cohort.unknownUsers === 0 ? '' :
		count(cohort.unknownUsers) + ' ignored, because MoEngage does not know them';
	fillUsers('ignored', cohort.ignored, cohort.unknownUsers, 'No users ignored.');
	fill('changes', cohort.requests.map((request) => [
		[time(request.at), 'time'],
		[request.what],
		[count(request.userCount), 'number'],
		[request.timestamp ?? 'none'],
		status(request),
		[request.message],
	]), 'No request yet.');
	if (!get('cohort').open) get('cohort').showModal();
}

get('cohort').addEventListener('close', () => { openCohort = undefined; });

async function refresh() {
	try {
		show(await load('/state.json'));
		if (openCohort !== undefined) await showCohort(openCohort);
		get('lead').textContent = 'A local MoEngage emulator. Nothing here reaches a real account.';
	} catch {
		get('lead').textContent = 'The emulator does not respond. It may have been stopped.';
	}
	setTimeout(refresh, 1000);
}
refresh();
`;
