import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readExample } from '../../../demo/example.mjs';
import { outputOf } from '../../../local-n8n/client.mjs';
import type { Scene } from '../scene.mjs';

const HEADING = 'opted_in,account_id';

/** The example with files as spreadsheet programs write them. The demo runs it with a large file. */
export function csvToCohort(getScene: () => Scene) {
	/** Runs it with a file; `encoding` and `delimiter` are set as the note says. */
	async function run(content: Buffer, options: Record<string, string> = {}) {
		const { openAccount, runNew } = getScene();
		const { emulator, credential } = await openAccount();
		const file = join(tmpdir(), 'customers.csv');
		await writeFile(file, content);
		const extract = { options: { enableBOM: true, ...options } };
		const changes = Object.keys(options).length > 0 && {
			'Extract Customers': { parameters: extract },
		};
		const execution = await runNew(
			await readExample('csv-to-cohort.json', credential, {
				'Read Customer File': { parameters: { fileSelector: file } },
				...changes,
			}),
		);
		await rm(file);
		const sent = emulator.model.requests.flatMap(({ members }) => members.map(({ uid }) => uid));
		return { execution, sent: sent.sort() };
	}

	const TEXT = `${HEADING}\r\nyes,Łódź\r\nno,Oslo\r\nyes,Ísafjörður\r\n`;
	const SEMICOLONS = `${HEADING}\nyes,Malmö\nno,Oslo\n`.replaceAll(',', ';');

	for (const [what, content, members, options] of [
		['without a byte order mark', Buffer.from(TEXT), ['Ísafjörður', 'Łódź']],
		['as "CSV UTF-8" of Excel, with one', Buffer.from('\uFEFF' + TEXT), ['Ísafjörður', 'Łódź']],
		['with semicolons', Buffer.from(SEMICOLONS), ['Malmö'], { delimiter: ';' }],
		[
			'with semicolons in Latin-1',
			Buffer.from(SEMICOLONS, 'latin1'),
			['Malmö'],
			{ delimiter: ';', encoding: 'latin1' },
		],
	] as const) {
		test(`the customers of a file who have opted in are in the cohort: ${what}`, async () => {
			const { execution, sent } = await run(content, options);
			assert.equal(execution.status, 'success');
			assert.deepEqual(sent, members);
			assert.equal(outputOf(execution, 'Sent')[0]?.length, members.length);
		});
	}

	test('if nobody is left after the filter, an item in Not Sent says that no data came in', async () => {
		const { execution, sent } = await run(Buffer.from(SEMICOLONS));
		const [items = []] = outputOf(execution, 'Not Sent');
		assert.equal(items.length, 1);
		assert.match(String(items[0]?.json.error), /^No data came in/);
		assert.deepEqual(sent, []);
	});
}
