import Ajv from 'ajv';
import type { IDataObject } from 'n8n-workflow';
import add from '../../nodes/MoEngageCohortSync/__schema__/v1.0.0/cohort/add.json';
import check from '../../nodes/MoEngageCohortSync/__schema__/v1.0.0/cohort/check.json';
import mirror from '../../nodes/MoEngageCohortSync/__schema__/v1.0.0/cohort/mirror.json';
import remove from '../../nodes/MoEngageCohortSync/__schema__/v1.0.0/cohort/remove.json';
import update from '../../nodes/MoEngageCohortSync/__schema__/v1.0.0/cohort/update.json';
import type { Operation } from '../../nodes/MoEngageCohortSync/model/settings';
import { OPERATIONS } from '../../nodes/MoEngageCohortSync/model/settings';
import { useEmulator } from '../support/emulatedNode';
import { jsonOf } from '../support/workflow';

const node = useEmulator();

type Fields = Record<string, { type: unknown; enum?: unknown[] }>;

const schemas: Record<Operation, { properties: Fields }> = { add, check, mirror, remove, update };

/** Items that bring out every kind of result that their operation has. */
const items: IDataObject[] = [
	{ uid: 'known', is_member: true },
	{ anonymous_id: 'visitor', is_member: 'exited' },
	{ uid: 'known', is_member: false },
	{ uid: 'known', is_member: true },
	{ uid: 'known', is_member: true },
];

async function resultsOf(operation: Operation, dryRun: boolean) {
	const { success, thrown } = await node.run({
		// Nobody is looked up by an anonymous ID.
		items: operation === 'check' ? items.map((item) => ({ uid: 'stranger', ...item })) : items,
		onError: 'continueErrorOutput',
		secondInput: [{ uid: 'known' }, { uid: 'left' }],
		parameters: { operation, previousMembers: 'input', options: { dryRun } },
	});
	expect(thrown).toBeUndefined();
	return jsonOf(success);
}

test.each(OPERATIONS)(
	'the fields that n8n shows before the first run are those that "%s" puts out, no more and no less',
	async (operation) => {
		const schema = schemas[operation];
		await node.restart({ known: [{ uid: 'known' }] });
		const results = [...(await resultsOf(operation, false)), ...(await resultsOf(operation, true))];
		const validate = new Ajv({ allowUnionTypes: true }).compile({
			type: 'array',
			minItems: 2 * items.length,
			items: schema,
		});
		validate(results);
		expect(validate.errors).toBeNull();

		const seen = (field: string) =>
			new Set(results.filter((result) => field in result).map((result) => result[field]));
		expect(new Set(results.flatMap(Object.keys))).toEqual(new Set(Object.keys(schema.properties)));
		for (const [field, { enum: values }] of Object.entries(schema.properties)) {
			if (values !== undefined) expect(seen(field)).toEqual(new Set(values));
		}
	},
);
