// Plain JavaScript, since n8n's lint rules let no TypeScript file read a folder.
const fs = require('node:fs');
const path = require('node:path');
const { NodeHelpers } = require('n8n-workflow');
const { MoEngageCohortSync } = require('../../nodes/MoEngageCohortSync/MoEngageCohortSync.node');

const folder = path.join(__dirname, '..', '..', 'examples');
const documentation = fs.readFileSync(
	path.join(__dirname, '..', '..', 'docs', 'examples.md'),
	'utf8',
);
const { description } = new MoEngageCohortSync();

const OURS = /^n8n-nodes-moengage\.moEngageCohortSync(Tool)?$/;
const NOTE = 'n8n-nodes-base.stickyNote';
/** What a canvas node takes, its name included, in the editor of n8n 2.40. */
const NODE_SIZE = { width: 96, height: 144 };

/** The newest version of each node that both n8n 1.123.81 and 2.41.1 have (read from them, 2026-11-26). */
const KNOWN = {
	'@n8n/n8n-nodes-langchain.agent': 3,
	'@n8n/n8n-nodes-langchain.chatTrigger': 1.4,
	'@n8n/n8n-nodes-langchain.lmChatOpenAi': 1.3,
	'@n8n/n8n-nodes-langchain.memoryBufferWindow': 1.3,
	'n8n-nodes-base.code': 2,
	'n8n-nodes-base.dataTable': 1,
	'n8n-nodes-base.extractFromFile': 1.1,
	'n8n-nodes-base.filter': 2.3,
	'n8n-nodes-base.httpRequest': 4.3,
	'n8n-nodes-base.if': 2.3,
	'n8n-nodes-base.limit': 1,
	'n8n-nodes-base.manualTrigger': 1,
	'n8n-nodes-base.noOp': 1,
	'n8n-nodes-base.postgres': 2.6,
	'n8n-nodes-base.readWriteFile': 1,
	'n8n-nodes-base.removeDuplicates': 2,
	'n8n-nodes-base.respondToWebhook': 1.5,
	'n8n-nodes-base.scheduleTrigger': 1.3,
	'n8n-nodes-base.set': 3.4,
	'n8n-nodes-base.sort': 1,
	'n8n-nodes-base.splitOut': 1,
	'n8n-nodes-base.stickyNote': 1,
	'n8n-nodes-base.stopAndError': 1,
	'n8n-nodes-base.switch': 3.4,
	'n8n-nodes-base.wait': 1.1,
	'n8n-nodes-base.webhook': 2.1,
	'n8n-nodes-moengage.moEngageCohortSync': 1,
	'n8n-nodes-moengage.moEngageCohortSyncTool': 1,
};

/** Names of n8n's own that the notes use, and the statuses of the results. */
const OTHER_NAMES = [
	...['Continue (using error output)', 'Description', 'Error workflow', 'On Error', 'Settings'],
	...['Always Output Data', 'Delimiter', 'Encoding', 'Executions'],
	...['Make Chat Publicly Available', 'Production URL', 'System Message'],
	...['accepted', 'failed', 'invalid', 'not_sent', 'rejected'],
];

/** What n8n adds to the fields of a node that an AI agent uses. */
const TOOL_FIELDS = ['descriptionType', 'toolDescription'];

const files = fs.readdirSync(folder).sort();

test('there are nine examples', () => {
	expect(files).toHaveLength(9);
	for (const file of files) expect(file).toMatch(/^[a-z-]+\.json$/);
});

