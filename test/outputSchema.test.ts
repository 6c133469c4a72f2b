import Ajv from 'ajv';
import type { IDataObject } from 'n8n-workflow';
import type { Emulator } from '../emulator/server';
import { startEmulator } from '../emulator/server';
import type { Operation } from '../nodes/MoEngageCohortSync/input/settings';
import { OPERATIONS } from '../nodes/MoEngageCohortSync/input/settings';
import add from '../nodes/MoEngageCohortSync/__schema__/v1.0.0/cohort/add.json';
import mirror from '../nodes/MoEngageCohortSync/__schema__/v1.0.0/cohort/mirror.json';
import remove from '../nodes/MoEngageCohortSync/__schema__/v1.0.0/cohort/remove.json';
import update from '../nodes/MoEngageCohortSync/__schema__/v1.0.0/cohort/update.json';
import { runWorkflow } from './support/workflow';

type Fields = Record<string, { type: unknown; enum?: unknown[] }>;

const schemas: Record<Operation, { properties: Fields }> = { add, mirror, remove, update };

/** Items that bring out every kind of result that their operation has. */
const items: IDataObject[] = [
	{ uid: 'known', is_member: true },
	{ anonymous_id: 'guest', is_member: 'exited' },
	{ uid: 'known', is_member: false },
	{ uid: 'known', is_member: true },
	{ uid: 'known', is_member: true },
];

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator({ appId: 'APP', secret: 'some-secret' });
});

afterEach(async () => await emulator.close());

async function resultsOf(operation: string, dryRun: boolean) {
	const { success, thrown } = await runWorkflow({
		items,
		secondInput: [{ uid: 'known' }, { uid: 'left' }],
		parameters: { operation, previousMembers: 'input', options: { dryRun } },
		credential: {
			appId: 'APP',
			secretKey: 'some-secret',
			dataCenter: 'custom',
			customUrl: emulator.url,
		},
	});
	expect(thrown).toBeUndefined();
	return success.map(({ json }) => json);
}

test.each(OPERATIONS)(
	'the fields that n8n shows before the first run are those that "%s" puts out, no more and no less',
	async (operation) => {
		const schema = schemas[operation];
		const results = [...(await resultsOf(operation, false)), ...(await resultsOf(operation, true))];
		const validate = new Ajv({ allowUnionTypes: true }).compile({
			type: 'array',
			minItems: 2 * items.length,
			items: schema,
		});
		validate(results);
		expect(validate.errors).toBeNull();

		const seen = (field: string) => new Set(results.map((result) => result[field]));
		expect(new Set(results.flatMap(Object.keys))).toEqual(new Set(Object.keys(schema.properties)));
		for (const [field, { enum: values }] of Object.entries(schema.properties)) {
			if (values !== undefined) expect(seen(field)).toEqual(new Set(values));
		}
	},
);
