import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import type { EmulatorOptions } from '../../emulator/model';
import { VirtualN8n } from '../support/virtualNode';
import { jsonOf } from '../support/workflow';

type Known = EmulatorOptions['known'];

const OTHER = { uid: 'x' };

/** Mirrors these audiences one after the other, and gives who is in the cohort at the end. */
async function mirrored(known: Known, ...audiences: IDataObject[][]): Promise<string[]> {
	const n8n = new VirtualN8n(1, { known: known ?? [] });
	for (const items of audiences) {
		const parameters = { operation: 'mirror', removalLimit: 100 };
		const { thrown } = await n8n.run({ items, parameters });
		expect(thrown).toBeUndefined();
	}
	return n8n.model.memberIds('vip');
}

describe('a user with several identifiers', () => {
	test('is removed under each of them', async () => {
		const n8n = new VirtualN8n(1, { known: [{ anonymous_id: 'a2' }] });
		await n8n.run({ items: [{ anonymous_id: 'a2' }] });
		expect(n8n.model.memberIds('vip')).toEqual(['a2']);
		const { success } = await n8n.run({
			items: ['a1', 'a2'].map((anonymous_id) => ({ uid: 'crm-7', anonymous_id })),
			parameters: { operation: 'remove' },
		});
		expect(jsonOf(success).map(({ status }) => status)).toEqual(['accepted', 'accepted']);
		expect(n8n.model.memberIds('vip')).toEqual([]);
	});

	const both = { uid: 'u0', anonymous_id: 'a0' };

	test.each<[what: string, known: Known, audiences: IDataObject[][], members: string[]]>([
		[
			'leaves under all that it ever came with',
			[{ anonymous_id: 'a1' }, { anonymous_id: 'a2' }, OTHER],
			[
				[{ uid: 'u1', anonymous_id: 'a1' }, OTHER],
				[{ uid: 'u1', anonymous_id: 'a2' }, OTHER],
				[OTHER],
			],
			['x'],
		],
		[
			'stays where it leaves under its anonymous ID alone',
			[both, OTHER],
			[
				[{ uid: 'u0' }, { anonymous_id: 'a0' }, OTHER],
				[{ uid: 'u0' }, OTHER],
			],
			['u0', 'x'],
		],
		[
			'stays where it leaves under its user ID alone',
			[both, OTHER],
			[
				[{ uid: 'u0' }, { anonymous_id: 'a0' }, OTHER],
				[{ anonymous_id: 'a0' }, OTHER],
			],
			['u0', 'x'],
		],
		[
			'is in at once when it comes with an identifier that MoEngage knows',
			[{ anonymous_id: 'a1' }, OTHER],
			[
				[{ uid: 'u1' }, OTHER],
				[{ uid: 'u1', anonymous_id: 'a1' }, OTHER],
			],
			['a1', 'x'],
		],
	])('%s', async (_what, known, audiences, members) => {
		expect(await mirrored(known, ...audiences)).toEqual(members);
	});

	/** How somebody comes in one run: by these rows. Two devices without a user ID are two users to a mirror. */
	const ROWS: ReadonlyArray<ReadonlyArray<'u' | 'a' | 'b' | 'ua' | 'ub'>> = [
		[],
		...[['u'], ['a'], ['b'], ['ua'], ['ub']],
		...[
			['ua', 'ub'],
			['u', 'a'],
			['ua', 'b', 'u'],
			['ub', 'a'],
		],
	] as never;

	const rowOf = (person: number, way: string): IDataObject => ({
		...(way.includes('u') ? { uid: `u${person}` } : {}),
		...(/[ab]/.test(way) ? { anonymous_id: `${way.at(-1)}${person}` } : {}),
	});

	test('is in the cohort after each run if it is in the audience, and out if not', async () => {
		const people = [0, 1, 2, 3];
		const step = fc.tuple(...people.map(() => fc.constantFrom(...ROWS)));
		await fc.assert(
			fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
				const known = people.map((person) => ({
					uid: `u${person}`,
					anonymous_ids: [`a${person}`, `b${person}`],
				}));
				const n8n = new VirtualN8n(1, { known });
				for (const ways of steps) {
					const items = ways.flatMap((rows, person) => rows.map((way) => rowOf(person, way)));
					const { thrown } = await n8n.run({
						items: [...items, OTHER],
						parameters: { operation: 'mirror', removalLimit: 100 },
					});
					expect(thrown).toBeUndefined();
					const wanted = people.filter((person) => (ways[person]?.length ?? 0) > 0);
					expect(n8n.model.memberIds('vip')).toEqual(wanted.map((person) => `u${person}`));
				}
			}),
			{ numRuns: 100 },
		);
	}, 120_000);
});
