import { pageScript } from './pageScript';
import { pageStyle } from './pageStyle';

/**
 * The page for browsers, at `/`. It requests `/state.json` every second, and `/cohort.json` while a cohort is open.
 */
export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>MoEngage emulator</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<h1>MoEngage emulator</h1>
<p id="lead">A local MoEngage emulator. Nothing here reaches a real account.</p>
<section>
<h2>Cohorts</h2>
<table>
<thead><tr><th>Name</th><th>ID</th><th>State</th><th class="number">Members</th>
<th class="number">Users ignored</th></tr></thead>
<tbody id="cohorts"></tbody>
</table>
<p id="cohorts-none"></p>
<p id="unknown"></p>
<p id="placeholders"></p>
</section>
<section>
<h2>Rate limits</h2>
<div class="bar"><div id="used"></div><div id="others"></div></div>
<p id="rate"></p>
<p id="lookups"></p>
</section>
<section>
<h2>Latest requests</h2>
<table>
<thead><tr><th>Time</th><th>Request</th><th>Cohort</th><th class="number">Users</th>
<th class="number">Bytes</th><th>Status</th><th>Message</th></tr></thead>
<tbody id="requests"></tbody>
</table>
<p id="requests-none"></p>
</section>
<dialog id="cohort" aria-labelledby="cohort-name">
<form method="dialog"><button>Close</button></form>
<h2 id="cohort-name"></h2>
<h3>Members</h3>
<table>
<thead><tr><th>User ID (uid)</th><th>Anonymous IDs</th></tr></thead>
<tbody id="members"></tbody>
</table>
<p id="members-none"></p>
<p id="members-more"></p>
<h3>Users ignored</h3>
<p id="ignored-count"></p>
<table>
<thead><tr><th>User ID (uid)</th><th>Anonymous IDs</th></tr></thead>
<tbody id="ignored"></tbody>
</table>
<p id="ignored-none"></p>
<p id="ignored-more"></p>
<h3>Latest requests</h3>
<table>
<thead><tr><th>Time</th><th>Request</th><th class="number">Users</th><th>Timestamp</th><th>Status</th>
<th>Message</th></tr></thead>
<tbody id="changes"></tbody>
</table>
<p id="changes-none"></p>
</dialog>
<script>${pageScript}</script>
</body>
</html>
`;
