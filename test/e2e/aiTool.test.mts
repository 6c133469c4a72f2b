import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { demoAccount } from '../../emulator/model.js';
import { readExample } from '../../demo/example.mjs';
import { outputOf, type Workflow } from '../../local-n8n/client.mjs';
import { startChatModel, type ChatModel } from './chatModel.mjs';
import { openScene, type CredentialReference, type Scene } from './scene.mjs';
import type { Parameters } from './workflow.mjs';

const TOOL = 'n8n-nodes-moengage.moEngageCohortSyncTool';
const AGENT = 'AI Agent';
const COHORT = 'beta-testers';
/** In the older version, the agent itself calls its tools; in the newer one, n8n's engine does. */
const AGENT_VERSIONS = [2.2, 3];

let scene: Scene;
let model: ChatModel;
let modelCredential: CredentialReference;

before(async () => {
	model = await startChatModel();
	scene = await openScene('e2e-ai-tool');
	modelCredential = await scene.client.createCredential({
		name: 'A model on this machine',
		type: 'openAiApi',
		data: { apiKey: 'none', url: model.url },
	});
});

after(async () => {
	await scene?.close();
	await model?.close();
});

/** The example with the scripted model, and with the tool's parameters changed. */
async function example(tool: Parameters = {}, credential = scene.credential) {
	return readExample('ai-agent-adds-a-user.json', credential, {
		'OpenAI Chat Model': { credentials: { openAiApi: modelCredential } },
		'Add to Beta Testers': { parameters: tool },
	});
}

function withAgent(version: number, workflow: Workflow): Workflow {
	const nodes = workflow.nodes.map((node) =>
		node.name === AGENT ? { ...node, typeVersion: version } : node,
	);
	return { ...workflow, nodes };
}

/** A chat message from a person. */
function message(chatInput: string) {
	return { sessionId: 'a conversation', action: 'sendMessage', chatInput };
}

/** The tool's result, as the model received it. */
function toolAnswer() {
	const { content } = model.heard.at(-1)?.messages.findLast(({ role }) => role === 'tool') ?? {};
	return String(content);
}

/** The tool that n8n generates from the node. */
async function derivedTool() {
	const tool = (await scene.client.nodeTypes()).find(({ name }) => name === TOOL);
	assert.ok(tool, `n8n has no ${TOOL}`);
	return tool;
}

test('n8n generates a tool from the node, with its fields, its credential and an editable description', async () => {
	const { displayName, inputs, outputs, credentials, properties } = await derivedTool();
	assert.deepEqual(
		{ displayName, inputs, outputs, credentials },
		{
			displayName: 'MoEngage Cohort Sync Tool',
			inputs: [],
			outputs: ['ai_tool'],
			credentials: [{ name: 'moEngageApi', required: true }],
		},
	);
	const names = properties.map(({ name }) => name);
	for (const name of ['descriptionType', 'toolDescription', 'operation', 'cohortId', 'userId']) {
		assert.ok(names.includes(name), name);
	}
});

describe('the model receives the name of the tool, the fields that it may fill in, and', () => {
	const written = 'Adds one user to the MoEngage cohort "Beta testers".';
	const automatic = 'Add members to cohort in MoEngage Cohort Sync';
	const descriptions = [
		{ what: "the operation's action", descriptionType: 'auto', description: automatic },
		{ what: 'the text that the user wrote', descriptionType: 'manual', description: written },
	];
	for (const { what, descriptionType, description } of descriptions) {
		test(`${what}, with Tool Description set to ${descriptionType}`, async () => {
			model.willSay({ text: 'Hello.' });
			const tool = { descriptionType, toolDescription: written };
			await scene.runNew(await example(tool), message('Hello'));
			const [offered, ...others] = model.heard[0]?.tools ?? [];
			assert.equal(others.length, 0);
			assert.equal(offered?.function.name, 'Add_to_Beta_Testers');
			assert.equal(offered.function.description, description);
			const { properties, required } = offered.function.parameters;
			const User_ID = {
				type: 'string',
				description:
					'The MoEngage user ID, exactly as the person wrote it: exactly one ID, no list',
			};
			assert.deepEqual(
				{ properties, required },
				{ properties: { User_ID }, required: ['User_ID'] },
			);
		});
	}
});