describe.each(files)('%s', (file) => {
	const text = fs.readFileSync(path.join(folder, file), 'utf8');
	const workflow = JSON.parse(text);
	const { nodes, connections } = workflow;
	const notes = nodes.filter(({ type }) => type === NOTE);
	const others = nodes.filter(({ type }) => type !== NOTE);

	test('holds a workflow and nothing of the n8n that it was made in', () => {
		expect(Object.keys(workflow).sort()).toEqual([
			'connections',
			'name',
			'nodes',
			'pinData',
			'settings',
		]);
		expect(workflow.pinData).toEqual({});
		expect(workflow.settings).toEqual({ executionOrder: 'v1' });
		for (const node of nodes) expect(node).not.toHaveProperty('credentials');
		expect(text).not.toMatch(/instanceId|cachedResultUrl|sk-|password|secretKey/);
	});

	test('uses nodes that n8n 1.123 and 2.41 have, each with an id and a name of its own', () => {
		for (const { type, typeVersion } of nodes) {
			expect(Object.keys(KNOWN)).toContain(type);
			expect(typeVersion).toBeLessThanOrEqual(KNOWN[type]);
		}
		for (const key of ['id', 'name']) {
			expect(new Set(nodes.map((node) => node[key])).size).toBe(nodes.length);
		}
	});

	test('connects nodes that are there, and leaves none out', () => {
		const names = others.map(({ name }) => name);
		const connected = Object.entries(connections).flatMap(([from, outputs]) => [
			from,
			...Object.values(outputs)
				.flat(2)
				.map(({ node }) => node),
		]);
		expect(new Set(connected)).toEqual(new Set(names));
	});

	test('says in a note what it does and the two or three steps to use it', () => {
		const [first] = notes.map(({ parameters }) => parameters.content);
		expect(first).toMatch(/^## \S/);
		expect(first).toMatch(/\*\*To use it\*\*\n1\. .+\n2\. .+/);
		expect(first).not.toMatch(/\n4\. /);
	});

	test('names in its notes only nodes and fields that are there', () => {
		const known = [
			...others.map(({ name }) => name),
			...description.properties.flatMap(({ displayName, options = [] }) => [
				displayName,
				...options.map((option) => option.displayName ?? option.name),
			]),
			...OTHER_NAMES,
		];
		for (const { parameters } of notes) {
			const named = [...parameters.content.matchAll(/(?<!\*)\*([^*\n]+)\*(?!\*)/g)];
			for (const [, name] of named) expect(known).toContain(name);
		}
	});

	test('lies from left to right, with nothing on top of anything else', () => {
		const boxes = nodes.map(({ name, type, position: [x, y], parameters }) => {
			const { width, height } = type === NOTE ? parameters : NODE_SIZE;
			return { name, left: x, right: x + width, top: y, bottom: y + height };
		});
		const overlaps = boxes.flatMap((one, i) =>
			boxes
				.slice(i + 1)
				.filter(
					(other) =>
						one.left < other.right &&
						other.left < one.right &&
						one.top < other.bottom &&
						other.top < one.bottom,
				)
				.map((other) => [one.name, other.name]),
		);
		expect(overlaps).toEqual([]);
		const left = new Map(boxes.map((box) => [box.name, box.left]));
		for (const [from, { main = [] }] of Object.entries(connections)) {
			for (const { node } of main.flat()) {
				if (isWayBack(nodes, from)) continue;
				expect(left.get(from)).toBeLessThan(left.get(node));
			}
		}
	});

	test("fills in this package's node as its fields allow", () => {
		const ours = nodes.filter(({ type }) => OURS.test(type));
		expect(ours.length).toBeGreaterThan(0);
		for (const node of ours) {
			const { parameters } = node;
			const fields = description.properties.map(({ name }) => name);
			const extra = node.type.endsWith('Tool') ? TOOL_FIELDS : [];
			for (const name of Object.keys(parameters)) expect([...fields, ...extra]).toContain(name);
			const options = description.properties.find(({ name }) => name === 'options').options;
			for (const name of Object.keys(parameters.options ?? {})) {
				expect(options.map((option) => option.name)).toContain(name);
			}
			const filled = NodeHelpers.getNodeParameters(
				description.properties,
				parameters,
				true,
				false,
				node,
				description,
			);
			expect(
				NodeHelpers.getNodeParametersIssues(
					description.properties,
					{ ...node, parameters: filled },
					description,
				),
			).toBeNull();
		}
	});

	test('has its section in docs/examples.md', () => {
		expect(documentation).toContain(`](../examples/${file})`);
	});
});

/** A Wait leads back to the node that is tried again. */
function isWayBack(nodes, from) {
	return nodes.find(({ name }) => name === from).type === 'n8n-nodes-base.wait';
}
