const style = `
:root {
	color-scheme: light dark;
	--text: light-dark(#23272f, #e4e6ea);
	--quiet: light-dark(#626a76, #9aa2ae);
	--page: light-dark(#f6f7f8, #17191d);
	--card: light-dark(#ffffff, #1f2227);
	--line: light-dark(#e3e6ea, #31353c);
	--good: light-dark(#2f7d5b, #6fbf98);
	--bad: light-dark(#b0453a, #e08a80);
}
* { box-sizing: border-box; }
body {
	margin: 0 auto; padding: 2rem 1.25rem; max-width: 68rem;
	background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif;
}
h1 { margin: 0; font-size: 1.35rem; font-weight: 600; }
h2 { margin: 0 0 .75rem; font-size: 1rem; font-weight: 600; }
p { margin: .25rem 0 1.5rem; color: var(--quiet); }
section {
	margin-bottom: 1.25rem; padding: 1.1rem 1.25rem; overflow-x: auto;
	background: var(--card); border: 1px solid var(--line); border-radius: 10px;
}
section p { margin: .6rem 0 0; }
section p:empty { display: none; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { color: var(--quiet); font-size: .85rem; font-weight: 500; text-align: left; }
th, td { padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
tr:last-child td { border-bottom: 0; }
.number { text-align: right; white-space: nowrap; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.bar { height: .6rem; overflow: hidden; background: var(--line); border-radius: .3rem; }
.bar div { width: 0; height: 100%; background: var(--good); transition: width .4s; }
.bar .full { background: var(--bad); }
`;

// Everything that comes from requests is set as textContent, so that no name can become markup.
const script = `
const get = (id) => document.getElementById(id);
const count = (value) => value.toLocaleString();

function fill(id, rows, none) {
	const body = get(id);
	body.replaceChildren(...rows.map((cells) => {
		const row = document.createElement('tr');
		for (const [text, className = ''] of cells) {
			const cell = document.createElement('td');
			cell.textContent = text;
			cell.className = className;
			row.append(cell);
		}
		return row;
	}));
	get(id + '-none').textContent = rows.length === 0 ? none : '';
}

function show(state) {
	const used = Math.min(1, state.lastMinute / state.limit);
	get('used').style.width = used * 100 + '%';
	get('used').className = used === 1 ? 'full' : '';
	get('rate').textContent = count(state.lastMinute) + ' of ' + count(state.limit) +
		' requests in the last minute, ' + count(state.refused429) + ' refused as too many so far';
	get('unknown').textContent =
		'Members dropped because MoEngage does not know them: ' + count(state.unknownMembers);
	fill('cohorts', state.cohorts.map(({ name, id, size }) =>
		[[name], [id], [count(size), 'number']]), 'No cohort yet.');
	fill('requests', state.requests.map((request) => [
		[new Date(request.at).toLocaleTimeString()],
		[request.what],
		[request.cohort],
		[count(request.memberCount), 'number'],
		[count(request.bytes), 'number'],
		[request.status === 'reset' ? 'broken off' : request.status,
			request.status === 200 ? 'good' : 'bad'],
		[request.message],
	]), 'No request yet.');
}

async function refresh() {
	try {
		show(await (await fetch('/state.json')).json());
		get('lead').textContent = 'A local stand-in for MoEngage. Nothing here reaches a real account.';
	} catch {
		get('lead').textContent = 'The emulator does not answer. It may have been stopped.';
	}
	setTimeout(refresh, 1000);
}
refresh();
`;

/** The page for people, at `/`. It asks for `/state.json` every second. */
export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>MoEngage emulator</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<h1>MoEngage emulator</h1>
<p id="lead">A local stand-in for MoEngage. Nothing here reaches a real account.</p>
<section>
<h2>Cohorts</h2>
<table>
<thead><tr><th>Name</th><th>ID</th><th class="number">Members</th></tr></thead>
<tbody id="cohorts"></tbody>
</table>
<p id="cohorts-none"></p>
<p id="unknown"></p>
</section>
<section>
<h2>Rate limit</h2>
<div class="bar"><div id="used"></div></div>
<p id="rate"></p>
</section>
<section>
<h2>Latest requests</h2>
<table>
<thead><tr><th>Time</th><th>Action</th><th>Cohort</th><th class="number">Members</th>
<th class="number">Bytes</th><th>Status</th><th>Message</th></tr></thead>
<tbody id="requests"></tbody>
</table>
<p id="requests-none"></p>
</section>
<script>${script}</script>
</body>
</html>
`;
