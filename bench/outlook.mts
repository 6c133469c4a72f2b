import { markdownTable } from 'markdown-table';
import { MAX_MEMORY_LENGTH } from '../nodes/MoEngageCohortSync/mirror/workflowMemberStore.js';
import { ID_KINDS } from './audience.mjs';
import { duration, figure } from './figures.mjs';
import type { Records } from './records.mjs';

const REQUESTS_PER_MINUTE = 300;
const KIND = '36 characters';

/** MoEngage's File Segment API, as published (read 2026-11). */
const FILE = { megabytes: 150, anHour: 10, aDay: 100 };

/** What keeps the node from being faster. */
export function limits({ client, window, memory, eventLoop, mapping, mirror }: Partial<Records>) {
	const paragraphs: string[] = [];
	const row = client?.result.find(({ kind, size }) => kind === KIND && size === 100_000);
	if (row !== undefined) {
		const helper = row.bareInN8nMs.median - row.bareMs.median;
		paragraphs.push(
			`**Below the rate limit, time goes into n8n's HTTP helper and the work per item.** For ${figure(row.size)} members, the bare client takes ${duration(row.bareMs.median)}; the same work with n8n's helper takes ${duration(row.bareInN8nMs.median)}, ${duration(helper / row.requests)} more per request: the helper opens a new connection, evaluates the credential's expressions and uses axios, and a community node with a credential has no other way. The remaining ${duration(row.nodeMs.median - row.bareInN8nMs.median)} go into what the bare client leaves out: ${figure(((row.nodeMs.median - row.bareInN8nMs.median) * 1000) / row.size)} µs per item for checking identifiers, finding duplicates, creating an outcome and a result for each item, and garbage collection.`,
		);
	}
	if (window !== undefined) {
		paragraphs.push(
			`**Beyond ${REQUESTS_PER_MINUTE} requests, the rate limit decides.** Everything else measured here then makes no difference. Latency matters only if five parallel requests can't use up the limit, from ${duration((5 * 60_000) / REQUESTS_PER_MINUTE)} on; then raise 'Parallel Requests'.`,
		);
	}
	const engine = mapping?.result.find(({ way }) => way.endsWith('2.x'))?.us.median;
	const reference = mapping?.result.find(({ way }) => way === 'plain reference')?.us.median;
	const field = mapping?.result.find(({ way }) => way === 'reading the field')?.us.median;
	if (engine !== undefined && reference !== undefined && field !== undefined) {
		paragraphs.push(
			`**An expression that is more than a plain reference costs ${duration(engine / 1000)} per item**, ${duration(engine * 1000)} for a million, in n8n's own engine. For large audiences, compute such a field in an earlier node. A plain reference takes ${figure(reference * 1000)} ns, ${figure(field * 1000)} ns of it for reading the field; the rest makes sure that the value is the item's own plain data.`,
		);
	}
	const million = mirror?.result.find(({ size }) => size === 1_000_000);
	if (million !== undefined) {
		const { read, compare, write } = million.ms;
		paragraphs.push(
			`**Mirror** adds ${duration(read.median + compare.median + write.median)} to a run of a million members, and n8n loads and saves ${figure((million.bytesPerMember * million.size) / 1e6)} MB of static data with every execution of the workflow.`,
		);
	}
	if (memory !== undefined && eventLoop !== undefined) {
		const { mb, size } = memory.result;
		paragraphs.push(
			`**Memory** is mostly n8n's own: ${figure(mb['a node that does nothing'].median)} MB for ${figure(size)} items in a workflow whose node does nothing. Of what the node adds, one result per item costs the most; with the option 'Output' set to 'One Item per Cohort' it adds ${figure(mb.summary.median - mb['a node that does nothing'].median)} MB instead of ${figure(mb.items.median - mb['a node that does nothing'].median)} MB.`,
		);
	}
	return paragraphs.length === 0 ? '' : ['## Bottlenecks', ...paragraphs].join('\n\n');
}

/** What the figures mean for cohorts that are larger than any of these. */
export function outlook({ requests, mirror, memory }: Partial<Records>): string {
	const perRequest = requests?.result.find(({ ids }) => ids === KIND)?.membersPerRequest;
	const perMember = mirror?.result.at(-1)?.bytesPerMember;
	if (perRequest === undefined || perMember === undefined || memory === undefined) return '';
	const { mb, size } = memory.result;
	const memoryOf = (members: number) => `${figure((mb.summary.median * members) / size / 1024)} GB`;
	const rows = [1_000_000, 10_000_000, 100_000_000].map((members) => {
		const count = Math.ceil(members / perRequest);
		const minutes = Math.ceil(count / REQUESTS_PER_MINUTE) - 1;
		return [
			figure(members),
			figure(count),
			duration(minutes * 60_000),
			`${figure((perMember * members) / 1e6)} MB`,
			memoryOf(members),
			figure(Math.ceil(members / size)),
		];
	});
	const remembered = MAX_MEMORY_LENGTH / perMember;
	const perMinute = perRequest * REQUESTS_PER_MINUTE;
	const fileMembers = (FILE.megabytes * 1e6) / (ID_KINDS[KIND](0).length + 1);
	return `## Ten million, a hundred million

With identifiers of ${KIND}, ${figure(perRequest)} members fit into a request, so ${REQUESTS_PER_MINUTE} requests a minute carry at most ${figure(perMinute)} members. Extrapolated from the measurements above:

${markdownTable(
	[
		[
			'members',
			'requests',
			'minimum time',
			'saved by Mirror',
			'memory in one execution, summary',
			`executions of ${figure(size)}`,
		],
		...rows,
	],
	{ align: ['r', 'r', 'r', 'r', 'r', 'r'] },
)}

- **Time.** The limit applies to the whole workspace, so more workers make nothing faster. Several workers share it automatically.
- **Memory.** n8n holds all items of an execution at once. Beyond a million, read the source in parts, such as ${figure(size)} rows per execution, with Add, Remove or Update and the output 'One Item per Cohort'. These operations work with any part of an audience. The executions can run one after another or on several workers.
- **Mirror needs the whole audience**, because anyone missing from it is removed. A workflow can save up to about ${figure(Math.floor(remembered / 10_000) * 10_000)} members with IDs of ${KIND}, for all of its cohorts together; beyond that, keep them in a database or a Data Table and use 'Second Input'. Or have the database compare, and send the two lists with Add and Remove.
- **MoEngage's File Segment API is the better tool** for a full list of many millions: one file of ${FILE.megabytes} MB holds about ${figure(Math.round(fileMembers / 1e5) * 1e5)} identifiers of ${KIND}, and ${FILE.anHour} operations an hour and ${FILE.aDay} a day are allowed (as published, read 2026-11). Cohort Sync is better for changes: if 1% of 100 million users enter or leave in a day, that is ${figure(Math.ceil(1_000_000 / perRequest))} requests. A segment created with one of the two can't be changed with the other.`;
}
