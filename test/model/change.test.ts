import type { Change } from '../../nodes/MoEngageCohortSync/model/change';
import {
	createChange,
	identify,
	leaveOutAnonymousIds,
	markPartial,
	outcomeOf,
	recognize,
	reopenUnchanged,
	settle,
	settlement,
} from '../../nodes/MoEngageCohortSync/model/change';
import { anonymousIdsOf, MAX_ANONYMOUS_IDS } from '../../nodes/MoEngageCohortSync/model/member';

const cohort = { id: 'vip', name: 'VIP', description: '', partner: 'n8n' };

function changeOf(uid: string | undefined, anonymousId?: string): Change {
	return createChange(cohort, 'add', uid, anonymousId, 0);
}

function identifiersOf({ uid, anonymous_id, otherAnonymousIds = [] }: Change) {
	return [uid, anonymous_id, ...otherAnonymousIds];
}

test('a new change has its identifiers and neither an outcome nor a past', () => {
	expect(createChange(cohort, 'remove', 'u1', 'a1', 7)).toEqual({
		uid: 'u1',
		anonymous_id: 'a1',
		item: 7,
		action: 'remove',
		cohort,
		outcome: undefined,
	});
});

describe('identifiers that are added to a change', () => {
	test('fill in what is missing', () => {
		const change = changeOf(undefined, 'a1');
		identify(change, 'u1', undefined);
		expect(identifiersOf(change)).toEqual(['u1', 'a1']);
		const other = changeOf('u1');
		identify(other, undefined, 'a1');
		expect(identifiersOf(other)).toEqual(['u1', 'a1']);
	});

	test('take the place of none that is there', () => {
		const change = changeOf('u1', 'a1');
		identify(change, 'u2', 'a2');
		expect(identifiersOf(change)).toEqual(['u1', 'a1', 'a2']);
	});

	test('are kept once each, in the order in which they came', () => {
		const change = changeOf('u1', 'a1');
		const ids = ['a3', 'a1', 'a2', 'a3', undefined];
		const kept = ids.map((id) => identify(change, undefined, id));
		expect(identifiersOf(change)).toStrictEqual(['u1', 'a1', 'a3', 'a2']);
		expect(kept).not.toContain(false);
	});

	test('are limited in number: the latest stay beside the first', () => {
		const change = changeOf('u1');
		const kept = Array.from({ length: 100 }, (_, index) =>
			identify(change, undefined, `a${index}`),
		);
		const latest = Array.from({ length: MAX_ANONYMOUS_IDS - 1 }, (_, index) => `a${91 + index}`);
		expect(identifiersOf(change)).toEqual(['u1', 'a0', ...latest]);
		expect(kept.indexOf(false)).toBe(MAX_ANONYMOUS_IDS);
	});

	test('can be left out where somebody else has them, but not without a uid', () => {
		const change = changeOf('u1', 'a1');
		for (const id of ['a2', 'a3']) identify(change, undefined, id);
		leaveOutAnonymousIds(change, (id) => id !== 'a2');
		expect(identifiersOf(change)).toEqual(['u1', 'a2']);
		const alone = changeOf(undefined, 'a1');
		leaveOutAnonymousIds(alone, () => true);
		expect(identifiersOf(alone)).toEqual([undefined, 'a1']);
		expect(anonymousIdsOf(changeOf('u1'))).toStrictEqual([]);
	});
});

test('what a mirror knows from before and a half-read item are noted', () => {
	const change = changeOf('u1');
	const previous = { uid: 'u1', anonymous_id: undefined, uncertain: true };
	recognize(change, previous);
	markPartial(change);
	expect(change).toMatchObject({ previous, isPartial: true });
});

describe('the outcome of changes', () => {
	test('is written to each of them', () => {
		const changes = [changeOf('u1'), changeOf('u2')];
		settle(changes, { status: 'planned' });
		expect(changes.map(outcomeOf)).toEqual([{ status: 'planned' }, { status: 'planned' }]);
	});

	test('must be there after the run', () => {
		expect(() => outcomeOf(changeOf('u1'))).toThrow('A change was left without an outcome');
	});

	test('is taken back where nothing was to be sent, so that the change can be sent after all', () => {
		const changes = [changeOf('u1'), changeOf('u2'), changeOf('u3')];
		settle(changes.slice(0, 1), { status: 'unchanged' });
		settle(changes.slice(1, 2), { status: 'planned' });
		reopenUnchanged(changes);
		expect(changes.map(({ outcome }) => outcome?.status)).toEqual([
			undefined,
			'planned',
			undefined,
		]);
	});

	test('is written once: a second one is reported to the tests', () => {
		const change = changeOf('u1');
		settle([change], { status: 'planned' });
		expect(() => settle([change], { status: 'unchanged' })).toThrow('second outcome');
		expect(outcomeOf(change)).toEqual({ status: 'planned' });
	});

	test('is written once: in production a second one is ignored', () => {
		const changes = [changeOf('u1'), changeOf('u2')];
		const { onSecondOutcome } = settlement;
		settlement.onSecondOutcome = () => {};
		try {
			settle(changes.slice(0, 1), { status: 'planned' });
			settle(changes, { status: 'unchanged' });
		} finally {
			settlement.onSecondOutcome = onSecondOutcome;
		}
		expect(changes.map(({ outcome }) => outcome?.status)).toEqual(['planned', 'unchanged']);
	});
});
