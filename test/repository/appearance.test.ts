import type { INode } from 'n8n-workflow';
import { NodeHelpers, Workflow } from 'n8n-workflow';
import { MoEngageCohortSync } from '../../nodes/MoEngageCohortSync/MoEngageCohortSync.node';

test.each([
	['add', 'Add members to cohort in MoEngage Cohort Sync'],
	['remove', 'Remove members from cohort in MoEngage Cohort Sync'],
	['update', 'Update membership in cohort in MoEngage Cohort Sync'],
])('n8n tells an AI agent what the tool with the operation "%s" does', (operation, description) => {
	const type = new MoEngageCohortSync();
	const tool: INode = {
		id: 'tool',
		name: 'Tool',
		type: 'n8n-nodes-moengage.moEngageCohortSyncTool',
		typeVersion: 1,
		position: [0, 0],
		parameters: { descriptionType: 'auto', operation },
	};
	// As n8n does when it loads a workflow, which holds no defaults.
	const { properties } = type.description;
	const filled = NodeHelpers.getNodeParameters(
		properties,
		tool.parameters,
		true,
		false,
		tool,
		type.description,
	);
	Object.assign(tool.parameters, filled);
	expect(NodeHelpers.getToolDescriptionForNode(tool, type)).toBe(description);
});

test.each([
	['Add to VIP', { operation: 'add', cohortName: 'VIP', options: {} }],
	['Mirror to VIP', { operation: 'mirror', cohortName: 'VIP' }],
	['Remove from a cohort', { operation: 'remove', cohortName: '' }],
	[
		'Dry run: Update membership in VIP',
		{ operation: 'update', cohortName: 'VIP', options: { dryRun: true } },
	],
	['Add to a cohort', { operation: 'add', cohortName: '={{ $json.name }}' }],
	[
		'Add to a cohort',
		{ operation: 'add', cohortName: '=Tier {{ $("Customers").item.json.tier }}' },
	],
	[
		'Mirror to VIP',
		{ operation: 'mirror', cohortName: 'VIP', options: { dryRun: '={{ $json.dry }}' } },
	],
])('on the canvas it says below its name: %s', (subtitle, parameters) => {
	const type = new MoEngageCohortSync();
	const node = { id: 'sync', name: 'Sync', type: 'sync', typeVersion: 1, parameters };
	const workflow = new Workflow({
		nodes: [{ ...node, position: [0, 0] }],
		connections: {},
		active: false,
		nodeTypes: {
			getByName: () => type,
			getByNameAndVersion: () => type,
			getKnownTypes: () => ({}),
		},
	});
	const [ours] = Object.values(workflow.nodes);
	const { expression } = workflow;
	expect(
		ours && expression.getSimpleParameterValue(ours, type.description.subtitle, 'internal', {}),
	).toBe(subtitle);
});
