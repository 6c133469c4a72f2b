import fc from 'fast-check';
import { createMoEngage, type Member, type MoEngage } from '../../emulator/model';
import { send } from '../support/emulator';
import { randomRuns } from '../support/randomRuns';

/**
 * Random histories of people who register, merge, and are added and removed under any of their IDs: the
 * cohorts hold the people whom an oracle says, which shares nothing with the emulator and looks at the
 * whole history each time.
 */

/** Four people with a uid and three anonymous IDs each, and IDs that are nobody's. */
const UIDS = ['u1', 'u1', 'u2', 'u3', 'u4', 'guest'];
const ANONYMOUS_IDS = ['1', '2', '3', '4'].flatMap((who) => [`a${who}`, `b${who}`]).concat('null');
const COHORTS = ['vip', 'other'];

type Step =
	| { kind: 'register'; uid: string | undefined; anonymous_ids: readonly string[] }
	| { kind: 'merge'; retained: Member; merged: Member }
	| { kind: 'send'; action: string; id: string; timestamp: number; members: readonly Member[] };

const member = fc
	.record(
		{ uid: fc.constantFrom(...UIDS), anonymous_id: fc.constantFrom(...ANONYMOUS_IDS) },
		{ requiredKeys: [] },
	)
	.filter(({ uid, anonymous_id }) => uid !== undefined || anonymous_id !== undefined);

const steps: fc.Arbitrary<Step[]> = fc.array(
	fc.oneof(
		{
			weight: 2,
			arbitrary: fc.record({
				kind: fc.constant('register' as const),
				uid: fc.option(fc.constantFrom(...UIDS), { nil: undefined }),
				anonymous_ids: fc.uniqueArray(fc.constantFrom(...ANONYMOUS_IDS), { maxLength: 3 }),
			}),
		},
		{
			weight: 1,
			arbitrary: fc.record({
				kind: fc.constant('merge' as const),
				retained: member,
				merged: member,
			}),
		},
		{
			weight: 4,
			arbitrary: fc.record({
				kind: fc.constant('send' as const),
				action: fc.constantFrom('add_members', 'remove_members'),
				id: fc.constantFrom(...COHORTS),
				timestamp: fc.nat(5),
				members: fc.array(member, { minLength: 1, maxLength: 4 }),
			}),
		},
	),
	{ maxLength: 30, size: 'max' },
);

/** A person by number, and what was said of them. */
interface Said {
	readonly id: string;
	readonly timestamp: number;
	readonly isIn: boolean;
	readonly person: number;
}

class Oracle {
	/** Whose an ID is: numbers of people, which change only by merging. */
	private readonly owners: Record<string, number> = {};
	private readonly said: Said[] = [];
	private readonly mergedInto = new Map<number, number>();
	private people = 0;

	find({ uid, anonymous_id }: Member): number | undefined {
		const person = this.owners[`uid ${uid}`] ?? this.owners[`anonymous ${anonymous_id}`];
		return person === undefined ? undefined : this.now(person);
	}

	register(uid: string | undefined, anonymousIds: readonly string[]): void {
		const uidKey = uid === undefined || uid === 'guest' ? undefined : `uid ${uid}`;
		const keys = anonymousIds.filter((id) => id !== 'null').map((id) => `anonymous ${id}`);
		const candidates = keys
			.map((key) => this.owners[key])
			.filter((person) => person !== undefined)
			.map((person) => this.now(person))
			.filter((person) => uidKey === undefined || !this.hasUid(person));
		const known = uid === undefined ? undefined : this.find({ uid });
		const person = known ?? candidates[0] ?? this.people++;
		for (const key of [...(uidKey ? [uidKey] : []), ...keys]) this.owners[key] ??= person;
	}

	merge(retained: number, merged: number): void {
		if (retained !== merged) this.mergedInto.set(merged, retained);
	}

	say(said: Omit<Said, 'person'>, members: readonly Member[]): void {
		for (const one of members) {
			const person = this.find(one);
			if (person !== undefined) this.said.push({ ...said, person });
		}
	}

	/** The people in a cohort, each as all of their IDs. */
	cohort(id: string): string[] {
		const inOrder = this.said
			.filter((said) => said.id === id)
			.sort((one, other) => one.timestamp - other.timestamp);
		const last = new Map(inOrder.map(({ person, isIn }) => [this.now(person), isIn]));
		return [...last]
			.filter(([, isIn]) => isIn)
			.map(([person]) =>
				Object.keys(this.owners)
					.filter((key) => this.now(this.owners[key] ?? -1) === person)
					.sort()
					.join(),
			)
			.sort();
	}

	private now(person: number): number {
		const next = this.mergedInto.get(person);
		return next === undefined ? person : this.now(next);
	}

	private hasUid(person: number): boolean {
		return Object.keys(this.owners).some(
			(key) => key.startsWith('uid') && this.now(this.owners[key] ?? -1) === person,
		);
	}
}

/** The same of the emulator, found out by sending each ID alone to a cohort of its own. */
function cohortOf(model: MoEngage, id: string): string[] {
	const ids = [
		...[...new Set(UIDS)].map((uid) => ({ key: `uid ${uid}`, member: { uid } })),
		...ANONYMOUS_IDS.map((one) => ({ key: `anonymous ${one}`, member: { anonymous_id: one } })),
	];
	const keysOf = new Map<unknown, string[]>();
	for (const { key, member: one } of ids) {
		const probe = `probe ${key}`;
		send(model, { id: probe, members: [one] });
		const [user] = model.cohort(probe)?.members ?? [];
		if (user) keysOf.set(user, [...(keysOf.get(user) ?? []), key]);
	}
	return (model.cohort(id)?.members ?? [])
		.map((user) => keysOf.get(user)?.sort().join() ?? '')
		.sort();
}

test('the people in a cohort are those whom the newest word about each says', () => {
	fc.assert(
		fc.property(steps, (history) => {
			const model = createMoEngage({ known: [], requestsPerMinute: Infinity });
			const oracle = new Oracle();
			for (const step of history) {
				if (step.kind === 'register') {
					const { uid, anonymous_ids } = step;
					model.register({ anonymous_ids, ...(uid === undefined ? {} : { uid }) });
					oracle.register(uid, anonymous_ids);
				} else if (step.kind === 'merge') {
					const retained = oracle.find(step.retained);
					const merged = oracle.find(step.merged);
					if (retained === undefined || merged === undefined) continue;
					model.merge(step.retained, step.merged);
					oracle.merge(retained, merged);
				} else {
					const { action, id, timestamp, members } = step;
					send(model, { action, id, timestamp, members });
					oracle.say({ id, timestamp, isIn: action === 'add_members' }, members);
				}
			}
			for (const id of COHORTS) {
				expect(model.cohort(id)?.size ?? 0).toBe(oracle.cohort(id).length);
				expect(cohortOf(model, id)).toEqual(oracle.cohort(id));
			}
		}),
		randomRuns(300),
	);
});
