import { sleep } from 'n8n-workflow';
import { Slots } from '../../nodes/MoEngageCohortSync/delivery/slots';

/** Asks for a slot for each name; `admitted` lists who has got one so far. */
function ask(slots: Slots, names: string) {
	const admitted: string[] = [];
	for (const name of names) void slots.acquire().then(() => admitted.push(name));
	return admitted;
}

/** Waits until all promises are settled that can be. */
const settled = async () => await sleep(0);

test('slots go to as many as there are, the others wait in the order in which they asked', async () => {
	const slots = new Slots(2);
	const admitted = ask(slots, 'abcde');
	await settled();
	expect(admitted.join('')).toBe('ab');
	slots.release();
	await settled();
	expect(admitted.join('')).toBe('abc');
	const later = ask(slots, 'fg');
	for (let release = 0; release < 3; release++) slots.release();
	await settled();
	expect([admitted.join(''), later.join('')]).toEqual(['abcde', 'f']);
});

test('who waits for a turn leaves the slot to the next in line', async () => {
	const slots = new Slots(1);
	const first = ask(slots, 'a');
	let hadTurn = false;
	void slots.waitForTurn().then(() => (hadTurn = true));
	const second = ask(slots, 'bc');
	await settled();
	expect([first.join(''), hadTurn, second.join('')]).toEqual(['a', false, '']);
	slots.release();
	await settled();
	expect([hadTurn, second.join('')]).toEqual([true, 'b']);
});

test('a slot is lent until the wait is over; its borrower keeps it as long as it needs', async () => {
	const slots = new Slots(1);
	const admitted = ask(slots, 'abc');
	let endWait = () => {};
	const lending = slots.lendDuring(new Promise<void>((resolve) => (endWait = resolve)));
	await settled();
	expect(admitted.join('')).toBe('ab');
	endWait();
	await lending;
	slots.release();
	await settled();
	expect(admitted.join('')).toBe('ab');
	slots.release();
	await settled();
	expect(admitted.join('')).toBe('abc');
});

test('no more slots are lent than there are', async () => {
	const slots = new Slots(2);
	const admitted = ask(slots, 'abcdefgh');
	for (let wait = 0; wait < 8; wait++) void slots.lendDuring(new Promise(() => {}));
	await settled();
	expect(admitted.join('')).toBe('abcd');
});

test('a slot comes back from a wait that rejects', async () => {
	const slots = new Slots(1);
	const admitted = ask(slots, 'abc');
	await expect(slots.lendDuring(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
	slots.release();
	slots.release();
	await settled();
	expect(admitted.join('')).toBe('abc');
});
