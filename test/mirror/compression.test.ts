import fc from 'fast-check';
import { compress, decompress } from '../../nodes/MoEngageCohortSync/mirror/compression';
import { deflated } from '../support/deflated';
import { randomRuns } from '../support/randomRuns';

async function textOf(compressed: string, maxLength = Infinity) {
	const pieces: string[] = [];
	await decompress(compressed, (piece) => pieces.push(piece), maxLength);
	return pieces.join('');
}

test('text is decompressed to what it was, however it was cut', async () => {
	const piece = fc.string({ unit: 'grapheme', maxLength: 20_000 });
	await fc.assert(
		fc.asyncProperty(fc.array(piece), async (pieces) => {
			expect(await textOf(await compress(pieces))).toBe(pieces.join(''));
		}),
		randomRuns(30),
	);
});

test('a byte order mark at the beginning is kept', async () => {
	expect(await textOf(await compress(['\ufeffa']))).toBe('\ufeffa');
});

test('what is longer than allowed is not decompressed to its end', async () => {
	const bomb = await deflated(Buffer.alloc(50_000_000, 'a'));
	let length = 0;
	const visit = (piece: string) => (length += piece.length);
	await expect(decompress(bomb, visit, 1_000_000)).rejects.toThrow('more than 1000000 characters');
	expect(length).toBeLessThanOrEqual(1_000_000);
	expect(length).toBeGreaterThan(900_000);
});

test.each<[what: string, compressed: () => Promise<string> | string]>([
	['no base64', () => '*'],
	['text', () => 'u1,u2'],
	['cut off', async () => (await deflated('u1,u2')).slice(0, -4)],
	['not UTF-8', async () => await deflated(Buffer.from([0x75, 0xff]))],
	['UTF-8 that ends too early', async () => await deflated(Buffer.from([0x75, 0xc3]))],
])('what is %s is refused', async (_, compressed) => {
	await expect(textOf(await compressed())).rejects.toThrow();
});
