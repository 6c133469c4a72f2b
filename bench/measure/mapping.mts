import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { Bench } from 'tinybench';
import { createItemReader } from '../../nodes/MoEngageCohortSync/input/parameters.js';
import { evaluatedByN8n, useEngineOf2x } from '../../test/support/expressions.js';
import { audienceText } from '../audience.mjs';
import { inTurn, spreadOf, type Spread } from '../statistics.mjs';

export interface MappingRow {
	readonly way: string;
	/** Microseconds an item. */
	readonly us: Spread;
}

const TEXT = '={{ $json.uid }}';

/** What it takes to get a field's value for an item. */
export default async function measure(
	{ size, evaluated, rounds, timeMs }: Record<'size' | 'evaluated' | 'rounds' | 'timeMs', number>,
	report: (progress: string) => void,
): Promise<MappingRow[]> {
	const items = JSON.parse(audienceText(size, '36 characters')) as INodeExecutionData[];
	const { userId } = createItemReader(parametersOnly(), items, 'add');
	const byEngine = evaluatedByN8n(
		TEXT,
		items.map(({ json }): IDataObject => json),
	);
	let characters = 0;
	const read = (count: number, field: (item: number) => unknown) => () => {
		for (let item = 0; item < count; item++) characters += String(field(item)).length;
	};

	const ways: Record<string, () => void> = {
		'reading the field': read(size, (item) => items[item]?.json['uid']),
		'plain reference': read(size, userId),
	};
	const rows = await timesOf(ways, size, rounds, timeMs, report);
	const engine = read(evaluated, byEngine);
	rows.push(...(await timesOf({ "n8n's engine of 1.x": engine }, evaluated, 1, timeMs, report)));
	// Its engine needs the Node.js that n8n 2.x needs.
	if (Number(process.versions.node.split('.')[0]) >= 24) {
		await useEngineOf2x();
		rows.push(...(await timesOf({ "n8n's engine of 2.x": engine }, evaluated, 1, timeMs, report)));
	}
	if (characters === 0) throw new Error('Nothing was read.');
	return rows;
}

/** Times ways to get the values of `count` items, in turn. */
async function timesOf(
	ways: Readonly<Record<string, () => void>>,
	count: number,
	rounds: number,
	timeMs: number,
	report: (progress: string) => void,
): Promise<MappingRow[]> {
	const usOf = (way: string, work: () => void) => async () => {
		report(way);
		const bench = new Bench({ time: timeMs });
		await bench.add(way, work).run();
		const { result } = bench.tasks[0] ?? {};
		if (result?.state !== 'completed') throw new Error(`"${way}" was not measured.`);
		return (result.latency.p50 * 1000) / count;
	};
	const works = Object.entries(ways).map(([way, work]) => [way, usOf(way, work)]);
	const times = await inTurn(
		rounds,
		Object.fromEntries(works) as Record<string, () => Promise<number>>,
	);
	return Object.entries(times).map(([way, us]) => ({ way, us: spreadOf(us) }));
}

/** As much of n8n's context as reading plain references takes. */
function parametersOnly(): IExecuteFunctions {
	const texts: IDataObject = { userId: TEXT };
	const context: Partial<IExecuteFunctions> = {
		getNodeParameter: ((name: string) => texts[name] ?? '') as never,
		getNode: () => ({ type: 'n8n-nodes-moengage.moEngageCohortSync' }) as never,
	};
	return context as IExecuteFunctions;
}