describe('ai-agent-adds-a-user.json', () => {
	test('the agent asks for confirmation, and adds the user after a yes', async () => {
		const id = await scene.client.createWorkflow(await example());
		const request = 'Please add customer-4711 to the testers';
		model.willSay({ text: 'Shall I add customer-4711?' });
		const question = await scene.run(id, message(request));
		assert.equal(question.status, 'success');
		assert.deepEqual(scene.emulator.model.memberIds(COHORT), []);
		const [system] = model.heard[0]?.messages ?? [];
		assert.match(JSON.stringify(system), /one user at a time/);

		model.willSay({ call: { User_ID: 'customer-4711' } }, { text: 'MoEngage has accepted it.' });
		const execution = await scene.run(id, message('Yes'));
		assert.equal(execution.status, 'success');
		assert.deepEqual(scene.emulator.model.memberIds(COHORT), ['customer-4711']);
		assert.ok(JSON.stringify(model.heard[0]?.messages).includes(request));
		assert.deepEqual(
			outputOf(execution, AGENT)[0]?.map(({ json }) => json.output),
			['MoEngage has accepted it.'],
		);
	});
});

for (const version of AGENT_VERSIONS) {
	describe(`a call by AI Agent ${version}`, () => {
		/** Makes one call of the tool, and returns what the model then received from it. */
		async function call(tool: Parameters, given: Record<string, unknown>, account = scene) {
			model.willSay({ call: given }, { text: 'Done.' });
			const workflow = withAgent(version, await example(tool, account.credential));
			const { status } = await scene.runNew(workflow, message('Yes'));
			assert.equal(status, 'success');
			assert.equal(model.heard.length, 2);
			return toolAnswer();
		}

		const cohort = { cohortId: `by-${version}`, cohortName: `By ${version}` };
		const members = () => scene.emulator.model.memberIds(cohort.cohortId);

		test('adds, updates and removes a member, and the model gets the result', async () => {
			const isMember = { membership: "={{ $fromAI('is_member', '', 'boolean') }}" };
			assert.match(await call(cohort, { User_ID: 'Oslo' }), /"status":"accepted","action":"add"/);
			assert.deepEqual(members(), ['Oslo']);
			const left = { User_ID: 'Oslo', is_member: false };
			assert.match(await call({ ...cohort, ...isMember, operation: 'update' }, left), /"remove"/);
			assert.deepEqual(members(), []);
			await call({ ...cohort, ...isMember, operation: 'update' }, { ...left, is_member: true });
			assert.deepEqual(members(), ['Oslo']);
			assert.match(await call({ ...cohort, operation: 'remove' }, { User_ID: 'Oslo' }), /"remove"/);
			assert.deepEqual(members(), []);
		});

		const refusals = [
			{
				what: 'Mirror',
				tool: { operation: 'mirror' },
				words: /An AI agent can't mirror an audience.*Choose 'Add Members'/,
			},
			{ what: 'an empty user ID', given: { User_ID: ' ' }, words: /User ID/ },
			{ what: 'a bad cohort name', tool: { cohortName: 'a|b' }, words: /"error":.*cohort name/i },
		];
		for (const { what, tool, given = { User_ID: 'Oslo' }, words } of refusals) {
			test(`gets a message that says why nothing was done: ${what}`, async () => {
				const { requests } = scene.emulator.model;
				const before = requests.length;
				assert.match(await call({ ...cohort, ...tool }, given), words);
				assert.equal(requests.length, before);
			});
		}

		test('gets a message that says that MoEngage rejects the keys, without the secret', async () => {
			const otherAccount = await scene.openAccount({ secret: 'another' });
			const answer = await call(cohort, { User_ID: 'Oslo' }, { ...scene, ...otherAccount });
			assert.match(answer, /"error":.*credential/i);
			assert.ok(!answer.includes(demoAccount.secret));
		});

		test('gets a message that says that MoEngage is unavailable', async () => {
			scene.emulator.model.fault({ status: 503 });
			const answer = await call({ ...cohort, options: { maxRetries: 0 } }, { User_ID: 'Oslo' });
			assert.match(answer, /"error":.*MoEngage/);
		});
	});
}
