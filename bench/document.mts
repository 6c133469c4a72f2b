import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { markdownTable } from 'markdown-table';
import { format, resolveConfig } from 'prettier';
import { COMPARISONS, type Name, type Results } from './comparisons.mjs';
import { duration, figure, withSpread } from './figures.mjs';
import { limits, outlook } from './outlook.mjs';
import type { Circumstances, Records } from './records.mjs';
import { targetsOf } from './targets.mjs';

/** Writes what was measured as a page for people. */
export async function writeDocument(folder: string, records: Partial<Records>): Promise<void> {
	const names = (Object.keys(COMPARISONS) as Name[]).filter((name) => records[name] !== undefined);
	const parts = [
		INTRODUCTION,
		targetTable(records),
		...names.map((name) => section(name, records)),
		limits(records),
		outlook(records),
	];
	const file = join(folder, 'performance.md');
	const options = { ...(await resolveConfig(import.meta.filename)), filepath: file };
	await writeFile(file, await format(parts.filter((part) => part !== '').join('\n\n'), options));
}

const INTRODUCTION = `# Performance

<!-- Written by \`npm run bench\` from performance.json. Change bench/ instead. -->

How fast the node is, compared with other ways to do the same work, on one machine. Every number here is measured or calculated from measurements, which are in \`docs/performance.json\`.

## How to measure again

| command | what it does |
| --- | --- |
| \`npm run bench\` | measures everything, in about 40 minutes on two cores; installs n8n first if needed |
| \`npm run bench -- client mirror\` | runs some comparisons only: ${Object.keys(COMPARISONS).join(', ')} |
| \`npm run bench -- --short\` | checks in seconds that the comparisons work; its numbers mean nothing |

Each comparison alternates between its candidates within the same run, so that other load on the machine affects them all alike. It shows the median, with the minimum and maximum in brackets. Ratios compare measurements of the same round. A separate process stands in for MoEngage and responds immediately, or after a set time. The measured code is compiled like the package. Except where the rate limit is the subject, 'Requests per Minute' is 6,000.`;

function targetTable(records: Partial<Records>): string {
	const targets = targetsOf(records);
	const rows = targets.map(({ figure: name, aim, measured, unit, isMet }) => [
		name,
		aim,
		`${figure(measured, 4)}${unit}`,
		isMet ? 'yes' : '**no**',
	]);
	const reasons = targets
		.filter(({ isMet, reason }) => !isMet && reason !== undefined)
		.map(({ figure: name, reason }) => `- *${name}*: ${reason}`);
	return [
		'## Targets',
		table(['what', 'target', 'measured', 'reached'], rows),
		...(reasons.length === 0 ? [] : [`Targets not reached, and why:\n\n${reasons.join('\n')}`]),
	].join('\n\n');
}

function section(name: Name, records: Partial<Records>): string {
	const record = records[name];
	if (record === undefined) return '';
	const text = TEXTS[name] as (result: unknown) => string;
	return `## ${COMPARISONS[name].title}\n\n${text(record.result)}\n\n${measuredOn(record)}`;
}

function measuredOn({ date, machine, node }: Circumstances): string {
	return `*${date}, Node.js ${node}, ${machine}.*`;
}

