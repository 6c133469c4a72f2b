import { InvalidItem } from '../../nodes/MoEngageCohortSync/model/plan';
import { planCheck } from '../../nodes/MoEngageCohortSync/plan/checkedUsers';
import { atOnce } from '../support/atOnce';

function check(...values: unknown[]) {
	return atOnce(planCheck({ count: values.length, userId: (item) => values[item] }));
}

function problemOf(value: unknown) {
	const [item] = check(value).items;
	return item instanceof InvalidItem ? item.problem : undefined;
}

test('each user is looked up once, and all of the items belong to the first', () => {
	const { items, uids } = check('u2', 'u1', ' u2', undefined, 'u1');
	expect(uids).toStrictEqual(['u2', 'u1']);
	const [u2, u1, sameAsU2, nobody, sameAsU1] = items;
	expect(u2).toEqual({ uid: 'u2', item: 0 });
	expect(u1).toEqual({ uid: 'u1', item: 1 });
	expect(sameAsU2).toBe(u2);
	expect(sameAsU1).toBe(u1);
	expect(nobody).toBeInstanceOf(InvalidItem);
	expect(items).toHaveLength(5);
});

test('without items, nobody is looked up', () => {
	expect(check()).toStrictEqual({ items: [], uids: [] });
});

test.each([
	['nothing', undefined, { code: 'no_user_id' }],
	['an empty text', ' ', { code: 'no_user_id' }],
	['an object', {}, { field: 'User ID' }],
	['a list as text', '["u1"]', { code: 'json_text', field: 'User ID' }],
	['a placeholder', 'guest', { code: 'placeholder_id', field: 'User ID' }],
])('%s is no user', (_what, value, problem) => {
	expect(problemOf(value)).toMatchObject(problem);
});

test.each(['u1', '0', '1', '-1'])('%j may be a user', (uid) => {
	expect(problemOf(uid)).toBeUndefined();
});

test('an item whose User ID cannot be read has a problem, and the others are looked up', () => {
	const userId = (item: number) => {
		if (item === 0) throw new Error('Referenced node is not executed.');
		return 'u1';
	};
	const { items, uids } = atOnce(planCheck({ count: 2, userId }));
	expect(items[0]).toEqual(
		new InvalidItem({ code: 'expression_failed', message: 'Referenced node is not executed.' }),
	);
	expect(uids).toStrictEqual(['u1']);
});
