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

How fast the node is, beside what else could do its work, on one machine. Every number here is measured or worked out from one that is; \`docs/performance.json\` holds them all.

## How to measure again

| command | what it does |
| --- | --- |
| \`npm run bench\` | everything, in about 15 minutes on two cores; installs n8n first where it is missing |
| \`npm run bench -- client mirror\` | some comparisons only: ${Object.keys(COMPARISONS).join(', ')} |
| \`npm run bench -- --short\` | shows in seconds that the comparisons work; its figures say nothing |

A comparison repeats its sides in turn in the same run, so that whatever else the machine does meets all of them alike, and gives the median with the least and the most in brackets. A ratio is taken between neighbours of the same round. MoEngage's side is a process of its own that answers at once, or after a set time. What is measured is compiled as the package is. Where the rate window is not the subject, 'Requests per Minute' is 6,000.`;

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
		'## What is aimed at',
		table(['figure', 'aim', 'measured', 'reached'], rows),
		...(reasons.length === 0 ? [] : [`What is not reached, and why:\n\n${reasons.join('\n')}`]),
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
	) => `The bare client is what a good engineer writes for one audience: it packs by bytes and posts over five connections that stay open. It knows no duplicates, no retries, no rate window and no result for each item. *Bare in n8n* is the same work in a node that gives no results, posted by n8n's own HTTP helper, which every node has to use. The node's time is that of its own work in n8n-core's engine.

${table(
	[
		'identifiers',
		'members',
		'requests',
		'node, ms',
		'bare, ms',
		'bare in n8n, ms',
		'node / bare',
		'node / bare in n8n',
	],
	rows.map((row) => [
		row.kind,
		figure(row.size),
		figure(row.requests),
		withSpread(row.nodeMs),
		withSpread(row.bareMs),
		withSpread(row.bareInN8nMs),
		withSpread(row.ratio),
		withSpread(row.ratioInN8n),
	]),
)}`,
	recipe: (
		rows,
	) => `A webhook brings the items, Split Out takes them apart, and the webhook answers when the last node is done; nothing is stored. All times are less that of the same workflow without the nodes compared. Only the node retries, keeps to the rate limit and says what became of each item.

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
		'the rest of the workflow, ms',
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
		withSpread(row.restMs),
	]),
)}`,
	requests: (
		rows,
	) => `The least is the bytes of all members, commas included, over the room in a request: no way of sharing them out needs fewer.

${table(
	['identifiers', 'members', 'requests', 'the least', 'members in a full request'],
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
	) => `In virtual time, against the emulator, which counts every request in a rolling minute and would answer 429 to the 301st. Two things take longer than the window alone would: the first request of a cohort goes alone, since it may create the segment; and a place in the window is free again a minute after the answer, not the start, since the server may count a request as late as that. Each is worth about one latency a minute, and the second is why no request was refused.

${table(
	[
		'members',
		'latency, ms',
		'requests',
		'simulated',
		'least, five parallel',
		'least, any number parallel',
		'over the least, five parallel',
		'over the least, any number',
		'most in a minute',
		'refused',
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
	mapping: (
		rows,
	) => `A plain reference such as \`{{ $json.uid }}\` is read straight from the item, with the checks that keep it equal to what n8n's engine gives; every other expression goes through that engine, item by item.

${table(
	['way', 'microseconds an item'],
	rows.map(({ way, us }) => [way, figure(us.median)]),
)}`,
	mirror: (
		rows,
	) => `1% of the members leave and as many come. *Read* and *write* turn the workflow's static data into members and back, its check sum included; n8n itself takes the text to and from its database.

${table(
	['members', 'read, ms', 'plan, ms', 'compare, ms', 'write, ms', 'stored, MB', 'bytes a member'],
	rows.map(({ size, ms, bytesPerMember }) => [
		figure(size),
		withSpread(ms.read),
		withSpread(ms.plan),
		withSpread(ms.compare),
		withSpread(ms.write),
		figure((bytesPerMember * size) / 1e6),
		figure(bytesPerMember),
	]),
)}`,
	cohorts: ({
		cohorts,
		members,
		rows,
	}) => `One workflow mirrors ${figure(cohorts)} cohorts of ${figure(members)} members each, one in each execution, ${rows.length} times over, in one process: what the process keeps for the next execution must not grow. n8n hands the memory of all cohorts to every execution, which the first round builds up.

${table(
	['round', 'an execution, ms', 'heap after it, MB', 'peak so far, MB'],
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
	}) => `The peak resident set of a process that runs one workflow of ${figure(size)} items in n8n-core's engine, and nothing else.

${table(
	['node', 'peak, MB', 'more than nothing, MB', 'bytes an item'],
	Object.entries(mb).map(([variant, peak]) => {
		const more = peak.median - mb['a node that does nothing'].median;
		return [variant, withSpread(peak), figure(more), figure(Math.round((more * 2 ** 20) / size))];
	}),
)}`,
	eventLoop: ({
		size,
		rows,
	}) => `While the node works on ${figure(size)} items, n8n can answer others after this long at the latest. The node works in stretches of 50 ms; what is longer than that is V8's garbage collector, which nothing can interrupt, or one of the few steps that can't be cut: joining a text of all members, sorting out a result.

${table(
	['run', 'longest stretch, ms', 'longest pause for garbage in it, ms'],
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