const TEXTS: { readonly [N in Name]: (result: Results[N]) => string } = {
	client: (
		rows,
	) => `The bare client is what a good engineer would write for one audience: it packs by bytes and posts over five connections that stay open. It doesn't handle duplicates, retries or the rate limit, and gives no result per item. *Bare in n8n* is the same work in a node that returns no results and posts with n8n's HTTP helper, which every node has to use. *Simple node* also sends each user only once and returns a result per item, and does nothing else. The node's time is the time of its own work in n8n-core's engine.

${table(
	[
		'identifiers',
		'members',
		'requests',
		'node, ms',
		'bare, ms',
		'bare in n8n, ms',
		'simple node, ms',
		'node / bare',
		'node / bare in n8n',
		'node / simple node',
	],
	rows.map((row) => [
		row.kind,
		figure(row.size),
		figure(row.requests),
		withSpread(row.nodeMs),
		withSpread(row.bareMs),
		withSpread(row.bareInN8nMs),
		withSpread(row.simpleNodeMs),
		withSpread(row.ratio),
		withSpread(row.ratioInN8n),
		withSpread(row.ratioToSimpleNode),
	]),
)}`,
	recipe: (
		rows,
	) => `A webhook receives the items, Split Out separates them, and the webhook responds when the last node is done. The times are those that n8n recorded for the compared nodes in the execution, in all their runs. Only this node retries, keeps to the rate limit and says what happened to each item.

${table(
	[
		'instead of the node',
		'items',
		'latency, ms',
		'its requests',
		"the node's requests",
		'its time, ms',
		"the node's time, ms",
		'times as long',
	],
	rows.map((row) => [
		row.rival,
		figure(row.size),
		figure(row.latencyMs),
		figure(row.rivalRequests),
		figure(row.nodeRequests),
		withSpread(row.rivalMs),
		withSpread(row.nodeMs),
		withSpread(row.ratio),
	]),
)}`,
	requests: (
		rows,
	) => `The minimum is the size of all members in bytes, including commas, divided by the space in a request. No way to distribute them needs fewer requests.

${table(
	['identifiers', 'members', 'requests', 'minimum', 'members in a full request'],
	rows.map((row) => [
		row.ids,
		figure(row.size),
		figure(row.requests),
		figure(row.least),
		figure(row.membersPerRequest),
	]),
)}`,
	window: (
		rows,
	) => `This runs in virtual time against the emulator, which counts every request in a rolling minute and would respond with 429 to the 301st. Two rules make a run longer than the limit alone would. The first request of a cohort is sent alone, because it may create the segment. And a request counts until a minute after its response, not after its start, because the server may count it that late. The first rule costs one latency per cohort, the second one per minute; the second is why no request was rejected.

${table(
	[
		'members',
		'latency, ms',
		'requests',
		'simulated',
		'minimum, five parallel',
		'minimum, any number parallel',
		'ratio to minimum, five parallel',
		'ratio to minimum, any number',
		'most in a minute',
		'rejected',
	],
	rows.map((row) => [
		figure(row.size),
		figure(row.latencyMs),
		figure(row.requests),
		duration(row.simulatedMs),
		duration(row.parallelMs),
		duration(row.windowMs),
		figure(row.simulatedMs / row.parallelMs, 4),
		figure(row.simulatedMs / row.windowMs, 4),
		figure(row.mostInAMinute),
		figure(row.refused),
	]),
)}`,
	lookups: (
		rows,
	) => `_Check Users_ in virtual time against the emulator, with every other user known. MoEngage looks up 1,000 users a minute, 20 in a request.

${table(
	[
		'users',
		'latency, ms',
		'requests',
		'simulated',
		'minimum, five parallel',
		'ratio to minimum',
		'rejected',
	],
	rows.map((row) => [
		figure(row.size),
		figure(row.latencyMs),
		figure(row.requests),
		duration(row.simulatedMs),
		duration(row.leastMs),
		figure(row.simulatedMs / row.leastMs, 4),
		figure(row.refused),
	]),
)}`,
	mapping: (
		rows,
	) => `A plain reference such as \`{{ $json.uid }}\` is read directly from the item, with checks that make the value the same as from n8n's expression engine. Every other expression goes through that engine, item by item.

${table(
	['way', 'microseconds per item'],
	rows.map(({ way, us }) => [way, figure(us.median)]),
)}`,
	mirror: (
		rows,
	) => `1% of the members leave and as many new ones come. *Read* and *write* convert the workflow's static data into members and back, including its checksum; n8n itself loads and saves the text in its database.

${table(
	['members', 'read, ms', 'plan, ms', 'compare, ms', 'write, ms', 'stored, MB', 'bytes per member'],
	rows.map(({ size, ms, bytesPerMember }) => [
		figure(size),
		withSpread(ms.read),
		withSpread(ms.plan),
		withSpread(ms.compare),
		withSpread(ms.write),
		figure((bytesPerMember * size) / 1e6),
		figure(bytesPerMember),
	]),
)}

What is stored depends on the IDs: UUIDs are stored as their 16 bytes, everything else is compressed.

${table(
	['ID', 'characters', 'stored bytes per member'],
	(rows.at(-1)?.kinds ?? []).map(({ kind, length, bytes }) => [
		kind,
		figure(length),
		figure(bytes),
	]),
)}`,
	cohorts: ({
		cohorts,
		members,
		rows,
	}) => `One workflow mirrors ${figure(cohorts)} cohorts of ${figure(members)} members each, one in each execution, ${rows.length} times, in one process: what the process keeps for the next execution must not grow. n8n passes the saved members of all cohorts to every execution; the first round builds them up.

${table(
	['round', 'per execution, ms', 'heap after it, MB', 'peak so far, MB'],
	rows.map(({ round, ms, heapMb, peakMb }) => [
		figure(round),
		withSpread(ms),
		figure(heapMb),
		figure(peakMb),
	]),
)}`,
	memory: ({
		size,
		mb,
	}) => `The peak memory (resident set) of a process that runs one workflow with ${figure(size)} items in n8n-core's engine and does nothing else.

${table(
	['node', 'peak, MB', 'more than the empty node, MB', 'bytes per item'],
	Object.entries(mb).map(([variant, peak]) => {
		const more = peak.median - mb['a node that does nothing'].median;
		return [variant, withSpread(peak), figure(more), figure(Math.round((more * 2 ** 20) / size))];
	}),
)}`,
	eventLoop: ({
		size,
		rows,
	}) => `While the node processes ${figure(size)} items, n8n responds to other requests after this time at the latest. The node works in slices of 50 ms. Longer blocks come from steps that can't be split: the growth of the table of all users, which V8 rebuilds at once and which takes longest; garbage collection; and joining all members into one text.

${table(
	['run', 'longest block, ms', 'longest garbage collection in it, ms'],
	rows.map(({ what, longestMs, longestGcMs }) => [
		what,
		withSpread(longestMs),
		withSpread(longestGcMs),
	]),
)}`,
};

function table(head: string[], rows: string[][]): string {
	const align = head.map((_, index) => (index === 0 ? 'l' : 'r'));
	return markdownTable([head, ...rows], { align });
}
