import fc from 'fast-check';
import {
	lookupBody,
	memberBytes,
	memberEntries,
	memberJson,
} from '../../nodes/MoEngageCohortSync/delivery/wire';
import type { Identity } from '../../nodes/MoEngageCohortSync/model/member';

test('a member stands in the request with all its identifiers and nothing else', () => {
	const identifier = fc.oneof(
		fc.string({ minLength: 1, unit: 'binary' }),
		// Whatever JSON or UTF-8 write with more than one byte, and its neighbours that they don't.
		fc.string({
			minLength: 1,
			unit: fc.constantFrom(...' !"#/[\\]~\u007f\u0080\u001f\n\u07ff\u0800\ud800\udc00'),
		}),
	);
	const member = fc.oneof(
		fc.record({ uid: identifier, anonymous_id: fc.constant(undefined) }),
		fc.record({ uid: fc.constant(undefined), anonymous_id: identifier }),
		fc.record({ uid: identifier, anonymous_id: identifier }),
	);
	fc.assert(
		fc.property(member, (one) => {
			expect(memberJson(one)).toBe(JSON.stringify(one));
			expect(memberBytes(one)).toBe(Buffer.byteLength(JSON.stringify(one)));
		}),
	);
});

describe('the entries of a user', () => {
	const user = {
		uid: 'u1',
		anonymous_id: 'a1',
		otherAnonymousIds: ['a2', 'the longest of all', 'a3'],
	};
	const bothOf = (ids: readonly string[]) =>
		ids.map((anonymous_id) => `{"uid":"u1","anonymous_id":"${anonymous_id}"}`);
	const within = (one: Identity, maxBytes: number) => memberEntries(one, maxBytes).map(memberJson);

	test('are one for each anonymous ID', () => {
		const entries = bothOf(['a1', 'a2', 'the longest of all', 'a3']);
		expect(within(user, 1000)).toEqual(entries);
		expect(within(user, entries.join().length)).toEqual(entries);
	});

	test('leave out an anonymous ID that does not fit, and no other', () => {
		const entries = bothOf(['a1', 'a2', 'a3']);
		expect(within(user, entries.join().length)).toEqual(entries);
		expect(within(user, entries.join().length - 1)).toEqual(entries.slice(0, 2));
	});

	test('are the user ID alone where no anonymous ID fits', () => {
		const [entry = ''] = bothOf(['a1']);
		const one = { uid: 'u1', anonymous_id: 'a1' };
		expect(within(one, entry.length)).toEqual([entry]);
		expect(within(one, entry.length - 1)).toEqual(['{"uid":"u1"}']);
	});

	test('are the one identifier of a user who has no other', () => {
		expect(within({ uid: 'u1', anonymous_id: undefined }, 1)).toEqual(['{"uid":"u1"}']);
		expect(within({ uid: undefined, anonymous_id: 'a1' }, 1)).toEqual(['{"anonymous_id":"a1"}']);
	});
});

test('a lookup asks for nothing but the ID, in both forms of the request', () => {
	const data = {
		identifiers: [
			{ identifier_type: 'customer_id', identifier: 'u1' },
			{ identifier_type: 'customer_id', identifier: 'u2' },
		],
		user_fields_to_export: ['customer_id'],
	};
	expect(JSON.parse(lookupBody(['u1', 'u2'], 'wrapped'))).toEqual({ data });
	expect(JSON.parse(lookupBody(['u1', 'u2'], 'flat'))).toEqual(data);
});
