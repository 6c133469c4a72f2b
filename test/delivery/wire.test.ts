import fc from 'fast-check';
import { memberBytes, memberJson } from '../../nodes/MoEngageCohortSync/delivery/wire';

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
