import {
	AnonymousIdOwners,
	IdentityIndex,
} from '../../nodes/MoEngageCohortSync/plan/identityIndex';
import { previousMember } from '../support/mirrors';

/** Users named by their identifiers, such as `u1/a1`. */
function indexOf(...texts: string[]): IdentityIndex<string> {
	const index = new IdentityIndex<string>();
	for (const text of texts) index.add(previousMember(text), text);
	return index;
}

describe('in a run, a user', () => {
	test.each<[known: string[], sought: string, found: string | undefined]>([
		[['u1'], 'u1', 'u1'],
		[['u1'], 'u1/a1', 'u1'],
		[['u1/a1'], 'u1/a2', 'u1/a1'],
		[['/a1'], '/a1', '/a1'],
		// Whose an anonymous ID is that comes with a uid, a mirror finds out.
		[['u1/a1'], '/a1', undefined],
		[['/a1'], 'u1/a1', undefined],
		[['u1'], '/u1', undefined],
		[['/a1'], 'a1', undefined],
		[['u1', '/a1'], '', undefined],
	])('of %j, sought as %s, is %s', (known, sought, found) => {
		expect(indexOf(...known).find(previousMember(sought))).toBe(found);
	});
});

describe('by an anonymous ID', () => {
	test('a user is found once all its anonymous IDs are known', () => {
		const index = indexOf('u1/a1');
		expect(index.findByAnonymousId('a1')).toBeUndefined();
		index.addAnonymousIds({ uid: 'u1', anonymous_id: 'a1', otherAnonymousIds: ['a2'] }, 'u1/a1');
		expect(['a1', 'a2', 'a3'].map((id) => index.findByAnonymousId(id))).toEqual([
			'u1/a1',
			'u1/a1',
			undefined,
		]);
		expect(index.isShared('a1')).toBe(false);
	});

	test('the first of two users is found, and that there are two', () => {
		const index = indexOf('u1/a1', 'u2/a1');
		index.addAnonymousIds(previousMember('u1/a1'), 'u1/a1');
		index.addAnonymousIds(previousMember('u1/a1'), 'u1/a1');
		expect(index.isShared('a1')).toBe(false);
		index.addAnonymousIds(previousMember('u2/a1'), 'u2/a1');
		expect(index.isShared('a1')).toBe(true);
		expect(index.findByAnonymousId('a1')).toBe('u1/a1');
	});

	test('the user is found to whom it was assigned last', () => {
		const index = indexOf('u1', 'u2');
		index.assign(previousMember('u3/a1'), 'u1');
		index.assign(previousMember('/a1'), 'u2');
		expect(index.findByAnonymousId('a1')).toBe('u2');
		expect(index.find(previousMember('u3'))).toBe('u1');
	});

	test('nobody comes alone but who came without a uid', () => {
		const index = indexOf('u1/a1', '/a2');
		expect(['a1', 'a2'].map((id) => index.isLone(id))).toEqual([false, true]);
	});
});

test('an anonymous ID has one owner, unless it came with several uids', () => {
	const owners = new AnonymousIdOwners();
	expect(owners.size).toBe(0);
	for (const [id, uid] of [
		['a1', 'u1'],
		['a1', 'u1'],
		['a2', 'u1'],
		['a2', 'u2'],
		['a2', 'u1'],
	] as const) {
		owners.add(id, uid);
	}
	expect(['a1', 'a2', 'a3'].map((id) => owners.ownerOf(id))).toEqual(['u1', undefined, undefined]);
	expect(['a1', 'a2', 'a3'].map((id) => owners.isContested(id))).toEqual([false, true, false]);
	expect(owners.size).toBe(2);
});
